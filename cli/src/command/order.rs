//! Service orders, from posting to verification.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, OrderId, OrganisationId, ServiceCode};
use ledger_core::message::Arguments;
use ledger_core::record::order::{OrderRecord, OrderStatus, Payer, RejectionReason};
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, StartOrder, Verdict,
    VerifyOrder,
};
use serde_json::{Value, json};
use timebank_wallet::answer::OrderAnswer;

use super::account::as_of;
use super::all;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Post(Post),
    Accept(Accept),
    Start(Start),
    Complete(Complete),
    Cancel(Cancel),
    Verify(Verify),
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
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Post(arguments) => post(&arguments, session),
        Command::Accept(arguments) => session.perform(AcceptOrder {
            order: arguments.order,
            provider: session.account(arguments.provider)?,
            member: None,
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
        Command::Show(arguments) => show(&arguments, session),
        Command::List(arguments) => {
            let client = session.client()?;
            let orders = all(|after| client.orders(arguments.status, arguments.district, after))?;
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

fn described(output: Output, id: OrderId, order: &OrderRecord) -> Output {
    let output = output.fields([("order", json!(id)), ("status", json!(order.status()))]);
    match order {
        OrderRecord::Open(open) => {
            let output = output.fields([
                ("recipient", json!(open.recipient)),
                ("provider", json!(open.stage.provider())),
                ("poster", json!(open.poster)),
                ("service", json!(open.service)),
                ("district", json!(open.district)),
                ("window_start_ms", json!(open.window_start_ms)),
                ("window_end_ms", json!(open.window_end_ms)),
                ("minutes", json!(open.minutes)),
                ("payer", json!(open.payer)),
            ]);
            let mut stage = json!(open.stage);
            // The provider is shown above; what remains is what this stage adds.
            if let Some(details) = stage.as_object_mut().and_then(|it| it.values_mut().next()) {
                if let Some(details) = details.as_object_mut() {
                    details.remove("provider");
                    if let Some(claim) = details.get_mut("claim").and_then(Value::as_object_mut) {
                        claim.remove("provider");
                    }
                }
                return output.flattened(details);
            }
            output
        }
        OrderRecord::Ended(ended) => output.fields([
            ("ended_ms", json!(ended.ended_ms)),
            ("recipient", json!(ended.recipient)),
            ("provider", json!(ended.provider)),
            ("district", json!(ended.district)),
            ("payer", json!(ended.payer)),
            ("minutes", json!(ended.minutes)),
        ]),
    }
}

/// Orders as rows.
pub(crate) fn listed(orders: &[OrderAnswer]) -> Output {
    let rows = orders.iter().map(|listed| {
        let (recipient, provider, district, minutes) = match &listed.order {
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
            json!(listed.id),
            json!(listed.order.status()),
            json!(district),
            json!(minutes),
            json!(recipient),
            json!(provider),
        ]
    });
    let columns = [
        "order",
        "status",
        "district",
        "minutes",
        "recipient",
        "provider",
    ];
    Output::of(&orders).rows(&columns, rows)
}
