//! Service orders, from posting to verification, and what the parties think of each other.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, OrderId, OrganisationId, ServiceCode};
use ledger_core::message::Arguments;
use ledger_core::record::order::{
    Approval, Claim, EndedOrder, OpenOrder, OrderRecord, OrderStage, OrderStatus, Payer, Provider,
    RejectionReason, Side, Verifiers,
};
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RateOrder, ReportNoShow,
    StartOrder, Verdict, VerifyOrder,
};
use serde_json::{Value, json};
use timebank_wallet::answer::OrderAnswer;
use timebank_wallet::client::{AccountOrders, OrderFilter, OrderScope};

use super::account::as_of;
use super::all;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::{Stars, parse};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Post(Post),
    Accept(Accept),
    Start(Start),
    Complete(Complete),
    Cancel(Cancel),
    Verify(Verify),
    NoShow(NoShow),
    Rate(Rate),
    Show(Show),
    List(List),
}

#[derive(Debug, Args)]
pub(crate) struct Post {
    #[arg(long, value_name = "CODE", value_parser = parse::<ServiceCode>)]
    service: ServiceCode,
    #[arg(long, value_parser = parse::<OrganisationId>)]
    district: OrganisationId,
    #[arg(long, value_name = "TIME")]
    from: String,
    #[arg(long, value_name = "TIME")]
    to: String,
    #[arg(long, value_parser = parse::<Minutes>)]
    minutes: Minutes,
    #[arg(long, value_parser = parse::<Payer>, default_value = "recipient")]
    payer: Payer,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    recipient: Option<AccountId>,
}

#[derive(Debug, Args)]
pub(crate) struct Accept {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    provider: Option<AccountId>,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    member: Option<AccountId>,
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
}

#[derive(Debug, Args)]
pub(crate) struct Complete {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
    #[arg(long, value_name = "TIME")]
    start: String,
    #[arg(long, value_name = "TIME")]
    end: String,
    #[arg(long, value_name = "HASH", value_parser = parse::<Hash>)]
    evidence: Hash,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
    #[arg(long, value_name = "MINUTES", value_parser = parse::<Minutes>, required_unless_present = "reject")]
    approve: Option<Minutes>,
    #[arg(long, value_name = "REASON", value_parser = parse::<RejectionReason>, conflicts_with = "approve")]
    reject: Option<RejectionReason>,
}

#[derive(Debug, Args)]
pub(crate) struct NoShow {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
    #[arg(value_parser = parse::<Side>)]
    absent: Side,
}

#[derive(Debug, Args)]
pub(crate) struct Rate {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
    #[arg(value_parser = parse::<Side>)]
    rated: Side,
    #[arg(value_parser = parse::<Stars>)]
    stars: Stars,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
    #[arg(long)]
    unverified: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[arg(long, value_parser = parse::<OrderStatus>)]
    status: Option<OrderStatus>,
    #[arg(long, value_parser = parse::<OrganisationId>)]
    district: Option<OrganisationId>,
    #[arg(long)]
    escalated: bool,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Post(arguments) => post(&arguments, session),
        Command::Accept(arguments) => session.perform(AcceptOrder {
            order: arguments.order,
            provider: session.account(arguments.provider)?,
            member: arguments.member,
        }),
        Command::Start(arguments) => session.perform(StartOrder {
            order: arguments.order,
        }),
        Command::Complete(arguments) => session.perform(CompleteOrder {
            order: arguments.order,
            start_ms: session.instant("--start", &arguments.start)?,
            end_ms: session.instant("--end", &arguments.end)?,
            evidence: arguments.evidence,
        }),
        Command::Cancel(arguments) => session.perform(CancelOrder {
            order: arguments.order,
        }),
        Command::Verify(arguments) => {
            let verdict = match (arguments.approve, arguments.reject) {
                (_, Some(reason)) => Verdict::Rejected(reason),
                (Some(minutes), None) => Verdict::Approved(minutes),
                (None, None) => unreachable!("clap asks for one of the two"),
            };
            session.perform(VerifyOrder {
                order: arguments.order,
                verdict,
            })
        }
        Command::NoShow(arguments) => session.perform(ReportNoShow {
            order: arguments.order,
            absent: arguments.absent,
        }),
        Command::Rate(arguments) => session.perform(RateOrder {
            order: arguments.order,
            rated: arguments.rated,
            stars: arguments.stars.0,
        }),
        Command::Show(arguments) => show(&arguments, session),
        Command::List(arguments) => {
            let filter = OrderFilter {
                status: arguments.status,
                district: arguments.district,
                escalated: arguments.escalated,
            };
            let client = session.client()?;
            let orders = all(|after| client.orders(filter, after))?;
            Ok(listed(&orders))
        }
    }
}

