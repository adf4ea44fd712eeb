//! Importing a street office's CSV file of paper records (`docs/csv.md`).
//!
//! A line that cannot be used is named and the others are still offered: submitted when the keys at hand can make every
//! signature, written as a document otherwise. The salts of the evidence commitments are in the vault file before anything
//! is submitted; if we crash between the two, the salts of records that never came to be lie there, which does no harm.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use ledger_core::id::{AccountId, BudgetId, OrderId};
use ledger_core::message::Arguments;
use ledger_core::record::order::Payer;
use ledger_core::signature::SecretKey;
use ledger_core::transaction::{SealedEnvelope, Signer};
use serde_json::{Value, json};
use timebank_wallet::client::{BATCH_BYTES_MAX, BATCH_TRANSACTIONS_MAX, BatchOutcome};
use timebank_wallet::commitment::{self, Salt};
use timebank_wallet::error::Refusal;
use timebank_wallet::message::explain_refusal;
use timebank_wallet::records::{LineError, PaperRecord, Reading};
use timebank_wallet::{Document, Error, key};

use crate::command::people::{malformed, open, roster_in};
use crate::exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::sentence::catalogue;
use crate::session::Session;
use crate::signing::SigningKey;
use crate::value::parse;

#[derive(Debug, Args)]
pub(crate) struct Import {
    file: PathBuf,
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    #[arg(long, value_name = "LINE", value_parser = parse::<BudgetId>)]
    budget: Option<BudgetId>,
    #[arg(long, value_name = "FOLDER")]
    keys: Option<PathBuf>,
    #[arg(long, value_name = "FOLDER")]
    documents: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    vault: Option<PathBuf>,
    #[arg(long)]
    check: bool,
}

/// A line of the file and what became of it.
struct Line {
    line: u64,
    number: String,
    outcome: Outcome,
}

enum Outcome {
    /// It cannot be used.
    Malformed(LineError),
    /// It was only looked at.
    Readable,
    /// Signed by all and ready.
    Sealed(Box<SealedEnvelope>, OrderId),
    /// Written for others to sign.
    Document(PathBuf),
    /// Signatures are missing, and no folder for documents was given.
    Unsigned,
    /// In a decided block, or accepted for one.
    Submitted(OrderId),
    /// Refused by the ledger.
    Refused(Refusal),
    /// The node had no room for it.
    NotTaken(Refusal),
}

pub(crate) fn run(arguments: &Import, session: &Session<'_>) -> Result<Output, Failure> {
    let mut lines = read(arguments, session)?;
    if !arguments.check {
        let vault = match &arguments.vault {
            Some(vault) => vault.clone(),
            None => arguments.file.with_extension("salts.csv"),
        };
        let records = sign(&lines, arguments, session, &vault)?;
        for (line, outcome) in lines.iter_mut().zip(records) {
            if let Some(outcome) = outcome {
                line.1 = outcome;
            }
        }
    }
    let mut lines: Vec<Line> = lines
        .into_iter()
        .map(|(read, outcome)| match read {
            Ok(record) => Line {
                line: record.line,
                number: record.number,
                outcome,
            },
            Err(error) => Line {
                line: error.line,
                number: String::new(),
                outcome,
            },
        })
        .collect();
    submit(&mut lines, session)?;
    Ok(report(&lines, session))
}

type Read = (Result<PaperRecord, LineError>, Outcome);

fn read(arguments: &Import, session: &Session<'_>) -> Result<Vec<Read>, Failure> {
    let roster = roster_in(arguments.roster.as_deref(), session)?;
    let reading = Reading {
        roster: &roster,
        calendar: session.calendar()?,
        budget: arguments.budget,
    };
    let read = reading
        .read(open(&arguments.file)?)
        .map_err(|error| malformed(&arguments.file, &error, session))?;
    let outcomes = read.into_iter().map(|line| match &line {
        Ok(_) => (line, Outcome::Readable),
        Err(error) => {
            let outcome = Outcome::Malformed(error.clone());
            (line, outcome)
        }
    });
    Ok(outcomes.collect())
}

