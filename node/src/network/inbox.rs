//! Events on their way from the network to the runtime.
//!
//! Transactions have a lane of their own: a vote or a proposal never waits for them. In both lanes peers are served by turns: no
//! peer's flood keeps another peer's waiting. What always holds:
//! - of what is no transaction nothing that was queued is lost, and whatever a peer does has a place in the peer's share of the
//!   room ([`super::share`]): while that is taken, no more messages are read from it, and its requests are dropped and so fail;
//!   should there be no room at all, nothing is read from the sockets;
//! - transactions that find no room are dropped, as they are where a slow peer does not take them; sending again what is not
//!   committed makes up for it;
//! - one peer has at most one part in [`PEER_SHARE`] of the room for transactions;
//! - what one peer sent comes in the order in which it was sent, within its lane.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger_core::signature::PublicKey;
use ledger_core::validator::VALIDATORS_MAX;
use tokio::sync::{Notify, mpsc};

use super::peers::CONFIGURED_PEERS_MAX;
use super::share::{PEER_EVENTS_MAX, PEER_REQUESTS_MAX, Place};
use super::turns::Turns;
use super::{NetworkEvent, REQUESTS_MAX};
use crate::replica::Topic;

/// Events that wait for the runtime, beside transactions: both shares of every peer and the responses to this node fit in, so that
/// no peer takes another's room. Memory is taken for what waits only: of a peer at most twice [`super::share::SHARE_BYTES_MAX`].
pub const EVENTS_MAX: usize =
    (VALIDATORS_MAX + CONFIGURED_PEERS_MAX) * (PEER_EVENTS_MAX + PEER_REQUESTS_MAX) + REQUESTS_MAX;
/// Groups of transactions that wait for the runtime.
pub const TRANSACTION_GROUPS_MAX: usize = 2_048;
/// Bytes of such groups.
pub const TRANSACTION_GROUPS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// One peer has at most one part in so many of that room.
pub const PEER_SHARE: usize = 2;

/// The runtime's end.
#[derive(Debug)]
pub struct Events {
    arriving: mpsc::Receiver<UrgentEvent>,
    /// What has arrived, by the peers whose doing it is. Responses to this node, which it has asked for, take turns as one peer.
    urgent: Turns<Option<PublicKey>, UrgentEvent>,
    transactions: Arc<Transactions>,
}

/// An event that is no transaction, with the place it has in a share of the peer whose doing it is.
#[derive(Debug)]
pub(crate) struct UrgentEvent {
    pub(super) event: NetworkEvent,
    /// Given back with this. A response to this node has none: the node has asked for it.
    pub(super) place: Option<Place>,
}

impl From<NetworkEvent> for UrgentEvent {
    fn from(event: NetworkEvent) -> UrgentEvent {
        UrgentEvent { event, place: None }
    }
}

impl UrgentEvent {
    /// The event, taken by the runtime: its sender has room for another one.
    fn take(self) -> NetworkEvent {
        drop(self.place);
        self.event
    }
}

/// The network's end of the lane for transactions.
#[derive(Clone, Debug)]
pub(crate) struct TransactionSender(Arc<Transactions>);

/// Both ends: of the events that must not be lost, and of transactions.
pub(crate) fn inbox() -> (mpsc::Sender<UrgentEvent>, TransactionSender, Events) {
    let (urgent_in, arriving) = mpsc::channel(EVENTS_MAX);
    let transactions = Arc::new(Transactions::default());
    let sender = TransactionSender(Arc::clone(&transactions));
    let events = Events {
        arriving,
        urgent: Turns::default(),
        transactions,
    };
    (urgent_in, sender, events)
}

impl Events {
    /// The next event: transactions when nothing else waits. None when the network has ended.
    pub async fn recv(&mut self) -> Option<NetworkEvent> {
        if let Some(event) = self.try_recv_urgent() {
            return Some(event);
        }
        tokio::select! {
            biased;
            arrived = self.arriving.recv() => arrived.map(UrgentEvent::take),
            event = self.transactions.next() => Some(event),
        }
    }

    /// The next event that is no transaction, if one waits: of the peer whose turn it is.
    pub fn try_recv_urgent(&mut self) -> Option<NetworkEvent> {
        self.sort();
        self.urgent.pop().map(|(_, event)| event.take())
    }

