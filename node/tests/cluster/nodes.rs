//! Nodes as real processes, and a city with four of them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ledger_core::genesis::{
    GENESIS_VERSION, Genesis, GenesisAccount, GenesisOrganisation, GenesisStaff,
};
use ledger_core::hash::Hash;
use ledger_core::id::{ChainId, OrganisationId, StaffId};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::signature::SecretKey;
use ledger_core::time::{Calendar, TimestampMs};
use ledger_core::transaction::government::RegisterOrganisation;
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::{Validator, ValidatorSet};
use rustix::process::{Pid, Signal, kill_process};
use timebank_node::keys;

pub(crate) const NODES: usize = 4;
const CITY: OrganisationId = OrganisationId(320_100);
/// How long any single answer may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.expect("after 1970").as_millis()).expect("before the year 500 million")
}

fn administrator() -> (StaffId, SecretKey) {
    let staff = StaffId {
        organisation: CITY,
        number: 1,
    };
    (staff, SecretKey::from_seed(&[200; 32]))
}

fn seeds(node: usize) -> ([u8; 32], [u8; 32]) {
    let number = u8::try_from(node).expect("a few nodes");
    ([number + 1; 32], [number + 101; 32])
}

pub(crate) fn genesis() -> Genesis {
    let organisation = |id, parent: Option<u64>, level, threshold| GenesisOrganisation {
        organisation: OrganisationId(id),
        parent: parent.map(OrganisationId),
        level,
        threshold,
    };
    let (staff, key) = administrator();
    let account = GenesisAccount {
        identity: Hash([1; 32]),
        home: OrganisationId(320_102_001),
        key: key.public_key(),
    };
    let record = StaffRecord {
        key: key.public_key(),
        roles: vec![Role::Administrator],
        person: account.id(),
    };
    let mut validators: Vec<Validator> = (0..NODES)
        .map(|node| {
            let (consensus, peer) = seeds(node);
            Validator {
                organisation: CITY,
                consensus_key: SecretKey::from_seed(&consensus).public_key(),
                peer_key: SecretKey::from_seed(&peer).public_key(),
                power: 1,
            }
        })
        .collect();
    validators.sort_by_key(|validator| validator.consensus_key);
    Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Test,
        calendar: Calendar::CHINA,
        time_ms: TimestampMs(now_ms() - 1_000),
        organisations: vec![
            organisation(320_100, None, Level::City, 1),
            organisation(320_102, Some(320_100), Level::District, 0),
            organisation(320_102_001, Some(320_102), Level::Street, 0),
        ],
        accounts: vec![account],
        staff: vec![GenesisStaff { staff, record }],
        policies: Vec::new(),
        catalogue: Vec::new(),
        validators: ValidatorSet::new(validators).expect("a valid set"),
    }
}

/// The city enters street office `number` of its district; each can be entered once.
fn register_street(chain_id: ChainId, number: u64) -> SealedEnvelope {
    let (staff, key) = administrator();
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&number.to_le_bytes());
    let transaction = Transaction {
        chain_id,
        version: TRANSACTION_VERSION,
        signer: Signer::Staff(staff),
        valid_until_ms: TimestampMs(now_ms() + 3_600_000),
        nonce,
        operation: Operation::RegisterOrganisation(RegisterOrganisation {
            organisation: OrganisationId(320_100 + 2 + number),
            parent: CITY,
            level: Level::District,
        }),
    };
    let signature = transaction.sign(&key);
    let signer = Signer::Staff(staff);
    SealedEnvelope::new(Envelope::new(transaction, [SignedBy { signer, signature }]))
}

/// A node's home, and its process while it runs.
pub(crate) struct Node {
    pub(crate) home: PathBuf,
    peer: String,
    network: String,
    api: String,
    process: Option<Child>,
}

impl Node {
    /// Makes the home of node `number`.
    pub(crate) fn prepare(directory: &Path, number: usize, genesis: &Path) -> Node {
        let home = directory.join(format!("node-{number}"));
        fs::create_dir_all(home.join("keys")).expect("a directory");
        let (_, peer) = seeds(number);
        keys::write(&home.join("keys/peer.key"), &peer).expect("a key file");
        let node = Node {
            home,
            peer: SecretKey::from_seed(&peer).public_key().to_string(),
            network: "127.0.0.1:0".to_owned(),
            api: "127.0.0.1:0".to_owned(),
            process: None,
        };
        // `init` makes the record that goes with a new consensus key; the key itself is one the genesis document names.
        let status = node.command("init").arg("--genesis").arg(genesis).status();
        assert!(status.expect("the program runs").success());
        let path = node.home.join("keys/consensus.key");
        fs::remove_file(&path).expect("init has made it");
        keys::write(&path, &seeds(number).0).expect("a key file");
        node
    }

