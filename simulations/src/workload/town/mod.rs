//! The town: the small city of the comparison as a load for real replicas, and a witness of what they commit.
//!
//! It drafts really signed transactions of nearly all kinds, most of which apply, and follows the chain with a [`Witness`].
//! The seed determines what it drafts, as far as the blocks it follows are the same.
//!
//! | file | what |
//! |---|---|
//! | `founding.rs` | the genesis, with an office for every validator |
//! | `beginning.rs` | the first days, group after group |
//! | `tempo.rs` | time is advanced by the administrators |
//! | `desk.rs` | keys and signatures |
//! | `witness.rs` | every block executed again, played on the model, added up |

mod beginning;
mod desk;
mod founding;
mod tempo;
mod witness;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use ledger_core::block::Block;
use ledger_core::codec;
use ledger_core::genesis::Genesis;
use ledger_core::hash::Hash;
use ledger_core::id::{Height, OrganisationId, TransactionId};
use ledger_core::ledger::{Tip, VerifiedSignatures, build_block};
use ledger_core::planted::unplanted;
use ledger_core::record::chain::ValidatorsRecord;
use ledger_core::record::policy::{PolicyParameter, PolicyValue};
use ledger_core::record::supply::SupplyRecord;
use ledger_core::state::{MemoryState, StateKey, StateView};
use ledger_core::time::{DAY_MS, HOUR_MS, TimestampMs};
use ledger_core::transaction::{Operation, SealedEnvelope};
use ledger_core::validator::{Validator, ValidatorAddress};

use self::beginning::Beginning;
use self::desk::Desk;
use self::tempo::Tempo;
use self::witness::Witness;
pub use self::witness::{CONSERVATION, EXECUTION, MODEL, ROOT};
use super::{Broken, Workload};
use crate::comparison::books::Books;
use crate::comparison::founding::{CITY, KINDS};
use crate::comparison::generate::{Draft, Generator};
use crate::comparison::ledger::Candidate;
use crate::random::Random;

/// Above so many accounts nobody opens another.
const ACCOUNTS_MAX: usize = 120;
/// How many drafts are tried for each transaction that is wanted: a little less than half of them apply.
const TRIED_PER_WANTED: usize = 3;
/// How many of a thousand transactions are wrong on purpose, unless told otherwise.
const WRONG_PER_MILLE: u64 = 40;
/// So many transactions are thought of as still waiting at some node, and for so many blocks.
const WAITING_MAX: usize = 48;
const WAITING_BLOCKS: u64 = 10;
/// So many are kept to be submitted once more.
const PAST_MAX: usize = 32;
/// Nobody in the town makes it forget its own work: the least of these limits that anybody sets.
const DAILY_TRANSACTIONS_MIN: u64 = 30;
/// Staff of the city with lower numbers stay as they are: its time must go on.
const CITY_STAFF_FOUNDED: u32 = 20;
/// Upgrades of the rules are announced for a day that no run gets to.
const UPGRADE_MS: u64 = 40_000 * DAY_MS;

/// A town.
#[derive(Clone)]
pub struct Town {
    genesis: Genesis,
    random: Random,
    generator: Generator,
    desk: Desk,
    beginning: Option<Beginning>,
    tempo: Tempo,
    witness: Witness,
    waiting: VecDeque<(Arc<SealedEnvelope>, Height)>,
    past: VecDeque<Arc<SealedEnvelope>>,
    wrong: u64,
    wrong_per_mille: u64,
    rules: Rules,
}

/// By which rules the witness judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rules {
    /// The right ones, whatever is planted in the code.
    Right,
    /// Those of the nodes: only the model has the right ones.
    Planted,
}

impl Rules {
    fn apply<T>(self, run: impl FnOnce() -> T) -> T {
        match self {
            Rules::Right => unplanted(run),
            Rules::Planted => run(),
        }
    }
}

impl Town {
    /// The town of `seed`, run by `validators`, the offices of which it has.
    pub fn found(seed: u64, validators: &[Validator]) -> Town {
        Town::with_offices(seed, validators, [])
    }

    /// The same with more street offices, where nodes may become validators later.
    pub fn with_offices(
        seed: u64,
        validators: &[Validator],
        offices: impl IntoIterator<Item = OrganisationId>,
    ) -> Town {
        let genesis = founding::genesis(seed % KINDS, validators, offices);
        let chain_id = genesis.chain_id();
        let mut random = Random::new(seed);
        let mut generator =
            || Generator::new(random.next(), chain_id).with_accounts_max(ACCOUNTS_MAX);
        let (drafts, paces) = (generator(), generator());
        Town {
            generator: drafts,
            tempo: Tempo::new(random.next(), paces),
            desk: Desk::new(chain_id, seed),
            beginning: Some(Beginning::default()),
            witness: Witness::new(&genesis),
            waiting: VecDeque::new(),
            past: VecDeque::new(),
            wrong: 0,
            wrong_per_mille: WRONG_PER_MILLE,
            rules: Rules::Right,
            random,
            genesis,
        }
    }

