//! Who is called, and when.
//!
//! A known address is called forever, at most every [`DIAL_DELAY_MAX`] while it fails, and one call to a peer is under way
//! at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use libp2p::PeerId;
use tokio::time::Instant;

use super::peers::PeerAddress;

/// Addresses kept for one peer.
pub const PEER_ADDRESSES_MAX: usize = 8;
/// The wait after the first failed call; it doubles with each further one.
pub const DIAL_DELAY_FIRST: Duration = Duration::from_millis(100);
/// The longest wait between two calls.
pub const DIAL_DELAY_MAX: Duration = Duration::from_secs(5);
/// A connection that lasted this long counts as a success: the next call comes at once.
const CONNECTION_STABLE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DialState {
    Waiting { until: Instant },
    Dialing,
    Connected { since: Instant },
}

#[derive(Debug)]
struct DialTarget {
    /// Configured ones first, then learnt ones; at most [`PEER_ADDRESSES_MAX`].
    addresses: Vec<PeerAddress>,
    failures: u32,
    state: DialState,
}

/// When to call whom.
#[derive(Debug, Default)]
pub(crate) struct DialSchedule {
    targets: BTreeMap<PeerId, DialTarget>,
}

impl DialSchedule {
    /// Remembers an address of a peer, to be called at once if the peer is new.
    pub(crate) fn learn(&mut self, peer: PeerId, address: PeerAddress, now: Instant) {
        let target = self.targets.entry(peer).or_insert_with(|| DialTarget {
            addresses: Vec::new(),
            failures: 0,
            state: DialState::Waiting { until: now },
        });
        if !target.addresses.contains(&address) && target.addresses.len() < PEER_ADDRESSES_MAX {
            target.addresses.push(address);
        }
    }

    /// Forgets the peers that are no longer registered.
    pub(crate) fn retain(&mut self, is_registered: impl Fn(&PeerId) -> bool) {
        self.targets.retain(|peer, _| is_registered(peer));
    }

    /// The peers to call now; each is taken to be under way until [`Self::failed`] or [`Self::connected`].
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<(PeerId, Vec<PeerAddress>)> {
        let mut due = Vec::new();
        for (peer, target) in &mut self.targets {
            if matches!(target.state, DialState::Waiting { until } if until <= now) {
                target.state = DialState::Dialing;
                due.push((*peer, target.addresses.clone()));
            }
        }
        due
    }

    /// When [`Self::take_due`] next has something.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.targets
            .values()
            .filter_map(|target| match target.state {
                DialState::Waiting { until } => Some(until),
                DialState::Dialing | DialState::Connected { .. } => None,
            })
            .min()
    }

    pub(crate) fn connected(&mut self, peer: &PeerId, now: Instant) {
        if let Some(target) = self.targets.get_mut(peer)
            && !matches!(target.state, DialState::Connected { .. })
        {
            target.state = DialState::Connected { since: now };
        }
    }

    /// A call failed; without effect when the peer is connected the other way.
    pub(crate) fn failed(&mut self, peer: &PeerId, now: Instant) {
        if let Some(target) = self.targets.get_mut(peer)
            && target.state == DialState::Dialing
        {
            target.wait(now);
        }
    }

    /// The last connection with a peer ended.
    pub(crate) fn disconnected(&mut self, peer: &PeerId, now: Instant) {
        if let Some(target) = self.targets.get_mut(peer) {
            if let DialState::Connected { since } = target.state
                && now.duration_since(since) >= CONNECTION_STABLE
            {
                target.failures = 0;
            }
            target.wait(now);
        }
    }
}

impl DialTarget {
    fn wait(&mut self, now: Instant) {
        let doublings = self.failures.min(16);
        let delay = DIAL_DELAY_FIRST
            .saturating_mul(1 << doublings)
            .min(DIAL_DELAY_MAX);
        self.failures = self.failures.saturating_add(1);
        self.state = DialState::Waiting { until: now + delay };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn address(port: u16) -> PeerAddress {
        PeerAddress::from(SocketAddr::from(([127, 0, 0, 1], port)))
    }

    #[test]
    fn a_failing_peer_is_called_forever_with_a_bounded_wait() {
        let mut schedule = DialSchedule::default();
        let peer = PeerId::random();
        let mut now = Instant::now();
        schedule.learn(peer, address(7100), now);
        let mut waits = Vec::new();
        for _ in 0..10 {
            assert_eq!(schedule.take_due(now).len(), 1);
            assert!(schedule.take_due(now).is_empty(), "one call at a time");
            schedule.failed(&peer, now);
            let next = schedule.next_due().unwrap();
            waits.push(next.duration_since(now).as_millis());
            now = next;
        }
        assert_eq!(
            waits,
            [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]
        );
    }

    #[test]
    fn a_stable_connection_resets_the_wait() {
        let mut schedule = DialSchedule::default();
        let peer = PeerId::random();
        let now = Instant::now();
        schedule.learn(peer, address(7100), now);
        for _ in 0..6 {
            schedule.failed(&peer, now);
            schedule.take_due(now + DIAL_DELAY_MAX);
        }
        schedule.connected(&peer, now);
        assert_eq!(schedule.next_due(), None);
        let later = now + CONNECTION_STABLE;
        schedule.disconnected(&peer, later);
        assert_eq!(schedule.next_due(), Some(later + DIAL_DELAY_FIRST));
    }
}