    pub(crate) fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_timebank-node"));
        command
            .args(["--lang", "en", verb, "--home"])
            .arg(&self.home);
        command.stdout(Stdio::null());
        command
    }

    /// Starts the node and waits until it listens; it keeps its addresses from then on.
    pub(crate) fn start(&mut self, bootstrap: &[String], flags: &[&str]) {
        let mut run = self.command("run");
        run.args(flags);
        self.start_as(bootstrap, run);
    }

    /// The same, with files that cannot grow beyond what they have now and a little more.
    pub(crate) fn start_limited(&mut self, bootstrap: &[String]) {
        let files = fs::read_dir(self.home.join("data")).expect("the data directory");
        let sizes = files.map(|file| file.and_then(|it| it.metadata()).map_or(0, |it| it.len()));
        // The shell counts in blocks of 512 bytes.
        let blocks = sizes.max().unwrap_or(0) / 512 + 64;
        let node = self.command("run");
        let mut run = Command::new("sh");
        run.args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
        run.arg(node.get_program()).args(node.get_args());
        self.start_as(bootstrap, run);
    }

    fn start_as(&mut self, bootstrap: &[String], mut run: Command) {
        let config = format!(
            "[network]\nlisten = \"{}\"\nbootstrap_peers = {bootstrap:?}\n[api]\nlisten = \"{}\"\n",
            self.network, self.api
        );
        fs::write(self.home.join("node.toml"), config).expect("a configuration");
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.home.join("log"))
            .expect("a log file");
        let mut process = run
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program runs");
        let output = process.stdout.take().expect("it was piped");
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        let line = lines
            .take(3)
            .find(|line| line.contains("runs"))
            .unwrap_or_default();
        // "The node runs: network 127.0.0.1:1234, API 127.0.0.1:1235."
        let mut addresses = line
            .split([' ', ','])
            .map(|word| word.trim_end_matches('.'))
            .filter(|word| word.starts_with("127.0.0.1:"));
        let mut next = || {
            addresses
                .next()
                .unwrap_or_else(|| panic!("no address in {line:?}; log:\n{}", self.log()))
                .to_owned()
        };
        (self.network, self.api) = (next(), next());
        self.process = Some(process);
    }

    fn known_as(&self) -> String {
        format!("{}@{}", self.peer, self.network)
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.home.join("log")).unwrap_or_default()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(self.process.as_ref().expect("it runs"))
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        kill_process(self.pid(), Signal::KILL).expect("it runs");
        self.end();
    }

    /// Asks it to stop.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        kill_process(self.pid(), Signal::TERM).expect("it runs");
        self.end()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let process = self.process.as_mut().expect("it was started");
        process.try_wait().expect("it can be asked")
    }

    fn end(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("it runs");
        process.wait().expect("it can be waited for")
    }

    /// Hands a transaction in and waits until it is in a decided block; the block's height.
    pub(crate) fn submit(&self, envelope: &SealedEnvelope) -> u64 {
        let url = format!(
            "http://{}/v1/transactions?wait=finality&timeout_ms=60000",
            self.api
        );
        let answer = agent()
            .post(&url)
            .header("Content-Type", "application/octet-stream")
            .send(envelope.bytes());
        let mut answer = answer.unwrap_or_else(|error| panic!("{error}; log:\n{}", self.log()));
        let text = answer.body_mut().read_to_string().expect("a body");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(json["state"], "applied", "{text}\nlog:\n{}", self.log());
        json["height"].as_u64().expect("a height")
    }

    fn get(&self, path: &str) -> (u16, serde_json::Value) {
        let answer = agent().get(format!("http://{}{path}", self.api)).call();
        let mut answer = answer.unwrap_or_else(|error| panic!("{error}; log:\n{}", self.log()));
        let text = answer.body_mut().read_to_string().expect("a body");
        let json = serde_json::from_str(&text).unwrap_or_default();
        (answer.status().as_u16(), json)
    }

    /// The id of its block at `height`, once it has it.
    pub(crate) fn block_id(&self, height: u64) -> String {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let (status, json) = self.get(&format!("/v1/blocks/{height}"));
            if status == 200 {
                return json["id"].as_str().expect("an id").to_owned();
            }
            assert!(
                std::time::Instant::now() < deadline,
                "{} has no block {height}; log:\n{}",
                self.home.display(),
                self.log()
            );
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .build()
        .into()
}

/// A city with four nodes, started one after another, each calling those before it.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Node>,
    chain_id: ChainId,
    next_street: u64,
    _directory: tempfile::TempDir,
}

impl Cluster {
    pub(crate) fn start() -> Cluster {
        let directory = tempfile::tempdir().expect("a directory");
        let genesis = genesis();
        let path = directory.path().join("genesis.json");
        fs::write(&path, serde_json::to_vec(&genesis).expect("JSON")).expect("a file");
        let nodes = (0..NODES)
            .map(|number| Node::prepare(directory.path(), number, &path))
            .collect();
        let mut cluster = Cluster {
            nodes,
            chain_id: genesis.chain_id(),
            next_street: 1,
            _directory: directory,
        };
        for node in 0..NODES {
            cluster.start_node(node);
        }
        cluster
    }

    /// Starts `node`, which calls every node that has an address.
    pub(crate) fn start_node(&mut self, node: usize) {
        self.start_node_with(node, &[]);
    }

    /// The same, with flags of `run`.
    pub(crate) fn start_node_with(&mut self, node: usize, flags: &[&str]) {
        let known = self.known_to(node);
        self.nodes[node].start(&known, flags);
    }

    /// The same, with files that cannot grow much.
    pub(crate) fn start_limited_node(&mut self, node: usize) {
        let known = self.known_to(node);
        self.nodes[node].start_limited(&known);
    }

    fn known_to(&self, node: usize) -> Vec<String> {
        let others = self.nodes.iter().enumerate();
        others
            .filter(|(other, it)| *other != node && !it.network.ends_with(":0"))
            .map(|(_, it)| it.known_as())
            .collect()
    }

    /// Hands a new transaction in at `node`; the height at which it was decided.
    pub(crate) fn submit_at(&mut self, node: usize) -> u64 {
        let envelope = register_street(self.chain_id, self.next_street);
        self.next_street += 1;
        self.nodes[node].submit(&envelope)
    }

    /// Every node has the same block at `height`.
    pub(crate) fn assert_agreement(&self, height: u64) {
        let ids: Vec<String> = self
            .nodes
            .iter()
            .map(|node| node.block_id(height))
            .collect();
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
    }
}
