//! Fetching committed blocks from peers, and serving them.
//!
//! A node that was away, joined empty, or lost messages asks one peer at a time for the blocks after its tip. Each block
//! is checked by its certificate against the validators in force, by its transactions root, and by executing it: a peer
//! can refuse to help, but it cannot make this node believe anything. What always holds: one request is under way at a
//! time; a peer that serves nothing it announced, or something wrong, is left alone for a while and asked last for longer,
//! after those that are slow; consensus never waits for a peer that only claims to be ahead.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger_core::block::BLOCK_BYTES_MAX;
use ledger_core::codec;
use ledger_core::id::Height;
use ledger_core::ledger::transactions_root;
use ledger_core::signature::PublicKey;
use ledger_core::validator::ValidatorAddress;

use super::effect::Alarm;
use super::gathering::Handled;
use super::input::{InboundRequestId, RequestFailure, RequestId};
use super::messages::{BLOCKS_IN_RESPONSE_MAX, PeerRequest, PeerResponse, RESPONSE_BYTES_MAX};
use super::pacing::Phase;
use super::{Load, Peer, Replica, ReplicaEffect, Step, TimerKey};
use crate::planted::{self, Planted};
use crate::storage::CommittedBlock;

/// Blocks asked for at a time.
const BLOCKS_MAX: u16 = 64;
/// A response with blocks ends when it has grown to so many bytes; one block is always in it.
const BLOCKS_BYTES: usize = 2 * 1024 * 1024;
/// A peer ahead by more than this is asked at once; consensus catches up with less by itself.
const GAP_MAX: u64 = 3;
/// How long consensus may take to catch up by itself.
const PATIENCE_MS: u64 = 200;
/// How long a peer that did not help is left alone.
const SHUN_MS: u64 = 3_000;
/// An answer that takes longer is slow.
const SLOW_MS: u64 = 1_000;
/// For how long it counts that a peer did not help, or was slow: others are asked first. Far longer than a request may take,
/// or peers that never answer could take turns.
const COUNTS_MS: u64 = 30_000;
/// What is served to one peer in a second, in bytes; a request counts for [`REQUEST_COST_BYTES`] at least. More is refused, so
/// that no peer keeps this node busy with its questions.
const SERVED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// For how long it counts what was served.
const SERVED_MS: u64 = 1_000;
/// Of how many peers it is remembered what they were served in the last [`SERVED_MS`] before they left, and of how many that
/// they did not help or were slow.
pub(super) const REMEMBERED_PEERS_MAX: usize = 256;
/// Answers waited for at a time.
pub(super) const PEER_ANSWERS_MAX: usize = 1;
/// What answering a request costs at least.
const REQUEST_COST_BYTES: usize = 64 * 1024;
/// What a response may take beside the envelopes in it.
const RESPONSE_OVERHEAD_BYTES: usize = 64 * 1024;

// One block of the greatest length fits into a response, with its certificate.
const _: () = assert!(BLOCK_BYTES_MAX + RESPONSE_OVERHEAD_BYTES < RESPONSE_BYTES_MAX);
const _: () = assert!(BLOCKS_BYTES < RESPONSE_BYTES_MAX);

/// What was served to a peer in the second that began at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Served {
    since_ms: u64,
    bytes: usize,
}

impl Served {
    fn is_too_much(&mut self, now_ms: u64) -> bool {
        if !self.is_recent(now_ms) {
            *self = Served {
                since_ms: now_ms,
                bytes: 0,
            };
        }
        self.bytes >= SERVED_BYTES_MAX
    }

    /// Whether it still counts.
    const fn is_recent(&self, now_ms: u64) -> bool {
        now_ms.abs_diff(self.since_ms) < SERVED_MS
    }

    fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes.max(REQUEST_COST_BYTES));
    }
}

