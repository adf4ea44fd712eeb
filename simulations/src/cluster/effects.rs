//! What replicas want done, carried out on the cluster's clock, network and disks.

use ledger_core::codec;
use ledger_core::hash::Hash;
use timebank_node::replica::{Care, Committed, ReplicaEffect, ReplicaInput, SignatureBatch};

use super::Cluster;
use super::event::Event;
use super::seen::Seen;
use crate::city;
use crate::clock::MS_US;

/// How long a batch of signatures takes to verify, in microseconds.
const VERIFICATION_US: u64 = 100;
/// How long a flush of the derived state takes, in microseconds.
const FLUSH_US: u64 = 3_000;
/// How long after a commit a node moves its blocks into their database, in microseconds, when it does so of itself.
const SETTLE_US: u64 = 3_000;
/// A node moves its blocks into their database when so many heights are over, so that faults meet them in the journal, in the
/// database and on the way.
const SETTLE_HEIGHTS: u64 = 5;

impl Cluster {
    pub(super) fn carry_out(&mut self, node: usize, effect: ReplicaEffect) {
        let life = self.nodes[node].life;
        if let Some(left) = &mut self.nodes[node].effects_left {
            if *left == 0 {
                let torn_bytes = usize::try_from(self.nodes[node].effects_done % 4_096);
                self.crash(node, torn_bytes.unwrap_or_default());
                return;
            }
            *left -= 1;
        }
        self.nodes[node].effects_done += 1;
        match effect {
            ReplicaEffect::Publish { topic, bytes } => self.publish(node, topic, bytes),
            ReplicaEffect::Send { peer, topic, bytes } => {
                self.note(node, b"send", &bytes);
                self.said(node, topic, &bytes);
                for to in self.nodes_of(&peer) {
                    self.send_message(node, to, topic, bytes.clone());
                }
            }
            ReplicaEffect::SendRequest { peer, id, bytes } => {
                self.note(node, b"request", &bytes);
                self.send_request(node, &peer, id, bytes);
            }
            ReplicaEffect::Respond { id, bytes } => self.respond(node, id, bytes),
            ReplicaEffect::SetTimer { key, after_ms } => {
                let number = self.nodes[node].set_timer(key);
                let event = Event::Timer {
                    node,
                    life,
                    key,
                    number,
                };
                self.clock.schedule(after_ms.saturating_mul(MS_US), event);
            }
            ReplicaEffect::CancelTimer(key) => self.nodes[node].cancel_timer(key),
            ReplicaEffect::VerifySignatures(batch) => {
                let input = ReplicaInput::SignaturesVerified {
                    batch: batch.id,
                    wrong: self.find_wrong(&batch),
                };
                self.schedule_input(VERIFICATION_US, node, input);
            }
            ReplicaEffect::FlushState => {
                self.clock.schedule(FLUSH_US, Event::Flush { node, life });
            }
            ReplicaEffect::Committed(committed) => {
                let height = committed.block.header.height.0;
                if (height + node as u64).is_multiple_of(SETTLE_HEIGHTS) {
                    self.clock.schedule(SETTLE_US, Event::Settle { node, life });
                }
                self.note_commit(node, committed);
            }
            ReplicaEffect::SubmitAnswer { ticket, answer } => {
                self.see(Seen::Answered {
                    node,
                    ticket,
                    answer: answer.clone(),
                });
                self.records.answers.insert(ticket, answer);
            }
            ReplicaEffect::Dropped { id, reason } => {
                self.see(Seen::Dropped {
                    node,
                    id,
                    reason: reason.clone(),
                });
                self.records.dropped.push((node, id, reason));
            }
            ReplicaEffect::SetAllowedPeers(_) => {}
            ReplicaEffect::Penalise { peer, reason } => {
                if let Some(peer) = city::node_of(&peer, self.settings.nodes) {
                    self.see(Seen::Penalised {
                        by: node,
                        peer,
                        reason: reason.clone(),
                    });
                    self.records.penalties.push((node, peer, reason));
                }
            }
            ReplicaEffect::Alarm(alarm) => {
                self.see(Seen::Alarmed {
                    node,
                    alarm: alarm.clone(),
                });
                self.records.alarms.push((node, alarm));
            }
            ReplicaEffect::Halt(fault) => self.halt(node, fault),
        }
    }

    pub(super) fn flush(&mut self, node: usize) {
        self.settle(node);
        if let Some(replica) = &self.nodes[node].replica
            && let Err(error) = replica.state().flush()
        {
            self.halt(node, error.into());
        }
    }

    pub(super) fn settle(&mut self, node: usize) {
        if let Some(replica) = &self.nodes[node].replica
            && let Err(error) = replica.blocks().settle()
        {
            self.halt(node, error.into());
        }
    }

    /// Which signatures of a batch are wrong. The same signature is verified once for all nodes, as the answer is the same.
    fn find_wrong(&mut self, batch: &SignatureBatch) -> Vec<usize> {
        let digests: Vec<Hash> = batch
            .tasks
            .iter()
            .map(|task| {
                let mut hasher = blake3::Hasher::new();
                hasher.update(&task.key.0);
                hasher.update(task.envelope.signed_bytes());
                hasher.update(&task.signature.0);
                Hash(*hasher.finalize().as_bytes())
            })
            .collect();
        let unknown: Vec<usize> = (0..digests.len())
            .filter(|index| !self.verified.contains_key(&digests[*index]))
            .collect();
        let wrong = SignatureBatch {
            id: batch.id,
            tasks: unknown
                .iter()
                .map(|index| batch.tasks[*index].clone())
                .collect(),
            care: Care::Together {
                part_ends: Vec::new(),
            },
        }
        .find_wrong();
        for (position, index) in unknown.iter().enumerate() {
            self.verified
                .insert(digests[*index], !wrong.contains(&position));
        }
        (0..digests.len())
            .filter(|index| self.verified.get(&digests[*index]) == Some(&false))
            .collect()
    }

    fn note_commit(&mut self, node: usize, committed: Committed) {
        let header = &committed.block.header;
        self.note(node, b"commit", &codec::encode(header));
        // Whoever waited at this node hears now that the transaction is final.
        if !self.is_byzantine(node) {
            for sealed in &committed.block.transactions {
                self.records
                    .acknowledged
                    .entry(sealed.id())
                    .or_insert((header.height, header.id()));
            }
        }
        self.see(Seen::Committed { node, committed });
    }
}
