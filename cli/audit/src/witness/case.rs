//! What is kept of a contradiction: both headers with their certificates, and the offences as transactions.
//!
//! A case convinces whoever holds the validator set of its height; the set is in it, and its hash in the header that the
//! witness has seen. The documents are signed by a key that was made for them and thrown away: the ledger takes evidence from
//! anyone, and the key says nothing about who found it.

use std::path::{Path, PathBuf};

use ledger_core::block::Header;
use ledger_core::certificate::CommitCertificate;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::proof::{Checkpoint, DoubleSigner, fork_evidence};
use ledger_core::time::{DAY_MS, TimestampMs};
use ledger_core::transaction::Signer;
use ledger_core::transaction::government::SubmitEvidence;
use ledger_core::validator::ValidatorSet;
use serde::{Deserialize, Serialize};
use timebank_wallet::storage::{FileStorage, Storage, VALUE_BYTES_MAX};
use timebank_wallet::{Document, TransactionBuilder, key};

use super::WitnessError;

/// The most cases kept; later ones are told of and not kept.
pub const CASES_MAX: usize = 256;
/// For how long the documents of a case can be submitted: the ledger takes transactions of up to 31 days.
const DOCUMENT_MS: u64 = 30 * DAY_MS;
const PREFIX: &str = "case-";

/// A header with what is said to prove it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The header.
    pub header: Header,
    /// Its certificate.
    pub certificate: CommitCertificate,
}

/// What is kept as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The chain.
    pub chain_id: ChainId,
    /// What it is a case of: the event's code.
    pub event: String,
    /// Which node showed it.
    pub node: String,
    /// When, by the witness's clock.
    pub time_ms: TimestampMs,
    /// The height.
    pub height: Height,
    /// What is wrong, for developers.
    pub reason: Option<String>,
    /// The block the witness has seen.
    pub ours: Option<BlockId>,
    /// It with its certificate, unless that was given up for room.
    pub ours_proven: Option<Shown>,
    /// What the node showed.
    pub theirs: Option<Shown>,
    /// The checkpoint the node showed.
    pub checkpoint: Option<Box<Checkpoint>>,
    /// The validators of the height, when they are known.
    pub validators: Option<ValidatorSet>,
}

impl Case {
    /// Who signed both blocks, each signature checked.
    pub fn double_signers(&self) -> Vec<DoubleSigner> {
        match (&self.ours_proven, &self.theirs, &self.validators) {
            (Some(ours), Some(theirs), Some(set)) => {
                fork_evidence(self.chain_id, set, &ours.certificate, &theirs.certificate)
            }
            _ => Vec::new(),
        }
    }
}

/// Where cases are kept.
#[derive(Debug)]
pub(super) struct Cases {
    folder: PathBuf,
    storage: FileStorage,
}

impl Cases {
    pub(super) fn open(folder: &Path) -> Result<Cases, WitnessError> {
        Ok(Cases {
            folder: folder.to_owned(),
            storage: FileStorage::open(folder)?,
        })
    }

    /// Keeps `case`; the file. One that is there already stays as it was: what was found first is not written over.
    pub(super) fn keep(&self, case: &Case) -> Result<PathBuf, WitnessError> {
        let mut bytes = serde_json::to_vec_pretty(case).expect("a case has only text keys");
        bytes.push(b'\n');
        let digest = blake3::hash(&serde_json::to_vec(&(&case.node, &case.theirs)).expect("as it"));
        let digits = hex::encode(&digest.as_bytes()[..6]);
        let name = format!("{PREFIX}{}-{}-{digits}.json", case.event, case.height);
        let kept = self.storage.names(PREFIX)?;
        // A node that shows ever new lies does not fill the disk.
        if !kept.contains(&name) && kept.len() < CASES_MAX && bytes.len() <= VALUE_BYTES_MAX {
            self.storage.store(&name, &bytes)?;
        }
        Ok(self.folder.join(name))
    }

    /// The offences in `case` as transactions that can be submitted from `now_ms` on, one for each validator; the files.
    pub(super) fn document(
        &self,
        case: &Case,
        now_ms: TimestampMs,
    ) -> Result<Vec<PathBuf>, WitnessError> {
        let mut files = Vec::new();
        for double in case.double_signers() {
            let Some(evidence) = double.evidence else {
                continue;
            };
            let name = format!("evidence-{}-{}.json", case.height, double.validator);
            let path = self.folder.join(&name);
            if self.storage.names("evidence-")?.len() >= CASES_MAX && !path.exists() {
                break;
            }
            let key = key::generate()?;
            let signer = Signer::Key(key.public_key());
            let transaction = TransactionBuilder::new(case.chain_id, signer, now_ms)
                .valid_for_ms(DOCUMENT_MS)
                .build(SubmitEvidence { evidence })?;
            let mut document = Document::new(transaction);
            document.sign(signer, &key)?;
            document.save(&path)?;
            files.push(path);
        }
        Ok(files)
    }
}
