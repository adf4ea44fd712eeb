//! Opening everything a node keeps, checking that the parts fit together, and what remains to be done before it can serve.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger_core::id::{ChainId, Height};

use super::StorageError;
use super::blocks::{self, BlockStore, CommittedBlock, JournaledBlocks, TornBlock};
use super::directory::{
    BLOCKS_FILE, Directory, JOURNAL_FILES, STATE_DAMAGED_FILE, STATE_DIRECTORY, STATE_FILE,
    STATE_LOG_FILES, WAL_FILE,
};
use super::last_signed::LastSignedStore;
use super::memory_disk::{self, MemoryDisk};
use super::state::engine::StateEngine;
#[cfg(feature = "sled")]
use super::state::sled::SledEngine;
use super::state::staged::StagedEngine;
use super::state::{Label, StateStore};
use super::wal::file::LogFile;
use super::wal::{TornTail, Wal};

/// The most data directories set aside beside each other.
const SET_ASIDE_MAX: u32 = 1_000;

/// Which database holds the derived state. Blocks are always in redb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// redb, below a log of rows.
    #[default]
    Redb,
    /// sled, which does not sync as it says (ADR 0004): for comparison.
    #[cfg(feature = "sled")]
    Sled,
}

/// Everything a node keeps.
pub struct Storage {
    /// The blocks.
    pub blocks: Arc<dyn BlockStore>,
    /// The derived state.
    pub state: Arc<StateStore>,
    /// The consensus log.
    pub wal: Wal,
    /// The record of the last signature.
    pub last_signed: LastSignedStore,
    /// The lock on the data directory, held until this and all the stores are dropped.
    pub directory: Directory,
}

/// Everything a node keeps, and what was met on the way.
pub struct Opened {
    /// Everything a node keeps.
    pub storage: Storage,
    /// Why the state was thrown away, to be rebuilt; none when it was not.
    pub discarded: Option<String>,
    /// The end of the consensus log that a crash tore off.
    pub torn_tail: Option<TornTail>,
    /// What is left of a block at the end of the journal: a crash tore it while it was written, before anybody was told of it. Damage
    /// to the newest block looks the same; then the log of consensus is ahead, or peers have the block.
    pub torn_block: Option<TornBlock>,
}

impl Storage {
    /// Opens what is in the data directory `path`, or makes it, for the chain `chain_id`. A damaged state is thrown away; a
    /// damaged block database or consensus log is an error, and so is another chain. Nothing is replayed yet: see
    /// [`Self::replay`].
    ///
    /// # Errors
    /// See [`StorageError`].
    pub fn open(path: &Path, chain_id: ChainId, engine: Engine) -> Result<Opened, StorageError> {
        open_in(Directory::lock(path)?, chain_id, engine)
    }

    /// Opens what is on a disk in memory, for the chain `chain_id`: the same stores, over its files.
    ///
    /// # Errors
    /// As on a real disk.
    pub fn open_memory(disk: &Arc<MemoryDisk>, chain_id: ChainId) -> Result<Opened, StorageError> {
        open_in(memory_disk::lock(disk)?, chain_id, Engine::Redb)
    }

    /// Sets aside everything in the data directory `path` that comes from the chain, for a node that is to fetch it anew
    /// from its peers; the directory it was moved to. The record of the last signature stays, so that the node
    /// observes before it votes again.
    ///
    /// # Errors
    /// When a node uses the directory, or the disk fails.
    pub fn set_aside(path: &Path) -> Result<PathBuf, StorageError> {
        set_aside_in(&Directory::lock(path)?)
    }

    /// The same on a disk in memory.
    ///
    /// # Errors
    /// As on a real disk.
    pub fn set_aside_memory(disk: &Arc<MemoryDisk>) -> Result<PathBuf, StorageError> {
        set_aside_in(&memory_disk::lock(disk)?)
    }

    /// The blocks the state lacks, in order: after a crash, or all of them after the state was thrown away. Each is to be
    /// applied and committed to the state. Commit genesis first when the state has no label.
    pub fn replay(&self) -> Replay {
        let label = self.state.label();
        Replay {
            blocks: Arc::clone(&self.blocks),
            next: label.map_or(Height::GENESIS, |label| label.height).next(),
            last: blocks::tip_height(self.blocks.as_ref()),
        }
    }
}

/// Stored blocks, in order.
pub struct Replay {
    blocks: Arc<dyn BlockStore>,
    next: Height,
    last: Height,
}

impl Replay {
    /// How many blocks are left.
    pub const fn remaining(&self) -> u64 {
        self.last.next().0.saturating_sub(self.next.0)
    }
}

impl Iterator for Replay {
    type Item = Result<CommittedBlock, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next > self.last {
            return None;
        }
        let height = self.next;
        self.next = height.next();
        // No block below the tip is ever missing: the store reports a gap as damage.
        self.blocks.block(height).transpose()
    }
}

fn open_in(
    directory: Directory,
    chain_id: ChainId,
    engine: Engine,
) -> Result<Opened, StorageError> {
    let (blocks, torn_block) = JournaledBlocks::open(&directory, chain_id)?;
    let marked = take_damage_mark(&directory)?;
    let (state, found_bad) = open_state(&directory, &blocks, chain_id, engine)?;
    let place = directory.place(WAL_FILE);
    let log = LogFile::open(place.clone())?;
    let (wal, torn_tail) = Wal::open(log, chain_id, place.draw_salt()?)?;
    check_against_blocks(&directory, &blocks, state.label(), wal.height())?;
    let storage = Storage {
        blocks: Arc::new(blocks),
        state: Arc::new(state),
        wal,
        last_signed: LastSignedStore::open(&directory)?,
        directory,
    };
    Ok(Opened {
        storage,
        discarded: marked.or(found_bad),
        torn_tail,
        torn_block,
    })
}