    /// Lets so many of a thousand transactions be wrong on purpose instead of a few.
    #[must_use]
    pub const fn with_wrong_per_mille(mut self, wrong_per_mille: u64) -> Town {
        self.wrong_per_mille = wrong_per_mille;
        self
    }

    /// Lets the witness share the errors planted in the code, so that the model alone notices them.
    #[must_use]
    pub const fn with_planted_witness(mut self) -> Town {
        self.rules = Rules::Planted;
        self
    }

    /// In which block a transaction applied, if one that was followed holds it.
    pub fn applied(&self, id: &TransactionId) -> Option<Height> {
        self.witness.applied(id)
    }

    /// How many transactions applied so far.
    pub fn applied_count(&self) -> usize {
        self.witness.applied_count()
    }

    /// How often each operation applied, by name.
    pub const fn operations(&self) -> &BTreeMap<String, u64> {
        self.witness.operations()
    }

    /// How many of the transactions drafted so far were wrong on purpose.
    pub const fn wrong_count(&self) -> u64 {
        self.wrong
    }

    /// Whether the first days are over.
    pub const fn is_settled(&self) -> bool {
        self.beginning.is_none()
    }

    /// The last block followed.
    pub fn tip(&self) -> &Tip {
        self.witness.ledger.tip()
    }

    /// The state root after it.
    pub fn root(&self) -> Hash {
        self.witness.ledger.state().root()
    }

    /// The state after it.
    pub fn state(&self) -> &MemoryState {
        self.witness.ledger.state()
    }

    /// The records after it, decoded.
    pub const fn books(&self) -> &Books {
        &self.witness.ledger.books
    }

    /// The supply after it.
    pub const fn supply(&self) -> &SupplyRecord {
        &self.witness.ledger.books.supply
    }

    /// Compares every figure with the model and adds up the books: what is done after every few blocks anyhow, at the end.
    ///
    /// # Errors
    /// Which promise is broken.
    pub fn check_all(&self) -> Result<(), Broken> {
        self.witness.check_all()
    }

    fn draft_now(&mut self, now_ms: u64, count: usize) -> Vec<Arc<SealedEnvelope>> {
        let now_ms = self.witness.ledger.block_time(TimestampMs(now_ms));
        if let Some(beginning) = &mut self.beginning {
            match beginning.submit(&self.witness, &mut self.desk, now_ms) {
                Some(submitted) => return submitted,
                None => self.beginning = None,
            }
        }
        let step = self.tempo.step(&self.witness, &mut self.desk, now_ms);
        let (right, refused) = self.try_out(now_ms, count * TRIED_PER_WANTED);
        let mut handed_in: Vec<_> = step.into_iter().collect();
        handed_in.extend(self.hand_in(now_ms, count, &right, &refused));
        handed_in
    }

    /// What may well apply in a block at `now_ms` after those still waiting, and what may not: as it was written.
    fn try_out(&mut self, now_ms: TimestampMs, tried: usize) -> (Vec<Candidate>, Vec<Candidate>) {
        let written: Vec<Candidate> = (0..tried).filter_map(|_| self.write(now_ms)).collect();
        let Some(proposer) = self.proposer() else {
            return (written, Vec::new());
        };
        let waiting = self.waiting.iter().map(|(it, _)| it);
        let candidates: Vec<_> = waiting
            .chain(written.iter().map(|it| &it.sealed))
            .map(Arc::clone)
            .collect();
        let ledger = &self.witness.ledger;
        let tip = ledger.tip();
        let built = build_block(
            ledger.state(),
            tip,
            proposer,
            now_ms,
            &candidates,
            &EverySignature,
        );
        // Were the books out of balance, the next block followed would show it.
        let Ok(built) = built else {
            return (written, Vec::new());
        };
        let mut applies = built.block.transactions.iter().peekable();
        let waited = candidates.len() - written.len();
        let outcome = candidates
            .iter()
            .map(|it| applies.next_if(|next| Arc::ptr_eq(next, it)).is_some());
        let outcome: Vec<bool> = outcome.skip(waited).collect();
        let (right, wrong): (Vec<_>, Vec<_>) =
            written.into_iter().zip(outcome).partition(|(_, ok)| *ok);
        let without = |list: Vec<(Candidate, bool)>| list.into_iter().map(|(it, _)| it).collect();
        (without(right), without(wrong))
    }

