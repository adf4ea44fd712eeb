//! Random histories: what people and offices of the small city may do next, plausible or deliberately wrong.
//!
//! The generator looks at the ledger's books to choose something that may well apply; then, now and then, it spoils what it
//! chose: a signer too many or too few, a wrong key, an old transaction again, another amount. The seed determines all.

mod accounts;
mod activities;
mod clock;
mod offices;
mod orders;
mod people;
mod standing;
mod value;
mod who;

use ledger_core::amount::Minutes;
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{ChainId, OrganisationId, ProgrammeCode};
use ledger_core::record::order::OrderRecord;
use ledger_core::signature::PublicKey;
use ledger_core::time::{Calendar, DAY_MS, Day, HOUR_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::dispute::{Appeal, OpenDispute};
use ledger_core::transaction::{
    Operation, Signer, TRANSACTION_VERSION, Transaction, VALIDITY_MS_MAX,
};

use super::books::Books;
use super::founding::{DISTRICTS, KEY_RING, KEYS, POINTS, STREETS, person};
use super::ledger::{Candidate, Ledger};
use crate::random::Random;

/// How many past transactions are kept to be put again.
const PAST_MAX: usize = 8;
/// Above so many accounts nobody opens another, unless told otherwise.
pub const ACCOUNTS_MAX: usize = 64;

/// An operation and those who are to sign it, the transaction's own signer first.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What is asked.
    pub operation: Operation,
    /// By whom.
    pub signers: Vec<Signer>,
}

impl Draft {
    /// `operation` by `signers`.
    pub fn new(operation: impl Into<Operation>, signers: Vec<Signer>) -> Draft {
        Draft {
            operation: operation.into(),
            signers,
        }
    }
}

/// Makes random transactions, block after block.
#[derive(Clone)]
pub struct Generator {
    random: Random,
    chain_id: ChainId,
    nonce: u64,
    past: Vec<Candidate>,
    accounts_max: usize,
}

impl Generator {
    /// The one of `seed`.
    pub fn new(seed: u64, chain_id: ChainId) -> Generator {
        Generator {
            random: Random::new(seed),
            chain_id,
            nonce: 0,
            past: Vec::new(),
            accounts_max: ACCOUNTS_MAX,
        }
    }

    /// Lets people open accounts until there are so many.
    #[must_use]
    pub fn with_accounts_max(mut self, accounts_max: usize) -> Generator {
        self.accounts_max = accounts_max;
        self
    }

    /// The time of the next block and what is put into it.
    pub fn block(&mut self, ledger: &Ledger) -> (TimestampMs, Vec<Candidate>) {
        let time_ms = ledger.block_time(self.next_time(ledger));
        let count = 1 + self.random.index(3);
        let mut candidates: Vec<Candidate> = (0..count)
            .map(|_| self.candidate(&ledger.books, time_ms))
            .collect();
        let last = candidates.last().and_then(|it| self.at_once(ledger, it));
        candidates.extend(last.map(|draft| self.sign(&ledger.books, time_ms, draft)));
        (time_ms, candidates)
    }

    /// Now and then an objection in the very block of what it is about, which a window of no length is over for.
    fn at_once(&mut self, ledger: &Ledger, candidate: &Candidate) -> Option<Draft> {
        let (order, appeals) = match candidate.sealed.transaction().operation {
            Operation::VerifyOrder(ref it) => (it.order, false),
            Operation::ResolveDispute(ref it) => (it.order, true),
            _ => return None,
        };
        let Some(OrderRecord::Open(open)) = ledger.books.orders.get(&order) else {
            return None;
        };
        if !self.random.happens(120) {
            return None;
        }
        let by = vec![Signer::Account(open.recipient)];
        Some(if appeals {
            Draft::new(Appeal { order }, by)
        } else {
            Draft::new(OpenDispute { order }, by)
        })
    }

    /// One transaction, or an old one again.
    fn candidate(&mut self, books: &Books, now_ms: TimestampMs) -> Candidate {
        if !self.past.is_empty() && self.random.happens(15) {
            let old = self.random.index(self.past.len());
            return self.past[old].clone();
        }
        let mut draft = self.draft(books, now_ms);
        if self.random.happens(160) {
            self.spoil(books, &mut draft);
        }
        let candidate = self.sign(books, now_ms, draft);
        if self.past.len() == PAST_MAX {
            self.past.remove(0);
        }
        self.past.push(candidate.clone());
        candidate
    }

    /// Something that may well apply.
    pub(crate) fn draft(&mut self, books: &Books, now_ms: TimestampMs) -> Draft {
        let mut scene = Scene {
            random: &mut self.random,
            books,
            now_ms,
            accounts_max: self.accounts_max,
        };
        loop {
            let draft = match scene.random.below(100) {
                0..48 => scene.about_orders(),
                48..68 => scene.about_value(),
                68..76 => scene.about_activities(),
                76..85 => scene.between_people(),
                85..91 => scene.about_standing(),
                91..94 => scene.new_account(),
                _ => scene.by_offices(),
            };
            if let Some(draft) = draft {
                return draft;
            }
        }
    }

    /// Makes something wrong with the signers.
    pub(crate) fn spoil(&mut self, books: &Books, draft: &mut Draft) {
        let at = self.random.index(draft.signers.len());
        match self.random.below(6) {
            0 | 1 if draft.signers.len() > 1 => {
                draft.signers.remove(at);
            }
            2 => draft.signers.swap(0, at),
            3 | 4 => {
                let signer = self.anybody(books);
                if !draft.signers.contains(&signer) {
                    draft.signers.push(signer);
                }
            }
            _ => {
                let signer = self.anybody(books);
                if !draft.signers.contains(&signer) {
                    draft.signers[at] = signer;
                }
            }
        }
    }

