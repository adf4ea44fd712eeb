//! Gathering the bodies of proposed blocks, and serving them.
//!
//! The list of a block's envelopes is vouched for by the header, and each envelope by its hash in the list, so anyone may
//! hand them on. What this node does not hold is asked of the proposer first and then of every other peer in turn, with
//! pauses, a bounded number of times, and again when the block is proposed again or a peer comes. What always holds: bodies
//! are kept of validators and of whoever was asked, and each has room of its own; of a block no more is gathered than a
//! block may have; no peer is asked for the same twice before all others; nothing that is sent again and again puts off the asking, or
//! has it done sooner or more often.

mod wanted;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use ledger_core::block::{BLOCK_BYTES_MAX, Block, Header};
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::ledger::BlockError;
use ledger_core::signature::PublicKey;
use ledger_core::transaction::SealedEnvelope;
use ledger_core::validator::ValidatorAddress;

use self::wanted::{Envelopes, KeptBody, Wanted};
use super::input::RequestId;
use super::messages::{PeerRequest, PeerResponse, ProposalBody};
use super::validation::Timely;
use super::{Load, Replica, ReplicaEffect, Step, TimerKey};

/// Bodies kept of one validator: its proposals of this height and the next.
const BODIES_OF_PEER_MAX: usize = 4;
/// Blocks under examination at a time; the host asks about genuine proposals only, one a round.
const CHECKS_MAX: usize = 16;
/// How long a message on its way may take to bring an envelope before it is asked for.
const ARRIVAL_GRACE_MS: u64 = 10;
/// The pause after every peer was asked in vain.
const FETCH_PAUSE_MS: u64 = 200;
/// How often all peers are asked for one body.
const FETCH_ROUNDS_MAX: u32 = 100;

/// A proposed block under examination.
#[derive(Debug)]
struct Check {
    header: Header,
    round: u32,
    proposer: ValidatorAddress,
    timely: Timely,
    wanted: Wanted,
    request: Option<RequestId>,
    asked: BTreeSet<PublicKey>,
    rounds: u32,
}

/// The proposed blocks of the height in progress that are not judged yet.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    bodies: BTreeMap<PublicKey, VecDeque<KeptBody>>,
    checks: BTreeMap<BlockId, Check>,
    requests: BTreeMap<RequestId, (BlockId, PublicKey)>,
    /// When the timer runs out after which everything missing is asked for, by the node's clock; none: it does not run.
    timer_due_ms: Option<u64>,
}

impl Gathering {
    /// How full it is, when so many may send bodies.
    pub(super) fn loads(&self, senders: usize) -> [Load; 5] {
        let fullest = self.bodies.values().map(VecDeque::len).max();
        let bytes = self.envelopes().map(Envelopes::bytes);
        [
            Load::new("senders of bodies", self.bodies.len(), senders),
            Load::new(
                "bodies of one sender",
                fullest.unwrap_or(0),
                BODIES_OF_PEER_MAX,
            ),
            Load::new("blocks under examination", self.checks.len(), CHECKS_MAX),
            Load::new(
                "bytes of a block gathered",
                bytes.max().unwrap_or(0),
                BLOCK_BYTES_MAX,
            ),
            // A question that no longer matters is open until it is answered or its time is up.
            Load::new(
                "requests for bodies",
                self.requests.len(),
                CHECKS_MAX.saturating_mul(2),
            ),
        ]
    }

    /// Forgets everything about heights before `height`.
    pub(super) fn enter(&mut self, height: Height) {
        self.checks.clear();
        self.requests.clear();
        // If the timer runs, it does so for a height that is over: the first block of this one starts it anew.
        self.timer_due_ms = None;
        for bodies in self.bodies.values_mut() {
            bodies.retain(|kept| kept.body.height >= height);
        }
        self.bodies.retain(|_, bodies| !bodies.is_empty());
    }

    fn envelopes(&self) -> impl Iterator<Item = &Envelopes> {
        self.checks
            .values()
            .filter_map(|check| match &check.wanted {
                Wanted::Envelopes(envelopes) => Some(envelopes),
                Wanted::List => None,
            })
    }

    pub(super) fn forget_peer(&mut self, peer: &PublicKey) {
        self.bodies.remove(peer);
    }

    fn keep_body(&mut self, from: PublicKey, body: ProposalBody) {
        let bodies = self.bodies.entry(from).or_default();
        bodies.retain(|kept| kept.body.block_id != body.block_id);
        bodies.push_back(KeptBody::new(body));
        if bodies.len() > BODIES_OF_PEER_MAX {
            bodies.pop_front();
        }
    }

