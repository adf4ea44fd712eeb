//! Real cables between the nodes, in network namespaces that belong to this process alone.
//!
//! Two bridges, the left and the right half of the nodes, joined by a trunk; every node sits in a namespace of its own at the end
//! of a cable. All of it lives in the network and mount namespaces this process was started in (see [`super::shelter`]): the
//! machine's own interfaces and routes are out of reach, and the system removes everything when this process ends, however it
//! ends. This process reaches each node over the node's own bridge, whether the trunk is there or not.

use std::ffi::OsString;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The address of this process on the left bridge; the nodes have 1, 2, … of the same network.
const LEFT: Ipv4Addr = Ipv4Addr::new(10, 83, 7, 254);
/// Its address on the right bridge.
const RIGHT: Ipv4Addr = Ipv4Addr::new(10, 83, 7, 253);
/// Answers who asks for an address only on the cable that has it; else both ends of the trunk would answer for each other.
const ARP_IGNORE: &str = "/proc/sys/net/ipv4/conf/all/arp_ignore";
/// Where `ip netns` keeps the names of namespaces. Hidden behind a volume of this process's own.
const NAMES: &str = "/run/netns";

/// Whether a cable carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// It does.
    Up,
    /// It does not.
    Down,
}

/// The bridges and cables.
#[derive(Debug)]
pub(super) struct Switch {
    nodes: usize,
}

impl Switch {
    /// Builds everything for `nodes` nodes. To be called in a shelter with a network of its own only.
    ///
    /// # Errors
    /// With what `ip` says.
    pub(super) fn build(nodes: usize) -> Result<Switch> {
        run("mount", &["-t", "tmpfs", "tmpfs", "/run"])?;
        ip("link set lo up")?;
        for (bridge, address) in [
            ("tb-left", format!("{LEFT}/24")),
            ("tb-right", format!("{RIGHT}/32")),
        ] {
            ip(&format!("link add {bridge} type bridge"))?;
            ip(&format!("link set {bridge} up"))?;
            ip(&format!("address add {address} dev {bridge}"))?;
        }
        fs::write(ARP_IGNORE, "1").with_context(|| format!("cannot write {ARP_IGNORE}"))?;
        cable("tb-trunk", "tb-trunk-end")?;
        plug("tb-trunk", "tb-left")?;
        plug("tb-trunk-end", "tb-right")?;
        let switch = Switch { nodes };
        for index in 0..nodes {
            switch.add_node(index)?;
        }
        Ok(switch)
    }

    fn add_node(&self, index: usize) -> Result<()> {
        let (port, end, name) = (
            port(index),
            format!("tb-node-{}", index + 1),
            namespace(index),
        );
        ip(&format!("netns add {name}"))?;
        cable(&port, &end)?;
        ip(&format!("link set {end} netns {name}"))?;
        for command in [
            "link set lo up".to_owned(),
            format!("address add {}/24 dev {end}", self.address(index)),
            format!("link set {end} up"),
        ] {
            let mut words = vec![format!("--net={NAMES}/{name}"), "--".into(), "ip".into()];
            words.extend(command.split_whitespace().map(str::to_owned));
            run("nsenter", &words)?;
        }
        if self.is_left(index) {
            plug(&port, "tb-left")
        } else {
            plug(&port, "tb-right")?;
            // More exact than the route of the left bridge to the whole network.
            let address = self.address(index);
            ip(&format!("route add {address}/32 dev tb-right src {RIGHT}"))
        }
    }

    /// Whether the node at `index` is on the left of the trunk.
    pub(super) const fn is_left(&self, index: usize) -> bool {
        index < self.nodes / 2
    }

    /// The address of the node at `index`.
    pub(super) fn address(&self, index: usize) -> IpAddr {
        let last = u8::try_from(index + 1).expect("there are fewer nodes than addresses");
        let [a, b, c, _] = LEFT.octets();
        IpAddr::from([a, b, c, last])
    }

    /// Where the node at `index` reaches this process without the trunk.
    pub(super) const fn this_side_of(&self, index: usize) -> IpAddr {
        IpAddr::V4(if self.is_left(index) { LEFT } else { RIGHT })
    }

    /// The command line that brings a program into the namespace of the node at `index`.
    pub(super) fn enter(&self, index: usize) -> Vec<OsString> {
        let namespace = format!("--net={NAMES}/{}", namespace(index));
        ["nsenter", &namespace, "--"].map(OsString::from).to_vec()
    }

    /// Pulls the cable of the node at `index`, or puts it back.
    ///
    /// # Errors
    /// With what `ip` says.
    pub(super) fn set_port(&self, index: usize, carrier: Carrier) -> Result<()> {
        set(&port(index), carrier)
    }

    /// Pulls the trunk, or puts it back.
    ///
    /// # Errors
    /// With what `ip` says.
    pub(super) fn set_trunk(&self, carrier: Carrier) -> Result<()> {
        set("tb-trunk", carrier)
    }
}

fn port(index: usize) -> String {
    format!("tb-port-{}", index + 1)
}

fn namespace(index: usize) -> String {
    format!("tb-office-{}", index + 1)
}

fn cable(one: &str, other: &str) -> Result<()> {
    ip(&format!("link add {one} type veth peer name {other}"))
}

fn plug(end: &str, bridge: &str) -> Result<()> {
    ip(&format!("link set {end} master {bridge}"))?;
    set(end, Carrier::Up)
}

fn set(link: &str, carrier: Carrier) -> Result<()> {
    let word = match carrier {
        Carrier::Up => "up",
        Carrier::Down => "down",
    };
    ip(&format!("link set {link} {word}"))
}

fn ip(line: &str) -> Result<()> {
    run("ip", &line.split_whitespace().collect::<Vec<_>>())
}

/// Runs a tool of the system to its end.
pub(super) fn run<T: AsRef<std::ffi::OsStr> + std::fmt::Debug>(
    tool: &str,
    words: &[T],
) -> Result<()> {
    let output = Command::new(tool)
        .args(words)
        .output()
        .with_context(|| format!("cannot run {tool}; is it installed?"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{tool} {words:?} failed: {}", said.trim());
    }
    Ok(())
}
