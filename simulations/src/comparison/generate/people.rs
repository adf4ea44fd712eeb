//! What people arrange between them: kin, allowances, proxies, members.

use ledger_core::amount::Minutes;
use ledger_core::id::AccountId;
use ledger_core::record::kin::Relation;
use ledger_core::record::organisation::Role;
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::transaction::Signer;
use ledger_core::transaction::account::{
    AppointProxy, LinkKin, RevokeProxy, SetKinAllowance, SetMembers, UnlinkKin,
};

use super::{Draft, Scene};

impl Scene<'_> {
    pub(super) fn between_people(&mut self) -> Option<Draft> {
        match self.random.below(100) {
            0..32 => self.link_kin(),
            32..42 => self.unlink_kin(),
            42..60 => self.set_allowance(),
            60..78 => self.appoint_proxy(),
            78..86 => self.revoke_proxy(),
            _ => self.set_members(),
        }
    }

    fn link_kin(&mut self) -> Option<Draft> {
        let (account, kin) = (self.person(), self.person());
        let near = if self.random.happens(500) {
            account
        } else {
            kin
        };
        let home = self.home_of(near);
        let mut signers = Vec::new();
        for one in [account, kin] {
            for signer in self.acting_with_consent(one) {
                if !signers.contains(&signer) {
                    signers.push(signer);
                }
            }
        }
        signers.push(self.staff(Role::Registrar, home)?);
        let relation = self.one_of(&[
            Relation::Spouse,
            Relation::Parent,
            Relation::Child,
            Relation::ChildInLaw,
            Relation::ParentInLaw,
            Relation::Sibling,
            Relation::Grandparent,
            Relation::Grandchild,
        ]);
        Some(Draft::new(
            LinkKin {
                account,
                kin,
                relation,
            },
            signers,
        ))
    }

    /// Two who are linked, mostly.
    fn pair(&mut self) -> Option<(AccountId, AccountId)> {
        let linked: Vec<_> = self.books.kin.keys().copied().collect();
        match self.some_of(&linked) {
            Some(pair) if !self.random.happens(80) => Some(pair),
            _ => Some((self.person(), self.person())),
        }
    }

    fn unlink_kin(&mut self) -> Option<Draft> {
        let (account, kin) = self.pair()?;
        let by = if self.random.happens(700) {
            account
        } else {
            kin
        };
        let signers = self.acting_with_consent(by);
        Some(Draft::new(UnlinkKin { account, kin }, signers))
    }

    fn set_allowance(&mut self) -> Option<Draft> {
        let (payer, kin) = self.pair()?;
        let operation = SetKinAllowance {
            payer,
            kin,
            minutes_per_month: if self.random.happens(100) {
                Minutes::ZERO
            } else {
                Minutes(60 * (1 + self.random.below(4)))
            },
            last_day: self.later_day(),
        };
        let signers = self.consent(payer);
        Some(Draft::new(operation, signers))
    }

    /// Those who decide for `principal`: itself, or the office for a keyless one.
    fn deciding(&mut self, principal: AccountId) -> Option<Vec<Signer>> {
        if self.is_keyless(principal) {
            let home = self.home_of(principal);
            self.two_staff([Role::Registrar, Role::SocialWorker], home)
        } else {
            Some(self.consent(principal))
        }
    }

    fn appoint_proxy(&mut self) -> Option<Draft> {
        let principal = match self.newcomer() {
            Some(newcomer) if self.random.happens(400) => newcomer,
            _ => self.person(),
        };
        let proxy = if self.random.happens(500) {
            let home = self.home_of(principal);
            match self.staff_serving(&[Role::Clerk], home)? {
                Signer::Staff(clerk) => ProxyHolder::Clerk(clerk),
                Signer::Account(_) | Signer::Key(_) => return None,
            }
        } else {
            ProxyHolder::Account(self.person())
        };
        let operation = AppointProxy {
            principal,
            proxy,
            scope: self.one_of(&[
                ProxyScope::Orders,
                ProxyScope::Redemption,
                ProxyScope::OrdersAndRedemption,
                ProxyScope::OrdersAndRedemption,
            ]),
            minutes_per_month: if self.random.happens(50) {
                Minutes::ZERO
            } else {
                Minutes(60 * (1 + self.random.below(5)))
            },
            last_day: self.later_day(),
        };
        let signers = self.deciding(principal)?;
        Some(Draft::new(operation, signers))
    }

    fn revoke_proxy(&mut self) -> Option<Draft> {
        let appointed: Vec<_> = self.books.proxies.keys().copied().collect();
        let (principal, proxy) = match self.some_of(&appointed) {
            Some(pair) if !self.random.happens(80) => pair,
            _ => (self.person(), ProxyHolder::Account(self.person())),
        };
        let signers = if self.random.happens(300) {
            match proxy {
                ProxyHolder::Account(account) => vec![Signer::Account(account)],
                ProxyHolder::Clerk(clerk) => vec![Signer::Staff(clerk)],
            }
        } else {
            self.deciding(principal)?
        };
        Some(Draft::new(RevokeProxy { principal, proxy }, signers))
    }

    fn set_members(&mut self) -> Option<Draft> {
        let group = match self.group() {
            Some(group) if !self.random.happens(40) => group,
            _ => self.person(),
        };
        let home = self.home_of(group);
        let mut add = vec![self.person()];
        if self.random.happens(400) {
            add.push(self.person());
        }
        let members = self.books.members.get(&group).map(|it| it.members.clone());
        let mut remove: Vec<AccountId> = Vec::new();
        if let Some(member) = members.and_then(|it| self.some_of(&it))
            && self.random.happens(400)
        {
            remove.push(member);
        }
        if self.random.happens(60) {
            remove.push(self.person());
        }
        if self.random.happens(300) {
            add.clear();
        }
        if !self.random.happens(50) {
            add.sort();
            add.dedup();
            remove.sort();
        }
        let registrar = self.staff(Role::Registrar, home)?;
        Some(Draft::new(
            SetMembers { group, add, remove },
            vec![Signer::Account(group), registrar],
        ))
    }
}
