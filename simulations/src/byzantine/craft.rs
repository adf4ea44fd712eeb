//! What conspirators make with their keys: signed votes and proposals, blocks, bodies; and what they keep of what they hear.
//!
//! A lie is only as good as its form. Everything made here is well formed and, unless a behaviour spoils it on purpose, rightly
//! signed and executed, so that it gets past every check but the one it is aimed at.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use ledger_core::block::{Block, Header};
use ledger_core::certificate::{CommitSignature, SignedVote, Vote, VoteStep};
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::ledger::{NothingVerified, Tip, build_block};
use ledger_core::signature::Purpose;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::SealedEnvelope;
use ledger_core::validator::{ValidatorAddress, ValidatorSet};
use timebank_node::consensus::{
    ConsensusMessage, PolkaCertificate, Proposal, SignedProposal, proposer,
};
use timebank_node::replica::messages::{
    CARRIED_BYTES_MAX, PeerRequest, PeerResponse, ProposalBody, TransactionGroup, ValidatorMessage,
};
use timebank_node::replica::{ReplicaInput, Status, Topic};

use super::Hands;
use crate::random::Random;

/// How many envelopes a [`Workshop`] keeps.
const ENVELOPES_MAX: usize = 1_000;
/// How many blocks of its own it keeps.
const MADE_MAX: usize = 16;
/// How many rounds of a height a [`Hearing`] keeps.
const ROUNDS_MAX: u32 = 64;
/// How many proposals of one round.
const PROPOSALS_MAX: usize = 4;

/// The message in an input, if it is one of consensus.
pub(super) fn decode(input: &ReplicaInput) -> Option<ValidatorMessage> {
    match input {
        ReplicaInput::Message {
            topic: Topic::Consensus,
            bytes,
            ..
        } => ValidatorMessage::decode(bytes).ok(),
        _ => None,
    }
}

/// The same without bodies.
pub(super) fn decode_consensus(input: &ReplicaInput) -> Option<ConsensusMessage> {
    match decode(input)? {
        ValidatorMessage::Consensus(message) => Some(*message),
        ValidatorMessage::Body(_) => None,
    }
}

/// Whether a certificate holds a vote of this validator: the replica underneath would learn from it that its key says more than
/// it does, and fall silent. Proof that a height is decided is never of that kind.
pub(super) fn betrays(message: &ConsensusMessage, validator: &ValidatorAddress) -> bool {
    match message {
        ConsensusMessage::Polka(polka) => {
            let mut signatures = polka.signatures.iter();
            signatures.any(|one| one.validator == *validator)
        }
        ConsensusMessage::Round(certificate) => {
            let mut votes = certificate.votes.iter();
            votes.any(|one| one.validator == *validator)
        }
        _ => false,
    }
}

/// A number under which a round is noted in the notebook.
pub(super) fn page_of(height: Height, round: u32) -> u64 {
    (height.0 << 20) | u64::from(round & 0xf_ffff)
}

/// Where a vote stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The height.
    pub(super) height: Height,
    /// The round.
    pub(super) round: u32,
}

impl Place {
    pub(super) const fn of(signed: &SignedProposal) -> Place {
        Place {
            height: signed.proposal.header.height,
            round: signed.proposal.round,
        }
    }

    pub(super) const fn of_vote(signed: &SignedVote) -> Place {
        Place {
            height: signed.vote.height,
            round: signed.vote.round,
        }
    }
}