/// Where fetching stands.
#[derive(Debug, Default)]
pub(super) struct Sync {
    request: Option<Asked>,
    /// The peer asked last, so that the next one gets its turn.
    last_peer: Option<PublicKey>,
    /// The timer runs, set when the tip was at this height.
    armed_at: Option<Height>,
    /// Peers that did not help or were slow, whether or not they are there.
    complaints: BTreeMap<PublicKey, Complaint>,
}

/// A request for blocks that is under way.
#[derive(Clone, Copy, Debug)]
struct Asked {
    id: RequestId,
    peer: PublicKey,
    /// The height of the first block asked for.
    from: Height,
}

/// What a peer did when it was asked for blocks, and when.
#[derive(Clone, Copy, Debug)]
struct Complaint {
    since_ms: u64,
    conduct: Conduct,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conduct {
    /// It served nothing it announced, or something wrong.
    NoHelp,
    /// It helped, after a long time.
    Slow,
}

/// When a peer is asked, beside others that have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// Nothing is held against it.
    First,
    /// It was slow: when there is no other.
    Second,
    /// It did not help: when there are not even slow ones.
    Last,
    /// It has just not helped: not at all.
    Never,
}

impl Complaint {
    /// Whether it still counts. A step of the clock, ahead or back, ends it.
    fn is_recent(&self, now_ms: u64) -> bool {
        self.is_within(now_ms, COUNTS_MS)
    }

    fn turn(&self, now_ms: u64) -> Turn {
        match self.conduct {
            Conduct::NoHelp if self.is_within(now_ms, SHUN_MS) => Turn::Never,
            Conduct::NoHelp if self.is_recent(now_ms) => Turn::Last,
            Conduct::Slow if self.is_recent(now_ms) => Turn::Second,
            Conduct::NoHelp | Conduct::Slow => Turn::First,
        }
    }

    fn is_within(&self, now_ms: u64, time_ms: u64) -> bool {
        let for_ever = self.conduct == Conduct::NoHelp && planted::is(Planted::ShunnedForEver);
        for_ever || now_ms.abs_diff(self.since_ms) < time_ms
    }
}

impl Sync {
    /// Whether blocks are being fetched.
    pub(super) const fn is_active(&self) -> bool {
        self.request.is_some()
    }

    /// How many peers did not help or were slow.
    pub(super) fn load(&self) -> Load {
        let count = self.complaints.len();
        Load::new("peers that did not help", count, REMEMBERED_PEERS_MAX)
    }

    /// When a peer is asked.
    fn turn(&self, peer: &PublicKey, now_ms: u64) -> Turn {
        let complaint = self.complaints.get(peer);
        complaint.map_or(Turn::First, |complaint| complaint.turn(now_ms))
    }
}

impl Replica {
    /// A peer is there. What it was served a moment ago counts even when it was away since.
    pub(super) fn connect_peer(&mut self, peer: PublicKey) {
        let before = self.peers.get(&peer).map(|it| it.served);
        let served = self.departed.remove(&peer).or(before).unwrap_or_default();
        let fresh = Peer {
            served,
            ..Peer::default()
        };
        self.peers.insert(peer, fresh);
    }

    /// A peer is gone.
    pub(super) fn disconnect_peer(&mut self, peer: &PublicKey) {
        let now_ms = self.now_ms;
        self.departed.retain(|_, served| served.is_recent(now_ms));
        if let Some(before) = self.peers.remove(peer)
            && before.served.is_recent(now_ms)
            && self.departed.len() < REMEMBERED_PEERS_MAX
        {
            self.departed.insert(*peer, before.served);
        }
    }

    /// A peer says how far it is.
    pub(super) fn receive_announcement(&mut self, from: PublicKey, height: Height) -> Step {
        if let Some(peer) = self.peers.get_mut(&from) {
            peer.height = Some(height);
            self.consider_sync();
        }
        Ok(())
    }

