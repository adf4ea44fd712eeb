//! The service record certificate (志愿服务记录证明): what a volunteer shows to an employer or a school, who checks it without
//! a network and without asking anybody.
//!
//! It holds the state's own records of what somebody gave ([`ServiceRecord`], [`ServiceYear`]), proven in a block that the
//! city's validators decided, and the holder's **consent**: a [`Statement`], signed with the key that the same block proves
//! to be the holder's, that names the account, the block, the period, until when it counts and, if the holder wishes, for
//! which reader it was made. What always holds of one that [`Certificate::check`] accepts:
//!
//! - every figure follows from proven records: nothing is left out within a year, takings-back least of all, for the
//!   records hold sums from which they are subtracted (ADR 0012);
//! - the holder agreed to exactly this: this account, these years, this period and this time;
//! - it shows no balance, programme, gift, order or recipient, and counts for at most [`VALID_MS_MAX`] after its block.
//!
//! Whether whoever presents it is the holder is another question, which a membership card answers ([`crate::card`]). How
//! it is laid out, and what it does not prove, stands in `docs/certificate.md`.

mod error;
mod figures;
mod paper;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, BlockId, ChainId};
use ledger_core::proof::{BlockClaim, BlockProof, Clock, ProofBundle, TrustChain};
use ledger_core::record::membership::Membership;
use ledger_core::record::service_record::{ServiceRecord, ServiceYear, year_and_number};
use ledger_core::signature::{Purpose, SecretKey, Signature};
use ledger_core::state::StateKey;
use ledger_core::state::key::service_year_of_key;
use ledger_core::state::overlay::RECORD_BYTES_MAX;
use ledger_core::time::{DAY_MS, Month, TimestampMs};
use serde::{Deserialize, Serialize};

pub use error::CertificateError;
pub use figures::{Figures, MonthFigures, STAR_HOURS, stars};
pub use paper::CERTIFICATE_JSON_BYTES_MAX;

use crate::error::Error;
use crate::key;
use crate::qr;

/// The version of certificates that this build writes and the only one it reads.
pub const CERTIFICATE_VERSION: u8 = 1;
/// The longest certificate in its binary form, in bytes.
pub const CERTIFICATE_BYTES_MAX: usize = 1 << 20;
/// For how long after its block a certificate counts at most: what is taken back later is not in it.
pub const VALID_MS_MAX: u64 = 92 * DAY_MS;
/// The most calendar years of one certificate.
pub const YEARS_MAX: usize = 16;
/// The longest name of a reader, in bytes.
pub const READER_BYTES_MAX: usize = 200;

/// For whom a certificate was made, without saying so: a salted commitment to a name.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Reader {
    /// Random.
    #[serde(with = "hex::serde")]
    pub salt: [u8; 16],
    /// Over the salt and the name.
    pub commitment: Hash,
}

impl Reader {
    /// The reader called `name`, without spaces around it.
    ///
    /// # Errors
    /// When the name is empty or longer than [`READER_BYTES_MAX`], or the system gives no random numbers.
    pub fn named(name: &str) -> Result<Reader, Error> {
        let name = name.trim();
        if name.is_empty() || name.len() > READER_BYTES_MAX {
            let (length, length_max) = (name.len(), READER_BYTES_MAX);
            return Err(CertificateError::ReaderName { length, length_max }.into());
        }
        let salt = *key::random::<16>()?;
        Ok(Reader {
            salt,
            commitment: commitment(&salt, name),
        })
    }

    /// Whether it is the one called `name`.
    pub fn is(&self, name: &str) -> bool {
        commitment(&self.salt, name.trim()) == self.commitment
    }
}

fn commitment(salt: &[u8; 16], name: &str) -> Hash {
    hash(Domain::CertificateReader, &[salt, name.as_bytes()])
}

/// What the holder agrees to show.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The city.
    pub chain_id: ChainId,
    /// Whose service.
    pub account: AccountId,
    /// As of which block.
    pub block_id: BlockId,
    /// The first month shown.
    pub from: Month,
    /// The last month shown.
    pub to: Month,
    /// The calendar years whose records are shown, ascending; those of the period in which there is anything.
    pub years: Vec<u32>,
    /// For whom; none: for whoever reads it.
    pub reader: Option<Reader>,
    /// The last instant at which it counts, at most [`VALID_MS_MAX`] after the block.
    pub valid_until_ms: TimestampMs,
}

/// What a holder asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The first month to show.
    pub from: Month,
    /// The last month to show.
    pub to: Month,
    /// For whom.
    pub reader: Option<Reader>,
    /// Until when it is to count.
    pub valid_until_ms: TimestampMs,
}

impl Wish {
    /// The calendar years of the period.
    ///
    /// # Errors
    /// When the period ends before it begins, or has more than [`YEARS_MAX`] years.
    pub fn years(&self) -> Result<std::ops::RangeInclusive<u32>, CertificateError> {
        years_of(self.from, self.to)
    }
}

