//! Answers that are believed because of their proof.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::Block;
use ledger_core::codec;
use ledger_core::id::{AccountId, Height, OrderId, TransactionId};
use ledger_core::proof::{RecordProof, SetChange};
use ledger_core::receipt::{Posting, Receipt};
use ledger_core::record::account::{AccountKind, AccountRecord, History, Members};
use ledger_core::record::membership::Membership;
use ledger_core::record::order::OrderRecord;
use ledger_core::record::recovery::RecoveryRecord;
use ledger_core::record::supply::SupplyRecord;
use ledger_core::state::StateKey;
use ledger_core::state::overlay::RECORD_BYTES_MAX;
use ledger_core::transaction::SealedEnvelope;

use super::request::{Request, Transport, failure, json};
use super::{Client, TransactionAnswer};
use crate::answer::{BlockAnswer, Problem, SetChangesAnswer};
use crate::error::Error;
use crate::verify::{Freshness, SetChanges, Verified};

/// The most postings of one account a wallet reads to check its history.
pub const HISTORY_MAX: u64 = 1_000_000;

/// The part of an answer that is believed.
#[derive(serde::Deserialize)]
struct Proven {
    proof: Option<RecordProof>,
}

/// A block that was checked, with what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockContent {
    /// Header and transactions.
    pub block: Block,
    /// One for each piece of automatic work.
    pub automatic: Vec<Receipt>,
    /// One for each transaction.
    pub receipts: Vec<Receipt>,
}

/// A transaction that was checked to be in a decided block, with what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedTransaction {
    /// The transaction and its signatures.
    pub envelope: Arc<SealedEnvelope>,
    /// Which of the block's transactions, from 0.
    pub index: u64,
    /// What it did.
    pub receipt: Receipt,
}

impl<T: Transport> SetChanges for Client<T> {
    fn after(&self, after: Height) -> Result<Vec<SetChange>, Error> {
        let answer: SetChangesAnswer =
            self.get(&format!("/v1/validators/changes?after={after}"))?;
        Ok(answer.changes)
    }
}

impl<T: Transport> Client<T> {
    /// An account, checked.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is proven that there is none.
    pub fn account(
        &self,
        id: AccountId,
        freshness: Freshness,
    ) -> Result<Verified<AccountRecord>, Error> {
        let path = format!("/v1/accounts/{id}?proof=true");
        self.record(
            &path,
            &StateKey::Account(id),
            ("account", &id.to_string()),
            freshness,
        )
    }

    /// An order, checked.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is proven that there is none.
    pub fn order(&self, id: OrderId, freshness: Freshness) -> Result<Verified<OrderRecord>, Error> {
        let path = format!("/v1/orders/{id}?proof=true");
        self.record(
            &path,
            &StateKey::Order(id),
            ("order", &id.to_string()),
            freshness,
        )
    }

    /// The members of a group, checked; nobody for a group that nobody has joined.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is proven that there is no such group.
    pub fn members(
        &self,
        group: AccountId,
        freshness: Freshness,
    ) -> Result<Verified<Members>, Error> {
        let path = format!("/v1/accounts/{group}/members?proof=true");
        let name = group.to_string();
        let members = self.record(
            &path,
            &StateKey::Members(group),
            ("members", &name),
            freshness,
        );
        match members {
            // Proven to have no record: a group without members, or no group.
            Err(absent @ Error::NotFound { .. }) => {
                let account = self.account(group, freshness)?;
                if account.value.kind != AccountKind::Group {
                    return Err(absent);
                }
                Ok(Verified {
                    value: Members::default(),
                    height: account.height,
                    block_id: account.block_id,
                    time_ms: account.time_ms,
                })
            }
            found => found,
        }
    }

    /// The guardians of an account and what they are at, checked.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is proven that none are on record.
    pub fn recovery(
        &self,
        id: AccountId,
        freshness: Freshness,
    ) -> Result<Verified<RecoveryRecord>, Error> {
        let path = format!("/v1/accounts/{id}/recovery?proof=true");
        self.record(
            &path,
            &StateKey::Recovery(id),
            ("recovery", &id.to_string()),
            freshness,
        )
    }

    /// What an account shows to a stranger, checked: for a membership card ([`crate::card`]).
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is proven to be no active person's with a key.
    pub fn membership(
        &self,
        id: AccountId,
        freshness: Freshness,
    ) -> Result<Verified<Membership>, Error> {
        let path = format!("/v1/accounts/{id}/membership?proof=true");
        self.record(
            &path,
            &StateKey::Membership(id),
            ("membership", &id.to_string()),
            freshness,
        )
    }

    /// The supply, checked.
    ///
    /// # Errors
    /// The node's, and those of the proof.
    pub fn supply(&self, freshness: Freshness) -> Result<Verified<SupplyRecord>, Error> {
        let name = ("supply", "supply");
        self.record("/v1/supply?proof=true", &StateKey::Supply, name, freshness)
    }

