//! The model's state and its two steps: a block begins, a transaction applies.
//!
//! A transaction is checked entirely before anything changes, so a refusal "consumes nothing".

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::account::Account;
use crate::clearing::Clearing;
use crate::due::DueKind;
use crate::genesis::{ChainPurpose, Genesis, Level, StaffEntry};
use crate::id::{
    AccountId, BudgetId, Commitment, Key, OrderId, OrganisationId, PoolId, ServiceCode, Signer,
    StaffId, TransactionId,
};
use crate::kin::{Allowance, MonthlyUse, Pair};
use crate::operation::Operation;
use crate::operation::account::ProxyHolder;
use crate::order::Order;
use crate::policy::{CatalogueEntry, Dated, Parameter, Value};
use crate::proxy::Proxy;
use crate::recovery::{Guardians, Initiator, Recovery};
use crate::refusal::Refusal;
use crate::request::Request;
use crate::service::Interval;
use crate::time::{Calendar, DAY_MS, Day, Milliseconds, Minutes, Month};
use crate::view::{BudgetView, Kind, SupplyView};

/// "at most 31 days after block time"
const VALID_MS_MAX: Milliseconds = 31 * DAY_MS;
/// "each block executes exactly the first min(1,000, number due) before its transactions"
pub const DUE_PER_BLOCK: usize = 1_000;
/// Up to so many accounts and orders the books are counted anew after every transaction, and above it every so many.
const COUNTED_ANEW_MAX: usize = 200;

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Organisation {
    pub(crate) level: Level,
    pub(crate) parent: Option<OrganisationId>,
    pub(crate) threshold: u8,
}

/// The time bank of one city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    pub(crate) city: OrganisationId,
    pub(crate) calendar: Calendar,
    pub(crate) purpose: ChainPurpose,
    pub(crate) time_floor_ms: Milliseconds,
    pub(crate) now_ms: Milliseconds,
    pub(crate) version: u32,
    pub(crate) upgrade: Option<(u32, Day)>,
    pub(crate) due_per_block: usize,
    pub(crate) applied: u64,

    pub(crate) organisations: BTreeMap<OrganisationId, Organisation>,
    pub(crate) staff: BTreeMap<StaffId, StaffEntry>,
    /// Of entries changed in this block: as they were before it.
    pub(crate) staff_before: BTreeMap<StaffId, Option<StaffEntry>>,
    /// Of accounts whose key changed in this block: the key before it.
    pub(crate) key_before: BTreeMap<AccountId, Option<Key>>,
    pub(crate) policies: BTreeMap<(OrganisationId, Parameter), Dated<Option<Value>>>,
    pub(crate) catalogue: BTreeMap<ServiceCode, Dated<Option<CatalogueEntry>>>,

    pub(crate) remembered: BTreeMap<TransactionId, Milliseconds>,
    pub(crate) remembered_until: BTreeSet<(Milliseconds, TransactionId)>,
    pub(crate) begun: BTreeMap<Signer, (Day, u64)>,

    pub(crate) accounts: BTreeMap<AccountId, Account>,
    pub(crate) identities: BTreeSet<Commitment>,
    pub(crate) kin: BTreeSet<Pair>,
    /// When links ended, in both directions.
    pub(crate) kin_ended: BTreeMap<Pair, Milliseconds>,
    pub(crate) allowances: BTreeMap<Pair, Allowance>,
    /// What was used of allowances that were ended.
    pub(crate) ended_allowances: BTreeMap<Pair, MonthlyUse>,
    pub(crate) proxies: BTreeMap<(AccountId, ProxyHolder), Proxy>,
    /// What proxies that were revoked had committed.
    pub(crate) ended_proxies: BTreeMap<((AccountId, ProxyHolder), AccountId), MonthlyUse>,
    pub(crate) guardians: BTreeMap<AccountId, Guardians>,
    pub(crate) recoveries: BTreeMap<AccountId, Recovery>,
    pub(crate) paused: BTreeMap<(AccountId, Initiator), Milliseconds>,

    pub(crate) budgets: BTreeMap<BudgetId, BudgetView>,
    pub(crate) budgeted: Minutes,
    pub(crate) pools: BTreeMap<PoolId, Minutes>,
    /// Who waits for a reserve pool, first in, first out.
    pub(crate) queues: BTreeMap<PoolId, VecDeque<(AccountId, Minutes)>>,
    pub(crate) orders: BTreeMap<OrderId, Order>,
    pub(crate) intervals: BTreeMap<AccountId, BTreeMap<Milliseconds, Interval>>,
    pub(crate) pairs: BTreeMap<(AccountId, AccountId, Month), Minutes>,
    pub(crate) due: BTreeSet<(Milliseconds, DueKind, [u8; 20])>,
    pub(crate) supply: SupplyView,
    pub(crate) clearings: BTreeMap<Month, Clearing>,
    /// Minutes by district at the end of months that the chain has not closed yet.
    pub(crate) month_ends: BTreeMap<Month, BTreeMap<OrganisationId, Minutes>>,
}

