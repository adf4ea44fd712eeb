//! Whom a wallet believes: the validators of the genesis document, and those they handed over to.
//!
//! A record counts as verified when its proof leads from its key to a header, and the header's certificate to a validator
//! set that is trusted (`docs/api.md`, "Proofs"). Sets are followed from the genesis document's one change at a time;
//! each is remembered, so that a change is fetched once. What is not checked here: whether a validator set of long ago has
//! been bribed or its keys stolen since. A wallet that slept longer than validators can be held to account needs a
//! checkpoint from the city; checkpoints are not part of this build.
//!
//! What always holds: reads of one wallet do not go back. An answer as of a block before one this wallet has seen is
//! refused, however well it is proven, so that a node that lags cannot make a payment disappear again.

use std::sync::{Mutex, PoisonError};

use ledger_core::block::{Block, Header, list};
use ledger_core::certificate::CommitCertificate;
use ledger_core::genesis::{GENESIS_BYTES_MAX, Genesis};
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::ledger::transactions_root;
use ledger_core::proof::{RecordProof, SetChange, TrustedSet};
use ledger_core::receipt::Receipt;
use ledger_core::state::StateKey;
use ledger_core::time::{DAY_MS, TimestampMs};

use crate::error::Error;

/// The most changes of the validator set a wallet follows, over the life of a chain.
pub const SET_CHANGES_MAX: usize = 10_000;
/// How old a proof may be unless something else is asked for. An idle chain makes no blocks, and its heartbeat may be slow.
pub const AGE_MS_MAX_DEFAULT: u64 = DAY_MS;

/// How old an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Now, by the wallet's clock.
    pub now_ms: TimestampMs,
    /// The oldest block that counts.
    pub age_ms_max: u64,
}

impl Freshness {
    /// By the system's clock, at most `age_ms_max` old.
    pub fn within(age_ms_max: u64) -> Freshness {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Freshness {
            now_ms: TimestampMs(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)),
            age_ms_max,
        }
    }
}

/// Something proven, and as of when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    /// What was proven.
    pub value: T,
    /// The block it was proven against.
    pub height: Height,
    /// That block.
    pub block_id: BlockId,
    /// That block's time.
    pub time_ms: TimestampMs,
}

impl<T> Verified<T> {
    /// `value`, proven against `header`.
    pub(crate) fn of(value: T, header: &Header) -> Verified<T> {
        Verified {
            value,
            height: header.height,
            block_id: header.id(),
            time_ms: header.time_ms,
        }
    }
}

/// Reads a genesis document, as JSON.
///
/// # Errors
/// When it is none.
pub fn read_genesis(text: &str) -> Result<Genesis, Error> {
    if text.len() > GENESIS_BYTES_MAX {
        return Err(Error::GenesisMalformed {
            reason: format!("longer than {GENESIS_BYTES_MAX} bytes"),
        });
    }
    serde_json::from_str(text).map_err(|error| Error::GenesisMalformed {
        reason: error.to_string(),
    })
}

/// Where changes of the validator set come from.
pub(crate) trait SetChanges {
    /// The changes above `after`, oldest first; not necessarily all.
    fn after(&self, after: Height) -> Result<Vec<SetChange>, Error>;
}

/// The validator sets a wallet trusts, oldest first, beginning with the genesis document's.
#[derive(Debug)]
pub struct Trust {
    chain_id: ChainId,
    sets: Mutex<Vec<TrustedSet>>,
    /// The newest block that anything was proven against.
    seen: Mutex<Height>,
}

impl Trust {
    /// In the validators of a genesis document, which the wallet got from someone it trusts.
    pub fn genesis(genesis: &Genesis) -> Trust {
        let chain_id = genesis.chain_id();
        Trust {
            chain_id,
            sets: Mutex::new(vec![TrustedSet {
                chain_id,
                since: Height::GENESIS,
                set: genesis.validators.clone(),
            }]),
            seen: Mutex::new(Height::GENESIS),
        }
    }

    /// The chain.
    pub const fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    /// Checks `proof` of the record under `key`; its bytes, or none when it is proven not to exist.
    pub(crate) fn check_record<'p>(
        &self,
        key: &StateKey,
        proof: &'p RecordProof,
        changes: &dyn SetChanges,
    ) -> Result<Option<&'p [u8]>, Error> {
        let set = self.set_of(&proof.header, changes)?;
        let value = proof.verify(key, &set)?;
        self.go_on_to(proof.header.height)?;
        Ok(value)
    }

    /// The newest block that anything was proven against.
    pub fn seen(&self) -> Height {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is said to be now is as of this proven block: it must not lie before what was now already.
    pub(crate) fn go_on_to(&self, height: Height) -> Result<(), Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if height < *seen {
            return Err(Error::WentBack {
                height,
                seen: *seen,
            });
        }
        *seen = height;
        Ok(())
    }

    /// Checks that trusted validators decided `block`, and that its body and receipts are what its header names.
    pub(crate) fn check_block(
        &self,
        block: &Block,
        certificate: &CommitCertificate,
        receipts: &[Receipt],
        changes: &dyn SetChanges,
    ) -> Result<(), Error> {
        let header = &block.header;
        self.set_of(header, changes)?
            .check_header(header, certificate)?;
        let height = header.height;
        let altered = |part: &str| Error::BlockAltered {
            height,
            part: part.to_owned(),
        };
        if transactions_root(&block.transactions) != header.transactions_root {
            return Err(altered("transactions"));
        }
        let leaves: Vec<Hash> = receipts.iter().map(Receipt::receipt_hash).collect();
        if list::root(&leaves) != header.receipts_root {
            return Err(altered("receipts"));
        }
        Ok(())
    }

    /// The trusted set that decides the block of `header`, following changes as far as its `last_set_change` says.
    /// Nothing in the header is believed by this: if it lies, the check of its certificate fails.
    fn set_of(&self, header: &Header, changes: &dyn SetChanges) -> Result<TrustedSet, Error> {
        let wanted = header.last_set_change;
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        while sets.len() <= SET_CHANGES_MAX {
            let latest = sets.last().expect("the genesis set is never removed");
            if wanted <= latest.since {
                break;
            }
            let fetched = changes.after(latest.since)?;
            if fetched.is_empty() {
                break;
            }
            for change in &fetched {
                let latest = sets.last().expect("the genesis set is never removed");
                let next = latest.follow(change)?;
                sets.push(next);
            }
        }
        match sets.iter().find(|set| set.since == wanted) {
            Some(set) => Ok(set.clone()),
            None => Err(Error::ProofSetChanges {
                height: header.height,
                last_set_change: wanted,
                trusted_since: sets.last().map_or(Height::GENESIS, |set| set.since),
            }),
        }
    }
}
