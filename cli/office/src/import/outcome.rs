//! What became of a line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ledger_core::id::{AccountId, Height, OrderId, TransactionId};
use ledger_core::ledger::Rejection;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::{Operation, Signer, Transaction};
use timebank_wallet::error::Refusal;
use timebank_wallet::records::LineProblem;

/// What became of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It cannot be used.
    Malformed(LineProblem),
    /// The ledger refuses it, or would; nothing was consumed.
    Refused(Refusal),
    /// Its number was imported before, for something else.
    NumberTaken {
        /// What was made of it then.
        transaction: TransactionId,
    },
    /// What was made of an earlier form of the line may still apply.
    StillOpen {
        /// What was made of it then.
        transaction: TransactionId,
        /// Until then.
        valid_until_ms: TimestampMs,
    },
    /// What was made of it is too old to apply, and without the blocks nobody can tell whether it did.
    Unclear {
        /// What was made of it.
        transaction: TransactionId,
    },
    /// The node said it is in a block; by the blocks it is not.
    Contradicted {
        /// What was made of it.
        transaction: TransactionId,
        /// The block it was said to be in.
        height: Height,
    },
    /// It would apply.
    Ready,
    /// Signatures are missing.
    Unsigned {
        /// What was made of it.
        made: Created,
        /// Whose.
        missing: Vec<Signer>,
        /// The document for them to sign, if one was written.
        document: Option<PathBuf>,
    },
    /// It was in a decided block before this import began.
    Before {
        /// What was made of it.
        made: Created,
        /// The block.
        height: Height,
    },
    /// It is in a decided block.
    Applied {
        /// What was made of it.
        made: Created,
        /// The block.
        height: Height,
    },
    /// The node has checked it and keeps it for a block.
    Accepted {
        /// What was made of it.
        made: Created,
    },
    /// No node took it; importing again goes on.
    NotTaken {
        /// What was made of it.
        made: Created,
        /// What the node said, if it said anything.
        refusal: Option<Refusal>,
    },
}

/// A transaction, and what comes into being with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// The transaction.
    pub transaction: TransactionId,
    /// The account it opens.
    pub account: Option<AccountId>,
    /// The order it records.
    pub order: Option<OrderId>,
}

impl Created {
    /// By `transaction`.
    pub fn by(transaction: &Transaction) -> Created {
        let id = transaction.id();
        let opens = matches!(transaction.operation, Operation::OpenAccount(_));
        let records = matches!(transaction.operation, Operation::RecordService(_));
        Created {
            transaction: id,
            account: opens.then(|| AccountId::derive(id)),
            order: records.then(|| OrderId::derive(id)),
        }
    }
}

/// How a line ended, in a word. The words are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It has a mistake.
    Malformed,
    /// The ledger refuses it, or would.
    Refused,
    /// Something else was imported under its number, or may still be.
    Conflict,
    /// What became of it cannot be told.
    Unclear,
    /// Signatures are missing, and a document was written for them.
    Document,
    /// Signatures are missing.
    Unsigned,
    /// It would apply.
    Ready,
    /// It was done before.
    Before,
    /// It is in a decided block.
    Applied,
    /// A node keeps it for a block.
    Accepted,
    /// No node took it.
    NotTaken,
}

impl State {
    /// Every state.
    pub const ALL: [State; 11] = [
        State::Applied,
        State::Before,
        State::Accepted,
        State::Ready,
        State::Document,
        State::Unsigned,
        State::Refused,
        State::Conflict,
        State::Malformed,
        State::NotTaken,
        State::Unclear,
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            State::Malformed => "malformed",
            State::Refused => "refused",
            State::Conflict => "conflict",
            State::Unclear => "unclear",
            State::Document => "document",
            State::Unsigned => "unsigned",
            State::Ready => "ready",
            State::Before => "before",
            State::Applied => "applied",
            State::Accepted => "accepted",
            State::NotTaken => "not_taken",
        }
    }
}

