//! What can be wrong with a card: one variant per cause, as in [`crate::error`].

use ledger_core::id::{AccountId, ChainId, Height};
use ledger_core::signature::PublicKey;
use ledger_core::time::TimestampMs;

use crate::error::errors;

errors! {
    /// An error of a membership card: of the one shown, of the reader, or of the holder's app.
    enum CardError {}

    /// The bytes are no card, question, proof or memory of cards.
    #[error("not a card, or a damaged one: {reason}")]
    Verification "card_damaged" Damaged {
        /// Why not.
        reason: String,
    },
    /// A card of a version this build does not know.
    #[error("a card of version {version}; this build reads {known}")]
    Verification "card_version" Version {
        /// The card's.
        version: u8,
        /// The one known here.
        known: u8,
    },
    /// It is a card of another city, or the question was asked in another.
    #[error("a card of chain {actual}; here it is chain {expected}")]
    Verification "card_other_city" OtherCity {
        /// The chain here.
        expected: ChainId,
        /// The other one.
        actual: ChainId,
    },
    /// It is proven that the account is no active person's with a key: the holder's own app is told this.
    #[error("account {account} was no active member with a key at {time_ms} ms")]
    NotFound "card_no_membership" NoMembership {
        /// The account.
        account: AccountId,
        /// As of when.
        time_ms: TimestampMs,
    },
    /// The key at hand is not the one the proof shows: it was rotated or recovered since.
    #[error("the card's proof is for key {expected}; the key at hand is {actual}")]
    Local "card_key_replaced" KeyReplaced {
        /// The membership's.
        expected: PublicKey,
        /// The one at hand.
        actual: PublicKey,
    },
    /// The block's state holds no membership of the account.
    #[error("account {account} is no member in the block the card names")]
    Verification "card_not_member" NotMember {
        /// The account.
        account: AccountId,
    },
    /// The block's state holds another key or home for the account than the card claims.
    #[error("account {account} has another key or home in the block the card names")]
    Verification "card_other_member" OtherMember {
        /// The account.
        account: AccountId,
    },
    /// The proof does not lead from the membership to the block.
    #[error("the card's proof does not hold: {reason}")]
    Verification "card_not_proven" NotProven {
        /// Why not.
        reason: String,
    },
    /// The proof is older than this reader accepts.
    #[error("the card's proof is of {time_ms} ms, {age_ms} ms ago; at most {age_ms_max} ms are allowed")]
    Verification "card_old" Old {
        /// The block's time.
        time_ms: TimestampMs,
        /// How long ago that is.
        age_ms: u64,
        /// How long ago it may be.
        age_ms_max: u64,
    },
    /// The proof is of a block from the future: a clock is wrong.
    #[error("the card's proof is of {time_ms} ms, which is still to come")]
    Verification "card_from_the_future" FromTheFuture {
        /// The block's time.
        time_ms: TimestampMs,
    },
    /// The signature is not the member's key's for this showing.
    #[error("the card is not signed by key {key} for this showing")]
    Verification "card_signature" Signature {
        /// The membership's key.
        key: PublicKey,
    },
    /// It answers another question than the one open.
    #[error("the card answers another question")]
    Verification "card_other_question" OtherQuestion {},
    /// It answers a question, and none is open.
    #[error("the card answers a question, and none is open")]
    Verification "card_not_asked" NotAsked {},
    /// A question is open, and the card does not answer one.
    #[error("a question is open, and the card answers none")]
    Verification "card_no_answer" NoAnswer {},
    /// The question was asked too long ago.
    #[error("the question was asked {waited_ms} ms ago; it may be answered for {waited_ms_max} ms")]
    Verification "card_question_old" QuestionOld {
        /// How long ago.
        waited_ms: u64,
        /// How long it may be answered.
        waited_ms_max: u64,
    },
    /// It is to be shown for longer than a card may be.
    #[error("the card counts for {window_ms} ms; at most {window_ms_max} ms are allowed")]
    Verification "card_window_long" WindowLong {
        /// For how long.
        window_ms: u64,
        /// The most.
        window_ms_max: u64,
    },
    /// Its time has not come: a clock is wrong.
    #[error("the card counts from {from_ms} ms, {ahead_ms} ms from now")]
    Verification "card_not_yet" NotYet {
        /// From when.
        from_ms: TimestampMs,
        /// How far ahead that is.
        ahead_ms: u64,
    },
    /// Its time is over.
    #[error("the card counted until {until_ms} ms, {over_ms} ms ago")]
    Verification "card_expired" Expired {
        /// Until when.
        until_ms: TimestampMs,
        /// How long ago that was.
        over_ms: u64,
    },
    /// This very card was accepted here already.
    #[error("this card of account {account} was shown here before")]
    Verification "card_shown_before" ShownBefore {
        /// The account.
        account: AccountId,
    },
    /// The reader has seen as many cards as it remembers.
    #[error("{count} cards were seen in the last minutes, as many as this reader remembers")]
    Local "card_reader_full" ReaderFull {
        /// How many.
        count: usize,
    },
    /// The reader's own trust has ended: it was offline for too long.
    #[error("this reader's trust rests on a block of {time_ms} ms and ended {overdue_ms} ms ago")]
    Local "card_reader_expired" ReaderExpired {
        /// The newest block it has proven.
        time_ms: TimestampMs,
        /// How long its trust is over.
        overdue_ms: u64,
    },
    /// The city's validators have changed since the reader was online.
    #[error("the card's block {height} is by validators that came after height {trusted_since}; this reader does not know them")]
    Local "card_reader_behind" ReaderBehind {
        /// The card's block.
        height: Height,
        /// When the set the reader knows came to be.
        trusted_since: Height,
    },
    /// The block is by validators who had been replaced before it.
    #[error("the card's block {height} is by validators that were retired at height {retired_at}")]
    Verification "card_retired_set" RetiredSet {
        /// The card's block.
        height: Height,
        /// The last block they decided.
        retired_at: Height,
    },
    /// The block is by validators who were retired too long ago for their word to count.
    #[error("the card's block {height} is by validators that were retired at height {retired_at}, too long ago")]
    Verification "card_retired_too_long" RetiredTooLong {
        /// The card's block.
        height: Height,
        /// The last block they decided.
        retired_at: Height,
    },
    /// The block is from before the reader's trust began, or by validators that never were.
    #[error("the card's block {height} is by validators this reader does not know")]
    Verification "card_before_trust" BeforeTrust {
        /// The card's block.
        height: Height,
    },
    /// The block names a validator set that is not the trusted one.
    #[error("the card's block {height} is by a foreign validator set")]
    Verification "card_foreign_set" ForeignSet {
        /// The card's block.
        height: Height,
    },
    /// The certificate does not show that a quorum decided the block.
    #[error("the card's block {height} is not decided: {reason}")]
    Verification "card_certificate" Certificate {
        /// The card's block.
        height: Height,
        /// Why not.
        reason: String,
    },
    /// The validators decided two blocks that exclude each other.
    #[error("the card's block {height} and what this reader knows exclude each other: {reason}")]
    Verification "card_fork" Fork {
        /// The card's block.
        height: Height,
        /// How.
        reason: String,
    },
}
