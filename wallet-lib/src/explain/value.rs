//! Explanations of gifts, donations, grants, merchants and redemption.

use ledger_core::amount::Minutes;
use ledger_core::transaction::value::{
    Donate, Gift, Grant, Grantees, Redeem, RegisterMerchant, SetItems, SettleMerchant, SpendPool,
};

use super::sheet::Sheet;

pub(super) fn gift(sheet: &mut Sheet, gift: &Gift) {
    let Gift { from, to, minutes } = gift;
    sheet.account("giver", *from);
    sheet.account("receiver", *to);
    sheet.minutes("minutes", *minutes);
    sheet.warn("final");
}

pub(super) fn donate(sheet: &mut Sheet, donate: &Donate) {
    let Donate {
        from,
        pool,
        minutes,
    } = donate;
    sheet.account("giver", *from);
    sheet.pool(*pool);
    sheet.minutes("minutes", *minutes);
    sheet.warn("final");
}

pub(super) fn register_merchant(sheet: &mut Sheet, register: &RegisterMerchant) {
    let RegisterMerchant { home, key } = register;
    sheet.office("home", *home);
    sheet.plain("key", key);
}

pub(super) fn set_items(sheet: &mut Sheet, set: &SetItems) {
    let SetItems { merchant, items } = set;
    sheet.account("merchant", *merchant);
    sheet.list("items", items, |sheet, item| {
        format!("{} {}", item.code, sheet.duration(item.minutes))
    });
    sheet.warn("replaces");
}

pub(super) fn redeem(sheet: &mut Sheet, redeem: &Redeem) {
    let Redeem {
        holder,
        merchant,
        item,
        minutes,
    } = redeem;
    sheet.account("holder", *holder);
    sheet.account("merchant", *merchant);
    sheet.plain("item", item);
    sheet.minutes("minutes", *minutes);
    sheet.warn("final");
}

pub(super) fn grant(sheet: &mut Sheet, grant: &Grant) {
    let Grant {
        budget,
        grantees: to,
    } = grant;
    sheet.plain("budget", budget);
    grantees(sheet, to);
    sheet.warn("mints");
}

pub(super) fn spend_pool(sheet: &mut Sheet, spend: &SpendPool) {
    let SpendPool { pool, grantees: to } = spend;
    sheet.pool(*pool);
    grantees(sheet, to);
}

pub(super) fn settle_merchant(sheet: &mut Sheet, settle: &SettleMerchant) {
    let SettleMerchant { merchant, minutes } = settle;
    sheet.account("merchant", *merchant);
    sheet.minutes("minutes", *minutes);
}

fn grantees(sheet: &mut Sheet, grantees: &Grantees) {
    let Grantees {
        programme,
        accounts,
        minutes,
        expiry,
    } = grantees;
    sheet.plain("programme", programme);
    sheet.minutes("minutes_each", *minutes);
    total(sheet, *minutes, accounts.len());
    sheet.optional("expiry", "no-expiry", *expiry, |sheet, day| sheet.date(day));
    sheet.list("grantees", accounts, |_, account| account.to_string());
}

/// What all get together; no line for a sum that does not fit, which no budget covers.
pub(super) fn total(sheet: &mut Sheet, each: Minutes, people: usize) {
    let people = u64::try_from(people).ok();
    if let Some(total) = people.and_then(|people| each.0.checked_mul(people)) {
        sheet.minutes("minutes_total", Minutes(total));
    }
}
