//! The start: from what is on disk to a node that takes part.
//!
//! The blocks are the truth. The state is brought up to them, from wherever it is; a state that was thrown away is built
//! again from genesis. The consensus log says what this node had said about the height in progress, and the host repeats
//! it.

use std::cell::Cell;

use ledger_core::genesis::Genesis;
use ledger_core::hash::Hash;
use ledger_core::id::Height;
use ledger_core::ledger::{Tip, VerifiedSignatures};
use ledger_core::record::chain::ValidatorsRecord;
use ledger_core::state::{Overlay, StateError, StateKey, StateView};
use ledger_core::validator::{ValidatorAddress, ValidatorSet};

use super::effect::Fault;
use super::mempool::{Mempool, VerifiedCache};
use super::proposals::LogEntry;
use super::{
    Admission, Flushing, Gathering, Phase, Proposals, Replica, ReplicaConfig, Running,
    STATUS_INTERVAL_MS, Sightings, Step, Sync, TimerKey,
};
use crate::consensus::{Host, HostConfig, LastSigned, latest_signed};
use crate::planted::{self, Planted};
use crate::storage::blocks::tip_height;
use crate::storage::last_signed::LastSignedFound;
use crate::storage::{Storage, StorageError};

/// How many replayed blocks a line in the log of the node stands for.
const REPLAY_REPORT_BLOCKS: u64 = 1_000;

/// The signatures in this node's own blocks were verified before the blocks were stored.
struct VerifiedBefore;

impl VerifiedSignatures for VerifiedBefore {
    fn contains(&self, _: &Hash) -> bool {
        true
    }
}

impl Replica {
    /// A replica over `storage`, for the chain that `genesis` begins. It does nothing before [`super::ReplicaInput::Start`].
    ///
    /// # Errors
    /// When the storage fails.
    pub fn open(
        config: ReplicaConfig,
        genesis: Genesis,
        storage: Storage,
    ) -> Result<Replica, Fault> {
        let chain_id = genesis.chain_id();
        let host = Host::new(HostConfig {
            chain_id,
            key: config.key.clone(),
            timeouts: config.timeouts,
            last_signed: load_last_signed(
                &storage,
                &ValidatorAddress::of(&config.key.public_key()),
            )?,
            last_commit: storage
                .blocks
                .certificate(tip_height(storage.blocks.as_ref()))?,
        });
        Ok(Replica {
            address: ValidatorAddress::of(&config.key.public_key()),
            host,
            tip: Tip::genesis(chain_id, genesis.time_ms),
            validators: genesis.validators.clone().into(),
            mempool: Mempool::new(&config.mempool),
            verified: VerifiedCache::default(),
            admission: Admission::default(),
            proposals: Proposals::default(),
            gathering: Gathering::default(),
            undelivered: None,
            phase: Phase::Between,
            height_began_ms: 0,
            next_due: Cell::new(None),
            observing: false,
            wake_check_wanted: false,
            sync: Sync::default(),
            peers: Default::default(),
            departed: Default::default(),
            sightings: Sightings::default(),
            last_commit_ms: None,
            flushing: Flushing::default(),
            upgrade_ahead: None,
            host_inputs: Default::default(),
            host_effects: Default::default(),
            consensus_timers: Default::default(),
            next_request: 0,
            outbox: Vec::new(),
            effects: Vec::new(),
            untold: Default::default(),
            now_ms: 0,
            running: Running::No,
            config,
            genesis,
            storage,
        })
    }

    /// Brings the state up to the blocks and begins the height after them.
    pub(super) fn start(&mut self) -> Step {
        self.check_state()?;
        self.replay_blocks()?;
        let view = self.storage.state.snapshot();
        self.validators = load_validators(&view)?.into();
        drop(view);
        self.allow_validators();
        self.set_timer(TimerKey::Status, STATUS_INTERVAL_MS);
        self.announce();
        self.warn_of_upgrade()?;
        self.resume_height()
    }

    /// The state begins with genesis and belongs to a block that is there.
    fn check_state(&mut self) -> Step {
        let Some(label) = self.storage.state.label() else {
            let writes = self.genesis.writes().map_err(Fault::Genesis)?;
            // If we crash before the state is durable, it is empty again, and we come here again.
            self.storage.state.commit_genesis(&writes)?;
            return Ok(());
        };
        let blocks = tip_height(self.storage.blocks.as_ref());
        if label.height > blocks {
            return Err(Fault::StateAhead {
                state: label.height,
                blocks,
            });
        }
        if label.height > Height::GENESIS {
            let header = self.storage.blocks.header(label.height)?;
            let header = header.filter(|header| header.id() == label.block_id);
            let Some(header) = header else {
                return Err(Fault::StateAhead {
                    state: label.height,
                    blocks: Height::GENESIS,
                });
            };
            self.tip = Tip::of(&header);
        }
        Ok(())
    }

