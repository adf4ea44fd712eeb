//! Upgrades of the rules: which version a block's day asks for, and how the city announces the next.
//!
//! A version acts from the first block of its day on. A program that does not know it can neither build nor check such a
//! block ([`super::BlockError::VersionUnknown`]): its node stops instead of guessing. So an upgrade needs no coordinated
//! restart, only that enough validators run the new program before the day begins.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::record::chain::{ChainRecord, GENESIS_RULES_VERSION, UpgradeRecord};
use crate::state::{Overlay, StateError, StateKey, StateView};
use crate::time::{Day, TimestampMs};
use crate::transaction::government::ScheduleUpgrade;

/// The version of the rules that a block at `time_ms` on the state `view` follows.
///
/// # Errors
/// When the storage fails.
pub fn required_version(view: &dyn StateView, time_ms: TimestampMs) -> Result<u16, StateError> {
    let state = Overlay::new(view);
    let chain: ChainRecord = state.load(&StateKey::Chain)?.ok_or_else(|| StateError {
        reason: "the chain record is missing".into(),
    })?;
    version_on(&state, chain.calendar.day(time_ms))
}

/// See [`required_version`].
pub(super) fn version_on(state: &Overlay<'_>, day: Day) -> Result<u16, StateError> {
    let record: Option<UpgradeRecord> = state.load(&StateKey::Upgrade)?;
    Ok(record.map_or(GENESIS_RULES_VERSION, |record| record.version_on(day)))
}

/// Announces a newer version, in place of one that has not begun.
pub(crate) fn schedule(
    context: &mut Context<'_, '_>,
    operation: &ScheduleUpgrade,
) -> Result<(), Refusal> {
    let (version, from_day) = (operation.version, operation.from_day);
    let today = context.block.today();
    if from_day <= today {
        let earliest = today.next();
        return Err(Rejection::UpgradeTooSoon { from_day, earliest }.into());
    }
    let current = version_on(context.state, today)?;
    if version <= current {
        return Err(Rejection::UpgradeNotNewer { version, current }.into());
    }
    context.require_threshold(context.block.chain.city)?;
    let record = UpgradeRecord {
        before: current,
        version,
        from_day,
    };
    context.store(&StateKey::Upgrade, &record);
    Ok(())
}
