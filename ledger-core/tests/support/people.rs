//! Random operations on what accounts may do, on recovery, disputes, attendance and grants.

use ledger_core::id::ProgrammeCode;
use ledger_core::record::order::{ReversalReason, Side};
use ledger_core::record::recovery::Guardian;
use ledger_core::transaction::Operation;
use ledger_core::transaction::account::{
    CloseAccount, Freeze, MoveHome, OpenGroup, Rest, SetLegalGuardian, SetMembers, SetProgrammes,
    Unfreeze,
};
use ledger_core::transaction::attendance::{Attendance, RecordCampaign, RecordTraining};
use ledger_core::transaction::dispute::{Appeal, OpenDispute, ResolveDispute, ReverseOrder};
use ledger_core::transaction::government::{CosignClearing, ScheduleUpgrade};
use ledger_core::transaction::recovery::{
    CancelRecovery, FinishRecovery, SetGuardians, StartRecovery,
};
use ledger_core::transaction::service::{RateOrder, ReportNoShow};
use ledger_core::transaction::value::{Grant, Grantees, SettleMerchant, SpendPool};

use super::*;

pub(super) fn standing_operation() -> BoxedStrategy<Operation> {
    let guardian = (account(), option::of(account()))
        .prop_map(|(account, guardian)| SetLegalGuardian { account, guardian }.into());
    let group = (organisation(), key()).prop_map(|(home, key)| OpenGroup { home, key }.into());
    let members = (account(), vec(account(), 0..4), vec(account(), 0..4))
        .prop_map(|(group, add, remove)| SetMembers { group, add, remove }.into());
    let programmes = (account(), programmes()).prop_map(|(account, programmes)| {
        SetProgrammes {
            account,
            programmes,
        }
        .into()
    });
    let move_home = (account(), organisation())
        .prop_map(|(account, new_home)| MoveHome { account, new_home }.into());
    let freeze = account().prop_map(|account| Freeze { account }.into());
    let unfreeze = account().prop_map(|account| Unfreeze { account }.into());
    let rest = prop_oneof![
        account().prop_map(Rest::Kin),
        account().prop_map(Rest::Estate),
        Just(Rest::Donation),
    ];
    let close = (account(), rest).prop_map(|(account, rest)| CloseAccount { account, rest }.into());
    prop_oneof![
        guardian, group, members, programmes, move_home, freeze, unfreeze, close
    ]
    .boxed()
}

pub(super) fn recovery_operation() -> BoxedStrategy<Operation> {
    let guardian = prop_oneof![
        account().prop_map(Guardian::Account),
        organisation().prop_map(Guardian::Office),
    ];
    let set = (account(), vec(guardian, 0..4), any::<u8>(), any::<u64>()).prop_map(
        |(account, guardians, threshold, delay_ms)| {
            SetGuardians {
                account,
                guardians,
                threshold,
                delay_ms,
            }
            .into()
        },
    );
    let start =
        (account(), key()).prop_map(|(account, new_key)| StartRecovery { account, new_key }.into());
    let cancel = account().prop_map(|account| CancelRecovery { account }.into());
    let finish = account().prop_map(|account| FinishRecovery { account }.into());
    prop_oneof![set, start, cancel, finish].boxed()
}

pub(super) fn dispute_operation() -> BoxedStrategy<Operation> {
    let sides = || select(vec![Side::Provider, Side::Recipient]);
    let no_show =
        (order(), sides()).prop_map(|(order, absent)| ReportNoShow { order, absent }.into());
    let rate = (order(), sides(), any::<u8>()).prop_map(|(order, rated, stars)| {
        RateOrder {
            order,
            rated,
            stars,
        }
        .into()
    });
    let open = order().prop_map(|order| OpenDispute { order }.into());
    let resolve = (order(), minutes()).prop_map(|(order, provider_minutes)| {
        ResolveDispute {
            order,
            provider_minutes,
        }
        .into()
    });
    let appeal = order().prop_map(|order| Appeal { order }.into());
    let reasons = [
        ReversalReason::NotServed,
        ReversalReason::WrongProvider,
        ReversalReason::WrongRecipient,
        ReversalReason::StolenKey,
        ReversalReason::Fraud,
    ];
    let reverse = (order(), select(reasons.to_vec()))
        .prop_map(|(order, reason)| ReverseOrder { order, reason }.into());
    prop_oneof![no_show, rate, open, resolve, appeal, reverse].boxed()
}

pub(super) fn office_operation() -> BoxedStrategy<Operation> {
    let training = attendance().prop_map(|attendance| RecordTraining { attendance }.into());
    let campaign = attendance().prop_map(|attendance| RecordCampaign { attendance }.into());
    let grant =
        (budget_id(), grantees()).prop_map(|(budget, grantees)| Grant { budget, grantees }.into());
    let spend =
        (pool(), grantees()).prop_map(|(pool, grantees)| SpendPool { pool, grantees }.into());
    let settle = (account(), minutes())
        .prop_map(|(merchant, minutes)| SettleMerchant { merchant, minutes }.into());
    let upgrade = (any::<u16>(), day())
        .prop_map(|(version, from_day)| ScheduleUpgrade { version, from_day }.into());
    let cosign = (day(), hash()).prop_map(|(day, hash)| {
        CosignClearing {
            month: day.month(),
            hash,
        }
        .into()
    });
    prop_oneof![training, campaign, grant, spend, settle, upgrade, cosign].boxed()
}

fn attendance() -> impl Strategy<Value = Attendance> {
    let when = (time(), time());
    (
        organisation(),
        when,
        vec(account(), 0..4),
        minutes(),
        budget_id(),
    )
        .prop_map(
            |(district, when, participants, minutes, budget)| Attendance {
                district,
                start_ms: when.0,
                end_ms: when.1,
                participants,
                minutes,
                budget,
            },
        )
}

fn grantees() -> impl Strategy<Value = Grantees> {
    (
        any::<u16>(),
        vec(account(), 0..4),
        minutes(),
        option::of(day()),
    )
        .prop_map(|(programme, accounts, minutes, expiry)| Grantees {
            programme: ProgrammeCode(programme),
            accounts,
            minutes,
            expiry,
        })
}

fn programmes() -> impl Strategy<Value = Vec<ProgrammeCode>> {
    vec(any::<u16>().prop_map(ProgrammeCode), 0..4)
}