    fn find_body(&self, header: &Header, block_id: BlockId) -> Option<&ProposalBody> {
        let mut kept = self.bodies.values().flatten();
        kept.find(|kept| kept.is_of(header, block_id))
            .map(|kept| &kept.body)
    }

    /// What came along with the bodies of a block, right or wrong ones.
    fn carried(&self, block_id: BlockId) -> BTreeMap<Hash, &Arc<SealedEnvelope>> {
        let kept = self.bodies.values().flatten();
        kept.filter(|kept| kept.body.block_id == block_id)
            .flat_map(|kept| &kept.body.carried)
            .map(|sealed| (sealed.envelope_hash(), sealed))
            .collect()
    }

    /// An envelope has arrived, by whatever way: perhaps a block under examination lacks it.
    pub(super) fn take_body(&mut self, sealed: &Arc<SealedEnvelope>) {
        for check in self.checks.values_mut() {
            if let Wanted::Envelopes(envelopes) = &mut check.wanted {
                envelopes.take(sealed);
            }
        }
    }

    fn forget_oldest_check(&mut self) {
        let oldest = self
            .checks
            .iter()
            .min_by_key(|(_, check)| check.round)
            .map(|(block_id, _)| *block_id);
        if let Some(block_id) = oldest {
            self.checks.remove(&block_id);
        }
    }

    /// Whom the request for a body went to.
    pub(super) fn requested_peer(&self, id: RequestId) -> Option<PublicKey> {
        self.requests.get(&id).map(|(_, peer)| *peer)
    }

    /// The blocks for which nothing more is looked for.
    fn gathered(&self) -> Vec<BlockId> {
        self.checks
            .iter()
            .filter(|(_, check)| match &check.wanted {
                Wanted::List => false,
                Wanted::Envelopes(envelopes) => {
                    envelopes.missing().is_empty() || envelopes.is_too_long()
                }
            })
            .map(|(id, _)| *id)
            .collect()
    }
}

/// Whether a response was taken.
#[derive(Debug)]
pub(super) enum Handled {
    /// It was.
    Yes,
    /// It belongs to another request.
    No(Option<PeerResponse>),
}

impl Replica {
    /// A body has come from a peer.
    pub(super) fn receive_body(&mut self, from: PublicKey, body: ProposalBody) -> Step {
        let next = self.tip.height.next();
        let wanted = body.height == next || body.height == next.next();
        let of_validator = self
            .validators
            .as_slice()
            .iter()
            .any(|validator| validator.peer_key == from);
        if !wanted || !of_validator {
            return Ok(());
        }
        let block_id = body.block_id;
        for sealed in &body.carried {
            self.gathering.take_body(sealed);
        }
        self.gathering.keep_body(from, body);
        // Whoever sends a body again, right or wrong, changes neither when nor how often what is missing is asked for.
        let is_new = self.take_list(block_id);
        self.finish_gathered_checks()?;
        if is_new && let Some(check) = self.gathering.checks.get_mut(&block_id) {
            check.rounds = 0;
            // Whoever sends the list has answered the question for it.
            check.asked.remove(&from);
            self.set_fetch_timer(ARRIVAL_GRACE_MS);
        }
        Ok(())
    }

    /// Somebody new is there to be asked: at once, or when the pause is over.
    pub(super) fn ask_anew(&mut self) {
        for check in self.gathering.checks.values_mut() {
            check.rounds = 0;
        }
        if self.gathering.timer_due_ms.is_none() {
            self.fetch_bodies();
        }
    }

    /// The host wants a verdict on the block under `header`, for the first time, or as the block is proposed again.
    pub(super) fn check_block(
        &mut self,
        header: Header,
        round: u32,
        proposer: ValidatorAddress,
    ) -> Step {
        let block_id = header.id();
        let timely = self.judge_time(&header)?;
        if header.height != self.tip.height.next() {
            return Ok(());
        }
        if let Some((block, execution)) = self.find_kept(block_id)? {
            return self.judge_block(block_id, block, execution, proposer, timely);
        }
        let proposing_peer = self.peer_of(&proposer);
        if let Some(check) = self.gathering.checks.get_mut(&block_id) {
            check.round = round;
            // Whoever proposes it again has all of it: everybody is asked once more, even if that was given up.
            check.proposer = proposer;
            check.rounds = check.rounds.min(FETCH_ROUNDS_MAX.saturating_sub(1));
            if let Some(peer) = proposing_peer {
                check.asked.remove(&peer);
            }
            self.set_fetch_timer(FETCH_PAUSE_MS);
            return Ok(());
        }
        if self.gathering.checks.len() >= CHECKS_MAX {
            // Rounds have passed without a decision; the oldest questions no longer matter.
            self.gathering.forget_oldest_check();
        }
        let check = Check {
            header,
            round,
            proposer,
            timely,
            wanted: Wanted::List,
            request: None,
            asked: BTreeSet::new(),
            rounds: 0,
        };
        self.gathering.checks.insert(block_id, check);
        self.gather(block_id)
    }

