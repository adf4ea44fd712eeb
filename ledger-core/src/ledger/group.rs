//! Groups: volunteer teams that earn together.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction;

pub(crate) fn open(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::account::OpenGroup,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn set_members(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::account::SetMembers,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
