//! A peer's shares of the room for what waits for the runtime.
//!
//! Whatever a peer does, transactions apart, takes a place in one of its two shares and gives it back when the runtime takes it.
//! What always holds:
//! - messages have a share of their own: while it is taken, nothing more is read from the peer's direct streams, and other peers'
//!   streams are read on; a reader that found no room is woken when there may be some;
//! - nobody waits for a place in the other share: a request that finds none is dropped, and so fails where it came from; a peer
//!   of which the runtime is told that it has come has its place for the news that it has gone;
//! - both are the peer's, not a connection's: who comes again finds what it took before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use libp2p::PeerId;

use super::requests::CONNECTION_REQUESTS_MAX;
use crate::replica::Topic;
use crate::replica::messages::REQUEST_BYTES_MAX;

/// Bytes in one share.
pub const SHARE_BYTES_MAX: usize = 1024 * 1024;
/// Messages of one peer, beside transactions, that wait for the runtime.
pub const PEER_EVENTS_MAX: usize = SHARE_BYTES_MAX / PLACE_BYTES_MIN;
/// Requests of one peer that wait for the runtime, and news that it has come or gone: as many as one connection carries.
pub const PEER_REQUESTS_MAX: usize = CONNECTION_REQUESTS_MAX;
/// A shorter message counts as one of so many bytes.
const PLACE_BYTES_MIN: usize = 4 * 1024;
/// A shorter request, and news of a peer, counts as one of so many bytes.
const REQUEST_PLACE_BYTES_MIN: usize = SHARE_BYTES_MAX / PEER_REQUESTS_MAX;

// The longest message finds room in an empty share.
const _: () = assert!(Topic::Consensus.bytes_max() <= SHARE_BYTES_MAX);
const _: () = assert!(Topic::Status.bytes_max() <= SHARE_BYTES_MAX);
// So does the longest request, beside the news that its peer has come and what is kept for the news that it has gone.
const _: () = assert!(REQUEST_BYTES_MAX + 2 * REQUEST_PLACE_BYTES_MIN <= SHARE_BYTES_MAX);

/// One of a peer's shares, on all its connections together.
#[derive(Debug, Default)]
pub(crate) struct Share(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    bytes: usize,
    /// Tasks that wait for room: one for each connection of the peer.
    waiting: Vec<Waker>,
}

/// A place in a peer's share, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    share: Arc<Share>,
    bytes: usize,
}

