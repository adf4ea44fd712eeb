//! Somebody who never believes that it went through: the same transaction again and again, at many nodes at once, before
//! and long after it is final, also in other envelopes.

use std::sync::Arc;

use ledger_core::codec;
use ledger_core::transaction::{SealedEnvelope, SignedBy, Signer};
use timebank_node::api::transactions::decode_submission;
use timebank_wallet::client::Content;

use super::{Client, Part, chain_ms};
use crate::city;
use crate::clock::MS_US;
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;
use crate::counters::{Counters, FaultKind};
use crate::workload::Workload;

/// The pause between two rounds, in virtual milliseconds.
const PAUSE_MS: u64 = 400;
/// So many transactions are gone on about at a time.
const KEPT_MAX: usize = 8;

/// Submits the same again and again.
#[derive(Debug)]
pub struct Retrier {
    part: Part,
    kept: Vec<Arc<SealedEnvelope>>,
}

impl Retrier {
    /// As `part` of a plan says.
    pub const fn new(part: Part) -> Retrier {
        Retrier {
            part,
            kept: Vec::new(),
        }
    }

    /// The envelope itself, or another one of the same transaction: with a signature too many, one that is wrong, one too
    /// few, or in another order. None of them may do what the first does not.
    fn variant(&mut self, sealed: &Arc<SealedEnvelope>) -> Arc<SealedEnvelope> {
        let mut envelope = sealed.envelope().clone();
        let signatures = &mut envelope.signatures;
        let random = &mut self.part.random;
        match random.below(6) {
            0 => {
                let Some(last) = signatures.last().copied() else {
                    return Arc::clone(sealed);
                };
                let key = city::peer_key(random.index(1_000)).public_key();
                signatures.push(SignedBy {
                    signer: Signer::Key(key),
                    signature: last.signature,
                });
            }
            1 => {
                let at = random.index(64);
                if let Some(first) = signatures.first_mut() {
                    first.signature.0[at] ^= 1;
                }
            }
            2 => {
                signatures.pop();
            }
            3 => signatures.reverse(),
            _ => {}
        }
        // The API takes no envelope out of form.
        let decoded = decode_submission(Content::Borsh.media_type(), &codec::encode(&envelope));
        decoded.map_or_else(|_| Arc::clone(sealed), Arc::new)
    }
}

impl Client for Retrier {
    fn next_ms(&self) -> Option<u64> {
        self.part.next_ms()
    }

    fn act(&mut self, cluster: &mut Cluster, city: &mut dyn Workload, counters: &mut Counters) {
        self.part.pause(cluster.now_us() / MS_US, PAUSE_MS);
        let mut drafted = Vec::new();
        if self.kept.len() < KEPT_MAX || self.part.random.happens(200) {
            drafted = city.draft(chain_ms(cluster, self.part.nodes), 1);
        }
        for sealed in &drafted {
            if self.kept.len() >= KEPT_MAX {
                let oldest = self.part.random.index(self.kept.len());
                self.kept.swap_remove(oldest);
            }
            self.kept.push(Arc::clone(sealed));
        }
        for sealed in self.kept.clone() {
            for node in 0..self.part.nodes {
                if cluster.replica(node).is_some() && self.part.random.happens(600) {
                    let variant = self.variant(&sealed);
                    cluster.submit(node, variant);
                    counters.count(FaultKind::Retry);
                }
            }
        }
    }

    fn hear(&mut self, _: &Seen) {}
}
