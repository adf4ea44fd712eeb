//! The auditor's report: what the blocks of a period show, for people, in Chinese and English, on screen and on A4.
//!
//! Three parts: what the book says (who served how much where, and whether every minute is accounted for), what the rules
//! found with the entries that show it, and the rules themselves. What always holds: people are named by their accounts'
//! ids only; every number comes from blocks that were executed again; a finding stands beside what would explain it
//! honestly; the same book and rules give the same bytes.

mod appendix;
mod charts;
mod findings;
mod measures;
mod page;
mod tables;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use ledger_core::audit::AuditedMonth;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::message::Language;
use ledger_core::record::supply::SupplyRecord;
use ledger_core::state::{Overlay, StateError, StateKey};
use ledger_core::time::{Calendar, TimestampMs};

use crate::book::Book;
use crate::facts::Facts;
use crate::screening::{Finding, Period, Rules};

pub use page::html;
pub use tables::{evidence_csv, findings_csv};

/// Sentences of the report, in Chinese: Fluent.
pub const CHINESE: &str = include_str!("../messages/report.zh.ftl");
/// Sentences of the report, in English: Fluent.
pub const ENGLISH: &str = include_str!("../messages/report.en.ftl");

/// The most findings of one rule that the pages show in full; the tables have all.
pub const FINDINGS_SHOWN_MAX: usize = 50;
/// The most entries of a finding that the pages show; the tables have all that were kept.
pub const EVIDENCE_SHOWN_MAX: usize = 6;

/// What a report is about: where the book stood, and what was found in it.
#[derive(Clone, Debug)]
pub struct Audited<'a> {
    /// The chain.
    pub chain_id: ChainId,
    /// The last block that counts.
    pub height: Height,
    /// Its id.
    pub block_id: BlockId,
    /// Its time.
    pub time_ms: TimestampMs,
    /// The state root after it.
    pub state_root: Hash,
    /// The chain's calendar.
    pub calendar: Calendar,
    /// Where every minute is, after it.
    pub supply: SupplyRecord,
    /// The closed months of the period, recomputed.
    pub months: Vec<AuditedMonth>,
    /// Everything that happened.
    pub facts: &'a Facts,
    /// The days looked at.
    pub period: Period,
    /// The rules used.
    pub rules: &'a Rules,
    /// What they found.
    pub findings: &'a [Finding],
}

impl<'a> Audited<'a> {
    /// The report of `book` about what `rules` found in `facts`, which were read from its blocks. The period ends where the
    /// book ends and begins where the chain begins, or with the first service recorded from paper, whatever was asked for.
    ///
    /// # Errors
    /// When the state cannot be read, which one in memory excludes.
    pub fn of(
        book: &Book,
        facts: &'a Facts,
        period: Period,
        rules: &'a Rules,
        findings: &'a [Finding],
    ) -> Result<Audited<'a>, StateError> {
        let calendar = book.calendar();
        // Services recorded from paper may lie before the chain's first day.
        let served = facts.orders.values();
        let served = served.filter_map(|order| order.service_day(calendar));
        let began = calendar.day(book.genesis().time_ms);
        let first = served.min().map_or(began, |served| served.min(began));
        let period = Period {
            from: period.from.max(first),
            to: period.to.min(calendar.day(book.time_ms())),
        };
        let supply = Overlay::new(book.state()).load(&StateKey::Supply)?;
        let mut months = Vec::new();
        let mut month = period.from.month();
        while month <= period.to.month() {
            months.extend(book.month(month)?);
            month = month.next();
        }
        Ok(Audited {
            chain_id: book.chain_id(),
            height: book.height(),
            block_id: book.block_id(),
            time_ms: book.time_ms(),
            state_root: book.state().root(),
            calendar,
            supply: supply.unwrap_or_default(),
            months,
            facts,
            period,
            rules,
            findings,
        })
    }
}

/// A file of the report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written: {source}", path.display())]
pub struct ReportError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Writes the pages and tables into `folder`, which is made when it is not there; the names of the files, for the manifest.
///
/// # Errors
/// When one cannot be written.
pub fn write(folder: &Path, audited: &Audited<'_>) -> Result<BTreeSet<String>, ReportError> {
    std::fs::create_dir_all(folder).map_err(|source| ReportError {
        path: folder.to_owned(),
        source,
    })?;
    let files = [
        ("report.zh.html", html(audited, Language::Chinese)),
        ("report.en.html", html(audited, Language::English)),
        ("findings.csv", findings_csv(audited)),
        ("evidence.csv", evidence_csv(audited)),
    ];
    let mut names = BTreeSet::new();
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|source| ReportError { path, source })?;
        names.insert(name.to_owned());
    }
    Ok(names)
}