    /// A validator has sent something for a height that was not begun here.
    pub(super) fn peer_ahead(&mut self, validator: &ValidatorAddress, height: Height) -> Step {
        if planted::is(Planted::PeerAheadIgnored) {
            return Ok(());
        }
        if height == self.tip.height.next() {
            return self.wake_for_peer(height);
        }
        let committed = Height(height.0.saturating_sub(1));
        let peer = self.peer_of(validator);
        if let Some(peer) = peer.and_then(|peer| self.peers.get_mut(&peer)) {
            peer.height = peer.height.max(Some(committed));
        }
        self.consider_sync();
        Ok(())
    }

    /// The greatest height a peer has announced that is not being left alone.
    pub(super) fn best_peer_height(&self) -> Height {
        self.peers
            .iter()
            .filter(|(key, _)| self.sync.turn(key, self.now_ms) != Turn::Never)
            .filter_map(|(_, peer)| peer.height)
            .max()
            .unwrap_or(Height::GENESIS)
    }

    fn consider_sync(&mut self) {
        let gap = self.best_peer_height().0.saturating_sub(self.tip.height.0);
        if gap == 0 || self.sync.is_active() {
            return;
        }
        if gap > GAP_MAX {
            self.sync_now();
        } else if self.sync.armed_at.is_none() {
            self.arm_sync_timer();
        }
    }

    fn arm_sync_timer(&mut self) {
        self.sync.armed_at = Some(self.tip.height);
        self.set_timer(TimerKey::Sync, PATIENCE_MS);
    }

    pub(super) fn sync_timer_ran_out(&mut self) -> Step {
        let armed_at = self.sync.armed_at;
        if !planted::is(Planted::SyncTimerSticks) {
            self.sync.armed_at = None;
        }
        if self.undelivered.is_some() || armed_at == Some(self.tip.height) {
            if self.undelivered.is_some() || self.best_peer_height() > self.tip.height {
                self.sync_now();
            }
        } else {
            self.consider_sync();
        }
        Ok(())
    }

    /// Asks the next peer that has what comes after the tip, by [`Turn`]. When none has, a decision without its block tries
    /// again later.
    pub(super) fn sync_now(&mut self) {
        if self.sync.is_active() {
            return;
        }
        let next = self.tip.height.next();
        let has_it = |peer: &Peer| {
            self.undelivered.is_some() || peer.height.is_some_and(|height| height >= next)
        };
        let able: Vec<(Turn, PublicKey)> = self
            .peers
            .iter()
            .filter(|(_, peer)| has_it(peer))
            .map(|(key, _)| (self.sync.turn(key, self.now_ms), *key))
            .filter(|(turn, _)| *turn != Turn::Never)
            .collect();
        let turn = able.iter().map(|(turn, _)| *turn).min();
        let able: Vec<PublicKey> = able
            .into_iter()
            .filter(|(of, _)| Some(*of) == turn)
            .map(|(_, key)| key)
            .collect();
        let after_last = able
            .iter()
            .find(|key| self.sync.last_peer.is_none_or(|last| **key > last));
        let Some(peer) = after_last.or(able.first()).copied() else {
            if self.undelivered.is_some() {
                self.arm_sync_timer();
            }
            return;
        };
        let id = self.next_request();
        self.sync.request = Some(Asked {
            id,
            peer,
            from: next,
        });
        self.sync.last_peer = Some(peer);
        let request = PeerRequest::Blocks {
            from: next,
            count_max: BLOCKS_MAX,
        };
        self.effects.push(ReplicaEffect::SendRequest {
            peer,
            id,
            bytes: codec::encode(&request),
        });
    }

    /// What came of a request of this node, whatever it asked for.
    pub(super) fn receive_response(
        &mut self,
        id: RequestId,
        outcome: Result<Vec<u8>, RequestFailure>,
        took_ms: u64,
    ) -> Step {
        let peer = self.requested_peer(id);
        let response = match outcome.as_deref().map(PeerResponse::decode) {
            Ok(Ok(response)) => Some(response),
            Ok(Err(error)) => {
                if let Some(peer) = peer {
                    self.penalise(peer, error.to_string());
                }
                None
            }
            Err(_) => None,
        };
        match self.receive_bodies(id, response)? {
            Handled::Yes => Ok(()),
            Handled::No(response) => self.receive_blocks(id, response, took_ms),
        }
    }

