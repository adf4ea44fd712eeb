//! A network of node processes on loopback: homes, configuration, start, kill, restart, readiness.
//!
//! Every node is a process of its own: this program starts itself anew as `node …`, which runs the node's command line.
//! What always holds: processes are ended by the id they were started with, and none outlives the [`Network`], or this
//! program should it be killed: a node whose standard input ends stops (see [`stop_with_parent`]).

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ledger_core::genesis::Genesis;
use rustix::process::{Pid, Signal, kill_process};
use timebank_node::consensus::LastSigned;
use timebank_node::storage::directory::Directory;
use timebank_node::storage::last_signed::LastSignedStore;
use timebank_wallet::client::Client;
use timebank_wallet::http::HttpTransport;
use timebank_wallet::verify::Trust;

use crate::city;

/// The first argument by which this program is started anew as a node of a trial.
pub const TRIAL_NODE: &str = "trial-node";
/// How long a node may take to stop when asked to.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// The first port a node may get.
const PORT_FIRST: u16 = 10_240;
/// The last one: Linux takes those above it for outgoing connections.
const PORT_LAST: u16 = 32_767;
/// How far from each other processes with neighbouring ids begin to look for free ports.
const PORTS_BETWEEN_PROCESSES: u32 = 128;
/// Accounts up to which a genesis document is written for people to read: beyond, it is written in as few bytes as may be.
const PRETTY_ACCOUNTS_MAX: usize = 10_000;
/// Pause between two looks at something that takes its time.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A client of one node.
pub type NodeClient = Client<HttpTransport>;

/// Node processes of one chain.
#[derive(Debug)]
pub struct Network {
    directory: PathBuf,
    program: PathBuf,
    genesis: Genesis,
    /// The genesis document without its accounts: enough for clients that verify nothing.
    slight: Arc<Genesis>,
    offices: Vec<Office>,
}

/// Where clients come in for what is not verified: handing transactions in, asking for blocks. They are made in no time,
/// however many accounts the genesis document has; they take it for another chain, so that whatever asks for proofs or for the
/// chain itself fails.
#[derive(Clone, Debug)]
pub struct Doors {
    urls: Vec<String>,
    slight: Arc<Genesis>,
}

impl Doors {
    /// How many nodes there are.
    pub const fn len(&self) -> usize {
        self.urls.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }

    /// A client of the node at `index`.
    pub fn client(&self, index: usize) -> NodeClient {
        Client::new(
            HttpTransport::new([self.urls[index].clone()]),
            Trust::genesis(&self.slight),
        )
    }

    /// The doors of all nodes but the one at `index`.
    pub fn without(&self, index: usize) -> Doors {
        let mut doors = self.clone();
        doors.urls.remove(index);
        doors
    }
}

/// One office's node.
#[derive(Debug)]
pub struct Office {
    home: PathBuf,
    api: SocketAddr,
    enter: Vec<OsString>,
    process: Option<Child>,
}

/// Where a node lives and how it reaches the others.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where it listens for other nodes.
    pub peer: SocketAddr,
    /// Where it listens for clients.
    pub api: SocketAddr,
    /// Where it calls each of the nodes, by their indices; nothing for itself.
    pub calls: Vec<Vec<SocketAddr>>,
    /// The command line that brings a program to this site; the program follows. Empty when it is there already.
    pub enter: Vec<OsString>,
}

/// Sites on loopback, where everybody calls everybody at their own address.
fn loopback_sites(count: usize) -> Result<Vec<Site>> {
    let peers = free_addresses(count, std::process::id())?;
    let apis = free_addresses(count, std::process::id())?;
    let site = |(index, (peer, api)): (usize, (&SocketAddr, &SocketAddr))| Site {
        peer: *peer,
        api: *api,
        calls: (0..count)
            .map(|other| {
                (other != index)
                    .then_some(peers[other])
                    .into_iter()
                    .collect()
            })
            .collect(),
        enter: Vec::new(),
    };
    Ok(peers.iter().zip(&apis).enumerate().map(site).collect())
}

