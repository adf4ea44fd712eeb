//! Proxies: who may act for a principal, and how much it has committed this month.
//!
//! [`acting_for`] is the one place that decides whose signature stands for a principal; orders, kin links and redemption
//! all ask it. A proxy always acts under its own name, so that rules about different people see the human who signed.
//! What a proxy committed outlives its appointment until the month is over: ending and renewing it gives nothing back.

use std::rc::Rc;

use super::context::Context;
use super::kin::resume_use;
use super::rejection::{Refusal, Rejection};
use super::standing::require_open;
use crate::amount::Minutes;
use crate::id::AccountId;
use crate::receipt::Entry;
use crate::record::account::{AccountRecord, Delegate};
use crate::record::kin::MonthlyUse;
use crate::record::organisation::Role;
use crate::record::policy::PolicyParameter;
use crate::record::proxy::{ProxyHolder, ProxyRecord, ProxyScope};
use crate::state::StateKey;
use crate::time::DAY_MS;
use crate::transaction::Signer;
use crate::transaction::account as operation;

/// How long a proxy of a keyless person waits before it acts, so that the person can object.
pub(crate) const KEYLESS_PROXY_DELAY_MS: u64 = DAY_MS;

/// In what a proxy is asked to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActsIn {
    /// Orders and kin links.
    Orders,
    /// Redemption.
    Redemption,
}

impl ActsIn {
    const fn is_inside(self, scope: ProxyScope) -> bool {
        match self {
            ActsIn::Orders => scope.covers_orders(),
            ActsIn::Redemption => scope.covers_redemption(),
        }
    }
}

/// Whose signature stands for a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Acting {
    /// The signature.
    pub(crate) signer: Signer,
    /// The human behind it.
    pub(crate) person: AccountId,
    /// The proxy it signed as; none when the principal signed.
    pub(crate) proxy: Option<ProxyHolder>,
}

/// The principal's own signature, or else that of a proxy who may act now. Puts it to use. Nobody in `parties`, the
/// people whose interest is the other one, may act as proxy.
///
/// Whoever fills another part already, as payer, guardian or provider, acts here only where nobody else is left: first comes
/// the principal, then proxies, whose signature is of no other use; then again the principal, then proxies, whose signature
/// is. So the caller puts to use first what its other parts need, and whose month is charged never depends on an id unless
/// several sign who all fill another part.
pub(crate) fn acting_for(
    context: &mut Context<'_, '_>,
    principal: AccountId,
    acts_in: ActsIn,
    parties: &[AccountId],
) -> Result<Acting, Refusal> {
    let signer = Signer::Account(principal);
    let own = Acting {
        signer,
        person: principal,
        proxy: None,
    };
    let free = context.signers.unused();
    let has_signed = context.signers.has(signer);
    if free.contains(&signer) {
        return Ok(own);
    }
    match first_acting(context, principal, acts_in, parties, &free) {
        Err(Refusal::Rejected(_)) if has_signed => Ok(own),
        Err(Refusal::Rejected(_)) => acting_proxy(context, principal, acts_in, parties),
        acting => acting,
    }
}

/// The signature of a proxy of `principal` who may act now. Puts it to use. Nobody in `parties` may act as proxy.
///
/// # Errors
/// The principal's signature is missing when no proxy has signed; else what keeps the first of them from acting.
pub(crate) fn acting_proxy(
    context: &mut Context<'_, '_>,
    principal: AccountId,
    acts_in: ActsIn,
    parties: &[AccountId],
) -> Result<Acting, Refusal> {
    let signers = context.signers.all();
    first_acting(context, principal, acts_in, parties, &signers)
}

