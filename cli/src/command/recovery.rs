//! Guardians, and a new key for someone who lost theirs.

use clap::{Args, Subcommand};
use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::message::Arguments;
use ledger_core::record::policy::{PolicyParameter, PolicyValue};
use ledger_core::record::recovery::{Guardian, RecoveryRecord};
use ledger_core::signature::PublicKey;
use ledger_core::time::HOUR_MS;
use ledger_core::transaction::recovery::{
    CancelRecovery, FinishRecovery, SetGuardians, StartRecovery,
};
use serde_json::{Value, json};
use timebank_wallet::Error;
use timebank_wallet::guide::{self, Situation, State};

use super::account::as_of;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Show(Show),
    Guide(Guide),
    SetGuardians(SetGuardiansArguments),
    Start(Start),
    Cancel(Named),
    Finish(Named),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[arg(value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
    #[arg(long)]
    unverified: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Guide {
    #[arg(value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
    #[arg(long)]
    lost: bool,
    #[arg(long, value_name = "PUBLIC_KEY", value_parser = parse::<PublicKey>)]
    new_key: Option<PublicKey>,
    #[arg(long, conflicts_with_all = ["lost", "new_key"])]
    object: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SetGuardiansArguments {
    #[arg(value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
    #[arg(long, value_name = "ACCOUNT|OFFICE", value_parser = parse::<Guardian>, required_unless_present = "none")]
    guardian: Vec<Guardian>,
    #[arg(long, value_name = "COUNT", required_unless_present = "none")]
    threshold: Option<u8>,
    #[arg(long, value_name = "HOURS", default_value_t = 72)]
    delay: u64,
    #[arg(long, conflicts_with_all = ["guardian", "threshold"])]
    none: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    #[arg(value_parser = parse::<AccountId>)]
    account: AccountId,
    #[arg(long, value_name = "PUBLIC_KEY", value_parser = parse::<PublicKey>)]
    new_key: PublicKey,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    #[arg(value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Show(arguments) => show(&arguments, session),
        Command::Guide(arguments) => guide(&arguments, session),
        Command::SetGuardians(arguments) => {
            let mut guardians = arguments.guardian;
            guardians.sort();
            session.perform(SetGuardians {
                account: session.account(arguments.account)?,
                guardians,
                threshold: arguments.threshold.unwrap_or(0),
                delay_ms: arguments.delay.saturating_mul(HOUR_MS),
            })
        }
        Command::Start(arguments) => session.perform(StartRecovery {
            account: arguments.account,
            new_key: arguments.new_key,
        }),
        Command::Cancel(Named { account }) => session.perform(CancelRecovery {
            account: session.account(account)?,
        }),
        Command::Finish(Named { account }) => session.perform(FinishRecovery {
            account: session.account(account)?,
        }),
    }
}

fn show(arguments: &Show, session: &Session<'_>) -> Result<Output, Failure> {
    let account = session.account(arguments.account)?;
    let client = session.client()?;
    if arguments.unverified {
        let recovery = client.recovery_unverified(account)?.recovery;
        let json = json!({"account": account, "recovery": recovery, "verified": false});
        return Ok(
            described(Output::of(&json), account, &recovery).say("unverified", Arguments::NONE)
        );
    }
    let verified = client.recovery(account, session.freshness())?;
    let recovery = &verified.value;
    let json = json!({"account": account, "recovery": recovery, "height": verified.height,
                      "time_ms": verified.time_ms, "verified": true});
    Ok(described(Output::of(&json), account, recovery).say("verified", as_of(&verified)))
}

/// What to do next, step by step, from what is proven.
fn guide(arguments: &Guide, session: &Session<'_>) -> Result<Output, Failure> {
    let account = session.account(arguments.account)?;
    let client = session.client()?;
    let verified = client.account(account, session.freshness())?;
    let recovery = match client.recovery(account, session.freshness()) {
        Ok(recovery) => Some(recovery.value),
        Err(Error::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let delay_ms_min = least_delay_ms(verified.value.home, session)?;
    let situation = Situation {
        account,
        record: &verified.value,
        recovery: recovery.as_ref(),
        delay_ms_min,
        now_ms: session.chain_now()?.1,
    };
    let steps = if arguments.object {
        guide::object(situation)
    } else if arguments.lost || arguments.new_key.is_some() {
        guide::recover(situation, arguments.new_key)
    } else {
        guide::prepare(situation)
    };
    let (language, calendar) = (session.language(), session.calendar()?);
    let shown: Vec<Value> = steps
        .iter()
        .map(|step| {
            json!({"code": step.code, "state": state(step.state), "until_ms": step.until_ms,
                   "sentence": step.sentence_in(language, calendar), "operation": step.operation})
        })
        .collect();
    let json = json!({"account": account, "steps": shown, "height": verified.height, "time_ms": verified.time_ms,
                      "verified": true});
    let mut output = Output::of(&json);
    for (number, step) in (1_u64..).zip(&steps) {
        let about = Arguments::NONE
            .number("number", number)
            .text("state", format!("step_{}", state(step.state)))
            .text("sentence", step.sentence_in(language, calendar));
        output = output.say("guide-step", about);
    }
    Ok(output.say("verified", as_of(&verified)))
}

/// How long a recovery waits at least where `home` is, by a node's word: it decides nothing but a sentence.
fn least_delay_ms(home: OrganisationId, session: &Session<'_>) -> Result<u64, Failure> {
    let client = session.client()?;
    let district = client.organisation(home)?.organisation.parent;
    let policies = client.policies(district, None)?;
    let delay = policies
        .values
        .into_iter()
        .find(|listed| listed.parameter == PolicyParameter::RecoveryDelayMs);
    Ok(match delay.map(|listed| listed.value) {
        Some(PolicyValue::Number(delay_ms)) => delay_ms,
        _ => 0,
    })
}

const fn state(state: State) -> &'static str {
    match state {
        State::Done => "done",
        State::Now => "now",
        State::Waiting => "waiting",
        State::Later => "later",
        State::Alarm => "alarm",
    }
}

fn described(output: Output, account: AccountId, recovery: &RecoveryRecord) -> Output {
    let mut fields = vec![
        ("account", json!(account)),
        ("guardians", json!(recovery.guardians)),
        ("threshold", json!(recovery.threshold)),
        ("delay_ms", json!(recovery.delay_ms)),
    ];
    if let Some(ongoing) = &recovery.ongoing {
        fields.extend([
            ("new_key", json!(ongoing.new_key)),
            ("finishes_ms", json!(ongoing.finishes_ms)),
            ("cancellable", json!(ongoing.cancellable)),
            ("initiators", json!(ongoing.initiators)),
        ]);
    }
    let output = output.fields(fields);
    if recovery.paused.is_empty() {
        return output;
    }
    let paused = recovery
        .paused
        .iter()
        .map(|pause| vec![json!(pause.initiator), json!(pause.until_ms)]);
    output
        .say("recovery-paused", Arguments::NONE)
        .rows(&["initiator", "until_ms"], paused)
}
