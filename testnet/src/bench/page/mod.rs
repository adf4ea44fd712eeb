//! The results page: what the files in `docs/results/` say, as tables and pictures. Nothing on it is written by hand but the
//! sentences between them.
//!
//! ```text
//! docs/results/load.json …     written by the measurements
//! docs/results.md              between <!-- table load --> and <!-- end -->: the table made of load.json
//! docs/results.zh-CN.md        the same in Chinese
//! docs/results/load.en.svg …   pictures in both languages
//! ```
//!
//! A test compares the pages with their files, so that neither can be changed without the other.

mod goals;
mod pictures;
mod svg;
mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use ledger_core::message::{Arguments, Language};

use super::growth::Stage;
use super::report::{self, Outcome, Report};
use super::start::Ending;
use crate::say::Voice;

/// The files a page is made of, without `.json`.
const FILES: [&str; 10] = [
    "core",
    "postgres",
    "load",
    "gaps",
    "growth",
    "validators",
    "simulated",
    "soak",
    "nanjing",
    "proofs",
];
/// The pages, with the language of each and what its pictures' names end in.
const PAGES: [(&str, Language, &str); 2] = [
    ("results.md", Language::English, "en"),
    ("results.zh-CN.md", Language::Chinese, "zh-CN"),
];
/// What a table's place on a page begins with, before its name and ` -->`.
const BEGIN: &str = "<!-- table ";
/// What it ends with.
const END: &str = "<!-- end -->";

/// Everything that was measured, by the names of the files.
#[derive(Debug, Default)]
pub(super) struct Results(BTreeMap<String, Report>);

impl Results {
    /// Reads what there is in `folder`.
    ///
    /// # Errors
    /// When a file is no file of results.
    fn read(folder: &Path) -> Result<Results> {
        let mut results = Results::default();
        for name in FILES {
            let path = folder.join(format!("{name}.json"));
            if path.exists() {
                results.0.insert(name.to_owned(), report::read(&path)?);
            }
        }
        Ok(results)
    }

    fn report(&self, name: &str) -> Option<&Report> {
        self.0.get(name)
    }

    fn outcome(&self, name: &str) -> Option<&Outcome> {
        self.report(name).map(|report| &report.outcome)
    }
}

/// A file that belongs to the page, and what it must hold.
type Made = (String, String);

/// Makes the pages and pictures in `docs` anew from the files in `docs/results`.
///
/// # Errors
/// When a file is missing or malformed.
pub(super) fn run(docs: &Path, voice: &Voice) -> Result<()> {
    for (name, text) in make(docs)? {
        let path = docs.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        let said = Arguments::NONE.text("path", path.display());
        voice.say("bench-written", &said);
    }
    Ok(())
}

/// Every page and picture as the files say.
fn make(docs: &Path) -> Result<Vec<Made>> {
    let results = Results::read(&docs.join("results"))?;
    let mut made = Vec::new();
    for (name, language, ending) in PAGES {
        let voice = Voice::new(language);
        let path = docs.join(name);
        let page =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        made.push((name.to_owned(), filled(&page, &results, &voice)?));
        for (picture, svg) in pictures::all(&results, &voice) {
            made.push((format!("results/{picture}.{ending}.svg"), svg));
        }
    }
    Ok(made)
}

/// `page` with every table as the files say.
fn filled(page: &str, results: &Results, voice: &Voice) -> Result<String> {
    let mut out = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (name, after) = after.split_once(" -->").context("a table without name")?;
        let Some((_, after)) = after.split_once(END) else {
            bail!("the table {name} has no end");
        };
        let table = tables::table(name, results, voice)
            .with_context(|| format!("there is no table {name}; there are goals, {FILES:?}"))?;
        out.push_str(before);
        out.push_str(&format!("{BEGIN}{name} -->\n{table}{END}"));
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests;
