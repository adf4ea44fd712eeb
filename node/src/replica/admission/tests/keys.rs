//! What is under verification, or was found right, when a key changes.

use ledger_core::transaction::account::RotateKey;

use super::*;
use crate::replica::Topic;
use crate::test_chain::only_node;

/// The account's key is replaced: from `key(1)` on by `key(6)`.
fn rotation() -> Arc<SealedEnvelope> {
    let account = genesis().accounts[0].id();
    let new_key = key(6).public_key();
    of_the_account(RotateKey { account, new_key }.into(), 1, 1, Some(6))
}

/// Feeds `inputs`, and the timers that run out and the verdicts on batches, until a block was committed and nothing is under
/// way; the batches asked for meanwhile.
fn run_to_a_block(replica: &mut Replica, inputs: Vec<ReplicaInput>) -> Vec<SignatureBatch> {
    let mut inputs = std::collections::VecDeque::from(inputs);
    let (mut asked, mut now_ms) = (Vec::new(), NOW_MS + 1_000);
    let (mut committed, mut timers) = (false, Vec::new());
    for _ in 0..200 {
        let Some(input) = inputs.pop_front() else {
            if committed || timers.is_empty() {
                break;
            }
            now_ms += 1_000;
            inputs.extend(timers.drain(..).map(ReplicaInput::Timer));
            continue;
        };
        for effect in replica.handle(input, now_ms) {
            match effect {
                ReplicaEffect::VerifySignatures(batch) => {
                    inputs.push_back(ReplicaInput::SignaturesVerified {
                        batch: batch.id,
                        wrong: batch.find_wrong(),
                    });
                    asked.push(batch);
                }
                ReplicaEffect::SetTimer { key, .. } => timers.push(key),
                ReplicaEffect::Committed(block) => {
                    committed |= !block.block.transactions.is_empty();
                }
                _ => {}
            }
        }
    }
    assert!(committed, "no block");
    asked
}

#[test]
fn whoever_passed_on_what_was_right_then_does_not_pay_for_a_key_that_has_changed() {
    let mut replica = only_node(&MemoryDisk::new(), ReplicaConfig::new(key(3)));
    let honest = key(41).public_key();
    let group = [rotation(), gift(2, 1), gift(3, 1), gift(4, 1)];
    let bring = |envelopes: &[Arc<SealedEnvelope>]| ReplicaInput::Message {
        from: honest,
        topic: Topic::Transactions,
        bytes: TransactionGroup::encode_all(envelopes).remove(0),
    };
    let inputs = vec![
        ReplicaInput::Start,
        ReplicaInput::PeerConnected(honest),
        bring(&group),
    ];
    let asked = run_to_a_block(&mut replica, inputs);
    // They were verified twice: by the key of then, which they are right by, and by the new one, which they are not.
    let wrong: usize = asked.iter().map(|batch| batch.find_wrong().len()).sum();
    assert_eq!(wrong, 3, "{}", asked.len());
    assert!(group.iter().all(|it| !replica.holds(&it.id())));
    let next = batches(&replica.handle(bring(&[gift(5, 6)]), NOW_MS + 9_000));
    assert!(
        matches!(next[0].care, Care::Together { .. }),
        "the peer is no suspect"
    );
    // What was never right here is charged, as before.
    let verified = ReplicaInput::SignaturesVerified {
        batch: next[0].id,
        wrong: vec![],
    };
    replica.handle(verified, NOW_MS + 9_000);
    handle_and_verify(&mut replica, bring(&[gift(6, 1)]));
    let next = batches(&replica.handle(bring(&[gift(7, 6)]), NOW_MS + 9_000));
    assert!(matches!(next[0].care, Care::OneByOne));
}

#[test]
fn a_verdict_by_a_key_that_has_changed_since_is_none() {
    let mut replica = only_node(&MemoryDisk::new(), ReplicaConfig::new(key(3)));
    let now_ms = NOW_MS + 1_000;
    replica.handle(ReplicaInput::Start, now_ms);
    let submission = |number, envelope: &Arc<SealedEnvelope>| Submission {
        ticket: Ticket(u64::from(number)),
        client: client(number),
        envelope: Arc::clone(envelope),
    };
    let submit = |submissions: Vec<Submission>| ReplicaInput::Submit(submissions);
    // One client has replaced its key and signs by the new one already; what another one brings is wrong by any key.
    let (early, forged) = (gift(2, 6), gift(3, 9));
    let submissions = vec![submission(1, &early), submission(2, &forged)];
    let under_way = batches(&replica.handle(submit(submissions), now_ms));
    assert_eq!(under_way[0].find_wrong(), [0, 1], "wrong by the old key");
    // While they are under verification the block is decided that replaces the key.
    let view = replica.storage.state.snapshot();
    for signature in signatures_to_verify(&view, &rotation()).unwrap() {
        replica.verified.insert(signature.digest);
    }
    let rotate = submit(vec![submission(3, &rotation())]);
    let asked = run_to_a_block(&mut replica, vec![rotate]);
    assert!(asked.is_empty());
    handle_and_verify(&mut replica, all_wrong(&under_way[0]));
    assert!(replica.holds(&early.id()), "it is right by the new key");
    assert!(!replica.holds(&forged.id()));
    let suspects = [1, 2].map(|number| {
        let next = submit(vec![submission(number, &gift(10 + number, 6))]);
        let batch = batches(&replica.handle(next, now_ms)).remove(0);
        let is_suspect = matches!(batch.care, Care::OneByOne);
        let verified = ReplicaInput::SignaturesVerified {
            batch: batch.id,
            wrong: vec![],
        };
        replica.handle(verified, now_ms);
        is_suspect
    });
    assert_eq!(suspects, [false, true]);
}
