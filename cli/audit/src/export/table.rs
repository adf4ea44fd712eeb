//! The tables of an export: which columns they have, and the rows that a block, or the state, gives them.
//!
//! What always holds: the same blocks give the same rows in the same order, and the first columns of a row, its key, tell it
//! from every other row of its table. So whoever has the blocks can say of any table what is missing, added or altered.

use borsh::BorshDeserialize;
use ledger_core::id::{AccountId, Height};
use ledger_core::receipt::{Posting, Receipt};
use ledger_core::record::account::AccountRecord;
use ledger_core::state::{StateError, StateKey, StateView};
use ledger_core::time::Calendar;
use serde_json::{Value, json};

use crate::booked::BookedBlock;

/// How many accounts are read from the state at a time.
const ACCOUNTS_AT_ONCE: usize = 1_000;

/// A table of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// One row for each block.
    Blocks,
    /// One for each transaction.
    Transactions,
    /// One for each posting.
    Postings,
    /// One for each account, after the last block.
    Accounts,
}

/// A row: as many cells as its table has columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its block; none for an account.
    pub height: Option<Height>,
    /// What it is about, for people: a block's, transaction's or account's id.
    pub item: String,
    /// The values, in the order of the columns.
    pub cells: Vec<Value>,
}

impl Table {
    /// Every table.
    pub const ALL: [Table; 4] = [
        Table::Blocks,
        Table::Transactions,
        Table::Postings,
        Table::Accounts,
    ];

    /// Its name, which is that of its files.
    pub const fn name(self) -> &'static str {
        match self {
            Table::Blocks => "blocks",
            Table::Transactions => "transactions",
            Table::Postings => "postings",
            Table::Accounts => "accounts",
        }
    }

    /// Its columns.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Table::Blocks => &[
                "height",
                "block_id",
                "time_ms",
                "time",
                "parent",
                "proposer",
                "transactions",
                "automatic",
                "postings",
                "transactions_root",
                "receipts_root",
                "state_root",
                "validators_hash",
                "next_validators_hash",
                "last_set_change",
                "round",
                "signatures",
            ],
            Table::Transactions => &[
                "height",
                "index",
                "transaction",
                "time",
                "kind",
                "signer",
                "signers",
                "valid_until_ms",
                "nonce",
                "postings",
                "operation",
            ],
            Table::Postings => &[
                "height",
                "receipt",
                "posting",
                "time_ms",
                "time",
                "automatic",
                "cause",
                "cause_id",
                "owner_kind",
                "owner",
                "entry",
                "minutes",
                "details",
            ],
            Table::Accounts => &[
                "account",
                "kind",
                "status",
                "home",
                "home_district",
                "key",
                "legal_guardian",
                "programmes",
                "spendable",
                "lots",
                "held",
                "honorary",
                "service_given",
                "training_given",
                "clawback",
                "no_shows",
                "rating",
                "open_orders",
                "serving",
                "kin",
                "proxies",
                "staff_entries",
                "history",
            ],
        }
    }

    /// How many of the first columns are the key.
    pub const fn key_columns(self) -> usize {
        match self {
            Table::Blocks | Table::Accounts => 1,
            Table::Transactions => 2,
            Table::Postings => 3,
        }
    }

    /// The rows that `booked` gives this table; none for accounts.
    pub fn rows(self, booked: &BookedBlock, calendar: Calendar) -> Vec<Row> {
        match self {
            Table::Blocks => vec![block_row(booked, calendar)],
            Table::Transactions => transaction_rows(booked, calendar),
            Table::Postings => posting_rows(booked, calendar),
            Table::Accounts => Vec::new(),
        }
    }
}

fn block_row(booked: &BookedBlock, calendar: Calendar) -> Row {
    let header = &booked.block.header;
    let postings: usize = booked.receipts.iter().map(|it| it.postings.len()).sum();
    let id = header.id();
    Row {
        height: Some(header.height),
        item: id.to_string(),
        cells: vec![
            json!(header.height),
            json!(id),
            json!(header.time_ms),
            json!(calendar.show(header.time_ms)),
            json!(header.parent),
            json!(header.proposer),
            json!(booked.block.transactions.len()),
            json!(booked.automatic().len()),
            json!(postings),
            json!(header.transactions_root),
            json!(header.receipts_root),
            json!(header.state_root),
            json!(header.validators_hash),
            json!(header.next_validators_hash),
            json!(header.last_set_change),
            json!(booked.certificate.round),
            json!(booked.certificate.signatures.len()),
        ],
    }
}

fn transaction_rows(booked: &BookedBlock, calendar: Calendar) -> Vec<Row> {
    let header = &booked.block.header;
    let row = |(index, (sealed, receipt)): (usize, (&_, &Receipt))| {
        let sealed: &ledger_core::transaction::SealedEnvelope = sealed;
        let transaction = &sealed.envelope().transaction;
        let signers = &sealed.envelope().signatures;
        let signers: Vec<String> = signers.iter().map(|it| it.signer.to_string()).collect();
        let (kind, operation) = split_kind(serde_json::to_value(&transaction.operation));
        Row {
            height: Some(header.height),
            item: sealed.id().to_string(),
            cells: vec![
                json!(header.height),
                json!(index),
                json!(sealed.id()),
                json!(calendar.show(header.time_ms)),
                kind,
                json!(transaction.signer),
                json!(signers.join(" ")),
                json!(transaction.valid_until_ms),
                json!(hex::encode(transaction.nonce)),
                json!(receipt.postings.len()),
                operation,
            ],
        }
    };
    booked.transactions().enumerate().map(row).collect()
}

