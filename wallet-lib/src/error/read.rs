//! What can be wrong with an answer beyond a broken link of its proof: what is shown does not agree with what is proven, with
//! what was proven before, or with itself.

use ledger_core::id::{AccountId, BlockId, Height};
use ledger_core::validator::ValidatorAddress;

use crate::error::errors;

errors! {
    /// Why what was read does not agree with what is proven.
    enum ReadError {}

    /// What is shown beside a proof is not what the proof proves.
    #[error("what is shown of {thing} {id} is not what its proof proves")]
    Verification "display_altered" DisplayAltered {
        /// What sort of thing.
        thing: String,
        /// Which.
        id: String,
    },
    /// The node gives an old block for the newest, and says that it has a newer one.
    #[error("the node says that it has block {claimed} and answers as of block {height}, twice")]
    Verification "blocks_hidden" BlocksHidden {
        /// The block of the answer.
        height: Height,
        /// The block it says it has.
        claimed: Height,
    },
    /// Validators signed two blocks for one height.
    #[error("validators signed two blocks for height {height}: {} and {}", blocks[0], blocks[1])]
    Verification "fork" Fork {
        /// The height.
        height: Height,
        /// The block this wallet knows as decided, and the one that is shown.
        blocks: Box<[BlockId; 2]>,
        /// Who signed the one that is shown.
        signers: Box<[ValidatorAddress]>,
        /// Those of them whose signature of the known one this wallet holds too, both of the same round: who signs two blocks
        /// in two rounds may have had to.
        double_signers: Box<[ValidatorAddress]>,
    },
    /// Postings are missing from the history shown.
    #[error("the history shown has {shown} postings where the account's proven record commits to {length}: some are withheld")]
    Verification "history_withheld" HistoryWithheld {
        /// Postings shown.
        shown: u64,
        /// Postings there are.
        length: u64,
    },
    /// The history shown has postings that the account does not have.
    #[error("the history shown has {shown} postings where the account's proven record commits to {length}: some are added")]
    Verification "history_added" HistoryAdded {
        /// Postings shown.
        shown: u64,
        /// Postings there are.
        length: u64,
    },
    /// The postings of the history shown are not in their order.
    #[error("the {length} postings of the history shown are not in the order the account's proven record commits to")]
    Verification "history_reordered" HistoryReordered {
        /// Postings there are.
        length: u64,
    },
    /// The proven history does not continue the one this wallet has proven before.
    #[error("the proven history of {account} over {length} postings as of block {height} does not continue the one over {kept_length} this wallet proved as of block {kept_height}")]
    Verification "history_rewritten" HistoryRewritten {
        /// Whose.
        account: AccountId,
        /// Postings proven before.
        kept_length: u64,
        /// As of which block.
        kept_height: Height,
        /// Postings proven now.
        length: u64,
        /// As of which block.
        height: Height,
    },
    /// Open orders of the account are not shown.
    #[error("the orders shown of {account} make {shown} of `{counter}`, its proven record says {proven}")]
    Verification "orders_withheld" OrdersWithheld {
        /// Whose.
        account: AccountId,
        /// What does not add up: `open_orders`, `serving` or `held`.
        counter: String,
        /// What the orders shown make.
        shown: u64,
        /// What the account's proven record says.
        proven: u64,
    },
    /// The history shown is not the one the account's proven record commits to.
    #[error("the history shown has {shown} postings that do not lead to the proven head over {length}")]
    Verification "history_altered" HistoryAltered {
        /// Postings shown.
        shown: u64,
        /// Postings there are.
        length: u64,
    },
    /// A history longer than a wallet reads.
    #[error("the history of {account} has {length} postings; at most {length_max} are read")]
    Local "history_too_long" HistoryTooLong {
        /// Whose.
        account: AccountId,
        /// Postings there are.
        length: u64,
        /// The most that are read.
        length_max: u64,
    },
    /// Blocks came faster than an account's orders could be read at one block.
    #[error("the orders of {account} could not be read as of one block in {attempts} attempts; blocks come too fast")]
    Network "orders_moving" OrdersMoving {
        /// Whose.
        account: AccountId,
        /// How often it was tried.
        attempts: u32,
    },
}
