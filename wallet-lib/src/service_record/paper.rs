//! A certificate as JSON: its figures in plain sight, and the proof from which anybody can work them out again.
//!
//! What always holds of one that is read: the figures shown are those of the proof, to the last one.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::proof::ProofBundle;
use ledger_core::signature::Signature;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Certificate, CertificateError, Figures, Statement, check_version, damaged};
use crate::error::Error;

/// The longest certificate as JSON, in bytes.
pub const CERTIFICATE_JSON_BYTES_MAX: usize = 4 << 20;

/// What the file says it is.
const FORMAT: &str = "timebank service record certificate";

/// The JSON form. What a reader does not know, nobody vouches for, so nothing may stand beside it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paper {
    format: String,
    version: u8,
    figures: Figures,
    consent: Statement,
    signature: Signature,
    proof: ProofBundle,
}

impl Certificate {
    /// Whether `bytes` look like a certificate in JSON, and not like another document.
    pub fn is_json(bytes: &[u8]) -> bool {
        serde_json::from_slice::<Value>(bytes).is_ok_and(|json| json["format"] == FORMAT)
    }

    /// As JSON, with its figures.
    ///
    /// # Errors
    /// When it does not hold the records that its statement names.
    pub fn to_json(&self) -> Result<String, Error> {
        let paper = Paper {
            format: FORMAT.to_owned(),
            version: self.version,
            figures: self.figures()?,
            consent: self.statement.clone(),
            signature: self.signature,
            proof: self.bundle.clone(),
        };
        let text = serde_json::to_string_pretty(&paper).expect("maps have text as keys");
        Ok(text + "\n")
    }

    /// Reads what [`Self::to_json`] wrote, and checks that the figures shown are those of the proof; whether that is true,
    /// [`Self::check`] tells.
    ///
    /// # Errors
    /// When it is no certificate, or a figure was altered.
    pub fn from_json(bytes: &[u8]) -> Result<Certificate, Error> {
        if bytes.len() > CERTIFICATE_JSON_BYTES_MAX {
            let reason = format!("longer than {CERTIFICATE_JSON_BYTES_MAX} bytes");
            return Err(CertificateError::Damaged { reason }.into());
        }
        // The version first: it says how the rest is to be read.
        let json: Value = serde_json::from_slice(bytes).map_err(|error| damaged(&error))?;
        if let Some(version) = json["version"].as_u64() {
            check_version(u8::try_from(version).unwrap_or(u8::MAX))?;
        }
        let paper: Paper = serde_json::from_slice(bytes).map_err(|error| damaged(&error))?;
        if paper.format != FORMAT {
            let reason = format!("its format is not \"{FORMAT}\"");
            return Err(CertificateError::Damaged { reason }.into());
        }
        let certificate = Certificate {
            version: paper.version,
            statement: paper.consent,
            signature: paper.signature,
            bundle: paper.proof,
        };
        let proven = certificate.figures()?;
        match first_difference("", &value(&paper.figures), &value(&proven)) {
            Some((figure, shown, proven)) => Err(CertificateError::Figure {
                figure,
                shown,
                proven,
            }
            .into()),
            None => Ok(certificate),
        }
    }
}

fn value(figures: &Figures) -> Value {
    serde_json::to_value(figures).expect("maps have text as keys")
}

/// The path of the first value in which the two differ, and both values.
fn first_difference(path: &str, shown: &Value, proven: &Value) -> Option<(String, String, String)> {
    let (Some(left), Some(right)) = (members(shown), members(proven)) else {
        let differs = shown != proven;
        return differs.then(|| (path.to_owned(), shown.to_string(), proven.to_string()));
    };
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    names.into_iter().find_map(|name| {
        let inner = match path {
            "" => name.clone(),
            _ => format!("{path}.{name}"),
        };
        let of = |members: &BTreeMap<String, &Value>| members.get(name).copied().cloned();
        let (shown, proven) = (of(&left), of(&right));
        first_difference(
            &inner,
            &shown.unwrap_or_default(),
            &proven.unwrap_or_default(),
        )
    })
}

/// What a map or a list holds, by name or number; none of what holds nothing.
fn members(value: &Value) -> Option<BTreeMap<String, &Value>> {
    match value {
        Value::Object(map) => Some(map.iter().map(|(name, it)| (name.clone(), it)).collect()),
        Value::Array(list) => {
            let numbered = (0..list.len()).map(|number| number.to_string());
            Some(numbered.zip(list).collect())
        }
        _ => None,
    }
}
