//! What was seen of a cluster from outside, as a whole: what tests judge by.

use std::collections::BTreeMap;

use ledger_core::id::{BlockId, Height, TransactionId};
use timebank_node::replica::{Accepted, Alarm, Fault, SubmitError, Ticket, Topic};

/// Messages and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many.
    pub messages: u64,
    /// Their bytes, without what a transport adds.
    pub bytes: u64,
}

impl Traffic {
    /// Counts one message.
    pub(super) fn count(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
    }
}

/// What was seen of a cluster from outside.
#[derive(Debug, Default)]
pub struct Records {
    /// The answers to submissions.
    pub answers: BTreeMap<Ticket, Result<Accepted, SubmitError>>,
    /// Transactions somebody was told of that they are final, with their block.
    pub acknowledged: BTreeMap<TransactionId, (Height, BlockId)>,
    /// Transactions that left a mempool without being committed.
    pub dropped: Vec<(usize, TransactionId, SubmitError)>,
    /// Alarms, by node.
    pub alarms: Vec<(usize, Alarm)>,
    /// Nodes that stopped themselves.
    pub halts: Vec<(usize, Fault)>,
    /// Who penalised whom, and why.
    pub penalties: Vec<(usize, usize, String)>,
    /// Messages published, by topic.
    pub messages: BTreeMap<Topic, u64>,
    /// What left towards each receiver, by topic.
    pub traffic: BTreeMap<Topic, Traffic>,
    /// Requests sent.
    pub requests: u64,
    /// What was answered to requests.
    pub responses: Traffic,
}
