//! Policy: what is in force, what was and will be, and setting it.

use clap::{Args, Subcommand};
use ledger_core::id::OrganisationId;
use ledger_core::message::Arguments;
use ledger_core::record::policy::{PolicyParameter, PolicyValue};
use ledger_core::time::Day;
use ledger_core::transaction::government::SetPolicy;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(List),
    Show(Show),
    Set(Set),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[arg(long, value_parser = parse::<OrganisationId>)]
    district: Option<OrganisationId>,
    #[arg(long, value_parser = parse::<Day>)]
    day: Option<Day>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[arg(value_parser = parse::<PolicyParameter>)]
    parameter: Option<PolicyParameter>,
    #[arg(long, value_parser = parse::<OrganisationId>)]
    district: Option<OrganisationId>,
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    #[arg(value_parser = parse::<OrganisationId>)]
    scope: OrganisationId,
    #[arg(value_parser = parse::<PolicyParameter>)]
    parameter: PolicyParameter,
    value: String,
    #[arg(long, value_name = "DAY", value_parser = parse::<Day>)]
    from_day: Day,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::List(arguments) => {
            let answer = session
                .client()?
                .policies(arguments.district, arguments.day)?;
            let rows = answer.values.iter().map(|value| {
                vec![
                    json!(value.parameter),
                    shown(value.parameter, &value.value),
                    value
                        .set_by
                        .map_or_else(|| json!("default"), |by| json!(by)),
                ]
            });
            Ok(Output::of(&answer)
                .fields([
                    ("district", json!(answer.district)),
                    ("day", json!(answer.day)),
                ])
                .rows(&["parameter", "value", "set_by"], rows))
        }
        Command::Show(arguments) => show(&arguments, session),
        Command::Set(arguments) => session.perform(SetPolicy {
            scope: arguments.scope,
            parameter: arguments.parameter,
            value: read(arguments.parameter, &arguments.value)?,
            from_day: arguments.from_day,
        }),
    }
}

/// What one parameter, or every one, was, is and will be for a district, and the multiplier of every service code.
fn show(arguments: &Show, session: &Session<'_>) -> Result<Output, Failure> {
    let mut answer = session.client()?.policy_history(arguments.district)?;
    if let Some(wanted) = arguments.parameter {
        answer.parameters.retain(|it| it.parameter == wanted);
        answer.services.clear();
    }
    let mut rows = Vec::new();
    for history in &answer.parameters {
        let value = |value: &PolicyValue| shown(history.parameter, value);
        rows.push(vec![
            json!(history.parameter),
            json!(history.direction),
            json!("default"),
            Value::Null,
            value(&history.default),
        ]);
        rows.extend(history.history.iter().map(|entry| {
            vec![
                json!(history.parameter),
                json!(history.direction),
                json!(entry.scope),
                json!(entry.from_day),
                entry
                    .value
                    .as_ref()
                    .map_or_else(|| json!("withdrawn"), value),
            ]
        }));
    }
    let columns = ["parameter", "direction", "set_by", "from_day", "value"];
    let output = Output::of(&answer)
        .fields([("district", json!(answer.district))])
        .rows(&columns, rows);
    if arguments.parameter.is_some() {
        return Ok(output);
    }
    let services = answer.services.iter().flat_map(|service| {
        service.history.iter().map(|dated| match dated.entry {
            Some(entry) => vec![
                json!(service.code),
                json!(dated.from_day),
                json!(entry.minutes_min),
                json!(entry.minutes_max),
                json!(entry.multiplier_percent),
            ],
            None => vec![
                json!(service.code),
                json!(dated.from_day),
                json!("retired"),
                Value::Null,
                Value::Null,
            ],
        })
    });
    let columns = [
        "code",
        "from_day",
        "minutes_min",
        "minutes_max",
        "multiplier_percent",
    ];
    Ok(output
        .say("policy-services", Arguments::NONE)
        .rows(&columns, services))
}

/// A value for people: lengths of time as such.
fn shown(parameter: PolicyParameter, value: &PolicyValue) -> Value {
    match (value, parameter) {
        (
            PolicyValue::Number(span_ms),
            PolicyParameter::DisputeWindowMs
            | PolicyParameter::OrderLapseMs
            | PolicyParameter::AppealWindowMs
            | PolicyParameter::RecoveryDelayMs,
        ) => json!({"span_ms": span_ms}),
        (PolicyValue::Number(number), _) => json!(number),
        (PolicyValue::Programmes(programmes), _) => json!(programmes),
    }
}

/// What withdraws a value instead of setting one.
const WITHDRAW: &str = "withdraw";

/// A number, or for programmes their codes with commas; `-` is everyone, `withdraw` withdraws what was set.
fn read(parameter: PolicyParameter, text: &str) -> Result<Option<PolicyValue>, Failure> {
    if text == WITHDRAW {
        return Ok(None);
    }
    let wrong = || {
        let about = Arguments::NONE
            .text("argument", "VALUE")
            .text("value", text);
        Failure::usage("usage_policy_value", about)
    };
    if parameter != PolicyParameter::RedemptionProgrammes {
        let number = text.parse().map(PolicyValue::Number);
        return number.map(Some).map_err(|_| wrong());
    }
    let mut programmes = match text {
        "-" => Vec::new(),
        codes => codes
            .split(',')
            .map(|code| code.parse().map_err(|_| wrong()))
            .collect::<Result<Vec<_>, _>>()?,
    };
    programmes.sort();
    programmes.dedup();
    Ok(Some(PolicyValue::Programmes(programmes)))
}
