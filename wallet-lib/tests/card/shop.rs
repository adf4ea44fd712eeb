//! At the shop's door: who is a member, and every way in which a card is not to be accepted.

use std::sync::Arc;

use ledger_core::block::Header;
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::id::{AccountId, Height};
use ledger_core::proof::{
    CHECKPOINT_VERSION, Checkpoint, CheckpointBody, CheckpointKeys, Clock, TrustChain,
};
use ledger_core::record::membership::Membership;
use ledger_core::signature::Purpose;
use ledger_core::time::{DAY_MS, TimestampMs};
use ledger_core::transaction::Signer;
use ledger_core::transaction::account::{Freeze, RotateKey, Unfreeze};
use ledger_core::validator::ValidatorAddress;
use timebank_wallet::card::{
    CARDS_SEEN_MAX, CLOCK_DIFFERENCE_MS_MAX, Card, CardLimits, CardProof, CardReader, Occasion,
    QUESTION_MS_MAX, Question, WINDOW_MS_DEFAULT, WINDOW_MS_MAX,
};
use timebank_wallet::qr::{Collector, Kind, Progress};
use timebank_wallet::verify::{Freshness, Trust};
use timebank_wallet::{Client, MemoryStorage};

use super::{
    change_set, fetch, now, reader, record_proof, registrar_and_arbiter, show, submit, trust,
    verdict,
};
use timebank_wallet::trial::{TrialCity, account, genesis, key, set_of, staff};

fn freeze(city: &TrialCity, name: &str) {
    let account = account(name);
    submit(city, Freeze { account }, &registrar_and_arbiter());
}

#[test]
fn a_member_is_known_without_a_network_by_a_card_for_a_short_time() {
    let city = TrialCity::new();
    let card = show(&city, "chen", city.time_ms());
    let shop = trust(&city);
    city.go_away();
    let member = reader().check(&shop, now(&city), &card).unwrap();
    assert_eq!(member.account, account("chen"));
    assert_eq!(member.key, key("chen").public_key());
    assert_eq!((member.height, member.age_ms), (Height(1), 0));
}

#[test]
fn a_member_answers_the_question_of_the_shop_and_it_goes_there_and_back_as_codes() {
    let city = TrialCity::new();
    let shop = trust(&city);
    let mut reader = reader();
    let asked = reader.ask(shop.chain_id(), city.time_ms()).unwrap();
    let scanned = scan(&asked.qr_parts().unwrap(), Kind::Challenge);
    let question = Question::from_bytes(&scanned).unwrap();
    assert_eq!(question, asked);
    let proof = fetch(&city, "chen").unwrap();
    let shown = Card::answer(proof, &key("chen"), &question).unwrap();
    let card = Card::from_bytes(&scan(&shown.qr_parts().unwrap(), Kind::Card)).unwrap();
    assert_eq!(card, shown);
    assert!(reader.check(&shop, now(&city), &card).is_ok());
    // It was an answer once.
    let again = reader.check(&shop, now(&city), &card).unwrap_err();
    assert_eq!(again.code(), "card_not_asked");
}

fn scan(parts: &[String], kind: Kind) -> Vec<u8> {
    let mut collector = Collector::new();
    for part in parts.iter().rev() {
        if let Progress::Complete(scanned) = collector.add(part).unwrap() {
            return scanned.into_bytes_of(kind).unwrap();
        }
    }
    panic!("{} parts are not the whole", parts.len())
}

#[test]
fn a_card_shows_neither_balance_nor_programmes_nor_kin() {
    let city = TrialCity::new();
    let proof = fetch(&city, "chen").unwrap();
    let Membership { key, home } = proof.membership;
    assert_eq!(
        (key, home),
        (
            super::key("chen").public_key(),
            timebank_wallet::trial::STREET
        )
    );
    // Beside hashes, a header and signatures this is all there is of the account.
    let record = ledger_core::codec::encode(&proof.membership);
    assert_eq!(record.len(), 32 + 8);
}

