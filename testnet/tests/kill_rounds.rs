//! Twenty rounds of SIGKILL under load, of one node or of all four at once: nothing acknowledged is lost or doubled.
//!
//! Every transaction puts one minute into the city's reserve pool, so the pool counts how many applied, and the ids say
//! which. A client that lost its answer submits the same envelope again, at another node.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use ledger_core::amount::Minutes;
use ledger_core::id::{BudgetId, TransactionId};
use ledger_core::record::budget::{BudgetPurpose, PoolId, PoolKind};
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::transaction::government::{FundPool, OpenBudget};
use ledger_core::transaction::{Operation, SealedEnvelope};
use timebank_testnet::city::{CITY, Signatory};
use timebank_testnet::demo;
use timebank_testnet::driver::{Driver, budget_of, city_treasurers};
use timebank_testnet::nanjing::Random;
use timebank_testnet::network::{Network, NodeClient};
use timebank_wallet::answer::TransactionAnswer;
use timebank_wallet::client::Patience;

const ROUNDS: usize = 20;
const NODES: usize = 4;
/// Acknowledged transactions between two kills, at least.
const ACKNOWLEDGED_A_ROUND: usize = 10;
const WORKERS: usize = 4;
const SEED: u64 = 20_261_122;
const ROUND_TIMEOUT: Duration = Duration::from_secs(60);
const POOL: PoolId = PoolId {
    organisation: CITY,
    kind: PoolKind::Reserve,
};

/// What the clients know.
#[derive(Default)]
struct Book {
    submitted: Mutex<BTreeSet<TransactionId>>,
    acknowledged: Mutex<BTreeSet<TransactionId>>,
    stop: AtomicBool,
}

impl Book {
    fn acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }
}

fn now_ms() -> TimestampMs {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    TimestampMs(since.as_millis().try_into().unwrap())
}

