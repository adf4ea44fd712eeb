//! Hands each transaction to one honest node only, proposes nothing itself, and says for every block of the others, again and again,
//! that it is empty.
//!
//! What only one node has comes to the others when that one proposes it and they ask. They wait a moment before they do, for what
//! may be on its way: whoever waits anew for every word about the block never asks, and no block with such a transaction is
//! ever decided.

use std::sync::Arc;

use ledger_core::codec;
use ledger_core::id::{BlockId, Height};
use ledger_core::transaction::SealedEnvelope;
use timebank_node::consensus::ConsensusMessage;
use timebank_node::replica::messages::{
    PeerRequest, ProposalBody, TransactionGroup, ValidatorMessage,
};
use timebank_node::replica::{ReplicaInput, Topic};

use super::craft;
use super::{Behaviour, Hands};

/// How long it is from one word about a block to the next, in milliseconds: less than anybody waits for what is on its way.
const PAUSE_MS: u64 = 5;
/// For how long it speaks of one block, while that is neither decided nor followed by another one.
const SPEAKS_MS_MAX: u64 = 10_000;

/// A block that somebody else proposed.
#[derive(Debug)]
struct Proposed {
    height: Height,
    block_id: BlockId,
    until_ms: u64,
}

/// Says that blocks are empty.
#[derive(Debug, Default)]
pub(super) struct RepeatedBodies {
    newest: Option<Proposed>,
}

impl RepeatedBodies {
    fn note(&mut self, hands: &Hands<'_>, height: Height, block_id: BlockId) {
        let newest = self.newest.as_ref();
        if newest.is_none_or(|proposed| proposed.block_id != block_id) {
            self.newest = Some(Proposed {
                height,
                block_id,
                until_ms: hands.now_ms.saturating_add(SPEAKS_MS_MAX),
            });
        }
    }

    fn tell(&self, hands: &mut Hands<'_>) {
        let Some(proposed) = &self.newest else {
            return;
        };
        if hands.now_ms >= proposed.until_ms || hands.tip_height() >= proposed.height {
            return;
        }
        let empty = ProposalBody {
            height: proposed.height,
            block_id: proposed.block_id,
            envelope_hashes: Vec::new(),
            carried: Vec::new(),
        };
        let message = codec::encode(&ValidatorMessage::Body(empty));
        for to in hands.honest() {
            hands.say(to, Topic::Consensus, message.clone());
        }
        hands.acted();
    }
}

/// Those of the transactions in a message that `to` gets.
fn share_of(hands: &Hands<'_>, to: usize, group: TransactionGroup) -> Vec<Vec<u8>> {
    let honest = hands.honest();
    let is_theirs = |sealed: &Arc<SealedEnvelope>| {
        let number = usize::from(sealed.envelope_hash().0[0]);
        honest.get(number % honest.len().max(1)) == Some(&to)
    };
    let envelopes = group.envelopes.into_iter();
    let theirs: Vec<Arc<SealedEnvelope>> = envelopes.filter(is_theirs).collect();
    TransactionGroup::encode_all(&theirs)
}

/// Whether a message is the body of a block, or a proposal of this node.
fn proposes(hands: &Hands<'_>, input: &ReplicaInput) -> bool {
    match craft::decode(input) {
        Some(ValidatorMessage::Body(_)) => true,
        Some(ValidatorMessage::Consensus(message)) => match message.as_ref() {
            ConsensusMessage::Proposal(signed) => signed.proposal.proposer == hands.own_address(),
            _ => false,
        },
        None => false,
    }
}

impl Behaviour for RepeatedBodies {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        if let ReplicaInput::Request { id, bytes, .. } = &input
            && let Ok(PeerRequest::Body { .. } | PeerRequest::Envelopes { .. }) =
                PeerRequest::decode(bytes)
        {
            // What it has nobody else gets.
            hands.answer(*id, None);
            return Vec::new();
        }
        if let Some(ConsensusMessage::Proposal(signed)) = craft::decode_consensus(&input) {
            let header = &signed.proposal.header;
            if header.height == hands.tip_height().next() {
                self.note(hands, header.height, header.id());
                self.tell(hands);
            }
        }
        vec![input]
    }

    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        if proposes(hands, &input) {
            return Vec::new();
        }
        if let ReplicaInput::Message {
            from,
            topic: Topic::Transactions,
            bytes,
        } = &input
            && let Ok(group) = TransactionGroup::decode(bytes)
        {
            let message = |bytes: Vec<u8>| ReplicaInput::Message {
                from: *from,
                topic: Topic::Transactions,
                bytes,
            };
            let messages = share_of(hands, to, group).into_iter();
            return messages.map(|bytes| (to, message(bytes))).collect();
        }
        vec![(to, input)]
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        self.tell(hands);
    }

    fn act_interval_ms(&self) -> u64 {
        PAUSE_MS
    }
}
