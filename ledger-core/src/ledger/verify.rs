//! Placeholder replaced by the rules of this subject.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction::service as operation;

pub(crate) fn verify(_: &mut Context<'_, '_>, _: &operation::VerifyOrder) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