fn years_of(from: Month, to: Month) -> Result<std::ops::RangeInclusive<u32>, CertificateError> {
    let (first, last) = (year_and_number(from).0, year_and_number(to).0);
    let years_max = u32::try_from(YEARS_MAX).expect("a small number");
    if from > to || last - first >= years_max {
        return Err(CertificateError::Period {
            from,
            to,
            years_max,
        });
    }
    Ok(first..=last)
}

/// A certificate: proven records, and the holder's consent to showing them.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Certificate {
    version: u8,
    /// What the holder agreed to.
    pub statement: Statement,
    /// By the holder's key as of the block.
    pub signature: Signature,
    /// From the genesis document to the records.
    pub bundle: ProofBundle,
}

/// What a certificate was found to say, for whom, and by how many validators it was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What it says.
    pub figures: Figures,
    /// For whom it was made, as far as the check can tell.
    pub made_for: MadeFor,
    /// How many validators signed its block.
    pub signers: usize,
    /// Out of how many.
    pub validators: usize,
}

/// For whom a certificate was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeFor {
    /// Whoever reads it.
    Anyone,
    /// The reader whose name was given to the check.
    ThisReader,
    /// One reader; no name was given to the check, so it is not known whether it is this one.
    SomeReader,
}

/// The records of a certificate, read from its proof.
struct Records {
    membership: Membership,
    record: ServiceRecord,
    years: Vec<(u32, ServiceYear)>,
}

impl Certificate {
    /// A certificate over the records in `bundle`, of one block, with the consent of whoever holds `key`.
    ///
    /// # Errors
    /// When the period or the time is out of bounds, when the bundle holds other records than these, or when the key is not the
    /// holder's (any more).
    pub fn make(
        account: AccountId,
        bundle: ProofBundle,
        key: &SecretKey,
        wish: &Wish,
    ) -> Result<Certificate, Error> {
        let shown = wish.years()?;
        let block = only_block(&bundle)?;
        let years = block
            .claims
            .iter()
            .filter_map(|claim| match claim {
                BlockClaim::Record { key, .. } => service_year_of_key(key),
                _ => None,
            })
            .filter_map(|(_, year)| shown.contains(&year).then_some(year))
            .collect();
        let statement = Statement {
            chain_id: bundle.chain_id,
            account,
            block_id: block.header.id(),
            from: wish.from,
            to: wish.to,
            years,
            reader: wish.reader,
            valid_until_ms: wish.valid_until_ms,
        };
        let mut certificate = Certificate {
            version: CERTIFICATE_VERSION,
            signature: key.sign(Purpose::ServiceRecord, &codec::encode(&statement)),
            statement,
            bundle,
        };
        certificate.leave_out_other_years();
        certificate.check_time(None)?;
        let expected = certificate.records()?.membership.key;
        let actual = key.public_key();
        if expected != actual {
            return Err(CertificateError::KeyReplaced { expected, actual }.into());
        }
        Ok(certificate)
    }

    /// Drops the proofs of years outside the period: nobody asked to show them.
    fn leave_out_other_years(&mut self) {
        let years = &self.statement.years;
        for block in &mut self.bundle.blocks {
            block.claims.retain(|claim| match claim {
                BlockClaim::Record { key, .. } => {
                    service_year_of_key(key).is_none_or(|(_, year)| years.contains(&year))
                }
                _ => true,
            });
        }
    }

    /// What it says, read from its proof; whether that is true, [`Self::check`] tells.
    ///
    /// # Errors
    /// When it does not hold exactly the records that its statement names.
    pub fn figures(&self) -> Result<Figures, CertificateError> {
        let records = self.records()?;
        let header = &only_block(&self.bundle)?.header;
        Ok(Figures::of(
            &self.statement,
            header,
            &records.membership,
            &records.record,
            &records.years,
        ))
    }

    /// Checks every link: from the genesis document that `trust` began with to the records, the holder's consent, its time by
    /// `clock`, and, when `reader` names one, for whom it was made.
    ///
    /// # Errors
    /// Naming what is wrong first.
    pub fn check(
        &self,
        trust: &TrustChain,
        clock: Clock,
        reader: Option<&str>,
    ) -> Result<Checked, Error> {
        let (expected, actual) = (trust.chain_id(), self.statement.chain_id);
        if actual != expected {
            return Err(CertificateError::OtherCity { expected, actual }.into());
        }
        let figures = self.figures()?;
        let records = self.records()?;
        let verified = self.bundle.verify(trust, clock)?;
        let statement = codec::encode(&self.statement);
        let key = records.membership.key;
        if !key.verifies(Purpose::ServiceRecord, &statement, &self.signature) {
            return Err(CertificateError::Signature { key }.into());
        }
        self.check_time(Some(clock.now_ms))?;
        let made_for = match (&self.statement.reader, reader) {
            (None, _) => MadeFor::Anyone,
            (Some(_), None) => MadeFor::SomeReader,
            (Some(made_for), Some(name)) if made_for.is(name) => MadeFor::ThisReader,
            (Some(_), Some(_)) => return Err(CertificateError::OtherReader {}.into()),
        };
        let block = only_block(&self.bundle)?;
        let set = verified.trust.set_at(block.header.height);
        Ok(Checked {
            figures,
            made_for,
            signers: block.certificate.signatures.len(),
            validators: set.map_or(0, |set| set.as_slice().len()),
        })
    }

