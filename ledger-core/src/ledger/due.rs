//! What the chain does by itself: settlement, lapse, forgetting.
//!
//! Due entries are keyed `(due_ms, kind, id)`; a block executes exactly the first `min(1,000, number due)` before its
//! transactions. Every rule also tests dates itself, so an entry that waits its turn counts as done.
//!
//! Nothing here can be refused: everything it needs was set aside beforehand. Should a rule be wrong all the same, the
//! block is invalid ([`BlockError::DueWork`]): going on would skip work, and a node must not fall over.

use super::block_error::{ApplyError, BlockError};
use super::context::{BlockContext, Context};
use super::rejection::Refusal;
use super::signers::Signers;
use super::{claim, clearing, dispute, kin, order, recovery, settlement};
use crate::codec;
use crate::planted::{self, Planted};
use crate::receipt::{Cause, Receipt};
use crate::state::overlay::RECORD_BYTES_MAX;
use crate::state::{DueEntry, DueWork, Overlay, StateError, StateKey, StateView};
use crate::time::{HOUR_MS, TimestampMs};

impl Context<'_, '_> {
    /// Queues `work` for `due_ms`, or the next block when that is past.
    pub(crate) fn queue(&mut self, due_ms: TimestampMs, work: DueWork) {
        let entry = DueEntry { due_ms, work };
        self.store(&StateKey::Due(entry), &entry);
    }

    /// Takes work from the queue that is no longer to be done.
    pub(crate) fn unqueue(&mut self, due_ms: TimestampMs, work: DueWork) {
        self.state.delete(&StateKey::Due(DueEntry { due_ms, work }));
    }
}

/// Does the first `work_max` pieces of work due by block time.
pub(crate) fn run(
    state: &mut Overlay<'_>,
    block: &BlockContext,
    work_max: usize,
) -> Result<Vec<Receipt>, ApplyError> {
    let early_ms = if planted::is(Planted::DueEntryExecutedEarly) {
        HOUR_MS
    } else {
        0
    };
    let (from, to) = StateKey::due_range(block.time_ms.plus_ms(early_ms));
    let due = state.scan(&from, &to, work_max)?;
    let mut receipts = Vec::with_capacity(due.len());
    for (_, value) in due {
        let entry = decode(&value)?;
        receipts.push(execute(state, block, entry)?);
    }
    Ok(receipts)
}

/// When the first piece of work falls due; none when the queue is empty.
pub(crate) fn first(view: &dyn StateView) -> Result<Option<TimestampMs>, StateError> {
    let (from, to) = StateKey::due_range(TimestampMs(u64::MAX));
    let first = view.scan(&from, &to, 1)?;
    first
        .first()
        .map(|(_, value)| decode(value).map(|entry| entry.due_ms))
        .transpose()
}

fn decode(value: &[u8]) -> Result<DueEntry, StateError> {
    codec::decode(value, RECORD_BYTES_MAX).map_err(|error| StateError {
        reason: format!("a due entry is damaged: {error}"),
    })
}

fn execute(
    state: &mut Overlay<'_>,
    block: &BlockContext,
    entry: DueEntry,
) -> Result<Receipt, ApplyError> {
    let cause = match entry.work {
        DueWork::Settle(order) => Cause::Settlement(order),
        DueWork::Lapse(order) => Cause::Lapse(order),
        DueWork::Forget(hour) => Cause::Forgetting(hour),
        DueWork::Expire(account, day) => Cause::Expiry(account, day),
        DueWork::Recover(account) => Cause::Recovery(account),
        DueWork::SettleDecision(order) => Cause::Decision(order),
        DueWork::Escalate(order) => Cause::Escalation(order),
        DueWork::ForgetOrder(order) => Cause::OrderForgetting(order),
        DueWork::ForgetDay(account, day) => Cause::DayForgetting(account, day),
        DueWork::CloseMonth(month) => Cause::MonthClose(month),
        DueWork::ServeReserve(pool) => Cause::ReserveServing(pool),
        DueWork::ForgetKin(account, kin) => Cause::KinForgetting(account, kin),
    };
    let mut context = Context {
        state,
        block,
        cause,
        signers: Signers::default(),
        postings: Vec::new(),
    };
    let outcome = match entry.work {
        DueWork::Settle(order) => settlement::settle(&mut context, order),
        DueWork::Lapse(order) => order::lapse(&mut context, order),
        DueWork::Forget(hour) => {
            context.state.delete(&StateKey::RememberedHour(hour));
            context.state.forget_hour(hour);
            Ok(())
        }
        DueWork::Expire(account, _) => context.expire_lots(account),
        DueWork::Recover(account) => recovery::finish_due(&mut context, account),
        DueWork::SettleDecision(order) => dispute::settle_decision(&mut context, order),
        DueWork::Escalate(order) => settlement::escalate(&mut context, order),
        DueWork::ForgetOrder(order) => settlement::forget(&mut context, order),
        DueWork::ForgetDay(account, day) => claim::forget_day(&mut context, account, day),
        DueWork::CloseMonth(month) => clearing::close_month(&mut context, month),
        DueWork::ServeReserve(pool) => context.serve_reserve(pool),
        DueWork::ForgetKin(account, kin) => {
            kin::forget(&mut context, account, kin);
            Ok(())
        }
    };
    match outcome {
        Ok(()) => {}
        Err(Refusal::State(error)) => return Err(error.into()),
        Err(Refusal::Rejected(rejection)) => {
            let rejection = Box::new(rejection);
            return Err(BlockError::DueWork { entry, rejection }.into());
        }
    }
    let postings = std::mem::take(&mut context.postings);
    state.delete(&StateKey::Due(entry));
    state.keep();
    Ok(Receipt { cause, postings })
}
