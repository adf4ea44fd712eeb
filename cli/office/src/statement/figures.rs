//! What an account has, and what each posting does to it.
//!
//! Added up from postings alone, so that whoever finds the sum equal to the account's proven record has checked the
//! statement, not repeated the record.

use ledger_core::amount::{AmountError, Minutes};
use ledger_core::receipt::Entry;
use ledger_core::record::account::{AccountKind, AccountRecord};
use serde::Serialize;

/// What an account has. All in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Can be spent.
    pub spendable: Minutes,
    /// Held under open orders.
    pub held: Minutes,
    /// Owed since reversals.
    pub clawback_due: Minutes,
    /// Honorary, beyond the cap.
    pub honorary: Minutes,
    /// Service given in all.
    pub service_given: Minutes,
    /// Training attended in all.
    pub training_given: Minutes,
    /// Owed to a merchant for goods.
    pub owed: Minutes,
}

impl Figures {
    /// What the record of an account says.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn of(record: &AccountRecord) -> Result<Figures, AmountError> {
        Ok(Figures {
            spendable: record.spendable()?,
            held: record.held,
            clawback_due: Minutes::sum(record.clawback.iter().map(|debt| debt.minutes))?,
            honorary: record.honorary,
            service_given: record.service_given,
            training_given: record.training_given,
            owed: match record.kind {
                AccountKind::Merchant { owed } => owed,
                AccountKind::Person { .. } | AccountKind::Group => Minutes::ZERO,
            },
        })
    }

    /// Spendable and held together.
    ///
    /// # Errors
    /// When the sum does not fit.
    pub fn balance(&self) -> Result<Minutes, AmountError> {
        self.spendable.plus(self.held)
    }

    /// After an entry of this account's.
    ///
    /// # Errors
    /// When something would have less than nothing, so that postings are missing.
    pub fn after(mut self, entry: &Entry) -> Result<Figures, AmountError> {
        if let Some([credited, repaid, overflow]) = income(entry) {
            self.spendable = self.spendable.plus(credited)?;
            self.clawback_due = self.clawback_due.minus(repaid)?;
            self.honorary = self.honorary.plus(overflow)?;
        }
        match entry {
            Entry::Earned { served, .. } | Entry::ServedForGroup { served, .. } => {
                self.service_given = self.service_given.plus(*served)?;
            }
            Entry::Trained { attended, .. } => {
                self.training_given = self.training_given.plus(*attended)?;
            }
            Entry::Campaigned {
                served, honorary, ..
            } => {
                self.honorary = self.honorary.plus(*honorary)?;
                self.service_given = self.service_given.plus(*served)?;
            }
            Entry::Held { minutes, .. } => {
                self.spendable = self.spendable.minus(*minutes)?;
                self.held = self.held.plus(*minutes)?;
            }
            Entry::Released { minutes, .. } => {
                self.held = self.held.minus(*minutes)?;
                self.spendable = self.spendable.plus(*minutes)?;
            }
            Entry::Paid { minutes, .. } => self.held = self.held.minus(*minutes)?,
            Entry::GiftSent { minutes, .. }
            | Entry::Donated { minutes, .. }
            | Entry::Redeemed { minutes, .. }
            | Entry::Expired { minutes, .. }
            | Entry::Closed { minutes } => self.spendable = self.spendable.minus(*minutes)?,
            Entry::MadeWhole { minutes, .. } => self.spendable = self.spendable.plus(*minutes)?,
            Entry::TakenBack {
                recovered,
                due,
                unserved,
                ..
            } => {
                self.spendable = self.spendable.minus(*recovered)?;
                self.clawback_due = self.clawback_due.plus(*due)?;
                self.service_given = self.service_given.minus(*unserved)?;
            }
            Entry::ItemGiven { minutes, .. } => self.owed = self.owed.plus(*minutes)?,
            Entry::OwedSettled { minutes } => self.owed = self.owed.minus(*minutes)?,
            // Pools have postings of their own, and the rest moves no minutes of an account beyond its income. Whatever were
            // missing here would not add up to the record.
            _ => {}
        }
        Ok(self)
    }

    /// The first figure in which two differ: its name and both values.
    pub fn difference(&self, other: &Figures) -> Option<(&'static str, Minutes, Minutes)> {
        self.named()
            .into_iter()
            .zip(other.named())
            .find(|(one, other)| one != other)
            .map(|((name, one), (_, other))| (name, one, other))
    }

    /// Every figure by its name.
    pub fn named(&self) -> [(&'static str, Minutes); 7] {
        [
            ("spendable", self.spendable),
            ("held", self.held),
            ("clawback_due", self.clawback_due),
            ("honorary", self.honorary),
            ("service_given", self.service_given),
            ("training_given", self.training_given),
            ("owed", self.owed),
        ]
    }
}

/// What an entry credits to its account, repays out of it before, and what lies beyond the cap; none for no income.
const fn income(entry: &Entry) -> Option<[Minutes; 3]> {
    match entry {
        Entry::Earned {
            credited,
            repaid,
            overflow,
            ..
        }
        | Entry::Trained {
            credited,
            repaid,
            overflow,
            ..
        }
        | Entry::Campaigned {
            credited,
            repaid,
            overflow,
            ..
        }
        | Entry::GiftReceived {
            credited,
            repaid,
            overflow,
            ..
        }
        | Entry::Granted {
            credited,
            repaid,
            overflow,
            ..
        }
        | Entry::PoolGranted {
            credited,
            repaid,
            overflow,
            ..
        }
        | Entry::RestReceived {
            credited,
            repaid,
            overflow,
            ..
        } => Some([*credited, *repaid, *overflow]),
        _ => None,
    }
}
