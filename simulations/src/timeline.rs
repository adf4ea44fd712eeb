//! What happened in a run, line by line, to be read by whoever looks for the cause of a failure.

use std::collections::VecDeque;

use timebank_node::consensus::ConsensusMessage;
use timebank_node::replica::messages::ValidatorMessage;

use crate::cluster::seen::Seen;
use crate::plan::fault::seconds;

/// The most lines kept: the newest.
const LINES_MAX: usize = 4_000;

/// The newest lines of a run.
#[derive(Debug, Default)]
pub struct Timeline {
    kept: usize,
    lines: VecDeque<String>,
}

impl Timeline {
    /// Keeps nothing.
    pub fn off() -> Timeline {
        Timeline::default()
    }

    /// Keeps the newest `lines` lines, at most a few thousand.
    pub fn keeping(lines: usize) -> Timeline {
        Timeline {
            kept: lines.min(LINES_MAX),
            lines: VecDeque::new(),
        }
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Adds a line.
    pub fn tell(&mut self, at_ms: u64, line: &str) {
        if self.kept == 0 {
            return;
        }
        if self.lines.len() == self.kept {
            self.lines.pop_front();
        }
        self.lines
            .push_back(format!("{:>9.3} s  {line}", seconds(at_ms)));
    }

    /// Adds what was seen, if it is worth a line.
    pub fn note(&mut self, at_ms: u64, seen: &Seen) {
        if self.kept == 0 {
            return;
        }
        if let Some(line) = line(seen) {
            self.tell(at_ms, &line);
        }
    }
}

fn line(seen: &Seen) -> Option<String> {
    Some(match seen {
        Seen::Started { node } => format!("node {node} starts"),
        Seen::Discarded { node, reason } => {
            format!("node {node} throws its derived state away: {reason}")
        }
        Seen::Crashed { node } => format!("node {node} is gone"),
        Seen::Said { node, bytes, .. } => match ValidatorMessage::decode(bytes) {
            Ok(ValidatorMessage::Consensus(message)) => {
                format!("node {node} says {}", said(&message)?)
            }
            _ => return None,
        },
        Seen::Committed { node, committed } => {
            let header = &committed.block.header;
            format!(
                "node {node} commits block {} at height {}: {} transactions, chain time {}",
                short(&header.id()),
                header.height,
                committed.block.transactions.len(),
                header.time_ms
            )
        }
        Seen::Alarmed { node, alarm } => format!("node {node} warns: {alarm}"),
        Seen::Halted { node, fault } => format!("node {node} stops itself: {fault}"),
        Seen::Penalised { by, peer, reason } => {
            format!("node {by} keeps node {peer} away: {reason}")
        }
        Seen::Healed => "everything is healed".to_owned(),
        Seen::Restored { node } => format!("node {node} is put on another disk"),
        Seen::Heard { .. }
        | Seen::Read(_)
        | Seen::Submitted { .. }
        | Seen::Answered { .. }
        | Seen::Dropped { .. } => return None,
    })
}

fn said(message: &ConsensusMessage) -> Option<String> {
    Some(match message {
        ConsensusMessage::Vote(signed) => {
            let vote = &signed.vote;
            let of = vote
                .block_id
                .as_ref()
                .map_or_else(|| "nil".to_owned(), short);
            format!(
                "{:?} for {of} at height {} round {}",
                vote.step, vote.height, vote.round
            )
        }
        ConsensusMessage::Proposal(signed) => {
            let proposal = &signed.proposal;
            format!(
                "Proposal of {} at height {} round {}, proof of lock {:?}",
                short(&proposal.header.id()),
                proposal.header.height,
                proposal.round,
                proposal.valid_round
            )
        }
        _ => return None,
    })
}

fn short(id: &impl ToString) -> String {
    id.to_string().chars().take(8).collect()
}
