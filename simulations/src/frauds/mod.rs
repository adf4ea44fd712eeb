//! A generated city with planted frauds of every kind, by which the auditor's screening is measured.
//!
//! A year of a city's life goes through the real ledger: elders and volunteers, meals on working days, students in the
//! holidays, watches at night, campaigns, gifts, merchants; and, where they are planted, frauds of every kind in three
//! degrees of care, each with a label that says who did it and which orders never were. [`measure`] screens the blocks and
//! compares the findings with the labels; the clean city of the same seed, the same people with nothing planted, shows how
//! often honest people are accused.
//!
//! What always holds: the same seed and size give the same blocks; the generator knows no rule and no threshold of the
//! screening; honest people break no rule of the ledger and neither do the frauds, so nothing planned is refused.
//!
//! - [`city`]: who there is. [`scene`]: what is going to happen, planned and signed. [`diary`]: who is busy when.
//! - [`honest`], [`planted`]: the lives and the frauds.
//! - [`play`]: the plan becomes blocks.

mod city;
mod diary;
mod honest;
mod planted;
mod play;
mod scene;
#[cfg(test)]
mod tests;

use anyhow::Result;
use ledger_core::genesis::Genesis;
use timebank_audit::BookedBlock;

pub use city::Size;
pub use planted::{Care, Case, Kind};

/// Whether frauds are planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planting {
    /// Nothing is planted.
    Clean,
    /// Every kind of fraud.
    Frauds,
}

/// A generated city before its first block.
#[derive(Debug)]
pub struct Generated {
    /// The document its chain begins with.
    pub genesis: Genesis,
    /// The planted frauds.
    pub cases: Vec<Case>,
    /// Accounts of people, staff included, and of merchants.
    pub accounts: usize,
    asked: Vec<scene::Asked>,
    last_day: u32,
}

/// What became of a generated city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lived {
    /// Blocks.
    pub blocks: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// What was planned and the ledger refused: the kind of fraud, if any, and the rule. Empty unless the generator errs.
    pub refused: Vec<(Option<Kind>, String)>,
}

/// How many days after the last service the last of them is paid.
const SETTLING_DAYS: u32 = 12;

/// Plans the city of `size` that `seed` determines.
pub fn generate(seed: u64, size: Size, planting: Planting) -> Generated {
    let mut scene = scene::Scene::new(city::found(seed, size));
    honest::offices::open(&mut scene, seed);
    honest::offices::plan_gatherings(&mut scene, seed);
    honest::offices::plan_grants(&mut scene, seed);
    let circles = honest::Circles::draw(&mut scene, seed);
    let cases = match planting {
        Planting::Clean => Vec::new(),
        Planting::Frauds => planted::plant(&mut scene, seed),
    };
    honest::live(&mut scene, &circles, seed);
    Generated {
        accounts: scene.city.people.len()
            + scene.city.genesis.accounts.len()
            + scene.merchants.len(),
        genesis: scene.city.genesis,
        cases,
        asked: scene.asked,
        last_day: size.days + SETTLING_DAYS,
    }
}

impl Generated {
    /// Lives through the plan, block by block.
    ///
    /// # Errors
    /// When the books do not balance, or whoever gets the blocks fails.
    pub fn live(self, follow: &mut dyn FnMut(BookedBlock) -> Result<()>) -> Result<Lived> {
        let played = play::play(&self.genesis, self.asked, self.last_day, follow)?;
        let refused = played.refused.iter().map(|refused| {
            let kind = refused.case.and_then(|case| self.cases.get(case));
            (
                kind.map(|case| case.kind),
                format!("{:?}", refused.rejection),
            )
        });
        Ok(Lived {
            blocks: played.blocks,
            transactions: played.transactions,
            refused: refused.collect(),
        })
    }
}
