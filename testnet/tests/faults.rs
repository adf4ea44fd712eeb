//! Faults an operator meets, on real nodes: damaged files, a full disk, a torn log, an occupied address, a key others can
//! read, another chain's genesis document, and a stop on request. A node says what is wrong, where and what to do, in
//! the operator's language; the other nodes go on; what was acknowledged is there in the end.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ledger_core::time::TimestampMs;
use ledger_core::transaction::SealedEnvelope;
use support::{PATIENCE, POLL_INTERVAL, Trial};
use timebank_node::consensus::LastSigned;
use timebank_node::storage::directory::{BLOCKS_FILE, Directory, STATE_FILE, WAL_FILE};
use timebank_node::storage::last_signed::LastSignedStore;

/// The node that suffers.
const VICTIM: usize = 3;
/// Between two damaged bytes: less than a page, so that no page of a database stays whole.
const DAMAGE_INTERVAL: usize = 1_000;
/// The size of the volume that fills up.
const VOLUME_BYTES: u64 = 16 * 1024 * 1024;
/// What the volume is filled up with in one go.
const FILLING_BYTES: usize = 64 * 1024;
/// How long a node may take to stop when asked to.
const STOP_MS_MAX: Duration = Duration::from_secs(5);
/// The most transactions it takes until a node on a full disk has noticed.
const TRANSACTIONS_ON_FULL_DISK_MAX: usize = 200;

#[test]
fn a_node_asked_to_stop_does_so_within_seconds_and_with_exit_code_0() {
    let mut trial = Trial::prepare("stop");
    trial.start();
    trial.apply_one(VICTIM);
    let mark = log_length(&trial, VICTIM);
    let asked = Instant::now();
    assert_eq!(trial.network.stop(VICTIM).unwrap(), Some(0));
    assert!(asked.elapsed() < STOP_MS_MAX, "{:?}", asked.elapsed());
    assert_says(&log_since(&trial, VICTIM, mark), &["The node has stopped."]);
    let meanwhile = trial.apply_one(0);
    restart(&mut trial, &[]);
    trial.assert_applied_everywhere(&meanwhile);
}

#[test]
fn a_damaged_state_is_rebuilt_from_the_blocks_with_the_same_root() {
    let mut trial = Trial::prepare("state");
    trial.start();
    let applied = trial.apply_one(VICTIM);
    for asked_for in [false, true] {
        trial.network.stop(VICTIM).unwrap();
        if !asked_for {
            damage(&data(&trial).join(STATE_FILE));
        }
        let mark = log_length(&trial, VICTIM);
        restart(
            &mut trial,
            if asked_for { &["--rebuild-state"] } else { &[] },
        );
        let said = log_since(&trial, VICTIM, mark);
        assert_says(&said, &["the derived state is rebuilt from the blocks"]);
        assert_says(&said, &["applying stored blocks to the state"]);
        if !asked_for {
            assert_says(&said, &[&path_of(&data(&trial).join(STATE_FILE))]);
        }
        trial.assert_applied_everywhere(&applied);
        trial.apply_one(VICTIM);
        trial.agree();
    }
}

#[test]
fn damaged_blocks_halt_the_node_until_it_is_told_to_fetch_them_anew() {
    let mut trial = Trial::prepare("blocks");
    trial.start();
    let applied = trial.apply_one(VICTIM);
    trial.network.stop(VICTIM).unwrap();
    let blocks = data(&trial).join(BLOCKS_FILE);
    damage(&blocks);
    for (language, sentences) in [
        (
            "en",
            [
                "The block database",
                "is damaged",
                "run the node once with --resync",
                "from its peers",
            ],
        ),
        (
            "zh",
            [
                "区块数据库",
                "已损坏",
                "以 --resync 运行一次节点",
                "从其他节点重新获取",
            ],
        ),
    ] {
        let mark = log_length(&trial, VICTIM);
        let arguments = ["--lang", language];
        trial.network.start_with(VICTIM, &arguments).unwrap();
        let status = trial.network.wait_end(VICTIM, PATIENCE).unwrap();
        assert_eq!(status.code(), Some(1));
        let said = log_since(&trial, VICTIM, mark);
        assert_says(&said, &sentences);
        assert_says(&said, &[&path_of(&blocks)]);
    }
    let help = run_by_hand(trial.network.home(VICTIM), "C", &["--help"]);
    assert_eq!(help.code, Some(0));
    assert_says(&help.text, &["--resync", "--rebuild-state"]);
    let mark = log_length(&trial, VICTIM);
    restart(&mut trial, &["--resync"]);
    let aside = data(&trial).join("set-aside-1");
    let said = log_since(&trial, VICTIM, mark);
    assert_says(&said, &["set aside in", &path_of(&aside)]);
    assert!(aside.join(BLOCKS_FILE).exists());
    trial.assert_applied_everywhere(&applied);
}

