//! Far more than a mempool holds, at one node and at several, through the API and as a peer: transactions of signers nobody
//! knows yet, of bare keys, expired ones, ones of the far future, many envelopes of one transaction.
//!
//! None of it applies. It must take no more room than its share, and residents' transactions must get in beside it.

use std::sync::Arc;

use ledger_core::genesis::Genesis;
use ledger_core::id::{AccountId, ChainId};
use ledger_core::signature::{SecretKey, Signature};
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::transaction::account::RotateKey;
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use timebank_node::replica::Topic;
use timebank_node::replica::messages::TransactionGroup;

use super::stranger::Stranger;
use super::{Client, Part, chain_ms};
use crate::clock::MS_US;
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;
use crate::counters::{Counters, FaultKind};
use crate::workload::Workload;

/// The pause between two waves, in virtual milliseconds.
const PAUSE_MS: u64 = 500;
/// How many transactions a wave brings.
const WAVE: usize = 40;
/// How many of a wave are signed by bare keys: signing takes time.
const SIGNED: usize = 10;
/// How many keys sign them.
const KEYS: u64 = 4;
/// How many people are made up for the others: few, so that shares are used up as well as the whole.
const PEOPLE: u64 = 200;

/// Submits far more than fits.
#[derive(Debug)]
pub struct Flood {
    part: Part,
    chain_id: ChainId,
    stranger: Stranger,
    keys: Vec<SecretKey>,
    made: u64,
}

impl Flood {
    /// As `part` of a plan says, on the chain of `genesis`.
    pub fn new(part: Part, genesis: &Genesis) -> Flood {
        let key = |number: u64| {
            let label = format!("flood {} {number}", part.number);
            SecretKey::from_seed(&blake3::derive_key(
                "timebank simulation keys",
                label.as_bytes(),
            ))
        };
        Flood {
            keys: (0..KEYS).map(key).collect(),
            stranger: Stranger::new(part.nodes, part.number),
            chain_id: genesis.chain_id(),
            made: 0,
            part,
        }
    }

    fn transaction(&mut self, signer: Signer, valid_until_ms: u64) -> Transaction {
        self.made += 1;
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.made.to_be_bytes());
        nonce[8..].copy_from_slice(&self.part.random.next().to_be_bytes());
        Transaction {
            chain_id: self.chain_id,
            version: TRANSACTION_VERSION,
            signer,
            valid_until_ms: TimestampMs(valid_until_ms),
            nonce,
            operation: Operation::RotateKey(RotateKey {
                account: self.somebody(),
                new_key: self.keys[0].public_key(),
            }),
        }
    }

    /// An account nobody has opened.
    fn somebody(&mut self) -> AccountId {
        let mut id = [0xAA; 20];
        id[..8].copy_from_slice(&self.part.random.below(PEOPLE).to_be_bytes());
        AccountId(id)
    }

    /// Of a signer without a key: nobody can say whether the signature is right.
    fn keyless(&mut self, now_ms: u64) -> SealedEnvelope {
        let signer = Signer::Account(self.somebody());
        let valid_until_ms = match self.part.random.below(10) {
            0 => now_ms.saturating_sub(HOUR_MS),
            1 => now_ms.saturating_add(1_000_000 * HOUR_MS),
            _ => now_ms + HOUR_MS,
        };
        let transaction = self.transaction(signer, valid_until_ms);
        let signature = Signature([u8::try_from(self.made % 250).unwrap_or(0); 64]);
        SealedEnvelope::new(Envelope::new(transaction, [SignedBy { signer, signature }]))
    }

    /// Other envelopes of the same transaction.
    fn alternatives(&self, sealed: &SealedEnvelope) -> Vec<Arc<SealedEnvelope>> {
        (0..8u8)
            .map(|number| {
                let mut envelope = sealed.envelope().clone();
                for signed in &mut envelope.signatures {
                    signed.signature.0[0] ^= number;
                }
                Arc::new(SealedEnvelope::new(envelope))
            })
            .collect()
    }

    /// Really signed, by a key that is nobody's.
    fn by_bare_key(&mut self, now_ms: u64) -> SealedEnvelope {
        let key = self.keys[self.part.random.index(self.keys.len())].clone();
        let signer = Signer::Key(key.public_key());
        let transaction = self.transaction(signer, now_ms + HOUR_MS);
        let signature = transaction.sign(&key);
        SealedEnvelope::new(Envelope::new(transaction, [SignedBy { signer, signature }]))
    }
}

impl Client for Flood {
    fn next_ms(&self) -> Option<u64> {
        self.part.next_ms()
    }

    fn act(&mut self, cluster: &mut Cluster, _: &mut dyn Workload, counters: &mut Counters) {
        self.part.pause(cluster.now_us() / MS_US, PAUSE_MS);
        let Some(node) = self.part.node_up(cluster) else {
            return;
        };
        let now_ms = chain_ms(cluster, self.part.nodes);
        for _ in 0..WAVE {
            let sealed = self.keyless(now_ms);
            let all = if self.part.random.happens(50) {
                self.alternatives(&sealed)
            } else {
                vec![Arc::new(sealed)]
            };
            for sealed in all {
                cluster.submit(node, sealed);
                counters.count(FaultKind::Flood);
            }
        }
        let signed: Vec<Arc<SealedEnvelope>> = (0..SIGNED)
            .map(|_| Arc::new(self.by_bare_key(now_ms)))
            .collect();
        counters.add(FaultKind::Flood, u64::try_from(SIGNED).unwrap_or(0));
        // A node tries out what it is handed itself; what comes from a peer it takes in as it is.
        for bytes in TransactionGroup::encode_all(&signed) {
            self.stranger.say(cluster, node, Topic::Transactions, bytes);
        }
    }

    fn hear(&mut self, seen: &Seen) {
        self.stranger.hear(seen);
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::hash::Hash;

    use super::*;

    #[test]
    fn what_is_made_up_is_in_form_and_never_twice_the_same() {
        let genesis = crate::city::genesis(4, 4);
        let plan = crate::plan::Plan::of(1);
        let it = crate::plan::fault::Scheduled {
            number: 0,
            at_ms: 0,
            lasts_ms: 1,
            fault: crate::plan::fault::Fault::CrashAll,
        };
        let mut flood = Flood::new(Part::new(&plan, &it, 0), &genesis);
        let mut seen = std::collections::BTreeSet::<Hash>::new();
        for _ in 0..100 {
            for sealed in [flood.keyless(1), flood.by_bare_key(1)] {
                assert_eq!(sealed.envelope().check_form(), Ok(()));
                assert!(seen.insert(sealed.envelope_hash()));
            }
        }
    }
}
