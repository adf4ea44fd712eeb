//! Tests of whom one believes, and until when.

use super::*;
use crate::certificate::CertificateError;
use crate::genesis::{GENESIS_VERSION, Genesis};
use crate::record::chain::ChainPurpose;
use crate::time::Calendar;

const DAY_MS: u64 = crate::time::DAY_MS;

/// A chain of `purpose` that begins at instant 0 with these validators.
fn genesis(purpose: ChainPurpose, keys: &[SecretKey]) -> Genesis {
    Genesis {
        version: GENESIS_VERSION,
        purpose,
        calendar: Calendar::CHINA,
        time_ms: TimestampMs(0),
        organisations: Vec::new(),
        accounts: Vec::new(),
        staff: Vec::new(),
        policies: Vec::new(),
        catalogue: Vec::new(),
        validators: set_of(keys),
    }
}

/// One block a day: the block of this height, by `current`, which came at `since`.
fn block(trust: &TrustChain, height: u64, current: &[SecretKey], since: u64) -> Header {
    let mut header = header(height, current, current, since);
    header.chain_id = trust.chain_id();
    header.time_ms = TimestampMs(height.saturating_mul(DAY_MS));
    header
}

fn change(
    trust: &TrustChain,
    height: u64,
    from: &[SecretKey],
    to: &[SecretKey],
    since: u64,
) -> SetChange {
    let mut header = block(trust, height, from, since);
    header.next_validators_hash = set_of(to).set_hash();
    SetChange {
        certificate: certify(&header, from),
        header,
        next: set_of(to),
    }
}

fn on_day(day: u64) -> Clock {
    Clock::at(TimestampMs(day.saturating_mul(DAY_MS)))
}

fn test_chain() -> (TrustChain, [Vec<SecretKey>; 3]) {
    let sets = [keys(1), keys(50), keys(100)];
    let trust = TrustChain::genesis(&genesis(ChainPurpose::Production, &sets[0]));
    (trust, sets)
}

#[test]
fn a_header_counts_for_a_trusting_period_after_the_newest_proven_one() {
    let (mut trust, [office, ..]) = test_chain();
    let check = |trust: &TrustChain, height, day| {
        let header = block(trust, height, &office, 0);
        trust.check_header(&header, &certify(&header, &office), on_day(day))
    };
    assert_eq!(check(&trust, 30, 30), Ok(()), "the genesis document's word");
    assert_eq!(
        check(&trust, 31, 31),
        Err(ProofError::TrustExpired {
            height: Height(0),
            time_ms: TimestampMs(0),
            overdue_ms: DAY_MS,
        })
    );
    trust.note(&block(&trust, 20, &office, 0));
    assert_eq!(trust.expires_ms(TRUSTING_PERIOD_MS).0, 50 * DAY_MS);
    assert_eq!(check(&trust, 50, 50), Ok(()));
    assert_eq!(check(&trust, 7, 50), Ok(()), "however old the block");
    assert!(matches!(
        check(&trust, 50, 51),
        Err(ProofError::TrustExpired { .. })
    ));
    // Being asked about an older block does not lower the head.
    trust.note(&block(&trust, 3, &office, 0));
    assert_eq!(trust.head().height, Height(20));
    let for_ever = on_day(9_999).with_trusting_period_ms(u64::MAX);
    let header = block(&trust, 50, &office, 0);
    let certificate = certify(&header, &office);
    assert_eq!(trust.check_header(&header, &certificate, for_ever), Ok(()));
}

