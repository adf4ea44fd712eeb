//! Bytes that are nothing, or nearly something: at the API, and at the peer protocol as a registered peer.
//!
//! What is changed is real: an envelope, what nodes said a moment ago, requests. It goes through the very functions the API
//! and the replica decode with. What still is in form afterwards is handed in like everything else.

use std::collections::VecDeque;
use std::sync::Arc;

use ledger_core::codec;
use ledger_core::genesis::Genesis;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::transaction::SealedEnvelope;
use timebank_node::api::transactions::{decode_batch, decode_submission};
use timebank_node::replica::Topic;
use timebank_node::replica::messages::{Announcement, PeerRequest, TransactionGroup};
use timebank_wallet::client::Content;

use super::stranger::Stranger;
use super::{Client, Part, chain_ms};
use crate::clock::MS_US;
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;
use crate::counters::{Counters, FaultKind};
use crate::random::Random;
use crate::workload::Workload;

/// The pause between two attempts, in virtual milliseconds.
const PAUSE_MS: u64 = 150;
/// How many bytes strings an attempt brings.
const ATTEMPT: usize = 12;
/// How many messages that were heard are remembered.
const HEARD_MAX: usize = 24;
/// The longest rubbish, in bytes: longer than any message may be.
const RUBBISH_BYTES_MAX: usize = 600 * 1024;

fn byte(random: &mut Random) -> u8 {
    u8::try_from(random.below(256)).unwrap_or(0)
}

