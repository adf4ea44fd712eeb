//! Accuses honest nodes of what they never did: evidence with invented, copied or misplaced signatures, sent as transactions
//! and in its own blocks, and votes, proposals and certificates that claim to be theirs.
//!
//! It uses what they really signed as far as it goes: votes of other rounds, votes told twice, votes of two nodes as those of one.
//! No honest node may ever be named for it.

use std::collections::VecDeque;
use std::sync::Arc;

use ledger_core::block::Block;
use ledger_core::certificate::{
    CommitCertificate, CommitSignature, Evidence, SignedVote, Vote, VoteStep,
};
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::ledger::transactions_root;
use ledger_core::signature::{Purpose, SecretKey, Signature};
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::transaction::government::SubmitEvidence;
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::{ValidatorAddress, ValidatorSet};
use timebank_node::consensus::{
    ConsensusMessage, PolkaCertificate, Proposal, RoundCertificate, RoundCertificateKind,
    RoundVote, SignedProposal,
};
use timebank_node::replica::messages::{TransactionGroup, ValidatorMessage};
use timebank_node::replica::{ReplicaInput, Topic};

use super::craft::{Place, Workshop, decode, random_hash};
use super::{Behaviour, Hands};

/// How many votes of honest nodes are kept.
const VOTES_MAX: usize = 200;
/// How many of a thousand chances to accuse somebody are taken.
const ACCUSES_PER_MILLE: u64 = 250;
/// How many accusations it makes in all.
const ACCUSATIONS_MAX: u64 = 1_500;
/// How many of a thousand of its blocks hold an accusation.
const IN_BLOCK_PER_MILLE: u64 = 400;

/// Accuses honest nodes.
#[derive(Debug, Default)]
pub(super) struct Framing {
    workshop: Workshop,
    /// What honest nodes really signed, newest last.
    votes: VecDeque<SignedVote>,
    made: u64,
    /// A block with an accusation, proposed in place of the replica's own.
    spoilt: Option<(Place, Option<(SignedProposal, Block)>)>,
}

impl Framing {
    fn keep(&mut self, vote: SignedVote) {
        if !self.votes.contains(&vote) {
            self.votes.push_back(vote);
        }
        if self.votes.len() > VOTES_MAX {
            self.votes.pop_front();
        }
    }

    fn real(&self, hands: &mut Hands<'_>) -> Option<SignedVote> {
        if self.votes.is_empty() {
            return None;
        }
        Some(self.votes[hands.random.index(self.votes.len())].clone())
    }

    /// Another real vote of the same validator.
    fn other_of(&self, vote: &SignedVote) -> Option<SignedVote> {
        let mut votes = self.votes.iter().rev();
        votes
            .find(|it| it.vote.validator == vote.vote.validator && it.vote != vote.vote)
            .cloned()
    }

    /// Evidence that proves nothing against whom it names.
    fn evidence(&self, hands: &mut Hands<'_>) -> Option<Evidence> {
        let real = self.real(hands)?;
        let mut changed = real.clone();
        changed.vote.block_id = Some(BlockId(random_hash(hands.random)));
        let own = hands.consensus_key(hands.node);
        Some(match hands.random.below(10) {
            // Signed by the accuser, about the accused.
            0 => Evidence::new(by_key(&own, real.vote), by_key(&own, changed.vote)),
            // One signature for two votes.
            1 => Evidence::new(real, changed),
            // The same vote told twice.
            2 => Evidence::new(real.clone(), real),
            // Two votes that do not contradict each other, as they are and made to look as if they did.
            3 => Evidence::new(self.other_of(&real)?, real),
            4 => {
                let mut other = self.other_of(&real)?;
                (other.vote.height, other.vote.round) = (real.vote.height, real.vote.round);
                other.vote.step = real.vote.step;
                Evidence::new(other, real)
            }
            // Of another chain.
            5 => {
                let mut moved = real;
                moved.vote.chain_id = ChainId(random_hash(hands.random));
                changed.vote.chain_id = moved.vote.chain_id;
                Evidence::new(moved, changed)
            }
            // In the wrong order.
            6 => {
                let Evidence { first, second } = Evidence::new(real, changed);
                Evidence {
                    first: second,
                    second: first,
                }
            }
            // What the accuser did itself, under another name.
            7 => {
                let place = Place::of_vote(&real);
                let step = real.vote.step;
                let mut one = hands.sign_vote(hands.node, place, step, real.vote.block_id);
                let mut other = hands.sign_vote(hands.node, place, step, changed.vote.block_id);
                one.vote.validator = real.vote.validator;
                other.vote.validator = real.vote.validator;
                Evidence::new(one, other)
            }
            // Votes of two nodes as those of one.
            8 => {
                let mut votes = self.votes.iter().rev();
                let mut other = votes
                    .find(|it| it.vote.validator != real.vote.validator)?
                    .clone();
                other.vote = changed.vote;
                Evidence::new(real, other)
            }
            _ => {
                changed.signature = Signature([0; 64]);
                Evidence::new(real, changed)
            }
        })
    }