#[test]
fn a_full_disk_stops_one_node_and_loses_nothing() {
    let mut trial = Trial::prepare("disk");
    let Some(volume) = Volume::mount(&data(&trial)) else {
        return;
    };
    // What `init` writes; the mount hides the one that was there.
    let record = LastSignedStore::open(&Directory::lock(&volume.path).unwrap()).unwrap();
    record.store(&LastSigned::NOTHING.encode()).unwrap();
    // It holds the lock on the directory.
    drop(record);
    trial.start();
    let mut acknowledged = vec![trial.apply_one(VICTIM)];
    let filling = volume.fill();
    let mark = log_length(&trial, VICTIM);
    let halted = acknowledge_until_the_end(&mut trial, &mut acknowledged);
    assert!(halted, "the node did not notice that its disk is full");
    let status = trial.network.wait_end(VICTIM, PATIENCE).unwrap();
    assert_eq!(status.code(), Some(1));
    assert_says(
        &log_since(&trial, VICTIM, mark),
        &[
            "There is no space left to",
            &path_of(&volume.path),
            "Nothing acknowledged is lost.",
            "Free space or enlarge the volume, then start the node again.",
        ],
    );
    for index in 0..VICTIM {
        acknowledged.push(trial.apply_one(index));
    }
    fs::remove_file(filling).unwrap();
    restart(&mut trial, &[]);
    for sealed in &acknowledged {
        trial.assert_applied_everywhere(sealed);
    }
    trial.apply_one(VICTIM);
    trial.agree();
}

#[test]
fn a_torn_log_after_a_kill_does_not_keep_a_node_from_catching_up() {
    let mut trial = Trial::prepare("torn");
    trial.start();
    trial.apply_one(VICTIM);
    for torn_bytes in [1, 100, 4_097] {
        trial.network.kill(VICTIM).unwrap();
        let log = OpenOptions::new()
            .write(true)
            .open(data(&trial).join(WAL_FILE))
            .unwrap();
        let length = log.metadata().unwrap().len();
        assert!(length > torn_bytes, "the log has {length} bytes only");
        log.set_len(length - torn_bytes).unwrap();
        let meanwhile = trial.apply_one(0);
        let mark = log_length(&trial, VICTIM);
        restart(&mut trial, &[]);
        if torn_bytes % 4_096 != 0 {
            assert_says(
                &log_since(&trial, VICTIM, mark),
                &["the end of the consensus log was torn off by a crash"],
            );
        }
        trial.assert_applied_everywhere(&meanwhile);
        trial.apply_one(VICTIM);
        trial.agree();
    }
}

#[test]
fn an_occupied_address_is_named_with_its_key() {
    let trial = Trial::prepare("address");
    let home = trial.network.home(0);
    let configuration = fs::read_to_string(home.join("node.toml")).unwrap();
    let values: Vec<&str> = configuration
        .lines()
        .filter_map(|line| line.strip_prefix("listen = "))
        .map(|value| value.trim_matches('"'))
        .collect();
    for (key, variable, address) in [
        ("network.listen", "TIMEBANK_NETWORK_LISTEN", values[0]),
        ("api.listen", "TIMEBANK_API_LISTEN", values[1]),
    ] {
        let _occupied = TcpListener::bind(address).unwrap();
        let ended = run_by_hand(home, "C", &[]);
        assert_ne!(ended.code, Some(0));
        assert_says(&ended.text, &[key, address, variable, "to a free address"]);
        let ended = run_by_hand(home, "zh_CN.UTF-8", &[]);
        assert_says(&ended.text, &[key, address, variable, "已被其他进程占用"]);
    }
}

#[test]
fn a_key_others_can_read_is_refused_with_the_command_that_helps() {
    let trial = Trial::prepare("key");
    let home = trial.network.home(0);
    let path = home.join("keys/consensus.key");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let ended = run_by_hand(home, "C", &[]);
    assert_eq!(ended.code, Some(2));
    let remedy = format!("chmod 600 {}", path_of(&path));
    assert_says(&ended.text, &[&path_of(&path), "644", &remedy]);
    let ended = run_by_hand(home, "C", &["--lang", "zh"]);
    assert_says(&ended.text, &["权限", "644", &remedy]);
}

