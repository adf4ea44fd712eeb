//! Grants from budget lines and pools, and the settling of what merchants are owed.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction;

pub(crate) fn grant(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::value::Grant,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn spend_pool(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::value::SpendPool,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn settle_merchant(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::value::SettleMerchant,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
