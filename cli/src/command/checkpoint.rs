//! Checkpoints: a block the city vouches for, for wallets that slept longer than validators can be held to account.
//!
//! An auditor or administrator writes one from a block that was proven, the others sign the same file, a node serves it
//! (`docs/operations.md`). What is always so: nobody signs a block that their own node does not prove, unless they say so.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ledger_core::id::Height;
use ledger_core::message::Arguments;
use ledger_core::proof::{Checkpoint, CheckpointError, CheckpointKeys, CheckpointSigner};
use ledger_core::record::organisation::Role;
use ledger_core::transaction::Signer;
use serde::Deserialize;
use serde_json::{Value, json};
use timebank_wallet::Error;

use crate::content;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::signing::SigningKey;

/// The longest checkpoint file, in bytes: as many checkpoints as a proof may hold, each with a large set.
const CHECKPOINT_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Make(Make),
    Sign(Sign),
    Show(Show),
    Use(Show),
}

#[derive(Debug, Args)]
pub(crate) struct Make {
    #[arg(long, value_name = "BLOCK")]
    height: Option<u64>,
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[arg(long)]
    hand_over: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    file: PathBuf,
    #[arg(long)]
    yes: bool,
    #[arg(long)]
    unchecked: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    file: PathBuf,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Make(arguments) => make(&arguments, session),
        Command::Sign(arguments) => sign(&arguments, session),
        Command::Show(Show { file }) => shown(&load(&file, session)?, session),
        Command::Use(Show { file }) => take(&load_all(&file, session)?, session),
    }
}

/// What a file holds: one checkpoint, or those that handed over to other keys and the newest, as nodes serve them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Held {
    One(Box<Checkpoint>),
    Several { checkpoints: Vec<Checkpoint> },
}

/// The checkpoints in a file, in their order.
pub(crate) fn load_all(file: &Path, session: &Session<'_>) -> Result<Vec<Checkpoint>, Failure> {
    let bytes = session.read(file, CHECKPOINT_FILE_BYTES_MAX)?;
    match serde_json::from_slice(&bytes) {
        Ok(Held::One(checkpoint)) => Ok(vec![*checkpoint]),
        Ok(Held::Several { checkpoints }) => Ok(checkpoints),
        Err(error) => Err(unusable(file, &error)),
    }
}

/// The one checkpoint in a file.
fn load(file: &Path, session: &Session<'_>) -> Result<Checkpoint, Failure> {
    let bytes = session.read(file, CHECKPOINT_FILE_BYTES_MAX)?;
    serde_json::from_slice(&bytes).map_err(|error| unusable(file, &error))
}

fn unusable(file: &Path, error: &serde_json::Error) -> Failure {
    let about = Arguments::NONE.text("path", file.display());
    Failure::local("checkpoint_file", about.text("reason", error))
}

fn save(checkpoint: &Checkpoint, file: &Path) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(checkpoint).expect("a checkpoint has text keys");
    text.push('\n');
    content::write(file, text.as_bytes())
}

fn make(arguments: &Make, session: &Session<'_>) -> Result<Output, Failure> {
    let client = session.client()?;
    let genesis = session.genesis()?.ok_or(Error::TrustMissing {})?;
    let height = arguments.height.map(Height);
    let keys = match arguments.hand_over {
        false => client.trust()?.chain().checkpoint_keys().clone(),
        true => keys_of_staff(session)?,
    };
    let body = client.checkpoint_body(height, genesis, keys)?;
    let checkpoint = Checkpoint::new(body, []);
    save(&checkpoint, &arguments.to)?;
    shown(&checkpoint, session)
}

/// The city's administrators and auditors as they are now, by a node's word: whoever signs looks at them.
fn keys_of_staff(session: &Session<'_>) -> Result<CheckpointKeys, Failure> {
    let genesis = session.genesis()?.ok_or(Error::TrustMissing {})?;
    let city = genesis.organisations.first();
    let city = city.ok_or_else(|| Failure::local("checkpoint_cityless", Arguments::NONE))?;
    let city = session.client()?.organisation(city.organisation)?;
    let with = |role| {
        let mut signers: Vec<CheckpointSigner> = city
            .staff
            .iter()
            .filter(|listed| listed.entry.has(role))
            .map(|listed| CheckpointSigner {
                staff: listed.staff,
                person: listed.entry.person,
                key: listed.entry.key,
            })
            .collect();
        signers.sort();
        signers
    };
    Ok(CheckpointKeys {
        threshold: city.organisation.threshold,
        administrators: with(Role::Administrator),
        auditors: with(Role::Auditor),
    })
}

