//! What a run came to, as it is printed and as it is passed between processes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A promise that a run broke, or something a run must reach and did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Which, by the name of its checker.
    pub promise: String,
    /// What is wrong.
    pub what: String,
    /// When, in virtual milliseconds.
    pub at_ms: u64,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Where its plan was drawn from.
    pub seed: u64,
    /// How many nodes.
    pub nodes: usize,
    /// The height reached.
    pub heights: u64,
    /// How many transactions were applied.
    pub transactions: u64,
    /// How long it took, in virtual milliseconds.
    pub virtual_ms: u64,
    /// How often which fault happened, by name.
    pub faults: BTreeMap<String, u64>,
    /// How often which Byzantine behaviour did what it is about, by name.
    pub misdeeds: BTreeMap<String, u64>,
    /// Hashes everything every node did.
    pub trace: String,
    /// The first thing that went wrong; none: all is well.
    pub failure: Option<Failure>,
}
