//! The shop's side: whether a card shown now is a member's.
//!
//! The reader works without a network. It needs a [`TrustChain`], which it brings up to date whenever it is online and at
//! least once in a trusting period, and a clock. It does not let cards prolong its trust: a device that met nothing but cards
//! would believe the keys of offices that were replaced long ago.
//!
//! What always holds: a card is accepted at most once; a reader that asked a question accepts nothing but its answer; the
//! memory of cards seen is bounded, and a reader whose memory is full refuses rather than forgets.

use std::collections::BTreeSet;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::id::{AccountId, ChainId, Height, OrganisationId};
use ledger_core::proof::{Clock, TRUSTING_PERIOD_MS, TrustChain};
use ledger_core::signature::PublicKey;
use ledger_core::time::{DAY_MS, MINUTE_MS, TimestampMs};

use super::{Card, CardError, Occasion, Question, WINDOW_MS_MAX, damaged};
use crate::error::Error;

/// The oldest proof a reader can be told to accept, in milliseconds: after it the validators' word no longer counts.
pub const CARD_AGE_MS_MAX: u64 = TRUSTING_PERIOD_MS;
/// How old a card's proof may be unless something else is asked for. Freezing an account acts on its card only when the proof
/// has aged out, so this is for how long somebody who was put out may still get a discount; and it is how rarely a member's
/// phone may be online.
pub const CARD_AGE_MS_MAX_DEFAULT: u64 = 7 * DAY_MS;
/// By how much the clocks of phone and reader may differ.
pub const CLOCK_DIFFERENCE_MS_MAX: u64 = MINUTE_MS / 2;
/// For how long a question may be answered.
pub const QUESTION_MS_MAX: u64 = 5 * MINUTE_MS;
/// The most windows remembered at a time: twenty scans a second for the longest time one counts.
pub const CARDS_SEEN_MAX: usize = 4_096;
/// The longest encoding of a [`CardReader`]'s memory, in bytes.
pub const READER_BYTES_MAX: usize = 512 * 1024;

/// What a shop accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CardLimits {
    /// The oldest proof; at most [`CARD_AGE_MS_MAX`] counts.
    pub age_ms_max: u64,
    /// By how much the clocks of phone and reader may differ; at most [`CLOCK_DIFFERENCE_MS_MAX`] counts.
    pub clock_difference_ms_max: u64,
}

impl Default for CardLimits {
    fn default() -> CardLimits {
        CardLimits {
            age_ms_max: CARD_AGE_MS_MAX_DEFAULT,
            clock_difference_ms_max: CLOCK_DIFFERENCE_MS_MAX,
        }
    }
}

/// Who showed a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The account.
    pub account: AccountId,
    /// Its key.
    pub key: PublicKey,
    /// Its home street.
    pub home: OrganisationId,
    /// The block after which it was a member.
    pub height: Height,
    /// That block's time.
    pub time_ms: TimestampMs,
    /// How long ago that was.
    pub age_ms: u64,
}

/// A question that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Asked {
    question: Question,
    asked_ms: TimestampMs,
}

/// A window that was shown; the order is that in which they are forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
struct Seen {
    until_ms: TimestampMs,
    from_ms: TimestampMs,
    account: AccountId,
}

/// A device that checks cards.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CardReader {
    limits: CardLimits,
    asked: Option<Asked>,
    seen: BTreeSet<Seen>,
}

impl CardReader {
    /// That has seen no card yet.
    pub fn new(limits: CardLimits) -> CardReader {
        CardReader {
            limits: CardLimits {
                age_ms_max: limits.age_ms_max.min(CARD_AGE_MS_MAX),
                clock_difference_ms_max: limits
                    .clock_difference_ms_max
                    .min(CLOCK_DIFFERENCE_MS_MAX),
            },
            asked: None,
            seen: BTreeSet::new(),
        }
    }

    /// Its memory, to be kept where only the shop can write: a reader that is started anew without it takes for new what it
    /// saw in the last [`WINDOW_MS_MAX`].
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are no such memory.
    pub fn from_bytes(bytes: &[u8]) -> Result<CardReader, Error> {
        let read: CardReader = codec::decode(bytes, READER_BYTES_MAX).map_err(damaged)?;
        if read.seen.len() > CARDS_SEEN_MAX {
            let reason = format!(
                "{} cards seen are more than a reader keeps",
                read.seen.len()
            );
            return Err(CardError::Damaged { reason }.into());
        }
        Ok(CardReader {
            asked: read.asked,
            seen: read.seen,
            ..CardReader::new(read.limits)
        })
    }

    /// What it accepts.
    pub const fn limits(&self) -> CardLimits {
        self.limits
    }