    /// Checks that it counts for no longer than it may, and still at `now_ms`.
    fn check_time(&self, now_ms: Option<TimestampMs>) -> Result<(), CertificateError> {
        let time_ms = only_block(&self.bundle)?.header.time_ms;
        let valid_until_ms = self.statement.valid_until_ms;
        let latest_ms = time_ms.plus_ms(VALID_MS_MAX);
        if valid_until_ms > latest_ms || valid_until_ms < time_ms {
            return Err(CertificateError::ValidTooLong {
                valid_until_ms,
                latest_ms,
            });
        }
        match now_ms {
            Some(now_ms) if now_ms > valid_until_ms => Err(CertificateError::Expired {
                valid_until_ms,
                over_ms: now_ms.since_ms(valid_until_ms),
            }),
            _ => Ok(()),
        }
    }

    /// The records the statement names, each once and nothing else, in one block that is the statement's.
    fn records(&self) -> Result<Records, CertificateError> {
        let statement = &self.statement;
        let block = only_block(&self.bundle)?;
        if statement.chain_id != block.header.chain_id || statement.block_id != block.header.id() {
            return Err(other_records("the consent is for another block"));
        }
        let shown = years_of(statement.from, statement.to)?;
        let in_order = statement.years.is_sorted_by(|left, right| left < right);
        if !in_order || statement.years.iter().any(|year| !shown.contains(year)) {
            return Err(other_records("its years are not those of its period"));
        }
        let account = statement.account;
        if block.claims.len() != statement.years.len().saturating_add(2) {
            return Err(other_records(
                "it holds more or fewer records than it names",
            ));
        }
        let mut years = Vec::with_capacity(statement.years.len());
        for year in &statement.years {
            let record: ServiceYear = record(block, &StateKey::ServiceYear(account, *year))?;
            if !record.is_in_order() {
                return Err(other_records("a year is not in order"));
            }
            years.push((*year, record));
        }
        Ok(Records {
            membership: record(block, &StateKey::Membership(account))?,
            record: record(block, &StateKey::ServiceRecord(account))?,
            years,
        })
    }

    /// Its bytes: what its codes carry.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads what [`Self::to_bytes`] wrote. Nothing is checked by this; [`Self::check`] does.
    ///
    /// # Errors
    /// When the bytes are no certificate, or of a version this build does not know.
    pub fn from_bytes(bytes: &[u8]) -> Result<Certificate, Error> {
        if let Some(version) = bytes.first() {
            check_version(*version)?;
        }
        let read = codec::decode(bytes, CERTIFICATE_BYTES_MAX);
        Ok(read.map_err(|error| damaged(&error))?)
    }

    /// The texts of its codes, each with at most `part_bytes` of it.
    ///
    /// # Errors
    /// When it is too long for codes.
    pub fn qr_parts(&self, part_bytes: usize) -> Result<Vec<String>, Error> {
        qr::parts_within(qr::Kind::Certificate, &self.to_bytes(), part_bytes)
    }
}

/// The block of a certificate.
fn only_block(bundle: &ProofBundle) -> Result<&BlockProof, CertificateError> {
    match &bundle.blocks[..] {
        [block] => Ok(block),
        _ => Err(other_records("its records are not of one block")),
    }
}

/// The record that `block` claims under `key`.
fn record<T: BorshDeserialize + BorshSerialize>(
    block: &BlockProof,
    key: &StateKey,
) -> Result<T, CertificateError> {
    let wanted = key.to_bytes();
    let value = block.claims.iter().find_map(|claim| match claim {
        BlockClaim::Record { key, value, .. } if *key == wanted => Some(value),
        _ => None,
    });
    let value = value.ok_or_else(|| other_records("a record of the account is missing"))?;
    codec::decode(value, RECORD_BYTES_MAX).map_err(|error| damaged(&error))
}

fn other_records(reason: &str) -> CertificateError {
    CertificateError::OtherRecords {
        reason: reason.to_owned(),
    }
}

fn check_version(version: u8) -> Result<(), CertificateError> {
    match version {
        CERTIFICATE_VERSION => Ok(()),
        _ => Err(CertificateError::Version {
            version,
            known: CERTIFICATE_VERSION,
        }),
    }
}

fn damaged(error: &impl std::fmt::Display) -> CertificateError {
    CertificateError::Damaged {
        reason: error.to_string(),
    }
}