impl Outcome {
    /// In a word.
    pub const fn state(&self) -> State {
        match self {
            Outcome::Malformed(_) => State::Malformed,
            Outcome::Refused(_) => State::Refused,
            Outcome::NumberTaken { .. } | Outcome::StillOpen { .. } => State::Conflict,
            Outcome::Unclear { .. } | Outcome::Contradicted { .. } => State::Unclear,
            Outcome::Unsigned {
                document: Some(_), ..
            } => State::Document,
            Outcome::Unsigned { document: None, .. } => State::Unsigned,
            Outcome::Ready => State::Ready,
            Outcome::Before { .. } => State::Before,
            Outcome::Applied { .. } => State::Applied,
            Outcome::Accepted { .. } => State::Accepted,
            Outcome::NotTaken { .. } => State::NotTaken,
        }
    }

    /// The stable code of what happened: a mistake's, a rule's, or the state's own.
    pub fn code(&self) -> &str {
        match self {
            Outcome::Malformed(error) => error.code(),
            Outcome::Refused(refusal) => &refusal.code,
            Outcome::NotTaken {
                refusal: Some(refusal),
                ..
            } => &refusal.code,
            Outcome::NumberTaken { .. } => "import_number_taken",
            Outcome::StillOpen { .. } => "import_still_open",
            Outcome::Contradicted { .. } => "import_contradicted",
            Outcome::Unclear { .. } => "import_unclear",
            Outcome::Unsigned {
                document: Some(_), ..
            } => "import_document",
            Outcome::Unsigned { document: None, .. } => "import_unsigned",
            Outcome::Ready => "import_ready",
            Outcome::Before { .. } => "import_before",
            Outcome::Applied { .. } => "import_applied",
            Outcome::Accepted { .. } => "import_accepted",
            Outcome::NotTaken { refusal: None, .. } => "import_not_taken",
        }
    }

    /// The transaction that was made of the line, and what it brings into being.
    pub fn made(&self) -> Option<Created> {
        match self {
            Outcome::Unsigned { made, .. }
            | Outcome::Before { made, .. }
            | Outcome::Applied { made, .. }
            | Outcome::Accepted { made }
            | Outcome::NotTaken { made, .. } => Some(*made),
            Outcome::NumberTaken { transaction }
            | Outcome::StillOpen { transaction, .. }
            | Outcome::Unclear { transaction }
            | Outcome::Contradicted { transaction, .. } => Some(Created {
                transaction: *transaction,
                account: None,
                order: None,
            }),
            Outcome::Malformed(_) | Outcome::Refused(_) | Outcome::Ready => None,
        }
    }

    /// The block it is in.
    pub const fn height(&self) -> Option<Height> {
        match self {
            Outcome::Before { height, .. } | Outcome::Applied { height, .. } => Some(*height),
            _ => None,
        }
    }
}

/// A rejection by the rules here, as a node would say it.
pub(super) fn refusal(rejection: &Rejection) -> Refusal {
    Refusal {
        code: rejection.code().to_owned(),
        message_en: String::new(),
        message_zh: String::new(),
        remedy_en: String::new(),
        remedy_zh: String::new(),
        details: serde_json::to_value(rejection).unwrap_or_default(),
    }
}

/// A line and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct LineReport {
    /// Counted from 1.
    pub line: u64,
    /// The office's own number; empty when it could not be read.
    pub number: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Every line, in the order of the file.
    pub lines: Vec<LineReport>,
    /// Files in the folder of documents that are none, and why.
    pub strange: Vec<(PathBuf, String)>,
    /// Why submitting ended early, if it did.
    pub stopped: Option<timebank_wallet::Error>,
}

impl Report {
    /// How many lines ended how.
    pub fn counts(&self) -> BTreeMap<State, u64> {
        let mut counts = BTreeMap::new();
        for line in &self.lines {
            *counts.entry(line.outcome.state()).or_default() += 1;
        }
        counts
    }
}
