//! The books as they are shown, and counted anew.

use std::collections::BTreeMap;

use crate::id::{AccountId, BudgetId, OrderId, OrganisationId, PoolId, StaffId};
use crate::model::Model;
use crate::operation::service::Payer;
use crate::time::{Day, Milliseconds, Minutes, Month};
use crate::value::total;
use crate::view::{AccountView, BudgetView, ClearingView, OrderView, SupplyView};

impl Model {
    /// "Conservation, after every block: issued = Σ spendable + Σ held + Σ pools + redeemed + expired + voided." Counts
    /// everything anew.
    ///
    /// # Panics
    /// When the model itself does not keep the rule: then its answers are worth nothing.
    pub fn check_books(&self) {
        assert_eq!(self.supply.issued(), self.supply.accounted());
        let lots = self.accounts.values().map(|account| total(&account.lots));
        assert_eq!(self.supply.spendable, lots.sum::<Minutes>());
        let held = self.accounts.values().map(|account| account.held);
        assert_eq!(self.supply.held, held.sum::<Minutes>());
        assert_eq!(self.supply.pools, self.pools.values().sum::<Minutes>());
        let mut held_by_account = BTreeMap::new();
        let mut reserved_by_line = BTreeMap::new();
        for order in self.orders.values().filter(|order| !order.has_ended()) {
            if let Some(account) = order.paying_account() {
                *held_by_account.entry(account).or_insert(0) += total(&order.lots);
            }
            if let Payer::Budget(budget) = order.payer {
                *reserved_by_line.entry(budget).or_insert(0) += order.reserved;
            }
        }
        for (id, account) in &self.accounts {
            let held = held_by_account.get(id).copied().unwrap_or(0);
            assert_eq!(account.held, held);
        }
        for (id, line) in &self.budgets {
            let reserved = reserved_by_line.get(id).copied().unwrap_or(0);
            assert_eq!(line.reserved, reserved);
            assert!(line.reserved + line.used <= line.minutes);
        }
    }

    /// The human behind a staff entry.
    pub fn staff_person(&self, id: StaffId) -> Option<AccountId> {
        self.staff.get(&id).map(|entry| entry.person)
    }

    /// Every account's id.
    pub fn account_ids(&self) -> impl Iterator<Item = AccountId> {
        self.accounts.keys().copied()
    }

    /// An account.
    pub fn account_view(&self, id: AccountId) -> Option<AccountView> {
        let account = self.accounts.get(&id)?;
        Some(AccountView {
            kind: account.kind,
            status: account.status,
            home: account.home,
            home_district: self.district_of(account.home),
            key: account.key,
            legal_guardian: account.legal_guardian,
            lots: account.lots.clone(),
            held: account.held,
            honorary: account.honorary,
            service_given: account.service_given,
            training_given: account.training_given,
            clawback_due: account.clawback_due.clone(),
            rating_count: account.rating_count,
            rating_sum: account.rating_sum,
            no_shows: account.no_shows,
            programmes: account.programmes.clone(),
            open_orders: account.open_orders,
            owed: account.owed,
        })
    }

    /// Every order that is not forgotten.
    pub fn order_ids(&self) -> impl Iterator<Item = OrderId> {
        self.orders.keys().copied()
    }

    /// An order.
    pub fn order_view(&self, id: OrderId) -> Option<OrderView> {
        let order = self.orders.get(&id)?;
        Some(OrderView {
            status: order.status,
            recipient: order.recipient,
            provider: order.provider,
            server: order.server,
            reserved: order.reserved + total(&order.lots),
            approved: order.approved,
            paid: order.paid,
            escalated: order.escalated,
            ended_ms: order.ended_ms,
        })
    }

    /// Every budget line.
    pub const fn budgets(&self) -> &BTreeMap<BudgetId, BudgetView> {
        &self.budgets
    }

    /// Every pool that ever had minutes.
    pub const fn pools(&self) -> &BTreeMap<PoolId, Minutes> {
        &self.pools
    }

    /// Who waits for a reserve pool, and for how much, first in first out.
    pub fn queue(&self, pool: PoolId) -> Vec<(AccountId, Minutes)> {
        let queue = self.queues.get(&pool);
        queue.map_or_else(Vec::new, |queue| queue.iter().copied().collect())
    }

    /// The supply.
    pub const fn supply(&self) -> SupplyView {
        self.supply
    }

    /// A month's clearing, open or closed.
    pub fn clearing(&self, month: Month) -> Option<&ClearingView> {
        self.clearings.get(&month).map(|it| &it.view)
    }

    /// Minutes by district now, as a closing of the month would show them.
    pub fn supply_of_districts(&self) -> BTreeMap<OrganisationId, Minutes> {
        self.supply_by_district()
    }

    /// The members of a group, sorted.
    pub fn members(&self, group: AccountId) -> Vec<AccountId> {
        let account = self.accounts.get(&group);
        account.map_or_else(Vec::new, |it| it.members.iter().copied().collect())
    }

    /// The block's time.
    pub const fn now_ms(&self) -> Milliseconds {
        self.now_ms
    }

    /// The block's day.
    pub fn day(&self) -> Day {
        self.today()
    }

    /// The version of the rules in force, and the one scheduled.
    pub const fn versions(&self) -> (u32, Option<(u32, Day)>) {
        (self.version, self.upgrade)
    }
}
