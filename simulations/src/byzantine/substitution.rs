//! Proposals in whose place others leave, and the bodies that go with them.
//!
//! The replica underneath proposes what it built and votes for it. What leaves is another header, really signed, with bodies
//! that may differ from receiver to receiver; its votes for its own block become votes for the one that left, and requests for
//! bodies are answered, or not, as the lie needs it. So the others see a proposer who stands by its lie to the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger_core::block::{Block, Header};
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::ledger::{Tip, VerifiedSignatures, build_block, transactions_root};
use ledger_core::signature::{SecretKey, Signature};
use ledger_core::transaction::{Envelope, SealedEnvelope, SignedBy, Signer};
use timebank_node::consensus::{ConsensusMessage, RoundCertificate, SignedProposal};
use timebank_node::replica::messages::{PeerRequest, PeerResponse, ProposalBody, ValidatorMessage};
use timebank_node::replica::{ReplicaInput, Topic};

use super::Hands;
use super::craft::{self, Place, Workshop, body_of};
use crate::random::Random;

/// How many proposals of one height are remembered: the replica underneath makes one a round, when it is its turn.
const CHOSEN_MAX: usize = 64;

/// What leaves in the place of a proposal.
#[derive(Clone, Debug)]
pub(super) struct Substitute {
    /// Under this header.
    pub(super) header: Header,
    /// What the nodes get: node `i` the entry `i` modulo their number; none: nothing.
    pub(super) bodies: Vec<Option<ProposalBody>>,
    /// What is given to those who ask for envelopes.
    pub(super) envelopes: Vec<Arc<SealedEnvelope>>,
    /// What those get who ask.
    pub(super) serving: Serving,
}

/// What becomes of questions about a substitute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Serving {
    /// They are answered.
    Always,
    /// They are refused.
    Refuses,
    /// Nobody hears of them again.
    Never,
}

impl Substitute {
    /// `header` over these transactions, given to everybody as an honest proposer would.
    pub(super) fn plain(header: Header, transactions: Vec<Arc<SealedEnvelope>>) -> Substitute {
        let block = Block {
            header,
            transactions,
        };
        Substitute {
            bodies: vec![Some(body_of(&block))],
            header: block.header,
            envelopes: block.transactions,
            serving: Serving::Always,
        }
    }

    fn body_for(&self, node: usize) -> Option<&ProposalBody> {
        self.bodies.get(node % self.bodies.len().max(1))?.as_ref()
    }
}

/// Exchanges the proposals of the replica underneath.
#[derive(Debug, Default)]
pub(super) struct Substitution {
    height: Height,
    /// Blocks of this height that others proposed.
    foreign: BTreeSet<BlockId>,
    /// Bodies of own blocks that wait for their proposal.
    held: BTreeMap<BlockId, Vec<u8>>,
    /// What became of own proposals: none stays as it is.
    chosen: BTreeMap<BlockId, Option<Substitute>>,
    pub(super) workshop: Workshop,
}

