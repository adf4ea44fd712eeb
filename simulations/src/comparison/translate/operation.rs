//! Operations in the model's words. What a transaction creates is named by the id the ledger derives from it.

use ledger_core::id::{AccountId, BudgetId, OrderId, TransactionId};
use ledger_core::record::order::{Payer, Side};
use ledger_core::transaction::account::Rest;
use ledger_core::transaction::attendance::Attendance;
use ledger_core::transaction::service::{OrderTerms, Verdict};
use ledger_core::transaction::{Operation, Signer};
use timebank_model::operation::Operation as Asked;
use timebank_model::operation::account as of_accounts;
use timebank_model::operation::government as of_government;
use timebank_model::operation::service as of_services;
use timebank_model::operation::value as of_value;

use super::*;

/// `operation` of the transaction `id` that `first` signed first; none when the model has no such operation.
pub(super) fn operation(id: TransactionId, first: Signer, operation: &Operation) -> Option<Asked> {
    government(id, operation)
        .or_else(|| people(id, operation))
        .or_else(|| standing(operation))
        .or_else(|| orders(id, operation))
        .or_else(|| value(first, operation))
}

fn government(id: TransactionId, operation: &Operation) -> Option<Asked> {
    Some(match operation {
        Operation::RegisterOrganisation(it) => {
            Asked::RegisterOrganisation(of_government::RegisterOrganisation {
                organisation: organisation(it.organisation),
                parent: organisation(it.parent),
                level: level(it.level),
            })
        }
        Operation::SetStaff(it) => Asked::SetStaff(of_government::SetStaff {
            organisation: organisation(it.organisation),
            changes: it
                .changes
                .iter()
                .map(|change| (change.number, change.entry.as_ref().map(staff_entry)))
                .collect(),
            threshold: it.threshold,
        }),
        Operation::SetPolicy(it) => Asked::SetPolicy(of_government::SetPolicy {
            scope: organisation(it.scope),
            parameter: parameter(it.parameter),
            value: it.value.as_ref().map(policy_value),
            from_day: day(it.from_day),
        }),
        Operation::SetCatalogue(it) => Asked::SetCatalogue(of_government::SetCatalogue {
            code: service(it.code),
            entry: it.entry.map(catalogue_entry),
            from_day: day(it.from_day),
        }),
        Operation::ScheduleUpgrade(it) => Asked::ScheduleUpgrade(of_government::ScheduleUpgrade {
            version: u32::from(it.version),
            from_day: day(it.from_day),
        }),
        Operation::OpenBudget(it) => Asked::OpenBudget(of_government::OpenBudget {
            budget: budget(BudgetId::derive(id)),
            scope: organisation(it.scope),
            purpose: purpose(it.purpose),
            minutes: it.minutes.0,
            last_day: day(it.last_day),
        }),
        Operation::FundPool(it) => Asked::FundPool(of_government::FundPool {
            budget: budget(it.budget),
            pool: pool(it.pool),
            minutes: it.minutes.0,
        }),
        Operation::AdvanceTime(it) => {
            Asked::AdvanceTime(of_government::AdvanceTime { to_ms: it.to_ms.0 })
        }
        Operation::CosignClearing(it) => Asked::CosignClearing(of_government::CosignClearing {
            month: month(it.month),
            hash: commitment(it.hash),
        }),
        _ => return None,
    })
}

fn people(id: TransactionId, operation: &Operation) -> Option<Asked> {
    let opened = account(AccountId::derive(id));
    Some(match operation {
        Operation::OpenAccount(it) => Asked::OpenAccount(of_accounts::OpenAccount {
            account: opened,
            home: organisation(it.home),
            key: it.key.map(key),
            identity: commitment(it.identity),
            legal_guardian: it.legal_guardian.map(account),
        }),
        Operation::OpenGroup(it) => Asked::OpenGroup(of_accounts::OpenGroup {
            account: opened,
            home: organisation(it.home),
            key: key(it.key),
        }),
        Operation::RegisterMerchant(it) => Asked::RegisterMerchant(of_value::RegisterMerchant {
            account: opened,
            home: organisation(it.home),
            key: key(it.key),
        }),
        Operation::SetMembers(it) => Asked::SetMembers(of_accounts::SetMembers {
            group: account(it.group),
            add: it.add.iter().copied().map(account).collect(),
            remove: it.remove.iter().copied().map(account).collect(),
        }),
        Operation::LinkKin(it) => Asked::LinkKin(of_accounts::LinkKin {
            account: account(it.account),
            kin: account(it.kin),
            relation: relation(it.relation),
        }),
        Operation::UnlinkKin(it) => Asked::UnlinkKin(of_accounts::UnlinkKin {
            account: account(it.account),
            kin: account(it.kin),
        }),
        Operation::SetKinAllowance(it) => Asked::SetKinAllowance(of_accounts::SetKinAllowance {
            payer: account(it.payer),
            kin: account(it.kin),
            minutes_per_month: it.minutes_per_month.0,
            last_day: day(it.last_day),
        }),
        Operation::AppointProxy(it) => Asked::AppointProxy(of_accounts::AppointProxy {
            principal: account(it.principal),
            proxy: proxy_holder(it.proxy),
            scope: proxy_scope(it.scope),
            minutes_per_month: it.minutes_per_month.0,
            last_day: day(it.last_day),
        }),
        Operation::RevokeProxy(it) => Asked::RevokeProxy(of_accounts::RevokeProxy {
            principal: account(it.principal),
            proxy: proxy_holder(it.proxy),
        }),
        _ => return None,
    })
}