impl Network {
    /// Writes homes for the nodes of `count` offices into `directory`. `program` is this program.
    ///
    /// # Errors
    /// When the directory cannot be written or no port is free.
    pub fn prepare(
        directory: &Path,
        program: &Path,
        genesis: Genesis,
        count: usize,
    ) -> Result<Network> {
        Network::prepare_at(directory, program, genesis, loopback_sites(count)?)
    }

    /// The same, for nodes at `sites`.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn prepare_at(
        directory: &Path,
        program: &Path,
        genesis: Genesis,
        sites: Vec<Site>,
    ) -> Result<Network> {
        if let Some(taken) = (1..=sites.len())
            .map(|number| directory.join(format!("office-{number}")))
            .find(|home| home.exists())
        {
            bail!(
                "{} is there from an earlier trial; give another directory, or remove it",
                taken.display()
            );
        }
        let document = if genesis.accounts.len() > PRETTY_ACCOUNTS_MAX {
            serde_json::to_vec(&genesis)
        } else {
            serde_json::to_vec_pretty(&genesis)
        }
        .context("the genesis document as JSON")?;
        let slight = Arc::new(Genesis {
            accounts: Vec::new(),
            ..genesis.clone()
        });
        let mut offices = Vec::with_capacity(sites.len());
        for (index, site) in sites.into_iter().enumerate() {
            let home = directory.join(format!("office-{}", index + 1));
            fs::create_dir_all(home.join("keys"))
                .with_context(|| format!("cannot create {}", home.display()))?;
            fs::write(home.join("genesis.json"), &document)?;
            for (name, key) in [
                ("consensus", city::consensus_key(index)),
                ("peer", city::peer_key(index)),
            ] {
                let path = home.join(format!("keys/{name}.key"));
                timebank_node::keys::write(&path, &key.to_seed())
                    .map_err(|error| anyhow::anyhow!("cannot write {}: {error}", path.display()))?;
            }
            begin_record(&home.join("data"))?;
            fs::write(home.join("node.toml"), configuration(&site))?;
            offices.push(Office {
                home,
                api: site.api,
                enter: site.enter,
                process: None,
            });
        }
        Ok(Network {
            directory: directory.to_path_buf(),
            program: program.to_path_buf(),
            genesis,
            slight,
            offices,
        })
    }

    /// The directory with the nodes' homes.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The genesis document.
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// How many offices there are.
    pub fn len(&self) -> usize {
        self.offices.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.offices.is_empty()
    }

    /// The home directory of the node at `index`.
    pub fn home(&self, index: usize) -> &Path {
        &self.offices[index].home
    }

    /// Where the node at `index` answers.
    pub fn url(&self, index: usize) -> String {
        format!("http://{}", self.offices[index].api)
    }

    /// A client of the node at `index` that trusts the genesis document.
    pub fn client(&self, index: usize) -> NodeClient {
        Client::new(
            HttpTransport::new([self.url(index)]),
            Trust::genesis(&self.genesis),
        )
    }

    /// Where clients come in that verify nothing, apart from the processes behind.
    pub fn doors(&self) -> Doors {
        Doors {
            urls: (0..self.len()).map(|index| self.url(index)).collect(),
            slight: Arc::clone(&self.slight),
        }
    }

    /// Starts the node at `index`, unless it runs.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start(&mut self, index: usize) -> Result<()> {
        self.start_with(index, &[])
    }

    /// The same, with further `arguments` on its command line.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start_with(&mut self, index: usize, arguments: &[&str]) -> Result<()> {
        let office = &mut self.offices[index];
        if office.process.is_some() {
            return Ok(());
        }
        let log = File::options()
            .create(true)
            .append(true)
            .open(office.home.join("node.log"))?;
        let mut command = match office.enter.split_first() {
            None => Command::new(&self.program),
            Some((entrance, arguments)) => {
                let mut command = Command::new(entrance);
                command.args(arguments).arg(&self.program);
                command
            }
        };
        let child = command
            .args([TRIAL_NODE, "run", "--home"])
            .arg(&office.home)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Whoever presses Ctrl-C means this program, which knows what to do with its nodes.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        office.process = Some(child);
        Ok(())
    }

    /// Starts every node.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub fn start_all(&mut self) -> Result<()> {
        (0..self.len()).try_for_each(|index| self.start(index))
    }

    /// Ends the node at `index` at once, as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self, index: usize) -> Result<()> {
        let mut child = self.take(index)?;
        child.kill().context("cannot kill a node")?;
        child.wait()?;
        Ok(())
    }

    /// Asks the node at `index` to stop and waits until it has; its exit code.
    ///
    /// # Errors
    /// When it does not run, or does not stop in time.
    pub fn stop(&mut self, index: usize) -> Result<Option<i32>> {
        let mut child = self.take(index)?;
        signal(&child, Signal::TERM)?;
        let deadline = Instant::now() + STOP_TIMEOUT;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status.code());
            }
            if Instant::now() >= deadline {
                child.kill()?;
                child.wait()?;
                bail!(
                    "node {} did not stop within {} s; see {}",
                    index + 1,
                    STOP_TIMEOUT.as_secs(),
                    self.log(index)
                );
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }

    /// Holds the node at `index` wherever it is, until [`Self::resume`].
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&mut self, index: usize) -> Result<()> {
        signal(self.running(index)?, Signal::STOP)
    }

    /// Lets the node at `index` go on after [`Self::pause`].
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&mut self, index: usize) -> Result<()> {
        signal(self.running(index)?, Signal::CONT)
    }

    /// The process id of the node at `index`, while it runs.
    pub fn process_id(&self, index: usize) -> Option<u32> {
        self.offices[index].process.as_ref().map(Child::id)
    }

    /// Waits until the node at `index` has ended by itself; how.
    ///
    /// # Errors
    /// When it does not run, or goes on running.
    pub fn wait_end(&mut self, index: usize, timeout: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + timeout;
        let mut child = self.take(index)?;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                self.offices[index].process = Some(child);
                bail!(
                    "node {} still runs after {} s; the end of {}:\n{}",
                    index + 1,
                    timeout.as_secs(),
                    self.log(index),
                    self.log_tail(index)
                );
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }

    /// Whether the node at `index` runs.
    pub fn runs(&self, index: usize) -> bool {
        self.offices[index].process.is_some()
    }

    fn running(&self, index: usize) -> Result<&Child> {
        self.offices[index]
            .process
            .as_ref()
            .with_context(|| format!("node {} does not run", index + 1))
    }

    fn take(&mut self, index: usize) -> Result<Child> {
        self.offices[index]
            .process
            .take()
            .with_context(|| format!("node {} does not run", index + 1))
    }

    /// Where the node at `index` writes what it says, one run after the other.
    pub fn log_path(&self, index: usize) -> PathBuf {
        self.offices[index].home.join("node.log")
    }

    fn log(&self, index: usize) -> String {
        self.log_path(index).display().to_string()
    }

    /// Waits until every running node answers and is connected to a quorum.
    ///
    /// # Errors
    /// When one ends or takes too long; with the end of its log.
    pub fn wait_ready(&mut self, timeout: Duration) -> Result<()> {
        self.wait_for(timeout, "ready", |client| {
            client.is_ready().unwrap_or(false)
        })
    }

    /// Waits until every running node has reached `height`.
    ///
    /// # Errors
    /// When one ends or takes too long; with the end of its log.
    pub fn wait_height(&mut self, height: u64, timeout: Duration) -> Result<()> {
        let reached = |client: &NodeClient| {
            client
                .status()
                .is_ok_and(|status| status.height.0 >= height)
        };
        self.wait_for(timeout, "at the others' height", reached)
    }

    fn wait_for(
        &mut self,
        timeout: Duration,
        what: &str,
        done: impl Fn(&NodeClient) -> bool,
    ) -> Result<()> {
        let deadline = Instant::now() + timeout;
        for index in 0..self.len() {
            if !self.runs(index) {
                continue;
            }
            let client = self.client(index);
            while !done(&client) {
                self.check_alive(index)?;
                if Instant::now() >= deadline {
                    bail!(
                        "node {} is not {what} after {} s; the end of {}:\n{}",
                        index + 1,
                        timeout.as_secs(),
                        self.log(index),
                        self.log_tail(index)
                    );
                }
                std::thread::sleep(POLL_INTERVAL);
            }
        }
        Ok(())
    }

    /// Checks that no node has ended by itself.
    ///
    /// # Errors
    /// Naming the one that has, with the end of its log.
    pub fn check_alive(&mut self, index: usize) -> Result<()> {
        let Some(child) = self.offices[index].process.as_mut() else {
            return Ok(());
        };
        match child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!(
                "node {} ended by itself with {status}; the end of {}:\n{}",
                index + 1,
                self.log(index),
                self.log_tail(index)
            ),
        }
    }

    /// The end of what the node at `index` has said.
    pub fn log_tail(&self, index: usize) -> String {
        let text = fs::read_to_string(self.log(index)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(15).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for office in &mut self.offices {
            if let Some(mut child) = office.process.take() {
                // It may have ended by itself; either way nothing of it is left.
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

/// Makes this process, a node of a trial, stop as if asked to when its parent is gone and its standard input ends.
pub fn stop_with_parent() {
    std::thread::spawn(|| {
        // Nothing is ever written to it; an error means as well that nobody is there any more.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = kill_process(rustix::process::getpid(), Signal::TERM);
    });
}

fn signal(child: &Child, signal: Signal) -> Result<()> {
    let id = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .context("a process id out of range")?;
    kill_process(id, signal).context("cannot signal a node")
}

/// The content of `node.toml` for the node at `site`.
fn configuration(site: &Site) -> String {
    let bootstrap: Vec<String> = site
        .calls
        .iter()
        .enumerate()
        .flat_map(|(other, addresses)| addresses.iter().map(move |address| (other, address)))
        .map(|(other, address)| format!("\"{}@{address}\"", city::peer_key(other).public_key()))
        .collect();
    format!(
        "[network]\nlisten = \"{}\"\nbootstrap_peers = [{}]\n\n[api]\nlisten = \"{}\"\n",
        site.peer,
        bootstrap.join(", "),
        site.api
    )
}

/// Writes what `timebank-node init` writes beside a new key: the record that it has signed nothing yet, without which a node
/// could not know and would only observe.
fn begin_record(data: &Path) -> Result<()> {
    let directory = Directory::lock(data)?;
    LastSignedStore::open(&directory)?.store(&LastSigned::NOTHING.encode())?;
    Ok(())
}

/// Loopback addresses that were free a moment ago, none given out twice by this process. Their ports are below those the
/// system takes for outgoing connections, of which one could sit on a node's address before it starts or starts again.
/// `process` is the id by which others know this process: those side by side begin to look at different places.
pub(crate) fn free_addresses(count: usize, process: u32) -> Result<Vec<SocketAddr>> {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let span = u32::from(PORT_LAST - PORT_FIRST) + 1;
    let begin = process.wrapping_mul(PORTS_BETWEEN_PROCESSES);
    let mut addresses = Vec::with_capacity(count);
    for _ in 0..span {
        if addresses.len() == count {
            break;
        }
        let place = begin.wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed)) % span;
        let port = PORT_FIRST + u16::try_from(place).context("a port out of range")?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            addresses.push(address);
        }
    }
    if addresses.len() < count {
        bail!("no {count} ports between {PORT_FIRST} and {PORT_LAST} are free");
    }
    Ok(addresses)
}