/// The first of `signers` who is a proxy of `principal` and may act now. Puts its signature to use.
fn first_acting(
    context: &mut Context<'_, '_>,
    principal: AccountId,
    acts_in: ActsIn,
    parties: &[AccountId],
    signers: &[Signer],
) -> Result<Acting, Refusal> {
    let record = context.person(principal)?;
    require_open(principal, &record)?;
    let mut obstacle = None;
    for &signer in signers {
        let proxy = match signer {
            Signer::Account(account) => ProxyHolder::Account(account),
            Signer::Staff(staff) => ProxyHolder::Clerk(staff),
            Signer::Key(_) => continue,
        };
        let Some(appointed) = context.load::<ProxyRecord>(&StateKey::Proxy(principal, proxy))?
        else {
            continue;
        };
        match check_acting(context, &record, proxy, &appointed, acts_in, parties) {
            Ok(person) => {
                context.signers.require(signer)?;
                return Ok(Acting {
                    signer,
                    person,
                    proxy: Some(proxy),
                });
            }
            Err(Refusal::Rejected(rejection)) => {
                obstacle.get_or_insert(rejection);
            }
            Err(error @ Refusal::State(_)) => return Err(error),
        }
    }
    let signer = Signer::Account(principal);
    Err(obstacle
        .unwrap_or(Rejection::SignatureMissing { signer })
        .into())
}

/// Checks that `proxy` may act now; the person behind it.
fn check_acting(
    context: &Context<'_, '_>,
    principal: &AccountRecord,
    proxy: ProxyHolder,
    appointed: &ProxyRecord,
    acts_in: ActsIn,
    parties: &[AccountId],
) -> Result<AccountId, Refusal> {
    if !acts_in.is_inside(appointed.scope) {
        let scope = appointed.scope;
        return Err(Rejection::ProxyOutOfScope { proxy, scope }.into());
    }
    let active_from_ms = appointed.active_from_ms;
    if context.block.time_ms < active_from_ms {
        return Err(Rejection::ProxyNotActiveYet {
            proxy,
            active_from_ms,
        }
        .into());
    }
    let (last_day, today) = (appointed.last_day, context.block.today());
    if today > last_day {
        return Err(Rejection::ProxyExpired {
            proxy,
            last_day,
            today,
        }
        .into());
    }
    let person = person_behind(context, principal, proxy)?;
    if person != appointed.person {
        return Err(Rejection::ProxyPersonOther { proxy, person }.into());
    }
    if parties.contains(&person) {
        return Err(Rejection::ProxyIsParty { person }.into());
    }
    Ok(person)
}

/// The person behind `proxy`: a person's account, or a clerk's whose organisation serves the principal's home.
fn person_behind(
    context: &Context<'_, '_>,
    principal: &AccountRecord,
    proxy: ProxyHolder,
) -> Result<AccountId, Refusal> {
    match proxy {
        ProxyHolder::Account(account) => context.person(account).map(|_| account),
        ProxyHolder::Clerk(clerk) => {
            let staff = context.staff(clerk)?;
            let home = principal.home;
            if staff.has(Role::Clerk) && context.serves(clerk.organisation, home)? {
                Ok(staff.person)
            } else {
                Err(Rejection::ClerkNotEntitled { clerk, home }.into())
            }
        }
    }
}

/// Counts `minutes` that `acting` commits for `principal` against the month's limit: the tighter of the appointment's and
/// the policy's. The principal itself has no such limit.
pub(crate) fn use_proxy_minutes(
    context: &mut Context<'_, '_>,
    principal: AccountId,
    acting: Acting,
    minutes: Minutes,
) -> Result<(), Refusal> {
    let Some(proxy) = acting.proxy else {
        return Ok(());
    };
    let key = StateKey::Proxy(principal, proxy);
    let mut appointed: ProxyRecord = context
        .load(&key)?
        .ok_or(Rejection::ProxyUnknown { principal, proxy })?;
    let district = context.person(principal)?.home_district;
    let limit = context
        .policy_minutes(district, PolicyParameter::ProxyMonthlyLimit)?
        .min(appointed.minutes_per_month);
    let month = context.block.month();
    let used = appointed.used.in_month(month);
    let total = used.plus(minutes)?;
    if total > limit {
        return Err(Rejection::ProxyLimit {
            proxy,
            limit,
            used,
            requested: minutes,
        }
        .into());
    }
    appointed.used = MonthlyUse {
        month,
        minutes: total,
    };
    context.store(&key, &appointed);
    Ok(())
}

