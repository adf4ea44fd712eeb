//! The chain watched as an independent witness, until somebody ends it.
//!
//! What is found is said as it is found: a line for people, or a JSON object a line for programs, on standard error; the result
//! is where the witness stood in the end. What always holds: an alert program that hangs or fails stops nothing.

mod alert;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use ledger_core::message::Arguments;
use ledger_core::time::{HOUR_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::Signer;
use serde_json::json;
use timebank_audit::witness::{
    Cosigner, Event, Limits, Severity, Watched, What, Witness, WitnessError,
};
use timebank_wallet::wallet::AnyTransport;
use timebank_wallet::{Client, Error};

use crate::arguments::Format;
use crate::exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::ProgressLine;
use crate::session::Session;
use crate::signing::SigningKey;

/// The folder of the witness within that of what was proven, unless said otherwise.
const WITNESS_FOLDER: &str = "witness";
/// After a round with more new blocks than this the next one follows at once: the witness is still catching up.
const CAUGHT_UP_BLOCKS: u64 = 1_000;
/// How often a waiting witness looks whether it is to end.
const INTERRUPTION_EVERY: Duration = Duration::from_millis(100);
const MEBIBYTE: u64 = 1024 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    every: u64,
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    rounds: Option<u64>,
    #[arg(long, value_name = "MINUTES", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=525_600))]
    silence: u64,
    #[arg(long, value_name = "MEBIBYTES", default_value_t = 4_096, value_parser = clap::value_parser!(u64).range(16..=1_048_576))]
    disk: u64,
    #[arg(long, value_name = "PROGRAM")]
    alert: Option<PathBuf>,
    #[arg(long)]
    stop_on_alarm: bool,
    #[arg(long, value_name = "FOLDER")]
    cosign: Option<PathBuf>,
    #[arg(long, value_name = "HOURS", requires = "cosign", value_parser = clap::value_parser!(u64).range(1..=8_784))]
    checkpoint_every: Option<u64>,
}

pub(crate) fn run(arguments: &Watch, session: &Session<'_>) -> Result<Output, Failure> {
    let genesis = session.genesis()?.ok_or(Error::TrustMissing {})?;
    let usual = || {
        session
            .state_folder()
            .map(|state| state.join(WITNESS_FOLDER))
    };
    let folder = arguments.folder.clone().or_else(usual);
    let folder = folder.ok_or_else(|| Failure::usage("witness_nowhere", Arguments::NONE))?;
    let nodes = watched(session)?;
    let limits = Limits {
        disk_bytes_max: arguments.disk.saturating_mul(MEBIBYTE),
        silence_ms_max: arguments.silence.saturating_mul(MINUTE_MS),
    };
    let mut witness = Witness::open(&folder, genesis, limits).map_err(|it| failure(&it))?;
    let key = match arguments.cosign {
        Some(_) => Some(cosigning_key(session)?),
        None => None,
    };
    let cosigner = match (&arguments.cosign, &key) {
        (Some(folder), Some(key)) => Some(Cosigner {
            folder: folder.clone(),
            signer: witness.checkpoint_signer(&key.key).ok_or_else(|| {
                Failure::usage(
                    "checkpoint_stranger",
                    Arguments::NONE.text("signer", key.signer),
                )
            })?,
            key: &key.key,
            every_ms: arguments
                .checkpoint_every
                .map(|hours| hours.saturating_mul(HOUR_MS)),
        }),
        _ => None,
    };
    let mut watch = Watching {
        session,
        line: ProgressLine::begin(session),
        alert: arguments.alert.clone(),
        alarms: 0,
    };
    let rounds = watch.watch(&mut witness, &nodes, cosigner.as_ref(), arguments)?;
    let alarms = watch.alarms;
    drop(watch);
    let (height, block_id) = witness.head();
    let about = Arguments::NONE
        .text("height", height)
        .number("alarms", alarms)
        .text("path", folder.display());
    let json = json!({"height": height, "block_id": block_id, "rounds": rounds, "alarms": alarms,
                      "alarms_ever": witness.alarms(), "folder": folder});
    let said = match alarms {
        0 => "watch-quiet",
        _ => "watch-alarmed",
    };
    let output = Output::of(&json).say(said, about);
    Ok(match alarms {
        0 => output,
        _ => output.exit(exit::VERIFICATION),
    })
}

/// The nodes, each by itself.
fn watched(session: &Session<'_>) -> Result<Vec<Watched<AnyTransport>>, Failure> {
    let named = session.node_names();
    let transports = session.transports()?;
    let nodes = named.iter().zip(transports);
    Ok(nodes
        .map(|(name, transport)| Watched {
            name: name.clone(),
            client: Client::without_trust(transport),
        })
        .collect())
}