#[test]
fn follows_changes_one_by_one_and_refuses_what_retired_keys_sign() {
    let (mut trust, [first, second, third]) = test_chain();
    let one = change(&trust, 5, &first, &second, 0);
    let two = change(&trust, 9, &second, &third, 5);
    assert!(matches!(
        trust.follow(&two, on_day(9)),
        Err(ProofError::SetNotFollowed { .. })
    ));
    trust.follow(&one, on_day(9)).unwrap();
    trust.follow(&two, on_day(9)).unwrap();
    assert_eq!(
        (trust.set_since(), trust.head().height),
        (Height(9), Height(9))
    );
    let again = trust.clone();
    trust.follow(&one, on_day(9)).unwrap();
    assert_eq!(trust, again, "what is known changes nothing");
    let by = |signers: &[SecretKey], height, since, day| {
        let header = block(&trust, height, signers, since);
        trust.check_header(&header, &certify(&header, signers), on_day(day))
    };
    assert_eq!(by(&third, 12, 9, 12), Ok(()));
    assert_eq!(by(&second, 8, 5, 12), Ok(()), "in its own time");
    assert_eq!(by(&first, 3, 0, 12), Ok(()));
    let retired = |height, at| {
        Err(ProofError::RetiredSet {
            height: Height(height),
            retired_at: Height(at),
        })
    };
    assert_eq!(by(&first, 6, 0, 12), retired(6, 5));
    assert_eq!(by(&second, 12, 5, 12), retired(12, 9));
    // Retired keys that claim to be the set in force.
    assert!(matches!(
        by(&second, 12, 9, 12),
        Err(ProofError::ForeignSet { .. })
    ));
    assert!(matches!(
        by(&third, 12, 10, 12),
        Err(ProofError::SetNotFollowed { .. })
    ));
    assert_eq!(
        by(&third, 12, 7, 12),
        Err(ProofError::BeforeTrust {
            height: Height(12),
            last_set_change: Height(7),
            trusted_from: Height(0),
        })
    );
    // What a retired set decided counts as long as it can be held to account.
    assert_eq!(by(&first, 3, 0, 35), Ok(()));
    assert_eq!(
        by(&first, 3, 0, 36),
        Err(ProofError::RetiredTooLong {
            height: Height(3),
            retired_at: Height(5),
            overdue_ms: DAY_MS,
        })
    );
}

#[test]
fn refuses_changes_that_change_nothing_or_to_another_set() {
    let (mut trust, [first, second, third]) = test_chain();
    let mut other = change(&trust, 5, &first, &second, 0);
    other.next = set_of(&third);
    assert!(matches!(
        trust.follow(&other, on_day(5)),
        Err(ProofError::OtherNextSet { .. })
    ));
    let none = change(&trust, 5, &first, &first, 0);
    let refused = Err(ProofError::NoChange { height: Height(5) });
    assert_eq!(trust.follow(&none, on_day(5)), refused);
    let mut forged = change(&trust, 5, &first, &second, 0);
    forged.certificate = certify(&forged.header, &second);
    assert!(matches!(
        trust.follow(&forged, on_day(5)),
        Err(ProofError::Certificate {
            reason: CertificateError::ForeignSigner { .. },
            ..
        })
    ));
    let good = change(&trust, 5, &first, &second, 0);
    trust.follow(&good, on_day(5)).unwrap();
    // A second hand-over by the set that was retired.
    let later = change(&trust, 7, &first, &third, 0);
    assert!(matches!(
        trust.follow(&later, on_day(8)),
        Err(ProofError::RetiredSet { .. })
    ));
    let earlier = change(&trust, 4, &first, &third, 0);
    assert!(matches!(
        trust.follow(&earlier, on_day(8)),
        Err(ProofError::NoChange { .. })
    ));
}

#[test]
fn a_set_asleep_for_too_long_cannot_hand_over() {
    let (mut trust, [first, second, _]) = test_chain();
    let late = change(&trust, 31, &first, &second, 0);
    assert!(matches!(
        trust.follow(&late, on_day(31)),
        Err(ProofError::TrustExpired { .. })
    ));
    // In steps that are each within the period there is no end.
    for height in (10..200).step_by(10) {
        let header = block(&trust, height, &first, 0);
        let certificate = certify(&header, &first);
        trust.accept(&header, &certificate, on_day(height)).unwrap();
    }
}