impl Hands<'_> {
    /// The height of the newest block the replica underneath has.
    pub(super) fn tip_height(&self) -> Height {
        let label = self.replica.state().label();
        label.map_or(Height::GENESIS, |label| label.height)
    }

    /// The address of this node's consensus key.
    pub(super) fn own_address(&self) -> ValidatorAddress {
        ValidatorAddress::of(&self.consensus_key(self.node).public_key())
    }

    /// The condition of the replica underneath.
    pub(super) fn status(&self) -> Status {
        self.replica.status()
    }

    /// The address of a node's consensus key, if it is a validator.
    pub(super) fn address_of(&self, set: &ValidatorSet, node: usize) -> Option<ValidatorAddress> {
        let of = |key| self.node_of(key) == Some(node);
        let mut validators = set.as_slice().iter();
        validators
            .find(|validator| of(&validator.peer_key))
            .map(|validator| validator.address())
    }

    /// Whose turn it is to propose.
    pub(super) fn proposer_at(&self, set: &ValidatorSet, place: Place) -> Option<usize> {
        self.node_of(&proposer(set, place.height, place.round).peer_key)
    }

    /// A vote of a conspirator, signed.
    pub(super) fn sign_vote(
        &self,
        node: usize,
        place: Place,
        step: VoteStep,
        block_id: Option<BlockId>,
    ) -> SignedVote {
        let key = self.consensus_key(node);
        let vote = Vote {
            chain_id: self.chain_id(),
            height: place.height,
            round: place.round,
            step,
            block_id,
            validator: ValidatorAddress::of(&key.public_key()),
        };
        let signature = key.sign(Purpose::Vote, &vote.signed_bytes());
        SignedVote { vote, signature }
    }

    /// A proposal of this node, signed.
    pub(super) fn sign_proposal(
        &self,
        header: Header,
        round: u32,
        valid_round: Option<u32>,
    ) -> SignedProposal {
        let key = self.consensus_key(self.node);
        let proposal = Proposal {
            round,
            valid_round,
            header,
            proposer: ValidatorAddress::of(&key.public_key()),
        };
        let signature = key.sign(Purpose::Proposal, &proposal.signed_bytes());
        SignedProposal {
            proposal,
            signature,
        }
    }

    /// Says something to a node's consensus.
    pub(super) fn say_consensus(&mut self, to: usize, message: ConsensusMessage) {
        let message = ValidatorMessage::Consensus(Box::new(message));
        self.say(to, Topic::Consensus, codec::encode(&message));
    }

    /// Says a vote of this node.
    pub(super) fn say_vote(
        &mut self,
        to: usize,
        place: Place,
        step: VoteStep,
        block_id: Option<BlockId>,
    ) {
        let signed = self.sign_vote(self.node, place, step, block_id);
        self.say_consensus(to, ConsensusMessage::Vote(signed));
    }

    /// Sends the body of a block.
    pub(super) fn say_body(&mut self, to: usize, block: &Block) {
        let message = ValidatorMessage::Body(body_of(block));
        self.say(to, Topic::Consensus, codec::encode(&message));
    }

    /// What all conspirators draw alike: a sequence for this subject and number.
    pub(super) fn agreed(&mut self, subject: &'static str, number: u64) -> Random {
        let fresh = self.random.next();
        let page = self
            .notebook
            .pages
            .entry((subject, 0))
            .or_insert_with(|| fresh.to_le_bytes().to_vec());
        let mut salt = [0; 8];
        salt.copy_from_slice(&page[..8]);
        Random::new(Random::new(u64::from_le_bytes(salt) ^ number).next())
    }

    /// Which of two halves of the honest nodes `node` is in at `height`; the conspirators agree on it.
    pub(super) fn half_of(&mut self, height: Height, node: usize) -> usize {
        let mut honest = self.honest();
        self.agreed("halves", height.0).shuffle(&mut honest);
        let place = honest.iter().position(|it| *it == node).unwrap_or(0);
        usize::from(place >= honest.len().div_ceil(2))
    }

    /// The id of a block that does not exist; the conspirators agree on it.
    pub(super) fn made_up_block(&mut self, place: Place) -> BlockId {
        let mut random = self.agreed(
            "blocks that do not exist",
            page_of(place.height, place.round),
        );
        BlockId(random_hash(&mut random))
    }

    /// The block after the tip that holds those of `envelopes` that apply, at `time_ms`.
    pub(super) fn build(
        &self,
        time_ms: TimestampMs,
        envelopes: &[Arc<SealedEnvelope>],
    ) -> Option<Block> {
        let status = self.status();
        let tip = Tip {
            chain_id: status.chain_id,
            height: status.height,
            block_id: status.block_id,
            time_ms: status.time_ms,
        };
        let view = self.replica.state().snapshot();
        let built = ledger_core::planted::unplanted(|| {
            let address = status.address;
            build_block(&view, &tip, address, time_ms, envelopes, &NothingVerified)
        });
        built.ok().map(|built| built.block)
    }
}

