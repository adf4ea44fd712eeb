//! Histories a wallet has read and proven, kept so that a later read fetches only what is new.
//!
//! One value holds the head of the history, as of which block it was proven, and the postings since the last full part;
//! each full part of [`PART_POSTINGS`] has a value of its own that never changes. What is read back must lead to the head it
//! was kept with, or nothing is done with it: damage is reported, and never taken for an empty history.
//!
//! If we crash between writing a full part and the head, the part lies there unread until the same postings are written
//! again.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::id::{AccountId, ChainId, Height};
use ledger_core::receipt::Posting;
use ledger_core::record::account::History;

use crate::error::Error;
use crate::storage::{Storage, VALUE_BYTES_MAX};

/// Postings of a full part.
const PART_POSTINGS: usize = 1_000;
/// The form this build writes and reads.
const KEPT_VERSION: u16 = 1;

/// A history that was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeptHistory {
    /// As of which block; genesis when nothing was proven yet.
    pub(super) height: Height,
    /// Its length and head.
    pub(super) history: History,
    /// All of it.
    pub(super) postings: Vec<Posting>,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct KeptHead {
    version: u16,
    chain_id: ChainId,
    account: AccountId,
    height: Height,
    history: History,
    /// Those after the last full part.
    rest: Vec<Posting>,
}

impl KeptHistory {
    const EMPTY: KeptHistory = KeptHistory {
        height: Height::GENESIS,
        history: History::EMPTY,
        postings: Vec::new(),
    };

    /// What is kept of `account` on the chain; nothing when nothing is.
    pub(super) fn load(
        storage: &dyn Storage,
        chain_id: ChainId,
        account: AccountId,
    ) -> Result<KeptHistory, Error> {
        let name = head_name(chain_id, account);
        let Some(bytes) = storage.load(&name)? else {
            return Ok(KeptHistory::EMPTY);
        };
        let damaged = |reason: &str| Error::StoredDamaged {
            name: name.clone(),
            reason: reason.to_owned(),
        };
        let head: KeptHead = codec::decode(&bytes, VALUE_BYTES_MAX)
            .map_err(|error| damaged(&format!("it cannot be read: {error}")))?;
        if head.version != KEPT_VERSION {
            return Err(damaged("it is of another version of the program"));
        }
        if head.chain_id != chain_id || head.account != account {
            return Err(damaged("it is about another account"));
        }
        let full = usize::try_from(head.history.length)
            .ok()
            .and_then(|length| length.checked_sub(head.rest.len()))
            .filter(|full| full.is_multiple_of(PART_POSTINGS))
            .ok_or_else(|| damaged("its length is not that of its postings"))?;
        let mut postings = Vec::new();
        for part in 0..full / PART_POSTINGS {
            let name = part_name(chain_id, account, part);
            let bytes = storage
                .load(&name)?
                .ok_or_else(|| damaged(&format!("its part {name} is missing")))?;
            let read: Vec<Posting> = codec::decode(&bytes, VALUE_BYTES_MAX)
                .map_err(|error| damaged(&format!("its part {name} cannot be read: {error}")))?;
            postings.extend(read);
        }
        postings.extend(head.rest);
        if chain(History::EMPTY, &postings) != head.history {
            return Err(damaged("its postings do not lead to its head"));
        }
        Ok(KeptHistory {
            height: head.height,
            history: head.history,
            postings,
        })
    }

    /// Keeps it, in place of what was kept of `account` before. Full parts below `known` postings are there already.
    pub(super) fn store(
        &self,
        storage: &dyn Storage,
        chain_id: ChainId,
        account: AccountId,
        known: usize,
    ) -> Result<(), Error> {
        let parts = self.postings.chunks_exact(PART_POSTINGS);
        let rest = parts.remainder().to_vec();
        for (number, part) in parts.enumerate().skip(known / PART_POSTINGS) {
            let name = part_name(chain_id, account, number);
            storage.store(&name, &codec::encode(&part))?;
        }
        let head = KeptHead {
            version: KEPT_VERSION,
            chain_id,
            account,
            height: self.height,
            history: self.history,
            rest,
        };
        storage.store(&head_name(chain_id, account), &codec::encode(&head))
    }
}

/// `history` with `postings` after it.
pub(super) fn chain(history: History, postings: &[Posting]) -> History {
    postings.iter().fold(history, |history, posting| {
        history
            .with(posting)
            .expect("fewer postings than 2^64 fit into memory")
    })
}

/// The account's and the beginning of the chain's id: a directory may serve several chains.
fn head_name(chain_id: ChainId, account: AccountId) -> String {
    let chain: String = chain_id.0.to_string().chars().take(16).collect();
    format!("history-{chain}-{account}")
}

fn part_name(chain_id: ChainId, account: AccountId, part: usize) -> String {
    format!("{}-{part}", head_name(chain_id, account))
}

#[cfg(test)]
mod tests {
    use ledger_core::hash::Hash;
    use ledger_core::id::TransactionId;
    use ledger_core::receipt::{Cause, Entry, Owner};
    use ledger_core::time::TimestampMs;

    use super::*;
    use crate::storage::MemoryStorage;

    const CHAIN: ChainId = ChainId(Hash([7; 32]));
    const CHEN: AccountId = AccountId([1; 20]);

    fn kept(length: u64) -> KeptHistory {
        let postings: Vec<Posting> = (0..length)
            .map(|number| Posting {
                height: Height(number),
                time_ms: TimestampMs(number),
                cause: Cause::Transaction(TransactionId(Hash::ZERO)),
                owner: Owner::Account(CHEN),
                entry: Entry::Opened,
            })
            .collect();
        KeptHistory {
            height: Height(length),
            history: chain(History::EMPTY, &postings),
            postings,
        }
    }

    #[test]
    fn a_history_of_many_parts_comes_back_and_grows() {
        let storage = MemoryStorage::new();
        assert_eq!(
            KeptHistory::load(&storage, CHAIN, CHEN),
            Ok(KeptHistory::EMPTY)
        );
        let mut known = 0;
        for length in [0, 1, 999, 1_000, 1_001, 2_500] {
            let history = kept(length);
            history.store(&storage, CHAIN, CHEN, known).unwrap();
            assert_eq!(KeptHistory::load(&storage, CHAIN, CHEN), Ok(history));
            known = usize::try_from(length).unwrap();
        }
        assert_eq!(storage.names("history-").unwrap().len(), 3);
    }

    #[test]
    fn damage_of_any_byte_is_reported_and_never_taken_for_nothing() {
        let storage = MemoryStorage::new();
        kept(1_002).store(&storage, CHAIN, CHEN, 0).unwrap();
        for name in storage.names("history-").unwrap() {
            let right = storage.load(&name).unwrap().unwrap();
            // The height alone is not borne out by the postings; it says when they were proven.
            let height = 2 + 32 + 20..2 + 32 + 20 + 8;
            let is_head = name == head_name(CHAIN, CHEN);
            for at in (0..right.len()).filter(|at| !(is_head && height.contains(at))) {
                let mut wrong = right.clone();
                wrong[at] ^= 1;
                storage.store(&name, &wrong).unwrap();
                let error = KeptHistory::load(&storage, CHAIN, CHEN).unwrap_err();
                assert_eq!(error.code(), "stored_damaged", "byte {at} of {name}");
                if at > 300 {
                    break;
                }
            }
            storage.store(&name, &right).unwrap();
        }
        storage.remove(&part_name(CHAIN, CHEN, 0)).unwrap();
        assert!(KeptHistory::load(&storage, CHAIN, CHEN).is_err());
    }
}