    fn requested_peer(&self, id: RequestId) -> Option<PublicKey> {
        let of_sync = self.sync.request.filter(|asked| asked.id == id);
        of_sync
            .map(|asked| asked.peer)
            .or_else(|| self.gathering.requested_peer(id))
    }

    fn receive_blocks(
        &mut self,
        id: RequestId,
        response: Option<PeerResponse>,
        took_ms: u64,
    ) -> Step {
        let Some(asked) = self.sync.request.take_if(|asked| asked.id == id) else {
            return Ok(());
        };
        let peer = asked.peer;
        if took_ms > SLOW_MS {
            self.complain(&peer, Conduct::Slow);
        }
        let before = self.tip.height;
        let announced = self.peers.get(&peer).and_then(|peer| peer.height);
        match response {
            Some(PeerResponse::Blocks(blocks)) => {
                for served in blocks {
                    let height = served.block.header.height;
                    if height <= self.tip.height {
                        // Consensus decided it while the request was under way.
                        continue;
                    }
                    if let Err(reason) = self.take_block(served)? {
                        self.penalise(peer, reason.to_owned());
                        self.shun(&peer);
                        self.alarm(Alarm::BadBlockServed {
                            peer,
                            height,
                            reason: reason.to_owned(),
                        });
                        break;
                    }
                }
                let is_still_wanted = self.tip.height.next() == asked.from;
                if is_still_wanted && announced >= Some(asked.from) {
                    // It said it had the next block, and gave none.
                    self.shun(&peer);
                }
            }
            Some(_) => {
                self.penalise(
                    peer,
                    "it answered something else than it was asked".to_owned(),
                );
                self.shun(&peer);
            }
            None => self.shun(&peer),
        }
        self.go_on_after_response(before)
    }

    fn go_on_after_response(&mut self, before: Height) -> Step {
        if self.undelivered.is_some() && self.tip.height == before {
            self.arm_sync_timer();
            return Ok(());
        }
        if self.best_peer_height() > self.tip.height {
            self.sync_now();
        }
        // A single peer can say what it likes and never answer. Consensus waits only for blocks that somebody honest has.
        let blocks_to_come = self.sync.is_active() && self.is_credibly_behind();
        if self.phase == Phase::Between && !blocks_to_come {
            return self.begin_next();
        }
        Ok(())
    }

    /// Whether so many validators say that they have the next block that without them there is no quorum: one is honest.
    fn is_credibly_behind(&self) -> bool {
        let tip = self.tip.height;
        let others = self.validators.as_slice().iter().filter(|validator| {
            let peer = self.peers.get(&validator.peer_key);
            peer.and_then(|peer| peer.height) <= Some(tip)
        });
        let power = others.fold(0u64, |sum, validator| sum.saturating_add(validator.power));
        !self.validators.is_quorum(power)
    }

    fn shun(&mut self, peer: &PublicKey) {
        self.complain(peer, Conduct::NoHelp);
    }

    fn complain(&mut self, peer: &PublicKey, conduct: Conduct) {
        let since_ms = self.now_ms;
        let complaints = &mut self.sync.complaints;
        complaints.retain(|key, before| key != peer && before.is_recent(since_ms));
        if complaints.len() < REMEMBERED_PEERS_MAX {
            complaints.insert(*peer, Complaint { since_ms, conduct });
        }
    }

