//! Training and campaigns: one record for many people who took part in the same thing.
//!
//! What always holds: an attendance is attested by two different people, of whom neither takes part and the social worker
//! is nobody's kin; everyone's interval is claimed like that of a service, all or nothing; what is credited is minted from
//! one budget line and never exceeds it. A training is paid for all or refused; in a campaign those whom the line no
//! longer covers, in list order, get honorary minutes.

use std::collections::BTreeSet;

use super::context::Context;
use super::kin::are_close;
use super::posting::check_quantum;
use super::rejection::{Refusal, Rejection};
use super::value::Income;
use super::{budget, claim};
use crate::amount::Minutes;
use crate::id::{AccountId, OrderId};
use crate::record::budget::{BudgetPurpose, BudgetRecord};
use crate::record::organisation::{Level, Role};
use crate::record::policy::PolicyParameter;
use crate::record::supply::SupplyRecord;
use crate::state::StateKey;
use crate::time::{DAY_MS, Day, MINUTE_MS};
use crate::transaction::Signer;
use crate::transaction::attendance::{
    Attendance, PARTICIPANTS_MAX, RecordCampaign, RecordTraining,
};

/// Records a training. What is credited is a percentage of the minutes by the policy of its district, rounded down.
pub(crate) fn record_training(
    context: &mut Context<'_, '_>,
    signer: Signer,
    operation: &RecordTraining,
) -> Result<(), Refusal> {
    let attendance = &operation.attendance;
    attest(context, signer, attendance)?;
    let district = attendance.district;
    let percent = context.policy_number(district, PolicyParameter::TrainingCreditablePercent)?;
    let percent = u16::try_from(percent).map_err(|_| Rejection::NumberOverflow)?;
    let credited = attendance.minutes.percent(percent)?;
    let count = u64::try_from(attendance.participants.len()).unwrap_or(u64::MAX);
    let minted = times(credited, count)?;
    let line = usable_line(context, attendance, BudgetPurpose::Training, minted)?;
    mint(context, attendance, line, minted, |supply| {
        &mut supply.issued_training
    })?;
    let income = Income::Training {
        attended: attendance.minutes,
    };
    for participant in &attendance.participants {
        context.credit(*participant, credited, income)?;
    }
    Ok(())
}

/// Records a campaign.
pub(crate) fn record_campaign(
    context: &mut Context<'_, '_>,
    signer: Signer,
    operation: &RecordCampaign,
) -> Result<(), Refusal> {
    let attendance = &operation.attendance;
    attest(context, signer, attendance)?;
    let minutes = attendance.minutes;
    let line = usable_line(context, attendance, BudgetPurpose::Campaign, Minutes::ZERO)?;
    // Nobody is paid in part: whom the line covers only partly gets honorary minutes too.
    let covered = line.available()?.0.checked_div(minutes.0).unwrap_or(0);
    let count = attendance.participants.len();
    let paid = usize::try_from(covered).unwrap_or(usize::MAX).min(count);
    let minted = times(minutes, u64::try_from(paid).unwrap_or(u64::MAX))?;
    mint(context, attendance, line, minted, |supply| {
        &mut supply.issued_campaign
    })?;
    let (paid, honoured) = attendance.participants.split_at(paid);
    for participant in paid {
        let income = Income::Campaign {
            served: minutes,
            honorary: Minutes::ZERO,
        };
        context.credit(*participant, minutes, income)?;
    }
    for participant in honoured {
        let income = Income::Campaign {
            served: Minutes::ZERO,
            honorary: minutes,
        };
        context.credit(*participant, Minutes::ZERO, income)?;
    }
    Ok(())
}

/// Checks when it was, who attests it and who took part, and claims everyone's interval.
fn attest(
    context: &mut Context<'_, '_>,
    signer: Signer,
    attendance: &Attendance,
) -> Result<(), Refusal> {
    check_participants(&attendance.participants)?;
    check_interval(context, attendance)?;
    let organiser = require_organiser(context, signer)?;
    let social_worker = require_social_worker(context, attendance, organiser)?;
    let record = OrderId::derive(context.transaction_id());
    let (start_ms, end_ms, minutes) = (attendance.start_ms, attendance.end_ms, attendance.minutes);
    for participant in attendance.participants.iter().copied() {
        for person in [organiser, social_worker] {
            if participant == person {
                return Err(Rejection::AttendanceParty { person }.into());
            }
        }
        context.live_person(participant)?;
        if are_close(context, participant, social_worker, start_ms)? {
            return Err(Rejection::AttendanceKin {
                person: social_worker,
                participant,
            }
            .into());
        }
        claim::claim_attendance(context, record, participant, start_ms, end_ms, minutes)?;
    }
    Ok(())
}