#[test]
fn a_header_from_the_future_counts_on_test_chains_only() {
    let office = keys(1);
    for (purpose, allowed) in [
        (ChainPurpose::Production, false),
        (ChainPurpose::Test, true),
    ] {
        let trust = TrustChain::genesis(&genesis(purpose, &office));
        let header = block(&trust, 2, &office, 0);
        let certificate = certify(&header, &office);
        let check = |now_ms| trust.check_header(&header, &certificate, Clock::at(now_ms));
        assert_eq!(check(header.time_ms.minus_ms(DRIFT_MS_MAX)), Ok(()));
        let ahead = check(header.time_ms.minus_ms(DRIFT_MS_MAX + 1));
        assert_eq!(ahead.is_ok(), allowed);
        if !allowed {
            assert!(matches!(ahead, Err(ProofError::FromTheFuture { .. })));
        }
        // What nobody signed says nothing about the clock.
        let unsigned = certify(&header, &office[..1]);
        let ahead = trust.check_header(&header, &unsigned, Clock::at(TimestampMs(0)));
        assert!(matches!(ahead, Err(ProofError::Certificate { .. })));
    }
}

#[test]
fn two_proven_blocks_that_exclude_each_other_are_a_fork() {
    let (mut trust, [first, second, third]) = test_chain();
    let accept = |trust: &mut TrustChain, header: &Header, signers: &[SecretKey]| {
        trust.accept(header, &certify(header, signers), on_day(20))
    };
    let head = block(&trust, 9, &first, 0);
    accept(&mut trust, &head, &first).unwrap();
    let mut other = head.clone();
    other.state_root = Hash([7; 32]);
    assert_eq!(
        accept(&mut trust, &other, &first),
        Err(ProofError::Fork {
            height: Height(9),
            known: head.id(),
            other: other.id(),
        })
    );
    // One that no quorum signed is no fork, whatever it says.
    assert!(matches!(
        accept(&mut trust, &other, &first[..2]),
        Err(ProofError::Certificate { .. })
    ));
    let mut backwards = block(&trust, 10, &first, 0);
    backwards.time_ms = head.time_ms;
    let mut ahead = block(&trust, 8, &first, 0);
    ahead.time_ms = head.time_ms;
    for (height, header) in [(10, backwards), (8, ahead)] {
        assert_eq!(
            accept(&mut trust, &header, &first),
            Err(ProofError::Contradiction {
                height: Height(height),
                known: Height(9),
            })
        );
    }
    // The head is by the first set, so that set was not retired before.
    let early = change(&trust, 6, &first, &second, 0);
    assert!(matches!(
        trust.follow(&early, on_day(20)),
        Err(ProofError::Contradiction { .. })
    ));
    let real = change(&trust, 12, &first, &second, 0);
    trust.follow(&real, on_day(20)).unwrap();
    let rival = change(&trust, 12, &first, &third, 0);
    assert!(matches!(
        trust.follow(&rival, on_day(20)),
        Err(ProofError::Fork { .. })
    ));
}

