//! One host, given inputs by hand, and what strangers may send it.

use std::time::Duration;

use ledger_core::block::Header;
use ledger_core::certificate::{CommitCertificate, CommitSignature, SignedVote, Vote, VoteStep};
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::signature::{Purpose, Signature};
use ledger_core::validator::ValidatorAddress;

use super::cluster::{CHAIN, Random, header, key_of, set_of};
use crate::consensus::future::{FUTURE_HEIGHTS_MAX, FUTURE_ROUNDS_MAX, UNVERIFIED_MAX};
use crate::consensus::wal::WalEntry;
use crate::consensus::{
    BlockValidity, ConsensusMessage, Fault, Host, HostConfig, HostEffect, HostInput, LastSigned,
    ObservingReason, Participation, PolkaCertificate, Proposal, ROUND_MAX, RoundCertificate,
    RoundCertificateKind, RoundVote, SignedProposal, SignedStep, TimeoutConfig, TimeoutKey,
    TimeoutKind, proposer,
};

fn address(index: usize) -> ValidatorAddress {
    ValidatorAddress::of(&key_of(index).public_key())
}

fn config(index: usize, last_signed: Option<LastSigned>) -> HostConfig {
    HostConfig {
        chain_id: CHAIN,
        key: key_of(index),
        timeouts: TimeoutConfig::default(),
        last_signed,
        last_commit: None,
    }
}

fn host_with(index: usize, last_signed: Option<LastSigned>) -> Host {
    Host::new(config(index, last_signed))
}

fn host(index: usize) -> Host {
    host_with(index, Some(LastSigned::NOTHING))
}

fn start(height: u64, wal: Vec<Vec<u8>>) -> HostInput {
    HostInput::StartHeight {
        height: Height(height),
        validators: set_of(&[0, 1, 2, 3]),
        wal,
        participation: Participation::Vote,
    }
}

fn vote(
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

fn proposal(index: usize, round: u32, valid_round: Option<u32>, header: Header) -> SignedProposal {
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
fn turn(height: u64, round: u32) -> usize {
    let set = set_of(&[0, 1, 2, 3]);
    let address_of_turn = proposer(&set, Height(height), round).address();
    (0..4)
        .find(|index| address(*index) == address_of_turn)
        .unwrap()
}

fn message(signed: SignedVote) -> HostInput {
    HostInput::Message(ConsensusMessage::Vote(signed))
}

fn own_votes(effects: &[HostEffect]) -> Vec<Vote> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            HostEffect::Broadcast(ConsensusMessage::Vote(signed)) => Some(signed.vote.clone()),
            _ => None,
        })
        .collect()
}

fn appended(effects: &[HostEffect]) -> Vec<Vec<u8>> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            HostEffect::WalAppend(bytes) => Some(bytes.clone()),
            _ => None,
        })
        .collect()
}

