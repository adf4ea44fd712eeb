//! What a bundle says of one block, and the facts that follow when it is true.
//!
//! Every claim leads to one root of the block's header: records and their absence to the state root, transactions and
//! receipts to theirs, postings to the history in their owner's record, which is claimed beside them. No field of a claim
//! is without consequence: each is hashed on the way to the root, or follows from what is.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::error::ProofError;
use super::list_path::ListPath;
use crate::block::Header;
use crate::codec;
use crate::hash::{Domain, Hash, hash, hash_of};
use crate::id::{AccountId, OrderId, TransactionId};
use crate::receipt::{Owner, Posting, Receipt};
use crate::record::account::{AccountRecord, History};
use crate::record::budget::PoolRecord;
use crate::record::order::OrderRecord;
use crate::state::StateKey;
use crate::state::key::{account_of_key, order_of_key};
use crate::state::overlay::RECORD_BYTES_MAX;
use crate::state::tree::{TreeProof, key_hash};
use crate::transaction::Envelope;

/// One thing a bundle proves against a block.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BlockClaim {
    /// The state after the block holds this record.
    Record {
        /// The key's bytes.
        #[serde(with = "hex::serde")]
        key: Vec<u8>,
        /// The record's bytes.
        #[serde(with = "hex::serde")]
        value: Vec<u8>,
        /// From key and value to the state root.
        tree_proof: TreeProof,
    },
    /// The state after the block holds no such record.
    Absence {
        /// The key's bytes.
        #[serde(with = "hex::serde")]
        key: Vec<u8>,
        /// Where the key leads. It follows from the key, and stands here because one bucket proves many absences: a key
        /// altered on the way would be proven absent just as well.
        key_hash: Hash,
        /// From the place where the record would be to the state root.
        tree_proof: TreeProof,
    },
    /// The block holds this transaction.
    Transaction {
        /// It, with its signatures.
        envelope: Box<Envelope>,
        /// From its hash to the transactions root.
        path: ListPath,
    },
    /// The block has this receipt.
    Receipt {
        /// It.
        receipt: Receipt,
        /// From its hash to the receipts root.
        path: ListPath,
    },
    /// These postings are in the owner's history. The owner's record is claimed of the same block.
    Postings {
        /// Whose.
        owner: Owner,
        /// The history before the first one shown.
        before: History,
        /// From the first one shown to the end of the history.
        links: Vec<HistoryLink>,
    },
}

/// One posting of a history, or its hash.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryLink {
    /// The posting.
    Shown(Box<Posting>),
    /// The hash of one that is not shown.
    Hidden(Hash),
}

/// What is true when a bundle is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// An account, or that there is none under this id.
    Account {
        /// Its id.
        account: AccountId,
        /// Its record after the block.
        record: Option<Box<AccountRecord>>,
    },
    /// An order, or that there is none under this id.
    Order {
        /// Its id.
        order: OrderId,
        /// Its record after the block.
        record: Option<Box<OrderRecord>>,
    },
    /// Any other record, or that there is none under this key.
    Record {
        /// The key's bytes.
        key: Vec<u8>,
        /// The record's bytes.
        value: Option<Vec<u8>>,
    },
    /// A transaction that applied in the block.
    Transaction {
        /// Its id.
        id: TransactionId,
        /// It, with its signatures.
        envelope: Box<Envelope>,
    },
    /// What a transaction of the block, or the chain by itself, did.
    Receipt(Receipt),
    /// A posting in the history of an owner.
    Posting {
        /// Whose.
        owner: Owner,
        /// How many postings the owner had before it.
        position: u64,
        /// It.
        posting: Box<Posting>,
    },
}

impl BlockClaim {
    /// The claim of those postings of `owner` that `shown` picks by their position. `postings` begins after `before` and
    /// goes on to the end of the history. None when none is picked.
    pub fn postings(
        owner: Owner,
        before: History,
        postings: &[Posting],
        shown: impl Fn(u64) -> bool,
    ) -> Option<BlockClaim> {
        let (mut before, mut links) = (before, Vec::new());
        for (posting, position) in postings.iter().zip(before.length..) {
            if shown(position) {
                links.push(HistoryLink::Shown(Box::new(posting.clone())));
            } else if links.is_empty() {
                before = before.with(posting).ok()?;
            } else {
                links.push(HistoryLink::Hidden(hash_of(Domain::Posting, posting)));
            }
        }
        (!links.is_empty()).then_some(BlockClaim::Postings {
            owner,
            before,
            links,
        })
    }

