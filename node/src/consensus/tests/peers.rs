//! What peers may send: too early, too late, too much, forged, or with our own key.

use ledger_core::certificate::{CommitCertificate, CommitSignature, SignedVote, Vote, VoteStep};
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::signature::Signature;

use super::cluster::{CHAIN, Random, header, set_of};
use super::single::{
    address, appended, commit, config, host, message, own_votes, proposal, start, turn, vote,
};
use crate::consensus::future::{FUTURE_HEIGHTS_MAX, FUTURE_ROUNDS_MAX, UNVERIFIED_MAX};
use crate::consensus::wal::WalEntry;
use crate::consensus::{
    BlockValidity, ConsensusMessage, Host, HostConfig, HostEffect, HostInput, LastSigned,
    PolkaCertificate, Proposal, ROUND_MAX, RoundCertificate, RoundCertificateKind, RoundVote,
    SignedProposal, TimeoutKey, TimeoutKind,
};

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
    let mut effects = host.handle(message(foreign.clone()));
    assert_eq!(alarms(&effects), 1);
    assert!(!host.is_voting());
    effects.extend(host.handle(message(foreign)));
    assert_eq!(alarms(&effects), 1);
    // In the log it would count as a message of ours, and a log that lost ours would be taken for whole.
    let is_ours_in_the_log = |effect: &HostEffect| {
        let HostEffect::WalAppend(bytes) = effect else {
            return false;
        };
        let entry = WalEntry::decode(bytes).unwrap();
        entry.signed_by(&address(me)).is_some()
    };
    assert!(!effects.iter().any(is_ours_in_the_log));
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
fn a_proof_of_lock_that_comes_again_is_logged_again() {
    // The core forgets it when it locks a block in a later round. If the log held it once only, a replay would forget
    // it too, and derive another vote.
    let me = (0..4)
        .find(|index| (0..3).all(|round| turn(1, round) != *index))
        .unwrap();
    let others: Vec<usize> = (0..4).filter(|index| *index != me).collect();
    let block = header(1, BlockId::default(), address(turn(1, 0)), 1);
    let value = Some(block.id());
    let polka = PolkaCertificate {
        height: Height(1),
        round: 0,
        block_id: block.id(),
        signatures: others
            .iter()
            .map(|index| {
                let signed = vote(*index, 1, 0, VoteStep::Prevote, value);
                CommitSignature {
                    validator: signed.vote.validator,
                    signature: signed.signature,
                }
            })
            .collect(),
    };
    let entry = WalEntry::Polka(polka.clone()).encode();
    let mut host = host(me);
    host.handle(start(1, vec![entry.clone()]));
    for index in &others {
        host.handle(message(vote(*index, 1, 0, VoteStep::Precommit, None)));
    }
    let timeout = |round| {
        HostInput::TimeoutElapsed(TimeoutKey {
            height: Height(1),
            round,
            kind: TimeoutKind::Precommit,
        })
    };
    host.handle(timeout(0));
    let again = proposal(turn(1, 1), 1, Some(0), block.clone());
    host.handle(HostInput::Message(ConsensusMessage::Proposal(again)));
    host.handle(HostInput::BlockChecked {
        height: Height(1),
        block_id: block.id(),
        validity: BlockValidity::Valid,
    });
    let locked = others
        .iter()
        .flat_map(|index| {
            let prevote = vote(*index, 1, 1, VoteStep::Prevote, value);
            own_votes(&host.handle(message(prevote)))
        })
        .any(|vote| vote.step == VoteStep::Precommit && vote.block_id == value);
    assert!(locked);
    let effects = host.handle(HostInput::Message(ConsensusMessage::Polka(polka)));
    assert_eq!(appended(&effects), [entry]);
}

#[test]
fn a_proposal_is_repeated_with_our_votes() {
    let mine = turn(1, 0);
    let mut host = host(mine);
    host.handle(start(1, Vec::new()));
    host.handle(HostInput::Propose {
        height: Height(1),
        round: 0,
        header: header(1, BlockId::default(), address(mine), 1),
    });
    let kind = TimeoutKind::Rebroadcast;
    let key = TimeoutKey {
        height: Height(1),
        round: 0,
        kind,
    };
    let effects = host.handle(HostInput::TimeoutElapsed(key));
    let said: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            HostEffect::Broadcast(message) => Some(message),
            _ => None,
        })
        .collect();
    assert!(matches!(
        said[..],
        [ConsensusMessage::Proposal(_), ConsensusMessage::Vote(_)]
    ));
    let scheduled = |effect: &HostEffect| matches!(effect, HostEffect::ScheduleTimeout { key: again, .. } if *again == key);
    assert!(effects.iter().any(scheduled));
}
