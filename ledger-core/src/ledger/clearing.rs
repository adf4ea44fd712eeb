//! Clearing between districts.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::amount::Minutes;
use crate::id::OrganisationId;
use crate::transaction;

pub(crate) fn cosign(
    _context: &mut Context<'_, '_>,
    _operation: &transaction::government::CosignClearing,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

/// Closes a month, as work of the chain.
pub(crate) fn close_month(
    _context: &mut Context<'_, '_>,
    _month: crate::time::Month,
) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

/// Which way a flow between districts is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counting {
    /// Something was paid for.
    Forward,
    /// It was reversed.
    Back,
}

impl Context<'_, '_> {
    /// Counts minutes that came into an account at home in `district`, or into a pool of one of its organisations.
    pub(crate) fn count_received(
        &mut self,
        _district: OrganisationId,
        _minutes: Minutes,
    ) -> Result<(), Refusal> {
        Ok(())
    }

    /// Counts minutes that left an account at home in `district`, or a pool of one of its organisations.
    pub(crate) fn count_left(
        &mut self,
        _district: OrganisationId,
        _minutes: Minutes,
    ) -> Result<(), Refusal> {
        Ok(())
    }

    /// Counts minutes granted to people of `district`; they are counted as received besides.
    pub(crate) fn count_granted(
        &mut self,
        _district: OrganisationId,
        _minutes: Minutes,
    ) -> Result<(), Refusal> {
        Ok(())
    }

    /// Counts minutes of people of `district` that expired; they are counted as having left besides.
    pub(crate) fn count_expired(
        &mut self,
        _district: OrganisationId,
        _minutes: Minutes,
    ) -> Result<(), Refusal> {
        Ok(())
    }

    /// Counts minutes that people at home in `payer` paid for a service or goods of the district `place`.
    pub(crate) fn count_flow(
        &mut self,
        _payer: OrganisationId,
        _place: OrganisationId,
        _minutes: Minutes,
        _counting: Counting,
    ) -> Result<(), Refusal> {
        Ok(())
    }

    /// Counts the balance of an account that moves home from one district to another: it leaves the one and comes into
    /// the other.
    pub(crate) fn count_move(
        &mut self,
        _from: OrganisationId,
        _to: OrganisationId,
        _minutes: Minutes,
    ) -> Result<(), Refusal> {
        Ok(())
    }
}
