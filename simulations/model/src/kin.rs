//! Kin links and the allowances that go with them.

use crate::genesis::Role;
use crate::id::{AccountId, Signer};
use crate::model::Model;
use crate::operation::account::{LinkKin, ProxyScope, SetKinAllowance, UnlinkKin};
use crate::order::TOMBSTONE_MS;
use crate::policy::Parameter;
use crate::refusal::Refusal;
use crate::signing::{Needs, first_met};
use crate::time::{Day, Milliseconds, Minutes, Month};

/// Two accounts in order: of a link both orders are kept, of an allowance payer first.
pub(crate) type Pair = (AccountId, AccountId);

/// What a kin's orders may draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) minutes_per_month: Minutes,
    pub(crate) last_day: Day,
    pub(crate) used: MonthlyUse,
}

/// Minutes used in a calendar month; another month begins at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MonthlyUse {
    month: Month,
    minutes: Minutes,
}

impl MonthlyUse {
    pub(crate) const fn within(self, month: Month) -> Minutes {
        if self.month == month { self.minutes } else { 0 }
    }

    pub(crate) const fn add(&mut self, month: Month, minutes: Minutes) {
        self.minutes = self.within(month) + minutes;
        self.month = month;
    }
}

impl Model {
    pub(crate) fn are_kin(&self, one: AccountId, other: AccountId) -> bool {
        self.kin.contains(&(one, other))
    }

    /// Kin now or "at any time since the service began", or a minor and its legal guardian, who "counts as kin". "The end
    /// of a link is remembered for 397 days".
    pub(crate) fn were_related(
        &self,
        one: AccountId,
        other: AccountId,
        since_ms: Milliseconds,
    ) -> bool {
        let ended_ms = self.kin_ended.get(&(one, other)).copied();
        let remembered = ended_ms.filter(|it| self.now_ms < it + TOMBSTONE_MS);
        self.are_related(one, other) || remembered.is_some_and(|it| it >= since_ms)
    }

    /// Kin, or a minor and its legal guardian, who "counts as kin".
    pub(crate) fn are_related(&self, one: AccountId, other: AccountId) -> bool {
        self.are_kin(one, other)
            || self.legal_guardian(one) == Some(other)
            || self.legal_guardian(other) == Some(one)
    }

    fn count_kin(&self, id: AccountId) -> u64 {
        let (least, greatest) = (AccountId([0; 20]), AccountId([u8::MAX; 20]));
        self.kin.range((id, least)..=(id, greatest)).count() as u64
    }

    pub(crate) fn link_kin(&mut self, signers: &[Signer], it: &LinkKin) -> Result<(), Refusal> {
        if it.account == it.kin {
            return Err(Refusal::SameAccount);
        }
        for id in [it.account, it.kin] {
            self.person(id)?;
            let district = self.home_district(id);
            if self.count_kin(id) >= self.number(Parameter::KinMax, district) {
                return Err(Refusal::LimitReached);
            }
        }
        if self.are_kin(it.account, it.kin) {
            return Err(Refusal::Exists);
        }
        let homes = [self.person(it.account)?.home, self.person(it.kin)?.home];
        let needs = Needs::new(self, signers).staff(|id, entry| {
            entry.roles.contains(&Role::Registrar)
                    && homes.iter().any(|home| self.covers(id.organisation, *home))
                    // "The registrar is neither of them nor a proxy who signed."
                    && entry.person != it.account
                    && entry.person != it.kin
        });
        let needs = self.kin_side(needs, it.account, it.kin)?;
        let needs = self.kin_side(needs, it.kin, it.account)?;
        needs.solve_where(|chosen| {
            let registrar = self.person_of(chosen[0]);
            let others = &chosen[1..];
            others.iter().all(|it| self.person_of(*it) != registrar)
        })?;
        self.kin.insert((it.account, it.kin));
        self.kin.insert((it.kin, it.account));
        Ok(())
    }

    /// "A keyless person is signed for by an acting proxy for orders, who is not the other side."
    fn kin_side<'a>(
        &self,
        needs: Needs<'a>,
        id: AccountId,
        other: AccountId,
    ) -> Result<Needs<'a>, Refusal> {
        if self.person(id)?.key.is_some() {
            return Ok(needs.holder(id));
        }
        Ok(needs.one_of(|signer| {
            self.acting_proxy(id, signer, ProxyScope::Orders).is_some()
                && self.person_of(signer) != Some(other)
        }))
    }

    pub(crate) fn unlink_kin(&mut self, signers: &[Signer], it: &UnlinkKin) -> Result<(), Refusal> {
        if !self.are_kin(it.account, it.kin) {
            return Err(Refusal::NotKin);
        }
        // "Either ends a link, a keyless one by its proxy."
        let one = self.kin_side(Needs::new(self, signers), it.account, it.kin);
        let other = self.kin_side(Needs::new(self, signers), it.kin, it.account);
        first_met([one.and_then(Needs::solve), other.and_then(Needs::solve)])?;
        for pair in [(it.account, it.kin), (it.kin, it.account)] {
            self.kin.remove(&pair);
            self.kin_ended.insert(pair, self.now_ms);
            self.end_allowance(pair);
        }
        Ok(())
    }

    pub(crate) fn set_kin_allowance(
        &mut self,
        signers: &[Signer],
        it: &SetKinAllowance,
    ) -> Result<(), Refusal> {
        self.person(it.payer)?;
        if !self.are_kin(it.payer, it.kin) {
            return Err(Refusal::NotKin);
        }
        let pair = (it.payer, it.kin);
        let ends = it.minutes_per_month == 0;
        if ends && !self.allowances.contains_key(&pair) {
            return Err(Refusal::NotThere);
        }
        if !ends {
            // "Closed accounts are not linked, and allowances for them are not set but only ended."
            self.person(it.kin)?;
            if it.last_day < self.today() {
                return Err(Refusal::DayPast);
            }
        }
        // "Only a person with a key sets an allowance."
        Needs::new(self, signers).holder(it.payer).solve()?;
        if ends {
            self.end_allowance(pair);
            return Ok(());
        }
        // "A new allowance keeps what was used this month, even when the old one, or the link itself, was ended in between."
        let earlier = self.allowances.get(&pair).map(|earlier| earlier.used);
        let used = earlier.or_else(|| self.ended_allowances.get(&pair).copied());
        let allowance = Allowance {
            minutes_per_month: it.minutes_per_month,
            last_day: it.last_day,
            used: used.unwrap_or_default(),
        };
        self.allowances.insert(pair, allowance);
        Ok(())
    }

    /// Takes an allowance back; what was used of it counts until the month is over.
    fn end_allowance(&mut self, pair: Pair) {
        if let Some(allowance) = self.allowances.remove(&pair) {
            self.ended_allowances.insert(pair, allowance.used);
        }
    }

    /// Whether the payer's allowance covers this much more for the kin's orders today.
    pub(crate) fn allowance_covers(&self, pair: Pair, minutes: Minutes) -> bool {
        self.allowances.get(&pair).is_some_and(|allowance| {
            let used = allowance.used.within(self.this_month());
            allowance.last_day >= self.today() && used + minutes <= allowance.minutes_per_month
        })
    }

    pub(crate) fn use_allowance(&mut self, pair: Pair, minutes: Minutes) {
        let month = self.this_month();
        if let Some(allowance) = self.allowances.get_mut(&pair) {
            allowance.used.add(month, minutes);
        }
    }
}
