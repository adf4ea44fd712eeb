//! Placeholder replaced by the rules of this subject.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction::government as operation;

pub(crate) fn set_policy(_: &mut Context<'_, '_>, _: &operation::SetPolicy) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn set_catalogue(
    _: &mut Context<'_, '_>,
    _: &operation::SetCatalogue,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
