//! What happens to transactions in the mempool: those that wait are tried again, this node's own are sent again, and one
//! that breaks the books is kept out.

use std::sync::Arc;

use ledger_core::id::TransactionId;
use ledger_core::transaction::SealedEnvelope;

use super::input::SubmitError;
use super::mempool::Origin;
use super::messages::TransactionGroup;
use super::{RESEND_INTERVAL_MS, Replica, ReplicaEffect, Step, TimerKey, Topic};

/// How many transactions that wait are tried again in one go.
const RETRIES_MAX: usize = 256;
/// The pause between two goes.
const RETRY_PAUSE_MS: u64 = 5;
/// The most bytes of own transactions sent again in one go.
const RESEND_BYTES_MAX: usize = 1024 * 1024;

impl Replica {
    /// After a block: what a block under construction refused, and what waits, is judged against the new state.
    pub(super) fn reconsider(&mut self) -> Step {
        for entry in self.mempool.take_set_aside(RETRIES_MAX) {
            self.consider_again(entry)?;
        }
        self.retry_waiting()
    }

    pub(super) fn retry_waiting(&mut self) -> Step {
        self.admission.retry_timer_runs = false;
        let retried = self.mempool.take_to_retry(self.tip.height, RETRIES_MAX);
        let more = retried.len() == RETRIES_MAX;
        for entry in retried {
            self.consider_again(entry)?;
        }
        if more && !self.admission.retry_timer_runs {
            self.admission.retry_timer_runs = true;
            self.set_timer(TimerKey::RetryWaiting, RETRY_PAUSE_MS);
        }
        Ok(())
    }

    /// Keeps a transaction out from now on.
    pub(super) fn quarantine(&mut self, sealed: &SealedEnvelope) {
        self.admission.quarantine(sealed.id());
        if self.mempool.remove(&sealed.envelope_hash()).is_some() {
            self.report_dropped(sealed, SubmitError::Quarantined);
        }
    }

    /// Drops a transaction that still waits for another.
    pub(super) fn withdraw(&mut self, id: TransactionId) {
        for entry in self.mempool.remove_waiting(&id) {
            if let Some(waits) = entry.waits {
                self.report_dropped(&entry.sealed, SubmitError::Rejected(waits.rejection));
            }
        }
    }

    pub(super) fn set_resend_timer(&mut self) {
        if !self.admission.resend_timer_runs {
            self.admission.resend_timer_runs = true;
            self.set_timer(TimerKey::Resend, RESEND_INTERVAL_MS);
        }
    }

    /// Sends own transactions again that are not committed after a while: a peer may have been away, or a message lost.
    pub(super) fn resend(&mut self) {
        self.admission.resend_timer_runs = false;
        let mut bytes = 0usize;
        let mut old = Vec::new();
        let mut any = false;
        for entry in self.mempool.ready_in_order() {
            if entry.origin != Origin::Own {
                continue;
            }
            any = true;
            let age_ms = self.now_ms.saturating_sub(entry.arrived_ms);
            bytes = bytes.saturating_add(entry.sealed.bytes().len());
            if age_ms < RESEND_INTERVAL_MS || bytes > RESEND_BYTES_MAX {
                break;
            }
            old.push(Arc::clone(&entry.sealed));
        }
        for bytes in TransactionGroup::encode_all(&old) {
            self.effects.push(ReplicaEffect::Publish {
                topic: Topic::Transactions,
                bytes,
            });
        }
        if any {
            self.set_resend_timer();
        }
    }
}