fn check_participants(participants: &[AccountId]) -> Result<(), Rejection> {
    let (count, limit) = (participants.len(), PARTICIPANTS_MAX);
    if count == 0 || count > limit {
        return Err(Rejection::ParticipantsCount { count, limit });
    }
    let mut seen = BTreeSet::new();
    match participants.iter().find(|account| !seen.insert(**account)) {
        Some(account) => Err(Rejection::ParticipantTwice { account: *account }),
        None => Ok(()),
    }
}

/// Checks the district, that it is over, not too long ago and at most a day long, and that the minutes fit.
fn check_interval(context: &Context<'_, '_>, attendance: &Attendance) -> Result<(), Refusal> {
    let (district, minutes) = (attendance.district, attendance.minutes);
    let level = context.organisation(district)?.level;
    if level != Level::District {
        let organisation = district;
        return Err(Rejection::OrderDistrict {
            organisation,
            level,
        }
        .into());
    }
    if minutes.is_zero() {
        return Err(Rejection::MinutesZero.into());
    }
    check_quantum(
        minutes,
        context.policy_minutes(district, PolicyParameter::Quantum)?,
    )?;
    let (start_ms, end_ms) = (attendance.start_ms, attendance.end_ms);
    if start_ms >= end_ms {
        return Err(Rejection::ServiceEmpty { start_ms, end_ms }.into());
    }
    let now_ms = context.block.time_ms;
    if end_ms > now_ms {
        return Err(Rejection::ServiceInFuture { end_ms, now_ms }.into());
    }
    let length_ms = end_ms.since_ms(start_ms);
    if length_ms > DAY_MS {
        return Err(Rejection::AttendanceTooLong { length_ms }.into());
    }
    let served = Minutes(length_ms / MINUTE_MS);
    if minutes > served {
        let claimed = minutes;
        return Err(Rejection::ClaimExceedsService { claimed, served }.into());
    }
    let days = context.policy_number(district, PolicyParameter::BackdatingDays)?;
    let days = u32::try_from(days).unwrap_or(u32::MAX);
    let earliest = Day(context.block.today().0.saturating_sub(days));
    let day = context.block.chain.calendar.day(start_ms);
    if day < earliest {
        return Err(Rejection::BackdatedTooFar { day, earliest }.into());
    }
    Ok(())
}

/// The person who organised it and began the transaction.
fn require_organiser(context: &mut Context<'_, '_>, signer: Signer) -> Result<AccountId, Refusal> {
    let person = match signer {
        Signer::Account(account) => {
            context.live_person(account)?;
            account
        }
        Signer::Staff(staff) => context.staff(staff)?.person,
        Signer::Key(_) => return Err(Rejection::SignerNotEntitled { signer }.into()),
    };
    context.signers.require(signer)?;
    Ok(person)
}

/// The person of a social worker who serves the district and is not the organiser.
fn require_social_worker(
    context: &mut Context<'_, '_>,
    attendance: &Attendance,
    organiser: AccountId,
) -> Result<AccountId, Refusal> {
    let district = attendance.district;
    let mut same = None;
    for signer in context.signers.unused() {
        let Signer::Staff(id) = signer else { continue };
        let record = context.staff(id)?;
        if !record.has(Role::SocialWorker) || !context.serves(id.organisation, district)? {
            continue;
        }
        let person = record.person;
        if person == organiser {
            same = Some(Rejection::SamePerson { person });
            continue;
        }
        context.signers.require(signer)?;
        return Ok(person);
    }
    Err(same
        .unwrap_or(Rejection::AttendanceUnverified { district })
        .into())
}

/// The line that pays, if it is for this purpose and covers the district.
fn usable_line(
    context: &Context<'_, '_>,
    attendance: &Attendance,
    purpose: BudgetPurpose,
    minutes: Minutes,
) -> Result<BudgetRecord, Refusal> {
    let (line, district) = (attendance.budget, attendance.district);
    let record = budget::usable(context, line, purpose, minutes)?;
    let scope = record.scope;
    if !context.covers(scope, district)? {
        return Err(Rejection::AttendanceBudgetScope {
            budget: line,
            scope,
            district,
        }
        .into());
    }
    Ok(record)
}

/// Mints `minutes` from `line`, under the figure of the supply that `issued` names. The caller credits them at once.
fn mint(
    context: &mut Context<'_, '_>,
    attendance: &Attendance,
    mut line: BudgetRecord,
    minutes: Minutes,
    issued: fn(&mut SupplyRecord) -> &mut Minutes,
) -> Result<(), Refusal> {
    line.used = line.used.plus(minutes)?;
    context.store(&StateKey::Budget(attendance.budget), &line);
    let mut supply = context.supply()?;
    let figure = issued(&mut supply);
    *figure = figure.plus(minutes)?;
    context.store(&StateKey::Supply, &supply);
    Ok(())
}

fn times(minutes: Minutes, count: u64) -> Result<Minutes, Rejection> {
    let product = minutes.0.checked_mul(count);
    product.map(Minutes).ok_or(Rejection::NumberOverflow)
}
