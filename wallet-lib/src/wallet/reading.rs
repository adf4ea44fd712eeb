//! What a wallet reads: all of it proven, with the time it was proven for.

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, OrderId, TransactionId};
use ledger_core::receipt::Posting;
use ledger_core::record::account::{AccountRecord, AccountStatus};
use ledger_core::record::lot::Lot;
use ledger_core::record::order::OrderRecord;
use ledger_core::record::recovery::RecoveryRecord;

use super::Wallet;
use crate::client::{AccountOrders, AppliedTransaction, OrderScope};
use crate::error::Error;
use crate::verify::Verified;

/// What an account has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// What it may do.
    pub status: AccountStatus,
    /// What it can spend.
    pub spendable: Minutes,
    /// Of what source, and until when: the soonest to expire first.
    pub lots: Vec<Lot>,
    /// Held for open orders it pays.
    pub held: Minutes,
    /// What it owes since an order was reversed; what it earns repays this first.
    pub owed: Minutes,
    /// Overflow that could not be credited: honour, not minutes.
    pub honorary: Minutes,
    /// Service given in all: what stars are counted by.
    pub service_given: Minutes,
    /// Training attended in all.
    pub training_given: Minutes,
}

impl Balance {
    /// What a record says.
    pub fn of(record: &AccountRecord) -> Balance {
        let owed = record.clawback.iter();
        let owed = owed.fold(0, |sum: u64, part| sum.saturating_add(part.minutes.0));
        let lots = record.lots.as_slice();
        let spendable = lots
            .iter()
            .fold(0, |sum: u64, lot| sum.saturating_add(lot.minutes.0));
        Balance {
            status: record.status,
            spendable: Minutes(spendable),
            lots: lots.to_vec(),
            held: record.held,
            owed: Minutes(owed),
            honorary: record.honorary,
            service_given: record.service_given,
            training_given: record.training_given,
        }
    }
}

impl Wallet {
    /// The record of an account of this wallet.
    ///
    /// # Errors
    /// When no node's answer is borne out by a proof.
    pub fn account(&self, label: &str) -> Result<Verified<AccountRecord>, Error> {
        self.account_of(self.account_id(label)?)
    }

    /// The record of any account.
    ///
    /// # Errors
    /// As for [`Wallet::account`]; [`Error::NotFound`] when it is proven that there is none.
    pub fn account_of(&self, account: AccountId) -> Result<Verified<AccountRecord>, Error> {
        self.client.account(account, self.freshness())
    }

    /// What an account of this wallet has.
    ///
    /// # Errors
    /// As for [`Wallet::account`].
    pub fn balance(&self, label: &str) -> Result<Verified<Balance>, Error> {
        Ok(self.account(label)?.map(|record| Balance::of(&record)))
    }

    /// Everything that ever touched an account of this wallet, complete and in order.
    ///
    /// # Errors
    /// When a node hides, adds, changes or reorders anything and no other node helps out.
    pub fn history(&self, label: &str) -> Result<Verified<Vec<Posting>>, Error> {
        let account = self.account_id(label)?;
        self.client.history(account, self.freshness())
    }

    /// The open orders of an account of this wallet, complete, each proven; with `scope`, ended ones too.
    ///
    /// # Errors
    /// When a node withholds one and no other node helps out.
    pub fn orders(&self, label: &str, scope: OrderScope) -> Result<Verified<AccountOrders>, Error> {
        let account = self.account_id(label)?;
        self.client.orders_of(account, scope, self.freshness())
    }

    /// Any order.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is proven that there is none.
    pub fn order(&self, order: OrderId) -> Result<Verified<OrderRecord>, Error> {
        self.client.order(order, self.freshness())
    }

    /// The guardians of an account of this wallet and what they are at; none when none are on record.
    ///
    /// # Errors
    /// As for [`Wallet::account`].
    pub fn recovery(&self, label: &str) -> Result<Option<Verified<RecoveryRecord>>, Error> {
        self.recovery_of(self.account_id(label)?)
    }

    /// The guardians of any account and what they are at; none when none are on record.
    ///
    /// # Errors
    /// As for [`Wallet::account`].
    pub fn recovery_of(
        &self,
        account: AccountId,
    ) -> Result<Option<Verified<RecoveryRecord>>, Error> {
        match self.client.recovery(account, self.freshness()) {
            Ok(found) => Ok(Some(found)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A transaction in a decided block, proven with its block, and what it did.
    ///
    /// # Errors
    /// [`Error::NotFinal`] when it is not in a block yet.
    pub fn transaction(&self, id: TransactionId) -> Result<Verified<AppliedTransaction>, Error> {
        self.client.transaction(id)
    }
}
