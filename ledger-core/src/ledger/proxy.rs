//! Placeholder replaced by the rules of this subject.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction::account as operation;

pub(crate) fn appoint(_: &mut Context<'_, '_>, _: &operation::AppointProxy) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn revoke(_: &mut Context<'_, '_>, _: &operation::RevokeProxy) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
