//! What happened in the city, order by order and account by account, read from booked blocks.
//!
//! [`Facts`] is fed every [`BookedBlock`] from the first on and keeps what screening, demand, statements and matching ask
//! for: who ordered, served, signed and verified, when, and what moved. It is a pure function of the blocks: no clock, no
//! files, maps in order, integers only.
//!
//! What always holds: every envelope in a booked block was executed, so its signatures are valid and each of them was put
//! to use (the ledger refuses one too many). So a signature says who took which part. Nothing is forgotten here, also where
//! the chain forgets; memory grows with the chain by about a kilobyte an order.

mod account;
mod attendance;
mod follow;
mod office;
mod order;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::genesis::Genesis;
use ledger_core::id::{AccountId, Height, OrderId, OrganisationId, StaffId};
use ledger_core::receipt::Cause;
use ledger_core::record::proxy::ProxyHolder;
use ledger_core::time::{Calendar, TimestampMs};
use serde::{Deserialize, Serialize};

pub use account::{AccountFacts, Holder, KinFacts, Movement};
pub use attendance::{AttendanceFacts, AttendanceKind};
pub use office::{OrganisationFacts, PolicyFacts, StaffTerm};
pub use order::{ClaimFacts, ClerkFacts, OrderFacts, Origin, VerificationFacts};

use crate::booked::BookedBlock;

/// Where and when something happened, and by what: enough to find it in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Event {
    /// The block.
    pub height: Height,
    /// Its time.
    pub time_ms: TimestampMs,
    /// The transaction, or the work of the chain.
    pub cause: Cause,
}

/// Why blocks are not what facts can be read from. Booked blocks were executed, so each of these means that something else
/// was fed in, or not in order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// A block that is not the next one.
    #[error("block {given} cannot follow block {last}; feed every block once, in order")]
    Order {
        /// The last one followed.
        last: Height,
        /// The one given.
        given: Height,
    },
    /// A block with fewer receipts than transactions.
    #[error(
        "block {height} has {receipts} receipts for {transactions} transactions; feed blocks of a book"
    )]
    Receipts {
        /// The block.
        height: Height,
        /// Its receipts.
        receipts: usize,
        /// Its transactions.
        transactions: usize,
    },
    /// An account that nobody opened.
    #[error(
        "block {height} concerns account {account}, which nobody opened; feed blocks from the first on"
    )]
    Account {
        /// The block.
        height: Height,
        /// Which.
        account: AccountId,
    },
    /// An order that nobody posted.
    #[error(
        "block {height} concerns order {order}, which nobody posted; feed blocks from the first on"
    )]
    UnknownOrder {
        /// The block.
        height: Height,
        /// Which.
        order: OrderId,
    },
    /// A staff entry that nobody set.
    #[error(
        "block {height} is signed by staff {staff}, whom nobody appointed; feed blocks from the first on"
    )]
    Staff {
        /// The block.
        height: Height,
        /// Which.
        staff: StaffId,
    },
}

/// A gift from one person to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GiftFacts {
    /// When.
    pub event: Event,
    /// Who gave.
    pub from: AccountId,
    /// Who received.
    pub to: AccountId,
    /// How much, in minutes.
    pub minutes: u64,
}

/// Minutes exchanged with a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedemptionFacts {
    /// When.
    pub event: Event,
    /// Whose minutes.
    pub holder: AccountId,
    /// With whom.
    pub merchant: AccountId,
    /// How much, in minutes.
    pub minutes: u64,
}

