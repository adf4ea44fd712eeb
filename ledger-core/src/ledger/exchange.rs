//! Placeholder replaced by the rules of this subject.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction::value as operation;

pub(crate) fn gift(_: &mut Context<'_, '_>, _: &operation::Gift) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn donate(_: &mut Context<'_, '_>, _: &operation::Donate) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn register_merchant(
    _: &mut Context<'_, '_>,
    _: &operation::RegisterMerchant,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn set_items(_: &mut Context<'_, '_>, _: &operation::SetItems) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn redeem(_: &mut Context<'_, '_>, _: &operation::Redeem) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
