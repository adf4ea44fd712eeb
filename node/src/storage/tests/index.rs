//! The index the API reads, before and after a flush and a restart.

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, Height, OrderId, OrganisationId, ServiceCode};
use ledger_core::ledger::Tip;
use ledger_core::receipt::{Cause, Entry, Owner, Posting, Receipt};
use ledger_core::record::order::Payer;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::Operation;
use ledger_core::transaction::service::{AcceptOrder, OrderTerms, PostOrder, RecordService};

use super::chain::{Step, account, genesis, model, step, writes};
use super::engines::Place;
use crate::storage::state::index::{AccountOrder, OrderRole, TransactionLocation};
use crate::storage::{StateSnapshot, Storage};

fn post(recipient: AccountId, payer: Payer) -> Operation {
    Operation::PostOrder(PostOrder {
        terms: OrderTerms {
            recipient,
            service: ServiceCode(1),
            district: OrganisationId(320_102),
            window_start_ms: TimestampMs(0),
            window_end_ms: TimestampMs(1),
            minutes: Minutes::default(),
            payer,
        },
    })
}

fn accept(order: OrderId, provider: AccountId) -> Operation {
    Operation::AcceptOrder(AcceptOrder {
        order,
        provider,
        member: None,
    })
}

fn record(recipient: AccountId, provider: AccountId) -> Operation {
    Operation::RecordService(RecordService {
        recipient,
        provider,
        service: ServiceCode(1),
        district: OrganisationId(320_102),
        start_ms: TimestampMs(0),
        end_ms: TimestampMs(1),
        minutes: Minutes::default(),
        payer: Payer::Recipient,
        evidence: Hash::ZERO,
        member: None,
    })
}

fn next(steps: &[Step], operations: Vec<Operation>) -> Step {
    let tip = steps.last().map(|step| Tip::of(&step.block.block.header));
    let before = model(steps, steps.len());
    step(
        tip.as_ref(),
        writes(&before, steps.len() as u64 + 1),
        operations,
    )
}

fn id(step: &Step, index: usize) -> ledger_core::id::TransactionId {
    step.block.block.transactions[index].id()
}

/// What the chain did by itself comes first in a block's receipts.
fn add_automatic(step: &mut Step, owner: AccountId) {
    let header = &step.block.block.header;
    let cause = Cause::Forgetting(header.height.0);
    let posting = Posting {
        height: header.height,
        time_ms: header.time_ms,
        cause,
        owner: Owner::Account(owner),
        entry: Entry::Opened,
    };
    let receipt = Receipt {
        cause,
        postings: vec![posting],
    };
    step.receipts.insert(0, receipt);
}

/// Postings of `owner` in `steps`, in order: what its history must be.
fn postings(steps: &[Step], owner: &Owner) -> Vec<Posting> {
    let receipts = steps.iter().flat_map(|step| &step.receipts);
    receipts
        .flat_map(|receipt| &receipt.postings)
        .filter(|posting| posting.owner == *owner)
        .cloned()
        .collect()
}

fn scenario() -> (Vec<Step>, [OrderId; 3]) {
    let [elder, daughter, chen, li] = [1, 2, 3, 4].map(account);
    let mut steps = Vec::new();
    let first = next(
        &steps,
        vec![
            post(elder, Payer::Kin(daughter)),
            post(elder, Payer::Recipient),
        ],
    );
    let orders = [
        OrderId::derive(id(&first, 0)),
        OrderId::derive(id(&first, 1)),
    ];
    steps.push(first);
    let mut second = next(&steps, vec![accept(orders[0], chen)]);
    add_automatic(&mut second, elder);
    steps.push(second);
    // Chen withdraws and Li accepts; a paper record is posted and accepted in one; Chen accepts an order of this block.
    let third = next(
        &steps,
        vec![
            accept(orders[0], li),
            record(elder, chen),
            accept(orders[0], chen),
        ],
    );
    let paper = OrderId::derive(id(&third, 1));
    steps.push(third);
    (steps, [orders[0], orders[1], paper])
}

