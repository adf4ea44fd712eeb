//! The membership card: shows a shop that its holder is a member of the city, without a network and without a word about
//! balance, programmes or kin. It moves no minutes.
//!
//! The holder's app keeps a [`CardProof`]: the account's membership, proven in a block that the city's validators decided. It
//! is public, and would be worth as much on anybody's phone; so each time the card is shown the holder's key signs, either
//!
//! - a **question**, 16 random bytes that the shop's device shows as a code and the holder's app scans: nobody can have
//!   recorded the answer before, and it answers no other question; or
//! - a **short window**, at most [`WINDOW_MS_MAX`]: for shops that only scan. The reader remembers the windows it has seen
//!   until they are over, so that a copy is not accepted in the same shop either.
//!
//! The reader ([`CardReader`]) needs what it kept from its last time online, a `TrustChain`, and its clock. How a card is laid
//! out, how large it is and what it does not prove stands in `docs/card.md`.

mod error;
mod proof;
mod reader;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::id::{AccountId, BlockId, ChainId};
use ledger_core::signature::{Purpose, SecretKey, Signature};
use ledger_core::time::{MINUTE_MS, TimestampMs};

pub use error::CardError;
pub use proof::CardProof;
pub use reader::{
    CARD_AGE_MS_MAX, CARD_AGE_MS_MAX_DEFAULT, CARDS_SEEN_MAX, CLOCK_DIFFERENCE_MS_MAX, CardLimits,
    CardReader, Member, QUESTION_MS_MAX, READER_BYTES_MAX,
};

use crate::error::Error;
use crate::key;
use crate::qr;

/// The longest window a card may be shown in.
pub const WINDOW_MS_MAX: u64 = 2 * MINUTE_MS;
/// How long a window lasts unless something else is asked for: time enough to scan the codes of a large city's card.
pub const WINDOW_MS_DEFAULT: u64 = MINUTE_MS;
/// The longest card, in bytes: far above what a city of 200 validators and a billion records needs.
pub const CARD_BYTES_MAX: usize = 32 * 1024;
/// The version of cards and questions that this build writes and the only one it reads.
pub const CARD_VERSION: u8 = 1;
/// The bytes of a [`Question`].
const QUESTION_BYTES: usize = 1 + 32 + 16;

/// What a shop's device asks a card to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Question {
    version: u8,
    /// The city it is asked in.
    pub chain_id: ChainId,
    /// Random, never asked before.
    pub random: [u8; 16],
}

impl Question {
    /// A new one, from the system's random numbers.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn new(chain_id: ChainId) -> Result<Question, Error> {
        Ok(Question {
            version: CARD_VERSION,
            chain_id,
            random: *key::random::<16>()?,
        })
    }

    /// Its bytes: what the code on the shop's device carries.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are no question, or of a version this build does not know.
    pub fn from_bytes(bytes: &[u8]) -> Result<Question, Error> {
        check_version(bytes)?;
        codec::decode(bytes, QUESTION_BYTES).map_err(damaged)
    }

    /// The texts of its codes: one.
    ///
    /// # Errors
    /// Never for a question, which is short.
    pub fn qr_parts(&self) -> Result<Vec<String>, Error> {
        qr::parts(qr::Kind::Challenge, &self.to_bytes())
    }
}

/// For what occasion a card is shown: what its signature covers beside account and block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Occasion {
    /// In answer to a question.
    Answer {
        /// The question's random bytes.
        random: [u8; 16],
    },
    /// Within a short time, to whoever scans it.
    Window {
        /// From when.
        from_ms: TimestampMs,
        /// Until when.
        until_ms: TimestampMs,
    },
}

/// What the holder signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize)]
struct Statement {
    chain_id: ChainId,
    account: AccountId,
    block_id: BlockId,
    occasion: Occasion,
}

/// A card as it is shown: the proof, and the holder's signature for this occasion.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Card {
    version: u8,
    /// The membership and its proof.
    pub proof: CardProof,
    /// For what it is shown.
    pub occasion: Occasion,
    /// By the membership's key.
    pub signature: Signature,
}

impl Card {
    /// `proof`, signed by `key` in answer to `question`.
    ///
    /// # Errors
    /// When the question is asked in another city, or the key is not the member's (any more).
    pub fn answer(proof: CardProof, key: &SecretKey, question: &Question) -> Result<Card, Error> {
        let (expected, actual) = (proof.header.chain_id, question.chain_id);
        if expected != actual {
            return Err(CardError::OtherCity { expected, actual }.into());
        }
        let random = question.random;
        Card::sign(proof, key, Occasion::Answer { random })
    }

    /// `proof`, signed by `key` to be shown from `now_ms` on for `window_ms`, of which at most [`WINDOW_MS_MAX`] count.
    ///
    /// # Errors
    /// When the key is not the member's (any more).
    pub fn show(
        proof: CardProof,
        key: &SecretKey,
        now_ms: TimestampMs,
        window_ms: u64,
    ) -> Result<Card, Error> {
        let occasion = Occasion::Window {
            from_ms: now_ms,
            until_ms: now_ms.plus_ms(window_ms.min(WINDOW_MS_MAX)),
        };
        Card::sign(proof, key, occasion)
    }

    fn sign(proof: CardProof, key: &SecretKey, occasion: Occasion) -> Result<Card, Error> {
        let (expected, actual) = (proof.membership.key, key.public_key());
        if expected != actual {
            return Err(CardError::KeyReplaced { expected, actual }.into());
        }
        let statement = statement(&proof, occasion);
        Ok(Card {
            version: CARD_VERSION,
            signature: key.sign(Purpose::Card, &codec::encode(&statement)),
            proof,
            occasion,
        })
    }

    /// Whether the membership's key signed it.
    fn is_signed(&self) -> bool {
        let statement = codec::encode(&statement(&self.proof, self.occasion));
        let key = self.proof.membership.key;
        key.verifies(Purpose::Card, &statement, &self.signature)
    }

    /// Its bytes: what its codes carry.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads what [`Self::to_bytes`] wrote. Nothing is checked by this; [`CardReader::check`] does.
    ///
    /// # Errors
    /// When the bytes are no card, or of a version this build does not know.
    pub fn from_bytes(bytes: &[u8]) -> Result<Card, Error> {
        check_version(bytes)?;
        codec::decode(bytes, CARD_BYTES_MAX).map_err(damaged)
    }

    /// The texts of its codes.
    ///
    /// # Errors
    /// When it is too long for codes, which no card of a real city is.
    pub fn qr_parts(&self) -> Result<Vec<String>, Error> {
        qr::parts(qr::Kind::Card, &self.to_bytes())
    }
}

fn statement(proof: &CardProof, occasion: Occasion) -> Statement {
    Statement {
        chain_id: proof.header.chain_id,
        account: proof.account,
        block_id: proof.header.id(),
        occasion,
    }
}

/// Tells a card of another version from one that is damaged.
fn check_version(bytes: &[u8]) -> Result<(), CardError> {
    match bytes.first() {
        Some(&CARD_VERSION) | None => Ok(()),
        Some(version) => Err(CardError::Version {
            version: *version,
            known: CARD_VERSION,
        }),
    }
}

fn damaged(error: codec::DecodeError) -> Error {
    let reason = error.to_string();
    CardError::Damaged { reason }.into()
}