    fn anybody(&mut self, books: &Books) -> Signer {
        match self.random.below(10) {
            0..5 => nth(books.staff.keys(), &mut self.random).map(|it| Signer::Staff(*it)),
            5..9 => nth(books.accounts.keys(), &mut self.random).map(|it| Signer::Account(*it)),
            _ => Some(Signer::Key(KEY_RING[self.random.index(KEYS)])),
        }
        .unwrap_or(Signer::Account(person(0)))
    }

    /// Signs a draft with the keys on the ledger, or now and then with another.
    fn sign(&mut self, books: &Books, now_ms: TimestampMs, draft: Draft) -> Candidate {
        let mut signed: Vec<(Signer, PublicKey)> = Vec::with_capacity(draft.signers.len());
        for signer in draft.signers {
            if signed.iter().any(|(before, _)| *before == signer) {
                continue;
            }
            let wrong = self.random.happens(3);
            let key = match books.key_of(signer) {
                Some(key) if !wrong => key,
                _ => KEY_RING[self.random.index(KEYS)],
            };
            signed.push((signer, key));
        }
        let validity_ms = match self.random.below(1_000) {
            0..6 => None,
            6..12 => Some(VALIDITY_MS_MAX + 1),
            12..30 => Some(VALIDITY_MS_MAX),
            30..60 => Some(0),
            60..200 => Some(self.random.below(90) * MINUTE_MS),
            200..500 => Some(self.random.below(VALIDITY_MS_MAX)),
            _ => Some(HOUR_MS + self.random.below(3 * DAY_MS)),
        };
        self.nonce += 1;
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.nonce.to_le_bytes());
        nonce[8..].copy_from_slice(&self.random.next().to_le_bytes());
        let transaction = Transaction {
            chain_id: self.chain_id,
            version: TRANSACTION_VERSION,
            signer: signed[0].0,
            valid_until_ms: match validity_ms {
                Some(validity_ms) => now_ms.plus_ms(validity_ms),
                None => now_ms.minus_ms(1),
            },
            nonce,
            operation: draft.operation,
        };
        Candidate::new(transaction, signed)
    }

    /// A transaction for a day that nothing is wrong with.
    pub fn plain(&mut self, books: &Books, now_ms: TimestampMs, draft: Draft) -> Candidate {
        self.nonce += 1;
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.nonce.to_le_bytes());
        let signed: Vec<_> = draft
            .signers
            .into_iter()
            .map(|it| (it, books.key_of(it).unwrap_or(KEY_RING[0])))
            .collect();
        let transaction = Transaction {
            chain_id: self.chain_id,
            version: TRANSACTION_VERSION,
            signer: signed[0].0,
            valid_until_ms: now_ms.plus_ms(DAY_MS),
            nonce,
            operation: draft.operation,
        };
        Candidate::new(transaction, signed)
    }
}

fn nth<T>(items: impl ExactSizeIterator<Item = T>, random: &mut Random) -> Option<T> {
    let count = items.len();
    let mut items = items;
    (count > 0)
        .then(|| items.nth(random.index(count)))
        .flatten()
}

/// The ledger's books at one instant, and chance.
pub(super) struct Scene<'a> {
    random: &'a mut Random,
    books: &'a Books,
    now_ms: TimestampMs,
    accounts_max: usize,
}

impl Scene<'_> {
    fn today(&self) -> Day {
        Calendar::CHINA.day(self.now_ms)
    }

    fn one_of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.random.index(items.len())].clone()
    }

    fn some_of<T: Clone>(&mut self, items: &[T]) -> Option<T> {
        (!items.is_empty()).then(|| self.one_of(items))
    }

    fn street(&mut self) -> OrganisationId {
        self.one_of(&STREETS)
    }

    fn district(&mut self) -> OrganisationId {
        self.one_of(&DISTRICTS)
    }

    fn office(&mut self) -> OrganisationId {
        match self.random.below(10) {
            0..2 => self.books.city,
            2..6 => self.district(),
            6..9 => self.street(),
            _ => self.one_of(&POINTS),
        }
    }

    fn key(&mut self) -> PublicKey {
        KEY_RING[self.random.index(KEYS)]
    }

    fn programme(&mut self) -> ProgrammeCode {
        ProgrammeCode(1 + u16::try_from(self.random.below(3)).unwrap_or(0))
    }

    fn commitment(&mut self) -> Hash {
        hash(
            Domain::EvidenceCommitment,
            &[&self.random.next().to_le_bytes()],
        )
    }

    /// Amounts people deal in, and those just around limits.
    fn amount(&mut self) -> Minutes {
        Minutes(match self.random.below(20) {
            0..14 => 15 * (1 + self.random.below(8)),
            14 | 15 => 1 + self.random.below(40),
            16 => 600,
            17 => 1,
            18 => 0,
            _ => self.one_of(&[299, 300, 301, 599, 601, 240, 241, 1_441, u64::MAX]),
        })
    }

    /// `limit`, a little more or less, or something below.
    fn around(&mut self, limit: u64) -> Minutes {
        Minutes(match self.random.below(10) {
            0..2 => limit,
            2 => limit.saturating_add(1),
            3 => limit.saturating_sub(1),
            _ => 15 * (1 + self.random.below((limit / 15).max(1))),
        })
    }

    fn later_day(&mut self) -> Day {
        let today = self.today().0;
        Day(match self.random.below(12) {
            0 => today.saturating_sub(1),
            1 | 2 => today,
            3 => today + 1,
            4..8 => today + 1 + u32::try_from(self.random.below(12)).unwrap_or(0),
            _ => today + 60,
        })
    }
}