#[test]
fn a_frozen_member_gets_no_new_proof_and_the_old_one_ages_out() {
    let city = TrialCity::new();
    let before = fetch(&city, "chen").unwrap();
    freeze(&city, "chen");
    assert_eq!(
        fetch(&city, "chen").unwrap_err().code(),
        "card_no_membership"
    );
    let shown_after = |ms: u64| {
        let at_ms = city.time_ms().plus_ms(ms);
        let card = Card::show(before.clone(), &key("chen"), at_ms, WINDOW_MS_DEFAULT).unwrap();
        let checked = reader().check(&trust(&city), Clock::at(at_ms), &card);
        checked.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(shown_after(0), Ok(()), "the shop cannot know yet");
    assert_eq!(shown_after(8 * DAY_MS), Err("card_old"));
    // A shop that wants to know sooner says so.
    let mut strict = CardReader::new(CardLimits {
        age_ms_max: 500,
        ..CardLimits::default()
    });
    let at_ms = city.time_ms();
    let card = Card::show(before, &key("chen"), at_ms, WINDOW_MS_DEFAULT).unwrap();
    let refused = strict.check(&trust(&city), Clock::at(at_ms), &card);
    assert_eq!(refused.unwrap_err().code(), "card_old");
    // Unfreezing brings the membership back.
    let account = account("chen");
    submit(&city, Unfreeze { account }, &registrar_and_arbiter());
    assert_eq!(
        verdict(&city, &show(&city, "chen", city.time_ms())),
        Ok(Height(3))
    );
}

#[test]
fn a_phone_keeps_its_proof_for_when_there_is_no_network_and_forgets_it_when_it_is_frozen() {
    let city = TrialCity::new();
    let storage = Arc::new(MemoryStorage::new());
    let client = || {
        let trust = Trust::open(storage.clone(), &genesis()).unwrap();
        Client::new(city.clone(), trust)
    };
    let chen = account("chen");
    let freshness = Freshness {
        now_ms: city.time_ms(),
        age_ms_max: DAY_MS,
    };
    let online = client().card_proof(chen, freshness).unwrap();
    assert_eq!(online, fetch(&city, "chen").unwrap());
    let kept = storage.clone();
    city.go_away();
    // The app is closed and opened again, in a shop without a network.
    assert_eq!(client().card_proof(chen, freshness).unwrap(), online);
    let nobody = client().card_proof(account("li"), freshness).unwrap_err();
    assert_eq!(nobody.code(), "node_unreachable");

    let city = TrialCity::new();
    freeze(&city, "chen");
    let freshness = Freshness {
        now_ms: city.time_ms(),
        ..freshness
    };
    let client = || {
        let trust = Trust::open(kept.clone(), &genesis()).unwrap();
        Client::new(city.clone(), trust)
    };
    let frozen = client().card_proof(chen, freshness).unwrap_err();
    assert_eq!(frozen.code(), "card_no_membership");
    city.go_away();
    let gone = client().card_proof(chen, freshness).unwrap_err();
    assert_eq!(gone.code(), "node_unreachable");
}

#[test]
fn no_shop_accepts_a_proof_older_than_trust_lasts_whatever_it_is_told() {
    let reader = CardReader::new(CardLimits {
        age_ms_max: u64::MAX,
        clock_difference_ms_max: u64::MAX,
    });
    assert_eq!(reader.limits().age_ms_max, 30 * DAY_MS);
    let difference_ms = reader.limits().clock_difference_ms_max;
    assert_eq!(difference_ms, CLOCK_DIFFERENCE_MS_MAX);
}

#[test]
fn a_copied_card_is_of_no_use() {
    let city = TrialCity::new();
    let shop = trust(&city);
    let at_ms = city.time_ms();
    let card = show(&city, "chen", at_ms);
    let mut reader = reader();
    let mut check = |after_ms: u64| {
        let clock = Clock::at(at_ms.plus_ms(after_ms));
        let checked = reader.check(&shop, clock, &card);
        checked.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(check(1_000), Ok(()));
    // A screenshot, shown by the next in the queue, and by somebody tomorrow.
    assert_eq!(check(2_000), Err("card_shown_before"));
    let last_ms = WINDOW_MS_DEFAULT + CLOCK_DIFFERENCE_MS_MAX;
    assert_eq!(check(last_ms), Err("card_shown_before"));
    assert_eq!(check(last_ms + 1), Err("card_expired"));
    assert_eq!(check(DAY_MS), Err("card_expired"));
    // The member shows another one.
    let next_ms = at_ms.plus_ms(10_000);
    let next = show(&city, "chen", next_ms);
    assert!(reader.check(&shop, Clock::at(next_ms), &next).is_ok());
    // The proof alone, which everybody can have, signed by a key that is not the member's.
    let mut forged = show(&city, "chen", at_ms);
    let thief = show(&city, "li", at_ms);
    forged.signature = thief.signature;
    assert_eq!(verdict(&city, &forged), Err("card_signature"));
    let proof = fetch(&city, "chen").unwrap();
    let refused = Card::show(proof, &key("li"), at_ms, WINDOW_MS_DEFAULT).unwrap_err();
    assert_eq!(refused.code(), "card_key_replaced");
    // With the thief's key in the place of the member's.
    let mut proof = fetch(&city, "chen").unwrap();
    proof.membership.key = key("li").public_key();
    let forged = Card::show(proof, &key("li"), at_ms, WINDOW_MS_DEFAULT).unwrap();
    assert_eq!(verdict(&city, &forged), Err("card_other_member"));
}

#[test]
fn a_reader_that_is_started_anew_remembers_the_cards_it_saw() {
    let city = TrialCity::new();
    let card = show(&city, "chen", city.time_ms());
    let mut before = reader();
    assert!(before.check(&trust(&city), now(&city), &card).is_ok());
    let mut after = CardReader::from_bytes(&before.to_bytes()).unwrap();
    assert_eq!(after, before);
    let again = after.check(&trust(&city), now(&city), &card).unwrap_err();
    assert_eq!(again.code(), "card_shown_before");
    assert_eq!(
        CardReader::from_bytes(b"nothing").unwrap_err().code(),
        "card_damaged"
    );
}

#[test]
fn a_reader_refuses_rather_than_forgets_and_forgets_what_is_over() {
    let city = TrialCity::new();
    let (shop, at_ms) = (trust(&city), city.time_ms());
    let proof = fetch(&city, "chen").unwrap();
    let mut reader = reader();
    let mut seen: u64 = 0;
    let mut check = |at_ms: TimestampMs| {
        seen += 1;
        let window_ms = WINDOW_MS_DEFAULT + seen;
        let card = Card::show(proof.clone(), &key("chen"), at_ms, window_ms).unwrap();
        let checked = reader.check(&shop, Clock::at(at_ms), &card);
        checked.map(|_| ()).map_err(|error| error.code())
    };
    for _ in 0..CARDS_SEEN_MAX {
        assert_eq!(check(at_ms), Ok(()));
    }
    assert_eq!(check(at_ms), Err("card_reader_full"));
    let later_ms = at_ms.plus_ms(WINDOW_MS_MAX + CLOCK_DIFFERENCE_MS_MAX + 1);
    assert_eq!(check(later_ms), Ok(()));
    // Its memory is one card long now.
    assert!(reader.to_bytes().len() < 200);
}

#[test]
fn a_window_counts_neither_before_its_time_nor_for_longer_than_allowed() {
    let city = TrialCity::new();
    let at_ms = city.time_ms();
    let ahead = |ms: u64| verdict(&city, &show(&city, "chen", at_ms.plus_ms(ms)));
    assert_eq!(ahead(CLOCK_DIFFERENCE_MS_MAX), Ok(Height(1)));
    assert_eq!(ahead(CLOCK_DIFFERENCE_MS_MAX + 1), Err("card_not_yet"));
    let proof = || fetch(&city, "chen").unwrap();
    let long = Card::show(proof(), &key("chen"), at_ms, u64::MAX).unwrap();
    let Occasion::Window { from_ms, until_ms } = long.occasion else {
        panic!("a window was asked for");
    };
    assert_eq!(until_ms.since_ms(from_ms), WINDOW_MS_MAX);
    assert_eq!(verdict(&city, &long), Ok(Height(1)));
    for until_ms in [until_ms.plus_ms(1), TimestampMs(from_ms.0 - 1)] {
        let mut altered = long.clone();
        altered.occasion = Occasion::Window { from_ms, until_ms };
        assert_eq!(verdict(&city, &altered), Err("card_window_long"));
    }
    let mut altered = long;
    altered.occasion = Occasion::Window {
        from_ms,
        until_ms: TimestampMs(until_ms.0 - 1),
    };
    assert_eq!(verdict(&city, &altered), Err("card_signature"));
}

#[test]
fn a_reader_that_asked_takes_only_the_answer_and_only_for_a_while() {
    let city = TrialCity::new();
    let (shop, at_ms) = (trust(&city), city.time_ms());
    let mut reader = reader();
    let proof = || fetch(&city, "chen").unwrap();
    let answer = |question: &Question| Card::answer(proof(), &key("chen"), question).unwrap();
    let first = reader.ask(shop.chain_id(), at_ms).unwrap();
    let second = reader.ask(shop.chain_id(), at_ms).unwrap();
    let check = |reader: &mut CardReader, card: &Card, after_ms: u64| {
        let clock = Clock::at(at_ms.plus_ms(after_ms));
        let checked = reader.check(&shop, clock, card);
        checked.map(|_| ()).map_err(|error| error.code())
    };
    let window = show(&city, "chen", at_ms);
    assert_eq!(check(&mut reader, &window, 0), Err("card_no_answer"));
    let other = answer(&first);
    assert_eq!(check(&mut reader, &other, 0), Err("card_other_question"));
    let right = answer(&second);
    let late_ms = QUESTION_MS_MAX + 1;
    assert_eq!(
        check(&mut reader, &right, late_ms),
        Err("card_question_old")
    );
    assert_eq!(check(&mut reader, &right, QUESTION_MS_MAX), Ok(()));
    assert_eq!(check(&mut reader, &right, 0), Err("card_not_asked"));
    reader.ask(shop.chain_id(), at_ms).unwrap();
    reader.withdraw();
    assert_eq!(check(&mut reader, &window, 0), Ok(()));
}

#[test]
fn a_card_counts_in_its_own_city_only() {
    let city = TrialCity::new();
    let mut elsewhere = genesis();
    elsewhere.time_ms = elsewhere.time_ms.plus_ms(1);
    let other = TrustChain::genesis(&elsewhere);
    let card = show(&city, "chen", city.time_ms());
    let refused = reader().check(&other, now(&city), &card).unwrap_err();
    assert_eq!(refused.code(), "card_other_city");
    let question = Question::new(other.chain_id()).unwrap();
    let proof = fetch(&city, "chen").unwrap();
    let refused = Card::answer(proof, &key("chen"), &question).unwrap_err();
    assert_eq!(refused.code(), "card_other_city");
}

#[test]
fn nobody_becomes_a_member_by_another_ones_proof() {
    let city = TrialCity::new();
    let at_ms = city.time_ms();
    let stranger = key("nobody");
    let mut proof = fetch(&city, "chen").unwrap();
    proof.account = AccountId([9; 20]);
    proof.membership.key = stranger.public_key();
    let card = |proof: CardProof| Card::show(proof, &stranger, at_ms, 1_000).unwrap();
    // The proof of chen's membership leads elsewhere in the tree, or says that there is no such record where it leads.
    let refused = verdict(&city, &card(proof)).unwrap_err();
    assert!(
        ["card_not_member", "card_not_proven"].contains(&refused),
        "{refused}"
    );
    // With a proof of the frozen member's absence.
    let before = fetch(&city, "chen").unwrap();
    freeze(&city, "chen");
    let absent = record_proof(&city, account("chen"));
    assert_eq!(absent.value, None);
    let mut forged = fetch(&city, "li").unwrap();
    forged.account = account("chen");
    forged.membership = before.membership;
    forged.tree_proof = absent.tree_proof;
    let card = Card::show(forged, &key("chen"), city.time_ms(), 1_000).unwrap();
    assert_eq!(verdict(&city, &card), Err("card_not_member"));
}

#[test]
fn a_rotated_key_needs_a_new_proof() {
    let city = TrialCity::new();
    let before = fetch(&city, "chen").unwrap();
    let rotate = RotateKey {
        account: account("chen"),
        new_key: key("new").public_key(),
    };
    let signers = [
        (Signer::Account(account("chen")), "chen"),
        (Signer::Key(key("new").public_key()), "new"),
    ];
    submit(&city, rotate, &signers);
    let at_ms = city.time_ms();
    let refused = Card::show(before, &key("new"), at_ms, WINDOW_MS_DEFAULT).unwrap_err();
    assert_eq!(refused.code(), "card_key_replaced");
    let after = fetch(&city, "chen").unwrap();
    let card = Card::show(after, &key("new"), at_ms, WINDOW_MS_DEFAULT).unwrap();
    assert_eq!(verdict(&city, &card), Ok(Height(2)));
}

#[test]
fn a_reader_follows_the_validators_and_says_so_when_it_is_behind() {
    let city = TrialCity::new();
    let behind = trust(&city);
    let old = fetch(&city, "chen").unwrap();
    change_set(&city, &["one", "two", "three", "four", "five"]);
    let card = show(&city, "chen", city.time_ms());
    let refused = reader().check(&behind, now(&city), &card).unwrap_err();
    assert_eq!(refused.code(), "card_reader_behind");
    assert_eq!(verdict(&city, &card), Ok(Height(3)));
    // What the former set decided in its time counts as long as its word does.
    let at_ms = city.time_ms();
    let early = Card::show(old, &key("chen"), at_ms, WINDOW_MS_DEFAULT).unwrap();
    assert_eq!(verdict(&city, &early), Ok(Height(1)));
    let long_ago = now(&city).with_trusting_period_ms(10);
    let later = Clock {
        now_ms: city.time_ms().plus_ms(20),
        ..long_ago
    };
    let refused = reader().check(&trust(&city), later, &early).unwrap_err();
    assert_eq!(refused.code(), "card_retired_too_long");
    // A block of the present, in the name of the set that was retired.
    let forged = resigned(&city, |header, certificate| {
        header.last_set_change = Height::GENESIS;
        certificate.round = 0;
    });
    assert_eq!(verdict(&city, &forged), Err("card_retired_set"));
    // A block in the name of strangers.
    let strangers = resigned(&city, |header, _| {
        header.validators_hash = ledger_core::hash::Hash([7; 32]);
    });
    assert_eq!(verdict(&city, &strangers), Err("card_foreign_set"));
}

/// A card whose block is altered, signed by its holder as if it were right.
fn resigned(city: &TrialCity, alter: impl FnOnce(&mut Header, &mut CommitCertificate)) -> Card {
    let mut record = record_proof(city, account("chen"));
    let mut proof = fetch(city, "chen").unwrap();
    alter(&mut record.header, &mut record.certificate);
    proof.header = record.header;
    Card::show(proof, &key("chen"), city.time_ms(), WINDOW_MS_DEFAULT).unwrap()
}

#[test]
fn an_altered_block_is_not_decided() {
    let city = TrialCity::new();
    let later = resigned(&city, |header, _| {
        header.time_ms = header.time_ms.plus_ms(1);
    });
    assert_eq!(verdict(&city, &later), Err("card_certificate"));
    let rooted = resigned(&city, |header, _| {
        header.state_root = ledger_core::hash::Hash([7; 32]);
    });
    assert_eq!(verdict(&city, &rooted), Err("card_certificate"));
}

#[test]
fn two_blocks_for_one_height_are_a_fork() {
    let city = TrialCity::new();
    let record = record_proof(&city, account("chen"));
    let mut shop = trust(&city);
    shop.accept(&record.header, &record.certificate, now(&city))
        .unwrap();
    let mut other = record;
    other.header.time_ms = other.header.time_ms.plus_ms(1);
    other.certificate = certify(&other.header, &["one", "two", "three"]);
    // Another device than the shop's has not seen the first one.
    let id = account("chen");
    let proof = CardProof::of(id, &other, &trust(&city), now(&city)).unwrap();
    let card = Card::show(proof, &key("chen"), city.time_ms(), WINDOW_MS_DEFAULT).unwrap();
    assert_eq!(verdict(&city, &card), Ok(Height(1)));
    let refused = reader().check(&shop, now(&city), &card).unwrap_err();
    assert_eq!(refused.code(), "card_fork");
    // Two of four are nobody.
    other.certificate = certify(&other.header, &["one", "two"]);
    let refused = CardProof::of(id, &other, &trust(&city), now(&city)).unwrap_err();
    assert_eq!(refused.code(), "certificate_no_quorum");
}

#[test]
fn a_reader_whose_trust_began_with_a_checkpoint_knows_nothing_before_it() {
    let city = TrialCity::new();
    let early = fetch(&city, "chen").unwrap();
    change_set(&city, &["one", "two", "three", "four", "five"]);
    let record = record_proof(&city, account("chen"));
    let body = CheckpointBody {
        version: CHECKPOINT_VERSION,
        chain_id: genesis().chain_id(),
        header: record.header,
        set: set_of(&["one", "two", "three", "four", "five"]),
        keys: CheckpointKeys::of_genesis(&genesis()),
    };
    let signatures = ["admin", "auditor"].map(|name| body.sign(staff(name), &key(name)));
    let checkpoint = Checkpoint::new(body, signatures);
    let clock = now(&city);
    let shop = TrustChain::from_checkpoint(&genesis(), &checkpoint, clock).unwrap();
    let at_ms = city.time_ms();
    let card = Card::show(early, &key("chen"), at_ms, WINDOW_MS_DEFAULT).unwrap();
    let refused = reader().check(&shop, clock, &card).unwrap_err();
    assert_eq!(refused.code(), "card_before_trust");
    let card = show(&city, "chen", at_ms);
    assert!(reader().check(&shop, clock, &card).is_ok());
}

fn certify(header: &Header, names: &[&str]) -> CommitCertificate {
    let mut certificate = CommitCertificate {
        height: header.height,
        round: 0,
        block_id: header.id(),
        signatures: Vec::new(),
    };
    let mut signatures: Vec<_> = names
        .iter()
        .map(|name| {
            let validator = ValidatorAddress::of(&key(name).public_key());
            let vote = certificate.vote(header.chain_id, validator).signed_bytes();
            CommitSignature {
                validator,
                signature: key(name).sign(Purpose::Vote, &vote),
            }
        })
        .collect();
    signatures.sort_by_key(|commit| commit.validator);
    certificate.signatures = signatures;
    certificate
}

#[test]
fn a_reader_that_was_offline_for_too_long_says_so() {
    let city = TrialCity::new();
    let card = show(&city, "chen", city.time_ms());
    let short = Clock::at(city.time_ms()).with_trusting_period_ms(10);
    let refused = reader().check(&trust(&city), short, &card).unwrap_err();
    assert_eq!(refused.code(), "card_reader_expired");
}

#[test]
fn every_flipped_bit_of_a_card_is_refused() {
    let city = TrialCity::new();
    let (shop, clock) = (trust(&city), now(&city));
    let bytes = show(&city, "chen", city.time_ms()).to_bytes();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let accepted = Card::from_bytes(&flipped)
            .is_ok_and(|card| reader().check(&shop, clock, &card).is_ok());
        assert!(!accepted, "bit {bit} of {} bytes", bytes.len());
    }
    for length in 0..bytes.len() {
        assert!(Card::from_bytes(&bytes[..length]).is_err());
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(
        Card::from_bytes(&longer).unwrap_err().code(),
        "card_damaged"
    );
}

#[test]
fn every_flipped_bit_of_a_question_gives_no_accepted_card() {
    let city = TrialCity::new();
    let (shop, clock) = (trust(&city), now(&city));
    let mut reader = reader();
    let asked = reader.ask(shop.chain_id(), clock.now_ms).unwrap();
    let bytes = asked.to_bytes();
    let proof = fetch(&city, "chen").unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let card = Question::from_bytes(&flipped)
            .and_then(|question| Card::answer(proof.clone(), &key("chen"), &question));
        let accepted = card.is_ok_and(|card| reader.check(&shop, clock, &card).is_ok());
        assert!(!accepted, "bit {bit}");
    }
    let card = Card::answer(proof, &key("chen"), &asked).unwrap();
    assert!(reader.check(&shop, clock, &card).is_ok());
}

#[test]
fn a_kept_proof_reads_back_and_a_card_of_another_version_is_named() {
    let city = TrialCity::new();
    let proof = fetch(&city, "chen").unwrap();
    assert_eq!(CardProof::from_bytes(&proof.to_bytes()).unwrap(), proof);
    let mut bytes = show(&city, "chen", city.time_ms()).to_bytes();
    bytes[0] += 1;
    assert_eq!(Card::from_bytes(&bytes).unwrap_err().code(), "card_version");
}
