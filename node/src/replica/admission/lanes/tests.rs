//! Tests of the lanes: turns, shares, and who gives way.

use std::sync::Arc;

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, ChainId, Height};
use ledger_core::ledger::SignatureToVerify;
use ledger_core::signature::{PublicKey, Signature};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::value::Gift;
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, Signer, TRANSACTION_VERSION, Transaction,
};

use super::super::intake::Standing;
use super::*;
use crate::replica::ClientAddress;
use crate::replica::mempool::{Entry, Origin};

fn client(number: u8) -> Source {
    let address = std::net::IpAddr::from([10, 0, 0, number]);
    Source::Client(ClientAddress::from(address))
}

/// One envelope stands for all: lanes tell arrivals apart by their source only, and the tests by their order.
fn sealed() -> Arc<SealedEnvelope> {
    let account = AccountId([1; 20]);
    let transaction = Transaction {
        chain_id: ChainId::default(),
        version: TRANSACTION_VERSION,
        signer: Signer::Account(account),
        valid_until_ms: TimestampMs(1),
        nonce: [0; 16],
        operation: Operation::Gift(Gift {
            from: account,
            to: account,
            minutes: Minutes(1),
        }),
    };
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, [])))
}

fn push(
    lanes: &mut Lanes,
    sealed: &Arc<SealedEnvelope>,
    source: Source,
    sequences: std::ops::Range<u64>,
) {
    for sequence in sequences {
        let entry = Entry {
            sealed: Arc::clone(sealed),
            origin: Origin::Own,
            source,
            sequence,
            arrived_ms: 0,
            waits: None,
            was_right: false,
        };
        let signature = SignatureToVerify {
            signer: Signer::Account(AccountId([1; 20])),
            key: PublicKey([0; 32]),
            signature: Signature([0; 64]),
            digest: Hash([0; 32]),
        };
        lanes.push(Arrival {
            entry,
            standing: Standing::New,
            ticket: None,
            unverified: vec![signature],
            considered_at: Height(0),
        });
    }
}

fn who(taken: &[Arrival]) -> Vec<(Source, u64)> {
    taken
        .iter()
        .map(|arrival| (arrival.entry.source, arrival.entry.sequence))
        .collect()
}

const TURNS: Turns = Turns {
    turn_signatures: 2,
    signatures_max: 6,
};

#[test]
fn sources_are_served_by_turns_each_in_its_own_order() {
    let (mut lanes, sealed) = (Lanes::default(), sealed());
    let (many, few) = (client(1), client(2));
    push(&mut lanes, &sealed, many, 0..7);
    push(&mut lanes, &sealed, few, 100..101);
    let taken = lanes.serve(Served::Trusted, TURNS);
    let expected = [
        (many, 0),
        (many, 1),
        (few, 100),
        (many, 2),
        (many, 3),
        (many, 4),
    ];
    assert_eq!(who(&taken.arrivals), expected);
    assert_eq!(taken.turn_ends, [2, 3, 5, 6]);
    let rest = lanes.serve(Served::Trusted, TURNS);
    assert_eq!(who(&rest.arrivals), [(many, 5), (many, 6)]);
    assert!(!lanes.has_gathered(Served::Trusted));
    for arrival in taken.arrivals.iter().chain(&rest.arrivals) {
        lanes.release(&arrival.entry.source, sealed.bytes().len());
    }
    assert!(lanes.lanes.is_empty() && lanes.trusted.by_weight.is_empty());
    assert_eq!((lanes.count, lanes.bytes), (0, 0));
    assert_eq!(lanes.trusted.gathered, Amount::default());
}

#[test]
fn when_it_is_full_the_newest_of_whoever_holds_most_gives_way() {
    let (mut lanes, sealed) = (Lanes::default(), sealed());
    let length = sealed.bytes().len();
    let half = VERIFYING_MAX as u64 / 2;
    push(&mut lanes, &sealed, client(1), 0..half);
    assert!(
        !lanes.is_within_share(&client(1), length),
        "it has its half"
    );
    push(&mut lanes, &sealed, client(2), 0..half - 1);
    push(&mut lanes, &sealed, client(3), 0..1);
    assert!(!lanes.has_room(&client(4), length));
    let gave_way = lanes.make_room(&client(4), length);
    assert_eq!(who(&gave_way), [(client(1), half - 1)]);
    assert!(lanes.has_room(&client(4), length));
    push(&mut lanes, &sealed, client(4), 0..1);
    // Nobody holds more than the one who asks would.
    assert!(lanes.make_room(&client(2), length).is_empty());
    assert!(!lanes.has_room(&client(2), length));
    assert_eq!(
        who(&lanes.make_room(&client(3), length)),
        [(client(2), half - 2)]
    );
}