    /// Takes what is at hand for a block that is examined from now on, and asks for the rest.
    fn gather(&mut self, block_id: BlockId) -> Step {
        self.take_list(block_id);
        self.finish_gathered_checks()?;
        match self.gathering.checks.get(&block_id) {
            Some(check) if matches!(check.wanted, Wanted::List) => self.fetch(block_id),
            Some(_) => self.set_fetch_timer(ARRIVAL_GRACE_MS),
            None => {}
        }
        Ok(())
    }

    /// Starts the timer after which everything missing is asked for, unless it runs and runs out earlier.
    fn set_fetch_timer(&mut self, after_ms: u64) {
        let due_ms = self.now_ms.saturating_add(after_ms);
        let running = self.gathering.timer_due_ms;
        if running.is_none_or(|running_due_ms| due_ms < running_due_ms) {
            self.gathering.timer_due_ms = Some(due_ms);
            self.set_timer(TimerKey::FetchBodies, after_ms);
        }
    }

    /// That timer has run out.
    pub(super) fn fetch_timer_ran_out(&mut self) {
        self.gathering.timer_due_ms = None;
        self.fetch_bodies();
    }

    /// Takes the list of a block's envelopes if it is at hand and was not before; whether that is so.
    fn take_list(&mut self, block_id: BlockId) -> bool {
        let Some(check) = self.gathering.checks.get(&block_id) else {
            return false;
        };
        if !matches!(check.wanted, Wanted::List) {
            return false;
        }
        let Some(body) = self.gathering.find_body(&check.header, block_id) else {
            return false;
        };
        let carried = self.gathering.carried(block_id);
        let envelopes = Envelopes::new(body.envelope_hashes.clone(), |envelope_hash| {
            self.mempool
                .body(envelope_hash)
                .or_else(|| carried.get(envelope_hash).copied())
                .or_else(|| self.admission.body(envelope_hash))
        });
        if let Some(check) = self.gathering.checks.get_mut(&block_id) {
            check.wanted = Wanted::Envelopes(envelopes);
            check.asked.clear();
            // Whoever is asked for the list this moment has let it come from others: it is not waited for, and asked last.
            let open = check.request.take();
            if let Some((_, peer)) = open.and_then(|id| self.gathering.requests.remove(&id)) {
                check.asked.insert(peer);
            }
        }
        true
    }

    /// Judges the blocks of which nothing is missing any more.
    pub(super) fn finish_gathered_checks(&mut self) -> Step {
        for block_id in self.gathering.gathered() {
            let Some(check) = self.gathering.checks.remove(&block_id) else {
                continue;
            };
            if let Some(request) = check.request {
                self.gathering.requests.remove(&request);
            }
            let Wanted::Envelopes(envelopes) = check.wanted else {
                continue;
            };
            if envelopes.is_too_long() {
                let bytes = envelopes.bytes();
                let error = BlockError::TooLong { bytes };
                self.refuse_block(check.header.height, block_id, check.proposer, &error);
                continue;
            }
            let block = Arc::new(Block {
                header: check.header,
                transactions: envelopes.into_transactions(),
            });
            self.judge_block(block_id, block, None, check.proposer, check.timely)?;
        }
        Ok(())
    }

    /// Asks for everything that is still missing and not asked for.
    fn fetch_bodies(&mut self) {
        let open: Vec<BlockId> = self
            .gathering
            .checks
            .iter()
            .filter(|(_, check)| check.request.is_none())
            .map(|(block_id, _)| *block_id)
            .collect();
        for block_id in open {
            self.fetch(block_id);
        }
    }

    /// Asks the next peer for what a block under examination lacks: its proposer first, then everybody else.
    fn fetch(&mut self, block_id: BlockId) {
        let Some(check) = self.gathering.checks.get(&block_id) else {
            return;
        };
        if check.request.is_some() || check.rounds >= FETCH_ROUNDS_MAX {
            return;
        }
        let peer = self
            .peer_of(&check.proposer)
            .into_iter()
            .chain(self.peers.keys().copied())
            .find(|peer| !check.asked.contains(peer));
        let height = check.header.height;
        let request = match &check.wanted {
            Wanted::List => PeerRequest::Body { height, block_id },
            Wanted::Envelopes(envelopes) => PeerRequest::Envelopes {
                height,
                block_id,
                envelope_hashes: envelopes.missing().iter().copied().collect(),
            },
        };
        let id = self.next_request();
        let Some(check) = self.gathering.checks.get_mut(&block_id) else {
            return;
        };
        let Some(peer) = peer else {
            check.asked.clear();
            check.rounds = check.rounds.saturating_add(1);
            self.set_fetch_timer(FETCH_PAUSE_MS);
            return;
        };
        check.asked.insert(peer);
        check.request = Some(id);
        self.gathering.requests.insert(id, (block_id, peer));
        self.effects.push(ReplicaEffect::SendRequest {
            peer,
            id,
            bytes: codec::encode(&request),
        });
    }

