//! What the loop serves first, and that nothing waits for long behind it.

use std::future::pending;

use ledger_core::id::TransactionId;
use ledger_core::signature::PublicKey;

use super::*;
use crate::network::inbox::{TransactionSender, UrgentEvent, inbox};
use crate::replica::{ReplicaConfig, Topic};
use crate::storage::MemoryDisk;
use crate::test_chain::{key, only_node};

/// A loop, and the ends of its channels that others have.
struct Bench {
    driver: Driver,
    urgent: mpsc::Sender<UrgentEvent>,
    transactions: TransactionSender,
    to_replica: mpsc::Sender<ToReplica>,
    _commands: mpsc::Receiver<NetworkCommand>,
}

const PEER: PublicKey = PublicKey([7; 32]);

impl Bench {
    fn new() -> Bench {
        let replica = only_node(&MemoryDisk::new(), ReplicaConfig::new(key(3)));
        let (urgent, transactions, events) = inbox();
        let (commands, _commands) = mpsc::channel(1);
        let (to_replica, submissions) = mpsc::channel(1);
        let (status, _) = watch::channel(Arc::new(replica.status()));
        let channels = Channels {
            commands,
            events,
            submissions,
            status,
        };
        Bench {
            driver: Driver::new(channels, replica, Arc::default()),
            urgent,
            transactions,
            to_replica,
            _commands,
        }
    }

    fn vote(&self, length: usize) {
        let message = NetworkEvent::Message {
            from: PEER,
            topic: Topic::Consensus,
            data: vec![0; length],
        };
        self.urgent.try_send(message.into()).unwrap();
    }

