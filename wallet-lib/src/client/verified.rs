//! Answers that are believed because of their proof.
//!
//! What a client offers here asks its nodes in turn; what one node is asked, and what is made of its answers, stands below.

use std::collections::BTreeMap;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::{Block, list};
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, Height, OrderId, TransactionId};
use ledger_core::ledger::transactions_root;
use ledger_core::proof::RecordProof;
use ledger_core::receipt::Receipt;
use ledger_core::record::account::{AccountKind, AccountRecord, Members};
use ledger_core::record::membership::Membership;
use ledger_core::record::order::OrderRecord;
use ledger_core::record::recovery::RecoveryRecord;
use ledger_core::record::supply::SupplyRecord;
use ledger_core::state::StateKey;
use ledger_core::state::overlay::RECORD_BYTES_MAX;
use ledger_core::transaction::SealedEnvelope;
use serde::de::DeserializeOwned;

use super::{Client, TransactionAnswer};
use crate::answer::{BlockAnswer, Problem};
use crate::error::{Error, ReadError, UnprovenError};
use crate::nodes::Asking;
use crate::transport::{RECORD_ANSWER_BYTES_MAX, Request, Transport, failure, json, malformed};
use crate::verify::{Freshness, Verified};

/// A record that is asked for.
struct Wanted<'w> {
    /// Where.
    path: String,
    /// Under which key of the state.
    key: StateKey,
    /// What sort of thing.
    thing: &'w str,
    /// Which.
    id: String,
    /// The field in which the answer shows it to readers, in the form of its record; none when it has another form.
    shown: Option<&'w str>,
}

/// A block that was checked, with what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockContent {
    /// Header and transactions.
    pub block: Block,
    /// That it was decided.
    pub certificate: CommitCertificate,
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
        self.read(freshness, |node| node.account(id, freshness))
    }

    /// An order, checked.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is proven that there is none.
    pub fn order(&self, id: OrderId, freshness: Freshness) -> Result<Verified<OrderRecord>, Error> {
        self.read(freshness, |node| node.order(id, freshness))
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
        self.read(freshness, |node| node.members(group, freshness))
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
        let wanted = Wanted {
            path: format!("/v1/accounts/{id}/recovery?proof=true"),
            key: StateKey::Recovery(id),
            thing: "recovery",
            id: id.to_string(),
            shown: None,
        };
        self.read(freshness, |node| node.record(&wanted, freshness))
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
        let wanted = membership_wanted(id);
        self.read(freshness, |node| node.record(&wanted, freshness))
    }

    /// The proof of [`Self::membership`], checked, to be shown to somebody else: the record, or that there is none.
    ///
    /// # Errors
    /// The node's, and those of the proof.
    pub fn membership_proof(
        &self,
        id: AccountId,
        freshness: Freshness,
    ) -> Result<RecordProof, Error> {
        self.read(freshness, |node| node.membership_proof(id, freshness))
    }

    /// The supply, checked.
    ///
    /// # Errors
    /// The node's, and those of the proof.
    pub fn supply(&self, freshness: Freshness) -> Result<Verified<SupplyRecord>, Error> {
        self.read(freshness, |node| node.supply(freshness))
    }

    /// The block at `height`, or the last one, checked: certificate, transactions and receipts.
    ///
    /// # Errors
    /// The node's, and those of the check.
    pub fn block(&self, height: Option<Height>) -> Result<Verified<BlockContent>, Error> {
        self.read_past(|node| node.block(height))
    }

    /// A transaction in a decided block, checked with its block.
    ///
    /// # Errors
    /// [`Error::NotFinal`] when it is not in a block yet.
    pub fn transaction(&self, id: TransactionId) -> Result<Verified<AppliedTransaction>, Error> {
        self.read_past(|node| node.transaction(id))
    }
}

