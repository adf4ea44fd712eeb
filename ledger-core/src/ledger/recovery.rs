//! Guardians and recovery of lost keys.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction;

pub(crate) fn set_guardians(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::recovery::SetGuardians,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn start(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::recovery::StartRecovery,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn cancel(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::recovery::CancelRecovery,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn finish(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::recovery::FinishRecovery,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

/// Ends a recovery whose delay has passed, as work of the chain.
pub(crate) fn finish_due(
    _context: &mut Context<'_, '_>,
    _account: crate::id::AccountId,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