impl Model {
    /// The city before its first block.
    pub fn new(genesis: &Genesis) -> Model {
        let city = genesis.organisations[0].organisation;
        let mut model = Model {
            city,
            calendar: genesis.calendar,
            purpose: genesis.purpose,
            time_floor_ms: genesis.time_ms,
            now_ms: genesis.time_ms,
            version: genesis.version,
            upgrade: None,
            due_per_block: DUE_PER_BLOCK,
            applied: 0,
            organisations: BTreeMap::new(),
            staff: genesis.staff.iter().cloned().collect(),
            staff_before: BTreeMap::new(),
            key_before: BTreeMap::new(),
            policies: BTreeMap::new(),
            catalogue: BTreeMap::new(),
            remembered: BTreeMap::new(),
            remembered_until: BTreeSet::new(),
            begun: BTreeMap::new(),
            accounts: BTreeMap::new(),
            identities: BTreeSet::new(),
            kin: BTreeSet::new(),
            kin_ended: BTreeMap::new(),
            allowances: BTreeMap::new(),
            ended_allowances: BTreeMap::new(),
            proxies: BTreeMap::new(),
            ended_proxies: BTreeMap::new(),
            guardians: BTreeMap::new(),
            recoveries: BTreeMap::new(),
            paused: BTreeMap::new(),
            budgets: BTreeMap::new(),
            budgeted: 0,
            pools: BTreeMap::new(),
            queues: BTreeMap::new(),
            orders: BTreeMap::new(),
            intervals: BTreeMap::new(),
            pairs: BTreeMap::new(),
            due: BTreeSet::new(),
            supply: SupplyView::default(),
            clearings: BTreeMap::new(),
            month_ends: BTreeMap::new(),
        };
        model.found(genesis);
        model
    }

    fn found(&mut self, genesis: &Genesis) {
        for listed in &genesis.organisations {
            let organisation = Organisation {
                level: listed.level,
                parent: listed.parent,
                threshold: listed.threshold,
            };
            self.organisations.insert(listed.organisation, organisation);
        }
        for listed in &genesis.accounts {
            let account = Account::new(Kind::Person, listed.home, Some(listed.key));
            self.accounts.insert(listed.account, account);
            self.identities.insert(listed.identity);
        }
        for (parameter, value) in &genesis.policies {
            let history = self.policies.entry((self.city, *parameter)).or_default();
            history.set(0, Some(value.clone()));
        }
        for (code, entry) in &genesis.catalogue {
            let history = self.catalogue.entry(*code).or_default();
            history.set(0, Some(*entry));
        }
        self.schedule_month_close(self.calendar.month(self.now_ms));
    }

    /// Bounds the due entries of one block by something else than [`DUE_PER_BLOCK`].
    #[must_use]
    pub fn with_due_per_block(mut self, entries: usize) -> Model {
        self.due_per_block = entries;
        self
    }

    /// Begins a block and does the work that is due; tells how many entries were.
    ///
    /// # Errors
    /// When the time goes back or lies before the floor.
    pub fn begin_block(&mut self, time_ms: Milliseconds) -> Result<usize, Refusal> {
        if time_ms < self.now_ms || time_ms < self.time_floor_ms {
            return Err(Refusal::TimeBack);
        }
        self.note_month_ends(time_ms);
        self.now_ms = time_ms;
        self.staff_before.clear();
        self.key_before.clear();
        if let Some((version, _)) = self.upgrade.filter(|(_, from)| *from <= self.today()) {
            self.version = version;
            self.upgrade = None;
        }
        self.forget_ids();
        let done = self.do_due_work();
        self.check_books();
        Ok(done)
    }

    /// Applies a transaction in the block begun last, or refuses it and changes nothing.
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn apply(&mut self, request: &Request) -> Result<(), Refusal> {
        self.check_validity(request)?;
        let signers = self.check_signers(&request.signatures)?;
        self.check_begun(signers[0])?;
        self.perform(&signers, &request.operation)?;
        self.remember(request);
        self.count_begun(signers[0]);
        self.applied += 1;
        let small = self.accounts.len() + self.orders.len() <= COUNTED_ANEW_MAX;
        if small || self.applied.is_multiple_of(4_096) {
            self.check_books();
        } else {
            assert_eq!(self.supply.issued(), self.supply.accounted());
        }
        Ok(())
    }

    fn check_validity(&self, request: &Request) -> Result<(), Refusal> {
        // "It applies at most once: ids are remembered until valid_until_ms."
        if self.remembered.contains_key(&request.id) {
            return Err(Refusal::Replayed);
        }
        if request.valid_until_ms < self.now_ms {
            return Err(Refusal::Expired);
        }
        if request.valid_until_ms > self.now_ms + VALID_MS_MAX {
            return Err(Refusal::ValidTooLong);
        }
        Ok(())
    }

    fn remember(&mut self, request: &Request) {
        let until_ms = request.valid_until_ms;
        self.remembered.insert(request.id, until_ms);
        self.remembered_until.insert((until_ms, request.id));
    }