fn set_aside_in(directory: &Directory) -> Result<PathBuf, StorageError> {
    let aside = new_directory(directory)?;
    // If we crash here, there is an empty directory more. Nothing is moved into one that could vanish.
    directory.sync()?;
    // The blocks go last. If we crash before that, the node starts with its blocks and rebuilds the rest, or is told once
    // more that they are damaged, and whoever wants to set them aside asks again.
    let [first, second] = JOURNAL_FILES;
    let [state_first, state_second] = STATE_LOG_FILES;
    for name in [
        STATE_FILE,
        state_first,
        state_second,
        STATE_DIRECTORY,
        WAL_FILE,
        first,
        second,
        BLOCKS_FILE,
    ] {
        let from = directory.file(name);
        match directory.volume().rename(&from, &aside.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            moved => moved.map_err(|source| StorageError::io(&from, "set aside", source))?,
        }
    }
    let synced = directory.volume().sync_directory(&aside);
    synced.map_err(|source| StorageError::io(&aside, "sync", source))?;
    directory.sync()?;
    Ok(aside)
}

/// Throws the state away if it was marked as damaged when the node ran last; why it was.
fn take_damage_mark(directory: &Directory) -> Result<Option<String>, StorageError> {
    let marker = directory.place(STATE_DAMAGED_FILE);
    let Some(reason) = marker.read()? else {
        return Ok(None);
    };
    // If we crash before the mark is gone for good, what is left of the state is thrown away at the next start.
    discard_state(directory)?;
    // Names may get to the disk in any order: without this a crash could bring back the damaged state and not its mark.
    directory.sync()?;
    marker.remove()?;
    Ok(Some(String::from_utf8_lossy(&reason).into_owned()))
}

fn discard_state(directory: &Directory) -> Result<(), StorageError> {
    directory.place(STATE_FILE).remove()?;
    for name in STATE_LOG_FILES {
        directory.place(name).remove()?;
    }
    directory.place(STATE_DIRECTORY).remove()
}

/// Opens the state; a bad one is thrown away and an empty one opened. Why it was bad.
fn open_state(
    directory: &Directory,
    blocks: &dyn BlockStore,
    chain_id: ChainId,
    engine: Engine,
) -> Result<(StateStore, Option<String>), StorageError> {
    let open = || {
        let marker = directory.place(STATE_DAMAGED_FILE);
        StateStore::open(open_engine(directory, chain_id, engine)?, chain_id, marker)
    };
    let bad = match open() {
        Ok(state) => match find_fork(directory, blocks, state.label())? {
            None => return Ok((state, None)),
            Some(fork) => fork,
        },
        // The state is derived: one that is damaged, or of another release's format, costs a replay and nothing else.
        Err(error @ (StorageError::StateDamaged { .. } | StorageError::WrongFormat { .. })) => {
            error
        }
        Err(error) => return Err(error),
    };
    discard_state(directory)?;
    Ok((open()?, Some(bad.to_string())))
}

fn open_engine(
    directory: &Directory,
    chain_id: ChainId,
    engine: Engine,
) -> Result<Box<dyn StateEngine>, StorageError> {
    Ok(match engine {
        Engine::Redb => Box::new(StagedEngine::open(directory, chain_id)?),
        #[cfg(feature = "sled")]
        Engine::Sled => Box::new(SledEngine::open(&directory.file(STATE_DIRECTORY))?),
    })
}

/// Whether the state belongs to another block than the one stored at its height: that is damage to the state.
fn find_fork(
    directory: &Directory,
    blocks: &dyn BlockStore,
    label: Option<Label>,
) -> Result<Option<StorageError>, StorageError> {
    let Some(label) = label else {
        return Ok(None);
    };
    let Some(header) = blocks.header(label.height)? else {
        return Ok(None);
    };
    let fits = header.id() == label.block_id && header.state_root == label.root;
    Ok((!fits).then(|| StorageError::StateDamaged {
        path: directory.file(STATE_FILE),
        reason: format!(
            "it belongs to block {}, and the block at height {} is {}",
            label.block_id,
            label.height,
            header.id()
        ),
    }))
}

/// What came after a block was stored must not be ahead of the blocks: then blocks that were stored are gone.
fn check_against_blocks(
    directory: &Directory,
    blocks: &dyn BlockStore,
    label: Option<Label>,
    wal: Height,
) -> Result<(), StorageError> {
    let tip = blocks::tip_height(blocks);
    let lost = |what: &str, height: Height| StorageError::BlocksDamaged {
        path: directory.file(BLOCKS_FILE),
        reason: format!("{what} knows of height {height}, and the newest block is {tip}"),
    };
    match label {
        Some(label) if label.height > tip => return Err(lost("the state", label.height)),
        _ => {}
    }
    if wal > tip.next() {
        return Err(lost("the consensus log", wal));
    }
    Ok(())
}

fn new_directory(directory: &Directory) -> Result<PathBuf, StorageError> {
    let mut failure = None;
    for number in 1..=SET_ASIDE_MAX {
        let aside = directory.file(&format!("set-aside-{number}"));
        match directory.volume().create_directory(&aside) {
            Ok(()) => return Ok(aside),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => failure = Some(error),
            Err(source) => return Err(StorageError::io(&aside, "create", source)),
        }
    }
    let source = failure.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into());
    Err(StorageError::io(
        &directory.file("set-aside-1"),
        "create another directory like",
        source,
    ))
}
