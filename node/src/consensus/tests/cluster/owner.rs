//! The owner's part: carries out each effect, and checks what it sees on the way.

use std::time::Duration;

use ledger_core::certificate::CommitCertificate;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::signature::Purpose;

use super::{CHAIN, Cluster, Event, header};
use crate::consensus::wal::WalEntry;
use crate::consensus::{
    BlockValidity, ConsensusMessage, HostEffect, HostInput, LastSigned, TimeoutKey,
};
use ledger_core::block::Header;

impl Cluster {
    pub(super) fn carry_out(&mut self, index: usize, effect: HostEffect) {
        let node = &mut self.nodes[index];
        match effect {
            HostEffect::WalAppend(bytes) => node.wal.entries.push(bytes),
            HostEffect::WalSync => node.wal.synced = node.wal.entries.len(),
            HostEffect::RecordLastSigned(bytes) => node.record = Some(bytes),
            HostEffect::Broadcast(message) => self.broadcast(index, message),
            HostEffect::SendTo { validator, message } => {
                let to = self
                    .nodes
                    .iter()
                    .position(|node| node.address == validator)
                    .unwrap();
                self.send(index, to, message);
            }
            HostEffect::ScheduleTimeout { key, after } => self.schedule(index, key, after),
            HostEffect::CancelTimeout(key) => {
                node.timers.remove(&key);
            }
            HostEffect::CancelAllTimeouts => node.timers.clear(),
            HostEffect::RoundStarted { round, .. } => self.rounds_max = self.rounds_max.max(round),
            HostEffect::Observing { height, reason } => node.observed.push((height, reason)),
            HostEffect::BuildBlock { height, round } => self.build(index, height, round),
            HostEffect::CheckBlock { header, .. } => self.check(index, &header),
            HostEffect::Restream { block_id, .. } => assert!(self.bodies.contains_key(&block_id)),
            HostEffect::Decided { certificate } => self.commit(index, certificate),
            HostEffect::PeerAhead { .. } => {
                let life = node.life;
                if self.plan.sync {
                    self.push(50_000, Event::Sync { node: index, life });
                }
            }
            HostEffect::Equivocation(evidence) => node.evidence.push(evidence),
            HostEffect::KeyUsedElsewhere { .. } => node.key_alarms += 1,
            HostEffect::Fault(fault) => node.faults.push(fault),
        }
    }

    fn schedule(&mut self, index: usize, key: TimeoutKey, after: Duration) {
        let delay = after.as_micros() as u64;
        let node = &mut self.nodes[index];
        node.timers.insert(key, self.now_us + delay);
        let life = node.life;
        self.push(
            delay,
            Event::Timeout {
                node: index,
                key,
                life,
            },
        );
    }

    fn build(&mut self, index: usize, height: Height, round: u32) {
        let node = &mut self.nodes[index];
        // Every building gives another block: if the host asked twice where it must not, the checker would see it.
        node.builds += 1;
        let parent = node
            .chain
            .last()
            .map(|(header, _)| header.id())
            .unwrap_or_default();
        let header = header(
            height.0,
            parent,
            node.address,
            node.builds << 8 | index as u64,
        );
        self.bodies.insert(header.id(), header.clone());
        let delay = 200 + self.random.below(2_000);
        self.post(
            delay,
            index,
            HostInput::Propose {
                height,
                round,
                header,
            },
        );
    }

    fn check(&mut self, index: usize, header: &Header) {
        let parent = self.nodes[index]
            .chain
            .last()
            .map(|(header, _)| header.id())
            .unwrap_or_default();
        let validity = if header.parent == parent && self.bodies.contains_key(&header.id()) {
            if self.nodes[index].wrong_clock {
                BlockValidity::OutOfTime
            } else {
                BlockValidity::Valid
            }
        } else {
            BlockValidity::Invalid
        };
        let delay = 200 + self.random.below(2_000);
        let (height, block_id) = (header.height, header.id());
        self.post(
            delay,
            index,
            HostInput::BlockChecked {
                height,
                block_id,
                validity,
            },
        );
    }

    fn broadcast(&mut self, index: usize, message: ConsensusMessage) {
        self.check_speech(index, &message);
        for to in 0..self.nodes.len() {
            if to != index {
                self.send(index, to, message.clone());
            }
        }
        if let (true, ConsensusMessage::Vote(signed)) = (self.nodes[index].equivocates, &message) {
            let mut other = signed.clone();
            other.vote.block_id = match other.vote.block_id {
                None => Some(BlockId(Hash([9; 32]))),
                Some(_) => None,
            };
            other.signature = self.nodes[index]
                .key
                .sign(Purpose::Vote, &other.vote.signed_bytes());
            for to in 0..self.nodes.len() {
                if to != index {
                    self.send(index, to, ConsensusMessage::Vote(other.clone()));
                }
            }
        }
    }

    fn send(&mut self, from: usize, to: usize, message: ConsensusMessage) {
        self.sent += 1;
        let bytes = message.encode();
        self.fold(&bytes);
        if !self.random.chance(self.plan.loss_per_mille) {
            let delay = 100 + self.random.below(3_000);
            self.push(delay, Event::Deliver { from, to, message });
        }
    }

    /// Whatever a node says of its own is in its synced log and covered by its record, and contradicts nothing.
    fn check_speech(&mut self, index: usize, message: &ConsensusMessage) {
        let node = &self.nodes[index];
        let entry = match message {
            ConsensusMessage::Vote(signed) => WalEntry::Vote(signed.clone()),
            ConsensusMessage::Proposal(signed) => WalEntry::Proposal(signed.clone()),
            _ => return,
        };
        let Some(statement) = entry.signed_by(&node.address) else {
            return;
        };
        let seed = self.plan.seed;
        let synced = &node.wal.entries[..node.wal.synced];
        assert!(
            synced.contains(&entry.encode()),
            "seed {seed}: {statement} was sent before its sync"
        );
        let record = LastSigned::decode(node.record.as_ref().unwrap()).unwrap();
        assert!(
            record.height >= statement.height,
            "seed {seed}: {statement} is beyond the record"
        );
        let position = (statement.height, statement.round, statement.step);
        let before = *self
            .signed
            // A clone with the same key is another node, and is meant to contradict this one.
            .entry((index, position))
            .or_insert(statement);
        assert_eq!(
            before, statement,
            "seed {seed}: node {index} contradicts itself"
        );
    }

    fn commit(&mut self, index: usize, certificate: CommitCertificate) {
        let header = self.bodies[&certificate.block_id].clone();
        let height = self.nodes[index].chain.len() as u64 + 1;
        let set = self.set_at(height);
        certificate
            .verify(CHAIN, Height(height), header.id(), &set)
            .unwrap();
        if let Some((other, _)) = self
            .nodes
            .iter()
            .find_map(|node| node.chain.get(height as usize - 1))
        {
            assert_eq!(other, &header, "seed {}: fork at {height}", self.plan.seed);
        }
        self.fold(&header.id().0.0);
        // If we crashed before this line, the log would decide again; after it, the log is of a committed height.
        self.nodes[index].chain.push((header, certificate));
        self.begin(index, Vec::new());
    }

    /// What block sync does: commits the next block with its certificate, past the host.
    pub(super) fn sync(&mut self, index: usize) {
        let height = self.nodes[index].chain.len();
        let found = self
            .nodes
            .iter()
            .find_map(|node| node.chain.get(height).cloned());
        if let (Some((_, certificate)), true) = (found, self.nodes[index].host.is_some()) {
            self.commit(index, certificate);
            let life = self.nodes[index].life;
            self.push(1_000, Event::Sync { node: index, life });
        }
    }
}
