//! What a node reports: equivocations to the ledger and its operator, and its own condition to whoever asks.

use std::sync::Arc;

use ledger_core::certificate::Evidence;
use ledger_core::hash::{Domain, hash_of};
use ledger_core::id::Height;
use ledger_core::record::chain::EvidenceRecord;
use ledger_core::state::{Overlay, StateKey};
use ledger_core::time::DAY_MS;
use ledger_core::transaction::government::SubmitEvidence;
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::Validator;

use super::effect::Alarm;
use super::pacing::Phase;
use super::status::{MempoolStatus, PeerStatus, Status};
use super::{Load, Replica, Step};

/// How many equivocations are remembered for the API; the ledger remembers all.
const SIGHTINGS_MAX: usize = 256;

/// Equivocations this node saw.
#[derive(Clone, Debug, Default)]
pub(super) struct Sightings {
    evidence: Arc<Vec<Evidence>>,
}

impl Sightings {
    /// How full it is.
    pub(super) fn load(&self) -> Load {
        Load::new("contradictions seen", self.evidence.len(), SIGHTINGS_MAX)
    }

    /// Whether this one is new.
    fn add(&mut self, evidence: &Evidence) -> bool {
        let place = |evidence: &Evidence| {
            let vote = &evidence.first.vote;
            (vote.validator, vote.height, vote.round, vote.step)
        };
        if self
            .evidence
            .iter()
            .any(|known| place(known) == place(evidence))
        {
            return false;
        }
        let evidences = Arc::make_mut(&mut self.evidence);
        if evidences.len() >= SIGHTINGS_MAX {
            evidences.remove(0);
        }
        evidences.push(evidence.clone());
        true
    }
}

impl Replica {
    /// A validator has contradicted itself: put it on the ledger, unless it is there.
    pub(super) fn report_equivocation(&mut self, evidence: Evidence) -> Step {
        if !self.sightings.add(&evidence) {
            return Ok(());
        }
        let vote = &evidence.first.vote;
        let (validator, height, round, step) = (vote.validator, vote.height, vote.round, vote.step);
        self.alarm(Alarm::Equivocation {
            validator,
            height,
            round,
        });
        let view = self.storage.state.snapshot();
        let key = StateKey::Evidence(validator, height, round, step);
        let known: Option<EvidenceRecord> = Overlay::new(&view).load(&key)?;
        if known.is_some() {
            return Ok(());
        }
        let valid_until_ms = self.next_block_time(&view)?.plus_ms(DAY_MS);
        drop(view);
        // Whoever else saw it submits it with another key, and so as another transaction; the first one counts.
        let mut nonce = [0; 16];
        let digest = hash_of(Domain::EvidenceCommitment, &evidence);
        nonce.copy_from_slice(&digest.as_bytes()[..16]);
        let signer = Signer::Key(self.config.key.public_key());
        let transaction = Transaction {
            chain_id: self.tip.chain_id,
            version: TRANSACTION_VERSION,
            signer,
            valid_until_ms,
            nonce,
            operation: Operation::SubmitEvidence(Box::new(SubmitEvidence { evidence })),
        };
        let signature = transaction.sign(&self.config.key);
        let envelope = Envelope::new(transaction, [SignedBy { signer, signature }]);
        self.submit_own(Arc::new(SealedEnvelope::new(envelope)))
    }

    /// A snapshot for the API, metrics and logs.
    pub fn status(&self) -> Status {
        let validator_of = |peer| {
            let mut validators = self.validators.as_slice().iter();
            validators.find(|validator| validator.peer_key == peer)
        };
        let peers = self
            .peers
            .iter()
            .map(|(key, peer)| PeerStatus {
                peer: *key,
                validator: validator_of(*key).map(Validator::address),
                height: peer.height,
            })
            .collect();
        let in_set = self.validators.by_address(&self.address).is_some();
        Status {
            chain_id: self.tip.chain_id,
            height: self.tip.height,
            block_id: self.tip.block_id,
            time_ms: self.tip.time_ms,
            last_commit_ms: self.last_commit_ms,
            catching_up: self.sync.is_active() || self.undelivered.is_some(),
            idle: matches!(self.phase, Phase::Awaiting(_)),
            round: match self.phase {
                Phase::Deciding { height, round } => Some((height, round)),
                Phase::Between | Phase::Resting(_) | Phase::Awaiting(_) => None,
            },
            peers,
            quorum_height: self.quorum_height(),
            quorum_connected: self.is_quorum(|_| true),
            mempool: MempoolStatus {
                ready: self.mempool.ready_count(),
                waiting: self.mempool.waiting_count(),
                verifying: self.admission.verifying_count(),
                bytes: self.mempool.bytes(),
            },
            validators: Arc::clone(&self.validators),
            address: self.address,
            in_set,
            voting: in_set && !self.observing,
            evidence: Arc::clone(&self.sightings.evidence),
        }
    }

    /// The greatest height that a quorum of the validators, as far as they are connected, has reached.
    fn quorum_height(&self) -> Height {
        let mut heights: Vec<Height> = self
            .peers
            .values()
            .filter_map(|peer| peer.height)
            .chain([self.tip.height])
            .collect();
        heights.sort_unstable();
        heights
            .into_iter()
            .rev()
            .find(|height| self.is_quorum(|reached| reached >= *height))
            .unwrap_or(Height::GENESIS)
    }

    /// Whether this node and its connected peers, as far as their heights `count`, hold a quorum.
    fn is_quorum(&self, count: impl Fn(Height) -> bool) -> bool {
        let power = self
            .validators
            .as_slice()
            .iter()
            .filter(|validator| {
                let height = if validator.address() == self.address {
                    Some(self.tip.height)
                } else {
                    let peer = self.peers.get(&validator.peer_key);
                    peer.map(|peer| peer.height.unwrap_or(Height::GENESIS))
                };
                height.is_some_and(&count)
            })
            .fold(0u64, |sum, validator| sum.saturating_add(validator.power));
        self.validators.is_quorum(power)
    }
}