/// Submits one minute after the other until told to stop.
fn work(
    worker: usize,
    budget: BudgetId,
    clients: &[NodeClient],
    mut signatory: Signatory,
    book: &Book,
) {
    let treasurers = city_treasurers();
    let valid_until_ms = now_ms().plus_ms(20 * HOUR_MS);
    let mut at = worker;
    while !book.stop.load(Ordering::Relaxed) {
        let fill = Operation::FundPool(FundPool {
            budget,
            pool: POOL,
            minutes: Minutes(1),
        });
        let sealed: SealedEnvelope =
            signatory.seal(fill, &[&treasurers[0], &treasurers[1]], valid_until_ms);
        book.submitted.lock().unwrap().insert(sealed.id());
        // Until it is acknowledged, the same envelope goes from node to node.
        while !book.stop.load(Ordering::Relaxed) {
            let outcome = clients[at % NODES]
                .submit(sealed.envelope(), Patience::Final { timeout_ms: 2_000 });
            match outcome {
                Ok(submission) => {
                    assert_eq!(submission.id, sealed.id());
                    book.acknowledged.lock().unwrap().insert(sealed.id());
                    break;
                }
                Err(error) => {
                    assert!(
                        error.code() != "refused",
                        "an honest transaction was refused: {error:?}"
                    );
                    at += 1;
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
    }
}

/// Lets the load go on until enough is acknowledged since `before`.
fn wait_acknowledged(book: &Book, before: usize, round: usize) {
    let deadline = Instant::now() + ROUND_TIMEOUT;
    while book.acknowledged() < before + ACKNOWLEDGED_A_ROUND {
        assert!(
            Instant::now() < deadline,
            "round {round}: the network acknowledges nothing any more (seed {SEED})"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn kill_rounds(network: &mut Network, book: &Book) {
    let mut random = Random::new(SEED);
    for round in 1..=ROUNDS {
        let before = book.acknowledged();
        wait_acknowledged(book, before, round);
        let victims: Vec<usize> = if round % 4 == 0 {
            (0..NODES).collect()
        } else {
            vec![usize::try_from(random.below(4)).unwrap()]
        };
        for victim in &victims {
            network.kill(*victim).unwrap();
        }
        // With one node away the others go on.
        if victims.len() == 1 {
            wait_acknowledged(book, book.acknowledged(), round);
        }
        for victim in &victims {
            network.start(*victim).unwrap();
        }
        network.wait_ready(ROUND_TIMEOUT).unwrap();
    }
}

fn is_applied(client: &NodeClient, id: TransactionId) -> bool {
    matches!(
        client.transaction_unverified(id),
        Ok(TransactionAnswer::Applied { .. })
    )
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_over_twenty_rounds_of_kills() {
    let directory = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_timebank-testnet"));
    let genesis = demo::genesis(now_ms());
    let mut network = Network::prepare(directory.path(), program, genesis.clone(), NODES).unwrap();
    network.start_all().unwrap();
    network.wait_ready(ROUND_TIMEOUT).unwrap();
    let mut driver = Driver::new(&network, "setup");
    driver.refresh_time(0).unwrap();
    let open = OpenBudget {
        scope: CITY,
        purpose: BudgetPurpose::Fund,
        minutes: Minutes(1_000_000),
        last_day: "2099-12-31".parse().unwrap(),
    };
    let treasurers = city_treasurers();
    let opened = driver
        .apply(
            0,
            Operation::OpenBudget(open),
            &[&treasurers[0], &treasurers[1]],
        )
        .unwrap();
    let budget = budget_of(opened);

    let book = Book::default();
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let clients: Vec<NodeClient> = (0..NODES).map(|index| network.client(index)).collect();
            let signatory = Signatory::new(genesis.chain_id(), &format!("worker {worker}"));
            let book = &book;
            scope.spawn(move || work(worker, budget, &clients, signatory, book));
        }
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            kill_rounds(&mut network, &book)
        }));
        book.stop.store(true, Ordering::Relaxed);
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });

    let highest = (0..NODES)
        .map(|index| network.client(index).status().unwrap().height.0)
        .max()
        .unwrap();
    network.wait_height(highest, ROUND_TIMEOUT).unwrap();
    // What is still under way comes to rest: a last transaction passes behind everything before it.
    let acknowledged = book.acknowledged.lock().unwrap().clone();
    let submitted = book.submitted.lock().unwrap().clone();
    assert!(acknowledged.len() >= ROUNDS * ACKNOWLEDGED_A_ROUND);
    let mut seen = Vec::new();
    for index in 0..NODES {
        let client = network.client(index);
        let lost: Vec<_> = acknowledged
            .iter()
            .filter(|id| !is_applied(&client, **id))
            .collect();
        assert!(
            lost.is_empty(),
            "node {} has lost {lost:?} (seed {SEED})",
            index + 1
        );
        let deadline = Instant::now() + ROUND_TIMEOUT;
        loop {
            let pool = client.pool(POOL).unwrap();
            let applied = submitted
                .iter()
                .filter(|id| is_applied(&client, **id))
                .count();
            let status = client.status().unwrap();
            if pool.pool.minutes.0 == u64::try_from(applied).unwrap() && status.idle {
                seen.push((status.state_root, applied));
                break;
            }
            assert!(
                Instant::now() < deadline,
                "{} min in the pool for {applied} transactions",
                pool.pool.minutes
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let newest = seen.last().copied().unwrap();
    for index in 0..NODES {
        let status = network.client(index).status().unwrap();
        assert_eq!(
            status.state_root,
            newest.0,
            "node {} differs (seed {SEED})",
            index + 1
        );
        assert_eq!(network.stop(index).unwrap(), Some(0));
    }
    println!(
        "{ROUNDS} rounds of kills: {} acknowledged, {} submitted, {} applied once each, none lost, equal roots {}",
        acknowledged.len(),
        submitted.len(),
        newest.1,
        newest.0
    );
}
