//! What a witness tells: alarms, which somebody has to look into, and notices.

use std::path::PathBuf;

use ledger_core::id::{BlockId, ChainId, Height, StaffId};
use ledger_core::time::TimestampMs;
use ledger_core::validator::ValidatorAddress;
use serde::{Deserialize, Serialize};

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For the record.
    Notice,
    /// Somebody lied, or somebody's node is broken in a way that looks like it.
    Alarm,
}

/// Something a witness tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, by the witness's clock.
    pub time_ms: TimestampMs,
    /// How much it matters.
    pub severity: Severity,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// A block that cannot stand beside the one the witness has seen, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    /// Which node showed it.
    pub node: String,
    /// The first height at which the two chains differ.
    pub height: Height,
    /// The block the witness has seen.
    pub ours: BlockId,
    /// The block the node shows.
    pub theirs: BlockId,
    /// Why the block shown was not decided; none when a quorum signed it.
    pub undecided: Option<String>,
    /// Who signed both.
    pub double_signers: Vec<ValidatorAddress>,
    /// The file with both blocks' headers and certificates.
    pub case: PathBuf,
    /// Transactions that put the offences on record, ready to be submitted.
    pub documents: Vec<PathBuf>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// Two blocks of one height, both decided by a quorum: more than a third of the voting power lied.
    Fork(Contradiction),
    /// A node shows another block at a height at which it had shown, or borne out, the one the witness has seen.
    Rewritten(Contradiction),
    /// A node shows a block that a quorum did not decide where the witness has seen another.
    Forged(Contradiction),
    /// A node shows a block that is not what it says, or that nobody decided, where the witness has seen none yet.
    BadBlock {
        /// Which node.
        node: String,
        /// Where.
        height: Height,
        /// What is wrong.
        reason: String,
        /// What it showed.
        case: PathBuf,
    },
    /// A node shows a checkpoint of a block that the witness has not seen, signed by those who may.
    CheckpointContradicts {
        /// Which node.
        node: String,
        /// Where.
        height: Height,
        /// The block the witness has seen.
        ours: BlockId,
        /// The checkpoint's.
        theirs: BlockId,
        /// The checkpoint.
        case: PathBuf,
    },
    /// A node serves another chain.
    OtherChain {
        /// Which node.
        node: String,
        /// The chain witnessed.
        expected: ChainId,
        /// The node's.
        actual: ChainId,
    },
    /// The witness begins, or goes on.
    Began {
        /// The newest header it has seen.
        height: Height,
        /// For how long it was away, in milliseconds; none when it never was here before.
        away_ms: Option<u64>,
    },
    /// The validators changed.
    SetChanged {
        /// The block that changed them.
        height: Height,
        /// How many there are from the next one on.
        validators: u64,
    },
    /// More time lies between two blocks than should.
    Gap {
        /// The later block.
        height: Height,
        /// The time of the block before it.
        from_ms: TimestampMs,
        /// Its own.
        to_ms: TimestampMs,
    },
    /// No node has shown a new block for longer than should be.
    Silent {
        /// The newest block.
        height: Height,
        /// Since when, by the witness's clock.
        since_ms: TimestampMs,
    },
    /// There is a block again.
    Resumed {
        /// It.
        height: Height,
        /// Since when there had been none, by the witness's clock.
        since_ms: TimestampMs,
    },
    /// A node gives no answer, or none that can be read.
    NodeAway {
        /// Which node.
        node: String,
        /// What it said, or why it said nothing.
        reason: String,
    },
    /// It answers again.
    NodeBack {
        /// Which node.
        node: String,
        /// Since when it did not.
        since_ms: TimestampMs,
    },
    /// A node's newest block is one that it had gone beyond before.
    NodeWentBack {
        /// Which node.
        node: String,
        /// Its newest block.
        height: Height,
        /// How far it had been.
        before: Height,
    },
    /// A node has not come nearer to the newest block for some rounds.
    NodeBehind {
        /// Which node.
        node: String,
        /// Its newest block.
        height: Height,
        /// How many blocks it is behind.
        behind: u64,
    },
    /// A checkpoint was written or signed.
    Cosigned {
        /// The file.
        file: PathBuf,
        /// Its block.
        height: Height,
        /// Who signed.
        staff: StaffId,
    },
    /// A checkpoint that lay there to be signed was not.
    NotCosigned {
        /// The file.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl What {
    /// How much it matters.
    pub const fn severity(&self) -> Severity {
        match self {
            What::Fork(_)
            | What::Rewritten(_)
            | What::Forged(_)
            | What::BadBlock { .. }
            | What::CheckpointContradicts { .. }
            | What::OtherChain { .. } => Severity::Alarm,
            _ => Severity::Notice,
        }
    }

    /// Its stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            What::Fork(_) => "fork",
            What::Rewritten(_) => "rewritten",
            What::Forged(_) => "forged",
            What::BadBlock { .. } => "bad_block",
            What::CheckpointContradicts { .. } => "checkpoint_contradicts",
            What::OtherChain { .. } => "other_chain",
            What::Began { .. } => "began",
            What::SetChanged { .. } => "set_changed",
            What::Gap { .. } => "gap",
            What::Silent { .. } => "silent",
            What::Resumed { .. } => "resumed",
            What::NodeAway { .. } => "node_away",
            What::NodeBack { .. } => "node_back",
            What::NodeWentBack { .. } => "node_went_back",
            What::NodeBehind { .. } => "node_behind",
            What::Cosigned { .. } => "cosigned",
            What::NotCosigned { .. } => "not_cosigned",
        }
    }

    /// By which a second report of the same thing within a day is known; none for what is always told.
    pub(super) fn repetition(&self) -> Option<String> {
        Some(match self {
            What::Fork(it) | What::Rewritten(it) | What::Forged(it) => {
                format!("{} {} {} {}", self.code(), it.node, it.height, it.theirs)
            }
            What::BadBlock { node, .. }
            | What::OtherChain { node, .. }
            | What::CheckpointContradicts { node, .. } => format!("{} {node}", self.code()),
            What::NotCosigned { file, reason } => format!("{} {reason}", file.display()),
            _ => return None,
        })
    }
}