/// What decides what leaves in the place of a proposal over these transactions.
pub(super) type Choice<'c> =
    dyn FnMut(&mut Hands<'_>, &SignedProposal, &[Arc<SealedEnvelope>]) -> Option<Substitute> + 'c;

impl Substitution {
    fn enter(&mut self, height: Height) {
        if height > self.height {
            self.height = height;
            self.foreign.clear();
            self.held.clear();
            self.chosen.clear();
        }
    }

    /// Listens, and answers what is asked about what left here. The proposal of somebody else that is in the input, if any.
    pub(super) fn hear(
        &mut self,
        hands: &mut Hands<'_>,
        input: ReplicaInput,
    ) -> (Vec<ReplicaInput>, Option<SignedProposal>) {
        self.workshop.listen(&input);
        if self.serve(hands, &input) {
            return (Vec::new(), None);
        }
        match craft::decode_consensus(&input) {
            Some(ConsensusMessage::Proposal(signed)) => {
                self.enter(signed.proposal.header.height.min(hands.tip_height().next()));
                let block_id = signed.proposal.header.id();
                let new = self.foreign.len() < CHOSEN_MAX
                    && !self.chosen.contains_key(&block_id)
                    && self.foreign.insert(block_id);
                (vec![input], new.then_some(signed))
            }
            _ => (vec![input], None),
        }
    }

    fn serve(&self, hands: &mut Hands<'_>, input: &ReplicaInput) -> bool {
        let ReplicaInput::Request { id, bytes, from } = input else {
            return false;
        };
        let (block_id, hashes) = match PeerRequest::decode(bytes) {
            Ok(PeerRequest::Body { block_id, .. }) => (block_id, None),
            Ok(PeerRequest::Envelopes {
                block_id,
                envelope_hashes,
                ..
            }) => (block_id, Some(envelope_hashes)),
            _ => return false,
        };
        let mut left = self.chosen.values().flatten();
        let Some(substitute) = left.find(|it| it.header.id() == block_id) else {
            return false;
        };
        let asker = hands.node_of(from).unwrap_or(0);
        let response = match hashes {
            None => PeerResponse::Body(substitute.body_for(asker).cloned()),
            Some(hashes) => {
                let envelopes = substitute.envelopes.iter();
                let wanted = envelopes.filter(|it| hashes.contains(&it.envelope_hash()));
                PeerResponse::Envelopes(wanted.cloned().collect())
            }
        };
        match substitute.serving {
            Serving::Always => hands.answer(*id, Some(codec::encode(&response))),
            Serving::Refuses => hands.answer(*id, None),
            Serving::Never => {}
        }
        true
    }

    /// What leaves instead of `input`; `choose` decides about each own proposal once.
    pub(super) fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
        choose: &mut Choice<'_>,
    ) -> Vec<(usize, ReplicaInput)> {
        self.workshop.listen(&input);
        match craft::decode(&input) {
            Some(ValidatorMessage::Body(body)) => self.hold(to, &body, input),
            Some(ValidatorMessage::Consensus(message)) => match *message {
                ConsensusMessage::Proposal(signed) if signed.proposal.valid_round.is_none() => {
                    self.propose(hands, to, &signed, input, choose)
                }
                ConsensusMessage::Vote(signed) => {
                    let substitute = signed
                        .vote
                        .block_id
                        .and_then(|block_id| self.chosen.get(&block_id)?.as_ref());
                    if let Some(substitute) = substitute {
                        let block_id = Some(substitute.header.id());
                        hands.say_vote(to, Place::of_vote(&signed), signed.vote.step, block_id);
                        return Vec::new();
                    }
                    vec![(to, input)]
                }
                ConsensusMessage::Round(certificate) => {
                    hands.say_consensus(to, self.stand_by(hands, certificate));
                    Vec::new()
                }
                _ => vec![(to, input)],
            },
            None => vec![(to, input)],
        }
    }

    /// The certificate with this node's votes in it as they left: none contradicts another.
    fn stand_by(&self, hands: &Hands<'_>, mut certificate: RoundCertificate) -> ConsensusMessage {
        let own = hands.status().address;
        let place = Place {
            height: certificate.height,
            round: certificate.round,
        };
        for vote in certificate
            .votes
            .iter_mut()
            .filter(|it| it.validator == own)
        {
            let substitute = vote
                .block_id
                .and_then(|block_id| self.chosen.get(&block_id)?.as_ref());
            if let Some(substitute) = substitute {
                let block_id = Some(substitute.header.id());
                let signed = hands.sign_vote(hands.node, place, vote.step, block_id);
                vote.block_id = block_id;
                vote.signature = signed.signature;
            }
        }
        ConsensusMessage::Round(certificate)
    }

    /// Keeps the body of an own block back until its proposal leaves.
    fn hold(
        &mut self,
        to: usize,
        body: &ProposalBody,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        self.enter(body.height);
        match self.chosen.get(&body.block_id) {
            Some(Some(_)) => Vec::new(),
            Some(None) => vec![(to, input)],
            None if self.foreign.contains(&body.block_id) => vec![(to, input)],
            None => {
                self.workshop.keep_list(body);
                if let ReplicaInput::Message { bytes, .. } = input
                    && self.held.len() < CHOSEN_MAX
                {
                    self.held.insert(body.block_id, bytes);
                }
                Vec::new()
            }
        }
    }

    fn propose(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        signed: &SignedProposal,
        input: ReplicaInput,
        choose: &mut Choice<'_>,
    ) -> Vec<(usize, ReplicaInput)> {
        self.enter(signed.proposal.header.height);
        let block_id = signed.proposal.header.id();
        if !self.chosen.contains_key(&block_id) {
            let transactions = self.workshop.envelopes_of(block_id);
            let substitute = if self.chosen.len() < CHOSEN_MAX {
                choose(hands, signed, &transactions)
            } else {
                None
            };
            self.chosen.insert(block_id, substitute);
        }
        let Some(Some(substitute)) = self.chosen.get(&block_id) else {
            if let Some(body) = self.held.get(&block_id) {
                hands.say(to, Topic::Consensus, body.clone());
            }
            return vec![(to, input)];
        };
        if let Some(body) = substitute.body_for(to) {
            let message = ValidatorMessage::Body(body.clone());
            hands.say(to, Topic::Consensus, codec::encode(&message));
        }
        let header = substitute.header.clone();
        let lie = hands.sign_proposal(header, signed.proposal.round, None);
        hands.say_consensus(to, ConsensusMessage::Proposal(lie));
        hands.acted();
        Vec::new()
    }
}

