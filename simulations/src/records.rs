//! What was seen of a cluster from outside: what checkers and tests judge by.

use std::collections::BTreeMap;

use ledger_core::id::{BlockId, Height, TransactionId};
use timebank_node::replica::{Accepted, Alarm, Fault, SubmitError, Ticket, Topic};

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
    /// Messages sent, by topic.
    pub messages: BTreeMap<Topic, u64>,
    /// Requests sent.
    pub requests: u64,
}
