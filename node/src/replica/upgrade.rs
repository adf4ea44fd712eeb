//! Stopping before a version of the rules that this program does not know.
//!
//! The city announces a version for a day (`ScheduleUpgrade`). A program that does not know it can neither build nor check
//! a block of that day, so its node stops itself before it proposes one or votes on one, and says which version it needs;
//! from the announcement on it warns its operator. What always holds: no vote on, and no proposal of, a block whose rules
//! this program does not know leaves the node; and what was decided before the day is not lost by stopping.

use ledger_core::ledger::{BlockError, required_version};
use ledger_core::record::chain::UpgradeRecord;
use ledger_core::state::{Overlay, StateKey};
use ledger_core::time::TimestampMs;

use super::effect::{Alarm, Fault};
use super::{Replica, Step};

impl Replica {
    /// Checks that this program knows the rules of a block at `time_ms` after the tip.
    pub(super) fn require_known_rules(&self, time_ms: TimestampMs) -> Step {
        let view = self.storage.state.snapshot();
        let (required, known) = (required_version(&view, time_ms)?, self.config.rules_version);
        if required > known {
            return Err(Fault::RulesUnknown {
                height: self.tip.height.next(),
                required,
                known,
            });
        }
        Ok(())
    }

    /// The fault behind a block that could not be judged because its rules are unknown here; none for any other reason.
    pub(super) fn unknown_rules(&self, error: &BlockError) -> Option<Fault> {
        match error {
            BlockError::VersionUnknown { required, known } => Some(Fault::RulesUnknown {
                height: self.tip.height.next(),
                required: *required,
                known: *known,
            }),
            _ => None,
        }
    }

    /// Warns the operator of a version to come that this program does not know, when it is announced and at every start.
    pub(super) fn warn_of_upgrade(&mut self) -> Step {
        let view = self.storage.state.snapshot();
        let announced: Option<UpgradeRecord> = Overlay::new(&view).load(&StateKey::Upgrade)?;
        drop(view);
        let unknown = announced.filter(|upgrade| upgrade.version > self.config.rules_version);
        if unknown == self.upgrade_ahead {
            return Ok(());
        }
        self.upgrade_ahead = unknown;
        if let Some(upgrade) = unknown {
            self.alarm(Alarm::UpgradeAhead {
                version: upgrade.version,
                known: self.config.rules_version,
                from_day: upgrade.from_day,
            });
        }
        Ok(())
    }
}