/// Takes every signature for right.
pub(super) struct EverySignature;

impl VerifiedSignatures for EverySignature {
    fn contains(&self, _: &Hash) -> bool {
        true
    }
}

/// The header of a block with exactly these transactions in the place of the block under `like`, with the roots that somebody
/// would find who took every signature for right and passed over what does not apply. Whatever error is planted in the ledger
/// is the forger's too: it knows the flaw it aims at.
pub(super) fn forge(
    hands: &Hands<'_>,
    like: &Header,
    transactions: &[Arc<SealedEnvelope>],
) -> Header {
    let status = hands.status();
    let tip = Tip {
        chain_id: status.chain_id,
        height: status.height,
        block_id: status.block_id,
        time_ms: status.time_ms,
    };
    let mut header = like.clone();
    if tip.block_id == like.parent {
        let view = hands.replica.state().snapshot();
        let (proposer, time_ms) = (like.proposer, like.time_ms);
        let built = build_block(
            &view,
            &tip,
            proposer,
            time_ms,
            transactions,
            &EverySignature,
        );
        if let Ok(built) = built {
            header = built.block.header;
        }
    }
    header.transactions_root = transactions_root(transactions);
    header
}

/// The same transaction with other signatures.
pub(super) fn with_signatures(
    sealed: &SealedEnvelope,
    signatures: impl IntoIterator<Item = SignedBy>,
) -> Arc<SealedEnvelope> {
    let transaction = sealed.transaction().clone();
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
}

/// The same transaction with one signature changed in a bit; which one, chance decides.
pub(super) fn with_wrong_signature(
    sealed: &SealedEnvelope,
    random: &mut Random,
) -> Arc<SealedEnvelope> {
    let mut signatures = sealed.envelope().signatures.clone();
    let which = random.index(signatures.len());
    if let Some(signed) = signatures.get_mut(which) {
        // Not a bit of the part that could be out of range: it must be wrong, not malformed.
        signed.signature.0[random.index(32)] ^= 1 << random.below(8);
    }
    with_signatures(sealed, signatures)
}

/// The same transaction without one of its co-signatures; none when it has none.
pub(super) fn without_co_signature(
    sealed: &SealedEnvelope,
    random: &mut Random,
) -> Option<Arc<SealedEnvelope>> {
    let own = sealed.transaction().signer;
    let mut signatures = sealed.envelope().signatures.clone();
    let others: Vec<usize> = (0..signatures.len())
        .filter(|index| signatures[*index].signer != own)
        .collect();
    if others.is_empty() {
        return None;
    }
    signatures.remove(others[random.index(others.len())]);
    Some(with_signatures(sealed, signatures))
}

/// The same transaction with the right signature of a bare key that nobody needs.
pub(super) fn with_unneeded_signature(
    sealed: &SealedEnvelope,
    random: &mut Random,
) -> Arc<SealedEnvelope> {
    let key = SecretKey::from_seed(&craft::random_hash(random).0);
    let signed = SignedBy {
        signer: Signer::Key(key.public_key()),
        signature: sealed.transaction().sign(&key),
    };
    let signatures = sealed.envelope().signatures.iter().copied();
    with_signatures(sealed, signatures.chain([signed]))
}

/// A signature nobody made.
pub(super) fn random_signature(random: &mut Random) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&craft::random_hash(random).0);
    bytes[32..].copy_from_slice(&craft::random_hash(random).0);
    Signature(bytes)
}
