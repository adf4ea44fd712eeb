//! What every transaction must satisfy, whatever it asks for, and every block, whatever it holds.

use std::sync::Arc;

use super::check;
use super::city::{City, Draft, seal, secret};
use crate::amount::Minutes;
use crate::block::{BLOCK_BYTES_MAX, BLOCK_LISTED_MAX, BLOCK_TRANSACTIONS_MAX, Block, Header};
use crate::hash::Hash;
use crate::id::{BlockId, ChainId, Height, ProgrammeCode};
use crate::ledger::HeaderField;
use crate::ledger::apply::DUE_WORK_MAX;
use crate::ledger::{ApplyError, BlockError, NothingVerified, apply_block};
use crate::state::{DueEntry, DueWork, StateKey};
use crate::time::{DAY_MS, HOUR_MS, TimestampMs};
use crate::transaction::attendance::PARTICIPANTS_MAX;
use crate::transaction::value::{Grantees, SpendPool};
use crate::transaction::{Envelope, SealedEnvelope, Transaction, VALIDITY_MS_MAX};
use crate::validator::ValidatorAddress;

/// Chen with 100 minutes, and a donation of one of them that nothing speaks against.
fn city_and_donation() -> (City, Draft) {
    let mut city = City::new();
    city.play("chen opens at gulou -> ok\n chen is granted 100");
    let draft = city.draft("chen donates 1 to gulou:donation");
    (city, draft)
}

/// Makes a block of `sealed`; the code of its rejection, or `ok`.
fn outcome(city: &mut City, sealed: Arc<SealedEnvelope>) -> &'static str {
    let id = sealed.id();
    city.block(&[sealed]).get(&id).map_or("ok", |it| it.code())
}

/// The outcome of the donation after `change` to the transaction, before it is signed.
fn changed(change: impl FnOnce(&City, &mut Transaction)) -> &'static str {
    let (mut city, draft) = city_and_donation();
    let mut transaction = city.transaction(&draft);
    change(&city, &mut transaction);
    let sealed = seal(transaction, &draft.parties);
    outcome(&mut city, sealed)
}

#[test]
fn a_transaction_is_for_one_chain() {
    assert_eq!(
        changed(|_, it| it.chain_id = ChainId(Hash::ZERO)),
        "wrong_chain"
    );
}

#[test]
fn a_transaction_is_valid_until_it_says_and_for_31_days_at_most() {
    let valid_for = |duration_ms: u64| {
        changed(move |city, it| it.valid_until_ms = city.block_time().plus_ms(duration_ms))
    };
    assert_eq!(valid_for(0), "ok");
    assert_eq!(valid_for(VALIDITY_MS_MAX), "ok");
    assert_eq!(valid_for(VALIDITY_MS_MAX + 1), "valid_too_long");
    let before = changed(|city, it| it.valid_until_ms = city.block_time().minus_ms(1));
    assert_eq!(before, "expired");
}

#[test]
fn a_transaction_applies_once_until_it_has_expired() {
    let (mut city, draft) = city_and_donation();
    let sealed = seal(city.transaction(&draft), &draft.parties);
    let again = Arc::new(SealedEnvelope::decode(sealed.bytes()).unwrap());
    let refused = city.block(&[Arc::clone(&sealed), again]);
    assert_eq!(refused[&sealed.id()].code(), "already_applied");
    city.play("chen has 99");
    assert_eq!(outcome(&mut city, Arc::clone(&sealed)), "already_applied");
    city.pass(23 * HOUR_MS);
    assert_eq!(outcome(&mut city, Arc::clone(&sealed)), "already_applied");
    // Two hours on the id has been forgotten, and the transaction has expired.
    city.pass(2 * HOUR_MS);
    assert_eq!(outcome(&mut city, sealed), "expired");
    city.play("chen has 99");
}

#[test]
fn a_refused_transaction_may_apply_later() {
    let (mut city, _) = city_and_donation();
    let draft = city.draft("chen donates 150 to gulou:donation");
    let sealed = seal(city.transaction(&draft), &draft.parties);
    assert_eq!(
        outcome(&mut city, Arc::clone(&sealed)),
        "insufficient_minutes"
    );
    city.play("chen is granted 50");
    assert_eq!(outcome(&mut city, sealed), "ok");
}

