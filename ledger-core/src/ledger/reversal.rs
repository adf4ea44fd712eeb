//! Taking back what a settled order paid.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction;

pub(crate) fn reverse(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::dispute::ReverseOrder,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
