//! The way of a transaction into the mempool: known already? applied already? signatures right? would it apply?
//!
//! Signatures are verified in batches on other threads; what is found right is remembered, so that no block verifies it
//! again. While batches are out, what arrives is gathered for the next one, so batches grow with the load (`intake.rs`).
//! What always holds: what waits for verification is bounded, one source (a client of the API, a peer) has at most half of
//! the room, sources are served by turns (`lanes.rs`), and one that brings wrong signatures is verified apart from the others
//! and pays with waiting (`suspects.rs`).
//!
//! Transactions of this node's API are executed on trial at once, so that whoever submits one hears the reason when it is
//! refused. Those of peers were tried by the peer; they are tried here when a block may be begun for their sake
//! (`pacing.rs`) or when one is built. But where another envelope of the same transaction is held, both are tried at once:
//! anybody can add a signature to somebody else's transaction, and must not take up the place of the good envelope with that.

mod intake;
mod lanes;
mod suspects;

use std::collections::BTreeSet;
use std::sync::Arc;

use ledger_core::hash::Hash;
use ledger_core::id::TransactionId;
use ledger_core::ledger::rejection::Outlook;
use ledger_core::ledger::{
    Refusal, Rejection, SignatureToVerify, VerifiedSignatures, check_transaction, least_time,
    signatures_to_verify,
};
use ledger_core::signature::PublicKey;
use ledger_core::state::StateView;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::{SealedEnvelope, Signer, VALIDITY_MS_MAX};

use super::effect::Care;
use super::input::{Accepted, BatchId, Source, Submission, SubmitError, Ticket};
use super::mempool::{Entry, Origin, Signatures};
use super::messages::TransactionGroup;
use super::{Replica, ReplicaEffect, Step, TimerKey};
use crate::planted::{self, Planted};
pub(super) use intake::Admission;
use intake::{Arrival, SUSPECT_REST_MS, Standing};

/// Why a peer is kept away that handed on what was never right.
const WRONG_BY_ITSELF: &str = "a transaction it sent has a wrong signature of a bare key";

impl Replica {
    /// Transactions of this node's API.
    pub(super) fn submit(&mut self, submissions: Vec<Submission>) -> Step {
        for submission in submissions {
            let Submission {
                ticket,
                client,
                envelope,
            } = submission;
            self.arrive(envelope, Source::Client(client), Some(ticket))?;
        }
        Ok(())
    }

    /// A transaction of this node itself.
    pub(super) fn submit_own(&mut self, envelope: Arc<SealedEnvelope>) -> Step {
        self.arrive(envelope, Source::Own, None)
    }

    /// Transactions of a peer.
    pub(super) fn receive_transactions(
        &mut self,
        from: PublicKey,
        group: TransactionGroup,
    ) -> Step {
        for envelope in group.envelopes {
            self.gathering.take_body(&envelope);
            self.arrive(envelope, Source::Peer(from), None)?;
        }
        self.finish_gathered_checks()
    }

    fn arrive(
        &mut self,
        sealed: Arc<SealedEnvelope>,
        source: Source,
        ticket: Option<Ticket>,
    ) -> Step {
        let envelope_hash = sealed.envelope_hash();
        let verifying = self.admission.body(&envelope_hash).is_some();
        if verifying || self.mempool.body(&envelope_hash).is_some() {
            if ticket.is_some() {
                self.answer_for(envelope_hash, verifying);
            }
            self.answer(ticket, Ok(Accepted::Known));
            return Ok(());
        }
        let entry = Entry {
            sealed,
            origin: match source {
                Source::Own | Source::Client(_) => Origin::Own,
                Source::Peer(_) => Origin::Peer,
            },
            source,
            sequence: self.mempool.next_sequence(),
            arrived_ms: self.now_ms,
            waits: None,
            was_right: false,
        };
        self.consider(Arrival {
            entry,
            standing: Standing::New,
            ticket,
            unverified: Vec::new(),
            considered_at: self.tip.height,
        })
    }

