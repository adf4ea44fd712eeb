//! What every account, order, pool and budget line of the books adds up to, compared with the ledger's own record of the supply.

use ledger_core::amount::Minutes;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::lot::Lots;
use ledger_core::record::order::OrderRecord;

use super::books::Books;

/// Adds up the books; `redeemed` is what the transactions of all blocks exchanged for goods.
///
/// # Errors
/// Which sum is not what it must be.
pub fn add_up(books: &Books, redeemed: u64) -> Result<(), String> {
    let accounts = books.accounts.values();
    let spendable: u64 = accounts.clone().map(|it| total(&it.lots)).sum();
    let held: u64 = accounts.map(|it| it.held.0).sum();
    let held_by_orders: u64 = books
        .orders
        .values()
        .map(|it| match it {
            OrderRecord::Open(order) => total(&order.held),
            OrderRecord::Ended(_) => 0,
        })
        .sum();
    let pools: u64 = books.pools.values().map(|it| it.minutes.0).sum();
    let supply = &books.supply;
    same("held by accounts and by orders", held, held_by_orders)?;
    same("spendable", spendable, supply.spendable.0)?;
    same("held", held, supply.held.0)?;
    same("in pools", pools, supply.pools.0)?;
    same("redeemed", redeemed, supply.redeemed.0)?;
    // Every minute is minted on a budget line, which is never deleted.
    let mut issued = 0;
    for (purpose, recorded) in [
        (BudgetPurpose::Service, supply.issued_service),
        (BudgetPurpose::Grant, supply.issued_grant),
        (BudgetPurpose::Training, supply.issued_training),
        (BudgetPurpose::Campaign, supply.issued_campaign),
        (BudgetPurpose::Fund, supply.issued_fund),
    ] {
        let lines = books.budgets.values().filter(|it| it.purpose == purpose);
        let minted: u64 = lines.map(|it| it.used.0).sum();
        same(&format!("minted for {purpose:?}"), minted, recorded.0)?;
        issued += minted;
    }
    let gone = redeemed + supply.expired.0 + supply.voided.0;
    let found = spendable + held + pools + gone;
    same("issued and still to be found", issued, found)
}

fn total(lots: &Lots) -> u64 {
    lots.as_slice().iter().map(|it| it.minutes.0).sum()
}

fn same(what: &str, added_up: u64, recorded: u64) -> Result<(), String> {
    if added_up == recorded {
        return Ok(());
    }
    let (added_up, recorded) = (Minutes(added_up), Minutes(recorded));
    Err(format!(
        "{what}: {added_up} added up from the books, {recorded} where it must be the same"
    ))
}
