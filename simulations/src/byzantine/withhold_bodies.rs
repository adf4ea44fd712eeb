//! Proposes, and gives bodies to a bare quorum, to one node fewer, to some, or to nobody; lists without envelopes; and answers
//! requests late or never.
//!
//! Those who have the body must hand it on; where too few have it the height must go on without it. The proposals themselves
//! are right, and hold transactions that were told to nobody else.

use std::collections::VecDeque;
use std::sync::Arc;

use ledger_core::transaction::SealedEnvelope;
use timebank_node::consensus::SignedProposal;
use timebank_node::replica::messages::PeerRequest;
use timebank_node::replica::{ReplicaInput, Topic};

use super::substitution::{Serving, Substitute, Substitution};
use super::{Behaviour, Hands};

/// How many of a thousand own proposals come with everything.
const HONEST_PER_MILLE: u64 = 150;
/// How many of a thousand requests for bodies are passed over.
const IGNORED_PER_MILLE: u64 = 400;
/// How many are answered late.
const LATE_PER_MILLE: u64 = 400;
/// How late at most, in milliseconds: later than anybody waits.
const LATE_MS_MAX: u64 = 3_000;
/// How many requests wait at most.
const WAITING_MAX: usize = 64;

/// Keeps bodies to itself.
#[derive(Debug, Default)]
pub(super) struct WithholdBodies {
    substitution: Substitution,
    /// Requests that are heard later, and when.
    waiting: VecDeque<(u64, ReplicaInput)>,
}

impl Behaviour for WithholdBodies {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        let mut heard = self.heard_late(hands);
        if asks_for_body(&input) {
            if hands.random.happens(IGNORED_PER_MILLE) {
                hands.acted();
                return heard;
            }
            if hands.random.happens(LATE_PER_MILLE) && self.waiting.len() < WAITING_MAX {
                let at_ms = hands.now_ms + hands.random.below(LATE_MS_MAX);
                let place = self.waiting.partition_point(|(due_ms, _)| *due_ms <= at_ms);
                self.waiting.insert(place, (at_ms, input));
                hands.acted();
                return heard;
            }
        }
        heard.extend(self.substitution.hear(hands, input).0);
        heard
    }

    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        if let ReplicaInput::Message {
            topic: Topic::Transactions,
            ..
        } = &input
        {
            // What came in here is in this node's blocks and nowhere else.
            hands.acted();
            return Vec::new();
        }
        self.substitution.speak(hands, to, input, &mut choose)
    }
}

impl WithholdBodies {
    fn heard_late(&mut self, hands: &Hands<'_>) -> Vec<ReplicaInput> {
        let due = self
            .waiting
            .partition_point(|(due_ms, _)| *due_ms <= hands.now_ms);
        self.waiting.drain(..due).map(|(_, input)| input).collect()
    }
}

fn asks_for_body(input: &ReplicaInput) -> bool {
    let ReplicaInput::Request { bytes, .. } = input else {
        return false;
    };
    matches!(
        PeerRequest::decode(bytes),
        Ok(PeerRequest::Body { .. } | PeerRequest::Envelopes { .. })
    )
}

fn choose(
    hands: &mut Hands<'_>,
    signed: &SignedProposal,
    transactions: &[Arc<SealedEnvelope>],
) -> Option<Substitute> {
    if hands.random.happens(HONEST_PER_MILLE) {
        return None;
    }
    let header = signed.proposal.header.clone();
    let mut substitute = Substitute::plain(header, transactions.to_vec());
    let body = substitute.bodies.first().cloned().flatten()?;
    if !body.matches(&signed.proposal.header.transactions_root) {
        return None;
    }
    let mut others = hands.others();
    hands.random.shuffle(&mut others);
    let bare = hands.nodes * 2 / 3;
    let favoured = match hands.random.below(6) {
        // With its own vote that is a quorum.
        0 | 1 => bare,
        2 => bare.saturating_sub(1),
        3 => hands.random.index(others.len() + 1),
        4 => 0,
        _ => {
            let mut list = body;
            list.carried.clear();
            substitute.bodies = vec![Some(list)];
            substitute.serving = Serving::Never;
            return Some(substitute);
        }
    };
    others.truncate(favoured);
    substitute.bodies = (0..hands.nodes)
        .map(|node| others.contains(&node).then(|| body.clone()))
        .collect();
    substitute.serving = Serving::Never;
    Some(substitute)
}
