//! Messages that have come too early, within bounds nobody else can use up.
//!
//! A validator that is one block ahead sends votes for a height we have not started. The core would buffer them, but by
//! arrival, before it looks at signatures: one peer could fill the buffer with rubbish. Here a message is kept only
//! after its signature was verified, and each validator has one slot for each height, round and step, so that it can
//! take up its own slots only. A validator that joins with the next height cannot be verified yet; a small pool keeps
//! such messages unverified. Whatever is dropped here is healed by retransmission. Block bodies are the owner's.

use std::collections::BTreeMap;

use ledger_core::id::Height;
use ledger_core::validator::ValidatorAddress;

use super::signing_guard::SignedStep;
use super::wire::ConsensusMessage;

/// How many heights beyond ours are kept.
pub(super) const FUTURE_HEIGHTS_MAX: u64 = 3;
/// How many rounds of such a height are kept, from 0.
pub(super) const FUTURE_ROUNDS_MAX: u32 = 4;
/// How many messages of validators not known yet are kept in all.
pub(super) const UNVERIFIED_MAX: usize = 256;

type Slot = (ValidatorAddress, u32, SignedStep);

/// Messages by height.
#[derive(Debug, Default)]
pub(super) struct FutureMessages {
    verified: BTreeMap<Height, BTreeMap<Slot, ConsensusMessage>>,
    unverified: Vec<ConsensusMessage>,
}

/// Who says it, where, and in which step; none for certificates, which are not kept.
pub(super) fn slot(message: &ConsensusMessage) -> Option<Slot> {
    match message {
        ConsensusMessage::Vote(signed) => {
            let step = SignedStep::of_vote(signed.vote.step);
            Some((signed.vote.validator, signed.vote.round, step))
        }
        ConsensusMessage::Proposal(signed) => Some((
            signed.proposal.proposer,
            signed.proposal.round,
            SignedStep::Propose,
        )),
        ConsensusMessage::Polka(_) | ConsensusMessage::Round(_) | ConsensusMessage::Commit(_) => {
            None
        }
    }
}

/// Whether messages for `height` are kept at a host that is at height `at`.
pub(super) fn is_near(at: Height, height: Height) -> bool {
    (at.0..=at.0.saturating_add(FUTURE_HEIGHTS_MAX)).contains(&height.0)
}

impl FutureMessages {
    /// Somebody who is known to have spoken of `height`.
    pub(super) fn first_sender(&self, height: Height) -> Option<ValidatorAddress> {
        let slots = self.verified.get(&height)?;
        slots.keys().next().map(|(validator, _, _)| *validator)
    }

    /// Whether there is room for `message` at a host that is at height `at`.
    pub(super) fn has_room(&self, at: Height, message: &ConsensusMessage) -> bool {
        let Some(slot) = slot(message) else {
            return false;
        };
        let height = message.height();
        is_near(at, height)
            && slot.1 < FUTURE_ROUNDS_MAX
            && !self
                .verified
                .get(&height)
                .is_some_and(|slots| slots.contains_key(&slot))
    }

    /// Keeps a message whose signature was verified and for which there is room.
    pub(super) fn keep(&mut self, message: ConsensusMessage) {
        if let Some(slot) = slot(&message) {
            let slots = self.verified.entry(message.height()).or_default();
            slots.entry(slot).or_insert(message);
        }
    }

    /// Keeps a message of a validator that is not known yet, if there is room.
    pub(super) fn keep_unverified(&mut self, message: ConsensusMessage) {
        if self.unverified.len() < UNVERIFIED_MAX && !self.unverified.contains(&message) {
            self.unverified.push(message);
        }
    }

    /// What was kept for `height`, verified messages first; forgets everything before it.
    pub(super) fn take(&mut self, height: Height) -> Vec<ConsensusMessage> {
        let mut taken: Vec<_> = self
            .verified
            .remove(&height)
            .map(|slots| slots.into_values().collect())
            .unwrap_or_default();
        taken.extend(self.take_unverified(height));
        self.verified = self.verified.split_off(&height);
        taken
    }

    /// What was kept unverified for `height`.
    pub(super) fn take_unverified(&mut self, height: Height) -> Vec<ConsensusMessage> {
        self.unverified.retain(|message| message.height() >= height);
        self.unverified
            .extract_if(.., |message| message.height() == height)
            .collect()
    }

    /// How many messages are kept verified, and how many unverified.
    pub(super) fn counts(&self) -> (usize, usize) {
        let verified = self.verified.values().map(BTreeMap::len).sum();
        (verified, self.unverified.len())
    }
}