    /// Takes the outcome of a request, if it was one for a body. An absent response is none that helps.
    pub(super) fn receive_bodies(
        &mut self,
        id: RequestId,
        response: Option<PeerResponse>,
    ) -> Step<Handled> {
        let Some((block_id, peer)) = self.gathering.requests.remove(&id) else {
            return Ok(Handled::No(response));
        };
        if let Some(check) = self.gathering.checks.get_mut(&block_id) {
            // An earlier question about a block that was forgotten meanwhile is not the one that is open.
            check.request.take_if(|open| *open == id);
        }
        let outcome = match response {
            Some(PeerResponse::Body(Some(body))) => self.take_fetched_list(block_id, peer, body),
            Some(PeerResponse::Envelopes(envelopes)) => {
                self.take_fetched_envelopes(block_id, envelopes)
            }
            Some(PeerResponse::Body(None)) | None => Ok(()),
            Some(PeerResponse::Blocks(_)) => Err("it answered with blocks"),
        };
        if let Err(reason) = outcome {
            self.penalise(peer, reason.to_owned());
        }
        self.take_list(block_id);
        self.finish_gathered_checks()?;
        self.fetch(block_id);
        Ok(Handled::Yes)
    }

    fn take_fetched_list(
        &mut self,
        block_id: BlockId,
        peer: PublicKey,
        body: ProposalBody,
    ) -> Result<(), &'static str> {
        let Some(check) = self.gathering.checks.get(&block_id) else {
            return Ok(());
        };
        if body.block_id != block_id || !body.matches(&check.header.transactions_root) {
            return Err("the list of envelopes is not the block's");
        }
        // What is kept goes when its height is over, and holds no envelopes that nobody asked for.
        if body.height != check.header.height || !body.carried.is_empty() {
            return Err("the list of envelopes says more than it was asked");
        }
        self.gathering.keep_body(peer, body);
        Ok(())
    }

    fn take_fetched_envelopes(
        &mut self,
        block_id: BlockId,
        envelopes: Vec<Arc<SealedEnvelope>>,
    ) -> Result<(), &'static str> {
        let Some(check) = self.gathering.checks.get_mut(&block_id) else {
            return Ok(());
        };
        let Wanted::Envelopes(wanted) = &mut check.wanted else {
            return Ok(());
        };
        // Whoever answers has given all it has, as one answer holds a whole block: the next question goes to the next peer.
        for sealed in envelopes {
            if !wanted.take(&sealed) && !wanted.names(&sealed.envelope_hash()) {
                return Err("an envelope it sent was not asked for");
            }
        }
        Ok(())
    }

    /// The list of a proposed block's envelopes, for a peer.
    pub(super) fn serve_body(&self, block_id: BlockId) -> Option<ProposalBody> {
        let block = self.proposals.block(block_id)?;
        Some(ProposalBody {
            height: block.header.height,
            block_id,
            envelope_hashes: block
                .transactions
                .iter()
                .map(|sealed| sealed.envelope_hash())
                .collect(),
            carried: Vec::new(),
        })
    }

    /// Those of the envelopes that are at hand, up to `bytes_max`, for a peer.
    pub(super) fn serve_envelopes(
        &self,
        block_id: BlockId,
        envelope_hashes: &[Hash],
        bytes_max: usize,
    ) -> Vec<Arc<SealedEnvelope>> {
        let of_block: BTreeMap<Hash, &Arc<SealedEnvelope>> = self
            .proposals
            .block(block_id)
            .map(|block| {
                let transactions = block.transactions.iter();
                transactions
                    .map(|sealed| (sealed.envelope_hash(), sealed))
                    .collect()
            })
            .unwrap_or_default();
        let mut bytes = 0usize;
        let mut served = Vec::new();
        for envelope_hash in envelope_hashes {
            let held = of_block
                .get(envelope_hash)
                .copied()
                .or_else(|| self.mempool.body(envelope_hash))
                .or_else(|| self.admission.body(envelope_hash));
            if let Some(sealed) = held {
                bytes = bytes.saturating_add(sealed.bytes().len());
                if bytes > bytes_max {
                    break;
                }
                served.push(Arc::clone(sealed));
            }
        }
        served
    }
}

#[cfg(test)]
mod tests;
