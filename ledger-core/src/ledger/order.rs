//! Placeholder replaced by the rules of this subject.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction::service as operation;

pub(crate) fn post(_: &mut Context<'_, '_>, _: &operation::PostOrder) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn accept(_: &mut Context<'_, '_>, _: &operation::AcceptOrder) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn start(_: &mut Context<'_, '_>, _: &operation::StartOrder) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn cancel(_: &mut Context<'_, '_>, _: &operation::CancelOrder) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn settle(_: &mut Context<'_, '_>, _: crate::id::OrderId) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn lapse(_: &mut Context<'_, '_>, _: crate::id::OrderId) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