fn check(snapshot: &StateSnapshot, steps: &[Step], [first, second, paper]: [OrderId; 3]) {
    let [elder, daughter, chen, li] = [1, 2, 3, 4].map(account);
    for step in steps {
        let height = step.block.block.header.height;
        assert_eq!(snapshot.receipts(height).unwrap(), step.receipts);
        let automatic = step.receipts.len() - step.block.block.transactions.len();
        for index in 0..step.block.block.transactions.len() {
            let location = snapshot.transaction(id(step, index)).unwrap().unwrap();
            let receipt = automatic + index;
            let expected = TransactionLocation {
                height,
                index: u32::try_from(index).unwrap(),
                receipt: u32::try_from(receipt).unwrap(),
            };
            assert_eq!(location, expected);
            let found = snapshot.receipt(height, location.receipt).unwrap();
            assert_eq!(found.unwrap().cause, Cause::Transaction(id(step, index)));
        }
    }
    assert_eq!(snapshot.receipts(Height(9)).unwrap(), Vec::new());
    for number in 0..6 {
        let owner = Owner::Account(account(number));
        let expected = postings(steps, &owner);
        assert_eq!(
            snapshot.history_length(&owner).unwrap(),
            expected.len() as u64
        );
        assert_eq!(snapshot.history(&owner, 0, 100).unwrap(), expected);
        for from in 0..expected.len() {
            let page = snapshot.history(&owner, from as u64, 2).unwrap();
            let end = expected.len().min(from + 2);
            assert_eq!(page, expected[from..end]);
        }
    }
    let listed = |account| -> Vec<(OrderId, OrderRole)> {
        let orders = snapshot.orders(account, None, 100).unwrap();
        orders
            .iter()
            .map(|listed| (listed.order, listed.role))
            .collect()
    };
    let mut of_elder = vec![
        (first, OrderRole::Recipient),
        (second, OrderRole::Recipient),
    ];
    of_elder.sort_by_key(|(order, _)| *order);
    of_elder.insert(0, (paper, OrderRole::Recipient));
    assert_eq!(listed(elder), of_elder);
    assert_eq!(listed(daughter), [(first, OrderRole::Payer)]);
    assert_eq!(listed(li), [(first, OrderRole::Provider)]);
    let of_chen = [(paper, OrderRole::Provider), (first, OrderRole::Provider)];
    assert_eq!(listed(chen), of_chen);
    let page: Vec<AccountOrder> = snapshot.orders(elder, None, 1).unwrap();
    let rest = snapshot
        .orders(elder, Some((page[0].posted, page[0].order)), 9)
        .unwrap();
    assert_eq!(
        rest.iter().map(|listed| listed.order).collect::<Vec<_>>(),
        [of_elder[1].0, of_elder[2].0]
    );
    assert_eq!(page[0].posted, Height(3));
    let origin = snapshot.order_origin(second).unwrap().unwrap();
    assert_eq!(
        (origin.height, origin.transaction),
        (Height(1), id(&steps[0], 1))
    );
    assert_eq!(snapshot.order_origin(OrderId([9; 20])).unwrap(), None);
}

fn run(storage: &Storage, steps: &[Step]) {
    storage.state.commit_genesis(&genesis()).unwrap();
    for step in steps {
        storage.blocks.append(&step.block).unwrap();
        let block = &step.block.block;
        storage
            .state
            .commit(block, &step.receipts, &step.writes)
            .unwrap();
    }
}

#[test]
fn transactions_receipts_histories_and_orders_are_found_in_memory_and_on_disk() {
    let (steps, orders) = scenario();
    for place in [Place::memory(), Place::redb()] {
        {
            let storage = place.open();
            run(&storage, &steps);
            check(&storage.state.snapshot(), &steps, orders);
            storage.state.flush().unwrap();
            check(&storage.state.snapshot(), &steps, orders);
        }
        check(&place.open().state.snapshot(), &steps, orders);
    }
}

#[test]
fn histories_go_on_across_flushes() {
    let storage = Place::redb().open();
    let mut steps: Vec<Step> = Vec::new();
    storage.state.commit_genesis(&genesis()).unwrap();
    for number in 0..20 {
        let step = next(&steps, vec![post(account(1), Payer::Recipient); 7]);
        let block = &step.block.block;
        storage
            .state
            .commit(block, &step.receipts, &step.writes)
            .unwrap();
        steps.push(step);
        if number % 4 == 0 {
            storage.state.flush().unwrap();
        }
    }
    let owner = Owner::Account(account(2));
    let snapshot = storage.state.snapshot();
    let history = snapshot.history(&owner, 0, 1_000).unwrap();
    assert_eq!(history, postings(&steps, &owner));
    assert!(history.len() > 20);
}
