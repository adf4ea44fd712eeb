//! Disputes, decisions and appeals.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction;

pub(crate) fn open(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::dispute::OpenDispute,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn resolve(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::dispute::ResolveDispute,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn appeal(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::dispute::Appeal,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

/// Pays the split of a dispute whose appeal window has ended, as work of the chain.
pub(crate) fn settle_decision(
    _context: &mut Context<'_, '_>,
    _order: crate::id::OrderId,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
