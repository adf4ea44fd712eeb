//! Acceptance scenarios of the time bank over four real node processes: what each says of itself must match to the
//! minute on all of them. Scenario 1, the whole history of a city, is `timebank-testnet replay`; a part of it runs here.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;
mod town;

use ledger_core::amount::Minutes;
use ledger_core::certificate::{Evidence, SignedVote, Vote, VoteStep};
use ledger_core::hash::Hash;
use ledger_core::id::BlockId;
use ledger_core::record::order::{OrderStatus, Payer, ReversalReason};
use ledger_core::signature::Purpose;
use ledger_core::transaction::Operation;
use ledger_core::transaction::dispute::ReverseOrder;
use ledger_core::transaction::government::{CosignClearing, FundPool, SubmitEvidence};
use ledger_core::validator::ValidatorAddress;
use timebank_testnet::city::{Person, consensus_key};
use town::{Town, city};

#[test]
fn scenario_1_every_order_as_four_transactions_by_its_own_signers() {
    let mut town = Town::start("scenario 1");
    let line = town.service_budget(100_000);
    let mut expected = 0;
    for index in 0..12 {
        let elder = town.person(index % 4);
        let volunteer = town.person((index + 1) % 4);
        let minutes = if index % 6 == 5 { 45 } else { 30 };
        let order = town.four_steps(&volunteer, &elder, index % 4, minutes, Payer::Budget(line));
        expected += minutes;
        town.expect_status(order, OrderStatus::Verified);
    }
    town.days_pass(3);
    let supply = town.agreed_supply();
    assert_eq!(supply.issued_service, Minutes(expected));
    assert_eq!(supply.spendable, Minutes(expected));
    assert_eq!(supply.issued(), supply.accounted());
}

#[test]
fn scenario_5_three_districts_and_their_nets() {
    let mut town = Town::start("scenario 5");
    let people: Vec<_> = (0..3).map(|street| town.person(street)).collect();
    for person in &people {
        town.grant(person, 600);
    }
    // Who serves is at home somewhere; what counts is where the payer is at home and where the service takes place.
    for (payer, place, minutes) in [(0, 1, 120), (1, 2, 90), (2, 0, 30), (0, 2, 60)] {
        let provider = town.person(place);
        town.paper(&provider, &people[payer], place, minutes, Payer::Recipient);
    }
    town.days_pass(3);
    let month = town.next_month();
    let hash = town.audited_nets(month, [-150, 30, 120]);
    let auditor = city::auditor();
    town.apply(CosignClearing { month, hash }, &[&auditor]);
    town.expect_cosigned(month, hash);
    town.agreed_supply();
}

#[test]
fn scenario_7_a_stolen_key_and_the_reserve_that_makes_elders_whole() {
    let mut town = Town::start("scenario 7");
    let elders: Vec<_> = (0..3).map(|_| town.person(0)).collect();
    for elder in &elders {
        town.grant(elder, 45);
    }
    let fund = town.fund_budget(600);
    let reserve = town.reserve_pool(0);
    let [first, second] = city::treasurers();
    town.apply(
        FundPool {
            budget: fund,
            pool: reserve,
            minutes: Minutes(600),
        },
        &[&first, &second],
    );

    // The account is not opened to somebody without one: nobody can accept as a stranger.
    let stranger = Person::holder(ledger_core::id::AccountId([7; 20]), "a stranger");
    let order = town.post(&elders[0], 0, 45, Payer::Recipient);
    assert_eq!(
        town.try_accept(order, &stranger),
        Err("signer_unknown".to_owned())
    );
    town.cancel(order, &elders[0]);

    // Whoever stole the key has 3 × 45 credited and spends 60 with an honest provider.
    let thief = town.person(0);
    let orders: Vec<_> = elders
        .iter()
        .map(|elder| town.paper(&thief, elder, 0, 45, Payer::Recipient))
        .collect();
    town.days_pass(3);
    assert_eq!(town.spendable(&thief), 135);
    let honest = town.person(0);
    town.paper(&honest, &thief, 0, 60, Payer::Recipient);
    town.days_pass(3);
    assert_eq!((town.spendable(&thief), town.spendable(&honest)), (75, 60));

    let (arbiter, treasurer) = (city::arbiter(), city::treasurers()[0].clone());
    for order in orders {
        let reason = ReversalReason::StolenKey;
        town.apply(ReverseOrder { order, reason }, &[&arbiter, &treasurer]);
        town.expect_status(order, OrderStatus::Reversed);
    }
    assert_eq!((town.spendable(&thief), town.clawback(&thief)), (0, 60));
    assert_eq!(town.pool(reserve), 540);
    for elder in &elders {
        assert_eq!(town.spendable(elder), 45, "elders are whole");
    }

    // What is earned afterwards repays the reserve first.
    let line = town.service_budget(1_000);
    let elder = town.person(0);
    let order = town.four_steps(&thief, &elder, 0, 45, Payer::Budget(line));
    town.expect_status(order, OrderStatus::Verified);
    town.days_pass(3);
    assert_eq!((town.spendable(&thief), town.clawback(&thief)), (0, 15));
    assert_eq!(town.pool(reserve), 585);
    assert_eq!(town.spendable(&honest), 60, "the honest payee keeps 60");
    town.agreed_supply();
}

#[test]
fn scenario_10_double_spend_equivocation_and_erasure() {
    let mut town = Town::start("scenario 10");
    let elder = town.person(0);
    town.grant(&elder, 60);
    let proof = town.proof(&elder);

    // Two offices post 45 each for an elder who has 60.
    let posted = town.post_at_both_offices(&elder, 45);
    assert_eq!(posted.len(), 2);
    assert_eq!(
        posted.iter().filter(|it| it.is_ok()).count(),
        1,
        "{posted:?}"
    );
    let refusal = posted.iter().find_map(|it| it.as_ref().err());
    assert_eq!(refusal.map(String::as_str), Some("insufficient_minutes"));
    assert_eq!((town.spendable(&elder), town.held(&elder)), (15, 45));

    // One of four validators signs two precommits for one height and round.
    let key = consensus_key(3);
    let validator = ValidatorAddress::of(&key.public_key());
    let (height, _) = town.trial.agree();
    let signed = |block: Option<BlockId>| {
        let vote = Vote {
            chain_id: town.trial.network.genesis().chain_id(),
            height,
            round: 0,
            step: VoteStep::Precommit,
            block_id: block,
            validator,
        };
        let signature = key.sign(Purpose::Vote, &vote.signed_bytes());
        SignedVote { vote, signature }
    };
    let (one, other) = (signed(Some(BlockId(Hash([1; 32])))), signed(None));
    let evidence = Evidence::new(one, other);
    let finder = Person::bare("whoever found it");
    town.apply(Operation::from(SubmitEvidence { evidence }), &[&finder]);
    for index in 0..support::OFFICES {
        let listed = town.trial.network.client(index).evidence(None).unwrap();
        assert_eq!(listed.items.len(), 1, "node {}", index + 1);
    }
    // No fork: all four go on with one chain.
    town.days_pass(1);
    town.agreed_supply();

    // The registry deletes a salt: nothing on the ledger depends on it.
    town.erase_salt(&elder);
    assert_eq!(town.spendable(&elder), 15);
    let kept = town.verify_kept(&elder, &proof);
    assert_eq!(kept.spendable(), Ok(Minutes(60)));
}
