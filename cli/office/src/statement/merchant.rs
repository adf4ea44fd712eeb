//! The monthly statement of a merchant: what it gave to whom for how many minutes, and what districts owe it.
//!
//! What always holds: what was owed at the beginning and what was given, less what was settled, is owed at the end, and the
//! whole history adds up to what the merchant's record says.

use std::collections::BTreeMap;

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, ItemCode, OrganisationId};
use ledger_core::receipt::{Cause, Entry};
use ledger_core::time::TimestampMs;
use serde::Serialize;

use super::account::{Holder, Known};
use super::figures::Figures;
use super::{Month, Period, StatementError};

/// A merchant's statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MerchantStatement {
    /// Whose.
    pub merchant: AccountId,
    /// Which month, and how far it is known.
    pub period: Period,
    /// The home street.
    pub home: OrganisationId,
    /// What was owed at the beginning.
    pub opening_owed: Minutes,
    /// What was given, in minutes.
    pub given: Minutes,
    /// What was settled.
    pub settled: Minutes,
    /// What is owed at the end.
    pub closing_owed: Minutes,
    /// What was given, item by item.
    pub items: Vec<ItemSum>,
    /// Everything that was given or settled, oldest first.
    pub lines: Vec<MerchantLine>,
}

/// What was given of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ItemSum {
    /// The item.
    pub item: ItemCode,
    /// How often.
    pub count: u64,
    /// For how many minutes in all.
    pub minutes: Minutes,
}

/// One thing that was given or settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MerchantLine {
    /// The block.
    pub height: u64,
    /// Its time.
    pub time_ms: TimestampMs,
    /// The transaction.
    pub cause: Cause,
    /// To whom; none for a settlement.
    pub holder: Option<AccountId>,
    /// What; none for a settlement.
    pub item: Option<ItemCode>,
    /// What is owed for it.
    pub given: Minutes,
    /// What was settled.
    pub settled: Minutes,
    /// What is owed afterwards.
    pub owed: Minutes,
}

impl MerchantStatement {
    /// The statement of a merchant for a month.
    ///
    /// # Errors
    /// [`StatementError::NoMerchant`] for another account; the rest as of an account's statement.
    pub fn of(known: &Known<'_>, month: Month) -> Result<MerchantStatement, StatementError> {
        let merchant = known.account;
        if Holder::of(known.record) != Holder::Merchant {
            return Err(StatementError::NoMerchant { account: merchant });
        }
        let period = Period::of(month, known.calendar, known.time_ms)?;
        let mut owed = Minutes::ZERO;
        let (mut opening_owed, mut closing_owed) = (Minutes::ZERO, Minutes::ZERO);
        let mut lines = Vec::new();
        for posting in known.postings {
            let (holder, item, given, settled) = match &posting.entry {
                Entry::ItemGiven {
                    holder,
                    item,
                    minutes,
                } => (Some(*holder), Some(*item), *minutes, Minutes::ZERO),
                Entry::OwedSettled { minutes } => (None, None, Minutes::ZERO, *minutes),
                _ => continue,
            };
            owed = owed.plus(given)?.minus(settled)?;
            if posting.time_ms < period.begins_ms {
                opening_owed = owed;
            }
            if posting.time_ms < period.ends_ms {
                closing_owed = owed;
            }
            if (period.begins_ms..period.ends_ms).contains(&posting.time_ms) {
                lines.push(MerchantLine {
                    height: posting.height.0,
                    time_ms: posting.time_ms,
                    cause: posting.cause,
                    holder,
                    item,
                    given,
                    settled,
                    owed,
                });
            }
        }
        let unreconciled = |stated: Minutes, recorded: Minutes| StatementError::Unreconciled {
            figure: "owed",
            stated: stated.0,
            recorded: recorded.0,
        };
        let recorded = Figures::of(known.record)?.owed;
        if owed != recorded {
            return Err(unreconciled(owed, recorded));
        }
        let given = Minutes::sum(lines.iter().map(|line| line.given))?;
        let settled = Minutes::sum(lines.iter().map(|line| line.settled))?;
        let stated = opening_owed.plus(given)?.minus(settled)?;
        if stated != closing_owed {
            return Err(unreconciled(stated, closing_owed));
        }
        Ok(MerchantStatement {
            merchant,
            period,
            home: known.record.home,
            opening_owed,
            given,
            settled,
            closing_owed,
            items: items(&lines)?,
            lines,
        })
    }
}

fn items(lines: &[MerchantLine]) -> Result<Vec<ItemSum>, StatementError> {
    let mut sums: BTreeMap<ItemCode, ItemSum> = BTreeMap::new();
    for line in lines {
        let Some(item) = line.item else { continue };
        let sum = sums.entry(item).or_insert(ItemSum {
            item,
            count: 0,
            minutes: Minutes::ZERO,
        });
        sum.count = sum.count.saturating_add(1);
        sum.minutes = sum.minutes.plus(line.given)?;
    }
    Ok(sums.into_values().collect())
}