fn post(arguments: &Post, session: &Session<'_>) -> Result<Output, Failure> {
    let terms = OrderTerms {
        recipient: session.account(arguments.recipient)?,
        service: arguments.service,
        district: arguments.district,
        window_start_ms: session.instant("--from", &arguments.from)?,
        window_end_ms: session.instant("--to", &arguments.to)?,
        minutes: arguments.minutes,
        payer: arguments.payer,
    };
    session.perform(PostOrder { terms })
}

fn show(arguments: &Show, session: &Session<'_>) -> Result<Output, Failure> {
    let id = arguments.order;
    let client = session.client()?;
    if arguments.unverified {
        let order = client.order_unverified(id)?.order;
        let json = json!({"id": id, "order": order, "status": order.status(), "verified": false});
        return Ok(described(Output::of(&json), id, &order).say("unverified", Arguments::NONE));
    }
    let verified = client.order(id, session.freshness())?;
    let order = &verified.value;
    let json = json!({"id": id, "order": order, "status": order.status(), "height": verified.height,
                      "time_ms": verified.time_ms, "verified": true});
    Ok(described(Output::of(&json), id, order).say("verified", as_of(&verified)))
}

pub(crate) fn described(output: Output, id: OrderId, order: &OrderRecord) -> Output {
    let output = output.fields([("order", json!(id)), ("status", json!(order.status()))]);
    match order {
        OrderRecord::Open(open) => output
            .fields([
                ("recipient", json!(open.recipient)),
                ("provider", provider(open.stage.provider())),
                ("poster", json!(open.poster)),
                ("service", json!(open.service)),
                ("district", json!(open.district)),
                ("window_start_ms", json!(open.window_start_ms)),
                ("window_end_ms", json!(open.window_end_ms)),
                ("minutes", json!(open.minutes)),
                ("payer", json!(open.payer)),
            ])
            .fields(stage(open))
            .fields([
                ("of_provider", json!(open.ratings.of_provider)),
                ("of_recipient", json!(open.ratings.of_recipient)),
            ]),
        OrderRecord::Ended(ended) => output.fields(tombstone(ended)),
    }
}

/// Who is paid, and who serves where that is another.
fn provider(provider: Option<Provider>) -> Value {
    match provider {
        None => Value::Null,
        Some(Provider { account, server }) if account == server => json!(account),
        Some(provider) => json!(provider),
    }
}

/// What the stage adds to what is known from the start.
fn stage(open: &OpenOrder) -> Vec<(&'static str, Value)> {
    match &open.stage {
        OrderStage::Posted | OrderStage::Accepted { .. } => {
            vec![("lapses_ms", json!(open.lapses_ms()))]
        }
        OrderStage::Started { started_ms, .. } => vec![("started_ms", json!(started_ms))],
        OrderStage::Completed {
            claim,
            escalates_ms,
            escalated,
        } => {
            let mut fields = claimed(claim);
            fields.extend(match escalated {
                true => [("escalated", json!(true))],
                false => [("escalates_ms", json!(escalates_ms))],
            });
            fields
        }
        OrderStage::Verified {
            approval,
            settles_ms,
        } => {
            let mut fields = approved(approval);
            fields.push(("settles_ms", json!(settles_ms)));
            fields
        }
        OrderStage::Disputed {
            approval,
            appealed_from,
        } => {
            let mut fields = approved(approval);
            fields.push(("appealed_from", json!(appealed_from)));
            fields
        }
        OrderStage::Resolved {
            approval,
            provider_minutes,
            arbiter,
            appealable,
            settles_ms,
        } => {
            let mut fields = approved(approval);
            fields.extend([
                ("provider_minutes", json!(provider_minutes)),
                ("arbiter", json!(arbiter)),
                ("appealable", json!(appealable)),
                ("settles_ms", json!(settles_ms)),
            ]);
            fields
        }
    }
}