    /// What the loop serves next, in a word.
    async fn next(&mut self) -> &'static str {
        let stop = pin!(pending());
        let woken = self.driver.wait(stop).await;
        match woken.expect("all parts run") {
            Woken::Stop => "stop",
            Woken::Network(NetworkEvent::Message {
                topic: Topic::Transactions,
                ..
            }) => "transactions",
            Woken::Network(_) => "urgent",
            Woken::Asked(_) => "API",
            Woken::Worked(_) => "work",
            Woken::TimeIsUp => "time",
        }
    }

    /// The timer the replica is told of; none when transactions are looked at before.
    fn timer_that_ran_out(&mut self) -> Option<TimerKey> {
        match self.driver.time_is_up()? {
            ReplicaInput::Timer(key) => Some(key),
            other => {
                assert!(matches!(other, ReplicaInput::Message { .. }), "{other:?}");
                None
            }
        }
    }

    /// What comes after votes, and after how many of them.
    async fn next_after_votes(&mut self) -> (usize, &'static str) {
        let mut votes = 0;
        loop {
            match self.next().await {
                "urgent" => votes += 1,
                other => return (votes, other),
            }
        }
    }

    /// Lets everything else be ready; timers that are looked at stay due.
    async fn make_all_ready(&mut self) {
        assert!(self.transactions.try_send(PEER, vec![0]));
        let asked = ToReplica::Withdraw(TransactionId::default());
        self.to_replica.try_send(asked).unwrap();
        let now = Instant::now();
        self.driver.timers.set(TimerKey::Status, 0, now);
        self.driver.work.spawn(async { Done::Flushed(None) });
        // The work ends.
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn votes_come_first_and_after_a_full_run_everything_else_has_one_turn() {
    let mut bench = Bench::new();
    bench.make_all_ready().await;
    for _ in 0..2 * URGENT_RUN_MAX + 1 {
        bench.vote(8);
    }
    let first = bench.next_after_votes().await;
    assert_eq!(first, (URGENT_RUN_MAX, "transactions"));
    for turn in ["time", "work", "API"] {
        assert_eq!(bench.next().await, turn);
    }
    assert!(bench.transactions.try_send(PEER, vec![0]));
    let second = bench.next_after_votes().await;
    assert_eq!(second, (URGENT_RUN_MAX, "transactions"));
}

#[tokio::test]
async fn a_run_of_long_messages_is_shorter() {
    let mut bench = Bench::new();
    for _ in 0..8 {
        bench.vote(URGENT_RUN_BYTES_MAX / 4);
    }
    assert!(bench.transactions.try_send(PEER, vec![0]));
    assert_eq!(bench.next_after_votes().await, (4, "transactions"));
}

#[tokio::test]
async fn a_flood_of_votes_does_not_keep_the_node_from_stopping() {
    let mut bench = Bench::new();
    for _ in 0..2 * URGENT_RUN_MAX {
        bench.vote(8);
    }
    for _ in 0..URGENT_RUN_MAX {
        assert_eq!(bench.next().await, "urgent");
    }
    let stop = pin!(std::future::ready(()));
    let woken = bench.driver.wait(stop).await.unwrap();
    assert!(matches!(woken, Woken::Stop), "{woken:?}");
}

#[tokio::test]
async fn transactions_that_are_here_are_looked_at_before_missing_ones_are_asked_for_and_votes_in_between()
 {
    let mut bench = Bench::new();
    let timers = &mut bench.driver.timers;
    timers.set(TimerKey::FetchBodies, 0, Instant::now());
    let length = ARRIVED_BYTES_MAX / 4;
    for _ in 0..5 {
        assert!(bench.transactions.try_send(PEER, vec![0; length]));
    }
    for _ in 0..4 {
        bench.vote(8);
        assert_eq!(bench.next().await, "urgent");
        let looked_at = bench.driver.time_is_up();
        assert!(matches!(looked_at, Some(ReplicaInput::Message { .. })));
    }
    assert_eq!(bench.timer_that_ran_out(), Some(TimerKey::FetchBodies));
    assert!(bench.driver.time_is_up().is_none(), "once");
    assert_eq!(bench.next().await, "transactions");
}

#[tokio::test]
async fn when_the_timer_is_set_anew_as_much_is_looked_at_as_the_first_time() {
    let mut bench = Bench::new();
    let set = || ReplicaEffect::SetTimer {
        key: TimerKey::FetchBodies,
        after_ms: 0,
    };
    let length = ARRIVED_BYTES_MAX / 4;
    for _ in 0..6 {
        assert!(bench.transactions.try_send(PEER, vec![0; length]));
    }
    for looked_at in [2, 4] {
        bench.driver.carry_out(set()).await.unwrap();
        for _ in 0..looked_at {
            let looked_at = bench.driver.time_is_up();
            assert!(matches!(looked_at, Some(ReplicaInput::Message { .. })));
        }
    }
    assert_eq!(bench.timer_that_ran_out(), Some(TimerKey::FetchBodies));
}

#[tokio::test]
async fn missing_transactions_are_asked_for_when_few_or_tiny_groups_are_here() {
    let mut bench = Bench::new();
    for (queued, looked_at_max) in [
        (0, 0),
        (1, 1),
        (1_000, ARRIVED_BYTES_MAX / ARRIVED_GROUP_BYTES_MIN),
    ] {
        for _ in 0..queued {
            assert!(bench.transactions.try_send(PEER, Vec::new()));
        }
        let timers = &mut bench.driver.timers;
        timers.set(TimerKey::FetchBodies, 0, Instant::now());
        let mut looked_at = 0;
        while bench.timer_that_ran_out() != Some(TimerKey::FetchBodies) {
            looked_at += 1;
        }
        assert_eq!(looked_at, looked_at_max);
    }
}

#[tokio::test]
async fn another_timer_that_ran_out_does_not_wait_for_all_transactions_that_are_here() {
    let mut bench = Bench::new();
    let now = Instant::now();
    bench.driver.timers.set(TimerKey::FetchBodies, 0, now);
    for _ in 0..3 {
        assert!(bench.transactions.try_send(PEER, vec![0]));
    }
    assert!(matches!(
        bench.driver.time_is_up(),
        Some(ReplicaInput::Message { .. })
    ));
    bench.driver.timers.set(TimerKey::Status, 0, now);
    assert_eq!(bench.timer_that_ran_out(), Some(TimerKey::Status));
}