#[test]
fn a_malformed_envelope_is_refused_whatever_it_asks() {
    assert_eq!(changed(|_, it| it.version = 2), "envelope_malformed");
    let (mut city, draft) = city_and_donation();
    let good = seal(city.transaction(&draft), &draft.parties);
    let envelope = |signatures| Envelope {
        signatures,
        ..good.envelope().clone()
    };
    let twice = [
        &good.envelope().signatures[..],
        &good.envelope().signatures[..],
    ]
    .concat();
    for signatures in [Vec::new(), twice] {
        let sealed = Arc::new(SealedEnvelope::new(envelope(signatures)));
        assert_eq!(outcome(&mut city, sealed), "envelope_malformed");
    }
    let foreign = seal(
        good.transaction().clone(),
        &city.parties(["registrar@gulou/1"]),
    );
    assert_eq!(outcome(&mut city, foreign), "envelope_malformed");
    assert_eq!(outcome(&mut city, good), "ok");
}

#[test]
fn a_bad_signature_added_on_the_way_does_not_block_the_good_envelope() {
    let (mut city, draft) = city_and_donation();
    let transaction = city.transaction(&draft);
    let good = seal(transaction.clone(), &draft.parties);
    let forged = seal(transaction.clone(), &city.parties(["chen~wang"]));
    let widened = seal(transaction, &city.parties(["chen", "registrar@gulou/1"]));
    assert!(good.id() == forged.id() && good.id() == widened.id());
    let built = city.build(&[Arc::clone(&forged), Arc::clone(&widened), Arc::clone(&good)]);
    let codes: Vec<_> = built.refused.iter().map(|(_, it)| it.code()).collect();
    assert_eq!(codes, ["signature_wrong", "signature_unneeded"]);
    assert_eq!(built.block.transactions, [Arc::clone(&good)]);
    assert_eq!(outcome(&mut city, forged), "signature_wrong");
    assert_eq!(outcome(&mut city, good), "ok");
}

#[test]
fn a_signer_begins_so_many_transactions_a_day() {
    check(
        "nanjing sets person_transactions_per_day to 2 from +0 -> ok
        nanjing sets staff_transactions_per_day to 3 from +0 -> ok
        chen opens at gulou -> ok
        chen is granted 100
        chen donates 101 to gulou:donation -> insufficient_minutes
        chen donates 1 to gulou:donation -> ok
        chen donates 1 to gulou:donation -> ok
        chen donates 1 to gulou:donation -> transactions_per_day
        wang opens at gulou -> ok
        li opens at gulou -> ok
        ma opens at gulou -> transactions_per_day
        ma opens at gulou by registrar2@gulou/1, registry@nanjing, key:ma -> ok
        1 day passes
        chen donates 1 to gulou:donation -> ok",
    );
}

/// The next block, with one donation, of a city it applies to.
fn city_and_block() -> (City, Block) {
    let (mut city, draft) = city_and_donation();
    let sealed = city.seal(&draft);
    let block = city.build(&[sealed]).block;
    (city, block)
}

fn verdict(city: &City, block: &Block) -> Result<(), BlockError> {
    match apply_block(&city.replica, &city.tip, block, &NothingVerified) {
        Ok(_) => Ok(()),
        Err(ApplyError::Invalid(error)) => Err(error),
        Err(ApplyError::State(error)) => panic!("{error}"),
    }
}

/// Puts something else, of which the hash is an example, into a field of a header.
type Forge = fn(&mut Header, Hash);

#[test]
fn every_field_of_a_header_is_checked() {
    let (city, block) = city_and_block();
    assert_eq!(verdict(&city, &block), Ok(()));
    let other = Hash([7; 32]);
    let forgeries: [(HeaderField, Forge); 11] = [
        (HeaderField::Version, |it, _| it.version = 2),
        (HeaderField::ChainId, |it, other| {
            it.chain_id = ChainId(other)
        }),
        (HeaderField::Height, |it, _| it.height = Height(9)),
        (HeaderField::Parent, |it, other| it.parent = BlockId(other)),
        (HeaderField::Proposer, |it, _| {
            it.proposer = ValidatorAddress::of(&secret("nobody").public_key());
        }),
        (HeaderField::TransactionsRoot, |it, other| {
            it.transactions_root = other
        }),
        (HeaderField::ReceiptsRoot, |it, other| {
            it.receipts_root = other
        }),
        (HeaderField::StateRoot, |it, other| it.state_root = other),
        (HeaderField::ValidatorsHash, |it, other| {
            it.validators_hash = other
        }),
        (HeaderField::NextValidatorsHash, |it, other| {
            it.next_validators_hash = other
        }),
        (HeaderField::LastSetChange, |it, _| {
            it.last_set_change = Height(9)
        }),
    ];
    for (field, forge) in forgeries {
        let mut forged = block.clone();
        forge(&mut forged.header, other);
        assert_eq!(verdict(&city, &forged), Err(BlockError::Header { field }));
    }
}

