//! Training and campaigns.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::transaction;

pub(crate) fn record_training(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::attendance::RecordTraining,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

pub(crate) fn record_campaign(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::attendance::RecordCampaign,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