/// Spoils bytes in one of the ways in which bytes go wrong.
fn spoil(bytes: &mut Vec<u8>, random: &mut Random) {
    let length = bytes.len().max(1);
    match random.below(7) {
        0 => bytes.truncate(random.index(length)),
        1 => bytes.extend((0..=random.index(40)).map(|_| byte(random))),
        2 => {
            // A length that promises far more than there is.
            let at = random.index(length);
            for byte in bytes.iter_mut().skip(at).take(4) {
                *byte = 0xFF;
            }
        }
        3 => {
            let from = random.index(length);
            let tail: Vec<u8> = bytes.iter().skip(from).copied().collect();
            bytes.extend(tail);
        }
        4 if random.happens(30) => {
            *bytes = (0..random.index(RUBBISH_BYTES_MAX))
                .map(|_| byte(random))
                .collect();
        }
        4 => *bytes = (0..random.index(200)).map(|_| byte(random)).collect(),
        5 => bytes.clear(),
        _ => {
            for _ in 0..=random.index(3) {
                let at = random.index(length);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
}

/// At the API.
#[derive(Debug)]
pub struct Submissions {
    part: Part,
    chain_id: ledger_core::id::ChainId,
    good: VecDeque<Arc<SealedEnvelope>>,
}

impl Submissions {
    /// As `part` of a plan says, on the chain of `genesis`.
    pub fn new(part: Part, genesis: &Genesis) -> Submissions {
        Submissions {
            part,
            chain_id: genesis.chain_id(),
            good: VecDeque::new(),
        }
    }

    /// What is handed in: a body that was spoiled, as what it says it is.
    fn attempt(&mut self) -> Vec<Arc<SealedEnvelope>> {
        let random = &mut self.part.random;
        let index = random.index(self.good.len().max(1));
        let Some(good) = self.good.get(index) else {
            return Vec::new();
        };
        match random.below(4) {
            0 => {
                let body = serde_json::json!({ "envelope": good.envelope() });
                let mut bytes = body.to_string().into_bytes();
                spoil(&mut bytes, random);
                let decoded = decode_submission(Content::Json.media_type(), &bytes);
                decoded.into_iter().map(Arc::new).collect()
            }
            1 => {
                let mut one = good.bytes().to_vec();
                spoil(&mut one, random);
                let mut bytes = codec::encode(&vec![one, good.bytes().to_vec()]);
                if random.happens(500) {
                    spoil(&mut bytes, random);
                }
                let decoded = decode_batch(&bytes).unwrap_or_default();
                decoded.into_iter().flatten().collect()
            }
            2 => {
                // In form, and signed for another chain: the same people, the same keys.
                let mut envelope = good.envelope().clone();
                envelope.transaction.chain_id = if random.happens(500) {
                    ledger_core::id::ChainId(Hash([byte(random); 32]))
                } else {
                    self.chain_id
                };
                envelope.transaction.nonce[0] ^= 1;
                vec![Arc::new(SealedEnvelope::new(envelope))]
            }
            _ => {
                let mut bytes = good.bytes().to_vec();
                spoil(&mut bytes, random);
                let decoded = decode_submission(Content::Borsh.media_type(), &bytes);
                decoded.into_iter().map(Arc::new).collect()
            }
        }
    }
}

impl Client for Submissions {
    fn next_ms(&self) -> Option<u64> {
        self.part.next_ms()
    }

    fn act(&mut self, cluster: &mut Cluster, city: &mut dyn Workload, counters: &mut Counters) {
        self.part.pause(cluster.now_us() / MS_US, PAUSE_MS);
        if self.good.is_empty() {
            self.good
                .extend(city.draft(chain_ms(cluster, self.part.nodes), 1));
        }
        for _ in 0..ATTEMPT {
            let Some(node) = self.part.node_up(cluster) else {
                return;
            };
            for sealed in self.attempt() {
                cluster.submit(node, sealed);
            }
            if !self.good.is_empty() {
                counters.count(FaultKind::MalformedSubmission);
            }
        }
    }

    fn hear(&mut self, seen: &Seen) {
        if let Seen::Submitted { envelope, .. } = seen {
            if self.good.len() == HEARD_MAX {
                self.good.pop_front();
            }
            self.good.push_back(Arc::clone(envelope));
        }
    }
}

/// At the peer protocol.
#[derive(Debug)]
pub struct Messages {
    part: Part,
    stranger: Stranger,
    heard: VecDeque<Arc<Vec<u8>>>,
    submitted: Option<Arc<SealedEnvelope>>,
    block: BlockId,
}

impl Messages {
    /// As `part` of a plan says.
    pub fn new(part: Part) -> Messages {
        Messages {
            stranger: Stranger::new(part.nodes, part.number),
            part,
            heard: VecDeque::new(),
            submitted: None,
            block: BlockId::default(),
        }
    }

    /// Something real of each kind of message.
    fn message(&mut self, topic: Topic) -> Vec<u8> {
        let random = &mut self.part.random;
        match topic {
            Topic::Consensus => {
                let index = random.index(self.heard.len().max(1));
                let heard = self.heard.get(index);
                heard.map(|bytes| bytes.to_vec()).unwrap_or_default()
            }
            Topic::Transactions => codec::encode(&TransactionGroup {
                envelopes: self.submitted.iter().cloned().collect(),
            }),
            Topic::Status => codec::encode(&Announcement {
                height: Height(random.next() >> random.below(64)),
            }),
        }
    }

    fn request(&mut self) -> Vec<u8> {
        let random = &mut self.part.random;
        let (height, block_id) = (Height(random.below(200)), self.block);
        codec::encode(&match random.below(3) {
            0 => PeerRequest::Blocks {
                from: Height(random.next() >> random.below(64)),
                count_max: u16::MAX,
            },
            1 => PeerRequest::Body { height, block_id },
            _ => PeerRequest::Envelopes {
                height,
                block_id,
                envelope_hashes: vec![Hash([byte(random); 32]); random.index(300)],
            },
        })
    }
}

impl Client for Messages {
    fn next_ms(&self) -> Option<u64> {
        self.part.next_ms()
    }

    fn act(&mut self, cluster: &mut Cluster, _: &mut dyn Workload, counters: &mut Counters) {
        self.part.pause(cluster.now_us() / MS_US, PAUSE_MS);
        for _ in 0..ATTEMPT {
            let Some(node) = self.part.node_up(cluster) else {
                return;
            };
            if self.part.random.happens(300) {
                let mut bytes = self.request();
                if self.part.random.happens(600) {
                    spoil(&mut bytes, &mut self.part.random);
                }
                self.stranger.ask(cluster, node, bytes);
            } else {
                let topics = [Topic::Consensus, Topic::Transactions, Topic::Status];
                let topic = topics[self.part.random.index(topics.len())];
                let mut bytes = self.message(topic);
                // Now and then it is real, and comes from where it should not.
                if self.part.random.happens(900) {
                    spoil(&mut bytes, &mut self.part.random);
                }
                self.stranger.say(cluster, node, topic, bytes);
            }
            counters.count(FaultKind::MalformedMessage);
        }
    }

    fn hear(&mut self, seen: &Seen) {
        self.stranger.hear(seen);
        match seen {
            Seen::Said { bytes, .. } => {
                if self.heard.len() == HEARD_MAX {
                    self.heard.pop_front();
                }
                self.heard.push_back(Arc::clone(bytes));
            }
            Seen::Submitted { envelope, .. } => self.submitted = Some(Arc::clone(envelope)),
            Seen::Committed { committed, .. } => self.block = committed.block.id(),
            _ => {}
        }
    }
}