/// Everything that happened up to a block.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The chain's calendar.
    pub calendar: Calendar,
    /// The city.
    pub city: OrganisationId,
    /// The last block followed.
    pub height: Height,
    /// Its time; genesis time before the first.
    pub time_ms: TimestampMs,
    /// Service orders, and services recorded from paper.
    pub orders: BTreeMap<OrderId, OrderFacts>,
    /// Accounts of people, groups and merchants.
    pub accounts: BTreeMap<AccountId, AccountFacts>,
    /// Kin links, ended ones included; the lesser id first.
    pub kin: BTreeMap<(AccountId, AccountId), KinFacts>,
    /// Organisations.
    pub organisations: BTreeMap<OrganisationId, OrganisationFacts>,
    /// Who was behind each staff entry, oldest first.
    pub staff: BTreeMap<StaffId, Vec<StaffTerm>>,
    /// Policy as it was set over time.
    pub policies: PolicyFacts,
    /// Gifts, oldest first.
    pub gifts: Vec<GiftFacts>,
    /// Redemptions, oldest first.
    pub redemptions: Vec<RedemptionFacts>,
    /// Training and campaigns, oldest first.
    pub attendances: Vec<AttendanceFacts>,
    /// Proxies in force, by principal.
    proxies: BTreeSet<(AccountId, ProxyHolder)>,
}

impl Facts {
    /// Before the first block.
    pub fn begin(genesis: &Genesis) -> Facts {
        let mut facts = Facts {
            calendar: genesis.calendar,
            // A document without a city begins no chain, so that no block of it ever arrives here.
            city: genesis.city().unwrap_or(OrganisationId(0)),
            height: Height::GENESIS,
            time_ms: genesis.time_ms,
            orders: BTreeMap::new(),
            accounts: BTreeMap::new(),
            kin: BTreeMap::new(),
            organisations: BTreeMap::new(),
            staff: BTreeMap::new(),
            policies: PolicyFacts::begin(genesis),
            gifts: Vec::new(),
            redemptions: Vec::new(),
            attendances: Vec::new(),
            proxies: BTreeSet::new(),
        };
        for listed in &genesis.organisations {
            facts.register(listed.organisation, listed.parent, listed.level);
        }
        for listed in &genesis.accounts {
            let account = AccountFacts::new(Holder::Person, listed.home, None, genesis.time_ms);
            facts.accounts.insert(listed.id(), account);
        }
        for listed in &genesis.staff {
            facts.appoint(listed.staff, Some(&listed.record), genesis.time_ms);
        }
        facts
    }

    /// Reads the next block.
    ///
    /// # Errors
    /// See [`FactsError`]; after one, these facts are of no further use.
    pub fn follow(&mut self, booked: &BookedBlock) -> Result<(), FactsError> {
        let header = &booked.block.header;
        let (last, given) = (self.height, header.height);
        if given != last.next() {
            return Err(FactsError::Order { last, given });
        }
        let (receipts, transactions) = (booked.receipts.len(), booked.block.transactions.len());
        if receipts < transactions {
            return Err(FactsError::Receipts {
                height: given,
                receipts,
                transactions,
            });
        }
        (self.height, self.time_ms) = (given, header.time_ms);
        for receipt in booked.automatic() {
            self.automatic(receipt)?;
        }
        for (sealed, receipt) in booked.transactions() {
            self.transaction(sealed, receipt)?;
        }
        Ok(())
    }

    /// The district of an organisation; the city's is the city.
    pub fn district_of(&self, organisation: OrganisationId) -> Option<OrganisationId> {
        self.organisations
            .get(&organisation)
            .map(|known| known.district)
    }

    /// The person behind a staff entry at an instant.
    pub fn person_behind(&self, staff: StaffId, at: TimestampMs) -> Option<AccountId> {
        let terms = self.staff.get(&staff)?;
        terms.iter().rev().find_map(|term| {
            let began = term.from_ms <= at;
            began.then_some(term.person)
        })
    }

    /// Whether two people were linked as kin at an instant.
    pub fn were_kin(&self, one: AccountId, other: AccountId, at: TimestampMs) -> bool {
        let pair = (one.min(other), one.max(other));
        self.kin.get(&pair).is_some_and(|kin| kin.covers(at))
    }
}