    fn forget_ids(&mut self) {
        while let Some((until_ms, id)) = self.remembered_until.first().copied() {
            if until_ms >= self.now_ms {
                break;
            }
            self.remembered_until.pop_first();
            self.remembered.remove(&id);
        }
    }

    fn check_begun(&self, signer: Signer) -> Result<(), Refusal> {
        // "200 transactions a day per person, 20,000 per staff entry": whoever signs first begins it.
        let parameter = match signer {
            Signer::Staff(_) => Parameter::StaffTransactionsPerDay,
            Signer::Account(_) | Signer::Key(_) => Parameter::PersonTransactionsPerDay,
        };
        let begun = match self.begun.get(&signer) {
            Some((day, count)) if *day == self.today() => *count,
            _ => 0,
        };
        if begun >= self.city_number(parameter) {
            return Err(Refusal::TooManyTransactions);
        }
        Ok(())
    }

    fn count_begun(&mut self, signer: Signer) {
        let today = self.today();
        let (day, count) = self.begun.entry(signer).or_insert((today, 0));
        if *day != today {
            (*day, *count) = (today, 0);
        }
        *count += 1;
    }

    fn perform(&mut self, signers: &[Signer], operation: &Operation) -> Result<(), Refusal> {
        match operation {
            Operation::RegisterOrganisation(it) => self.register_organisation(signers, it),
            Operation::SetStaff(it) => self.set_staff(signers, it),
            Operation::SetPolicy(it) => self.set_policy(signers, it),
            Operation::SetCatalogue(it) => self.set_catalogue(signers, it),
            Operation::ScheduleUpgrade(it) => self.schedule_upgrade(signers, it),
            Operation::OpenBudget(it) => self.open_budget(signers, it),
            Operation::FundPool(it) => self.fund_pool(signers, it),
            Operation::AdvanceTime(it) => self.advance_time(signers, it),
            Operation::CosignClearing(it) => self.cosign_clearing(signers, it),
            Operation::OpenAccount(it) => self.open_person(signers, it),
            Operation::OpenGroup(it) => self.open_group(signers, it),
            Operation::SetMembers(it) => self.set_members(signers, it),
            Operation::SetLegalGuardian(it) => self.set_legal_guardian(signers, it),
            Operation::RotateKey(it) => self.rotate_key(signers, it),
            Operation::SetGuardians(it) => self.set_guardians(signers, it),
            Operation::StartRecovery(it) => self.start_recovery(signers, it),
            Operation::CancelRecovery(it) => self.cancel_recovery(signers, it),
            Operation::FinishRecovery(it) => self.finish_recovery(signers, it),
            Operation::LinkKin(it) => self.link_kin(signers, it),
            Operation::UnlinkKin(it) => self.unlink_kin(signers, it),
            Operation::SetKinAllowance(it) => self.set_kin_allowance(signers, it),
            Operation::AppointProxy(it) => self.appoint_proxy(signers, it),
            Operation::RevokeProxy(it) => self.revoke_proxy(signers, it),
            Operation::SetProgrammes(it) => self.set_programmes(signers, it),
            Operation::MoveHome(it) => self.move_home(signers, it),
            Operation::Freeze(it) => self.freeze(signers, it),
            Operation::Unfreeze(it) => self.unfreeze(signers, it),
            Operation::CloseAccount(it) => self.close_account(signers, it),
            Operation::PostOrder(it) => self.post_order(signers, it),
            Operation::AcceptOrder(it) => self.accept_order(signers, it),
            Operation::StartOrder(it) => self.start_order(signers, it),
            Operation::CompleteOrder(it) => self.complete_order(signers, it),
            Operation::CancelOrder(it) => self.cancel_order(signers, it),
            Operation::ReportNoShow(it) => self.report_no_show(signers, it),
            Operation::VerifyOrder(it) => self.verify_order(signers, it),
            Operation::RecordService(it) => self.record_service(signers, it),
            Operation::RecordTraining(it) => self.record_training(signers, it),
            Operation::RecordCampaign(it) => self.record_campaign(signers, it),
            Operation::RateOrder(it) => self.rate_order(signers, it),
            Operation::OpenDispute(it) => self.open_dispute(signers, it),
            Operation::ResolveDispute(it) => self.resolve_dispute(signers, it),
            Operation::Appeal(it) => self.appeal(signers, it),
            Operation::ReverseOrder(it) => self.reverse_order(signers, it),
            Operation::Gift(it) => self.gift(signers, it),
            Operation::Donate(it) => self.donate(signers, it),
            Operation::Grant(it) => self.grant(signers, it),
            Operation::SpendPool(it) => self.spend_pool(signers, it),
            Operation::RegisterMerchant(it) => self.register_merchant(signers, it),
            Operation::SetItems(it) => self.set_items(signers, it),
            Operation::Redeem(it) => self.redeem(signers, it),
            Operation::SettleMerchant(it) => self.settle_merchant(signers, it),
        }
    }

    pub(crate) fn today(&self) -> Day {
        self.calendar.day(self.now_ms)
    }

    pub(crate) fn this_month(&self) -> Month {
        self.calendar.month(self.now_ms)
    }
}