fn sign(arguments: &Sign, session: &Session<'_>) -> Result<Output, Failure> {
    let checkpoint = load(&arguments.file, session)?;
    let body = &checkpoint.body;
    if !arguments.unchecked {
        let height = body.header.height;
        let proven = session.client()?.block(Some(height))?;
        let actual = body.header.id();
        if proven.block_id != actual {
            let about = Arguments::NONE.number("height", height.0);
            let about = about.text("actual", actual).text("proven", proven.block_id);
            return Err(Failure::unproven("checkpoint_other_block", about));
        }
    }
    if !arguments.yes {
        let text = described(&checkpoint).text(session.language());
        session.confirm(&text, "sign-ask")?;
    }
    let mut signatures = checkpoint.signatures.clone();
    let keys = session.keys()?;
    if keys.is_empty() {
        return Err(Failure::usage("key_missing", Arguments::NONE));
    }
    let trust = session.trust_chain()?;
    let may_sign = trust.checkpoint_keys();
    for SigningKey { signer, key } in keys {
        let about = || Arguments::NONE.text("signer", signer);
        let Signer::Staff(staff) = signer else {
            return Err(Failure::usage("checkpoint_signer", about()));
        };
        let mut known = may_sign.administrators.iter().chain(&may_sign.auditors);
        if !known.any(|it| it.staff == staff && it.key == key.public_key()) {
            return Err(Failure::usage("checkpoint_stranger", about()));
        }
        signatures.push(body.sign(staff, &key));
    }
    let signed = Checkpoint::new(checkpoint.body, signatures);
    // A file that nobody would believe with this signature is left as it was.
    let output = shown(&signed, session)?;
    save(&signed, &arguments.file)?;
    Ok(output)
}

/// Begins trust anew with a checkpoint, and keeps that.
fn take(checkpoints: &[Checkpoint], session: &Session<'_>) -> Result<Output, Failure> {
    let trust = session.trust()?;
    for checkpoint in checkpoints {
        if checkpoint.height() > trust.chain().checkpoint_height() {
            trust.renew(checkpoint)?;
        }
    }
    let height = trust.chain().checkpoint_height();
    let about = Arguments::NONE.number("height", height.0);
    let json = json!({"height": height, "used": true});
    Ok(Output::of(&json).say("checkpoint-used", about))
}

/// The checkpoint, and whether enough have signed it for those who hold the genesis document.
fn shown(checkpoint: &Checkpoint, session: &Session<'_>) -> Result<Output, Failure> {
    let trust = session.trust_chain()?;
    let checked = trust.checkpoint_keys().check(trust.chain_id(), checkpoint);
    let output = described(checkpoint);
    match checked {
        Ok(()) => Ok(output.say("checkpoint-enough", Arguments::NONE)),
        Err(
            reason @ (CheckpointError::TooFewAdministrators { .. } | CheckpointError::NoAuditor),
        ) => Ok(output.say(
            "checkpoint-more",
            Arguments::NONE.text("reason", reason.code()),
        )),
        Err(reason) => Err(Failure::broken(&reason.into())),
    }
}

fn described(checkpoint: &Checkpoint) -> Output {
    let body = &checkpoint.body;
    let header = &body.header;
    let signers = |signers: &[CheckpointSigner]| -> Vec<Value> {
        signers.iter().map(|signer| json!(signer.staff)).collect()
    };
    let signed: Vec<Value> = checkpoint
        .signatures
        .iter()
        .map(|signed| json!(signed.staff))
        .collect();
    let keys = body
        .keys
        .administrators
        .iter()
        .map(|signer| (signer, "administrator"))
        .chain(body.keys.auditors.iter().map(|signer| (signer, "auditor")))
        .map(|(signer, role)| {
            let CheckpointSigner { staff, person, key } = signer;
            vec![json!(staff), json!(role), json!(person), json!(key)]
        });
    let json = json!({"checkpoint": checkpoint, "block_id": header.id(), "signed": signed});
    Output::of(&json)
        .fields([
            ("chain_id", json!(body.chain_id)),
            ("height", json!(header.height)),
            ("block_id", json!(header.id())),
            ("time_ms", json!(header.time_ms)),
            ("validators", json!(body.set.as_slice().len())),
            ("set", json!(body.set.set_hash())),
            ("administrators", json!(signers(&body.keys.administrators))),
            ("threshold", json!(body.keys.threshold)),
            ("auditors", json!(signers(&body.keys.auditors))),
            ("signed", json!(signed)),
        ])
        .say("checkpoint-keys", Arguments::NONE)
        .rows(&["staff", "role", "person", "key"], keys)
}
