//! Placeholder replaced by the rules of this subject.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction::government as operation;

pub(crate) fn register(
    _: &mut Context<'_, '_>,
    _: &operation::RegisterOrganisation,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn set_staff(_: &mut Context<'_, '_>, _: &operation::SetStaff) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