fn posting_rows(booked: &BookedBlock, calendar: Calendar) -> Vec<Row> {
    let automatic = booked.automatic().len();
    let receipts = booked.receipts.iter().enumerate();
    receipts
        .flat_map(|(receipt, it)| {
            let postings = it.postings.iter().enumerate();
            postings.map(move |(posting, it)| {
                posting_row((receipt, posting), receipt < automatic, it, calendar)
            })
        })
        .collect()
}

/// The row of one posting, at its place: the number of its receipt in the block, and its number in that.
pub(crate) fn posting_row(
    (receipt, number): (usize, usize),
    automatic: bool,
    posting: &Posting,
    calendar: Calendar,
) -> Row {
    let variant = |value: Value| match value {
        Value::Object(fields) => match fields.into_iter().next() {
            Some((name, Value::Array(parts))) => {
                let parts: Vec<String> = parts.iter().map(text).collect();
                (json!(name), json!(parts.join(" ")))
            }
            Some((name, value)) => (json!(name), json!(text(&value))),
            None => (Value::Null, Value::Null),
        },
        other => (other, Value::Null),
    };
    let (cause, cause_id) = variant(json!(posting.cause));
    let (owner_kind, owner) = variant(json!(posting.owner));
    let (entry, details) = split_kind(serde_json::to_value(&posting.entry));
    let minutes = details.get("minutes").cloned().unwrap_or_default();
    Row {
        height: Some(posting.height),
        item: cause_id.as_str().unwrap_or_default().to_owned(),
        cells: vec![
            json!(posting.height),
            json!(receipt),
            json!(number),
            json!(posting.time_ms),
            json!(calendar.show(posting.time_ms)),
            json!(automatic),
            cause,
            cause_id,
            owner_kind,
            owner,
            entry,
            minutes,
            details,
        ],
    }
}

/// A value as people read it in one cell.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The field `kind` of an object, and the others.
fn split_kind(json: Result<Value, serde_json::Error>) -> (Value, Value) {
    let mut json = json.expect("operations and entries have only text keys");
    let kind = json
        .as_object_mut()
        .and_then(|fields| fields.remove("kind"))
        .unwrap_or_default();
    (kind, json)
}

/// The accounts of a state, in order of their ids, read in parts.
pub struct Accounts<'s, V> {
    state: &'s V,
    from: Vec<u8>,
    to: Vec<u8>,
    part: std::vec::IntoIter<(Vec<u8>, Vec<u8>)>,
    ended: bool,
}

impl<V> std::fmt::Debug for Accounts<'_, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}

impl<'s, V: StateView> Accounts<'s, V> {
    /// Those of `state`.
    pub fn of(state: &'s V) -> Accounts<'s, V> {
        let (from, to) = StateKey::account_range();
        Accounts {
            state,
            from,
            to,
            part: Vec::new().into_iter(),
            ended: false,
        }
    }

    fn read(&mut self) -> Result<Option<Row>, StateError> {
        if self.part.as_slice().is_empty() && !self.ended {
            let part = self.state.scan(&self.from, &self.to, ACCOUNTS_AT_ONCE)?;
            self.ended = part.len() < ACCOUNTS_AT_ONCE;
            if let Some((last, _)) = part.last() {
                // The least key above the last.
                self.from.clone_from(last);
                self.from.push(0);
            }
            self.part = part.into_iter();
        }
        let Some((key, bytes)) = self.part.next() else {
            return Ok(None);
        };
        let malformed = || StateError {
            reason: format!(
                "the account under the key {} is malformed",
                hex::encode(&key)
            ),
        };
        let id = key.last_chunk::<20>().ok_or_else(malformed)?;
        let record = AccountRecord::try_from_slice(&bytes).map_err(|_| malformed())?;
        account_row(AccountId(*id), &record)
            .map(Some)
            .ok_or_else(malformed)
    }
}

impl<V: StateView> Iterator for Accounts<'_, V> {
    type Item = Result<Row, StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// The row of an account; none when its lots add up to more than there can be.
fn account_row(id: AccountId, record: &AccountRecord) -> Option<Row> {
    let spendable = record.lots.total().ok()?;
    let json = serde_json::to_value(record).expect("an account has only text keys");
    let cell = |column: &&str| match *column {
        "account" => json!(id),
        "spendable" => json!(spendable),
        column => json.get(column).cloned().unwrap_or_default(),
    };
    Some(Row {
        height: None,
        item: id.to_string(),
        cells: Table::Accounts.columns().iter().map(cell).collect(),
    })
}
