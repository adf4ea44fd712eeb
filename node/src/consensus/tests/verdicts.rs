//! Verdicts on blocks: given once, kept over a crash, and the place of our own clock in them.

use ledger_core::block::Header;
use ledger_core::certificate::{Vote, VoteStep};
use ledger_core::id::{BlockId, Height};

use super::cluster::header;
use super::single::{address, appended, host, message, own_votes, proposal, start, turn, vote};
use crate::consensus::wal::WalEntry;
use crate::consensus::{
    BlockValidity, ConsensusMessage, Host, HostEffect, HostInput, TimeoutKey, TimeoutKind,
};

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
