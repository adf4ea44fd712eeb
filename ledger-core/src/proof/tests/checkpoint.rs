//! Tests of where trust begins anew: who has to sign, and what a checkpoint may say.

use super::chain::{Chain, on_day, other_keys, signer, staff, staff_key};
use super::*;

fn keys_of_genesis(chain: &Chain) -> CheckpointKeys {
    CheckpointKeys::of_genesis(&chain.genesis)
}

/// A checkpoint of a block of day 60 by the second set, which came at 40, signed by the staff of these numbers.
fn signed_by(chain: &Chain, signers: &[u32]) -> Checkpoint {
    let header = chain.header(60, 1, 40);
    chain.checkpoint(header, 1, keys_of_genesis(chain), signers)
}

#[test]
fn the_genesis_document_names_who_signs() {
    let chain = Chain::new();
    let keys = keys_of_genesis(&chain);
    assert_eq!(keys.threshold, 2);
    assert_eq!(keys.administrators, [signer(1), signer(2), signer(3)]);
    assert_eq!(keys.auditors, [signer(4), signer(5)]);
    let mut without = chain.genesis.clone();
    without.staff.truncate(3);
    let keys = CheckpointKeys::of_genesis(&without);
    assert!(keys.is_empty(), "no auditor, so nobody can sign");
    let checkpoint = signed_by(&chain, &[1, 2, 4]);
    assert_eq!(
        keys.check(chain.genesis.chain_id(), &checkpoint),
        Err(CheckpointError::NoKeys)
    );
}

#[test]
fn administrators_to_the_threshold_and_an_auditor_who_is_another_person_sign() {
    let chain = Chain::new();
    let keys = keys_of_genesis(&chain);
    let check = |signers: &[u32]| keys.check(chain.genesis.chain_id(), &signed_by(&chain, signers));
    let too_few = |count| {
        Err(CheckpointError::TooFewAdministrators {
            count,
            threshold: 2,
        })
    };
    assert_eq!(check(&[1, 2, 4]), Ok(()));
    assert_eq!(check(&[1, 2, 3, 4, 5]), Ok(()));
    assert_eq!(check(&[2, 3, 5]), Ok(()), "not counted as administrator 1");
    assert_eq!(check(&[1, 2, 3, 5]), Ok(()), "2 and 3 are enough without 1");
    assert_eq!(check(&[1, 2, 5]), Err(CheckpointError::NoAuditor));
    assert_eq!(check(&[1, 2, 3]), Err(CheckpointError::NoAuditor));
    assert_eq!(check(&[1, 4]), too_few(1));
    assert_eq!(check(&[4, 5]), too_few(0));
    assert_eq!(check(&[]), too_few(0));
    let foreign = Err(CheckpointError::ForeignSigner { staff: staff(6) });
    assert_eq!(check(&[1, 2, 4, 6]), foreign);
}

#[test]
fn a_checkpoint_is_what_they_signed_each_once() {
    let chain = Chain::new();
    let keys = keys_of_genesis(&chain);
    let check = |change: fn(&mut Checkpoint)| {
        let mut checkpoint = signed_by(&chain, &[1, 2, 4]);
        change(&mut checkpoint);
        keys.check(chain.genesis.chain_id(), &checkpoint)
    };
    assert_eq!(
        check(|it| it.body.header.time_ms = TimestampMs(1)),
        Err(CheckpointError::Signature { staff: staff(1) })
    );
    assert_eq!(
        check(|it| it.signatures[2].signature = it.signatures[1].signature),
        Err(CheckpointError::Signature { staff: staff(4) })
    );
    assert_eq!(
        check(|it| it.signatures[1] = it.signatures[0]),
        Err(CheckpointError::SignerOrder { staff: staff(1) })
    );
    assert_eq!(
        check(|it| it.signatures.swap(0, 1)),
        Err(CheckpointError::SignerOrder { staff: staff(1) })
    );
    assert!(matches!(
        check(|it| it.body.version = 2),
        Err(CheckpointError::Version { .. })
    ));
    assert!(matches!(
        check(|it| it.body.chain_id = CHAIN),
        Err(CheckpointError::OtherChain { .. })
    ));
    assert!(matches!(
        check(|it| it.body.set = set_of(&keys_for_another_set())),
        Err(CheckpointError::OtherSet { .. })
    ));
    assert!(matches!(
        check(|it| it.body.header.last_set_change = Height(60)),
        Err(CheckpointError::NoBlock { .. })
    ));
    assert!(matches!(
        check(|it| it.body.keys.auditors.clear()),
        Err(CheckpointError::Keys {
            reason: CheckpointKeysError::TooFew { threshold: 2 }
        })
    ));
    // A signature for something else over the same bytes is none.
    let mut other = signed_by(&chain, &[1, 2, 4]);
    other.signatures[0].signature =
        staff_key(1).sign(Purpose::Transaction, &other.body.signed_bytes());
    assert_eq!(
        keys.check(chain.genesis.chain_id(), &other),
        Err(CheckpointError::Signature { staff: staff(1) })
    );
}

fn keys_for_another_set() -> Vec<SecretKey> {
    keys(150)
}

