//! Explanations of what the city and its offices decide.

use ledger_core::certificate::{Evidence, SignedVote, Vote, VoteStep};
use ledger_core::message::Arguments;
use ledger_core::record::organisation::StaffRecord;
use ledger_core::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use ledger_core::transaction::government::{
    AdvanceTime, CosignClearing, FundPool, OpenBudget, RegisterOrganisation, ScheduleUpgrade,
    SetCatalogue, SetPolicy, SetStaff, SetValidators, StaffChange, SubmitEvidence,
};
use ledger_core::validator::Validator;

use super::sheet::Sheet;

pub(super) fn register_organisation(sheet: &mut Sheet, register: &RegisterOrganisation) {
    let RegisterOrganisation {
        organisation,
        parent,
        level,
    } = register;
    sheet.office("organisation", *organisation);
    sheet.office("parent", *parent);
    sheet.word("level", level);
}

pub(super) fn set_staff(sheet: &mut Sheet, set: &SetStaff) {
    let SetStaff {
        organisation,
        changes,
        threshold,
    } = set;
    sheet.office("organisation", *organisation);
    sheet.list("staff", changes, staff_change);
    sheet.plain("administrators_needed", threshold);
}

fn staff_change(sheet: &Sheet, change: &StaffChange) -> String {
    let StaffChange { number, entry } = change;
    let arguments = Arguments::NONE.text("number", number);
    let Some(StaffRecord { key, roles, person }) = entry else {
        return sheet.message("staff-removed", &arguments);
    };
    let arguments = arguments
        .text("roles", sheet.words_of(roles))
        .text("person", person)
        .text("key", key);
    sheet.message("staff-entry", &arguments)
}

pub(super) fn set_policy(sheet: &mut Sheet, set: &SetPolicy) {
    let SetPolicy {
        scope,
        parameter,
        value,
        from_day,
    } = set;
    sheet.office("scope", *scope);
    sheet.word("parameter", parameter);
    sheet.optional(
        "value",
        "policy-withdrawn",
        value.as_ref(),
        |sheet, value| policy_value(sheet, *parameter, value),
    );
    sheet.day("from_day", *from_day);
}

fn policy_value(sheet: &Sheet, parameter: PolicyParameter, value: &PolicyValue) -> String {
    let is_span = matches!(
        parameter,
        PolicyParameter::DisputeWindowMs
            | PolicyParameter::OrderLapseMs
            | PolicyParameter::AppealWindowMs
            | PolicyParameter::RecoveryDelayMs
    );
    match value {
        PolicyValue::Number(span_ms) if is_span => sheet.span(*span_ms),
        PolicyValue::Number(number) => number.to_string(),
        PolicyValue::Programmes(programmes) if programmes.is_empty() => {
            sheet.message("everyone", &Arguments::NONE)
        }
        PolicyValue::Programmes(programmes) => sheet.programmes(programmes),
    }
}

pub(super) fn set_catalogue(sheet: &mut Sheet, set: &SetCatalogue) {
    let SetCatalogue {
        code,
        entry,
        from_day,
    } = set;
    sheet.plain("service", code);
    sheet.optional("service_entry", "service-retired", *entry, service_entry);
    sheet.day("from_day", *from_day);
}

fn service_entry(sheet: &Sheet, entry: CatalogueEntry) -> String {
    let CatalogueEntry {
        minutes_min,
        minutes_max,
        multiplier_percent,
    } = entry;
    let arguments = Arguments::NONE
        .text("least", sheet.duration(minutes_min))
        .text("most", sheet.duration(minutes_max))
        .text("percent", multiplier_percent);
    sheet.message("service-entry", &arguments)
}

pub(super) fn set_validators(sheet: &mut Sheet, set: &SetValidators) {
    let SetValidators { validators } = set;
    sheet.list("validators", validators, |sheet, validator| {
        let Validator {
            organisation,
            consensus_key,
            peer_key,
            power,
        } = validator;
        let arguments = Arguments::NONE
            .text("office", organisation.0)
            .text("power", power)
            .text("consensus_key", consensus_key)
            .text("peer_key", peer_key);
        sheet.message("validator", &arguments)
    });
    sheet.warn("validators");
}

pub(super) fn open_budget(sheet: &mut Sheet, open: &OpenBudget) {
    let OpenBudget {
        scope,
        purpose,
        minutes,
        last_day,
    } = open;
    sheet.office("scope", *scope);
    sheet.word("purpose", purpose);
    sheet.minutes("minutes", *minutes);
    sheet.day("last_day", *last_day);
    sheet.warn("mints");
}

pub(super) fn fund_pool(sheet: &mut Sheet, fund: &FundPool) {
    let FundPool {
        budget,
        pool,
        minutes,
    } = fund;
    sheet.plain("budget", budget);
    sheet.pool(*pool);
    sheet.minutes("minutes", *minutes);
    sheet.warn("mints");
}

pub(super) fn submit_evidence(sheet: &mut Sheet, submit: &SubmitEvidence) {
    let SubmitEvidence {
        evidence: Evidence { first, second },
    } = submit;
    sheet.line("vote_first", vote(sheet, first));
    sheet.line("vote_second", vote(sheet, second));
}

fn vote(sheet: &Sheet, signed: &SignedVote) -> String {
    let SignedVote {
        vote:
            Vote {
                chain_id,
                height,
                round,
                step,
                block_id,
                validator,
            },
        signature,
    } = signed;
    let step = match step {
        VoteStep::Prevote => "vote-prevote",
        VoteStep::Precommit => "vote-precommit",
    };
    let block = match block_id {
        Some(block_id) => block_id.to_string(),
        None => sheet.message("vote-no-block", &Arguments::NONE),
    };
    let arguments = Arguments::NONE
        .text("chain", chain_id)
        .text("height", height)
        .text("round", round)
        .text("step", sheet.message(step, &Arguments::NONE))
        .text("block", block)
        .text("validator", validator)
        .text("signature", signature);
    sheet.message("vote", &arguments)
}

pub(super) fn advance_time(sheet: &mut Sheet, advance: &AdvanceTime) {
    let AdvanceTime { to_ms } = advance;
    sheet.instant("advance_to", *to_ms);
    sheet.warn("test_chain");
}

pub(super) fn schedule_upgrade(sheet: &mut Sheet, schedule: &ScheduleUpgrade) {
    let ScheduleUpgrade { version, from_day } = schedule;
    sheet.plain("rules_version", version);
    sheet.day("from_day", *from_day);
    sheet.warn("upgrade");
}

pub(super) fn cosign_clearing(sheet: &mut Sheet, cosign: &CosignClearing) {
    let CosignClearing { month, hash } = cosign;
    sheet.month("month", *month);
    sheet.plain("clearing_hash", hash);
}
