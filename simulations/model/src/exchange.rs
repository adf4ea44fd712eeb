//! Gifts, donations, merchants and redemption.

use crate::account::Account;
use crate::genesis::{Level, Role};
use crate::id::{AccountId, OrganisationId, PoolKind, Signer};
use crate::model::Model;
use crate::operation::account::ProxyScope;
use crate::operation::value::{Donate, Gift, Redeem, RegisterMerchant, SetItems, SettleMerchant};
use crate::policy::{Parameter, Value};
use crate::refusal::Refusal;
use crate::signing::{Needs, first_met};
use crate::time::Minutes;
use crate::view::{Kind, Source, Status};

/// The most items of a merchant.
const ITEMS_MAX: usize = 200;

impl Model {
    pub(crate) fn gift(&mut self, signers: &[Signer], it: &Gift) -> Result<(), Refusal> {
        // "Only the holder gives and donates, never a proxy."
        Needs::new(self, signers).holder(it.from).solve()?;
        self.living(it.to)?;
        if !self.are_kin(it.from, it.to) {
            return Err(Refusal::NotKin);
        }
        self.check_spending_some(it.from, it.minutes)?;
        self.take(it.from, it.minutes);
        // "Minutes received from others are earned, without expiry."
        self.credit(it.to, it.minutes, Source::Earned, None);
        Ok(())
    }

    pub(crate) fn donate(&mut self, signers: &[Signer], it: &Donate) -> Result<(), Refusal> {
        Needs::new(self, signers).holder(it.from).solve()?;
        self.organisation(it.pool.organisation)?;
        // "Donate: to a donation pool"
        if it.pool.kind != PoolKind::Donation {
            return Err(Refusal::BudgetUnusable);
        }
        self.check_spending_some(it.from, it.minutes)?;
        self.take(it.from, it.minutes);
        self.fill_pool(it.pool, it.minutes);
        Ok(())
    }

    fn check_spending_some(&self, id: AccountId, minutes: Minutes) -> Result<(), Refusal> {
        if minutes == 0 {
            return Err(Refusal::BadAmount);
        }
        self.check_spending(id, minutes)
    }

    pub(crate) fn register_merchant(
        &mut self,
        signers: &[Signer],
        it: &RegisterMerchant,
    ) -> Result<(), Refusal> {
        self.check_level(it.home, Level::Street)?;
        if self.accounts.contains_key(&it.account) {
            return Err(Refusal::Exists);
        }
        Needs::new(self, signers)
            .role(Role::Treasurer, it.home)
            .role(Role::Treasurer, it.home)
            .key(it.key)
            .solve()?;
        let account = Account::new(Kind::Merchant, it.home, Some(it.key));
        self.insert_account(it.account, account);
        Ok(())
    }

    fn merchant(&self, id: AccountId) -> Result<&Account, Refusal> {
        let account = self.living(id)?;
        if account.kind != Kind::Merchant {
            return Err(Refusal::WrongAccount);
        }
        Ok(account)
    }

    pub(crate) fn set_items(&mut self, signers: &[Signer], it: &SetItems) -> Result<(), Refusal> {
        let home = self.merchant(it.merchant)?.home;
        let sorted = it.items.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if !sorted || it.items.len() > ITEMS_MAX {
            return Err(Refusal::BadList);
        }
        if it.items.iter().any(|(_, price)| *price == 0) {
            return Err(Refusal::BadAmount);
        }
        Needs::new(self, signers)
            .account(it.merchant)
            .role(Role::Treasurer, home)
            .solve()?;
        // "A merchant whose items are set to none stays registered and sells nothing."
        self.known(it.merchant).items = it.items.iter().copied().collect();
        Ok(())
    }

    pub(crate) fn redeem(&mut self, signers: &[Signer], it: &Redeem) -> Result<(), Refusal> {
        let merchant = self.merchant(it.merchant)?;
        // "an active merchant and item", at its price.
        if merchant.status != Status::Active {
            return Err(Refusal::AccountFrozen);
        }
        if merchant.items.get(&it.item) != Some(&it.minutes) {
            return Err(Refusal::NotThere);
        }
        let holder = self.living(it.holder)?;
        if holder.kind == Kind::Merchant {
            return Err(Refusal::WrongAccount);
        }
        let district = self.district_of(holder.home);
        // "The threshold is compared with what is spendable before redeeming."
        if self.spendable(it.holder) < self.number(Parameter::RedemptionThreshold, district) {
            return Err(Refusal::BelowThreshold);
        }
        self.check_redemption_programmes(holder, district)?;
        self.check_spending(it.holder, it.minutes)?;
        let by_proxy = |signer| self.acting_proxy(it.holder, signer, ProxyScope::Redemption);
        let merchant_signs = || Needs::new(self, signers).account(it.merchant);
        let (way, chosen) = first_met([
            merchant_signs().holder(it.holder).solve(),
            merchant_signs()
                .one_of(|signer| by_proxy(signer).is_some())
                .solve(),
        ])?;
        let proxy = (way == 1).then(|| by_proxy(chosen[1])).flatten();
        if let Some(proxy) = proxy {
            self.check_proxy_limit(it.holder, proxy, it.minutes)?;
            self.use_proxy(it.holder, proxy, it.minutes);
        }
        // "goods burn"; "what districts owe merchants is a memo"
        self.take(it.holder, it.minutes);
        self.supply.redeemed += it.minutes;
        self.known(it.merchant).owed += it.minutes;
        let to = self.home_district(it.merchant);
        let minutes = i64::try_from(it.minutes).expect("no more than the supply");
        self.note_flow(district, to, minutes);
        Ok(())
    }

    /// "Where both city and district name programmes, the holder belongs to one of each."
    fn check_redemption_programmes(
        &self,
        holder: &Account,
        district: OrganisationId,
    ) -> Result<(), Refusal> {
        for value in self.redemption_programmes(district) {
            let Value::Programmes(programmes) = value else {
                continue;
            };
            let belongs = programmes.iter().any(|it| holder.programmes.contains(it));
            if !programmes.is_empty() && !belongs {
                return Err(Refusal::WrongProgramme);
            }
        }
        Ok(())
    }

    pub(crate) fn settle_merchant(
        &mut self,
        signers: &[Signer],
        it: &SettleMerchant,
    ) -> Result<(), Refusal> {
        let merchant = self.merchant(it.merchant)?;
        if it.minutes == 0 || it.minutes > merchant.owed {
            return Err(Refusal::BadAmount);
        }
        Needs::new(self, signers)
            .role(Role::Treasurer, merchant.home)
            .role(Role::Treasurer, merchant.home)
            .account(it.merchant)
            .solve()?;
        self.known(it.merchant).owed -= it.minutes;
        Ok(())
    }
}