fn commit(indices: &[usize], height: u64, round: u32, block_id: BlockId) -> CommitCertificate {
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

/// What a stranger might send: nothing of it is properly signed by a validator.
pub(super) fn garbage(random: &mut Random, near: u64) -> ConsensusMessage {
    let mut bytes = [0; 64];
    bytes
        .iter_mut()
        .for_each(|byte| *byte = random.next() as u8);
    let forged = Signature(bytes);
    let height = Height(match random.below(4) {
        0 => random.next(),
        _ => near + random.below(5),
    });
    let round = match random.below(3) {
        0 => random.next() as u32,
        _ => random.below(4) as u32,
    };
    let block_id = BlockId(Hash([random.next() as u8; 32]));
    // Validators 0 to 3 are real, the others are not.
    let validator = address(random.below(40) as usize);
    let step = match random.below(2) {
        0 => VoteStep::Prevote,
        _ => VoteStep::Precommit,
    };
    let signatures: Vec<_> = (0..random.below(6) as usize)
        .map(|index| CommitSignature {
            validator: address(index),
            signature: forged,
        })
        .collect();
    let chain_id = if random.chance(500) {
        CHAIN
    } else {
        ChainId::default()
    };
    match random.below(5) {
        0 => ConsensusMessage::Vote(SignedVote {
            vote: Vote {
                chain_id,
                height,
                round,
                step,
                block_id: Some(block_id),
                validator,
            },
            signature: forged,
        }),
        1 => {
            let valid_round = (round > 0 && random.chance(300)).then(|| round - 1);
            let header = header(height.0, block_id, validator, random.next());
            ConsensusMessage::Proposal(SignedProposal {
                proposal: Proposal {
                    round,
                    valid_round,
                    header,
                    proposer: validator,
                },
                signature: forged,
            })
        }
        2 => ConsensusMessage::Polka(PolkaCertificate {
            height,
            round,
            block_id,
            signatures,
        }),
        3 => ConsensusMessage::Commit(CommitCertificate {
            height,
            round,
            block_id,
            signatures,
        }),
        _ => ConsensusMessage::Round(RoundCertificate {
            height,
            round,
            kind: if random.chance(500) {
                RoundCertificateKind::Skip
            } else {
                RoundCertificateKind::Precommit
            },
            votes: signatures
                .iter()
                .map(|one| RoundVote {
                    step,
                    block_id: Some(block_id),
                    validator: one.validator,
                    signature: one.signature,
                })
                .collect(),
        }),
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

/// A host that has judged the first proposal of height 1, its log so far, the block, and the other validators.
fn judged(validity: BlockValidity) -> (Host, Vec<Vec<u8>>, Header, Vec<usize>) {
    let (first, second) = (turn(1, 0), turn(1, 1));
    let me = (0..4)
        .find(|index| ![first, second].contains(index))
        .unwrap();
    let others = (0..4).filter(|index| *index != me).collect();
    let block = header(1, BlockId::default(), address(first), 1);
    let mut host = host(me);
    host.handle(start(1, Vec::new()));
    let signed = ConsensusMessage::Proposal(proposal(first, 0, None, block.clone()));
    let mut log = appended(&host.handle(HostInput::Message(signed)));
    let effects = host.handle(verdict(&block, validity));
    log.extend(appended(&effects));
    let voted = (validity == BlockValidity::Valid).then_some(block.id());
    assert_eq!(own_votes(&effects)[0].block_id, voted);
    (host, log, block, others)
}

fn verdict(block: &Header, validity: BlockValidity) -> HostInput {
    HostInput::BlockChecked {
        height: Height(1),
        block_id: block.id(),
        validity,
    }
}

#[test]
fn a_verdict_is_final_and_survives_a_crash() {
    for validity in [
        BlockValidity::Valid,
        BlockValidity::Invalid,
        BlockValidity::OutOfTime,
    ] {
        let (mut host_before, log, block, others) = judged(validity);
        let me = (0..4).find(|index| !others.contains(index)).unwrap();
        let mut host_after = host(me);
        let effects = host_after.handle(start(1, log));
        let asked = |effect: &HostEffect| matches!(effect, HostEffect::CheckBlock { .. });
        assert!(!effects.iter().any(asked));
        for other in [
            BlockValidity::Valid,
            BlockValidity::Invalid,
            BlockValidity::OutOfTime,
        ] {
            assert_eq!(host_before.handle(verdict(&block, other)), []);
            assert_eq!(host_after.handle(verdict(&block, other)), []);
        }
    }
}

#[test]
fn a_verdict_that_a_crash_cut_off_is_asked_for_again_without_the_clock() {
    let first = turn(1, 0);
    let me = (0..4).find(|index| *index != first).unwrap();
    let block = header(1, BlockId::default(), address(first), 1);
    let entry = WalEntry::Proposal(proposal(first, 0, None, block.clone())).encode();
    let mut host = host(me);
    let effects = host.handle(start(1, vec![entry]));
    let asked = |effect: &&HostEffect| matches!(effect, HostEffect::CheckBlock { .. });
    assert_eq!(effects.iter().filter(asked).count(), 1);
    let effects = host.handle(verdict(&block, BlockValidity::OutOfTime));
    assert_eq!(own_votes(&effects)[0].block_id, Some(block.id()));
}

#[test]
fn our_clock_yields_to_a_quorum_and_only_our_clock() {
    for (validity, joins) in [
        (BlockValidity::OutOfTime, true),
        (BlockValidity::Invalid, false),
    ] {
        for crash in [false, true] {
            let (mut host_under_test, log, block, others) = judged(validity);
            if crash {
                let me = (0..4).find(|index| !others.contains(index)).unwrap();
                host_under_test = host(me);
                host_under_test.handle(start(1, log));
            }
            let votes: Vec<Vote> = others
                .iter()
                .flat_map(|index| {
                    let prevote = vote(*index, 1, 0, VoteStep::Prevote, Some(block.id()));
                    own_votes(&host_under_test.handle(message(prevote)))
                })
                .collect();
            let precommitted = votes
                .iter()
                .any(|vote| vote.step == VoteStep::Precommit && vote.block_id == Some(block.id()));
            assert_eq!(precommitted, joins, "{validity:?}");
        }
    }
}

#[test]
fn the_clock_bound_is_waived_for_a_proposal_with_a_proof_of_lock() {
    let (first, second) = (turn(1, 0), turn(1, 1));
    let me = (0..4)
        .find(|index| ![first, second].contains(index))
        .unwrap();
    let block = header(1, BlockId::default(), address(first), 1);
    let mut host = host(me);
    host.handle(start(1, Vec::new()));
    // We missed round 0, in which the others prevoted for the block.
    let others: Vec<usize> = (0..4).filter(|index| *index != me).collect();
    for (step, block_id) in [
        (VoteStep::Prevote, Some(block.id())),
        (VoteStep::Precommit, None),
    ] {
        for index in &others {
            host.handle(message(vote(*index, 1, 0, step, block_id)));
        }
    }
    let kind = TimeoutKind::Precommit;
    let key = TimeoutKey {
        height: Height(1),
        round: 0,
        kind,
    };
    host.handle(HostInput::TimeoutElapsed(key));
    let again = ConsensusMessage::Proposal(proposal(second, 1, Some(0), block.clone()));
    host.handle(HostInput::Message(again));
    let votes = own_votes(&host.handle(verdict(&block, BlockValidity::OutOfTime)));
    assert_eq!((votes[0].round, votes[0].block_id), (1, Some(block.id())));
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
fn messages_for_the_awaited_height_wake_its_owner_once_and_are_kept() {
    let mut host = host(0);
    let awaited = HostInput::AwaitHeight {
        height: Height(4),
        validators: set_of(&[0, 1, 2, 3]),
    };
    assert_eq!(host.handle(awaited), []);
    let effects = host.handle(message(vote(1, 4, 0, VoteStep::Prevote, None)));
    let ahead = HostEffect::PeerAhead {
        validator: address(1),
        height: Height(4),
    };
    assert_eq!(effects, [ahead]);
    assert_eq!(
        host.handle(message(vote(1, 4, 0, VoteStep::Prevote, None))),
        []
    );
    assert_eq!(
        host.handle(message(vote(2, 4, 0, VoteStep::Prevote, None))),
        []
    );
    let forged = SignedVote {
        signature: Signature([1; 64]),
        ..vote(3, 4, 0, VoteStep::Prevote, None)
    };
    assert_eq!(host.handle(message(forged)), []);
    let logged = appended(&host.handle(start(4, Vec::new()))).len();
    assert_eq!(logged, 2);
}

#[test]
fn no_validator_can_fill_the_buffer_for_later_heights() {
    let mut host = host(0);
    host.handle(start(1, Vec::new()));
    for value in 0..5u8 {
        for height in 2..12 {
            for round in 0..12 {
                let block_id = Some(BlockId(Hash([value; 32])));
                for step in [VoteStep::Prevote, VoteStep::Precommit] {
                    host.handle(message(vote(1, height, round, step, block_id)));
                }
            }
        }
    }
    let slots = FUTURE_HEIGHTS_MAX as usize * FUTURE_ROUNDS_MAX as usize * 2;
    assert_eq!(host.kept_messages(), slots);
    // Strangers share a small pool.
    for index in 0..2 * UNVERIFIED_MAX {
        let mut stranger = vote(7, 2, 0, VoteStep::Prevote, None);
        stranger.vote.validator.0[..8].copy_from_slice(&index.to_le_bytes());
        host.handle(message(stranger));
    }
    assert_eq!(host.kept_messages(), slots + UNVERIFIED_MAX);
    host.handle(start(20, Vec::new()));
    assert_eq!(host.kept_messages(), 0);
}

#[test]
fn far_rounds_and_repeated_votes_cost_neither_log_nor_memo() {
    let mut host = host(0);
    host.handle(start(1, Vec::new()));
    let near = vote(1, 1, 0, VoteStep::Prevote, None);
    assert_eq!(appended(&host.handle(message(near.clone()))).len(), 1);
    for _ in 0..10 {
        assert_eq!(host.handle(message(near.clone())), []);
    }
    let remembered = host.remembered_signatures();
    for round in [11, 1_000, ROUND_MAX, ROUND_MAX + 1, u32::MAX] {
        let far = vote(1, 1, round, VoteStep::Prevote, None);
        assert_eq!(host.handle(message(far)), [], "round {round}");
    }
    assert_eq!(host.remembered_signatures(), remembered);
}

#[test]
fn a_commit_certificate_decides_only_with_a_quorum_of_true_signatures() {
    let block_id = BlockId(Hash([3; 32]));
    let refused = [
        commit(&[1, 2], 1, 0, block_id),
        commit(&[1, 2, 9], 1, 0, block_id),
        commit(&[1, 1, 1], 1, 0, block_id),
        CommitCertificate {
            round: 1,
            ..commit(&[1, 2, 3], 1, 0, block_id)
        },
        commit(&[1, 2, 3], 2, 0, block_id),
    ];
    let mut host = host(0);
    host.handle(start(1, Vec::new()));
    for certificate in refused {
        let effects = host.handle(HostInput::Message(ConsensusMessage::Commit(certificate)));
        assert_eq!(effects, []);
    }
    let mut unsorted = commit(&[1, 2, 3], 1, 0, block_id);
    let sorted = unsorted.clone();
    unsorted.signatures.reverse();
    let effects = host.handle(HostInput::Message(ConsensusMessage::Commit(unsorted)));
    let decided = HostEffect::Decided {
        certificate: sorted,
    };
    assert_eq!(effects, [HostEffect::CancelAllTimeouts, decided]);
}

#[test]
fn a_lagging_validator_is_answered_when_it_repeats_itself_and_a_slow_one_is_not() {
    let block_id = BlockId(Hash([3; 32]));
    let mut host = host(0);
    host.handle(start(1, Vec::new()));
    let certificate = commit(&[1, 2, 3], 1, 0, block_id);
    host.handle(HostInput::Message(ConsensusMessage::Commit(
        certificate.clone(),
    )));
    let late = vote(2, 1, 0, VoteStep::Prevote, None);
    assert_eq!(host.handle(message(late.clone())), []);
    let answer = HostEffect::SendTo {
        validator: address(2),
        message: ConsensusMessage::Commit(certificate),
    };
    assert_eq!(host.handle(message(late.clone()))[0], answer);
    host.handle(start(2, Vec::new()));
    assert_eq!(host.handle(message(late.clone()))[0], answer);
    // A restart does not make it forget.
    let mut restarted = Host::new(HostConfig {
        last_commit: Some(commit(&[1, 2, 3], 1, 0, block_id)),
        ..config(0, Some(LastSigned::NOTHING))
    });
    restarted.handle(start(2, Vec::new()));
    assert_eq!(restarted.handle(message(late.clone())), []);
    assert_eq!(restarted.handle(message(late.clone())), [answer]);
    let forged = SignedVote {
        signature: Signature([1; 64]),
        ..late
    };
    assert_eq!(host.handle(message(forged)), []);
}

#[test]
fn a_vote_with_our_key_that_is_not_ours_silences_us_for_the_height() {
    let first = turn(1, 0);
    let me = (0..4).find(|index| *index != first).unwrap();
    let mut host = host(me);
    host.handle(start(1, Vec::new()));
    let foreign = vote(me, 1, 0, VoteStep::Prevote, Some(BlockId(Hash([8; 32]))));
    let alarms = |effects: &[HostEffect]| {
        effects
            .iter()
            .filter(|effect| matches!(effect, HostEffect::KeyUsedElsewhere { .. }))
            .count()
    };
    let forged = SignedVote {
        signature: Signature([1; 64]),
        ..foreign.clone()
    };
    assert_eq!(alarms(&host.handle(message(forged))), 0);
    assert!(host.is_voting());
    assert_eq!(alarms(&host.handle(message(foreign.clone()))), 1);
    assert!(!host.is_voting());
    assert_eq!(alarms(&host.handle(message(foreign))), 0);
    let key = TimeoutKey {
        height: Height(1),
        round: 0,
        kind: TimeoutKind::Propose,
    };
    assert_eq!(own_votes(&host.handle(HostInput::TimeoutElapsed(key))), []);
    // Our own votes that come back are ours.
    host.handle(start(2, Vec::new()));
    let key = TimeoutKey {
        height: Height(2),
        ..key
    };
    let said = host.handle(HostInput::TimeoutElapsed(key));
    let mut echoes = 0;
    for effect in said {
        if let HostEffect::Broadcast(echo) = effect {
            echoes += 1;
            assert_eq!(alarms(&host.handle(HostInput::Message(echo))), 0);
        }
    }
    assert_eq!(echoes, 1);
}

#[test]
fn a_batch_does_what_its_messages_do_one_by_one() {
    let mut forged = vote(2, 1, 0, VoteStep::Precommit, None);
    forged.signature = Signature([1; 64]);
    let messages: Vec<ConsensusMessage> = (1..4)
        .map(|index| vote(index, 1, 0, VoteStep::Prevote, None))
        .chain([
            forged,
            vote(9, 1, 0, VoteStep::Prevote, None),
            vote(1, 2, 0, VoteStep::Prevote, None),
        ])
        .map(ConsensusMessage::Vote)
        .collect();
    let (mut one, mut other) = (host(0), host(0));
    one.handle(start(1, Vec::new()));
    other.handle(start(1, Vec::new()));
    let singly: Vec<_> = messages
        .iter()
        .flat_map(|message| one.handle(HostInput::Message(message.clone())))
        .collect();
    assert_eq!(other.handle(HostInput::Messages(messages)), singly);
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

#[test]
fn timeouts_grow_with_the_round_up_to_the_cap() {
    let config = TimeoutConfig::default();
    let key = |round| TimeoutKey {
        height: Height(1),
        round,
        kind: TimeoutKind::Propose,
    };
    assert_eq!(config.duration(key(0)), Duration::from_millis(1_000));
    assert_eq!(config.duration(key(2)), Duration::from_millis(2_000));
    assert_eq!(config.duration(key(ROUND_MAX)), config.timeout_max);
}

#[test]
fn equal_powers_take_turns_and_a_silent_proposer_is_followed_by_the_next() {
    let set = set_of(&[0, 1, 2, 3, 4, 5, 6]);
    let of = |height, round| proposer(&set, Height(height), round).address();
    let seven: std::collections::BTreeSet<_> = (50..57).map(|height| of(height, 0)).collect();
    assert_eq!(seven.len(), 7);
    let rounds: std::collections::BTreeSet<_> = (0..7).map(|round| of(50, round)).collect();
    assert_eq!(rounds.len(), 7);
    assert_ne!(of(50, u32::MAX), of(50, u32::MAX - 1));
}

#[test]
fn unequal_powers_propose_in_proportion() {
    let mut validators: Vec<_> = set_of(&[0, 1, 2]).as_slice().to_vec();
    for (validator, power) in validators.iter_mut().zip([600, 200, 100]) {
        validator.power = power;
    }
    let set = ledger_core::validator::ValidatorSet::new(validators).unwrap();
    let counts: Vec<usize> = set
        .as_slice()
        .iter()
        .map(|validator| {
            (0..900u64)
                .filter(|height| {
                    proposer(&set, Height(*height), 0).consensus_key == validator.consensus_key
                })
                .count()
        })
        .collect();
    assert_eq!(counts, [600, 200, 100]);
}