/// Lets another act for the principal.
pub(crate) fn appoint(
    context: &mut Context<'_, '_>,
    operation: &operation::AppointProxy,
) -> Result<(), Refusal> {
    let (principal, proxy) = (operation.principal, operation.proxy);
    let mut record = Rc::unwrap_or_clone(context.live_person(principal)?);
    let person = person_behind(context, &record, proxy)?;
    if person == principal {
        return Err(Rejection::ProxySelf { principal }.into());
    }
    if context.live_person(person)?.key.is_none() && matches!(proxy, ProxyHolder::Account(_)) {
        return Err(Rejection::ProxyKeyless { proxy }.into());
    }
    context.require_not_past(operation.last_day)?;
    let active_from_ms = if record.key.is_some() {
        context.require_consent(principal)?;
        context.block.time_ms
    } else {
        context.require_keyless_consent(&record, &[principal, person])?;
        context.block.time_ms.plus_ms(KEYLESS_PROXY_DELAY_MS)
    };
    let key = StateKey::Proxy(principal, proxy);
    let before: Option<ProxyRecord> = context.load(&key)?;
    if before.is_none() {
        let limit = context.policy_number(record.home_district, PolicyParameter::ProxiesMax)?;
        if u64::from(record.proxies) >= limit {
            return Err(Rejection::ProxiesTooMany { principal, limit }.into());
        }
        record.proxies = record.proxies.saturating_add(1);
    }
    let (month, delegate) = (context.block.month(), Delegate::Proxy(proxy, person));
    // New terms do not wipe out what the same human committed this month, even with an end in between.
    let used = match before {
        Some(before) if before.person == person => before.used,
        before => {
            if let Some(other) = before {
                record.end_use(Delegate::Proxy(proxy, other.person), other.used, month);
            }
            resume_use(&mut record, principal, delegate, month)?
        }
    };
    let appointed = ProxyRecord {
        person,
        scope: operation.scope,
        minutes_per_month: operation.minutes_per_month,
        last_day: operation.last_day,
        active_from_ms,
        used,
    };
    context.store(&key, &appointed);
    context.post(principal, &mut record, Entry::ProxyAppointed { proxy })?;
    context.store_account(principal, &record);
    Ok(())
}

/// Ends a proxy.
pub(crate) fn revoke(
    context: &mut Context<'_, '_>,
    operation: &operation::RevokeProxy,
) -> Result<(), Refusal> {
    let (principal, proxy) = (operation.principal, operation.proxy);
    let mut record = context.person(principal)?;
    let key = StateKey::Proxy(principal, proxy);
    let appointed: ProxyRecord = context
        .load(&key)?
        .ok_or(Rejection::ProxyUnknown { principal, proxy })?;
    let itself = match proxy {
        ProxyHolder::Account(account) => Signer::Account(account),
        ProxyHolder::Clerk(clerk) => Signer::Staff(clerk),
    };
    // The proxy alone; beside another it may be one of the two who decide for a keyless principal.
    if context.signers.all() == [itself] {
        // The number may have passed to somebody else since, who is not this proxy.
        if let Signer::Staff(staff) = itself
            && context.staff(staff)?.person != appointed.person
        {
            let person = context.staff(staff)?.person;
            return Err(Rejection::ProxyPersonOther { proxy, person }.into());
        }
        context.signers.require(itself)?;
    } else if record.key.is_some() {
        context.require_consent(principal)?;
    } else {
        context.require_keyless_consent(&record, &[principal])?;
    }
    record.proxies = record.proxies.saturating_sub(1);
    let delegate = Delegate::Proxy(proxy, appointed.person);
    record.end_use(delegate, appointed.used, context.block.month());
    context.state.delete(&key);
    context.post(principal, &mut record, Entry::ProxyRevoked { proxy })?;
    context.store_account(principal, &record);
    Ok(())
}
