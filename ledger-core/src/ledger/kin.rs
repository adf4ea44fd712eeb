//! Placeholder replaced by the rules of this subject.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction::account as operation;

pub(crate) fn link(_: &mut Context<'_, '_>, _: &operation::LinkKin) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn unlink(_: &mut Context<'_, '_>, _: &operation::UnlinkKin) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn set_allowance(
    _: &mut Context<'_, '_>,
    _: &operation::SetKinAllowance,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
