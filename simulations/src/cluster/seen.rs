//! What can be seen of a cluster from outside, one thing after another: what checkers judge by.

use std::sync::Arc;

use ledger_core::id::{Height, TransactionId};
use ledger_core::state::StateKey;
use ledger_core::transaction::SealedEnvelope;
use timebank_node::replica::{
    Accepted, Alarm, Committed, Fault, RequestFailure, SubmitError, Ticket, Topic,
};

/// What a wallet made of a node's answer.
#[derive(Clone, Debug)]
pub struct Read {
    /// Which wallet.
    pub wallet: usize,
    /// Which node.
    pub node: usize,
    /// What was asked for.
    pub key: StateKey,
    /// Whether the answer was changed on its way, and how.
    pub tampered: Option<&'static str>,
    /// What the wallet believes: as of which block, the record's bytes or that there is none; or why it believes nothing.
    pub outcome: Result<(Height, Option<Vec<u8>>), timebank_wallet::Error>,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A node started; what it recovered it recovered.
    Started {
        /// Which.
        node: usize,
    },
    /// A node found its derived state damaged and threw it away, to build it anew.
    Discarded {
        /// Which.
        node: usize,
        /// What it says about it.
        reason: String,
    },
    /// A node is gone.
    Crashed {
        /// Which.
        node: usize,
    },
    /// What a replica wanted to say to its peers, before a behaviour or the network changed anything about it.
    Said {
        /// Who.
        node: usize,
        /// The kind of message.
        topic: Topic,
        /// The message.
        bytes: Arc<Vec<u8>>,
    },
    /// A node got the answer to a request.
    Heard {
        /// Who asked.
        node: usize,
        /// How many bytes; or why none came.
        outcome: Result<usize, RequestFailure>,
    },
    /// A node committed a block: whoever waited there hears that its transactions are final.
    Committed {
        /// Which.
        node: usize,
        /// The block, its certificate, its receipts.
        committed: Committed,
    },
    /// A node was put on another disk, or files of its were set aside: what it acknowledged before need not be there.
    Restored {
        /// Which.
        node: usize,
    },
    /// Somebody handed a transaction to a node.
    Submitted {
        /// To whom.
        node: usize,
        /// Names the answer.
        ticket: Ticket,
        /// The transaction.
        envelope: Arc<SealedEnvelope>,
    },
    /// A wallet read something at a node.
    Read(Read),
    /// A submission was answered.
    Answered {
        /// By whom.
        node: usize,
        /// Which.
        ticket: Ticket,
        /// How.
        answer: Result<Accepted, SubmitError>,
    },
    /// A transaction left a node's mempool without being committed.
    Dropped {
        /// Where.
        node: usize,
        /// Which.
        id: TransactionId,
        /// Why.
        reason: SubmitError,
    },
    /// A node told its operator something.
    Alarmed {
        /// Which.
        node: usize,
        /// What.
        alarm: Alarm,
    },
    /// A node stopped itself, or could not start.
    Halted {
        /// Which.
        node: usize,
        /// Why.
        fault: Fault,
    },
    /// A node keeps a peer away.
    Penalised {
        /// Who.
        by: usize,
        /// Whom.
        peer: usize,
        /// Why.
        reason: String,
    },
    /// From now on no fault happens but what Byzantine nodes do.
    Healed,
}
