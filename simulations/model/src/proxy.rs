//! Proxies: who may act for a principal, in what and how far.

use crate::genesis::{Role, StaffEntry};
use crate::id::{AccountId, OrganisationId, Signer, StaffId};
use crate::kin::MonthlyUse;
use crate::model::Model;
use crate::operation::account::{AppointProxy, ProxyHolder, ProxyScope, RevokeProxy};
use crate::policy::Parameter;
use crate::refusal::Refusal;
use crate::signing::{Needs, first_met};
use crate::time::{Day, HOUR_MS, Milliseconds, Minutes};

/// "Their proxy is appointed by the same two and acts after 24 h."
const KEYLESS_WAIT_MS: Milliseconds = 24 * HOUR_MS;

/// A proxy's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// "A clerk is appointed as a human."
    pub(crate) person: AccountId,
    pub(crate) scope: ProxyScope,
    pub(crate) minutes_per_month: Minutes,
    pub(crate) last_day: Day,
    pub(crate) acts_from_ms: Milliseconds,
    pub(crate) used: MonthlyUse,
}

impl Model {
    /// As whom somebody may act for the principal now, in this scope.
    pub(crate) fn acting_proxy(
        &self,
        principal: AccountId,
        signer: Signer,
        scope: ProxyScope,
    ) -> Option<ProxyHolder> {
        let holder = match signer {
            Signer::Account(id) => ProxyHolder::Account(id),
            Signer::Staff(id) => ProxyHolder::Clerk(id),
            Signer::Key(_) => return None,
        };
        let proxy = self.proxies.get(&(principal, holder))?;
        let in_scope = proxy.scope == scope || proxy.scope == ProxyScope::OrdersAndRedemption;
        let in_time = proxy.acts_from_ms <= self.now_ms && self.today() <= proxy.last_day;
        let able = match holder {
            ProxyHolder::Account(_) => true,
            // "A clerk has the role in an organisation that serves the principal's home, when appointed and whenever it
            // acts. When the staff number passes to somebody else, its proxies do not."
            ProxyHolder::Clerk(id) => {
                let home = self.accounts.get(&principal)?.home;
                self.clerk_person(id, home) == Some(proxy.person)
            }
        };
        (in_scope && in_time && able).then_some(holder)
    }

    /// The human of a clerk who serves this street.
    fn clerk_person(&self, id: StaffId, home: OrganisationId) -> Option<AccountId> {
        let entry = self.staff.get(&id)?;
        let serves = entry.roles.contains(&Role::Clerk) && self.serves(id.organisation, home);
        serves.then_some(entry.person)
    }

    /// Whether a proxy may commit this much more this month: "a proxy's month, whatever its appointment says".
    pub(crate) fn check_proxy_limit(
        &self,
        principal: AccountId,
        holder: ProxyHolder,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        let proxy = self.proxies.get(&(principal, holder));
        let proxy = proxy.ok_or(Refusal::MissingSignature)?;
        let policy = self.number(Parameter::ProxyMonthlyLimit, self.home_district(principal));
        let limit = proxy.minutes_per_month.min(policy);
        if proxy.used.within(self.this_month()) + minutes > limit {
            return Err(Refusal::ProxyLimit);
        }
        Ok(())
    }

    pub(crate) fn use_proxy(
        &mut self,
        principal: AccountId,
        holder: ProxyHolder,
        minutes: Minutes,
    ) {
        let month = self.this_month();
        if let Some(proxy) = self.proxies.get_mut(&(principal, holder)) {
            proxy.used.add(month, minutes);
        }
    }

    pub(crate) fn appoint_proxy(
        &mut self,
        signers: &[Signer],
        it: &AppointProxy,
    ) -> Result<(), Refusal> {
        let principal = self.person(it.principal)?;
        let person = match it.proxy {
            ProxyHolder::Account(id) => {
                // Without a key nobody signs for another.
                if self.person(id)?.key.is_none() {
                    return Err(Refusal::WrongAccount);
                }
                id
            }
            ProxyHolder::Clerk(id) => self
                .clerk_person(id, principal.home)
                .ok_or(Refusal::BadStaff)?,
        };
        if person == it.principal {
            return Err(Refusal::SameAccount);
        }
        if it.last_day < self.today() {
            return Err(Refusal::DayPast);
        }
        let key = (it.principal, it.proxy);
        let earlier = self.proxies.get(&key);
        let most = self.number(Parameter::ProxiesMax, self.home_district(it.principal));
        // "An expired proxy counts towards the limit of proxies until it is revoked."
        if earlier.is_none() && self.count_proxies(it.principal) >= most {
            return Err(Refusal::LimitReached);
        }
        let acts_from_ms = if principal.key.is_some() {
            Needs::new(self, signers).holder(it.principal).solve()?;
            self.now_ms
        } else {
            // "Neither of the two who appoint for a keyless principal is the proxy or the principal."
            let home = principal.home;
            let outsider = |role: Role, id: StaffId, entry: &StaffEntry| {
                entry.roles.contains(&role)
                    && self.covers(id.organisation, home)
                    && entry.person != person
                    && entry.person != it.principal
            };
            Needs::new(self, signers)
                .staff(|id, entry| outsider(Role::Registrar, id, entry))
                .staff(|id, entry| outsider(Role::SocialWorker, id, entry))
                .solve()?;
            self.now_ms + KEYLESS_WAIT_MS
        };
        let proxy = Proxy {
            person,
            scope: it.scope,
            minutes_per_month: it.minutes_per_month,
            last_day: it.last_day,
            acts_from_ms,
            // "keeps what it committed this month (even when it was revoked in between)"
            used: match earlier {
                Some(earlier) => earlier.used,
                None => {
                    let ended = self.ended_proxies.get(&(key, person));
                    ended.copied().unwrap_or_default()
                }
            },
        };
        self.proxies.insert(key, proxy);
        Ok(())
    }

    fn count_proxies(&self, principal: AccountId) -> u64 {
        let least = (principal, ProxyHolder::Account(AccountId([0; 20])));
        let of_principal = self.proxies.range(least..);
        of_principal
            .take_while(|(key, _)| key.0 == principal)
            .count() as u64
    }

    pub(crate) fn revoke_proxy(
        &mut self,
        signers: &[Signer],
        it: &RevokeProxy,
    ) -> Result<(), Refusal> {
        let principal = self.account(it.principal)?;
        let key = (it.principal, it.proxy);
        let proxy = self.proxies.get(&key).ok_or(Refusal::NotThere)?;
        let itself = |signer| match (it.proxy, signer) {
            (ProxyHolder::Account(id), Signer::Account(by)) => id == by,
            (ProxyHolder::Clerk(id), Signer::Staff(by)) => {
                id == by && self.person_of(signer) == Some(proxy.person)
            }
            _ => false,
        };
        // "The principal, the proxy itself, or for a keyless principal those two roles, end it."
        let of_principal = if principal.key.is_some() {
            Needs::new(self, signers).holder(it.principal)
        } else {
            Needs::new(self, signers).two_others(
                [Role::Registrar, Role::SocialWorker],
                principal.home,
                &[it.principal],
            )
        };
        first_met([
            of_principal.solve(),
            Needs::new(self, signers).one_of(itself).solve(),
        ])?;
        if let Some(proxy) = self.proxies.remove(&key) {
            let human = proxy.person;
            self.ended_proxies.insert((key, human), proxy.used);
        }
        Ok(())
    }
}
