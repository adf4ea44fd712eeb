//! A peer's share of the room for what must not be lost.
//!
//! Whatever a peer sends beside transactions takes a place in its share when it has been read and gives it back when the
//! runtime takes it. What always holds: while a peer's share is taken, nothing more is read from its direct streams, and other
//! peers' streams are read on; a reader that found no room is woken when there may be some.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::replica::Topic;

/// Messages of one peer, beside transactions, that wait for the runtime.
pub const PEER_EVENTS_MAX: usize = PEER_EVENTS_BYTES_MAX / PLACE_BYTES_MIN;
/// Bytes of such messages.
pub const PEER_EVENTS_BYTES_MAX: usize = 1024 * 1024;
/// A shorter message counts as one of so many bytes.
const PLACE_BYTES_MIN: usize = 4 * 1024;

// The longest message finds room in an empty share.
const _: () = assert!(Topic::Consensus.bytes_max() <= PEER_EVENTS_BYTES_MAX);
const _: () = assert!(Topic::Status.bytes_max() <= PEER_EVENTS_BYTES_MAX);

/// One peer's share, on all its connections together.
#[derive(Debug, Default)]
pub(crate) struct Share(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    bytes: usize,
    /// Tasks that wait for room: one for each connection of the peer.
    waiting: Vec<Waker>,
}

/// A place of one message in its sender's share, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    share: Arc<Share>,
    bytes: usize,
}

impl Share {
    /// Takes a place for a message of `length` bytes, once there is one.
    pub(super) fn poll_take(self: &Arc<Share>, length: usize, cx: &mut Context<'_>) -> Poll<Place> {
        let bytes = length.max(PLACE_BYTES_MIN);
        let mut taken = self.lock();
        if taken.bytes + bytes <= PEER_EVENTS_BYTES_MAX {
            taken.bytes += bytes;
            let share = Arc::clone(self);
            return Poll::Ready(Place { share, bytes });
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
}
