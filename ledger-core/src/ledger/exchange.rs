//! Gifts, donations, merchants and redemption.
//!
//! Minutes leave an account here without an order: to kin, to a donation pool, or for goods, which burn them. What a
//! merchant is owed is a memo outside the supply.

use super::account::{require_home, require_new_key, store_opened};
use super::clearing::Counting;
use super::context::Context;
use super::kin::live_link;
use super::proxy::{ActsIn, acting_for, use_proxy_minutes};
use super::rejection::{Refusal, Rejection};
use super::standing::require_open;
use super::value::Income;
use crate::amount::Minutes;
use crate::id::{AccountId, ItemCode};
use crate::receipt::Entry;
use crate::record::account::{AccountKind, AccountRecord, AccountStatus, Item, ItemCatalogue};
use crate::record::budget::PoolKind;
use crate::record::organisation::Role;
use crate::record::policy::PolicyParameter;
use crate::state::StateKey;
use crate::transaction::Signer;
use crate::transaction::value::{self as operation, ITEMS_MAX};

/// Gives minutes to linked kin.
pub(crate) fn gift(
    context: &mut Context<'_, '_>,
    operation: &operation::Gift,
) -> Result<(), Refusal> {
    let (from, to, minutes) = (operation.from, operation.to, operation.minutes);
    if minutes.is_zero() {
        return Err(Rejection::MinutesZero.into());
    }
    context.live_person(from)?;
    context.live_person(to)?;
    context.require_consent(from)?;
    live_link(context, from, to)?;
    context.spend(from, minutes, Entry::GiftSent { to, minutes })?;
    context.credit(to, minutes, Income::Gift { from })?;
    Ok(())
}

/// Gives minutes to a donation pool.
pub(crate) fn donate(
    context: &mut Context<'_, '_>,
    operation: &operation::Donate,
) -> Result<(), Refusal> {
    let (from, pool, minutes) = (operation.from, operation.pool, operation.minutes);
    if minutes.is_zero() {
        return Err(Rejection::MinutesZero.into());
    }
    if pool.kind != PoolKind::Donation {
        return Err(Rejection::PoolNotDonation { pool }.into());
    }
    context.organisation(pool.organisation)?;
    spender(context, from)?;
    context.require_consent(from)?;
    context.spend(from, minutes, Entry::Donated { pool, minutes })?;
    context.fill_pool(pool, minutes, Entry::PoolReceived { from, minutes })
}

/// Opens a merchant's account.
pub(crate) fn register_merchant(
    context: &mut Context<'_, '_>,
    operation: &operation::RegisterMerchant,
) -> Result<(), Refusal> {
    let (home, key) = (operation.home, operation.key);
    let district = require_home(context, home)?;
    require_new_key(context, key)?;
    context.require_two_staff(Role::Treasurer, home)?;
    let merchant = AccountId::derive(context.transaction_id());
    let owed = Minutes::ZERO;
    store_opened(
        context,
        merchant,
        AccountRecord::new(AccountKind::Merchant { owed }, home, district, Some(key)),
    )
}

/// Replaces a merchant's items.
pub(crate) fn set_items(
    context: &mut Context<'_, '_>,
    operation: &operation::SetItems,
) -> Result<(), Refusal> {
    let merchant = operation.merchant;
    let mut record = context.account(merchant)?;
    require_merchant(merchant, &record)?;
    require_open(merchant, &record)?;
    check_items(&operation.items)?;
    context.signers.require(Signer::Account(merchant))?;
    context.require_staff(Role::Treasurer, record.home)?;
    let items = ItemCatalogue {
        items: operation.items.clone(),
    };
    context.store(&StateKey::Items(merchant), &items);
    context.post(merchant, &mut record, Entry::ItemsSet)?;
    context.store_account(merchant, &record);
    Ok(())
}

/// The account of somebody who has minutes to spend: a person or a group, not closed.
fn spender(context: &Context<'_, '_>, account: AccountId) -> Result<AccountRecord, Refusal> {
    let record = context.account(account)?;
    require_open(account, &record)?;
    match record.kind {
        AccountKind::Person { .. } | AccountKind::Group => Ok(record),
        AccountKind::Merchant { .. } => Err(Rejection::NotAPerson { account }.into()),
    }
}

