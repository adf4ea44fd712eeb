//! Between the ledger's own types, which are signed, sent and logged, and the core's.
//!
//! Nothing here can panic, and nothing is lost on the way there and back. What the core hands out always names a round;
//! the conversions from it say so with an `Option` rather than an assertion.

use arc_malachitebft_core_consensus::LivenessMsg;
use arc_malachitebft_core_types as core;
use arc_malachitebft_core_types::{NilOrVal, Round, SignedMessage, VoteType};
use ledger_core::certificate::{CommitCertificate, CommitSignature, SignedVote, Vote, VoteStep};
use ledger_core::id::{BlockId, ChainId};

use super::context::{Address, BlockValue, CoreProposal, Height, Ledger, Vote as CoreVote};
use super::wire::{
    ConsensusMessage, PolkaCertificate, Proposal, RoundCertificate, RoundCertificateKind,
    RoundVote, SignedProposal,
};

pub(super) fn step_to_core(step: VoteStep) -> VoteType {
    match step {
        VoteStep::Prevote => VoteType::Prevote,
        VoteStep::Precommit => VoteType::Precommit,
    }
}

pub(super) fn step_from_core(step: VoteType) -> VoteStep {
    match step {
        VoteType::Prevote => VoteStep::Prevote,
        VoteType::Precommit => VoteStep::Precommit,
    }
}

fn value_to_core(block_id: Option<BlockId>) -> NilOrVal<BlockId> {
    block_id.map_or(NilOrVal::Nil, NilOrVal::Val)
}

fn value_from_core(value: &NilOrVal<BlockId>) -> Option<BlockId> {
    match value {
        NilOrVal::Nil => None,
        NilOrVal::Val(block_id) => Some(*block_id),
    }
}

pub(super) fn vote_to_core(signed: &SignedVote) -> core::SignedVote<Ledger> {
    let vote = &signed.vote;
    SignedMessage::new(
        CoreVote {
            height: Height(vote.height),
            round: Round::new(vote.round),
            step: step_to_core(vote.step),
            value: value_to_core(vote.block_id),
            validator: Address(vote.validator),
        },
        signed.signature,
    )
}

pub(super) fn vote_from_core(chain_id: ChainId, vote: &CoreVote) -> Option<Vote> {
    Some(Vote {
        chain_id,
        height: vote.height.0,
        round: vote.round.as_u32()?,
        step: step_from_core(vote.step),
        block_id: value_from_core(&vote.value),
        validator: vote.validator.0,
    })
}

pub(super) fn signed_vote_from_core(
    chain_id: ChainId,
    signed: &core::SignedVote<Ledger>,
) -> Option<SignedVote> {
    Some(SignedVote {
        vote: vote_from_core(chain_id, &signed.message)?,
        signature: signed.signature,
    })
}

pub(super) fn proposal_to_core(signed: &SignedProposal) -> core::SignedProposal<Ledger> {
    let proposal = &signed.proposal;
    SignedMessage::new(
        CoreProposal {
            height: Height(proposal.header.height),
            round: Round::new(proposal.round),
            value: BlockValue::new(proposal.header.clone()),
            pol_round: Round::from(proposal.valid_round),
            proposer: Address(proposal.proposer),
        },
        signed.signature,
    )
}

pub(super) fn proposal_from_core(proposal: &CoreProposal) -> Option<Proposal> {
    Some(Proposal {
        round: proposal.round.as_u32()?,
        valid_round: proposal.pol_round.as_u32(),
        header: proposal.value.header.as_ref().clone(),
        proposer: proposal.proposer.0,
    })
}

pub(super) fn signed_proposal_from_core(
    signed: &core::SignedProposal<Ledger>,
) -> Option<SignedProposal> {
    Some(SignedProposal {
        proposal: proposal_from_core(&signed.message)?,
        signature: signed.signature,
    })
}

pub(super) fn polka_to_core(polka: &PolkaCertificate) -> core::PolkaCertificate<Ledger> {
    core::PolkaCertificate {
        height: Height(polka.height),
        round: Round::new(polka.round),
        value_id: polka.block_id,
        polka_signatures: polka
            .signatures
            .iter()
            .map(|one| core::PolkaSignature::new(Address(one.validator), one.signature))
            .collect(),
    }
}

pub(super) fn polka_from_core(polka: &core::PolkaCertificate<Ledger>) -> Option<PolkaCertificate> {
    Some(PolkaCertificate {
        height: polka.height.0,
        round: polka.round.as_u32()?,
        block_id: polka.value_id,
        signatures: polka
            .polka_signatures
            .iter()
            .map(|one| CommitSignature {
                validator: one.address.0,
                signature: one.signature,
            })
            .collect(),
    })
}

pub(super) fn round_to_core(certificate: &RoundCertificate) -> core::RoundCertificate<Ledger> {
    core::RoundCertificate {
        height: Height(certificate.height),
        round: Round::new(certificate.round),
        cert_type: match certificate.kind {
            RoundCertificateKind::Skip => core::RoundCertificateType::Skip,
            RoundCertificateKind::Precommit => core::RoundCertificateType::Precommit,
        },
        round_signatures: certificate
            .votes
            .iter()
            .map(|one| {
                core::RoundSignature::new(
                    step_to_core(one.step),
                    value_to_core(one.block_id),
                    Address(one.validator),
                    one.signature,
                )
            })
            .collect(),
    }
}

pub(super) fn round_from_core(
    certificate: &core::RoundCertificate<Ledger>,
) -> Option<RoundCertificate> {
    Some(RoundCertificate {
        height: certificate.height.0,
        round: certificate.round.as_u32()?,
        kind: match certificate.cert_type {
            core::RoundCertificateType::Skip => RoundCertificateKind::Skip,
            core::RoundCertificateType::Precommit => RoundCertificateKind::Precommit,
        },
        votes: certificate
            .round_signatures
            .iter()
            .map(|one| RoundVote {
                step: step_from_core(one.vote_type),
                block_id: value_from_core(&one.value_id),
                validator: one.address.0,
                signature: one.signature,
            })
            .collect(),
    })
}

pub(super) fn liveness_from_core(
    chain_id: ChainId,
    message: &LivenessMsg<Ledger>,
) -> Option<ConsensusMessage> {
    match message {
        LivenessMsg::Vote(vote) => {
            signed_vote_from_core(chain_id, vote).map(ConsensusMessage::Vote)
        }
        LivenessMsg::PolkaCertificate(polka) => polka_from_core(polka).map(ConsensusMessage::Polka),
        LivenessMsg::SkipRoundCertificate(certificate) => {
            round_from_core(certificate).map(ConsensusMessage::Round)
        }
    }
}

/// Sorted by validator, each validator once: what `CommitCertificate::verify` asks for.
pub(super) fn commit_from_core(
    certificate: &core::CommitCertificate<Ledger>,
) -> Option<CommitCertificate> {
    let mut signatures: Vec<CommitSignature> = certificate
        .commit_signatures
        .iter()
        .map(|one| CommitSignature {
            validator: one.address.0,
            signature: one.signature,
        })
        .collect();
    signatures.sort_by_key(|one| one.validator);
    signatures.dedup_by_key(|one| one.validator);
    Some(CommitCertificate {
        height: certificate.height.0,
        round: certificate.round.as_u32()?,
        block_id: certificate.value_id,
        signatures,
    })
}
