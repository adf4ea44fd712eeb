//! Hands out bodies under the blocks of others that are not theirs: lists without their last envelope, in another order, with
//! one more, or of another block.
//!
//! The list of a proposed block is vouched for by its header only. Whoever believes a list for its block's name judges an
//! honest block invalid, accuses its proposer, and may keep what is good out of its own blocks.

use std::collections::VecDeque;

use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::BlockId;
use timebank_node::consensus::ConsensusMessage;
use timebank_node::replica::messages::{PeerRequest, PeerResponse, ProposalBody, ValidatorMessage};
use timebank_node::replica::{ReplicaInput, Topic};

use super::craft::{self, random_hash};
use super::{Behaviour, Hands};

/// How many lists of others are kept.
const LISTS_MAX: usize = 16;
/// How many blocks it remembers to have lied about.
const TOLD_MAX: usize = 64;

/// Hands out lists that are not the block's.
#[derive(Debug, Default)]
pub(super) struct ForeignBodies {
    /// Bodies that were heard, newest last.
    bodies: VecDeque<ProposalBody>,
    told: VecDeque<BlockId>,
}

impl ForeignBodies {
    fn keep(&mut self, body: ProposalBody) {
        self.bodies.retain(|known| known.block_id != body.block_id);
        self.bodies.push_back(body);
        if self.bodies.len() > LISTS_MAX {
            self.bodies.pop_front();
        }
    }

    /// A list under the name of `block_id` that is not its list.
    fn forge(&self, hands: &mut Hands<'_>, block_id: BlockId) -> ProposalBody {
        let known = self.bodies.iter().find(|body| body.block_id == block_id);
        let newest = known.or(self.bodies.back());
        let mut hashes: Vec<Hash> = newest
            .map(|body| body.envelope_hashes.clone())
            .unwrap_or_default();
        let others = self.bodies.iter().rev();
        let other = others
            .filter(|body| body.block_id != block_id)
            .find(|body| body.envelope_hashes != hashes);
        match hands.random.below(4) {
            0 => {
                hashes.pop();
            }
            1 if hashes.len() > 1 => hashes.reverse(),
            2 => hashes = other.map_or_else(Vec::new, |body| body.envelope_hashes.clone()),
            _ => hashes.push(random_hash(hands.random)),
        }
        // What comes along lets whoever believes the list judge it at once.
        let carried = newest
            .map(|body| body.carried.clone())
            .unwrap_or_default()
            .into_iter()
            .filter(|sealed| hashes.contains(&sealed.envelope_hash()))
            .collect();
        ProposalBody {
            height: hands.tip_height().next(),
            block_id,
            envelope_hashes: hashes,
            carried,
        }
    }

    /// A block of somebody honest was heard of for the first time: everybody gets another list for it.
    fn tell(&mut self, hands: &mut Hands<'_>, block_id: BlockId) {
        if self.told.contains(&block_id) {
            return;
        }
        self.told.push_back(block_id);
        if self.told.len() > TOLD_MAX {
            self.told.pop_front();
        }
        let forged = self.forge(hands, block_id);
        let message = codec::encode(&ValidatorMessage::Body(forged));
        for to in hands.honest() {
            hands.say(to, Topic::Consensus, message.clone());
        }
        hands.acted();
    }

    /// Whoever asks for a body gets another one.
    fn answer(&self, hands: &mut Hands<'_>, input: &ReplicaInput) -> bool {
        let ReplicaInput::Request { id, bytes, .. } = input else {
            return false;
        };
        let Ok(PeerRequest::Body { block_id, .. }) = PeerRequest::decode(bytes) else {
            return false;
        };
        let mut forged = self.forge(hands, block_id);
        // Nobody asked for the envelopes.
        forged.carried.clear();
        let response = PeerResponse::Body(Some(forged));
        hands.answer(*id, Some(codec::encode(&response)));
        hands.acted();
        true
    }
}

impl Behaviour for ForeignBodies {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        if self.answer(hands, &input) {
            return Vec::new();
        }
        match craft::decode(&input) {
            Some(ValidatorMessage::Body(body)) => {
                let (block_id, wanted) = (body.block_id, body.height == hands.tip_height().next());
                self.keep(body);
                if wanted {
                    self.tell(hands, block_id);
                }
            }
            Some(ValidatorMessage::Consensus(message)) => {
                if let ConsensusMessage::Proposal(signed) = *message
                    && signed.proposal.header.height == hands.tip_height().next()
                {
                    self.tell(hands, signed.proposal.header.id());
                }
            }
            None => {}
        }
        vec![input]
    }
}
