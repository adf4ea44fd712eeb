//! How the nodes of a trial are connected, and how that is broken: cables in namespaces, or lines through this program.
//!
//! On loopback every call between two nodes goes through a line of this program ([`super::proxy`]). In namespaces nodes have
//! cables ([`super::switch`]) and call each other directly; only the last node is behind lines, so that there is a slow one.
//!
//! A node tells others where it listens, and they would call it there, past the lines. But a node knows at most
//! [`PEER_ADDRESSES_MAX`] addresses of a peer and takes those of its configuration first: so each line is named together with
//! as many addresses at which nobody listens as fill that up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context, Result, ensure};
use timebank_node::network::dialling::PEER_ADDRESSES_MAX;

use super::proxy::{Exchange, Line, Weather};
use super::switch::{Carrier, Switch};
use crate::network::{Site, free_addresses};

/// The fewest nodes of which one may fail.
pub(super) const NODES_MIN: usize = 4;
/// So many that no node's configuration names more addresses than it may.
pub(super) const NODES_MAX: usize = 16;
/// Where nodes in namespaces listen for each other.
const PEER_PORT: u16 = 7_100;
/// Where they listen for clients.
const API_PORT: u16 = 7_180;
/// The first port of lines in the namespace of this process.
const LINE_PORT: u16 = 7_200;

/// What is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// One node from all others.
    One(usize),
    /// The first half of the nodes from the second.
    Halves,
}

/// The connections between nodes.
#[derive(Debug)]
pub(super) struct Wiring {
    nodes: usize,
    switch: Option<Switch>,
    /// From whom, to whom, over what. Before the exchange: a line is told nothing any more when the exchange closes.
    lines: Vec<(usize, usize, Line)>,
    exchange: Exchange,
}

impl Wiring {
    /// Lines on loopback between `nodes` nodes. `process` is the id by which others know this process.
    ///
    /// # Errors
    /// When no port is free.
    pub(super) fn on_loopback(
        nodes: usize,
        process: u32,
        seed: u64,
    ) -> Result<(Wiring, Vec<Site>)> {
        check_count(nodes)?;
        let peers = free_addresses(nodes, process)?;
        let apis = free_addresses(nodes, process)?;
        let mut wiring = Wiring {
            nodes,
            switch: None,
            lines: Vec::new(),
            exchange: Exchange::open(seed)?,
        };
        let mut sites = Vec::with_capacity(nodes);
        for (from, (peer, api)) in peers.iter().zip(&apis).enumerate() {
            let mut calls = Vec::with_capacity(nodes);
            for (to, target) in peers.iter().enumerate() {
                if from == to {
                    calls.push(Vec::new());
                    continue;
                }
                let listen = free_addresses(1, process)?[0];
                wiring.add_line(from, to, listen, *target)?;
                calls.push(and_nobody(listen));
            }
            sites.push(Site {
                peer: *peer,
                api: *api,
                calls,
                enter: Vec::new(),
            });
        }
        Ok((wiring, sites))
    }

    /// Cables between `nodes` nodes in namespaces, and lines to and from the last. In a shelter with a network of its own
    /// only.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn in_namespaces(nodes: usize, seed: u64) -> Result<(Wiring, Vec<Site>)> {
        check_count(nodes)?;
        let switch = Switch::build(nodes)?;
        let address: Vec<SocketAddr> = (0..nodes)
            .map(|index| SocketAddr::new(switch.address(index), PEER_PORT))
            .collect();
        let here: Vec<IpAddr> = (0..nodes).map(|index| switch.this_side_of(index)).collect();
        let enter: Vec<_> = (0..nodes).map(|index| switch.enter(index)).collect();
        let mut wiring = Wiring {
            nodes,
            switch: Some(switch),
            lines: Vec::new(),
            exchange: Exchange::open(seed)?,
        };
        let mut ports = LINE_PORT..;
        let mut sites = Vec::with_capacity(nodes);
        for (from, enter) in enter.into_iter().enumerate() {
            let mut calls = Vec::with_capacity(nodes);
            for (to, target) in address.iter().enumerate() {
                if from == to {
                    calls.push(Vec::new());
                } else if from.max(to) == nodes - 1 {
                    let port = ports.next().context("no port is left")?;
                    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
                    wiring.add_line(from, to, everywhere, *target)?;
                    calls.push(and_nobody(SocketAddr::new(here[from], port)));
                } else {
                    calls.push(vec![*target]);
                }
            }
            sites.push(Site {
                peer: address[from],
                api: SocketAddr::new(address[from].ip(), API_PORT),
                calls,
                enter,
            });
        }
        Ok((wiring, sites))
    }

    fn add_line(
        &mut self,
        from: usize,
        to: usize,
        listen: SocketAddr,
        target: SocketAddr,
    ) -> Result<()> {
        let listener =
            TcpListener::bind(listen).with_context(|| format!("cannot listen at {listen}"))?;
        let line = self.exchange.line(listener, target)?;
        self.lines.push((from, to, line));
        Ok(())
    }

    /// Which nodes can be given a slow line.
    pub(super) fn slow_candidates(&self) -> Vec<usize> {
        (0..self.nodes)
            .filter(|node| {
                let lines = |(from, to, _): &&(usize, usize, Line)| from == node || to == node;
                self.lines.iter().filter(lines).count() == 2 * (self.nodes - 1)
            })
            .collect()
    }

    /// Changes the weather on every line from and to `node`.
    pub(super) fn set_weather(&self, node: usize, weather: Weather) {
        for (from, to, line) in &self.lines {
            if *from == node || *to == node {
                line.set_weather(weather);
            }
        }
    }

    /// Cuts.
    ///
    /// # Errors
    /// When a cable cannot be pulled.
    pub(super) fn cut(&self, cut: Cut) -> Result<()> {
        self.set(cut, Carrier::Down)
    }

    /// Mends what [`Self::cut`] cut.
    ///
    /// # Errors
    /// When a cable cannot be put back.
    pub(super) fn mend(&self, cut: Cut) -> Result<()> {
        self.set(cut, Carrier::Up)
    }

    fn set(&self, cut: Cut, carrier: Carrier) -> Result<()> {
        let is_left = |index: usize| index < self.nodes / 2;
        for (from, to, line) in &self.lines {
            let affected = match cut {
                Cut::One(node) => *from == node || *to == node,
                Cut::Halves => is_left(*from) != is_left(*to),
            };
            if affected {
                line.set_cut(carrier == Carrier::Down);
            }
        }
        match (&self.switch, cut) {
            (None, _) => Ok(()),
            (Some(switch), Cut::One(node)) => switch.set_port(node, carrier),
            (Some(switch), Cut::Halves) => switch.set_trunk(carrier),
        }
    }
}

fn check_count(nodes: usize) -> Result<()> {
    ensure!(
        (NODES_MIN..=NODES_MAX).contains(&nodes),
        "{nodes} nodes; a trial has {NODES_MIN} to {NODES_MAX}"
    );
    Ok(())
}

/// `line`, and as many addresses at which nobody listens as fill up what a node remembers of a peer: the same port at
/// other addresses of the caller's loopback, which refuse at once.
fn and_nobody(line: SocketAddr) -> Vec<SocketAddr> {
    let nobody = (2..).map(|last| SocketAddr::from(([127, 0, 0, last], line.port())));
    std::iter::once(line)
        .chain(nobody.take(PEER_ADDRESSES_MAX - 1))
        .collect()
}