impl Share {
    /// Takes a place for a message of `length` bytes, once there is one.
    pub(super) fn poll_take(self: &Arc<Share>, length: usize, cx: &mut Context<'_>) -> Poll<Place> {
        let mut taken = self.lock();
        if let Some(place) = self.take_bytes(&mut taken, length.max(PLACE_BYTES_MIN)) {
            return Poll::Ready(place);
        }
        if !taken
            .waiting
            .iter()
            .any(|waker| waker.will_wake(cx.waker()))
        {
            taken.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Takes a place for a request of `length` bytes, or for news of a peer with 0, if there is one now.
    fn try_take(self: &Arc<Share>, length: usize) -> Option<Place> {
        self.take_bytes(&mut self.lock(), length.max(REQUEST_PLACE_BYTES_MIN))
    }

    fn take_bytes(self: &Arc<Share>, taken: &mut Taken, bytes: usize) -> Option<Place> {
        if taken.bytes + bytes > SHARE_BYTES_MAX {
            return None;
        }
        taken.bytes += bytes;
        let share = Arc::clone(self);
        Some(Place { share, bytes })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Whoever held it did nothing that can fail half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let waiting = {
            let mut taken = self.share.lock();
            taken.bytes -= self.bytes;
            std::mem::take(&mut taken.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// The shares of one kind, by peer.
#[derive(Debug, Default)]
pub(super) struct Shares(BTreeMap<PeerId, Arc<Share>>);

impl Shares {
    /// The share of `peer`.
    pub(super) fn of(&mut self, peer: PeerId) -> Arc<Share> {
        if !self.0.contains_key(&peer) {
            // Nobody but this map knows a share that no connection uses and in which no place is taken.
            self.0.retain(|_, share| Arc::strong_count(share) > 1);
        }
        Arc::clone(self.0.entry(peer).or_default())
    }
}

/// The places of what peers do beside sending messages: they ask, they come, and they go.
#[derive(Debug, Default)]
pub(super) struct Places {
    shares: Shares,
    /// Kept for the news that a peer has gone; of the peers of which the runtime was told that they have come.
    departures: BTreeMap<PeerId, Place>,
}

impl Places {
    /// For a request of `length` bytes; none when the peer's share is taken.
    pub(super) fn request(&mut self, peer: PeerId, length: usize) -> Option<Place> {
        self.shares.of(peer).try_take(length)
    }

    /// For the news that a peer has come; another one is kept for the news that it has gone. None when there is no room for both.
    pub(super) fn arrival(&mut self, peer: PeerId) -> Option<Place> {
        let share = self.shares.of(peer);
        let (arrival, departure) = share.try_take(0).zip(share.try_take(0))?;
        self.departures.insert(peer, departure);
        Some(arrival)
    }

    /// Whether the runtime was told that a peer has come, and not that it has gone.
    pub(super) fn is_announced(&self, peer: &PeerId) -> bool {
        self.departures.contains_key(peer)
    }

    /// For the news that a peer has gone; none when nobody was told that it had come.
    pub(super) fn departure(&mut self, peer: &PeerId) -> Option<Place> {
        self.departures.remove(peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::task::{ArcWake, waker};
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl ArcWake for Woken {
        fn wake_by_ref(woken: &Arc<Woken>) {
            woken.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_reader_without_room_is_woken_once_when_a_place_is_given_back() {
        let woken = Arc::new(Woken::default());
        let waker = waker(Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        let share = Arc::new(Share::default());
        let mut places = Vec::new();
        while let Poll::Ready(place) = share.poll_take(1, &mut cx) {
            places.push(place);
        }
        assert_eq!(places.len(), PEER_EVENTS_MAX);
        assert!(share.poll_take(1, &mut cx).is_pending());
        places.truncate(PEER_EVENTS_MAX - 2);
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        assert!(
            share
                .poll_take(2 * PLACE_BYTES_MIN + 1, &mut cx)
                .is_pending()
        );
        assert!(share.poll_take(2 * PLACE_BYTES_MIN, &mut cx).is_ready());
        drop(places);
        assert_eq!(woken.0.load(Ordering::Relaxed), 2);
        assert_eq!(share.lock().bytes, 0);
    }

    /// Asks until a request of `length` bytes finds no place.
    fn ask_on(places: &mut Places, peer: PeerId, length: usize) -> Vec<Place> {
        let mut waiting = Vec::new();
        while let Some(place) = places.request(peer, length) {
            waiting.push(place);
        }
        waiting
    }

    #[test]
    fn a_request_beyond_the_share_finds_no_place_until_one_is_taken_and_another_peers_does() {
        let (flooder, other) = (PeerId::random(), PeerId::random());
        let mut places = Places::default();
        let mut waiting = ask_on(&mut places, flooder, 1);
        assert_eq!(waiting.len(), PEER_REQUESTS_MAX);
        assert!(places.request(other, REQUEST_BYTES_MAX).is_some());
        assert!(waiting.pop().is_some());
        let longer = REQUEST_PLACE_BYTES_MIN + 1;
        assert!(places.request(flooder, longer).is_none());
        assert!(places.request(flooder, longer - 1).is_some());
        drop(waiting);
        let longest = ask_on(&mut places, flooder, REQUEST_BYTES_MAX);
        assert_eq!(longest.len(), SHARE_BYTES_MAX / REQUEST_BYTES_MAX);
    }

    #[test]
    fn a_peer_that_comes_and_goes_fills_its_share_and_the_news_that_it_has_gone_has_its_place() {
        let peer = PeerId::random();
        let mut places = Places::default();
        let mut news = Vec::new();
        while let Some(arrival) = places.arrival(peer) {
            news.push(arrival);
            news.extend(places.departure(&peer));
        }
        assert_eq!(news.len(), PEER_REQUESTS_MAX);
        assert!(places.departure(&peer).is_none(), "it was not told of");
        news.truncate(PEER_REQUESTS_MAX - 1);
        assert!(places.arrival(peer).is_none(), "room for one is too little");
        news.truncate(PEER_REQUESTS_MAX - 2);
        news.extend(places.arrival(peer));
        assert_eq!(news.len(), PEER_REQUESTS_MAX - 1);
        assert!(places.request(peer, 1).is_none());
        assert!(places.departure(&peer).is_some());
    }

    #[test]
    fn shares_in_which_nothing_is_taken_are_forgotten() {
        let (asking, connected) = (PeerId::random(), PeerId::random());
        let mut places = Places::default();
        let request = places.request(asking, 1);
        assert!(request.is_some());
        assert!(places.arrival(connected).is_some());
        for _ in 0..100 {
            assert!(places.request(PeerId::random(), 1).is_some());
        }
        let known = |places: &Places, peer: &PeerId| places.shares.0.contains_key(peer);
        assert!(known(&places, &asking) && known(&places, &connected));
        assert_eq!(places.shares.0.len(), 3, "these two and the last one");
        drop(request);
        assert!(places.departure(&connected).is_some());
        assert!(places.request(PeerId::random(), 1).is_some());
        assert_eq!(places.shares.0.len(), 1);
    }
}
