//! Events on their way from the network to the runtime.
//!
//! Transactions have a lane of their own, in which peers are served by turns: a vote or a proposal never waits for them, and no
//! peer's flood keeps another peer's waiting. What always holds:
//! - of what is no transaction nothing is lost: while there is no room for it, nothing is read from the sockets;
//! - transactions that find no room are dropped, as they are where a slow peer does not take them; sending again what is not
//!   committed makes up for it;
//! - one peer has at most one part in [`PEER_SHARE`] of the room for transactions;
//! - what one peer sent comes in the order in which it was sent, within its lane.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger_core::signature::PublicKey;
use tokio::sync::{Notify, mpsc};

use super::NetworkEvent;
use crate::replica::Topic;

/// Events that wait for the runtime, beside transactions. Times the longest message this is 128 MiB, reached only under attack.
pub const EVENTS_MAX: usize = 256;
/// Groups of transactions that wait for the runtime.
pub const TRANSACTION_GROUPS_MAX: usize = 2_048;
/// Bytes of such groups.
pub const TRANSACTION_GROUPS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// One peer has at most one part in so many of that room.
pub const PEER_SHARE: usize = 2;

/// The runtime's end.
#[derive(Debug)]
pub struct Events {
    urgent: mpsc::Receiver<NetworkEvent>,
    transactions: Arc<Transactions>,
}

/// The network's end of the lane for transactions.
#[derive(Clone, Debug)]
pub(super) struct TransactionSender(Arc<Transactions>);

/// Both ends: of the events that must not be lost, and of transactions.
pub(super) fn inbox() -> (mpsc::Sender<NetworkEvent>, TransactionSender, Events) {
    let (urgent_in, urgent) = mpsc::channel(EVENTS_MAX);
    let transactions = Arc::new(Transactions::default());
    let sender = TransactionSender(Arc::clone(&transactions));
    let events = Events {
        urgent,
        transactions,
    };
    (urgent_in, sender, events)
}

impl Events {
    /// The next event: transactions when nothing else waits. None when the network has ended.
    pub async fn recv(&mut self) -> Option<NetworkEvent> {
        tokio::select! {
            biased;
            event = self.urgent.recv() => event,
            event = self.transactions.next() => Some(event),
        }
    }

    /// The next event that is no transaction, if one waits.
    pub fn try_recv_urgent(&mut self) -> Option<NetworkEvent> {
        self.urgent.try_recv().ok()
    }

    /// The next transactions, if any wait.
    pub fn try_recv_transactions(&mut self) -> Option<NetworkEvent> {
        self.transactions.lock().pop()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.urgent.is_empty() && self.transactions.lock().groups == 0
    }
}

impl TransactionSender {
    /// Queues a group of transactions; false when there is no room and it is dropped.
    pub(super) fn try_send(&self, from: PublicKey, data: Vec<u8>) -> bool {
        let queued = self.0.lock().push(from, data);
        if queued {
            self.0.arrived.notify_one();
        }
        queued
    }
}

#[derive(Debug, Default)]
struct Transactions {
    waiting: Mutex<Waiting>,
    /// There is one who waits for it, and it looks before it waits.
    arrived: Notify,
}

