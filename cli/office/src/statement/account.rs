//! The monthly statement of an account: what it had, what came and went, what it has.
//!
//! Made from the account's whole history. What always holds of a statement that comes to be: the history adds up to the
//! account's record, figure by figure; opening and what came in, less what went out, is the closing balance; and the sums by
//! kind are those of the lines.

use std::collections::BTreeMap;

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::receipt::{Cause, Entry, Posting};
use ledger_core::record::account::{AccountKind, AccountRecord, AccountStatus};
use ledger_core::time::{Calendar, TimestampMs};
use serde::Serialize;

use super::figures::Figures;
use super::{Month, Period, StatementError};

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountStatement {
    /// Whose.
    pub account: AccountId,
    /// Which month, and how far it is known.
    pub period: Period,
    /// Whose account it is.
    pub holder: Holder,
    /// What it may do.
    pub status: AccountStatus,
    /// The home street.
    pub home: OrganisationId,
    /// What it had at the beginning.
    pub opening: Figures,
    /// What came in, beyond what was held before.
    pub received: Minutes,
    /// What went out.
    pub left: Minutes,
    /// What it has at the end.
    pub closing: Figures,
    /// What came and went, by kind of entry.
    pub kinds: Vec<KindSum>,
    /// Every posting, oldest first.
    pub lines: Vec<Line>,
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A person's.
    Person,
    /// A merchant's.
    Merchant,
    /// A volunteer team's.
    Group,
}

impl Holder {
    /// Whose account a record is.
    pub const fn of(record: &AccountRecord) -> Holder {
        match record.kind {
            AccountKind::Person { .. } => Holder::Person,
            AccountKind::Merchant { .. } => Holder::Merchant,
            AccountKind::Group => Holder::Group,
        }
    }
}

/// What came and went by entries of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindSum {
    /// The kind, as in the history.
    pub kind: String,
    /// How many entries.
    pub count: u64,
    /// What came in.
    pub received: Minutes,
    /// What went out.
    pub left: Minutes,
}

/// One posting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The block.
    pub height: u64,
    /// Its time.
    pub time_ms: TimestampMs,
    /// What made it happen.
    pub cause: Cause,
    /// What happened.
    pub entry: Entry,
    /// What came in, spendable and held together.
    pub received: Minutes,
    /// What went out.
    pub left: Minutes,
    /// What can be spent afterwards.
    pub spendable: Minutes,
    /// What is held afterwards.
    pub held: Minutes,
}

/// An account with its whole history, as proven or as booked.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    /// Whose.
    pub account: AccountId,
    /// Its record.
    pub record: &'k AccountRecord,
    /// Every posting that touched it up to that record, oldest first.
    pub postings: &'k [Posting],
    /// The time of the block as of which both are known.
    pub time_ms: TimestampMs,
    /// By which instants become days.
    pub calendar: Calendar,
}

impl AccountStatement {
    /// The statement of an account for a month.
    ///
    /// # Errors
    /// [`StatementError::Early`] when the month has not begun; [`StatementError::Unreconciled`] when the history does not add
    /// up to the record, so that something is missing.
    pub fn of(known: &Known<'_>, month: Month) -> Result<AccountStatement, StatementError> {
        let period = Period::of(month, known.calendar, known.time_ms)?;
        let mut figures = Figures::default();
        let mut opening = Figures::default();
        let mut closing = Figures::default();
        let mut lines = Vec::new();
        for posting in known.postings {
            let before = figures;
            figures = figures.after(&posting.entry)?;
            if posting.time_ms < period.begins_ms {
                opening = figures;
            }
            if posting.time_ms < period.ends_ms {
                closing = figures;
            }
            if (period.begins_ms..period.ends_ms).contains(&posting.time_ms) {
                lines.push(Line::of(posting, &before, &figures)?);
            }
        }
        if let Some((figure, stated, recorded)) = figures.difference(&Figures::of(known.record)?) {
            return Err(StatementError::Unreconciled {
                figure,
                stated: stated.0,
                recorded: recorded.0,
            });
        }
        let statement = AccountStatement {
            account: known.account,
            period,
            holder: Holder::of(known.record),
            status: known.record.status,
            home: known.record.home,
            opening,
            received: Minutes::sum(lines.iter().map(|line| line.received))?,
            left: Minutes::sum(lines.iter().map(|line| line.left))?,
            closing,
            kinds: sums(&lines)?,
            lines,
        };
        statement.check()?;
        Ok(statement)
    }

    /// Opening and what came, less what went, is the closing balance; so are the sums by kind.
    fn check(&self) -> Result<(), StatementError> {
        let received = Minutes::sum(self.kinds.iter().map(|sum| sum.received))?;
        let left = Minutes::sum(self.kinds.iter().map(|sum| sum.left))?;
        let closing = self.closing.balance()?;
        for (received, left) in [(self.received, self.left), (received, left)] {
            let stated = self.opening.balance()?.plus(received)?.minus(left)?;
            if stated != closing {
                return Err(StatementError::Unreconciled {
                    figure: "balance",
                    stated: stated.0,
                    recorded: closing.0,
                });
            }
        }
        Ok(())
    }
}

impl Line {
    fn of(posting: &Posting, before: &Figures, after: &Figures) -> Result<Line, StatementError> {
        let (before, balance) = (before.balance()?, after.balance()?);
        Ok(Line {
            height: posting.height.0,
            time_ms: posting.time_ms,
            cause: posting.cause,
            entry: posting.entry.clone(),
            received: balance.saturating_minus(before),
            left: before.saturating_minus(balance),
            spendable: after.spendable,
            held: after.held,
        })
    }

    /// The kind of entry, as in the history.
    pub fn kind(&self) -> String {
        kind_of(&self.entry)
    }
}

/// The kind of an entry, by the name under which it is written.
pub(crate) fn kind_of(entry: &Entry) -> String {
    let json = serde_json::to_value(entry).unwrap_or_default();
    let kind = json.get("kind").and_then(serde_json::Value::as_str);
    kind.unwrap_or_default().to_owned()
}

fn sums(lines: &[Line]) -> Result<Vec<KindSum>, StatementError> {
    let mut sums: BTreeMap<String, KindSum> = BTreeMap::new();
    for line in lines {
        let kind = line.kind();
        let sum = sums.entry(kind.clone()).or_insert(KindSum {
            kind,
            count: 0,
            received: Minutes::ZERO,
            left: Minutes::ZERO,
        });
        sum.count = sum.count.saturating_add(1);
        sum.received = sum.received.plus(line.received)?;
        sum.left = sum.left.plus(line.left)?;
    }
    Ok(sums.into_values().collect())
}
