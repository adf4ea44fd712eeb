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
//! - [`play`]: the plan becomes blocks. [`measure`], [`table`]: what screening finds of it.
//! - [`keep`]: the same blocks as an auditor's book, for trying the auditor's commands on it.

mod city;
mod diary;
mod honest;
pub mod keep;
pub mod measure;
mod planted;
mod play;
mod scene;
pub mod table;
#[cfg(test)]
mod tests;

use anyhow::Result;
use ledger_core::genesis::Genesis;
use timebank_audit::BookedBlock;

pub use city::Size;
pub use planted::{Care, Case, Kind};
use play::Play;

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
    /// Before the first block.
    ///
    /// # Errors
    /// When the genesis document is not in order.
    pub fn begin(self) -> Result<Living> {
        let play = Play::begin(&self.genesis, self.asked, self.last_day)?;
        let kinds = self.cases.iter().map(|case| case.kind).collect();
        Ok(Living { play, kinds })
    }
}

/// A generated city while it lives.
pub struct Living {
    play: Play,
    kinds: Vec<Kind>,
}

impl Living {
    /// The next block; none after the last.
    ///
    /// # Errors
    /// When the books do not balance.
    pub fn next_block(&mut self) -> Result<Option<BookedBlock>> {
        self.play.next_block()
    }

    /// What became of the city until now.
    pub fn lived(&self) -> Lived {
        let refused = self.play.refused.iter().map(|refused| {
            let kind = refused.case.and_then(|case| self.kinds.get(case));
            (kind.copied(), format!("{:?}", refused.rejection))
        });
        Lived {
            blocks: self.play.blocks(),
            transactions: self.play.transactions,
            refused: refused.collect(),
        }
    }
}
