//! Placeholder replaced by the rules of this subject.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction::account as operation;

pub(crate) fn open(_: &mut Context<'_, '_>, _: &operation::OpenAccount) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn rotate_key(_: &mut Context<'_, '_>, _: &operation::RotateKey) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