    /// A new question to show: from now on only a card that answers it is accepted, until it is answered or
    /// [`Self::withdraw`]n. One question is open at a time.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn ask(&mut self, chain_id: ChainId, now_ms: TimestampMs) -> Result<Question, Error> {
        let question = Question::new(chain_id)?;
        self.asked = Some(Asked {
            question,
            asked_ms: now_ms,
        });
        Ok(question)
    }

    /// Waits for no answer any more.
    pub fn withdraw(&mut self) {
        self.asked = None;
    }

    /// Checks a card shown now, by whom `trust` believes. `clock` is the reader's, as for every other proof.
    ///
    /// # Errors
    /// See [`CardError`]; nothing is remembered of a card that is refused, and a question stays open.
    pub fn check(
        &mut self,
        trust: &TrustChain,
        clock: Clock,
        card: &Card,
    ) -> Result<Member, CardError> {
        let proof = &card.proof;
        let header = &proof.header;
        let (expected, actual) = (trust.chain_id(), header.chain_id);
        if expected != actual {
            return Err(CardError::OtherCity { expected, actual });
        }
        // First what costs little, so that a stack of old cards keeps no shop waiting.
        let age_ms = clock.now_ms.since_ms(header.time_ms);
        let age_ms_max = self.limits.age_ms_max;
        if age_ms > age_ms_max {
            let time_ms = header.time_ms;
            return Err(CardError::Old {
                time_ms,
                age_ms,
                age_ms_max,
            });
        }
        self.check_occasion(card, clock.now_ms)?;
        if !card.is_signed() {
            let key = proof.membership.key;
            return Err(CardError::Signature { key });
        }
        proof.check(trust, clock)?;
        self.remember(card, clock.now_ms);
        Ok(Member {
            account: proof.account,
            key: proof.membership.key,
            home: proof.membership.home,
            height: header.height,
            time_ms: header.time_ms,
            age_ms,
        })
    }

    /// Whether the card is shown for what this reader is waiting for now.
    fn check_occasion(&self, card: &Card, now_ms: TimestampMs) -> Result<(), CardError> {
        match (self.asked, card.occasion) {
            (Some(asked), Occasion::Answer { random }) => {
                if asked.question.random != random {
                    return Err(CardError::OtherQuestion {});
                }
                let waited_ms = now_ms.since_ms(asked.asked_ms);
                if waited_ms > QUESTION_MS_MAX {
                    let waited_ms_max = QUESTION_MS_MAX;
                    return Err(CardError::QuestionOld {
                        waited_ms,
                        waited_ms_max,
                    });
                }
                Ok(())
            }
            (None, Occasion::Answer { .. }) => Err(CardError::NotAsked {}),
            (Some(_), Occasion::Window { .. }) => Err(CardError::NoAnswer {}),
            (None, Occasion::Window { from_ms, until_ms }) => {
                self.check_window(card, (from_ms, until_ms), now_ms)
            }
        }
    }

    fn check_window(
        &self,
        card: &Card,
        (from_ms, until_ms): (TimestampMs, TimestampMs),
        now_ms: TimestampMs,
    ) -> Result<(), CardError> {
        let difference_ms = self.limits.clock_difference_ms_max;
        let (window_ms, window_ms_max) = (until_ms.since_ms(from_ms), WINDOW_MS_MAX);
        if until_ms < from_ms || window_ms > window_ms_max {
            return Err(CardError::WindowLong {
                window_ms,
                window_ms_max,
            });
        }
        let ahead_ms = from_ms.since_ms(now_ms);
        if ahead_ms > difference_ms {
            return Err(CardError::NotYet { from_ms, ahead_ms });
        }
        let over_ms = now_ms.since_ms(until_ms);
        if over_ms > difference_ms {
            return Err(CardError::Expired { until_ms, over_ms });
        }
        let seen = Seen {
            until_ms,
            from_ms,
            account: card.proof.account,
        };
        if self.seen.contains(&seen) {
            let account = seen.account;
            return Err(CardError::ShownBefore { account });
        }
        let is_over = |seen: &&Seen| now_ms.since_ms(seen.until_ms) > difference_ms;
        let over = self.seen.iter().take_while(is_over).count();
        let count = self.seen.len() - over;
        if count >= CARDS_SEEN_MAX {
            return Err(CardError::ReaderFull { count });
        }
        Ok(())
    }

    /// Remembers a card that is accepted, and forgets those whose time is over.
    fn remember(&mut self, card: &Card, now_ms: TimestampMs) {
        match card.occasion {
            // The answer has come: the question is open no more, and the same card answers no other.
            Occasion::Answer { .. } => self.asked = None,
            Occasion::Window { from_ms, until_ms } => {
                let difference_ms = self.limits.clock_difference_ms_max;
                let over = |seen: &Seen| now_ms.since_ms(seen.until_ms) > difference_ms;
                self.seen.retain(|seen| !over(seen));
                self.seen.insert(Seen {
                    until_ms,
                    from_ms,
                    account: card.proof.account,
                });
            }
        }
    }
}