    /// Commits the next block from a peer, or says what is wrong with it.
    fn take_block(&mut self, served: CommittedBlock) -> Step<Result<(), &'static str>> {
        let CommittedBlock { block, certificate } = served;
        let header = &block.header;
        if header.height != self.tip.height.next() {
            return Ok(Err("a block that does not follow the one before"));
        }
        let block_id = header.id();
        let proven =
            certificate.verify(self.tip.chain_id, header.height, block_id, &self.validators);
        if proven.is_err() && !planted::is(Planted::SyncedBlockUnproven) {
            return Ok(Err("a certificate that proves nothing"));
        }
        let complete = transactions_root(&block.transactions) == header.transactions_root;
        if !complete && !planted::is(Planted::SyncedBodyUnchecked) {
            return Ok(Err("transactions that are not the block's"));
        }
        // From here on the block is what a quorum decided: if it fails, this node is wrong, not the peer.
        self.leave_height();
        self.commit_decided(block, None, certificate)?;
        Ok(Ok(()))
    }

    /// Consensus at the height in progress is over: its block has come from a peer.
    fn leave_height(&mut self) {
        self.phase = Phase::Between;
        self.host_inputs.clear();
        self.cancel_consensus_timers();
    }

    /// A peer asks.
    pub(super) fn serve(&mut self, from: PublicKey, id: InboundRequestId, bytes: &[u8]) -> Step {
        let now_ms = self.now_ms;
        let asker = self.peers.get_mut(&from);
        if asker.is_none_or(|peer| peer.served.is_too_much(now_ms)) {
            self.effects
                .push(ReplicaEffect::Respond { id, bytes: None });
            return Ok(());
        }
        let response = match PeerRequest::decode(bytes) {
            Ok(PeerRequest::Blocks { from, count_max }) => {
                Some(PeerResponse::Blocks(self.serve_blocks(from, count_max)?))
            }
            Ok(PeerRequest::Body { block_id, .. }) => {
                Some(PeerResponse::Body(self.serve_body(block_id)))
            }
            Ok(PeerRequest::Envelopes {
                block_id,
                envelope_hashes,
                ..
            }) => {
                let bytes_max = RESPONSE_BYTES_MAX.saturating_sub(RESPONSE_OVERHEAD_BYTES);
                let envelopes = self.serve_envelopes(block_id, &envelope_hashes, bytes_max);
                Some(PeerResponse::Envelopes(envelopes))
            }
            Err(error) => {
                self.penalise(from, error.to_string());
                None
            }
        };
        let bytes = response.map(|response| codec::encode(&response));
        if let Some(peer) = self.peers.get_mut(&from) {
            peer.served.add(bytes.as_ref().map_or(0, Vec::len));
        }
        self.effects.push(ReplicaEffect::Respond { id, bytes });
        Ok(())
    }

    fn serve_blocks(&self, from: Height, count_max: u16) -> Step<Vec<CommittedBlock>> {
        let mut served = Vec::new();
        let mut bytes = 0usize;
        let mut height = from.max(Height(1));
        if planted::is(Planted::ServedFromNext) {
            height = height.next();
        }
        for _ in 0..count_max.min(BLOCKS_IN_RESPONSE_MAX) {
            if height > self.tip.height {
                break;
            }
            let Some(block) = self.storage.blocks.block(height)? else {
                break;
            };
            let length = block_bytes(&block);
            if !served.is_empty() && bytes.saturating_add(length) > BLOCKS_BYTES {
                break;
            }
            bytes = bytes.saturating_add(length);
            served.push(block);
            height = height.next();
        }
        Ok(served)
    }
}

/// About what a block takes in a response.
fn block_bytes(served: &CommittedBlock) -> usize {
    /// A header, or one signature of a certificate, is well below this.
    const PART_BYTES: usize = 512;
    let transactions: &[Arc<_>] = &served.block.transactions;
    let parts = served.certificate.signatures.len().saturating_add(1);
    transactions
        .iter()
        .fold(parts.saturating_mul(PART_BYTES), |sum, sealed| {
            sum.saturating_add(sealed.bytes().len())
        })
}

#[cfg(test)]
mod tests;
