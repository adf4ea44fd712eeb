//! What the histories did: how often each operation applied or was refused, and by which rule.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use ledger_core::ledger::Rejection;
use ledger_core::transaction::Operation;

use super::ledger::Candidate;

/// Every operation the histories consist of. Those of validators alone, which the model knows nothing of, are not among
/// them: `SetValidators` and `SubmitEvidence`.
pub const OPERATIONS: [&str; 51] = [
    "RegisterOrganisation",
    "SetStaff",
    "SetPolicy",
    "SetCatalogue",
    "ScheduleUpgrade",
    "OpenBudget",
    "FundPool",
    "AdvanceTime",
    "CosignClearing",
    "OpenAccount",
    "OpenGroup",
    "SetMembers",
    "SetLegalGuardian",
    "RotateKey",
    "SetGuardians",
    "StartRecovery",
    "CancelRecovery",
    "FinishRecovery",
    "LinkKin",
    "UnlinkKin",
    "SetKinAllowance",
    "AppointProxy",
    "RevokeProxy",
    "SetProgrammes",
    "MoveHome",
    "Freeze",
    "Unfreeze",
    "CloseAccount",
    "PostOrder",
    "AcceptOrder",
    "StartOrder",
    "CompleteOrder",
    "CancelOrder",
    "ReportNoShow",
    "VerifyOrder",
    "RecordService",
    "RecordTraining",
    "RecordCampaign",
    "RateOrder",
    "OpenDispute",
    "ResolveDispute",
    "Appeal",
    "ReverseOrder",
    "Gift",
    "Donate",
    "Grant",
    "SpendPool",
    "RegisterMerchant",
    "SetItems",
    "Redeem",
    "SettleMerchant",
];

/// What applies only while more than a thousand pieces of work are due at once: the chain ends recoveries by itself first.
pub const NEVER_FIRST: &str = "FinishRecovery";

/// Rejections the histories cannot meet with: forms and chains the model knows nothing of, what concerns validators alone,
/// keys that may not be registered, limits that take more than fifty transactions, and what shows only while more than a
/// thousand pieces of work are due at once. Tests of the rules themselves produce each of them.
pub const UNREACHABLE: [&str; 28] = [
    "envelope_malformed",
    "wrong_chain",
    "key_refused",
    "validators_malformed",
    "validators_unchanged",
    "validators_changed_now",
    "validators_changes_max",
    "validators_removed",
    "validators_added",
    "validator_unknown",
    "evidence_height",
    "evidence_known",
    "evidence_per_day",
    "evidence_invalid",
    "scheduled_max",
    "staff_max",
    "members_max",
    "member_changes_max",
    "staff_changes_max",
    "programmes_max",
    "guardians_max",
    "items_max",
    "ended_uses_max",
    "clearing_cosignatures_max",
    "budgets_max",
    "order_lapsed",
    "recovery_over",
    "grantees_count",
];

/// Counts over many histories.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Histories played to their end.
    pub histories: u64,
    /// By operation: how often it applied and how often it was refused.
    pub operations: BTreeMap<String, (u64, u64)>,
    /// By code of rejection.
    pub rejections: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Counts a block.
    pub fn count(&mut self, candidates: &[Candidate], answers: &[Option<Rejection>]) {
        for (candidate, answer) in candidates.iter().zip(answers) {
            let name = name_of(&candidate.sealed.transaction().operation);
            let (applied, refused) = self.operations.entry(name).or_default();
            match answer {
                None => *applied += 1,
                Some(rejection) => {
                    *refused += 1;
                    *self.rejections.entry(rejection.code()).or_default() += 1;
                }
            }
        }
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Tally) {
        self.histories += other.histories;
        for (name, (applied, refused)) in &other.operations {
            let sum = self.operations.entry(name.clone()).or_default();
            sum.0 += applied;
            sum.1 += refused;
        }
        for (code, count) in &other.rejections {
            *self.rejections.entry(code).or_default() += count;
        }
    }

    /// All transactions that applied, and all that were refused.
    pub fn totals(&self) -> (u64, u64) {
        self.operations
            .values()
            .fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
    }

    /// Operations that never applied.
    pub fn never_applied(&self) -> Vec<&'static str> {
        let applied = |name: &str| self.operations.get(name).is_some_and(|it| it.0 > 0);
        OPERATIONS
            .into_iter()
            .filter(|name| *name != NEVER_FIRST && !applied(name))
            .collect()
    }

    /// Rejections no history met with, apart from those `unreachable`.
    pub fn never_refused(&self, unreachable: &[&str]) -> Vec<&'static str> {
        Rejection::CODES
            .iter()
            .copied()
            .filter(|code| !unreachable.contains(code) && !self.rejections.contains_key(code))
            .collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (applied, refused) = self.totals();
        writeln!(f, "{:>30} {:>10} {:>10}", "operation", "applied", "refused")?;
        for (name, (applied, refused)) in &self.operations {
            writeln!(f, "{name:>30} {applied:>10} {refused:>10}")?;
        }
        writeln!(f, "{:>30} {applied:>10} {refused:>10}", "all")?;
        writeln!(f, "{:>30} {:>10}", "rejection", "times")?;
        for (code, count) in &self.rejections {
            writeln!(f, "{code:>30} {count:>10}")?;
        }
        writeln!(f, "{} histories", self.histories)
    }
}

/// The name of an operation's variant.
pub fn name_of(operation: &Operation) -> String {
    /// Takes everything up to the first bracket.
    struct Name(String);
    impl Write for Name {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            match text.split_once('(') {
                Some((before, _)) => {
                    self.0.push_str(before);
                    // Nothing after the name is worth formatting.
                    Err(fmt::Error)
                }
                None => {
                    self.0.push_str(text);
                    Ok(())
                }
            }
        }
    }
    let mut name = Name(String::new());
    // It always fails, at the bracket.
    let _ = write!(name, "{operation:?}");
    name.0
}