    /// A client hands in what is held already. Whoever brought it first may have told nobody else: from now on this node is
    /// answerable for it, and passes it on.
    fn answer_for(&mut self, envelope_hash: Hash, verifying: bool) {
        if verifying {
            self.admission.awaited.insert(envelope_hash);
        } else if let Some(sealed) = self.mempool.take_over(&envelope_hash) {
            self.outbox.push(sealed);
            self.set_resend_timer();
        }
    }

    /// The cheap checks, and which signatures are still to be verified.
    fn consider(&mut self, mut arrival: Arrival) -> Step {
        arrival.considered_at = self.tip.height;
        let sealed = &arrival.entry.sealed;
        if self.admission.quarantined.contains(&sealed.id()) {
            return self.turn_away(arrival, SubmitError::Quarantined);
        }
        let view = self.storage.state.snapshot();
        if let Some(rejection) = self.find_cheap_rejection(&view, sealed)? {
            return self.turn_away(arrival, SubmitError::Rejected(rejection));
        }
        match signatures_to_verify(&view, sealed) {
            Ok(mut signatures) => {
                signatures.retain(|it| !self.verified.contains(&it.digest));
                arrival.unverified = signatures;
            }
            Err(Refusal::Rejected(rejection)) if rejection.outlook() == Outlook::Waits => {
                return self.let_wait(arrival, rejection, Signatures::KeyUnknown);
            }
            Err(Refusal::Rejected(rejection)) => {
                return self.turn_away(arrival, SubmitError::Rejected(rejection));
            }
            Err(Refusal::State(error)) => return Err(error.into()),
        }
        if arrival.unverified.is_empty() {
            return self.judge(arrival);
        }
        let without_room = self.admission.gather(arrival, self.now_ms);
        self.turn_away_busy(without_room)
    }

    fn turn_away_busy(&mut self, arrivals: Vec<Arrival>) -> Step {
        let count = self.admission.verifying_count();
        for arrival in arrivals {
            self.turn_away(arrival, SubmitError::Busy { count })?;
        }
        Ok(())
    }

    /// What can be said before any signature is verified.
    fn find_cheap_rejection(
        &self,
        view: &dyn StateView,
        sealed: &SealedEnvelope,
    ) -> Step<Option<Rejection>> {
        let transaction = sealed.transaction();
        if let Err(reason) = sealed.envelope().check_form() {
            return Ok(Some(Rejection::EnvelopeMalformed { reason }));
        }
        if transaction.chain_id != self.tip.chain_id {
            return Ok(Some(Rejection::WrongChain {
                expected: self.tip.chain_id,
                actual: transaction.chain_id,
            }));
        }
        let valid_until_ms = transaction.valid_until_ms;
        if valid_until_ms <= self.tip.time_ms {
            return Ok(Some(Rejection::Expired {
                valid_until_ms,
                now_ms: self.tip.time_ms,
            }));
        }
        // Here and not only on trial: a transaction that waits for a key nobody has yet is not tried, and would wait for
        // ever.
        let latest_ms = self.next_block_time(view)?.plus_ms(VALIDITY_MS_MAX);
        if valid_until_ms > latest_ms {
            return Ok(Some(Rejection::ValidTooLong {
                valid_until_ms,
                latest_ms,
            }));
        }
        let applied = view.is_remembered(valid_until_ms.hour_ceiling(), sealed.id())?;
        Ok(applied.then_some(Rejection::AlreadyApplied))
    }

    /// Puts a transaction with right signatures where it belongs.
    fn judge(&mut self, mut arrival: Arrival) -> Step {
        arrival.entry.was_right = true;
        let id = arrival.entry.sealed.id();
        if matches!(arrival.entry.source, Source::Peer(_))
            && arrival.standing == Standing::New
            && !self.mempool.contains_id(&id)
        {
            return self.take_in(arrival);
        }
        match self.try_out(&arrival.entry.sealed)? {
            Ok(()) => {
                self.try_out_alternatives(&id)?;
                self.take_in(arrival)
            }
            Err(rejection) if rejection.outlook() == Outlook::Waits => {
                self.let_wait(arrival, rejection, Signatures::Verified)
            }
            Err(rejection) => self.turn_away(arrival, SubmitError::Rejected(rejection)),
        }
    }