    /// A draft written down, unless it would keep the run from going on.
    fn write(&mut self, now_ms: TimestampMs) -> Option<Candidate> {
        let books = &self.witness.ledger.books;
        let draft = self.generator.draft(books, now_ms);
        if !is_harmless(&draft, now_ms) {
            return None;
        }
        let valid_ms = match self.random.below(10) {
            0 | 1 => HOUR_MS + self.random.below(DAY_MS),
            2..5 => DAY_MS + self.random.below(5 * DAY_MS),
            _ => 6 * DAY_MS + self.random.below(24 * DAY_MS),
        };
        self.desk.write(books, draft, now_ms.plus_ms(valid_ms))
    }

    fn proposer(&self) -> Option<ValidatorAddress> {
        let bytes = self.state().read(&StateKey::Validators.to_bytes()).ok()??;
        let record: ValidatorsRecord = codec::decode(&bytes, bytes.len()).ok()?;
        record.current.as_slice().first().map(Validator::address)
    }

    /// A transaction that must be refused: one that breaks a rule, or with a signature too many, too few or wrong.
    fn wrong(&mut self, now_ms: TimestampMs, refused: &[Candidate]) -> Option<Arc<SealedEnvelope>> {
        let random = &mut self.random;
        match random.below(4) {
            0 if !self.past.is_empty() => {
                let again = random.index(self.past.len());
                Some(Arc::clone(&self.past[again]))
            }
            1 if !refused.is_empty() => {
                let index = random.index(refused.len());
                Some(self.desk.sign(&refused[index]))
            }
            2 => {
                let written = self.write(now_ms)?;
                Some(Desk::sign_wrongly(&written, &mut self.random))
            }
            _ => {
                let books = &self.witness.ledger.books;
                let mut draft = self.generator.draft(books, now_ms);
                self.generator.spoil(books, &mut draft);
                if !is_harmless(&draft, now_ms) {
                    return None;
                }
                let written = self.desk.write(books, draft, now_ms.plus_ms(DAY_MS))?;
                Some(self.desk.sign(&written))
            }
        }
    }

    /// Signs transactions that may well apply, some of them wrong, and remembers them as waiting.
    fn hand_in(
        &mut self,
        now_ms: TimestampMs,
        count: usize,
        right: &[Candidate],
        refused: &[Candidate],
    ) -> Vec<Arc<SealedEnvelope>> {
        let height = self.tip().height;
        let mut handed_in = Vec::with_capacity(count);
        for written in right.iter().take(count) {
            if self.random.happens(self.wrong_per_mille)
                && let Some(wrong) = self.wrong(now_ms, refused)
            {
                self.wrong += 1;
                handed_in.push(wrong);
                continue;
            }
            let sealed = self.desk.sign(written);
            if self.waiting.len() == WAITING_MAX {
                self.waiting.pop_front();
            }
            self.waiting.push_back((Arc::clone(&sealed), height));
            if self.past.len() == PAST_MAX {
                self.past.pop_front();
            }
            self.past.push_back(Arc::clone(&sealed));
            handed_in.push(sealed);
        }
        handed_in
    }
}

impl Workload for Town {
    fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    fn follow(&mut self, block: &Block) -> Result<(), Broken> {
        let (witness, made) = (&mut self.witness, self.desk.made());
        self.rules.apply(|| witness.follow(block, made))?;
        let (witness, height) = (&self.witness, block.header.height);
        self.waiting.retain(|(it, since)| {
            witness.applied(&it.id()).is_none() && height.0 < since.0 + WAITING_BLOCKS
        });
        Ok(())
    }

    fn finish(&self) -> Result<(), Broken> {
        unplanted(|| self.check_all())
    }

    fn draft(&mut self, now_ms: u64, count: usize) -> Vec<Arc<SealedEnvelope>> {
        unplanted(|| self.draft_now(now_ms, count))
    }
}

/// Takes every signature for right: what is tried out is not signed yet.
struct EverySignature;

impl VerifiedSignatures for EverySignature {
    fn contains(&self, _: &Hash) -> bool {
        true
    }
}

/// Whether the run goes on whatever becomes of this: time moves as the town decides, nobody's day ends after a few
/// transactions, and no program is too old for the rules.
fn is_harmless(draft: &Draft, now_ms: TimestampMs) -> bool {
    match &draft.operation {
        Operation::AdvanceTime(_) => false,
        Operation::ScheduleUpgrade(it) => {
            it.from_day > ledger_core::time::Calendar::CHINA.day(now_ms.plus_ms(UPGRADE_MS))
        }
        Operation::SetStaff(it) if it.organisation == CITY => {
            it.threshold == 2 && it.changes.iter().all(|it| it.number >= CITY_STAFF_FOUNDED)
        }
        Operation::SetPolicy(it) => {
            let counts = matches!(
                it.parameter,
                PolicyParameter::PersonTransactionsPerDay
                    | PolicyParameter::StaffTransactionsPerDay
            );
            !counts
                || !matches!(it.value, Some(PolicyValue::Number(number)) if number < DAILY_TRANSACTIONS_MIN)
        }
        _ => true,
    }
}