/// What a merchant is owed.
///
/// # Errors
/// When the account is not a merchant's.
pub(crate) fn require_merchant(
    account: AccountId,
    record: &AccountRecord,
) -> Result<Minutes, Refusal> {
    match record.kind {
        AccountKind::Merchant { owed } => Ok(owed),
        AccountKind::Person { .. } | AccountKind::Group => {
            Err(Rejection::NotAMerchant { account }.into())
        }
    }
}

fn check_items(items: &[Item]) -> Result<(), Rejection> {
    let (count, limit) = (items.len(), ITEMS_MAX);
    if count > limit {
        return Err(Rejection::ItemsTooMany { count, limit });
    }
    for pair in items.windows(2) {
        if pair[0].code >= pair[1].code {
            return Err(Rejection::ItemsOrder { item: pair[1].code });
        }
    }
    match items.iter().find(|item| item.minutes.is_zero()) {
        Some(item) => Err(Rejection::ItemPriceZero { item: item.code }),
        None => Ok(()),
    }
}

/// Exchanges minutes for an item: they leave the supply's accounts for good, and the merchant is owed for them.
pub(crate) fn redeem(
    context: &mut Context<'_, '_>,
    operation: &operation::Redeem,
) -> Result<(), Refusal> {
    let (holder, merchant) = (operation.holder, operation.merchant);
    let (item, minutes) = (operation.item, operation.minutes);
    spender(context, holder)?;
    check_price(context, merchant, item, minutes)?;
    context.signers.require(Signer::Account(merchant))?;
    let acting = acting_for(context, holder, ActsIn::Redemption, &[])?;
    if acting.proxy.is_none() {
        // A proxy was appointed with the legal guardian's consent; a minor who signs needs it each time.
        context.require_guardian_beside(holder)?;
    }
    let record = context.with_live_lots(holder)?;
    check_may_redeem(context, &record)?;
    use_proxy_minutes(context, holder, acting, minutes)?;
    let entry = Entry::Redeemed {
        merchant,
        item,
        minutes,
    };
    context.spend(holder, minutes, entry)?;
    let district = record.home_district;
    let mut supply = context.supply()?;
    supply.redeemed = supply.redeemed.plus(minutes)?;
    context.store(&StateKey::Supply, &supply);
    let mut record = context.account(merchant)?;
    let owed = require_merchant(merchant, &record)?.plus(minutes)?;
    record.kind = AccountKind::Merchant { owed };
    let place = record.home_district;
    let entry = Entry::ItemGiven {
        holder,
        item,
        minutes,
    };
    context.post(merchant, &mut record, entry)?;
    context.store_account(merchant, &record);
    context.count_flow(district, place, minutes, Counting::Forward)
}

/// Checks that `merchant` is active and sells `item` for exactly `offered`.
fn check_price(
    context: &Context<'_, '_>,
    merchant: AccountId,
    item: ItemCode,
    offered: Minutes,
) -> Result<(), Refusal> {
    let record = context.account(merchant)?;
    require_merchant(merchant, &record)?;
    require_open(merchant, &record)?;
    if record.status == AccountStatus::Frozen {
        return Err(Rejection::AccountFrozen { account: merchant }.into());
    }
    let catalogue: ItemCatalogue = context
        .load(&StateKey::Items(merchant))?
        .unwrap_or_default();
    let price = catalogue
        .items
        .iter()
        .find(|listed| listed.code == item)
        .ok_or(Rejection::ItemUnknown { merchant, item })?
        .minutes;
    if price != offered {
        return Err(Rejection::ItemPriceOther {
            item,
            price,
            offered,
        }
        .into());
    }
    Ok(())
}

/// Checks what the policy of the holder's home district asks of one who redeems.
fn check_may_redeem(context: &Context<'_, '_>, holder: &AccountRecord) -> Result<(), Refusal> {
    let district = holder.home_district;
    for programmes in context.redemption_programmes(district)? {
        let belongs = |programme| holder.programmes.contains(programme);
        if !programmes.iter().any(belongs) {
            return Err(Rejection::RedemptionProgramme { programmes }.into());
        }
    }
    let threshold = context.policy_minutes(district, PolicyParameter::RedemptionThreshold)?;
    let spendable = holder.spendable()?;
    if spendable < threshold {
        return Err(Rejection::RedemptionThreshold {
            threshold,
            spendable,
        }
        .into());
    }
    Ok(())
}