impl<T: Transport> Asking<'_, T> {
    pub(super) fn account(
        &self,
        id: AccountId,
        freshness: Freshness,
    ) -> Result<Verified<AccountRecord>, Error> {
        self.record(&account_wanted(id), freshness)
    }

    pub(super) fn order(
        &self,
        id: OrderId,
        freshness: Freshness,
    ) -> Result<Verified<OrderRecord>, Error> {
        self.record(&order_wanted(id), freshness)
    }

    fn supply(&self, freshness: Freshness) -> Result<Verified<SupplyRecord>, Error> {
        self.record(&supply_wanted(), freshness)
    }

    /// What the node proves its newest block to be, however old. The proof of the supply is the smallest that there always
    /// is.
    pub(crate) fn head(&self) -> Result<Verified<()>, Error> {
        let wanted = supply_wanted();
        let (proof, _) = self.proof_of(&wanted)?;
        proof.record(&wanted.key)?;
        self.check_header(&proof.header, &proof.certificate)?;
        Ok(Verified::of((), &proof.header))
    }

    fn members(&self, group: AccountId, freshness: Freshness) -> Result<Verified<Members>, Error> {
        let wanted = Wanted {
            path: format!("/v1/accounts/{group}/members?proof=true"),
            key: StateKey::Members(group),
            thing: "members",
            id: group.to_string(),
            shown: None,
        };
        match self.record(&wanted, freshness) {
            // Proven to have no record: a group without members, or no group.
            Err(absent @ Error::NotFound { .. }) => {
                let account = self.account(group, freshness)?;
                if account.value.kind != AccountKind::Group {
                    return Err(absent);
                }
                Ok(account.map(|_| Members::default()))
            }
            found => found,
        }
    }

    pub(crate) fn block(&self, height: Option<Height>) -> Result<Verified<BlockContent>, Error> {
        let path = match height {
            Some(height) => format!("/v1/blocks/{height}"),
            None => "/v1/blocks/latest".to_owned(),
        };
        let response = self.ask(&path)?;
        let node = response.node.clone();
        let mut answer: BlockAnswer = json(response)?;
        let header = answer.block.header.clone();
        if height.is_some_and(|height| height != header.height) {
            return Err(Error::AnswerMalformed {
                node,
                reason: format!("it is about block {}", header.height),
            });
        }
        self.check_header(&header, &answer.certificate)?;
        let altered = |part: &str| Error::BlockAltered {
            height: header.height,
            part: part.to_owned(),
        };
        if transactions_root(&answer.block.transactions) != header.transactions_root {
            return Err(altered("transactions"));
        }
        let leaves: Vec<Hash> = answer.receipts.iter().map(Receipt::receipt_hash).collect();
        if list::root(&leaves) != header.receipts_root {
            return Err(altered("receipts"));
        }
        if height.is_none() {
            self.go_on_to(&header, &answer.certificate)?;
        }
        let automatic = answer
            .receipts
            .len()
            .checked_sub(answer.block.transactions.len())
            .ok_or_else(|| altered("receipts"))?;
        let receipts = answer.receipts.split_off(automatic);
        let content = BlockContent {
            block: answer.block,
            certificate: answer.certificate,
            automatic: answer.receipts,
            receipts,
        };
        Ok(Verified::of(content, &header))
    }

    pub(super) fn transaction(
        &self,
        id: TransactionId,
    ) -> Result<Verified<AppliedTransaction>, Error> {
        let (height, index) = match self.get(&format!("/v1/transactions/{id}"))? {
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

    /// The record that is asked for, from the proof in the answer.
    fn record<R: BorshSerialize + BorshDeserialize + DeserializeOwned + PartialEq>(
        &self,
        wanted: &Wanted<'_>,
        freshness: Freshness,
    ) -> Result<Verified<R>, Error> {
        let (proof, shown) = self.checked_proof(wanted, freshness)?;
        let (thing, id) = (wanted.thing.to_owned(), wanted.id.clone());
        let Some(bytes) = &proof.value else {
            return Err(match shown {
                Some(_) => ReadError::DisplayAltered { thing, id }.into(),
                None => Error::NotFound { thing, id },
            });
        };
        let record: R = match codec::decode(bytes, RECORD_BYTES_MAX) {
            Ok(record) => record,
            Err(error) => {
                let reason = error.to_string();
                return Err(Error::RecordMalformed { thing, id, reason });
            }
        };
        // A node may leave out what is there for readers only, but not show something else.
        let same = |shown| serde_json::from_value::<R>(shown).is_ok_and(|shown| shown == record);
        if shown.is_none_or(same) {
            Ok(Verified::of(record, &proof.header))
        } else {
            Err(ReadError::DisplayAltered { thing, id }.into())
        }
    }

    /// The proof in the answer, checked as the newest that there is, and what the answer shows beside it.
    fn checked_proof(
        &self,
        wanted: &Wanted<'_>,
        freshness: Freshness,
    ) -> Result<(RecordProof, Option<serde_json::Value>), Error> {
        let (proof, shown) = self.proof_of(wanted)?;
        proof.record(&wanted.key)?;
        self.check_header(&proof.header, &proof.certificate)?;
        proof.check_age(freshness.now_ms, freshness.age_ms_max)?;
        self.go_on_to(&proof.header, &proof.certificate)?;
        Ok((proof, shown))
    }

    /// The proof of an account's record, or of its absence, checked.
    pub(super) fn account_proof(
        &self,
        id: AccountId,
        freshness: Freshness,
    ) -> Result<RecordProof, Error> {
        let (proof, _) = self.checked_proof(&account_wanted(id), freshness)?;
        Ok(proof)
    }

    /// The proof of an order's record, or of its absence, checked.
    pub(super) fn order_proof(
        &self,
        id: OrderId,
        freshness: Freshness,
    ) -> Result<RecordProof, Error> {
        let (proof, _) = self.checked_proof(&order_wanted(id), freshness)?;
        Ok(proof)
    }

    /// The proof of what an account shows to a stranger, or of its absence, checked.
    fn membership_proof(&self, id: AccountId, freshness: Freshness) -> Result<RecordProof, Error> {
        let (proof, _) = self.checked_proof(&membership_wanted(id), freshness)?;
        Ok(proof)
    }

    /// The proof in the answer, and what the answer shows beside it.
    fn proof_of(
        &self,
        wanted: &Wanted<'_>,
    ) -> Result<(RecordProof, Option<serde_json::Value>), Error> {
        let missing = || UnprovenError::Missing {
            thing: wanted.thing.to_owned(),
            id: wanted.id.clone(),
        };
        let response = self.send(&Request::get(wanted.path.clone()))?;
        if response.body.len() > RECORD_ANSWER_BYTES_MAX {
            let reason = format!("longer than {RECORD_ANSWER_BYTES_MAX} bytes");
            return Err(malformed(response.node, &reason));
        }
        match response.status {
            200..=299 => {
                let node = response.node.clone();
                let mut answer: BTreeMap<String, serde_json::Value> = json(response)?;
                let shown = wanted.shown.and_then(|field| answer.remove(field));
                let proof = answer.remove("proof").filter(|proof| !proof.is_null());
                let proof = serde_json::from_value(proof.ok_or_else(missing)?);
                let proof = proof.map_err(|error| malformed(node, &error))?;
                Ok((proof, shown))
            }
            // "There is none" is a claim about the state like any other.
            404 => {
                let problem: Problem = json(response)?;
                Ok((problem.proof.ok_or_else(missing)?, None))
            }
            _ => Err(failure(&response)),
        }
    }
}

fn account_wanted(id: AccountId) -> Wanted<'static> {
    Wanted {
        path: format!("/v1/accounts/{id}?proof=true"),
        key: StateKey::Account(id),
        thing: "account",
        id: id.to_string(),
        shown: Some("account"),
    }
}

fn order_wanted(id: OrderId) -> Wanted<'static> {
    Wanted {
        path: format!("/v1/orders/{id}?proof=true"),
        key: StateKey::Order(id),
        thing: "order",
        id: id.to_string(),
        shown: Some("order"),
    }
}

fn membership_wanted(id: AccountId) -> Wanted<'static> {
    Wanted {
        path: format!("/v1/accounts/{id}/membership?proof=true"),
        key: StateKey::Membership(id),
        thing: "membership",
        id: id.to_string(),
        shown: Some("membership"),
    }
}

fn supply_wanted() -> Wanted<'static> {
    Wanted {
        path: "/v1/supply?proof=true".to_owned(),
        key: StateKey::Supply,
        thing: "supply",
        id: "supply".to_owned(),
        shown: Some("supply"),
    }
}