/// A hash of nothing.
pub(super) fn random_hash(random: &mut Random) -> Hash {
    let mut bytes = [0; 32];
    for part in bytes.chunks_exact_mut(8) {
        part.copy_from_slice(&random.next().to_le_bytes());
    }
    Hash(bytes)
}

/// The body of a block, with as many of its envelopes as travel along.
pub(super) fn body_of(block: &Block) -> ProposalBody {
    let envelopes = block.transactions.iter();
    let mut bytes = 0;
    let carried = envelopes.clone().take_while(|sealed| {
        bytes += sealed.bytes().len();
        bytes <= CARRIED_BYTES_MAX
    });
    ProposalBody {
        height: block.header.height,
        block_id: block.id(),
        carried: carried.cloned().collect(),
        envelope_hashes: envelopes.map(|sealed| sealed.envelope_hash()).collect(),
    }
}

/// Envelopes heard of, and blocks made of them.
#[derive(Debug, Default)]
pub(super) struct Workshop {
    envelopes: BTreeMap<Hash, Arc<SealedEnvelope>>,
    order: VecDeque<Hash>,
    /// The lists of the replica's own proposals, newest last.
    lists: VecDeque<ProposalBody>,
    made: VecDeque<Block>,
}

impl Workshop {
    /// Keeps the envelopes in what is heard or said.
    pub(super) fn listen(&mut self, input: &ReplicaInput) {
        match input {
            ReplicaInput::Message {
                topic: Topic::Transactions,
                bytes,
                ..
            } => {
                if let Ok(group) = TransactionGroup::decode(bytes) {
                    group.envelopes.into_iter().for_each(|it| self.keep(it));
                }
            }
            ReplicaInput::Submit(submissions) => {
                let envelopes = submissions.iter().map(|it| Arc::clone(&it.envelope));
                envelopes.for_each(|it| self.keep(it));
            }
            _ => {}
        }
    }

    fn keep(&mut self, sealed: Arc<SealedEnvelope>) {
        let hash = sealed.envelope_hash();
        if self.envelopes.insert(hash, sealed).is_none() {
            self.order.push_back(hash);
        }
        if self.order.len() > ENVELOPES_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.envelopes.remove(&oldest);
        }
    }

    /// Keeps the list of a block that the replica underneath proposes.
    pub(super) fn keep_list(&mut self, body: &ProposalBody) {
        for sealed in &body.carried {
            self.keep(Arc::clone(sealed));
        }
        if self.lists.iter().any(|list| list.block_id == body.block_id) {
            return;
        }
        self.lists.push_back(body.clone());
        if self.lists.len() > MADE_MAX {
            self.lists.pop_front();
        }
    }

    /// The envelopes of a block that the replica underneath proposes, as far as they are known here.
    pub(super) fn envelopes_of(&self, block_id: BlockId) -> Vec<Arc<SealedEnvelope>> {
        let list = self.lists.iter().find(|list| list.block_id == block_id);
        let hashes = list.iter().flat_map(|list| &list.envelope_hashes);
        hashes
            .filter_map(|hash| self.envelopes.get(hash).cloned())
            .collect()
    }

    /// The newest envelopes.
    pub(super) fn newest(&self, count: usize) -> Vec<Arc<SealedEnvelope>> {
        let hashes = self.order.iter().rev().take(count);
        hashes
            .filter_map(|hash| self.envelopes.get(hash).cloned())
            .collect()
    }

    /// Keeps a block that was made, to serve its body.
    pub(super) fn keep_made(&mut self, block: Block) {
        self.made.push_back(block);
        if self.made.len() > MADE_MAX {
            self.made.pop_front();
        }
    }

    /// Answers a request for what was made here; whether it was one.
    pub(super) fn serve(&self, hands: &mut Hands<'_>, input: &ReplicaInput) -> bool {
        let ReplicaInput::Request { id, bytes, .. } = input else {
            return false;
        };
        let made = |block_id: BlockId| self.made.iter().find(|block| block.id() == block_id);
        let response = match PeerRequest::decode(bytes) {
            Ok(PeerRequest::Body { block_id, .. }) => made(block_id).map(|block| {
                let mut body = body_of(block);
                body.carried.clear();
                PeerResponse::Body(Some(body))
            }),
            Ok(PeerRequest::Envelopes {
                block_id,
                envelope_hashes,
                ..
            }) => made(block_id).map(|block| {
                let envelopes = block.transactions.iter();
                let wanted = envelopes.filter(|it| envelope_hashes.contains(&it.envelope_hash()));
                PeerResponse::Envelopes(wanted.cloned().collect())
            }),
            _ => None,
        };
        let Some(response) = response else {
            return false;
        };
        hands.answer(*id, Some(codec::encode(&response)));
        true
    }
}