    /// Tries the ready envelopes of a transaction; those that would not apply now make room.
    fn try_out_alternatives(&mut self, id: &TransactionId) -> Step {
        for sealed in self.mempool.ready_alternatives(id) {
            if let Err(rejection) = self.try_out(&sealed)?
                && let Some(entry) = self.mempool.remove(&sealed.envelope_hash())
            {
                self.put_off_or_drop(entry, rejection);
            }
        }
        Ok(())
    }

    /// Whether a transaction would apply now, by itself.
    pub(super) fn try_out(&self, sealed: &SealedEnvelope) -> Step<Result<(), Rejection>> {
        let view = self.storage.state.snapshot();
        let time_ms = self.next_block_time(&view)?;
        match check_transaction(&view, &self.tip, time_ms, sealed, &self.verified) {
            Ok(()) => Ok(Ok(())),
            Err(Refusal::Rejected(rejection)) => Ok(Err(rejection)),
            Err(Refusal::State(error)) => Err(error.into()),
        }
    }

    /// The time a block begun now would have.
    pub(super) fn next_block_time(&self, view: &dyn StateView) -> Step<TimestampMs> {
        let least = least_time(view, &self.tip)?;
        Ok(least.max(TimestampMs(self.now_ms)))
    }

    fn take_in(&mut self, arrival: Arrival) -> Step {
        let Arrival {
            entry,
            standing,
            ticket,
            ..
        } = arrival;
        let sealed = Arc::clone(&entry.sealed);
        let origin = entry.origin;
        match self.mempool.insert_ready(entry) {
            Ok(evicted) => {
                self.report_dropped_for_room(evicted);
                self.answer(ticket, Ok(Accepted::Pending));
                if origin == Origin::Own {
                    self.outbox.push(sealed);
                    self.set_resend_timer();
                }
                self.wake_check_wanted = true;
            }
            Err(error) => self.answer_refused(ticket, standing, &sealed, error),
        }
        Ok(())
    }

    fn let_wait(&mut self, arrival: Arrival, rejection: Rejection, signatures: Signatures) -> Step {
        let Arrival {
            entry,
            standing,
            ticket,
            ..
        } = arrival;
        let sealed = Arc::clone(&entry.sealed);
        let outcome =
            self.mempool
                .insert_waiting(entry, rejection.clone(), self.tip.height, signatures);
        match outcome {
            Ok(evicted) => {
                self.report_dropped_for_room(evicted);
                self.answer(ticket, Ok(Accepted::Waiting { rejection }));
            }
            Err(error) => self.answer_refused(ticket, standing, &sealed, error),
        }
        Ok(())
    }

    fn turn_away(&mut self, arrival: Arrival, error: SubmitError) -> Step {
        let sealed = &arrival.entry.sealed;
        self.answer_refused(arrival.ticket, arrival.standing, sealed, error);
        Ok(())
    }

    /// Tells whoever submitted the transaction: by the answer, or, when it was taken in or called known before, by the news of
    /// its end.
    fn answer_refused(
        &mut self,
        ticket: Option<Ticket>,
        standing: Standing,
        sealed: &SealedEnvelope,
        error: SubmitError,
    ) {
        match standing {
            Standing::New => self.answer(ticket, Err(error)),
            Standing::Awaited => {
                self.answer(ticket, Err(error.clone()));
                self.report_dropped(sealed, error);
            }
            Standing::TakenIn => self.report_dropped(sealed, error),
        }
    }

    fn answer(&mut self, ticket: Option<Ticket>, answer: Result<Accepted, SubmitError>) {
        if let Some(ticket) = ticket {
            self.effects
                .push(ReplicaEffect::SubmitAnswer { ticket, answer });
        }
    }

    fn report_dropped_for_room(&mut self, evicted: Vec<Entry>) {
        if planted::is(Planted::DroppedSilently) {
            return;
        }
        for entry in evicted {
            self.report_dropped(&entry.sealed, SubmitError::GaveWay);
        }
    }

    pub(super) fn report_dropped(&mut self, sealed: &SealedEnvelope, reason: SubmitError) {
        self.effects.push(ReplicaEffect::Dropped {
            id: sealed.id(),
            reason,
        });
    }