    fn sort(&mut self) {
        while self.urgent.len() < EVENTS_MAX
            && let Ok(arrived) = self.arriving.try_recv()
        {
            self.urgent.push(arrived.event.peer(), arrived);
        }
    }

    /// How many events that are no transactions wait of `peer`.
    #[cfg(test)]
    pub(super) fn urgent_of(&mut self, peer: PublicKey) -> usize {
        self.sort();
        self.urgent.len_of(&Some(peer))
    }

    /// The next transactions, if any wait.
    pub fn try_recv_transactions(&mut self) -> Option<NetworkEvent> {
        self.transactions.lock().pop()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.urgent.len() == 0
            && self.arriving.is_empty()
            && self.transactions.lock().groups.len() == 0
    }
}

impl TransactionSender {
    /// Queues a group of transactions; false when there is no room and it is dropped.
    pub(crate) fn try_send(&self, from: PublicKey, data: Vec<u8>) -> bool {
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
    groups: Turns<PublicKey, Vec<u8>>,
    bytes: usize,
    /// Bytes of each peer of which something waits.
    peer_bytes: BTreeMap<PublicKey, usize>,
}

impl Waiting {
    fn push(&mut self, from: PublicKey, data: Vec<u8>) -> bool {
        let length = data.len();
        let peer_bytes = self.peer_bytes.get(&from).map_or(0, |bytes| *bytes);
        let has_room = self.groups.len() < TRANSACTION_GROUPS_MAX
            && self.bytes + length <= TRANSACTION_GROUPS_BYTES_MAX
            && self.groups.len_of(&from) < TRANSACTION_GROUPS_MAX / PEER_SHARE
            && peer_bytes + length <= TRANSACTION_GROUPS_BYTES_MAX / PEER_SHARE;
        if has_room {
            self.bytes += length;
            self.peer_bytes.insert(from, peer_bytes + length);
            self.groups.push(from, data);
        }
        has_room
    }

    fn pop(&mut self) -> Option<NetworkEvent> {
        let (from, data) = self.groups.pop()?;
        self.bytes -= data.len();
        if self.groups.len_of(&from) == 0 {
            self.peer_bytes.remove(&from);
        } else if let Some(bytes) = self.peer_bytes.get_mut(&from) {
            *bytes -= data.len();
        }
        Some(NetworkEvent::Message {
            from,
            topic: Topic::Transactions,
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn peer(seed: u8) -> PublicKey {
        PublicKey([seed; 32])
    }

    fn numbered_vote(from: PublicKey, number: u8) -> UrgentEvent {
        UrgentEvent::from(NetworkEvent::Message {
            from,
            topic: Topic::Consensus,
            data: vec![number],
        })
    }

    fn vote(from: PublicKey) -> UrgentEvent {
        numbered_vote(from, 1)
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
    async fn peers_votes_come_by_turns_and_none_is_lost_when_the_network_ends() {
        let (urgent, _transactions, mut events) = inbox();
        for number in 0..3 {
            urgent.try_send(numbered_vote(peer(1), number)).unwrap();
        }
        urgent.try_send(numbered_vote(peer(2), 9)).unwrap();
        let result = Err(crate::network::RequestError::Timeout);
        let response = NetworkEvent::Response {
            request_id: 1,
            result,
            took: Duration::ZERO,
        };
        urgent.try_send(response.into()).unwrap();
        drop(urgent);
        for (from, number) in [(1, 0), (2, 9)] {
            let expected = (peer(from), Topic::Consensus, number);
            assert_eq!(next(&mut events).await, expected);
        }
        assert!(matches!(
            events.recv().await,
            Some(NetworkEvent::Response { .. })
        ));
        for number in [1, 2] {
            assert!(!events.is_empty());
            let expected = (peer(1), Topic::Consensus, number);
            assert_eq!(next(&mut events).await, expected);
        }
        assert!(events.is_empty() && events.recv().await.is_none());
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
        assert_eq!((waiting.groups.len(), waiting.bytes), (0, 0));
        assert!(waiting.peer_bytes.is_empty());
    }
}
