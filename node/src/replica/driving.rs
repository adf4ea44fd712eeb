//! Carrying out what the consensus host asks for, one effect after another, before it is given the next input.

use ledger_core::signature::PublicKey;

use super::effect::Alarm;
use super::messages::{PeerMessageError, ValidatorMessage};
use super::pacing::Phase;
use super::proposals::LogEntry;
use super::{Replica, ReplicaEffect, Step, TimerKey, Topic};
use crate::consensus::{ConsensusMessage, HostEffect, HostInput};

impl Replica {
    /// Queues an input for the host.
    pub(super) fn feed(&mut self, input: HostInput) {
        self.host_inputs.push_back(input);
    }

    /// A message of [`Topic::Consensus`].
    pub(super) fn receive_validator_message(
        &mut self,
        from: PublicKey,
        bytes: &[u8],
    ) -> Result<Step, PeerMessageError> {
        match ValidatorMessage::decode(bytes)? {
            ValidatorMessage::Consensus(message) => {
                self.feed(HostInput::Message(*message));
                Ok(Ok(()))
            }
            ValidatorMessage::Body(body) => Ok(self.receive_body(from, body)),
        }
    }

    /// Gives the host everything that is queued, and carries out what it says, up to where something slow follows what
    /// others wait for: that goes out first.
    pub(super) fn drive_host(&mut self) -> Step {
        loop {
            if let Some(effect) = self.host_effects.front() {
                if is_slow(effect) && self.effects.iter().any(is_awaited) {
                    return Ok(());
                }
                if let Some(effect) = self.host_effects.pop_front() {
                    self.carry_out(effect)?;
                }
            } else if let Some(input) = self.host_inputs.pop_front() {
                if self.is_for_host(&input) {
                    self.host_effects.extend(self.host.handle(input));
                }
            } else {
                return Ok(());
            }
        }
    }

    /// While blocks of a peer are being committed the host is left at a height that is over: what it would say or log
    /// there has no place.
    fn is_for_host(&self, input: &HostInput) -> bool {
        match input {
            HostInput::AwaitHeight { height, .. } | HostInput::StartHeight { height, .. } => {
                *height == self.tip.height.next()
            }
            _ => self.phase != Phase::Between,
        }
    }

    fn carry_out(&mut self, effect: HostEffect) -> Step {
        match effect {
            HostEffect::WalAppend(entry) => {
                let entry = ledger_core::codec::encode(&LogEntry::Host(entry));
                self.storage.wal.append(&entry)?;
            }
            HostEffect::WalSync => self.storage.wal.sync()?,
            HostEffect::RecordLastSigned(record) => self.storage.last_signed.store(&record)?,
            HostEffect::Broadcast(message) => self.broadcast(message)?,
            HostEffect::SendTo { validator, message } => {
                if let Some(peer) = self.peer_of(&validator) {
                    let bytes = encode(message);
                    self.effects.push(ReplicaEffect::Send {
                        peer,
                        topic: Topic::Consensus,
                        bytes,
                    });
                }
            }
            HostEffect::ScheduleTimeout { key, after } => {
                self.consensus_timers.insert(key);
                let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
                self.set_timer(TimerKey::Consensus(key), after_ms);
            }
            HostEffect::CancelTimeout(key) => {
                if self.consensus_timers.remove(&key) {
                    self.effects
                        .push(ReplicaEffect::CancelTimer(TimerKey::Consensus(key)));
                }
            }
            HostEffect::CancelAllTimeouts => self.cancel_consensus_timers(),
            HostEffect::RoundStarted { height, round, .. } => {
                self.phase = Phase::Deciding { height, round };
            }
            HostEffect::Observing { height, reason } => {
                self.observing = true;
                self.alarm(Alarm::Observing { height, reason });
            }
            HostEffect::BuildBlock { height, round } => self.build(height, round)?,
            HostEffect::CheckBlock {
                header,
                round,
                proposer,
                ..
            } => self.check_block(header, round, proposer)?,
            HostEffect::Restream { block_id, .. } => self.publish_body(block_id)?,
            HostEffect::Decided { certificate } => self.decide(certificate)?,
            HostEffect::PeerAhead { validator, height } => self.peer_ahead(&validator, height)?,
            HostEffect::Equivocation(evidence) => self.report_equivocation(evidence)?,
            HostEffect::KeyUsedElsewhere { height, .. } => {
                self.alarm(Alarm::KeyUsedElsewhere { height });
            }
            HostEffect::Fault(fault) => self.alarm(Alarm::Consensus(fault)),
        }
        Ok(())
    }

    fn broadcast(&mut self, message: ConsensusMessage) -> Step {
        if let ConsensusMessage::Proposal(signed) = &message
            && signed.proposal.valid_round.is_none()
        {
            // The body first, so that it is there when the proposal asks for it.
            self.publish_body(signed.proposal.header.id())?;
        }
        self.effects.push(ReplicaEffect::Publish {
            topic: Topic::Consensus,
            bytes: encode(message),
        });
        Ok(())
    }

    pub(super) fn cancel_consensus_timers(&mut self) {
        for key in std::mem::take(&mut self.consensus_timers) {
            self.effects
                .push(ReplicaEffect::CancelTimer(TimerKey::Consensus(key)));
        }
    }
}

/// Whether carrying an effect out waits for the disk or executes a block.
const fn is_slow(effect: &HostEffect) -> bool {
    matches!(
        effect,
        HostEffect::WalSync
            | HostEffect::RecordLastSigned(_)
            | HostEffect::BuildBlock { .. }
            | HostEffect::CheckBlock { .. }
            | HostEffect::Decided { .. }
    )
}

/// Whether somebody waits for an effect.
const fn is_awaited(effect: &ReplicaEffect) -> bool {
    matches!(
        effect,
        ReplicaEffect::Publish { .. }
            | ReplicaEffect::Send { .. }
            | ReplicaEffect::SubmitAnswer { .. }
            | ReplicaEffect::Committed(_)
            | ReplicaEffect::VerifySignatures(_)
    )
}

fn encode(message: ConsensusMessage) -> Vec<u8> {
    ledger_core::codec::encode(&ValidatorMessage::Consensus(Box::new(message)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replica::{ReplicaConfig, ReplicaInput};
    use crate::storage::MemoryDisk;
    use crate::test_chain::{NOW_MS, key, only_node};

    /// The only node of a new chain, which wants a block at once.
    fn replica() -> Replica {
        let mut config = ReplicaConfig::new(key(3));
        config.heartbeat_ms = Some(1);
        only_node(&MemoryDisk::new(), config)
    }

    #[test]
    fn votes_leave_before_the_block_is_committed_and_steps_add_up_to_the_whole() {
        let now_ms = NOW_MS + 1_000;
        let mut stepwise = replica();
        let mut steps = vec![stepwise.begin(ReplicaInput::Start, now_ms)];
        steps.extend(std::iter::from_fn(|| stepwise.go_on()));
        let step_of = |wanted: fn(&ReplicaEffect) -> bool| {
            let holds = |step: &Vec<ReplicaEffect>| step.iter().any(wanted);
            steps.iter().position(holds).expect("it is among them")
        };
        let said = step_of(|effect| {
            let topic = Topic::Consensus;
            matches!(effect, ReplicaEffect::Publish { topic: said, .. } if *said == topic)
        });
        let committed = step_of(|effect| matches!(effect, ReplicaEffect::Committed(_)));
        assert!(said < committed, "{said} is before {committed}");
        let whole = replica().handle(ReplicaInput::Start, now_ms);
        assert_eq!(format!("{:?}", steps.concat()), format!("{whole:?}"));
    }
}
