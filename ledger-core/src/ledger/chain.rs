//! Placeholder replaced by the rules of this subject.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction::Signer;
use crate::transaction::government as operation;

pub(crate) fn set_validators(
    _: &mut Context<'_, '_>,
    _: &operation::SetValidators,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn submit_evidence(
    _: &mut Context<'_, '_>,
    _: Signer,
    _: &operation::SubmitEvidence,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn advance_time(
    _: &mut Context<'_, '_>,
    _: &operation::AdvanceTime,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