/// The keys of people, by account, as far as they are at hand.
struct Keys<'k> {
    folder: Option<&'k Path>,
    named: Vec<SigningKey>,
    read: BTreeMap<AccountId, Option<SecretKey>>,
}

impl Keys<'_> {
    fn of(&mut self, account: AccountId) -> Result<Option<SecretKey>, Failure> {
        let signer = Signer::Account(account);
        if let Some(named) = self.named.iter().find(|named| named.signer == signer) {
            return Ok(Some(named.key.clone()));
        }
        let Some(folder) = self.folder else {
            return Ok(None);
        };
        if let Some(known) = self.read.get(&account) {
            return Ok(known.clone());
        }
        let found = match key::load(&folder.join(format!("{account}.key"))) {
            Ok(key) => Some(key),
            Err(Error::KeyFileMissing { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        self.read.insert(account, found.clone());
        Ok(found)
    }
}

/// Signs every record as far as the keys at hand allow; for each line what came of it, if anything.
fn sign(
    lines: &[Read],
    arguments: &Import,
    session: &Session<'_>,
    vault: &Path,
) -> Result<Vec<Option<Outcome>>, Failure> {
    let mut keys = Keys {
        folder: arguments.keys.as_deref(),
        named: session.keys()?,
        read: BTreeMap::new(),
    };
    let mut salts = String::new();
    let mut documents = Vec::new();
    for (line, _) in lines {
        let Ok(record) = line else {
            documents.push(None);
            continue;
        };
        let salt = Salt::generate()?;
        let mut service = record.service.clone();
        service.evidence = commitment::evidence(&salt, record.number.as_bytes());
        let payer = match service.payer {
            Payer::Kin(kin) => Some(kin),
            Payer::Recipient | Payer::Budget(_) => None,
        };
        let provider = Signer::Account(service.provider);
        let transaction = session.transaction_by(provider, service.clone().into())?;
        let order = OrderId::derive(transaction.id());
        salts.push_str(&timebank_wallet::records::vault_line(
            &record.number,
            order,
            &salt,
        ));
        let mut document = Document::new(transaction);
        for account in [Some(service.provider), Some(service.recipient), payer] {
            if let Some((account, key)) = account
                .map(|account| Ok::<_, Failure>((account, keys.of(account)?)))
                .transpose()?
                .and_then(|(account, key)| Some((account, key?)))
            {
                document.sign(Signer::Account(account), &key)?;
            }
        }
        let recipient = Signer::Account(service.recipient);
        if !document.signatures().contains_key(&recipient) {
            // A clerk at hand stands in for a recipient without a key.
            let clerk = keys
                .named
                .iter()
                .find(|named| matches!(named.signer, Signer::Staff(_)));
            if let Some(SigningKey { signer, key }) = clerk {
                document.sign(*signer, key)?;
            }
        }
        documents.push(Some((record.line, order, document)));
    }
    timebank_wallet::records::add_to_vault(vault, &salts)?;
    documents
        .into_iter()
        .map(|signed| {
            signed
                .map(|(line, order, document)| outcome(line, order, document, arguments))
                .transpose()
        })
        .collect()
}

/// Ready, when the provider and somebody else have signed; else a document.
fn outcome(
    line: u64,
    order: OrderId,
    document: Document,
    arguments: &Import,
) -> Result<Outcome, Failure> {
    let signed = document.signatures();
    if signed.len() >= 2 && signed.contains_key(&document.transaction().signer) {
        let envelope = document.into_envelope()?;
        return Ok(Outcome::Sealed(
            Box::new(SealedEnvelope::new(envelope)),
            order,
        ));
    }
    match &arguments.documents {
        None => Ok(Outcome::Unsigned),
        Some(folder) => {
            let path = folder.join(format!("line-{line}.json"));
            document.save(&path)?;
            Ok(Outcome::Document(path))
        }
    }
}

/// Submits everything that is ready, in batches.
fn submit(lines: &mut [Line], session: &Session<'_>) -> Result<(), Failure> {
    let mut ready: Vec<&mut Line> = lines
        .iter_mut()
        .filter(|line| matches!(line.outcome, Outcome::Sealed(..)))
        .collect();
    let mut rest = ready.as_mut_slice();
    while !rest.is_empty() {
        // A list's encoding is its length and, for each entry, the entry's length and bytes.
        let mut bytes = 4usize;
        let fitting = rest.iter().take(BATCH_TRANSACTIONS_MAX).take_while(|line| {
            if let Outcome::Sealed(sealed, _) = &line.outcome {
                bytes = bytes.saturating_add(sealed.bytes().len()).saturating_add(4);
            }
            bytes <= BATCH_BYTES_MAX
        });
        // One envelope always fits.
        let count = fitting.count().max(1);
        let (batch, later) = rest.split_at_mut(count);
        rest = later;
        let envelopes: Vec<&SealedEnvelope> = batch
            .iter()
            .filter_map(|line| match &line.outcome {
                Outcome::Sealed(sealed, _) => Some(&**sealed),
                _ => None,
            })
            .collect();
        let items = session
            .client()?
            .submit_batch(&envelopes, session.patience())?;
        for (line, item) in batch.iter_mut().zip(items) {
            if let Outcome::Sealed(_, order) = line.outcome {
                line.outcome = match item.outcome() {
                    BatchOutcome::Applied(_) | BatchOutcome::Accepted => Outcome::Submitted(order),
                    BatchOutcome::Refused(refusal) => Outcome::Refused(refusal.clone()),
                    BatchOutcome::NotTaken(refusal) => Outcome::NotTaken(refusal.clone()),
                };
            }
        }
    }
    Ok(())
}

fn report(lines: &[Line], session: &Session<'_>) -> Output {
    let language = session.language();
    let catalogue = catalogue(language);
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut listed = Vec::new();
    let mut rows = Vec::new();
    for line in lines {
        let (state, details) = match &line.outcome {
            Outcome::Malformed(error) => {
                let sentence = catalogue.render(error.problem.code(), &Arguments::of(error));
                ("malformed", json!(sentence))
            }
            Outcome::Readable => ("readable", Value::Null),
            Outcome::Sealed(_, order) | Outcome::Submitted(order) => ("submitted", json!(order)),
            Outcome::Document(path) => ("document", json!(path)),
            Outcome::Unsigned => ("unsigned", Value::Null),
            Outcome::Refused(refusal) => {
                ("refused", json!(explain_refusal(refusal, language).message))
            }
            Outcome::NotTaken(refusal) => (
                "not_taken",
                json!(explain_refusal(refusal, language).message),
            ),
        };
        *counts.entry(state).or_default() += 1;
        listed.push(
            json!({"line": line.line, "number": line.number, "state": state, "details": details}),
        );
        // What went as it should is counted; what did not is named.
        if !matches!(state, "submitted" | "readable") {
            rows.push(vec![
                json!(line.line),
                json!(line.number),
                json!(format!("import_{state}")),
                details,
            ]);
        }
    }
    let count = |state| counts.get(state).copied().unwrap_or_default();
    let about = [
        "submitted",
        "readable",
        "document",
        "unsigned",
        "refused",
        "not_taken",
        "malformed",
    ]
    .into_iter()
    .fold(Arguments::NONE, |about, state| {
        about.number(state, count(state))
    });
    let faults = count("malformed") + count("unsigned");
    let exit_code = match (faults, count("refused"), count("not_taken")) {
        (0, 0, 0) => exit::OK,
        (0, 0, _) => exit::NETWORK,
        (0, ..) => exit::REFUSED,
        _ => exit::FAILURE,
    };
    let output = Output::of(&json!({"lines": listed, "counts": counts})).exit(exit_code);
    let output = output.say("import-counts", about);
    if rows.is_empty() {
        output
    } else {
        output.rows(&["line", "number", "outcome", "details"], rows)
    }
}
