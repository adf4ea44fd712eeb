//! Budget lines and what they mint: filling pools, grants, spending from pools.

use crate::genesis::Role;
use crate::id::{AccountId, BudgetId, OrganisationId, PoolKind, ProgrammeCode, Signer};
use crate::model::Model;
use crate::operation::government::{FundPool, OpenBudget, Purpose};
use crate::operation::value::{Grant, SpendPool};
use crate::refusal::Refusal;
use crate::signing::Needs;
use crate::time::{Day, Minutes};
use crate::view::{BudgetView, Source};

/// "One line has at most 2^32 minutes".
const LINE_MINUTES_MAX: Minutes = 1 << 32;
/// "and all lines together at most 2^50"
const ALL_LINES_MINUTES_MAX: Minutes = 1 << 50;
/// "accounts ≤ 1,000"
const ACCOUNTS_MAX: usize = 1_000;

impl Model {
    /// "Treasurer: always two different people."
    fn check_treasurers(&self, signers: &[Signer], place: OrganisationId) -> Result<(), Refusal> {
        Needs::new(self, signers)
            .role(Role::Treasurer, place)
            .role(Role::Treasurer, place)
            .solve()
            .map(|_| ())
    }

    /// A line of this purpose that may be used today.
    pub(crate) fn usable_budget(
        &self,
        id: BudgetId,
        purpose: Purpose,
    ) -> Result<&BudgetView, Refusal> {
        let line = self.budgets.get(&id).ok_or(Refusal::UnknownBudget)?;
        // "A line may be used through its last day."
        if line.purpose != purpose || line.last_day < self.today() {
            return Err(Refusal::BudgetUnusable);
        }
        Ok(line)
    }

    pub(crate) fn open_budget(
        &mut self,
        signers: &[Signer],
        it: &OpenBudget,
    ) -> Result<(), Refusal> {
        self.organisation(it.scope)?;
        if self.budgets.contains_key(&it.budget) {
            return Err(Refusal::Exists);
        }
        // "which is today at the earliest when it is opened"
        if it.last_day < self.today() {
            return Err(Refusal::DayPast);
        }
        if it.minutes == 0
            || it.minutes > LINE_MINUTES_MAX
            || self.budgeted + it.minutes > ALL_LINES_MINUTES_MAX
        {
            return Err(Refusal::BadAmount);
        }
        self.check_treasurers(signers, it.scope)?;
        let line = BudgetView {
            scope: it.scope,
            purpose: it.purpose,
            minutes: it.minutes,
            reserved: 0,
            used: 0,
            last_day: it.last_day,
        };
        self.budgets.insert(it.budget, line);
        self.budgeted += it.minutes;
        Ok(())
    }

    pub(crate) fn fund_pool(&mut self, signers: &[Signer], it: &FundPool) -> Result<(), Refusal> {
        let line = self.usable_budget(it.budget, Purpose::Fund)?;
        self.organisation(it.pool.organisation)?;
        // "The pool's organisation lies within the scope." "Minting never exceeds its budget line."
        let left = line.minutes - line.reserved - line.used;
        if !self.covers(line.scope, it.pool.organisation) || it.minutes > left {
            return Err(Refusal::BudgetUnusable);
        }
        if it.minutes == 0 {
            return Err(Refusal::BadAmount);
        }
        self.check_treasurers(signers, line.scope)?;
        self.known_budget(it.budget).used += it.minutes;
        self.supply.issued_fund += it.minutes;
        self.fill_pool(it.pool, it.minutes);
        Ok(())
    }

    pub(crate) fn grant(&mut self, signers: &[Signer], it: &Grant) -> Result<(), Refusal> {
        let line = self.usable_budget(it.budget, Purpose::Grant)?;
        let left = line.minutes - line.reserved - line.used;
        let total = self.check_grantees(
            &it.accounts,
            it.programme,
            line.scope,
            it.minutes,
            it.expiry,
        )?;
        if total > left {
            return Err(Refusal::BudgetUnusable);
        }
        self.check_treasurers(signers, line.scope)?;
        self.known_budget(it.budget).used += total;
        self.supply.issued_grant += total;
        for account in &it.accounts {
            let district = self.home_district(*account);
            self.note_grant(district, it.minutes);
            self.credit(*account, it.minutes, Source::Granted, it.expiry);
        }
        Ok(())
    }

    pub(crate) fn spend_pool(&mut self, signers: &[Signer], it: &SpendPool) -> Result<(), Refusal> {
        let organisation = it.pool.organisation;
        self.organisation(organisation)?;
        if it.pool.kind == PoolKind::Reserve {
            return Err(Refusal::BudgetUnusable);
        }
        let total = self.check_grantees(
            &it.accounts,
            it.programme,
            organisation,
            it.minutes,
            it.expiry,
        )?;
        if total > self.pool(it.pool) {
            return Err(Refusal::BudgetUnusable);
        }
        self.check_treasurers(signers, organisation)?;
        self.drain_pool(it.pool, total);
        for account in &it.accounts {
            self.credit(*account, it.minutes, Source::Granted, it.expiry);
        }
        Ok(())
    }

    /// "Grants and pool spending only to accounts with the programme": each a person, "home within the scope, not closed".
    /// Gives the minutes of all together.
    fn check_grantees(
        &self,
        accounts: &[AccountId],
        programme: ProgrammeCode,
        scope: OrganisationId,
        minutes: Minutes,
        expiry: Option<Day>,
    ) -> Result<Minutes, Refusal> {
        let sorted = accounts.windows(2).all(|pair| pair[0] < pair[1]);
        if accounts.is_empty() || accounts.len() > ACCOUNTS_MAX || !sorted {
            return Err(Refusal::BadList);
        }
        if minutes == 0 {
            return Err(Refusal::BadAmount);
        }
        // "Expiry ≥ today."
        if expiry.is_some_and(|day| day < self.today()) {
            return Err(Refusal::DayPast);
        }
        for id in accounts {
            let account = self.person(*id)?;
            if !account.programmes.contains(&programme) {
                return Err(Refusal::WrongProgramme);
            }
            if !self.covers(scope, account.home) {
                return Err(Refusal::BudgetUnusable);
            }
        }
        // More than any number holds is more than any line or pool has.
        let total = minutes.checked_mul(accounts.len() as u64);
        total.ok_or(Refusal::BudgetUnusable)
    }
}
