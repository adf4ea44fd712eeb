//! One host, given inputs by hand: proposing, logging, replaying, observing.

use ledger_core::block::Header;
use ledger_core::certificate::{CommitCertificate, CommitSignature, SignedVote, Vote, VoteStep};
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::signature::Purpose;
use ledger_core::validator::ValidatorAddress;

use super::cluster::{CHAIN, header, key_of, set_of};
use crate::consensus::wal::WalEntry;
use crate::consensus::{
    BlockValidity, ConsensusMessage, Fault, Host, HostConfig, HostEffect, HostInput, LastSigned,
    ObservingReason, Participation, Proposal, SignedProposal, SignedStep, TimeoutConfig,
    TimeoutKey, TimeoutKind, proposer,
};

pub(super) fn address(index: usize) -> ValidatorAddress {
    ValidatorAddress::of(&key_of(index).public_key())
}

pub(super) fn config(index: usize, last_signed: Option<LastSigned>) -> HostConfig {
    HostConfig {
        chain_id: CHAIN,
        key: key_of(index),
        timeouts: TimeoutConfig::default(),
        last_signed,
        last_commit: None,
    }
}

pub(super) fn host_with(index: usize, last_signed: Option<LastSigned>) -> Host {
    Host::new(config(index, last_signed))
}

pub(super) fn host(index: usize) -> Host {
    host_with(index, Some(LastSigned::NOTHING))
}

pub(super) fn start(height: u64, wal: Vec<Vec<u8>>) -> HostInput {
    HostInput::StartHeight {
        height: Height(height),
        validators: set_of(&[0, 1, 2, 3]),
        wal,
        participation: Participation::Vote,
    }
}

pub(super) fn vote(
    index: usize,
    height: u64,
    round: u32,
    step: VoteStep,
    block_id: Option<BlockId>,
) -> SignedVote {
    let vote = Vote {
        chain_id: CHAIN,
        height: Height(height),
        round,
        step,
        block_id,
        validator: address(index),
    };
    let signature = key_of(index).sign(Purpose::Vote, &vote.signed_bytes());
    SignedVote { vote, signature }
}

pub(super) fn proposal(
    index: usize,
    round: u32,
    valid_round: Option<u32>,
    header: Header,
) -> SignedProposal {
    let proposal = Proposal {
        round,
        valid_round,
        header,
        proposer: address(index),
    };
    let signature = key_of(index).sign(Purpose::Proposal, &proposal.signed_bytes());
    SignedProposal {
        proposal,
        signature,
    }
}

/// Whose turn it is, as an index.
pub(super) fn turn(height: u64, round: u32) -> usize {
    let set = set_of(&[0, 1, 2, 3]);
    let address_of_turn = proposer(&set, Height(height), round).address();
    (0..4)
        .find(|index| address(*index) == address_of_turn)
        .unwrap()
}

pub(super) fn message(signed: SignedVote) -> HostInput {
    HostInput::Message(ConsensusMessage::Vote(signed))
}

pub(super) fn own_votes(effects: &[HostEffect]) -> Vec<Vote> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            HostEffect::Broadcast(ConsensusMessage::Vote(signed)) => Some(signed.vote.clone()),
            _ => None,
        })
        .collect()
}

pub(super) fn appended(effects: &[HostEffect]) -> Vec<Vec<u8>> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            HostEffect::WalAppend(bytes) => Some(bytes.clone()),
            _ => None,
        })
        .collect()
}

pub(super) fn commit(
    indices: &[usize],
    height: u64,
    round: u32,
    block_id: BlockId,
) -> CommitCertificate {
    let mut signatures: Vec<_> = indices
        .iter()
        .map(|index| {
            let signed = vote(*index, height, round, VoteStep::Precommit, Some(block_id));
            CommitSignature {
                validator: signed.vote.validator,
                signature: signed.signature,
            }
        })
        .collect();
    signatures.sort_by_key(|one| one.validator);
    CommitCertificate {
        height: Height(height),
        round,
        block_id,
        signatures,
    }
}

#[test]
fn a_single_validator_writes_before_it_speaks_and_decides_last() {
    let mut host = host(0);
    let validators = set_of(&[0]);
    let input = HostInput::StartHeight {
        height: Height(1),
        validators: validators.clone(),
        wal: Vec::new(),
        participation: Participation::Vote,
    };
    let effects = host.handle(input);
    let asked = HostEffect::BuildBlock {
        height: Height(1),
        round: 0,
    };
    assert!(effects.contains(&asked));
    let block = header(1, BlockId::default(), address(0), 1);
    let effects = host.handle(HostInput::Propose {
        height: Height(1),
        round: 0,
        header: block.clone(),
    });
    let names: Vec<&str> = effects
        .iter()
        .filter_map(|effect| match effect {
            HostEffect::WalAppend(_) => Some("append"),
            HostEffect::WalSync => Some("sync"),
            HostEffect::RecordLastSigned(_) => Some("record"),
            HostEffect::Broadcast(_) => Some("broadcast"),
            HostEffect::Decided { .. } => Some("decided"),
            _ => None,
        })
        .collect();
    // The block, the proposal, the prevote, the precommit; then everything is said at once, innermost first.
    let expected = [
        "append",
        "append",
        "append",
        "append",
        "sync",
        "record",
        "broadcast",
        "broadcast",
        "broadcast",
        "decided",
    ];
    assert_eq!(names, expected);
    let Some(HostEffect::Decided { certificate }) = effects.last() else {
        panic!()
    };
    certificate
        .verify(CHAIN, Height(1), block.id(), &validators)
        .unwrap();
    assert!(!host.is_voting());
}