fn standing(operation: &Operation) -> Option<Asked> {
    Some(match operation {
        Operation::SetLegalGuardian(it) => Asked::SetLegalGuardian(of_accounts::SetLegalGuardian {
            account: account(it.account),
            guardian: it.guardian.map(account),
        }),
        Operation::RotateKey(it) => Asked::RotateKey(of_accounts::RotateKey {
            account: account(it.account),
            new_key: key(it.new_key),
        }),
        Operation::SetGuardians(it) => Asked::SetGuardians(of_accounts::SetGuardians {
            account: account(it.account),
            guardians: it.guardians.iter().copied().map(guardian).collect(),
            threshold: it.threshold,
            delay_ms: it.delay_ms,
        }),
        Operation::StartRecovery(it) => Asked::StartRecovery(of_accounts::StartRecovery {
            account: account(it.account),
            new_key: key(it.new_key),
        }),
        Operation::CancelRecovery(it) => Asked::CancelRecovery(of_accounts::CancelRecovery {
            account: account(it.account),
        }),
        Operation::FinishRecovery(it) => Asked::FinishRecovery(of_accounts::FinishRecovery {
            account: account(it.account),
        }),
        Operation::SetProgrammes(it) => Asked::SetProgrammes(of_accounts::SetProgrammes {
            account: account(it.account),
            programmes: it.programmes.iter().copied().map(programme).collect(),
        }),
        Operation::MoveHome(it) => Asked::MoveHome(of_accounts::MoveHome {
            account: account(it.account),
            new_home: organisation(it.new_home),
        }),
        Operation::Freeze(it) => Asked::Freeze(of_accounts::Freeze {
            account: account(it.account),
        }),
        Operation::Unfreeze(it) => Asked::Unfreeze(of_accounts::Unfreeze {
            account: account(it.account),
        }),
        Operation::CloseAccount(it) => Asked::CloseAccount(of_accounts::CloseAccount {
            account: account(it.account),
            rest: match it.rest {
                Rest::Kin(to) => of_accounts::Rest::Kin(account(to)),
                Rest::Estate(to) => of_accounts::Rest::Estate(account(to)),
                Rest::Donation => of_accounts::Rest::Donation,
            },
        }),
        _ => return None,
    })
}

const fn payer(payer: Payer) -> of_services::Payer {
    match payer {
        Payer::Recipient => of_services::Payer::Recipient,
        Payer::Kin(id) => of_services::Payer::Kin(account(id)),
        Payer::Budget(id) => of_services::Payer::Budget(budget(id)),
    }
}

const fn side(side: Side) -> of_services::Side {
    match side {
        Side::Provider => of_services::Side::Provider,
        Side::Recipient => of_services::Side::Recipient,
    }
}

fn posting(id: TransactionId, terms: &OrderTerms) -> of_services::PostOrder {
    of_services::PostOrder {
        order: order(OrderId::derive(id)),
        recipient: account(terms.recipient),
        service: service(terms.service),
        district: organisation(terms.district),
        window_start_ms: terms.window_start_ms.0,
        window_end_ms: terms.window_end_ms.0,
        minutes: terms.minutes.0,
        payer: payer(terms.payer),
    }
}