#[test]
fn a_suspect_is_served_apart_until_it_has_made_up_for_it() {
    let (mut lanes, sealed) = (Lanes::default(), sealed());
    let (bad, good) = (client(1), client(2));
    let many = SUSPECT_TRANSACTIONS_MAX as u64 + 3;
    push(&mut lanes, &sealed, bad, 0..many);
    push(&mut lanes, &sealed, good, 0..1);
    let surplus = lanes.note(bad, 0, 1, 0);
    let newest = [(bad, many - 1), (bad, many - 2), (bad, many - 3)];
    assert_eq!(who(&surplus), newest);
    assert!(!lanes.is_within_share(&bad, sealed.bytes().len()));
    let taken = lanes.serve(Served::Trusted, TURNS);
    assert_eq!(who(&taken.arrivals), [(good, 0)]);
    let taken = lanes.serve(Served::Suspects, TURNS);
    assert_eq!(taken.arrivals.len(), TURNS.signatures_max);
    assert!(lanes.note(bad, 2_000, 0, 0).is_empty());
    assert!(!lanes.has_gathered(Served::Suspects));
    let taken = lanes.serve(Served::Trusted, TURNS);
    assert_eq!(
        taken.arrivals[0].entry.sequence, 6,
        "it goes on where it was"
    );
    assert!(lanes.loads().iter().all(Load::is_within));
}

/// Makes a suspect of `source`, which then has as much waiting as one suspect may.
fn flood(lanes: &mut Lanes, sealed: &Arc<SealedEnvelope>, source: Source) -> usize {
    assert!(lanes.note(source, 0, 1, 0).is_empty());
    let mut taken_in = 0;
    let length = sealed.bytes().len();
    for sequence in 0..=SUSPECT_TRANSACTIONS_MAX as u64 {
        if lanes.is_within_share(&source, length)
            && (lanes.has_room(&source, length) || !lanes.make_room(&source, length).is_empty())
        {
            push(lanes, sealed, source, sequence..sequence + 1);
            taken_in += 1;
        }
    }
    taken_in
}

#[test]
fn however_many_suspects_there_are_they_leave_the_room_to_the_others() {
    let (mut lanes, sealed) = (Lanes::default(), sealed());
    let length = sealed.bytes().len();
    for number in 0..64 {
        flood(&mut lanes, &sealed, client(number));
        assert!(lanes.loads().iter().all(Load::is_within), "{number}");
    }
    assert_eq!(
        lanes.suspected.gathered.count,
        ALL_SUSPECTS_TRANSACTIONS_MAX
    );
    // An honest peer that is a suspect by mistake gets its turn among them, from the heaviest's room.
    let mistaken = client(100);
    assert!(flood(&mut lanes, &sealed, mistaken) > 0);
    assert!(lanes.has_gathered_of(&mistaken));
    // Nobody else notices them.
    let (honest, busy) = (client(200), client(201));
    assert!(lanes.has_room(&honest, length));
    let half = VERIFYING_MAX as u64 / 2;
    push(&mut lanes, &sealed, busy, 0..half);
    let free = (VERIFYING_MAX - lanes.count) as u64;
    push(&mut lanes, &sealed, client(202), 0..free);
    assert!(!lanes.has_room(&honest, length));
    // When it is full nevertheless, suspects give way to everybody, and nobody to them.
    for sequence in 0..ALL_SUSPECTS_TRANSACTIONS_MAX as u64 {
        let gave_way = lanes.make_room(&honest, length);
        assert_eq!(gave_way.len(), 1);
        let who = gave_way[0].entry.source;
        assert_eq!(lanes.standing(&who), Served::Suspects);
        push(&mut lanes, &sealed, honest, sequence..sequence + 1);
    }
    assert_eq!(lanes.suspected.gathered, Amount::default());
    assert!(lanes.make_room(&client(1), length).is_empty());
    assert!(!lanes.has_room(&client(1), length));
    let gave_way = lanes.make_room(&honest, length);
    assert_eq!(who(&gave_way), [(busy, half - 1)]);
}

#[test]
fn new_suspects_bring_no_more_into_the_room_of_suspects_than_it_has() {
    let (mut lanes, sealed) = (Lanes::default(), sealed());
    let many = SUSPECT_TRANSACTIONS_MAX as u64;
    for number in 0..8 {
        push(&mut lanes, &sealed, client(number), 0..many);
    }
    let mut surplus = 0;
    for number in 0..8 {
        surplus += lanes.note(client(number), 0, 1, 0).len();
        assert!(lanes.loads().iter().all(Load::is_within), "{number}");
    }
    assert_eq!(
        surplus + ALL_SUSPECTS_TRANSACTIONS_MAX,
        8 * SUSPECT_TRANSACTIONS_MAX
    );
    assert_eq!(
        lanes.gathered_signatures(Served::Suspects),
        ALL_SUSPECTS_TRANSACTIONS_MAX
    );
    assert_eq!(lanes.gathered_signatures(Served::Trusted), 0);
    // Their debts lapse: they are served like everybody again.
    lanes.let_debts_lapse(u64::MAX);
    assert!(!lanes.has_gathered(Served::Suspects));
    assert_eq!(
        lanes.gathered_signatures(Served::Trusted),
        ALL_SUSPECTS_TRANSACTIONS_MAX
    );
    assert!(lanes.suspected.by_weight.is_empty());
}