    /// Hands gathered signatures to the verifying threads, as long as they are not busy.
    pub(super) fn start_verification(&mut self) {
        while let Some(batch) = self.admission.next_batch() {
            if matches!(batch.care, Care::OneByOne) {
                self.set_timer(TimerKey::VerifySuspects, SUSPECT_REST_MS);
            }
            self.effects.push(ReplicaEffect::VerifySignatures(batch));
        }
    }

    /// Those who have brought wrong signatures have their next turn.
    pub(super) fn suspects_have_rested(&mut self) {
        self.admission.suspects_rest = false;
    }

    /// The answer of a verifying thread.
    pub(super) fn signatures_verified(&mut self, batch: BatchId, wrong: &[usize]) -> Step {
        let wrong: BTreeSet<usize> = wrong.iter().copied().collect();
        let mut index = 0usize;
        for mut arrival in self.admission.take_batch(batch) {
            self.admission.release(&mut arrival);
            let mut right_count = 0u32;
            let mut found_wrong = Vec::new();
            for signature in &arrival.unverified {
                if wrong.contains(&index) {
                    found_wrong.push(*signature);
                } else {
                    right_count = right_count.saturating_add(1);
                    self.verified.insert(signature.digest);
                }
                index = index.saturating_add(1);
            }
            if arrival.considered_at != self.tip.height {
                found_wrong = self.wrong_still(&arrival.entry.sealed, found_wrong)?;
            }
            let wrong_signer = found_wrong.first().map(|it| it.signer);
            let wrong_by_itself = found_wrong
                .iter()
                .any(|it| matches!(it.signer, Signer::Key(_)));
            // Whoever brought what was right here once is not to blame for a key that has changed since then.
            let charged = match arrival.entry.was_right {
                true => 0,
                false => u32::try_from(found_wrong.len()).unwrap_or(u32::MAX),
            };
            let source = arrival.entry.source;
            let surplus = self
                .admission
                .note_signatures(source, right_count, charged, self.now_ms);
            self.turn_away_busy(surplus)?;
            // A registered key may have been another one when the peer verified it, or be another one soon: nobody is kept away
            // for that. A bare key is in the envelope: its signature is right or wrong for ever, and honest nodes hand on only
            // what they found right.
            if let (true, Source::Peer(peer)) = (wrong_by_itself, source) {
                self.penalise(peer, WRONG_BY_ITSELF.to_owned());
            }
            match wrong_signer {
                Some(signer) => {
                    if planted::is(Planted::BadEnvelopeBlocksId) {
                        self.admission.quarantine(arrival.entry.sealed.id());
                    }
                    let rejection = Rejection::SignatureWrong { signer };
                    self.turn_away(arrival, SubmitError::Rejected(rejection))?;
                }
                None if arrival.considered_at == self.tip.height => self.judge(arrival)?,
                // A block has changed the state meanwhile, and may even hold the transaction.
                None => self.consider(arrival)?,
            }
        }
        Ok(())
    }

    /// Which signatures of an envelope that were found wrong are still, a block after they were asked for: those by a key that
    /// is the signer's no more say nothing.
    fn wrong_still(
        &self,
        sealed: &SealedEnvelope,
        mut wrong: Vec<SignatureToVerify>,
    ) -> Step<Vec<SignatureToVerify>> {
        if wrong.is_empty() {
            return Ok(wrong);
        }
        match signatures_to_verify(&self.storage.state.snapshot(), sealed) {
            Ok(now) => wrong.retain(|it| now.iter().any(|other| other.digest == it.digest)),
            // Now it is refused for another reason, whatever its signatures.
            Err(Refusal::Rejected(_)) => wrong.clear(),
            Err(Refusal::State(error)) => return Err(error.into()),
        }
        Ok(wrong)
    }

    /// Judges a transaction anew that was taken in before.
    pub(super) fn consider_again(&mut self, entry: Entry) -> Step {
        self.consider(Arrival {
            entry,
            standing: Standing::TakenIn,
            ticket: None,
            unverified: Vec::new(),
            considered_at: self.tip.height,
        })
    }
}

#[cfg(test)]
mod tests;