fn orders(id: TransactionId, operation: &Operation) -> Option<Asked> {
    Some(match operation {
        Operation::PostOrder(it) => Asked::PostOrder(posting(id, &it.terms)),
        Operation::AcceptOrder(it) => Asked::AcceptOrder(of_services::AcceptOrder {
            order: order(it.order),
            provider: account(it.provider),
            member: it.member.map(account),
        }),
        Operation::StartOrder(it) => Asked::StartOrder(of_services::StartOrder {
            order: order(it.order),
        }),
        Operation::CompleteOrder(it) => Asked::CompleteOrder(of_services::CompleteOrder {
            order: order(it.order),
            start_ms: it.start_ms.0,
            end_ms: it.end_ms.0,
        }),
        Operation::CancelOrder(it) => Asked::CancelOrder(of_services::CancelOrder {
            order: order(it.order),
        }),
        Operation::ReportNoShow(it) => Asked::ReportNoShow(of_services::ReportNoShow {
            order: order(it.order),
            absent: side(it.absent),
        }),
        Operation::VerifyOrder(it) => Asked::VerifyOrder(of_services::VerifyOrder {
            order: order(it.order),
            verdict: match it.verdict {
                Verdict::Approved(minutes) => of_services::Verdict::Approved(minutes.0),
                Verdict::Rejected(_) => of_services::Verdict::Rejected,
            },
        }),
        Operation::RecordService(it) => Asked::RecordService(of_services::RecordService {
            order: order(OrderId::derive(id)),
            recipient: account(it.recipient),
            provider: account(it.provider),
            member: it.member.map(account),
            service: service(it.service),
            district: organisation(it.district),
            start_ms: it.start_ms.0,
            end_ms: it.end_ms.0,
            minutes: it.minutes.0,
            payer: payer(it.payer),
        }),
        Operation::RateOrder(it) => Asked::RateOrder(of_services::RateOrder {
            order: order(it.order),
            of: side(it.rated),
            stars: it.stars,
        }),
        Operation::OpenDispute(it) => Asked::OpenDispute(of_services::OpenDispute {
            order: order(it.order),
        }),
        Operation::ResolveDispute(it) => Asked::ResolveDispute(of_services::ResolveDispute {
            order: order(it.order),
            provider_minutes: it.provider_minutes.0,
        }),
        Operation::Appeal(it) => Asked::Appeal(of_services::Appeal {
            order: order(it.order),
        }),
        Operation::ReverseOrder(it) => Asked::ReverseOrder(of_services::ReverseOrder {
            order: order(it.order),
        }),
        _ => return None,
    })
}

fn activity(organiser: Signer, it: &Attendance) -> of_services::RecordActivity {
    of_services::RecordActivity {
        organiser: signer(organiser),
        district: organisation(it.district),
        start_ms: it.start_ms.0,
        end_ms: it.end_ms.0,
        participants: it.participants.iter().copied().map(account).collect(),
        minutes: it.minutes.0,
        budget: budget(it.budget),
    }
}

fn value(first: Signer, operation: &Operation) -> Option<Asked> {
    Some(match operation {
        Operation::RecordTraining(it) => Asked::RecordTraining(activity(first, &it.attendance)),
        Operation::RecordCampaign(it) => Asked::RecordCampaign(activity(first, &it.attendance)),
        Operation::Gift(it) => Asked::Gift(of_value::Gift {
            from: account(it.from),
            to: account(it.to),
            minutes: it.minutes.0,
        }),
        Operation::Donate(it) => Asked::Donate(of_value::Donate {
            from: account(it.from),
            pool: pool(it.pool),
            minutes: it.minutes.0,
        }),
        Operation::Grant(it) => Asked::Grant(of_value::Grant {
            budget: budget(it.budget),
            programme: programme(it.grantees.programme),
            accounts: it.grantees.accounts.iter().copied().map(account).collect(),
            minutes: it.grantees.minutes.0,
            expiry: it.grantees.expiry.map(day),
        }),
        Operation::SpendPool(it) => Asked::SpendPool(of_value::SpendPool {
            pool: pool(it.pool),
            programme: programme(it.grantees.programme),
            accounts: it.grantees.accounts.iter().copied().map(account).collect(),
            minutes: it.grantees.minutes.0,
            expiry: it.grantees.expiry.map(day),
        }),
        Operation::SetItems(it) => Asked::SetItems(of_value::SetItems {
            merchant: account(it.merchant),
            items: it
                .items
                .iter()
                .map(|item| (timebank_model::id::ItemCode(item.code.0), item.minutes.0))
                .collect(),
        }),
        Operation::Redeem(it) => Asked::Redeem(of_value::Redeem {
            holder: account(it.holder),
            merchant: account(it.merchant),
            item: timebank_model::id::ItemCode(it.item.0),
            minutes: it.minutes.0,
        }),
        Operation::SettleMerchant(it) => Asked::SettleMerchant(of_value::SettleMerchant {
            merchant: account(it.merchant),
            minutes: it.minutes.0,
        }),
        _ => return None,
    })
}
