//! What parties to an order report of each other: absence and ratings.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction;

pub(crate) fn report_no_show(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::service::ReportNoShow,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn rate(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::service::RateOrder,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
