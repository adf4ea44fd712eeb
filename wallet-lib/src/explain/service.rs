//! Explanations of service orders, disputes about them, trainings and campaigns.

use ledger_core::transaction::attendance::Attendance;
use ledger_core::transaction::dispute::{Appeal, OpenDispute, ResolveDispute, ReverseOrder};
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RateOrder, RecordService,
    ReportNoShow, StartOrder, Verdict, VerifyOrder,
};

use super::sheet::Sheet;
use super::value::total;

pub(super) fn post_order(sheet: &mut Sheet, post: &PostOrder) {
    let PostOrder {
        terms:
            OrderTerms {
                recipient,
                service,
                district,
                window_start_ms,
                window_end_ms,
                minutes,
                payer,
            },
    } = post;
    sheet.account("recipient", *recipient);
    sheet.plain("service", service);
    sheet.office("district", *district);
    sheet.instant("window_start", *window_start_ms);
    sheet.instant("window_end", *window_end_ms);
    sheet.minutes("minutes_at_most", *minutes);
    sheet.payer(*payer);
}

pub(super) fn accept_order(sheet: &mut Sheet, accept: &AcceptOrder) {
    let AcceptOrder {
        order,
        provider,
        member,
    } = accept;
    sheet.plain("order", order);
    sheet.account("provider", *provider);
    sheet.optional("member", "provider-self", *member, |_, member| {
        member.to_string()
    });
}

pub(super) fn start_order(sheet: &mut Sheet, start: &StartOrder) {
    let StartOrder { order } = start;
    sheet.plain("order", order);
}

pub(super) fn complete_order(sheet: &mut Sheet, complete: &CompleteOrder) {
    let CompleteOrder {
        order,
        start_ms,
        end_ms,
        evidence,
    } = complete;
    sheet.plain("order", order);
    sheet.instant("start", *start_ms);
    sheet.instant("end", *end_ms);
    sheet.line("length", sheet.span(end_ms.since_ms(*start_ms)));
    sheet.plain("evidence", evidence);
}

pub(super) fn cancel_order(sheet: &mut Sheet, cancel: &CancelOrder) {
    let CancelOrder { order } = cancel;
    sheet.plain("order", order);
}

pub(super) fn verify_order(sheet: &mut Sheet, verify: &VerifyOrder) {
    let VerifyOrder { order, verdict } = verify;
    sheet.plain("order", order);
    match verdict {
        Verdict::Approved(minutes) => sheet.minutes("approved", *minutes),
        Verdict::Rejected(reason) => sheet.word("rejected", reason),
    }
}

pub(super) fn record_service(sheet: &mut Sheet, record: &RecordService) {
    let RecordService {
        recipient,
        provider,
        member,
        service,
        district,
        start_ms,
        end_ms,
        minutes,
        payer,
        evidence,
    } = record;
    sheet.account("recipient", *recipient);
    sheet.account("provider", *provider);
    sheet.optional("member", "provider-self", *member, |_, member| {
        member.to_string()
    });
    sheet.plain("service", service);
    sheet.office("district", *district);
    sheet.instant("start", *start_ms);
    sheet.instant("end", *end_ms);
    sheet.minutes("minutes_claimed", *minutes);
    sheet.payer(*payer);
    sheet.plain("evidence", evidence);
}

pub(super) fn report_no_show(sheet: &mut Sheet, report: &ReportNoShow) {
    let ReportNoShow { order, absent } = report;
    sheet.plain("order", order);
    sheet.word("absent", absent);
}

pub(super) fn rate_order(sheet: &mut Sheet, rate: &RateOrder) {
    let RateOrder {
        order,
        rated,
        stars,
    } = rate;
    sheet.plain("order", order);
    sheet.word("rated", rated);
    sheet.plain("stars", stars);
}

pub(super) fn open_dispute(sheet: &mut Sheet, open: &OpenDispute) {
    let OpenDispute { order } = open;
    sheet.plain("order", order);
}

pub(super) fn resolve_dispute(sheet: &mut Sheet, resolve: &ResolveDispute) {
    let ResolveDispute {
        order,
        provider_minutes,
    } = resolve;
    sheet.plain("order", order);
    sheet.minutes("provider_minutes", *provider_minutes);
}

pub(super) fn appeal(sheet: &mut Sheet, appeal: &Appeal) {
    let Appeal { order } = appeal;
    sheet.plain("order", order);
}

pub(super) fn reverse_order(sheet: &mut Sheet, reverse: &ReverseOrder) {
    let ReverseOrder { order, reason } = reverse;
    sheet.plain("order", order);
    sheet.word("reason", reason);
    sheet.warn("final");
}

pub(super) fn attendance(sheet: &mut Sheet, attendance: &Attendance) {
    let Attendance {
        district,
        start_ms,
        end_ms,
        participants,
        minutes,
        budget,
    } = attendance;
    sheet.office("district", *district);
    sheet.instant("start", *start_ms);
    sheet.instant("end", *end_ms);
    sheet.minutes("minutes_each", *minutes);
    total(sheet, *minutes, participants.len());
    sheet.plain("budget", budget);
    sheet.list("participants", participants, |_, account| {
        account.to_string()
    });
    sheet.warn("mints");
}
