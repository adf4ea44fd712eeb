//! What transactions and postings say about districts, added up without a look at the rules' own counters.
//!
//! From transactions it knows where people live, whom an order serves and who pays; from postings what came and went. So
//! it is a second, independent computation of every clearing record. What it does rely on are the postings themselves,
//! which the receipts root of every header commits to.

use std::collections::{BTreeMap, BTreeSet};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::amount::{AmountError, Minutes};
use crate::block::Block;
use crate::genesis::{Genesis, GenesisError};
use crate::hash::Hash;
use crate::id::{AccountId, Height, OrderId, OrganisationId};
use crate::receipt::{Cause, Entry, Owner, Posting, Receipt};
use crate::record::clearing::{ClearingRecord, DistrictClearing, Flow};
use crate::record::order::Payer;
use crate::record::organisation::Level;
use crate::time::{Calendar, Month};
use crate::transaction::{Operation, SealedEnvelope};

/// Why postings do not add up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// A sum does not fit, or something would have less than nothing.
    #[error("a sum does not fit, or something would have less than nothing")]
    Amount,
    /// A posting is about an account that no transaction opened.
    #[error("nobody opened account {account}")]
    Account {
        /// Which.
        account: AccountId,
    },
    /// A posting is about an order that no transaction posted.
    #[error("nobody posted order {order}")]
    Order {
        /// Which.
        order: OrderId,
    },
    /// A posting is about an organisation that no transaction registered.
    #[error("nobody registered organisation {organisation}")]
    Organisation {
        /// Which.
        organisation: OrganisationId,
    },
}

impl From<AmountError> for TallyError {
    fn from(_: AmountError) -> TallyError {
        TallyError::Amount
    }
}

/// Who is served by an order and who pays, and once it was paid, between which districts how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Ordered {
    payer: AccountId,
    district: OrganisationId,
    paid_from: Option<OrganisationId>,
}

/// What was counted in the month in progress.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Counted {
    flows: BTreeMap<(OrganisationId, OrganisationId), Flow>,
    moves: BTreeMap<(OrganisationId, OrganisationId), Minutes>,
    granted: BTreeMap<OrganisationId, Minutes>,
    expired: BTreeMap<OrganisationId, Minutes>,
}

/// The sums so far. Whoever stores them stores them with the state they belong to.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Tally {
    calendar: Calendar,
    /// Every organisation's district, or the city.
    districts: BTreeMap<OrganisationId, OrganisationId>,
    /// Every account's home street.
    homes: BTreeMap<AccountId, OrganisationId>,
    /// Orders the chain has not forgotten.
    orders: BTreeMap<OrderId, Ordered>,
    /// What the people and pools of each district have.
    balances: BTreeMap<OrganisationId, Minutes>,
    /// What they had when the month in progress began.
    opening: BTreeMap<OrganisationId, Minutes>,
    month: Month,
    counted: Counted,
    /// The last block and the state root after it.
    last: (Height, Hash),
    closed: BTreeMap<Month, ClearingRecord>,
}

impl Tally {
    /// Before the first block.
    ///
    /// # Errors
    /// When the document is malformed.
    pub fn begin(genesis: &Genesis, state_root: Hash) -> Result<Tally, GenesisError> {
        let mut tally = Tally {
            calendar: genesis.calendar,
            districts: BTreeMap::new(),
            homes: BTreeMap::new(),
            orders: BTreeMap::new(),
            balances: BTreeMap::new(),
            opening: BTreeMap::new(),
            month: genesis.calendar.month(genesis.time_ms),
            counted: Counted::default(),
            last: (Height::GENESIS, state_root),
            closed: BTreeMap::new(),
        };
        for listed in &genesis.organisations {
            let organisation = listed.organisation;
            tally
                .register(organisation, listed.parent, listed.level)
                .map_err(|_| GenesisError::Organisation { organisation })?;
        }
        for listed in &genesis.accounts {
            tally.homes.insert(listed.id(), listed.home);
        }
        Ok(tally)
    }

    /// The last block that was added up, and the state root after it.
    pub const fn last(&self) -> (Height, Hash) {
        self.last
    }