#[test]
fn another_chains_genesis_document_is_refused_with_both_chains() {
    let mut trial = Trial::prepare("genesis");
    trial.network.start(0).unwrap();
    trial.network.wait_height(0, PATIENCE).unwrap();
    assert_eq!(trial.network.stop(0).unwrap(), Some(0));
    let home = trial.network.home(0);
    let (expected, mut other) = (
        trial.network.genesis().chain_id(),
        trial.network.genesis().clone(),
    );
    other.time_ms = TimestampMs(other.time_ms.0 + 1);
    let (document, chains) = (
        home.join("genesis.json"),
        [expected.to_string(), other.chain_id().to_string()],
    );
    fs::write(&document, serde_json::to_vec(&other).unwrap()).unwrap();
    let ended = run_by_hand(home, "C", &[]);
    assert_eq!(ended.code, Some(1));
    let blocks = path_of(&data_of(home).join(BLOCKS_FILE));
    let remedy = "Use the right genesis document, or another data directory";
    assert_says(&ended.text, &[&blocks, &chains[0], &chains[1], remedy]);

    let configuration = fs::read_to_string(home.join("node.toml")).unwrap();
    let named = format!("{configuration}\n[chain]\nid = \"{expected}\"\n");
    fs::write(home.join("node.toml"), named).unwrap();
    let ended = run_by_hand(home, "C", &[]);
    assert_eq!(ended.code, Some(2));
    let remedy = "or correct chain.id if this one is right";
    assert_says(
        &ended.text,
        &[&path_of(&document), &chains[0], &chains[1], remedy],
    );

    fs::write(&document, "{}").unwrap();
    let ended = run_by_hand(home, "C", &[]);
    assert_eq!(ended.code, Some(2));
    assert_says(
        &ended.text,
        &[&path_of(&document), "Get the right document from the city"],
    );
}

/// Submits at the victim until it has ended; whether it has. What it called final goes to `acknowledged`.
fn acknowledge_until_the_end(trial: &mut Trial, acknowledged: &mut Vec<SealedEnvelope>) -> bool {
    for _ in 0..TRANSACTIONS_ON_FULL_DISK_MAX {
        if trial.network.check_alive(VICTIM).is_err() {
            return true;
        }
        let sealed = trial.opening(VICTIM);
        if let Some(answer) = trial.try_submit_final(VICTIM, sealed.bytes())
            && answer.state() == "applied"
        {
            acknowledged.push(sealed);
        }
    }
    false
}

/// Starts the victim and waits until it has what the others have.
fn restart(trial: &mut Trial, arguments: &[&str]) {
    trial.network.start_with(VICTIM, arguments).unwrap();
    trial.network.wait_ready(PATIENCE).unwrap();
    let height = trial.network.client(0).status().unwrap().height;
    trial.network.wait_height(height.0, PATIENCE).unwrap();
    trial.agree();
}

fn data(trial: &Trial) -> PathBuf {
    data_of(trial.network.home(VICTIM))
}

fn data_of(home: &Path) -> PathBuf {
    home.join("data")
}

fn path_of(path: &Path) -> String {
    path.display().to_string()
}

/// Flips a bit of every page, beyond what a database calls its header.
fn damage(path: &Path) {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
    for offset in (0..length).step_by(DAMAGE_INTERVAL) {
        let offset = u64::try_from(offset).unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, offset).unwrap();
        byte[0] ^= 0x10;
        file.write_all_at(&byte, offset).unwrap();
    }
}

fn log_length(trial: &Trial, index: usize) -> usize {
    fs::read(trial.network.log_path(index))
        .unwrap_or_default()
        .len()
}

/// What the node at `index` has said since its log had `mark` bytes.
fn log_since(trial: &Trial, index: usize, mark: usize) -> String {
    let log = fs::read(trial.network.log_path(index)).unwrap();
    String::from_utf8(log[mark..].to_vec()).unwrap()
}

fn assert_says(text: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(text.contains(sentence), "“{sentence}” is not in:\n{text}");
    }
}

/// How a node run by hand ended.
struct Ended {
    code: Option<i32>,
    text: String,
}

/// Runs the node in `home` in the locale `locale` until it ends by itself.
fn run_by_hand(home: &Path, locale: &str, arguments: &[&str]) -> Ended {
    let path = home.join("by-hand.log");
    let output = File::create(&path).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_timebank-testnet"))
        .args(["node", "run", "--home"])
        .arg(home)
        .args(arguments)
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("LANG", locale)
        // A trial's node stops when its standard input ends.
        .stdin(Stdio::piped())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Ended {
                code: status.code(),
                text: fs::read_to_string(&path).unwrap(),
            };
        }
        if Instant::now() >= deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it runs on: {}", fs::read_to_string(&path).unwrap());
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// A small volume of its own; unmounted when dropped.
struct Volume {
    path: PathBuf,
}

impl Volume {
    /// Mounts one at `path`; none, and a loud word, where that is not permitted.
    fn mount(path: &Path) -> Option<Volume> {
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={VOLUME_BYTES}"),
                "tmpfs",
            ])
            .arg(path)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Volume {
                path: path.to_path_buf(),
            }),
            other => {
                eprintln!("NOT CHECKED: a full disk; a tmpfs cannot be mounted here: {other:?}");
                None
            }
        }
    }

    /// Writes a file until nothing more fits; its path.
    fn fill(&self) -> PathBuf {
        let path = self.path.join("filling");
        let mut file = File::create(&path).unwrap();
        let mut bytes = vec![1; FILLING_BYTES];
        while !bytes.is_empty() {
            if let Err(error) = file.write_all(&bytes) {
                assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
                bytes.truncate(bytes.len() / 2);
            }
        }
        path
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Lazily: the node that uses it may still be running when a test fails, and ends a moment later.
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}
