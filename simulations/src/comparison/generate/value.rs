//! Gifts, donations, grants, merchants and redemption.

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, BudgetId, ItemCode, OrganisationId};
use ledger_core::record::account::{AccountKind, Item};
use ledger_core::record::budget::{BudgetPurpose, PoolId, PoolKind};
use ledger_core::record::organisation::Role;
use ledger_core::time::Day;
use ledger_core::transaction::Signer;
use ledger_core::transaction::government::{FundPool, OpenBudget};
use ledger_core::transaction::value::{
    Donate, Gift, Grant, Grantees, Redeem, SetItems, SettleMerchant, SpendPool,
};

use super::{Draft, Scene};

const TREASURERS: [Role; 2] = [Role::Treasurer, Role::Treasurer];

impl Scene<'_> {
    pub(super) fn about_value(&mut self) -> Option<Draft> {
        match self.random.below(100) {
            0..20 => self.gift(),
            20..30 => self.donate(),
            30..46 => self.grant(),
            46..58 => self.spend_pool(),
            58..64 => self.set_items(),
            64..84 => self.redeem(),
            84..90 => self.settle_merchant(),
            90..95 => self.open_budget(),
            _ => self.fund_pool(),
        }
    }

    fn gift(&mut self) -> Option<Draft> {
        let from = self.saver();
        let to = match self.kin_of(from) {
            _ if self.random.happens(20) => AccountId([7; 20]),
            Some(kin) if !self.random.happens(80) => kin,
            _ => self.person(),
        };
        let available = self.books.spendable(from);
        let minutes = if self.random.happens(500) {
            self.around(available)
        } else {
            self.amount()
        };
        let signers = self.consent(from);
        Some(Draft::new(Gift { from, to, minutes }, signers))
    }

    fn pool(&mut self, kinds: &[PoolKind]) -> PoolId {
        PoolId {
            organisation: self.office(),
            kind: self.one_of(kinds),
        }
    }

    fn donate(&mut self) -> Option<Draft> {
        let from = self.saver();
        let kind = if self.random.happens(50) {
            PoolKind::Reserve
        } else {
            PoolKind::Donation
        };
        let pool = self.pool(&[kind]);
        let available = self.books.spendable(from);
        let minutes = match self.random.below(4) {
            0 => self.around(available),
            _ => self.amount(),
        };
        let signers = self.consent(from);
        Some(Draft::new(
            Donate {
                from,
                pool,
                minutes,
            },
            signers,
        ))
    }

    /// A line of this purpose; now and then of another.
    pub(super) fn line(&mut self, purpose: BudgetPurpose) -> Option<BudgetId> {
        let any = self.random.happens(50);
        let lines: Vec<BudgetId> = self
            .books
            .budgets
            .iter()
            .filter(|(_, it)| any || it.purpose == purpose)
            .map(|(id, _)| *id)
            .collect();
        self.some_of(&lines)
    }

    /// People within `scope`, mostly of one programme.
    fn grantees(&mut self, scope: OrganisationId, expiry: Option<Day>) -> Grantees {
        let programme = self.programme();
        let careless = self.random.happens(150);
        let mut eligible: Vec<AccountId> = self
            .books
            .accounts
            .iter()
            .filter(|(_, it)| {
                careless && !it.lots.as_slice().is_empty()
                    || it.programmes.contains(&programme) && self.books.covers(scope, it.home)
            })
            .map(|(id, _)| *id)
            .collect();
        while eligible.len() > 3 {
            eligible.remove(self.random.index(eligible.len()));
        }
        if eligible.is_empty() {
            eligible.push(self.person());
        }
        if self.random.happens(30) {
            eligible.reverse();
        }
        Grantees {
            programme,
            accounts: eligible,
            minutes: self.amount(),
            expiry,
        }
    }

    fn expiry(&mut self) -> Option<Day> {
        (!self.random.happens(350)).then(|| self.later_day())
    }

    fn grant(&mut self) -> Option<Draft> {
        let budget = self.line(BudgetPurpose::Grant)?;
        let line = self.books.budgets.get(&budget)?.clone();
        let expiry = self.expiry();
        let mut grantees = self.grantees(line.scope, expiry);
        if self.random.happens(150) {
            let each = line.available().map_or(0, |it| it.0) / grantees.accounts.len() as u64;
            grantees.minutes = self.around(each);
        }
        let signers = self.two_staff(TREASURERS, line.scope)?;
        Some(Draft::new(Grant { budget, grantees }, signers))
    }

    fn spend_pool(&mut self) -> Option<Draft> {
        let filled: Vec<PoolId> = self
            .books
            .pools
            .iter()
            .filter(|(_, it)| !it.minutes.is_zero())
            .map(|(id, _)| *id)
            .collect();
        let pool = match self.some_of(&filled) {
            Some(pool) if !self.random.happens(100) => pool,
            _ => self.pool(&[PoolKind::Donation, PoolKind::Grant]),
        };
        let available = self.books.pools.get(&pool).map_or(0, |it| it.minutes.0);
        let expiry = self.expiry();
        let mut grantees = self.grantees(pool.organisation, expiry);
        if !self.random.happens(250) {
            let each = available / grantees.accounts.len() as u64;
            grantees.minutes = self.around(each);
        }
        let signers = self.two_staff(TREASURERS, pool.organisation)?;
        Some(Draft::new(SpendPool { pool, grantees }, signers))
    }

    fn set_items(&mut self) -> Option<Draft> {
        let merchant = self.merchant()?;
        let home = self.home_of(merchant);
        let count = 1 + self.random.below(3);
        let mut items: Vec<Item> = (1..=count)
            .map(|code| Item {
                code: ItemCode(u16::try_from(code).unwrap_or(1)),
                minutes: Minutes(30 * (1 + self.random.below(4))),
            })
            .collect();
        match self.random.below(20) {
            0 => items[0].minutes = Minutes::ZERO,
            1 => items.reverse(),
            2 => items.push(items[0]),
            _ => {}
        }
        let treasurer = self.staff(Role::Treasurer, home)?;
        Some(Draft::new(
            SetItems { merchant, items },
            vec![Signer::Account(merchant), treasurer],
        ))
    }

    fn redeem(&mut self) -> Option<Draft> {
        let merchant = if self.random.happens(30) {
            self.person()
        } else {
            self.merchant()?
        };
        let holder = self.saver();
        let items = self.books.items.get(&merchant).map(|it| it.items.clone());
        let listed = items.and_then(|items| self.some_of(&items));
        let mut item = listed.unwrap_or(Item {
            code: ItemCode(9),
            minutes: Minutes(60),
        });
        if self.random.happens(40) {
            item.minutes = self.amount();
        }
        if self.random.happens(20) {
            item.code = ItemCode(8);
        }
        let mut signers = self.acting_with_consent(holder);
        signers.push(Signer::Account(merchant));
        Some(Draft::new(
            Redeem {
                holder,
                merchant,
                item: item.code,
                minutes: item.minutes,
            },
            signers,
        ))
    }

    fn settle_merchant(&mut self) -> Option<Draft> {
        let merchant = self.merchant()?;
        let owed = match self.record(merchant)?.kind {
            AccountKind::Merchant { owed } => owed.0,
            AccountKind::Person { .. } | AccountKind::Group => 0,
        };
        let home = self.home_of(merchant);
        let mut signers = self.two_staff(TREASURERS, home)?;
        signers.push(Signer::Account(merchant));
        let minutes = self.around(owed);
        Some(Draft::new(SettleMerchant { merchant, minutes }, signers))
    }

    fn open_budget(&mut self) -> Option<Draft> {
        let scope = self.office();
        let operation = OpenBudget {
            scope,
            purpose: self.one_of(&[
                BudgetPurpose::Service,
                BudgetPurpose::Fund,
                BudgetPurpose::Grant,
                BudgetPurpose::Training,
                BudgetPurpose::Campaign,
            ]),
            minutes: match self.random.below(20) {
                0 => Minutes(1 << 32),
                1 => Minutes((1 << 32) + 1),
                _ => self.amount(),
            },
            last_day: self.later_day(),
        };
        let signers = self.two_staff(TREASURERS, scope)?;
        Some(Draft::new(operation, signers))
    }

    fn fund_pool(&mut self) -> Option<Draft> {
        let budget = self.line(BudgetPurpose::Fund)?;
        let line = self.books.budgets.get(&budget)?.clone();
        let kinds = [PoolKind::Donation, PoolKind::Grant, PoolKind::Reserve];
        let mut pool = self.pool(&kinds);
        if !self.random.happens(150) && !self.books.covers(line.scope, pool.organisation) {
            pool.organisation = line.scope;
        }
        let available = line.available().map_or(0, |it| it.0);
        let minutes = if self.random.happens(300) {
            self.around(available)
        } else {
            self.amount()
        };
        let signers = self.two_staff(TREASURERS, line.scope)?;
        Some(Draft::new(
            FundPool {
                budget,
                pool,
                minutes,
            },
            signers,
        ))
    }
}
