//! What a wallet reads: all of it proven, with when it was proven for.

use timebank_wallet::client::OrderScope;
use timebank_wallet::verify::Verified;

use super::Wallet;
use crate::error::WalletError;
use crate::text::{self, json};

/// The block something was proven against.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ProvenAt {
    /// Its height.
    pub height: u64,
    /// Its id.
    pub block_id: String,
    /// Its time: Unix time in milliseconds.
    pub time_ms: u64,
    /// How long ago that was by the phone's clock, in milliseconds: show it, it is how old the answer is.
    pub age_ms: u64,
}

/// What an account has, in minutes.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Balance {
    /// `active`, `frozen` or `closed`.
    pub status: String,
    /// What it can spend.
    pub spendable: u64,
    /// Of what source, and until when: the soonest to expire first.
    pub lots: Vec<Lot>,
    /// Held for open orders it pays.
    pub held: u64,
    /// What it owes since an order was reversed; what it earns repays this first.
    pub owed: u64,
    /// Overflow that could not be credited: honour, not minutes.
    pub honorary: u64,
    /// Service given in all: what stars are counted by.
    pub service_given: u64,
    /// Training attended in all.
    pub training_given: u64,
    /// As of when.
    pub proven: ProvenAt,
}

/// Minutes of one source and one expiry.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Lot {
    /// `earned` or `granted`.
    pub source: String,
    /// The last day on which they can be spent, `2026-12-31`; none: they do not expire.
    pub last_day: Option<String>,
    /// How many.
    pub minutes: u64,
}

/// Everything that ever touched an account, complete and in order.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct History {
    /// Oldest first.
    pub postings: Vec<Posting>,
    /// As of when.
    pub proven: ProvenAt,
}

/// One change to an account.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Posting {
    /// The block.
    pub height: u64,
    /// Its time: Unix time in milliseconds.
    pub time_ms: u64,
    /// The posting as JSON, every field as in `docs/protocol.md`.
    pub json: String,
}

/// The orders of an account.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Orders {
    /// All that have not ended, newest first: complete.
    pub open: Vec<Order>,
    /// Ended ones the node showed, newest first; none unless asked for.
    pub ended: Vec<Order>,
    /// As of when.
    pub proven: ProvenAt,
}

/// An order, proven.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Order {
    /// Its id.
    pub id: String,
    /// The record as JSON, every field as in `docs/protocol.md`.
    pub json: String,
}

/// A record, proven.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ProvenRecord {
    /// The record as JSON, every field as in `docs/protocol.md`.
    pub json: String,
    /// As of when.
    pub proven: ProvenAt,
}

#[uniffi::export]
impl Wallet {
    /// What an account of this wallet has.
    ///
    /// # Errors
    /// When no node's answer is borne out by its proof.
    pub fn balance(&self, label: &str) -> Result<Balance, WalletError> {
        let found = self.0.balance(label)?;
        let balance = &found.value;
        let lots = balance.lots.iter().map(|lot| Lot {
            source: text::word(&lot.source),
            last_day: lot.expiry.map(|day| day.to_string()),
            minutes: lot.minutes.0,
        });
        Ok(Balance {
            status: text::word(&balance.status),
            spendable: balance.spendable.0,
            lots: lots.collect(),
            held: balance.held.0,
            owed: balance.owed.0,
            honorary: balance.honorary.0,
            service_given: balance.service_given.0,
            training_given: balance.training_given.0,
            proven: self.proven_at(&found),
        })
    }

    /// Everything that ever touched an account of this wallet, complete and in order.
    ///
    /// # Errors
    /// When a node hides, adds, changes or reorders anything and no other node helps out.
    pub fn history(&self, label: &str) -> Result<History, WalletError> {
        let found = self.0.history(label)?;
        let postings = found.value.iter().map(|posting| Posting {
            height: posting.height.0,
            time_ms: posting.time_ms.0,
            json: json(posting),
        });
        Ok(History {
            postings: postings.collect(),
            proven: self.proven_at(&found),
        })
    }

    /// The open orders of an account of this wallet, complete, each proven; with `also_ended`, ended ones too.
    ///
    /// # Errors
    /// When a node withholds one and no other node helps out.
    pub fn orders(&self, label: &str, also_ended: bool) -> Result<Orders, WalletError> {
        let scope = if also_ended {
            OrderScope::All
        } else {
            OrderScope::Open
        };
        let found = self.0.orders(label, scope)?;
        let open = found.value.open.iter().map(|(id, order)| Order {
            id: id.to_string(),
            json: json(order),
        });
        let ended = found.value.ended.iter().map(|(id, order)| Order {
            id: id.to_string(),
            json: json(order),
        });
        Ok(Orders {
            open: open.collect(),
            ended: ended.collect(),
            proven: self.proven_at(&found),
        })
    }

    /// Any order.
    ///
    /// # Errors
    /// When it is proven that there is none; else as for [`Wallet::balance`].
    pub fn order(&self, order: &str) -> Result<ProvenRecord, WalletError> {
        let found = self.0.order(text::parse("order", order)?)?;
        Ok(self.record(&found))
    }

    /// The record of any account.
    ///
    /// # Errors
    /// When it is proven that there is none; else as for [`Wallet::balance`].
    pub fn account_of(&self, account: &str) -> Result<ProvenRecord, WalletError> {
        let found = self.0.account_of(text::parse("account", account)?)?;
        Ok(self.record(&found))
    }

    /// The guardians of an account and what they are at; none when none are on record.
    ///
    /// # Errors
    /// As for [`Wallet::balance`].
    pub fn recovery_of(&self, account: &str) -> Result<Option<ProvenRecord>, WalletError> {
        let found = self.0.recovery_of(text::parse("account", account)?)?;
        Ok(found.map(|found| self.record(&found)))
    }
}

impl Wallet {
    pub(super) fn proven_at<T>(&self, found: &Verified<T>) -> ProvenAt {
        ProvenAt {
            height: found.height.0,
            block_id: found.block_id.to_string(),
            time_ms: found.time_ms.0,
            age_ms: self.0.age_ms(found),
        }
    }

    fn record<T: serde::Serialize>(&self, found: &Verified<T>) -> ProvenRecord {
        ProvenRecord {
            json: json(&found.value),
            proven: self.proven_at(found),
        }
    }
}

/// A lie a node was caught at, with the evidence.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Lie {
    /// The node, by its address.
    pub node: String,
    /// What sort of lie: stable.
    pub kind: String,
    /// The code of the error it led to.
    pub code: String,
    /// When, by the phone's clock: Unix time in milliseconds.
    pub time_ms: u64,
    /// All of it as JSON, with the questions and the answers as they came: for whoever is to judge.
    pub evidence: String,
}

#[uniffi::export]
impl Wallet {
    /// The lies nodes were caught at, as far as they are kept.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn lies(&self) -> Result<Vec<Lie>, WalletError> {
        let lies = self.0.client().lies()?;
        let lies = lies.into_iter().map(|lie| Lie {
            evidence: json(&lie),
            kind: lie.kind.code().to_owned(),
            node: lie.node,
            code: lie.code,
            time_ms: lie.time_ms.0,
        });
        Ok(lies.collect())
    }
}
