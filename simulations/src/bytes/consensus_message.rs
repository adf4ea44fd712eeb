//! A message between validators' consensus hosts.

use ledger_core::block::Header;
use ledger_core::certificate::{CommitSignature, SignedVote, Vote, VoteStep};
use ledger_core::signature::Purpose;
use ledger_core::validator::{VALIDATORS_MAX, ValidatorAddress};
use timebank_node::consensus::{
    ConsensusMessage, MESSAGE_BYTES_MAX, PolkaCertificate, Proposal, ROUND_MAX, RoundCertificate,
    RoundCertificateKind, RoundVote, SignedProposal,
};

use super::world::OFFICE;
use super::{Allowance, Outcome, Target};
use crate::city;

/// The target.
pub static TARGET: Target = Target {
    name: "consensus_message",
    run,
    samples,
    length_max: MESSAGE_BYTES_MAX + 64,
    inputs: 6_000,
    allowance: Allowance {
        bytes_per_byte: 8,
        bytes: 16 * 1024,
    },
};

/// Decodes `data`, and checks that what is taken is within the bounds the host relies on.
pub fn run(data: &[u8]) -> Outcome {
    match ConsensusMessage::decode(data) {
        Ok(message) => {
            assert_eq!(message.encode(), data);
            check(&message);
            Outcome::Taken
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            Outcome::Refused
        }
    }
}

/// What the host relies on.
pub(super) fn check(message: &ConsensusMessage) {
    assert!(message.round() <= ROUND_MAX);
    let count = match message {
        ConsensusMessage::Vote(_) => 1,
        ConsensusMessage::Proposal(signed) => {
            let proposal = &signed.proposal;
            assert!(proposal.valid_round.is_none_or(|it| it < proposal.round));
            1
        }
        ConsensusMessage::Polka(certificate) => certificate.signatures.len(),
        ConsensusMessage::Round(certificate) => certificate.votes.len(),
        ConsensusMessage::Commit(certificate) => certificate.signatures.len(),
    };
    assert!(count <= VALIDATORS_MAX);
}

fn vote(index: usize, header: &Header, step: VoteStep) -> SignedVote {
    let key = city::consensus_key(index);
    let vote = Vote {
        chain_id: header.chain_id,
        height: header.height,
        round: 2,
        step,
        block_id: Some(header.id()),
        validator: ValidatorAddress::of(&key.public_key()),
    };
    SignedVote {
        signature: key.sign(Purpose::Vote, &vote.signed_bytes()),
        vote,
    }
}

/// Messages about the last block of the offices.
pub(super) fn messages() -> Vec<ConsensusMessage> {
    let decided = OFFICE.last();
    let mut messages = messages_about(&decided.block.header);
    messages.push(ConsensusMessage::Commit(decided.certificate.clone()));
    messages
}

/// Proposal, votes and what bundles them, about a block.
pub(super) fn messages_about(header: &Header) -> Vec<ConsensusMessage> {
    let proposal = Proposal {
        round: 2,
        valid_round: Some(1),
        header: header.clone(),
        proposer: header.proposer,
    };
    let signature = city::consensus_key(1).sign(Purpose::Proposal, &proposal.signed_bytes());
    let votes: Vec<SignedVote> = (0..4)
        .map(|index| vote(index, header, VoteStep::Prevote))
        .collect();
    let round_votes = votes.iter().map(|it| RoundVote {
        step: it.vote.step,
        block_id: it.vote.block_id,
        validator: it.vote.validator,
        signature: it.signature,
    });
    vec![
        ConsensusMessage::Vote(votes[0].clone()),
        ConsensusMessage::Proposal(SignedProposal {
            proposal,
            signature,
        }),
        ConsensusMessage::Polka(PolkaCertificate {
            height: header.height,
            round: 2,
            block_id: header.id(),
            signatures: votes
                .iter()
                .map(|it| CommitSignature {
                    validator: it.vote.validator,
                    signature: it.signature,
                })
                .collect(),
        }),
        ConsensusMessage::Round(RoundCertificate {
            height: header.height,
            round: 2,
            kind: RoundCertificateKind::Skip,
            votes: round_votes.collect(),
        }),
    ]
}

/// One of each kind.
pub fn samples() -> Vec<Vec<u8>> {
    messages().iter().map(ConsensusMessage::encode).collect()
}