fn claimed(claim: &Claim) -> Vec<(&'static str, Value)> {
    vec![
        ("start_ms", json!(claim.start_ms)),
        ("end_ms", json!(claim.end_ms)),
        ("claimed", json!(claim.minutes)),
        ("evidence", json!(claim.evidence)),
    ]
}

fn approved(approval: &Approval) -> Vec<(&'static str, Value)> {
    let mut fields = claimed(&approval.claim);
    fields.extend([
        ("approved", json!(approval.minutes)),
        ("verified_by", verified_by(approval.verifiers)),
    ]);
    fields
}

fn verified_by(verifiers: Verifiers) -> Value {
    json!(
        [Some(verifiers.first), verifiers.second]
            .iter()
            .flatten()
            .collect::<Vec<_>>()
    )
}

fn tombstone(ended: &EndedOrder) -> Vec<(&'static str, Value)> {
    let mut fields = vec![
        ("ended_ms", json!(ended.ended_ms)),
        ("recipient", json!(ended.recipient)),
        ("provider", provider(ended.provider)),
        ("district", json!(ended.district)),
        ("payer", json!(ended.payer)),
        ("minutes", json!(ended.minutes)),
    ];
    if let Some(paid) = &ended.paid {
        fields.extend([
            ("start_ms", json!(paid.start_ms)),
            ("end_ms", json!(paid.end_ms)),
            ("credited", json!(paid.minutes)),
            ("verified_by", verified_by(paid.verifiers)),
            ("of_provider", json!(paid.ratings.of_provider)),
            ("of_recipient", json!(paid.ratings.of_recipient)),
        ]);
    }
    fields
}

/// The columns of orders in a list.
const LISTED_COLUMNS: [&str; 6] = [
    "order",
    "status",
    "district",
    "minutes",
    "recipient",
    "provider",
];

/// Orders as rows.
pub(crate) fn listed(orders: &[OrderAnswer]) -> Output {
    let rows = orders
        .iter()
        .map(|listed| listed_row(listed.id, &listed.order));
    Output::of(&orders).rows(&LISTED_COLUMNS, rows)
}

fn listed_row(id: OrderId, order: &OrderRecord) -> Vec<Value> {
    let (recipient, serving, district, minutes) = match order {
        OrderRecord::Open(open) => (
            open.recipient,
            open.stage.provider(),
            open.district,
            open.minutes,
        ),
        OrderRecord::Ended(ended) => (
            ended.recipient,
            ended.provider,
            ended.district,
            ended.minutes,
        ),
    };
    vec![
        json!(id),
        json!(order.status()),
        json!(district),
        json!(minutes),
        json!(recipient),
        provider(serving),
    ]
}

/// The orders of an account, each proven and the open ones complete, with the age of the proof.
pub(crate) fn proven(
    account: AccountId,
    scope: OrderScope,
    session: &Session<'_>,
) -> Result<Output, Failure> {
    let verified = session
        .client()?
        .orders_of(account, scope, session.freshness())?;
    let AccountOrders { open, ended } = &verified.value;
    let age_ms = session.age_ms(verified.time_ms);
    let shown: Vec<(OrderId, OrderRecord)> = open
        .iter()
        .map(|(id, order)| (*id, OrderRecord::Open(Box::new(order.clone()))))
        .chain(
            ended
                .iter()
                .map(|(id, order)| (*id, OrderRecord::Ended(*order))),
        )
        .collect();
    let orders: Vec<Value> = shown
        .iter()
        .map(|(id, order)| json!({"id": id, "status": order.status(), "order": order}))
        .collect();
    let json = json!({"account": account, "orders": orders, "height": verified.height, "time_ms": verified.time_ms,
                      "age_ms": age_ms, "verified": true});
    let about = as_of(&verified).number("age_ms", age_ms);
    Ok(Output::of(&json)
        .rows(
            &LISTED_COLUMNS,
            shown.iter().map(|(id, order)| listed_row(*id, order)),
        )
        .say("orders-proven", about))
}