    fn accusation(&self, hands: &mut Hands<'_>) -> Option<Arc<SealedEnvelope>> {
        let evidence = self.evidence(hands)?;
        let mut seed = [0; 32];
        seed.copy_from_slice(random_hash(hands.random).as_bytes());
        let key = if hands.random.happens(500) {
            hands.consensus_key(hands.node)
        } else {
            SecretKey::from_seed(&seed)
        };
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&seed[..16]);
        let now_ms = hands.status().time_ms.0.max(hands.now_ms);
        let signer = Signer::Key(key.public_key());
        let transaction = Transaction {
            chain_id: hands.chain_id(),
            version: TRANSACTION_VERSION,
            signer,
            valid_until_ms: TimestampMs(now_ms + HOUR_MS),
            nonce,
            operation: Operation::SubmitEvidence(Box::new(SubmitEvidence { evidence })),
        };
        let signature = ledger_core::planted::unplanted(|| transaction.sign(&key));
        let envelope = Envelope::new(transaction, [SignedBy { signer, signature }]);
        Some(Arc::new(SealedEnvelope::new(envelope)))
    }

    /// A block like the replica's own that applies an accusation besides. None of its roots counts it in but that of the
    /// transactions: no honest rule could execute it.
    fn spoil(
        &mut self,
        hands: &mut Hands<'_>,
        signed: &SignedProposal,
    ) -> Option<(SignedProposal, Block)> {
        let place = Place::of(signed);
        if let Some((at, known)) = &self.spoilt
            && *at == place
        {
            return known.clone();
        }
        self.spoilt = Some((place, None));
        let wanted = hands.random.happens(IN_BLOCK_PER_MILLE);
        if !wanted || hands.tip_height().next() != place.height {
            return None;
        }
        let header = &signed.proposal.header;
        let envelopes = self.workshop.envelopes_of(header.id());
        let mut block = hands.build(header.time_ms, &envelopes)?;
        block.transactions.push(self.accusation(hands)?);
        block.header.transactions_root = transactions_root(&block.transactions);
        self.workshop.keep_made(block.clone());
        let proposal = hands.sign_proposal(block.header.clone(), place.round, None);
        self.spoilt = Some((place, Some((proposal, block))));
        self.spoilt.as_ref()?.1.clone()
    }

    /// Something of consensus that claims to be an honest node's.
    fn pretend(&self, hands: &mut Hands<'_>) -> Option<ConsensusMessage> {
        let status = hands.status();
        let (height, round) = status.round?;
        let honest = hands.honest();
        let victim = honest[hands.random.index(honest.len())];
        let validator = hands.address_of(&status.validators, victim)?;
        let block_id = BlockId(random_hash(hands.random));
        let place = Place { height, round };
        let vote = self.pretended_vote(hands, place, validator, Some(block_id));
        Some(match hands.random.below(5) {
            0 | 1 => ConsensusMessage::Vote(vote),
            2 => self.pretended_proposal(hands, place, &status.validators)?,
            3 => ConsensusMessage::Polka(PolkaCertificate {
                height,
                round,
                block_id,
                signatures: self.pretended_quorum(hands, &status.validators),
            }),
            _ if hands.random.happens(500) => ConsensusMessage::Commit(CommitCertificate {
                height,
                round,
                block_id,
                signatures: self.pretended_quorum(hands, &status.validators),
            }),
            _ => ConsensusMessage::Round(RoundCertificate {
                height,
                round: round.saturating_add(1),
                kind: RoundCertificateKind::Skip,
                votes: self
                    .pretended_quorum(hands, &status.validators)
                    .into_iter()
                    .map(|one| RoundVote {
                        step: VoteStep::Precommit,
                        block_id: None,
                        validator: one.validator,
                        signature: one.signature,
                    })
                    .collect(),
            }),
        })
    }

    fn pretended_vote(
        &self,
        hands: &mut Hands<'_>,
        place: Place,
        validator: ValidatorAddress,
        block_id: Option<BlockId>,
    ) -> SignedVote {
        let vote = Vote {
            chain_id: hands.chain_id(),
            height: place.height,
            round: place.round,
            step: if hands.random.happens(500) {
                VoteStep::Prevote
            } else {
                VoteStep::Precommit
            },
            block_id: block_id.filter(|_| hands.random.happens(700)),
            validator,
        };
        let copied = self.votes.iter().rev();
        let copied = copied
            .filter(|it| it.vote.validator == validator)
            .map(|it| it.signature)
            .next();
        match copied {
            Some(signature) if hands.random.happens(500) => SignedVote { vote, signature },
            _ => by_key(&hands.consensus_key(hands.node), vote),
        }
    }

    /// Signatures of everybody, none of which is for this.
    fn pretended_quorum(&self, hands: &mut Hands<'_>, set: &ValidatorSet) -> Vec<CommitSignature> {
        let place = Place {
            height: Height(1),
            round: 0,
        };
        let mut signatures: Vec<CommitSignature> = set
            .as_slice()
            .iter()
            .map(|validator| {
                let validator = validator.address();
                let signed = self.pretended_vote(hands, place, validator, None);
                CommitSignature {
                    validator,
                    signature: signed.signature,
                }
            })
            .collect();
        signatures.sort_by_key(|one| one.validator);
        signatures
    }

    /// A block in the name of whoever may propose in this round, if that is an honest node.
    fn pretended_proposal(
        &self,
        hands: &mut Hands<'_>,
        place: Place,
        set: &ValidatorSet,
    ) -> Option<ConsensusMessage> {
        let turn = hands.proposer_at(set, place)?;
        if hands.conspirators.contains(&turn) {
            return None;
        }
        let proposer = hands.address_of(set, turn)?;
        let time_ms = hands.status().time_ms.plus_ms(1);
        let mut header = hands
            .build(time_ms.max(TimestampMs(hands.now_ms)), &[])?
            .header;
        header.proposer = proposer;
        let proposal = Proposal {
            round: place.round,
            valid_round: None,
            header,
            proposer,
        };
        let key = hands.consensus_key(hands.node);
        let signature = key.sign(Purpose::Proposal, &proposal.signed_bytes());
        Some(ConsensusMessage::Proposal(SignedProposal {
            proposal,
            signature,
        }))
    }
}