    /// Applies the blocks above the state. If we crash in between, the next start goes on from what was durable.
    fn replay_blocks(&mut self) -> Step {
        if planted::is(Planted::ReplaySkipped) {
            return Ok(());
        }
        let replay = self.storage.replay();
        let blocks = replay.remaining();
        if blocks > 0 {
            tracing::info!(blocks, from = %self.tip.height.next(), "applying stored blocks to the state");
        }
        for stored in replay {
            let block = stored?.block;
            let execution = self.execute_decided(&block, &VerifiedBefore)?;
            self.storage
                .state
                .commit(&block, &execution.receipts, &execution.writes)?;
            self.tip = Tip::of(&block.header);
            if self.tip.height.0.is_multiple_of(REPLAY_REPORT_BLOCKS) {
                tracing::info!(height = %self.tip.height, "applying stored blocks to the state");
            }
        }
        Ok(())
    }

    /// Begins the height after the tip with what the log holds about it.
    fn resume_height(&mut self) -> Step {
        let height = self.tip.height.next();
        let entries = if self.storage.wal.height() == height {
            self.storage.wal.entries(height)?
        } else {
            Vec::new()
        };
        if entries.is_empty() {
            return self.begin_next();
        }
        self.proposals.clear();
        self.gathering.enter(height);
        let mut of_host = Vec::new();
        for entry in entries {
            match LogEntry::decode(&entry) {
                Some(LogEntry::Host(bytes)) => of_host.push(bytes),
                Some(LogEntry::Block(block)) => {
                    let block_id = block.id();
                    self.proposals.keep(block_id, block, None);
                }
                // It passed its checksum and is no entry of ours. The host finds it unreadable and does not vote.
                None => of_host.push(entry),
            }
        }
        self.start_height(of_host)
    }
}

/// The record of the last signature, when it is this node's own and can be read; without one the host observes.
fn load_last_signed(
    storage: &Storage,
    validator: &ValidatorAddress,
) -> Result<Option<LastSigned>, StorageError> {
    Ok(match storage.last_signed.load()? {
        LastSignedFound::Fresh(record) => LastSigned::decode(&record).ok(),
        // The record that may be missing is that of the next height at which this node signed, and every message is in the log, synced,
        // before its record. So if the log has one of ours of a later height, it is the log of that height, and speaks.
        // If it has none, it was lost, or this is damage: the node observes.
        LastSignedFound::Doubtful(record) => {
            let record = LastSigned::decode(&record).ok();
            let logged = latest_logged(storage, validator)?;
            record.filter(|record| logged.is_some_and(|logged| logged.height > record.height))
        }
        LastSignedFound::Missing | LastSignedFound::Copied(_) | LastSignedFound::Damaged => None,
    })
}

/// The latest message of ours in the consensus log.
fn latest_logged(
    storage: &Storage,
    validator: &ValidatorAddress,
) -> Result<Option<LastSigned>, StorageError> {
    let entries = storage.wal.entries(storage.wal.height())?;
    let of_host = entries
        .iter()
        .filter_map(|entry| match LogEntry::decode(entry) {
            Some(LogEntry::Host(bytes)) => Some(bytes),
            Some(LogEntry::Block(_)) | None => None,
        });
    Ok(latest_signed(&of_host.collect::<Vec<_>>(), validator))
}

fn load_validators(view: &dyn StateView) -> Result<ValidatorSet, StateError> {
    let record: Option<ValidatorsRecord> = Overlay::new(view).load(&StateKey::Validators)?;
    record
        .map(|record| record.current)
        .ok_or_else(|| StateError {
            reason: "the validators record is missing".into(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replica::{ReplicaConfig, ReplicaInput};
    use crate::storage::{DiskFile, MemoryDisk, Survival};
    use crate::test_chain::{NOW_MS, key, only_node, open_storage};

    #[test]
    fn with_one_slot_bad_the_older_record_counts_only_while_the_log_shows_a_later_message() {
        let disk = MemoryDisk::new();
        let mut config = ReplicaConfig::new(key(3));
        config.heartbeat_ms = Some(1);
        let address = ValidatorAddress::of(&config.key.public_key());
        let mut replica = only_node(&disk, config);
        // It wants a block at once: it signs and decides height 1.
        replica.handle(ReplicaInput::Start, NOW_MS + 1_000);
        assert_eq!(replica.tip.height, Height(1));
        disk.crash(Survival::Synced);
        drop(replica);
        let loaded = || load_last_signed(&open_storage(&disk), &address).unwrap();
        assert_eq!(loaded().map(|record| record.height), Some(Height(1)));

        // The slot of height 1 cannot be read: torn, for the log has what was signed.
        let mut content = disk.content(DiskFile::LastSigned).unwrap();
        content[50] ^= 1;
        disk.put(DiskFile::LastSigned, &content);
        assert_eq!(loaded(), Some(LastSigned::NOTHING));
        // Without the log nobody knows what was signed.
        disk.discard_wal();
        assert_eq!(loaded(), None);
    }
}