/// The proposals and votes of the height in progress, as far as they were heard.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    height: Height,
    proposals: BTreeMap<u32, Vec<SignedProposal>>,
    votes: BTreeMap<(u32, VoteStep, ValidatorAddress), SignedVote>,
}

impl Hearing {
    /// Keeps what is of the newest height heard of but not far above `tip`; whether it is a proposal that was not known.
    pub(super) fn listen(&mut self, tip: Height, message: &ConsensusMessage) -> Option<Place> {
        let (height, round) = (message.height(), message.round());
        if height != tip.next() || round > ROUNDS_MAX {
            return None;
        }
        if self.height != height {
            self.height = height;
            self.proposals.clear();
            self.votes.clear();
        }
        match message {
            ConsensusMessage::Vote(signed) => {
                let key = (round, signed.vote.step, signed.vote.validator);
                self.votes.entry(key).or_insert_with(|| signed.clone());
                None
            }
            ConsensusMessage::Proposal(signed) => {
                let known = self.proposals.entry(round).or_default();
                if known.len() >= PROPOSALS_MAX || known.contains(signed) {
                    return None;
                }
                known.push(signed.clone());
                Some(Place { height, round })
            }
            _ => None,
        }
    }

    /// The first proposal heard in a round.
    pub(super) fn proposal(&self, place: Place) -> Option<&SignedProposal> {
        if place.height != self.height {
            return None;
        }
        self.proposals.get(&place.round)?.first()
    }

    /// A proof of lock: a quorum of prevotes for one block in the newest round that has one, with `own` among them if its
    /// validator was not heard.
    pub(super) fn polka(
        &self,
        set: &ValidatorSet,
        own: impl Fn(Place, BlockId) -> SignedVote,
    ) -> Option<PolkaCertificate> {
        let mut by_block: BTreeMap<(u32, BlockId), Vec<CommitSignature>> = BTreeMap::new();
        for signed in self.votes.values() {
            if let (VoteStep::Prevote, Some(block_id)) = (signed.vote.step, signed.vote.block_id) {
                by_block
                    .entry((signed.vote.round, block_id))
                    .or_default()
                    .push(CommitSignature {
                        validator: signed.vote.validator,
                        signature: signed.signature,
                    });
            }
        }
        by_block
            .into_iter()
            .rev()
            .find_map(|((round, block_id), mut signatures)| {
                let height = self.height;
                let own = own(Place { height, round }, block_id);
                signatures.retain(|one| one.validator != own.vote.validator);
                signatures.push(CommitSignature {
                    validator: own.vote.validator,
                    signature: own.signature,
                });
                signatures.sort_by_key(|one| one.validator);
                let power = signatures
                    .iter()
                    .filter_map(|one| set.by_address(&one.validator))
                    .map(|validator| validator.power)
                    .sum();
                set.is_quorum(power).then_some(PolkaCertificate {
                    height,
                    round,
                    block_id,
                    signatures,
                })
            })
    }
}