    /// Checks this claim of the block of `header`, of which `all` are claimed, and says what follows.
    pub(super) fn check(
        &self,
        header: &Header,
        all: &[BlockClaim],
    ) -> Result<Vec<Fact>, ProofError> {
        match self {
            BlockClaim::Record {
                key,
                value,
                tree_proof,
            } => {
                tree_proof.verify_record(header.state_root, key, Some(value))?;
                Ok(vec![record_fact(key, Some(value))?])
            }
            BlockClaim::Absence {
                key,
                key_hash: claimed,
                tree_proof,
            } => {
                if key_hash(key) != *claimed {
                    return Err(ProofError::KeyHash { key: key.clone() });
                }
                tree_proof.verify_record(header.state_root, key, None)?;
                Ok(vec![record_fact(key, None)?])
            }
            BlockClaim::Transaction { envelope, path } => {
                let leaf = hash_of(Domain::Envelope, envelope);
                check_path("transaction", path, leaf, header.transactions_root)?;
                Ok(vec![Fact::Transaction {
                    id: envelope.transaction.id(),
                    envelope: envelope.clone(),
                }])
            }
            BlockClaim::Receipt { receipt, path } => {
                check_path(
                    "receipt",
                    path,
                    receipt.receipt_hash(),
                    header.receipts_root,
                )?;
                Ok(vec![Fact::Receipt(receipt.clone())])
            }
            BlockClaim::Postings {
                owner,
                before,
                links,
            } => postings(*owner, *before, links, history_of(*owner, all)?),
        }
    }
}

fn check_path(
    what: &'static str,
    path: &ListPath,
    leaf: Hash,
    expected: Hash,
) -> Result<(), ProofError> {
    let actual = path.root(leaf).unwrap_or(Hash::ZERO);
    if actual != expected {
        return Err(ProofError::ListPath {
            what,
            expected,
            actual,
        });
    }
    Ok(())
}

/// What a record that is proven says.
fn record_fact(key: &[u8], value: Option<&[u8]>) -> Result<Fact, ProofError> {
    if let Some(account) = account_of_key(key) {
        let record = value.map(|value| read(key, value)).transpose()?;
        return Ok(Fact::Account { account, record });
    }
    if let Some(order) = order_of_key(key) {
        let record = value.map(|value| read(key, value)).transpose()?;
        return Ok(Fact::Order { order, record });
    }
    Ok(Fact::Record {
        key: key.to_vec(),
        value: value.map(<[u8]>::to_vec),
    })
}

fn read<T: BorshSerialize + BorshDeserialize>(
    key: &[u8],
    value: &[u8],
) -> Result<Box<T>, ProofError> {
    codec::decode(value, RECORD_BYTES_MAX)
        .map(Box::new)
        .map_err(|_| ProofError::RecordUnreadable { key: key.to_vec() })
}

/// The history in the record of `owner` that is among the claims.
fn history_of(owner: Owner, all: &[BlockClaim]) -> Result<History, ProofError> {
    let wanted = match owner {
        Owner::Account(account) => StateKey::Account(account),
        Owner::Pool(pool) => StateKey::Pool(pool),
    }
    .to_bytes();
    let value = all
        .iter()
        .find_map(|claim| match claim {
            BlockClaim::Record { key, value, .. } if *key == wanted => Some(value),
            _ => None,
        })
        .ok_or(ProofError::HistoryWithoutRecord)?;
    match owner {
        Owner::Account(_) => read::<AccountRecord>(&wanted, value).map(|record| record.history),
        Owner::Pool(_) => read::<PoolRecord>(&wanted, value).map(|record| record.history),
    }
}

/// Follows the chain from `before` over `links` to `expected`; the postings shown.
fn postings(
    owner: Owner,
    before: History,
    links: &[HistoryLink],
    expected: History,
) -> Result<Vec<Fact>, ProofError> {
    // Whoever shows nothing first could begin anywhere.
    if !matches!(links.first(), Some(HistoryLink::Shown(_))) {
        return Err(ProofError::Unneeded {
            what: "link before the first posting shown",
        });
    }
    let (mut head, mut length) = (before.head, before.length);
    let mut facts = Vec::new();
    for link in links {
        let posting_hash = match link {
            HistoryLink::Hidden(posting_hash) => *posting_hash,
            HistoryLink::Shown(posting) => {
                if posting.owner != owner {
                    return Err(ProofError::HistoryOfAnother);
                }
                facts.push(Fact::Posting {
                    owner,
                    position: length,
                    posting: posting.clone(),
                });
                hash_of(Domain::Posting, posting)
            }
        };
        let parts = [head.as_bytes().as_slice(), posting_hash.as_bytes()];
        head = hash(Domain::History, &parts);
        length = length.saturating_add(1);
    }
    if (length, head) != (expected.length, expected.head) {
        return Err(ProofError::History {
            expected_length: expected.length,
            expected: expected.head,
            actual_length: length,
            actual: head,
        });
    }
    Ok(facts)
}
