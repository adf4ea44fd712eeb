//! Cities whose nodes and validators hold another record than the rules give, and one whose node alone does.

use std::ops::ControlFlow;

use ledger_core::codec;
use ledger_core::id::{AccountId, Height};
use ledger_core::ledger::HeaderField;
use ledger_core::record::account::AccountRecord;
use ledger_core::state::StateKey;
use timebank_wallet::Client;
use timebank_wallet::trial::{TrialCity, account, genesis};

use super::*;
use crate::book::{Book, BookError};

/// Follows the city into a book, which must part from it; where.
fn part(city: &TrialCity) -> (Divergence, Result<Located, LocateError>) {
    let folder = tempfile::tempdir().unwrap();
    let mut book = Book::open(folder.path(), &genesis()).unwrap();
    let client = Client::without_trust(city.clone());
    let followed = book.follow(&mut &client, None, &mut |_| ControlFlow::Continue(()));
    let BookError::Diverged(divergence) = followed.unwrap_err() else {
        panic!("it parts from the chain")
    };
    let located = locate(book.audit(), &divergence, &client);
    (*divergence, located)
}

fn key_of(name: &str) -> StateKey {
    StateKey::Account(account(name))
}

fn record_of(city: &TrialCity, name: &str) -> AccountRecord {
    codec::decode(&city.record(&key_of(name)).unwrap(), 1 << 20).unwrap()
}

#[test]
fn the_record_that_the_validators_altered_is_named_with_its_field_and_both_values() {
    let city = TrialCity::new();
    city.pass_a_block();
    let mut altered = record_of(&city, "chen");
    altered.service_given.0 += 5;
    city.alter_record(&key_of("chen"), Some(codec::encode(&altered)));
    for _ in 0..5 {
        city.pass_a_block();
    }
    let (divergence, located) = part(&city);
    let located = located.unwrap();
    assert_eq!(
        (divergence.height(), divergence.field),
        (Height(3), HeaderField::StateRoot)
    );
    assert_eq!(
        (located.compared_at, located.records.len()),
        (Some(Height(7)), 1)
    );
    let found = &located.records[0];
    assert_eq!(found.record, format!("Account {}", account("chen")));
    let [field] = found.fields.as_slice() else {
        panic!("{:?}", found.fields)
    };
    assert_eq!(field.field, "service_given");
    assert_eq!((&field.ours, &field.theirs), (&0.into(), &5.into()));
}

#[test]
fn records_that_vanished_or_came_from_nowhere_are_named() {
    let city = TrialCity::new();
    let stranger = StateKey::Account(AccountId([7; 20]));
    let record = city.record(&key_of("li"));
    city.alter_record(&key_of("li"), None);
    city.alter_record(&stranger, record.clone());
    city.pass_a_block();
    let (_, located) = part(&city);
    let records = located.unwrap().records;
    let [gone, added] = records.as_slice() else {
        panic!("{records:?}")
    };
    assert_eq!(gone.record, format!("Account {}", account("li")));
    assert!(gone.ours.is_some() && gone.theirs.is_none());
    // Its key was never written here: only the hashes are known.
    assert_eq!((added.key.as_deref(), &added.ours), (None, &None));
    assert!(added.theirs.is_some());
}

#[test]
fn a_node_whose_tree_is_not_its_headers_is_named_in_place_of_a_record() {
    let city = TrialCity::new();
    let mut altered = record_of(&city, "chen");
    altered.service_given.0 += 5;
    city.alter_record(&key_of("chen"), Some(codec::encode(&altered)));
    city.pass_a_block();
    // After the last header the node's state alone changes again.
    altered.service_given.0 += 1;
    city.alter_record(&key_of("chen"), Some(codec::encode(&altered)));
    let (_, located) = part(&city);
    assert!(
        matches!(located, Err(LocateError::NotTheHeaders { .. })),
        "{located:?}"
    );
}

#[test]
fn the_first_posting_that_differs_is_found() {
    use ledger_core::amount::Minutes;
    use ledger_core::receipt::{Entry, Owner, Posting};
    use ledger_core::time::TimestampMs;
    let posting = |minutes| Posting {
        owner: Owner::Account(account("chen")),
        height: Height(1),
        time_ms: TimestampMs(1),
        cause: Cause::Forgetting(1),
        entry: Entry::PoolSpent {
            minutes: Minutes(minutes),
        },
    };
    let receipt = |minutes: &[u64]| Receipt {
        cause: Cause::Forgetting(1),
        postings: minutes.iter().copied().map(posting).collect(),
    };
    let ours = [receipt(&[1]), receipt(&[1, 2, 3])];
    assert_eq!(first_receipt(&ours, &ours), None);
    let found = first_receipt(&ours, &[receipt(&[1]), receipt(&[1, 9, 3])]).unwrap();
    assert_eq!((found.index, found.posting), (1, Some(1)));
    assert_eq!(found.fields.len(), 1);
    let found = first_receipt(&ours, &ours[..1]).unwrap();
    assert_eq!((found.index, found.posting), (1, None));
}