#[test]
fn a_fork_names_those_who_signed_both_blocks() {
    let (trust, [office, strangers, _]) = test_chain();
    let one = block(&trust, 9, &office, 0);
    let mut other = one.clone();
    other.state_root = Hash([7; 32]);
    let name = |one: &CommitCertificate, other: &CommitCertificate| {
        fork_evidence(trust.chain_id(), trust.set(), one, other)
    };
    let both = name(&certify(&one, &office[..3]), &certify(&other, &office[1..]));
    let mut liars: Vec<_> = office[1..3]
        .iter()
        .map(|key| ValidatorAddress::of(&key.public_key()))
        .collect();
    liars.sort();
    let named: Vec<_> = both.iter().map(|signer| signer.validator).collect();
    assert_eq!(named, liars);
    for signer in &both {
        let key = trust.set().by_address(&signer.validator).unwrap();
        let evidence = signer.evidence.clone().expect("both are of round 0");
        let checked = evidence.verify(trust.chain_id(), &key.consensus_key);
        assert_eq!(checked, Ok(()), "the ledger takes it");
    }
    // Of different rounds nothing follows for the ledger, but they are named.
    let later = certify_in_round(&other, 1, &office);
    let both = name(&certify(&one, &office), &later);
    assert_eq!(both.len(), 4);
    assert!(both.iter().all(|signer| signer.evidence.is_none()));
    // Nobody is accused by signatures that are not his.
    let mut forged = certify(&other, &office);
    for commit in &mut forged.signatures {
        commit.signature.0[9] ^= 1;
    }
    assert_eq!(name(&certify(&one, &office), &forged), []);
    let foreign = certify(&other, &strangers);
    assert_eq!(name(&certify(&one, &office), &foreign), []);
    assert_eq!(name(&certify(&one, &office), &certify(&one, &office)), []);
}

#[test]
fn what_is_kept_is_read_back_and_nothing_that_cannot_belong_together() {
    let (mut trust, [first, second, third]) = test_chain();
    let one = change(&trust, 5, &first, &second, 0);
    let two = change(&trust, 9, &second, &third, 5);
    trust.follow(&one, on_day(9)).unwrap();
    trust.follow(&two, on_day(9)).unwrap();
    let bytes = trust.to_bytes();
    assert_eq!(TrustChain::from_bytes(&bytes), Ok(trust.clone()));
    assert!(TrustChain::from_bytes(&bytes[1..]).is_err());
    let of_another_version = [&[9, 0], &bytes[2..]].concat();
    assert!(TrustChain::from_bytes(&of_another_version).is_err());
    // The last field is the head's time, before it its id and height: a head before the last change.
    let mut behind = bytes.clone();
    let at = bytes.len() - 8 - 32 - 8;
    behind[at..at + 8].copy_from_slice(&8u64.to_le_bytes());
    assert!(TrustChain::from_bytes(&behind).is_err());
    assert_eq!(trust.set_at(Height(5)), Some(&set_of(&first)));
    assert_eq!(trust.set_at(Height(6)), Some(&set_of(&second)));
    assert_eq!(trust.set_at(Height(10)), Some(&set_of(&third)));
    assert_eq!(trust.set_at(Height(0)), None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]

    /// Sets come and go, and come again; whatever the header claims, it counts exactly when the set of its height signed it.
    #[test]
    fn exactly_the_set_of_a_height_decides_it(
        changes in proptest::collection::btree_set(1..40u64, 0..6),
        height in 1..50u64,
        signer in 0..3usize,
        honest in proptest::bool::ANY,
        claimed in 0..50u64,
    ) {
        let (mut trust, sets) = test_chain();
        let mut sinces = vec![0];
        for (number, at) in changes.iter().enumerate() {
            let (from, to) = (&sets[number % 3], &sets[number.wrapping_add(1) % 3]);
            let since = *sinces.last().unwrap();
            trust.follow(&change(&trust, *at, from, to, since), Clock::TIMELESS).unwrap();
            sinces.push(*at);
        }
        let period = sinces.iter().rposition(|since| *since < height).unwrap();
        // Half of the headers name the right set, or hardly any would.
        let (signer, since) = if honest { (period % 3, sinces[period]) } else { (signer, claimed) };
        let header = block(&trust, height, &sets[signer], since);
        let checked = trust.check_header(&header, &certify(&header, &sets[signer]), Clock::TIMELESS);
        let by_its_set = signer == period % 3 && since == sinces[period];
        // Where a set changed, the block is known already, and this is not it.
        let is_fork = changes.contains(&height);
        proptest::prop_assert_eq!(checked.is_ok(), by_its_set && !is_fork, "{:?}", checked);
        if by_its_set && is_fork {
            let forked = matches!(checked, Err(ProofError::Fork { .. }));
            proptest::prop_assert!(forked);
        }
    }
}
