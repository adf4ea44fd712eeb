//! The generated city as an auditor's book, so that every command of an auditor can be tried on it.
//!
//! The book is written by the auditor's own code, which verifies every certificate and signature and executes every block
//! again: what is measured here is what any auditor would see. Beside the book lie the genesis document and, for whoever
//! wants to compare, the labels.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result, bail};
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::id::Height;
use serde_json::{Value, json};
use timebank_audit::{BlockSource, Book, SourceError};

use super::{Case, Living, Planting, Size, generate};

/// How many blocks are handed over at a time.
const PAGE: usize = 500;

/// A generated city as a place that has blocks: only the next ones, once.
struct Ahead {
    living: Living,
    /// Why it ended before its time.
    failed: Option<anyhow::Error>,
}

impl BlockSource for Ahead {
    fn above(&mut self, _: Height) -> Result<Vec<(Block, CommitCertificate)>, SourceError> {
        let mut page = Vec::with_capacity(PAGE);
        while page.len() < PAGE && self.failed.is_none() {
            match self.living.next_block() {
                Ok(Some(booked)) => page.push((booked.block, booked.certificate)),
                Ok(None) => break,
                Err(error) => self.failed = Some(error),
            }
        }
        Ok(page)
    }
}

/// Writes the cities of a seed, clean and with frauds, into `folder`; says what was written.
///
/// # Errors
/// When the folder is there already, cannot be written, or a book does not balance.
pub fn write(seed: u64, size: Size, folder: &Path) -> Result<String> {
    if folder.exists() {
        bail!("{} is there already; name a new folder", folder.display());
    }
    let mut lines = Vec::new();
    for (name, planting) in [("clean", Planting::Clean), ("frauds", Planting::Frauds)] {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        lines.push(write_one(seed, size, planting, &folder)?);
    }
    Ok(lines.join("\n"))
}

fn write_one(seed: u64, size: Size, planting: Planting, folder: &Path) -> Result<String> {
    let generated = generate(seed, size, planting);
    write_json(
        &folder.join("genesis.json"),
        &serde_json::to_value(&generated.genesis)?,
    )?;
    let labels: Vec<Value> = generated.cases.iter().map(label).collect();
    write_json(&folder.join("labels.json"), &Value::Array(labels))?;
    let book_folder = folder.join("book");
    let mut book = Book::open(&book_folder, &generated.genesis)?;
    let mut source = Ahead {
        living: generated.begin()?,
        failed: None,
    };
    let followed = book.follow(&mut source, None, &mut |_| ControlFlow::Continue(()))?;
    if let Some(error) = source.failed {
        return Err(error);
    }
    book.save()?;
    Ok(format!(
        "{}: {} blocks, {} transactions, verified and executed again at {} a second",
        folder.display(),
        followed.blocks,
        followed.transactions,
        followed.rate(),
    ))
}

fn write_json(file: &Path, value: &Value) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

fn label(case: &Case) -> Value {
    json!({
        "kind": case.kind.name(),
        "care": case.care.name(),
        "people": case.people,
        "staff": case.staff,
        "districts": case.districts,
        "orders": case.orders,
    })
}