    /// The whole history of an account, checked to be complete and in order against the account's proven record.
    ///
    /// # Errors
    /// [`Error::HistoryAltered`] when it is not what the record commits to.
    pub fn history(
        &self,
        id: AccountId,
        freshness: Freshness,
    ) -> Result<Verified<Vec<Posting>>, Error> {
        let account = self.account(id, freshness)?;
        let proven = account.value.history;
        let mut reached = History::EMPTY;
        let mut postings: Vec<Posting> = Vec::new();
        while reached.length < proven.length.min(HISTORY_MAX) {
            let part = self.history_unverified(id, reached.length)?.postings;
            if part.is_empty() {
                break;
            }
            for posting in part {
                // The account may have been touched since its record was proven.
                if reached.length == proven.length {
                    break;
                }
                reached = reached
                    .with(&posting)
                    .expect("a length below the proven one, which fits 64 bits");
                postings.push(posting);
            }
        }
        if reached != proven {
            return Err(Error::HistoryAltered {
                shown: reached.length,
                length: proven.length,
            });
        }
        Ok(Verified {
            value: postings,
            height: account.height,
            block_id: account.block_id,
            time_ms: account.time_ms,
        })
    }

    /// The block at `height`, or the last one, checked: certificate, transactions and receipts.
    ///
    /// # Errors
    /// The node's, and those of the check.
    pub fn block(&self, height: Option<Height>) -> Result<Verified<BlockContent>, Error> {
        let path = match height {
            Some(height) => format!("/v1/blocks/{height}"),
            None => "/v1/blocks/latest".to_owned(),
        };
        let response = self.ask(&Request::get(path))?;
        let node = response.node.clone();
        let mut answer: BlockAnswer = json(response)?;
        let header = &answer.block.header;
        if height.is_some_and(|height| height != header.height) {
            return Err(Error::AnswerMalformed {
                node,
                reason: format!("it is about block {}", header.height),
            });
        }
        self.trust()?
            .check_block(&answer.block, &answer.certificate, &answer.receipts, self)?;
        if height.is_none() {
            self.trust()?.go_on_to(answer.block.header.height)?;
        }
        let automatic = answer
            .receipts
            .len()
            .checked_sub(answer.block.transactions.len())
            .ok_or_else(|| Error::BlockAltered {
                height: header.height,
                part: "receipts".to_owned(),
            })?;
        let receipts = answer.receipts.split_off(automatic);
        let header = header.clone();
        let content = BlockContent {
            block: answer.block,
            automatic: answer.receipts,
            receipts,
        };
        Ok(Verified::of(content, &header))
    }

    /// A transaction in a decided block, checked with its block.
    ///
    /// # Errors
    /// [`Error::NotFinal`] when it is not in a block yet.
    pub fn transaction(&self, id: TransactionId) -> Result<Verified<AppliedTransaction>, Error> {
        let (height, index) = match self.transaction_unverified(id)? {
            TransactionAnswer::Applied { height, index, .. } => (height, index),
            TransactionAnswer::Accepted { .. } => {
                return Err(Error::NotFinal { id, waited_ms: 0 });
            }
        };
        let block = self.block(Some(height))?;
        let misplaced = Error::TransactionMisplaced { id, height, index };
        let position = usize::try_from(index).map_err(|_| misplaced.clone())?;
        let envelope = block.value.block.transactions.get(position);
        let receipt = block.value.receipts.get(position);
        match (envelope, receipt) {
            (Some(envelope), Some(receipt)) if envelope.id() == id => {
                let applied = AppliedTransaction {
                    envelope: Arc::clone(envelope),
                    index,
                    receipt: receipt.clone(),
                };
                Ok(Verified::of(applied, &block.value.block.header))
            }
            _ => Err(misplaced),
        }
    }

    /// The record under `key`, from the proof in the answer to `path`.
    fn record<R: BorshSerialize + BorshDeserialize>(
        &self,
        path: &str,
        key: &StateKey,
        (thing, id): (&str, &str),
        freshness: Freshness,
    ) -> Result<Verified<R>, Error> {
        let trust = self.trust()?;
        let missing = || Error::ProofMissing {
            thing: thing.to_owned(),
            id: id.to_owned(),
        };
        let response = self.send(&Request::get(path.to_owned()))?;
        let proof = match response.status {
            200..=299 => json::<Proven>(response)?.proof.ok_or_else(missing)?,
            // "There is none" is a claim about the state like any other.
            404 => {
                let problem: Problem = json(response)?;
                problem.proof.ok_or_else(missing)?
            }
            _ => return Err(failure(&response)),
        };
        let value = trust.check_record(key, &proof, self)?;
        proof.check_age(freshness.now_ms, freshness.age_ms_max)?;
        let bytes = value.ok_or_else(|| Error::NotFound {
            thing: thing.to_owned(),
            id: id.to_owned(),
        })?;
        let record =
            codec::decode(bytes, RECORD_BYTES_MAX).map_err(|error| Error::RecordMalformed {
                thing: thing.to_owned(),
                id: id.to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Verified::of(record, &proof.header))
    }
}