impl Transactions {
    async fn next(&self) -> NetworkEvent {
        loop {
            if let Some(event) = self.lock().pop() {
                return event;
            }
            self.arrived.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Whoever held it did nothing that can fail half way.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Groups of transactions by the peers that sent them.
#[derive(Debug, Default)]
struct Waiting {
    peers: BTreeMap<PublicKey, Peer>,
    /// Peers of which something waits, the one whose turn is next first.
    turns: VecDeque<PublicKey>,
    groups: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Peer {
    groups: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Waiting {
    fn push(&mut self, from: PublicKey, data: Vec<u8>) -> bool {
        let length = data.len();
        let (groups, bytes) = self
            .peers
            .get(&from)
            .map_or((0, 0), |peer| (peer.groups.len(), peer.bytes));
        let has_room = self.groups < TRANSACTION_GROUPS_MAX
            && self.bytes + length <= TRANSACTION_GROUPS_BYTES_MAX
            && groups < TRANSACTION_GROUPS_MAX / PEER_SHARE
            && bytes + length <= TRANSACTION_GROUPS_BYTES_MAX / PEER_SHARE;
        if has_room {
            self.groups += 1;
            self.bytes += length;
            let peer = self.peers.entry(from).or_default();
            peer.bytes += length;
            peer.groups.push_back(data);
            if peer.groups.len() == 1 {
                self.turns.push_back(from);
            }
        }
        has_room
    }

    fn pop(&mut self) -> Option<NetworkEvent> {
        let from = self.turns.pop_front()?;
        let peer = self.peers.get_mut(&from)?;
        let data = peer.groups.pop_front()?;
        peer.bytes -= data.len();
        if peer.groups.is_empty() {
            self.peers.remove(&from);
        } else {
            self.turns.push_back(from);
        }
        self.groups -= 1;
        self.bytes -= data.len();
        Some(NetworkEvent::Message {
            from,
            topic: Topic::Transactions,
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(seed: u8) -> PublicKey {
        PublicKey([seed; 32])
    }

    fn vote(from: PublicKey) -> NetworkEvent {
        NetworkEvent::Message {
            from,
            topic: Topic::Consensus,
            data: vec![1],
        }
    }

    /// Who sent the next event, of which topic, and its first byte.
    async fn next(events: &mut Events) -> (PublicKey, Topic, u8) {
        match events.recv().await.expect("something waits") {
            NetworkEvent::Message { from, topic, data } => (from, topic, data[0]),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_vote_comes_before_all_transactions_and_peers_transactions_by_turns() {
        let (urgent, transactions, mut events) = inbox();
        assert!(events.is_empty());
        for number in 0..3 {
            assert!(transactions.try_send(peer(1), vec![number]));
        }
        assert!(transactions.try_send(peer(2), vec![9]));
        urgent.send(vote(peer(3))).await.unwrap();
        assert_eq!(next(&mut events).await, (peer(3), Topic::Consensus, 1));
        assert!(events.try_recv_urgent().is_none() && !events.is_empty());
        for (from, number) in [(1, 0), (2, 9), (1, 1), (1, 2)] {
            let expected = (peer(from), Topic::Transactions, number);
            assert_eq!(next(&mut events).await, expected);
        }
        assert!(events.is_empty());
    }

    #[tokio::test]
    async fn who_waits_is_woken_by_either_lane_and_by_the_end() {
        let (urgent, transactions, mut events) = inbox();
        let waiting = tokio::spawn(async move {
            let first = next(&mut events).await;
            let second = next(&mut events).await;
            (first.1, second.1, events.recv().await.is_none())
        });
        tokio::task::yield_now().await;
        assert!(transactions.try_send(peer(1), vec![0]));
        tokio::task::yield_now().await;
        urgent.send(vote(peer(1))).await.unwrap();
        drop(urgent);
        let expected = (Topic::Transactions, Topic::Consensus, true);
        assert_eq!(waiting.await.unwrap(), expected);
    }

    #[test]
    fn a_peer_has_its_share_of_the_room_and_a_vote_needs_none_of_it() {
        let (urgent, transactions, mut events) = inbox();
        let share = TRANSACTION_GROUPS_MAX / PEER_SHARE;
        for _ in 0..share {
            assert!(transactions.try_send(peer(1), vec![0]));
        }
        assert!(!transactions.try_send(peer(1), vec![0]));
        let longest = vec![0; TRANSACTION_GROUPS_BYTES_MAX / PEER_SHARE];
        assert!(transactions.try_send(peer(2), longest));
        assert!(!transactions.try_send(peer(2), vec![0]));
        assert!(transactions.try_send(peer(3), vec![0]));
        urgent.try_send(vote(peer(1))).unwrap();
        assert!(events.try_recv_urgent().is_some());
        while events.try_recv_transactions().is_some() {}
        let waiting = events.transactions.lock();
        assert_eq!((waiting.groups, waiting.bytes), (0, 0));
        assert!(waiting.peers.is_empty() && waiting.turns.is_empty());
    }
}