/// The staff entry's key that signs checkpoints.
fn cosigning_key(session: &Session<'_>) -> Result<SigningKey, Failure> {
    let key = session.keys()?.into_iter().next();
    let key = key.ok_or_else(|| Failure::usage("key_missing", Arguments::NONE))?;
    match key.signer {
        Signer::Staff(_) => Ok(key),
        signer => Err(Failure::usage(
            "checkpoint_signer",
            Arguments::NONE.text("signer", signer),
        )),
    }
}

/// A run of the command.
struct Watching<'s, 'e> {
    session: &'s Session<'e>,
    line: ProgressLine<'s, 'e>,
    alert: Option<PathBuf>,
    /// Told in this run.
    alarms: u64,
}

impl Watching<'_, '_> {
    /// Round after round until it is to end; how many there were.
    fn watch(
        &mut self,
        witness: &mut Witness,
        nodes: &[Watched<AnyTransport>],
        cosigner: Option<&Cosigner<'_>>,
        arguments: &Watch,
    ) -> Result<u64, Failure> {
        let began = Instant::now();
        let mut rounds = 0_u64;
        loop {
            let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let now_ms = TimestampMs(self.session.environment().now_ms).plus_ms(elapsed_ms);
            let round = witness
                .round(nodes, now_ms, &mut |event| self.tell(event))
                .map_err(|error| failure(&error))?;
            if let Some(cosigner) = cosigner {
                witness
                    .cosign(cosigner, now_ms, &mut |event| self.tell(event))
                    .map_err(|error| failure(&error))?;
            }
            rounds = rounds.saturating_add(1);
            let (height, _) = witness.head();
            self.line.show("watch-progress", || {
                let nodes = u64::try_from(nodes.len()).unwrap_or(u64::MAX);
                Arguments::NONE
                    .text("height", height)
                    .number("answered", round.answered)
                    .number("nodes", nodes)
            });
            let is_over = arguments.rounds.is_some_and(|most| rounds >= most)
                || (arguments.stop_on_alarm && self.alarms > 0);
            if is_over || self.line.interrupted() {
                return Ok(rounds);
            }
            if round.blocks < CAUGHT_UP_BLOCKS {
                self.wait(Duration::from_secs(arguments.every));
            }
            if self.line.interrupted() {
                return Ok(rounds);
            }
        }
    }

    fn wait(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.line.interrupted() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(INTERRUPTION_EVERY));
        }
    }

    /// Says what was found, and has the alert program told if it matters.
    fn tell(&mut self, event: &Event) {
        let json = serde_json::to_value(event).expect("an event has only text keys");
        match self.session.global.output {
            Format::Json => (self.session.environment().notice)(&format!("{json}\n")),
            Format::Table => {
                let signers = json["double_signers"].as_array().map_or(0, Vec::len);
                let about = Arguments::of_json(&json)
                    .number("signers", u64::try_from(signers).unwrap_or(u64::MAX));
                let id = format!("watch-{}", event.what.code());
                self.line.say(&id, &about);
            }
        }
        let is_alarm = event.severity == Severity::Alarm;
        if is_alarm {
            self.alarms = self.alarms.saturating_add(1);
        }
        let matters = is_alarm || matches!(event.what, What::Silent { .. } | What::Resumed { .. });
        if let Some(program) = self.alert.as_ref().filter(|_| matters)
            && let Err(reason) = alert::run(program, event.what.code(), &json.to_string())
        {
            let about = Arguments::NONE
                .text("path", program.display())
                .text("reason", reason);
            self.line.say("watch-alert_failed", &about);
        }
    }
}

/// What a witness's error means here.
fn failure(error: &WitnessError) -> Failure {
    let about = || Arguments::NONE.text("reason", error);
    match error {
        WitnessError::InUse { folder } => {
            let about = Arguments::NONE.text("path", folder.display());
            Failure::local("witness_in_use", about)
        }
        WitnessError::OtherChain { folder, actual, .. } => {
            let about = Arguments::NONE.text("path", folder.display());
            Failure::usage("witness_other_chain", about.text("actual", actual))
        }
        WitnessError::Genesis(error) => Error::GenesisMalformed {
            reason: error.to_string(),
        }
        .into(),
        WitnessError::System { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
            Failure::local("witness_disk_full", about())
        }
        WitnessError::System { .. } => Failure::local("witness_files", about()),
        WitnessError::Damaged { .. } => Failure::local("witness_damaged", about()),
        WitnessError::Storage(error) => error.clone().into(),
    }
}
