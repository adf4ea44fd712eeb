//! Placeholder replaced by the rules of this subject.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction::government as operation;

pub(crate) fn open(_: &mut Context<'_, '_>, _: &operation::OpenBudget) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn fund_pool(_: &mut Context<'_, '_>, _: &operation::FundPool) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