#[test]
fn refuses_keys_that_could_not_sign_the_next_one() {
    let check = |change: fn(&mut CheckpointKeys)| {
        let mut keys = other_keys();
        change(&mut keys);
        keys.check_form()
    };
    let too_few = |threshold| Err(CheckpointKeysError::TooFew { threshold });
    assert_eq!(check(|_| {}), Ok(()));
    assert_eq!(check(|it| it.threshold = 0), too_few(0));
    assert_eq!(check(|it| it.threshold = 3), too_few(3));
    assert_eq!(check(|it| it.auditors = vec![signer(2)]), too_few(2));
    let order = Err(CheckpointKeysError::Order);
    assert_eq!(check(|it| it.administrators.reverse()), order);
    assert_eq!(check(|it| it.administrators = vec![signer(2); 2]), order);
    // One entry with two keys.
    let twin = |it: &mut CheckpointKeys| {
        it.administrators.push(CheckpointSigner {
            staff: staff(4),
            ..signer(1)
        });
    };
    assert_eq!(check(twin), order);
    assert!(matches!(
        check(|it| it.administrators[0].key.0 = [0; 32]),
        Err(CheckpointKeysError::Key { .. })
    ));
    assert_eq!(
        check(|it| it.administrators = vec![signer(2); CHECKPOINT_SIGNERS_MAX + 1]),
        Err(CheckpointKeysError::TooMany {
            count: CHECKPOINT_SIGNERS_MAX + 1
        })
    );
}

#[test]
fn trust_that_ended_begins_anew_with_a_checkpoint() {
    let chain = Chain::new();
    let mut trust = chain.trust();
    let header = chain.header(62, 1, 40);
    let certificate = certify(&header, &chain.sets[1]);
    let check = |trust: &TrustChain, day| trust.check_header(&header, &certificate, on_day(day));
    assert!(matches!(
        check(&trust, 62),
        Err(ProofError::SetNotFollowed { .. })
    ));
    let checkpoint = signed_by(&chain, &[1, 2, 4]);
    trust.renew(&checkpoint, on_day(62)).unwrap();
    assert_eq!(check(&trust, 62), Ok(()));
    assert_eq!(trust.set_since(), Height(40));
    assert_eq!(trust.head().height, Height(60));
    let begun = TrustChain::from_checkpoint(&chain.genesis, &checkpoint, on_day(62)).unwrap();
    assert_eq!(begun, trust);
    // The checkpoint's own word counts for a trusting period as well.
    assert_eq!(check(&trust, 90), Ok(()));
    assert!(matches!(
        check(&trust, 91),
        Err(ProofError::TrustExpired { .. })
    ));
    // Once is enough, and nothing older comes back.
    assert_eq!(
        trust.renew(&checkpoint, on_day(62)),
        Err(CheckpointError::Old {
            height: Height(60),
            known: Height(60)
        }
        .into())
    );
    assert_eq!(trust.renew_from(&[checkpoint], on_day(62)), Ok(false));
}

#[test]
fn a_checkpoint_hands_over_to_other_keys() {
    let chain = Chain::new();
    let hand_over = chain.checkpoint(chain.header(50, 1, 40), 1, other_keys(), &[1, 2, 4]);
    let next =
        |signers: &[u32]| chain.checkpoint(chain.header(60, 1, 40), 1, other_keys(), signers);
    let mut trust = chain.trust();
    trust.renew(&hand_over, on_day(62)).unwrap();
    let by_former = CheckpointError::ForeignSigner { staff: staff(1) };
    assert_eq!(
        trust.clone().renew(&next(&[1, 2, 4]), on_day(62)),
        Err(by_former.into())
    );
    trust.renew(&next(&[2, 4, 6]), on_day(62)).unwrap();
    assert_eq!(trust.checkpoint_height(), Height(60));
    // In one go, from where a wallet stands.
    let both = [hand_over, next(&[2, 4, 6])];
    let mut late = chain.trust();
    assert_eq!(late.renew_from(&both, on_day(62)), Ok(true));
    assert_eq!(late, trust);
    // Who is further than a hand-over still learns the keys, and keeps its head.
    let mut ahead = chain.trust();
    ahead
        .follow(&chain.change(40, 0, 0), Clock::TIMELESS)
        .unwrap();
    ahead.note(&chain.header(70, 1, 40));
    ahead.renew_from(&both, on_day(70)).unwrap();
    assert_eq!(ahead.head().height, Height(70));
    assert_eq!(*ahead.checkpoint_keys(), other_keys());
}

#[test]
fn a_checkpoint_against_what_is_proven_is_refused() {
    let chain = Chain::new();
    let mut trust = chain.trust();
    trust.follow(&chain.change(10, 0, 0), on_day(10)).unwrap();
    let head = chain.header(20, 1, 10);
    trust.note(&head);
    let renew = |header: Header, set| {
        let checkpoint = chain.checkpoint(header, set, keys_of_genesis(&chain), &[1, 2, 4]);
        trust.clone().renew(&checkpoint, on_day(30)).map(|()| 0)
    };
    assert_eq!(renew(head.clone(), 1), Ok(0));
    assert_eq!(renew(chain.header(25, 2, 22), 2), Ok(0));
    assert_eq!(
        renew(chain.header(5, 0, 0), 0),
        Ok(0),
        "old, and only its keys count"
    );
    let mut other = head;
    other.state_root = Hash([7; 32]);
    assert!(matches!(renew(other, 1), Err(ProofError::Fork { .. })));
    let contradicts = |header, set| {
        let refused = renew(header, set);
        assert!(matches!(refused, Err(ProofError::Contradiction { .. })));
    };
    contradicts(chain.header(25, 2, 10), 2);
    contradicts(chain.header(25, 0, 0), 0);
    contradicts(chain.header(25, 2, 15), 2);
    let mut early = chain.header(25, 1, 10);
    early.time_ms = TimestampMs(1);
    contradicts(early, 1);
    assert!(matches!(
        renew(chain.header(40, 1, 10), 1),
        Err(ProofError::FromTheFuture { .. })
    ));
}