#[test]
fn block_time_moves_forward() {
    let (city, block) = city_and_block();
    let mut forged = block;
    forged.header.time_ms = city.tip.time_ms;
    let expected = BlockError::Time {
        time_ms: city.tip.time_ms,
        least_ms: TimestampMs(city.tip.time_ms.0 + 1),
    };
    assert_eq!(verdict(&city, &forged), Err(expected));
}

#[test]
fn a_block_holds_only_transactions_that_apply() {
    let (mut city, block) = city_and_block();
    let draft = city.draft("chen donates 100 to gulou:donation");
    let mut forged = block;
    forged.transactions.push(city.seal(&draft));
    match verdict(&city, &forged) {
        Err(BlockError::Transaction {
            index, rejection, ..
        }) => assert_eq!((index, rejection.code()), (1, "insufficient_minutes")),
        other => panic!("{other:?}"),
    }
    let stale = city.draft("chen donates 1 to gulou:donation by chen~wang");
    forged.transactions[1] = city.seal(&stale);
    match verdict(&city, &forged) {
        Err(BlockError::Transaction {
            index, rejection, ..
        }) => assert_eq!((index, rejection.code()), (1, "signature_wrong")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_block_is_bounded_by_count_and_bytes() {
    let (mut city, block) = city_and_block();
    let mut long = block.clone();
    let one = Arc::clone(&block.transactions[0]);
    long.transactions = vec![one; BLOCK_TRANSACTIONS_MAX + 1];
    let count = BLOCK_TRANSACTIONS_MAX + 1;
    assert_eq!(
        verdict(&city, &long),
        Err(BlockError::TooManyTransactions { count })
    );
    let items: Vec<_> = (1..=200).map(|code| format!("I{code:03}=1")).collect();
    let draft = city.draft(&format!("chen lists {} by chen", items.join(" ")));
    let large = city.seal(&draft);
    let count = BLOCK_BYTES_MAX / large.bytes().len() + 1;
    assert!(count < BLOCK_TRANSACTIONS_MAX);
    let bytes = count * large.bytes().len();
    long.transactions = vec![large; count];
    assert_eq!(verdict(&city, &long), Err(BlockError::TooLong { bytes }));
}

#[test]
fn a_block_names_a_bounded_number_of_people_in_its_lists() {
    let (mut city, block) = city_and_block();
    let mut draft = city.draft("chen donates 1 to gulou:donation");
    let accounts = vec![city.account_id("chen"); PARTICIPANTS_MAX];
    let grantees = Grantees {
        programme: ProgrammeCode(7),
        accounts,
        minutes: Minutes(1),
        expiry: None,
    };
    let pool = "320106:donation".parse().expect("a pool");
    draft.operation = SpendPool { pool, grantees }.into();
    let listing = city.seal(&draft);
    let mut long = block;
    let fitting = BLOCK_LISTED_MAX / PARTICIPANTS_MAX;
    long.transactions = vec![Arc::clone(&listing); fitting + 1];
    let count = BLOCK_LISTED_MAX + PARTICIPANTS_MAX;
    assert_eq!(
        verdict(&city, &long),
        Err(BlockError::TooManyListed { count })
    );
    long.transactions.pop();
    let verdict = verdict(&city, &long);
    assert!(
        !matches!(verdict, Err(BlockError::TooManyListed { .. })),
        "{verdict:?}"
    );
}

#[test]
fn work_that_waits_its_turn_counts_as_done() {
    let mut city = City::new();
    city.play(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        cao is granted 60
        cao posts 60 in gulou as o1 window +60..+120 -> ok
        cao holds 60",
    );
    // As many pieces of work as a block does fall due before the order lapses.
    let due_ms = city.block_time();
    city.arrange(|state| {
        for hour in 0..u64::try_from(DUE_WORK_MAX).unwrap() {
            let work = DueWork::Forget(hour);
            let entry = DueEntry { due_ms, work };
            state.store(&StateKey::Due(entry), &entry);
        }
    });
    city.now_ms = city.now_ms.plus_ms(31 * DAY_MS);
    city.play(
        "chen accepts o1 -> order_lapsed
        cao holds 60
        chen accepts o1 -> order_status
        o1 is lapsed
        cao holds 0
        cao has 60",
    );
}