/// A vote signed with a key, whoever it names.
fn by_key(key: &SecretKey, vote: Vote) -> SignedVote {
    let signature = key.sign(Purpose::Vote, &vote.signed_bytes());
    SignedVote { vote, signature }
}

impl Behaviour for Framing {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        self.workshop.listen(&input);
        if self.workshop.serve(hands, &input) {
            return Vec::new();
        }
        if let Some(ValidatorMessage::Consensus(message)) = decode(&input)
            && let ConsensusMessage::Vote(signed) = *message
            && let ReplicaInput::Message { from, .. } = &input
        {
            // Only what an honest node says of itself is known to be signed by it.
            let honest = hands
                .node_of(from)
                .is_some_and(|node| !hands.conspirators.contains(&node));
            if honest {
                self.keep(signed);
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
        self.workshop.listen(&input);
        match decode(&input) {
            Some(ValidatorMessage::Body(body)) => self.workshop.keep_list(&body),
            Some(ValidatorMessage::Consensus(message)) => {
                if let ConsensusMessage::Proposal(signed) = *message
                    && signed.proposal.valid_round.is_none()
                    && let Some((proposal, block)) = self.spoil(hands, &signed)
                {
                    hands.say_body(to, &block);
                    hands.say_consensus(to, ConsensusMessage::Proposal(proposal));
                    hands.acted();
                    return Vec::new();
                }
            }
            None => {}
        }
        vec![(to, input)]
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        if self.made >= ACCUSATIONS_MAX || !hands.random.happens(ACCUSES_PER_MILLE) {
            return;
        }
        self.made += 1;
        if let Some(message) = self.pretend(hands) {
            for to in hands.honest() {
                hands.say_consensus(to, message.clone());
            }
            hands.acted();
        }
        if let Some(accusation) = self.accusation(hands) {
            for bytes in TransactionGroup::encode_all(&[accusation]) {
                for to in hands.honest() {
                    hands.say(to, Topic::Transactions, bytes.clone());
                }
            }
            hands.acted();
        }
    }
}