#[test]
fn a_host_without_a_height_drops_everything() {
    let mut host = host(0);
    assert_eq!(
        host.handle(message(vote(1, 1, 0, VoteStep::Prevote, None))),
        []
    );
    let key = TimeoutKey {
        height: Height(1),
        round: 0,
        kind: TimeoutKind::Propose,
    };
    assert_eq!(host.handle(HostInput::TimeoutElapsed(key)), []);
    assert_eq!(host.height(), None);
}

#[test]
fn a_block_is_asked_for_once_and_the_logged_one_is_proposed_again() {
    let mine = turn(1, 0);
    let mut first = host(mine);
    let asked = HostEffect::BuildBlock {
        height: Height(1),
        round: 0,
    };
    assert!(first.handle(start(1, Vec::new())).contains(&asked));
    let block = header(1, BlockId::default(), address(mine), 1);
    let effects = first.handle(HostInput::Propose {
        height: Height(1),
        round: 0,
        header: block.clone(),
    });
    let log = appended(&effects);
    let mut sizes = Vec::new();
    for kept in 0..=log.len() {
        let mut restarted = host(mine);
        let effects = restarted.handle(start(1, log[..kept].to_vec()));
        let asks = effects.contains(&asked);
        assert_eq!(asks, kept == 0, "{kept} entries");
        if kept > 0 {
            // It repeats what it had said, with what it had logged and nothing else.
            let proposed = effects.iter().find_map(|effect| match effect {
                HostEffect::Broadcast(ConsensusMessage::Proposal(signed)) => {
                    Some(signed.proposal.header.clone())
                }
                _ => None,
            });
            let votes = own_votes(&effects);
            assert!(proposed.is_none_or(|header| header == block));
            assert!(votes.iter().all(|vote| vote.block_id == Some(block.id())));
            assert_eq!(votes.len(), 1);
            sizes.push(appended(&effects).len());
        }
    }
    // The fewer entries were kept, the more are written anew; none is written twice.
    assert_eq!(sizes, [2, 1, 0]);
}

#[test]
fn the_guard_refuses_what_contradicts_the_log_and_the_host_falls_silent() {
    let first = turn(1, 0);
    let me = (0..4).find(|index| *index != first).unwrap();
    // The log says we prevoted for a block of which it knows nothing else.
    let earlier = vote(me, 1, 0, VoteStep::Prevote, Some(BlockId(Hash([5; 32]))));
    let mut host = host(me);
    host.handle(start(1, vec![WalEntry::Vote(earlier.clone()).encode()]));
    let block = header(1, BlockId::default(), address(first), 1);
    let signed = ConsensusMessage::Proposal(proposal(first, 0, None, block.clone()));
    host.handle(HostInput::Message(signed));
    let effects = host.handle(HostInput::BlockChecked {
        height: Height(1),
        block_id: block.id(),
        validity: BlockValidity::Valid,
    });
    assert_eq!(own_votes(&effects), []);
    let refused = Fault::SigningRefused {
        height: Height(1),
        round: 0,
        step: SignedStep::Prevote,
        wanted: Some(block.id()),
        last: LastSigned::of_vote(&earlier.vote),
    };
    assert!(effects.contains(&HostEffect::Fault(refused)));
    assert!(!host.is_voting());
    let key = TimeoutKey {
        height: Height(1),
        round: 0,
        kind: TimeoutKind::Rebroadcast,
    };
    let effects = host.handle(HostInput::TimeoutElapsed(key));
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, HostEffect::Broadcast(_)))
    );
}

#[test]
fn a_log_that_cannot_be_read_is_named_and_the_host_observes() {
    let good = WalEntry::Vote(vote(1, 2, 0, VoteStep::Prevote, None)).encode();
    let of_another_height = WalEntry::Vote(vote(1, 1, 0, VoteStep::Prevote, None)).encode();
    for bad in [vec![250, 1], of_another_height] {
        let mut host = host(0);
        let effects = host.handle(start(2, vec![good.clone(), bad]));
        assert!(
            effects.iter().any(|effect| matches!(
                effect,
                HostEffect::Fault(Fault::WalEntry { index: 1, .. })
            ))
        );
        let observing = HostEffect::Observing {
            height: Height(2),
            reason: ObservingReason::LogUnreadable,
        };
        assert!(effects.contains(&observing));
        assert!(!host.is_voting());
    }
}

#[test]
fn a_record_without_its_log_observes_that_height_only() {
    let record = LastSigned::of_vote(&vote(0, 5, 0, VoteStep::Prevote, None).vote);
    let mut host = host_with(0, Some(record));
    let effects = host.handle(start(5, Vec::new()));
    let observing = HostEffect::Observing {
        height: Height(5),
        reason: ObservingReason::LogLost,
    };
    assert!(effects.contains(&observing));
    host.handle(start(6, Vec::new()));
    assert!(host.is_voting());
}

#[test]
fn timeouts_of_an_earlier_height_mean_nothing() {
    let mut host = host(0);
    host.handle(start(1, Vec::new()));
    host.handle(start(2, Vec::new()));
    let key = TimeoutKey {
        height: Height(1),
        round: 0,
        kind: TimeoutKind::Propose,
    };
    assert_eq!(host.handle(HostInput::TimeoutElapsed(key)), []);
    let key = TimeoutKey {
        height: Height(2),
        ..key
    };
    assert_ne!(host.handle(HostInput::TimeoutElapsed(key)), []);
}
