//! Plays histories on ledger and model side by side.

use ledger_core::ledger::Rejection;
use ledger_core::time::TimestampMs;
use timebank_model::Model;
use timebank_model::refusal::Refusal;

use super::compare::{Difference, compare, tell_hashes};
use super::founding::{KINDS, genesis};
use super::generate::Generator;
use super::ledger::{Candidate, Ledger};
use super::prologue::founded;
use super::tally::Tally;
use super::translate;

/// A block of a history.
#[derive(Clone, Debug)]
pub struct Step {
    /// When it is made, unless the chain's time is later already.
    pub time_ms: TimestampMs,
    /// What is put to it, in order.
    pub candidates: Vec<Candidate>,
}

/// In what ledger and model differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// One applies a transaction that the other refuses.
    Answer {
        /// Which of the block.
        index: usize,
        /// The ledger's answer.
        ledger: Option<Box<Rejection>>,
        /// The model's.
        model: Option<Refusal>,
    },
    /// A figure.
    Figure(Difference),
    /// The ledger finds its own books or due work wrong.
    LedgerFault(String),
    /// The model can not follow.
    ModelFault(String),
}

/// Ledger and model of one city.
#[derive(Clone)]
pub struct Pair {
    /// The one.
    pub ledger: Ledger,
    /// The other.
    pub model: Model,
    closed_months: usize,
}

impl Pair {
    /// Both before the first block.
    pub fn found(kind: u64) -> Pair {
        let genesis = genesis(kind);
        Pair {
            ledger: Ledger::found(&genesis),
            model: Model::new(&translate::genesis(&genesis)),
            closed_months: 0,
        }
    }

    /// Makes a block on both; the ledger's answers.
    ///
    /// # Errors
    /// Where the two differ.
    pub fn block(&mut self, step: &Step) -> Result<Vec<Option<Rejection>>, Disagreement> {
        let time_ms = self.ledger.block_time(step.time_ms);
        let answers = self
            .ledger
            .block(time_ms, &step.candidates)
            .map_err(Disagreement::LedgerFault)?;
        self.model
            .begin_block(time_ms.0)
            .map_err(|refusal| Disagreement::ModelFault(format!("{refusal:?}")))?;
        // A month is closed by work that is done before the block's transactions, which may confirm it at once.
        tell_hashes(&self.ledger.books, &mut self.model, &mut self.closed_months);
        for (index, (candidate, answer)) in step.candidates.iter().zip(&answers).enumerate() {
            let Some(request) = translate::request(candidate) else {
                continue;
            };
            let said = self.model.apply(&request);
            if said.is_ok() != answer.is_none() {
                return Err(Disagreement::Answer {
                    index,
                    ledger: answer.clone().map(Box::new),
                    model: said.err(),
                });
            }
        }
        compare(&self.ledger.books, &self.model).map_err(Disagreement::Figure)?;
        Ok(answers)
    }
}

/// A history that shows a disagreement in its last block.
#[derive(Clone, Debug)]
pub struct Failure {
    /// From which it came.
    pub seed: u64,
    /// Every block, the last of which shows it.
    pub history: Vec<Step>,
    /// What.
    pub disagreement: Disagreement,
}

/// The kind of city the history of `seed` takes place in.
pub const fn kind_of(seed: u64) -> u64 {
    seed % KINDS
}

/// Plays the history of `seed` until it has put at least `operations` transactions, and counts what happened.
///
/// # Errors
/// The history up to where ledger and model differ.
pub fn play(seed: u64, operations: usize, tally: &mut Tally) -> Result<(), Box<Failure>> {
    let mut pair = founded(kind_of(seed)).clone();
    let mut generator = Generator::new(seed, pair.ledger.tip().chain_id);
    let mut history: Vec<Step> = Vec::new();
    let mut put = 0;
    while put < operations {
        let (time_ms, candidates) = generator.block(&pair.ledger);
        put += candidates.len();
        history.push(Step {
            time_ms,
            candidates,
        });
        let step = &history[history.len() - 1];
        match pair.block(step) {
            Ok(answers) => tally.count(&step.candidates, &answers),
            Err(disagreement) => {
                return Err(Box::new(Failure {
                    seed,
                    history,
                    disagreement,
                }));
            }
        }
    }
    tally.histories += 1;
    Ok(())
}

/// Plays a given history in the city of `seed`; the first disagreement and the block that shows it.
pub fn replay(seed: u64, history: &[Step]) -> Option<(usize, Disagreement)> {
    let mut pair = founded(kind_of(seed)).clone();
    history
        .iter()
        .enumerate()
        .find_map(|(index, step)| pair.block(step).err().map(|it| (index, it)))
}