    /// The record of a month that is over, recomputed.
    pub fn closed(&self, month: Month) -> Option<&ClearingRecord> {
        self.closed.get(&month)
    }

    /// What all people and pools have.
    ///
    /// # Errors
    /// When the sum does not fit.
    pub fn total(&self) -> Result<Minutes, AmountError> {
        Minutes::sum(self.balances.values().copied())
    }

    /// Adds up the next block, of which `receipts` say what it did.
    ///
    /// # Errors
    /// When something is not what it must be.
    pub fn follow(&mut self, block: &Block, receipts: &[Receipt]) -> Result<(), TallyError> {
        let month = self.calendar.month(block.header.time_ms);
        while self.month < month {
            self.close()?;
        }
        let automatic = receipts.len().saturating_sub(block.transactions.len());
        let (automatic, of_transactions) = receipts.split_at(automatic);
        for receipt in automatic {
            self.add(receipt)?;
            if let Cause::OrderForgetting(order) = receipt.cause {
                self.orders.remove(&order);
            }
        }
        for (sealed, receipt) in block.transactions.iter().zip(of_transactions) {
            self.learn(sealed)?;
            self.add(receipt)?;
        }
        self.last = (block.header.height, block.header.state_root);
        Ok(())
    }

    /// What a transaction says about who is where, before its postings are added.
    fn learn(&mut self, sealed: &SealedEnvelope) -> Result<(), TallyError> {
        let id = sealed.id();
        let opened = match &sealed.transaction().operation {
            Operation::OpenAccount(operation) => operation.home,
            Operation::OpenGroup(operation) => operation.home,
            Operation::RegisterMerchant(operation) => operation.home,
            Operation::RegisterOrganisation(operation) => {
                let (organisation, parent) = (operation.organisation, operation.parent);
                return self.register(organisation, Some(parent), operation.level);
            }
            Operation::PostOrder(operation) => {
                let terms = &operation.terms;
                self.order(
                    OrderId::derive(id),
                    terms.recipient,
                    terms.payer,
                    terms.district,
                );
                return Ok(());
            }
            Operation::RecordService(operation) => {
                let (recipient, district) = (operation.recipient, operation.district);
                self.order(OrderId::derive(id), recipient, operation.payer, district);
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.homes.insert(AccountId::derive(id), opened);
        Ok(())
    }

    fn register(
        &mut self,
        organisation: OrganisationId,
        parent: Option<OrganisationId>,
        level: Level,
    ) -> Result<(), TallyError> {
        let district = match (level, parent) {
            (Level::City | Level::District, _) | (_, None) => organisation,
            (_, Some(parent)) => self.district(parent)?,
        };
        self.districts.insert(organisation, district);
        Ok(())
    }

    /// A budget line pays for people at home with the recipient.
    fn order(
        &mut self,
        order: OrderId,
        recipient: AccountId,
        payer: Payer,
        district: OrganisationId,
    ) {
        let payer = match payer {
            Payer::Recipient | Payer::Budget(_) => recipient,
            Payer::Kin(kin) => kin,
        };
        let ordered = Ordered {
            payer,
            district,
            paid_from: None,
        };
        self.orders.insert(order, ordered);
    }

    fn district(&self, organisation: OrganisationId) -> Result<OrganisationId, TallyError> {
        self.districts
            .get(&organisation)
            .copied()
            .ok_or(TallyError::Organisation { organisation })
    }

    fn home_district(&self, account: AccountId) -> Result<OrganisationId, TallyError> {
        let home = self.homes.get(&account);
        self.district(*home.ok_or(TallyError::Account { account })?)
    }

    fn add(&mut self, receipt: &Receipt) -> Result<(), TallyError> {
        for posting in &receipt.postings {
            self.add_balance(posting)?;
            self.add_to_clearing(posting)?;
        }
        Ok(())
    }

    /// What a posting put into its owner, or took from it, spendable and held together.
    fn add_balance(&mut self, posting: &Posting) -> Result<(), TallyError> {
        let district = match posting.owner {
            Owner::Account(account) => self.home_district(account)?,
            Owner::Pool(pool) => self.district(pool.organisation)?,
        };
        let balance = self.balances.entry(district).or_default();
        *balance = match change(&posting.entry) {
            Change::None => *balance,
            Change::In(minutes) => balance.plus(minutes)?,
            Change::Out(minutes) => balance.minus(minutes)?,
        };
        Ok(())
    }

    fn add_to_clearing(&mut self, posting: &Posting) -> Result<(), TallyError> {
        let Owner::Account(account) = posting.owner else {
            return Ok(());
        };
        match &posting.entry {
            Entry::Earned {
                order,
                credited,
                repaid,
                overflow,
                ..
            } => {
                let paid = Minutes::sum([*credited, *repaid, *overflow])?;
                self.add_service(*order, paid)
            }
            Entry::TakenBack {
                order,
                recovered,
                due,
                ..
            } => self.take_back(*order, recovered.plus(*due)?),
            Entry::Redeemed {
                merchant, minutes, ..
            } => {
                let pair = (self.home_district(account)?, self.home_district(*merchant)?);
                let flow = self.counted.flows.entry(pair).or_default();
                flow.minutes = flow.minutes.plus(*minutes)?;
                Ok(())
            }
            Entry::HomeMoved { from, to, minutes } => self.move_home(account, *from, *to, *minutes),
            Entry::Granted {
                credited,
                repaid,
                overflow,
                ..
            } => {
                let granted = Minutes::sum([*credited, *repaid, *overflow])?;
                let district = self.home_district(account)?;
                let total = self.counted.granted.entry(district).or_default();
                *total = total.plus(granted)?;
                Ok(())
            }
            Entry::Expired { minutes, .. } => {
                let district = self.home_district(account)?;
                let total = self.counted.expired.entry(district).or_default();
                *total = total.plus(*minutes)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn add_service(&mut self, order: OrderId, paid: Minutes) -> Result<(), TallyError> {
        let missing = TallyError::Order { order };
        let ordered = *self.orders.get(&order).ok_or(missing)?;
        let from = self.home_district(ordered.payer)?;
        let ordered = Ordered {
            paid_from: Some(from),
            ..ordered
        };
        self.orders.insert(order, ordered);
        if !paid.is_zero() {
            let flow = self
                .counted
                .flows
                .entry((from, ordered.district))
                .or_default();
            flow.minutes = flow.minutes.plus(paid)?;
        }
        Ok(())
    }

    /// A reversal counts back between the districts of the payment, in the month in which it happens.
    fn take_back(&mut self, order: OrderId, amount: Minutes) -> Result<(), TallyError> {
        // A member whose group was paid loses the service, and nothing else.
        if amount.is_zero() {
            return Ok(());
        }
        let missing = TallyError::Order { order };
        let ordered = self.orders.get(&order).ok_or(missing.clone())?;
        let pair = (ordered.paid_from.ok_or(missing)?, ordered.district);
        let flow = self.counted.flows.entry(pair).or_default();
        flow.reversed = flow.reversed.plus(amount)?;
        Ok(())
    }

    fn move_home(
        &mut self,
        account: AccountId,
        from: OrganisationId,
        to: OrganisationId,
        minutes: Minutes,
    ) -> Result<(), TallyError> {
        self.homes.insert(account, to);
        let pair = (self.district(from)?, self.district(to)?);
        if pair.0 == pair.1 || minutes.is_zero() {
            return Ok(());
        }
        let moved = self.counted.moves.entry(pair).or_default();
        *moved = moved.plus(minutes)?;
        let left = self.balances.entry(pair.0).or_default();
        *left = left.minus(minutes)?;
        let came = self.balances.entry(pair.1).or_default();
        *came = came.plus(minutes)?;
        Ok(())
    }

    /// Makes the record of the month in progress, and begins the next.
    fn close(&mut self) -> Result<(), TallyError> {
        let counted = std::mem::take(&mut self.counted);
        let mut nets: BTreeMap<OrganisationId, i64> = BTreeMap::new();
        for ((payer, place), flow) in counted.flows.iter().filter(|((i, j), _)| i != j) {
            let settled = i64::try_from(flow.minutes.0).map_err(|_| TallyError::Amount)?;
            let reversed = i64::try_from(flow.reversed.0).map_err(|_| TallyError::Amount)?;
            for (district, plus, minus) in [(place, settled, reversed), (payer, reversed, settled)]
            {
                let net = nets.entry(*district).or_default();
                let sum = net.checked_add(plus).and_then(|sum| sum.checked_sub(minus));
                *net = sum.ok_or(TallyError::Amount)?;
            }
        }
        let of = |figures: &BTreeMap<OrganisationId, Minutes>, district| {
            figures.get(district).copied().unwrap_or_default()
        };
        let all: BTreeSet<_> = self.districts.values().copied().collect();
        let districts = all.iter().map(|district| DistrictClearing {
            district: *district,
            opening: of(&self.opening, district),
            closing: of(&self.balances, district),
            granted: of(&counted.granted, district),
            expired: of(&counted.expired, district),
            net: nets.get(district).copied().unwrap_or_default(),
        });
        let pairs = |((from, to), minutes)| (from, to, minutes);
        let record = ClearingRecord {
            month: self.month,
            height: self.last.0,
            state_root: self.last.1,
            districts: districts.collect(),
            flows: counted
                .flows
                .into_iter()
                .map(|((i, j), flow)| (i, j, flow))
                .collect(),
            moves: counted.moves.into_iter().map(pairs).collect(),
        };
        self.closed.insert(self.month, record);
        self.opening = self.balances.clone();
        self.month = self.month.next();
        Ok(())
    }
}

/// What an entry does to its owner's spendable and held minutes together.
enum Change {
    None,
    In(Minutes),
    Out(Minutes),
}

/// What leaves an owner by repaying never came in: of an income only what was credited counts, and of a reversal only what
/// was recovered.
const fn change(entry: &Entry) -> Change {
    match entry {
        Entry::Earned { credited, .. }
        | Entry::GiftReceived { credited, .. }
        | Entry::Granted { credited, .. }
        | Entry::PoolGranted { credited, .. }
        | Entry::Trained { credited, .. }
        | Entry::Campaigned { credited, .. }
        | Entry::RestReceived { credited, .. } => Change::In(*credited),
        Entry::PoolReceived { minutes, .. }
        | Entry::PoolFunded { minutes, .. }
        | Entry::MadeWhole { minutes, .. }
        | Entry::PoolRepaid { minutes, .. } => Change::In(*minutes),
        Entry::Paid { minutes, .. }
        | Entry::GiftSent { minutes, .. }
        | Entry::Donated { minutes, .. }
        | Entry::Redeemed { minutes, .. }
        | Entry::Expired { minutes, .. }
        | Entry::PoolSpent { minutes }
        | Entry::PoolAdvanced { minutes, .. }
        | Entry::Closed { minutes } => Change::Out(*minutes),
        Entry::TakenBack { recovered, .. } => Change::Out(*recovered),
        // A home that moves takes its minutes along from district to district; the owner's stay what they are.
        Entry::HomeMoved { .. }
        | Entry::Held { .. }
        | Entry::Released { .. }
        | Entry::Opened
        | Entry::KeyRotated
        | Entry::KinLinked { .. }
        | Entry::KinUnlinked { .. }
        | Entry::AllowanceSet { .. }
        | Entry::ProxyAppointed { .. }
        | Entry::ProxyRevoked { .. }
        | Entry::ItemGiven { .. }
        | Entry::ItemsSet
        | Entry::OwedSettled { .. }
        | Entry::Frozen
        | Entry::Unfrozen
        | Entry::ProgrammesSet
        | Entry::LegalGuardianSet { .. }
        | Entry::MembersSet
        | Entry::GuardiansSet
        | Entry::RecoveryStarted
        | Entry::RecoveryCancelled
        | Entry::KeyRecovered
        | Entry::NoShow { .. }
        | Entry::Rated { .. }
        | Entry::ServedForGroup { .. } => Change::None,
    }
}
