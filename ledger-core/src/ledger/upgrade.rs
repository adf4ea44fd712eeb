//! Upgrades of the rules.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction;

pub(crate) fn schedule(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::government::ScheduleUpgrade,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
