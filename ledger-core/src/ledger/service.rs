//! Placeholder replaced by the rules of this subject.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction::service as operation;

pub(crate) fn complete(
    _: &mut Context<'_, '_>,
    _: &operation::CompleteOrder,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn record(_: &mut Context<'_, '_>, _: &operation::RecordService) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
