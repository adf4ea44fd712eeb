//! What a node was caught at, and the evidence: the answers as they came, so that others can check for themselves.

use ledger_core::id::{ChainId, Height};
use ledger_core::time::TimestampMs;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::exchange::Exchange;
use crate::error::{Error, ReadError, UnprovenError};
use crate::storage::Storage;

/// The longest lie kept, in bytes: [`LIES_MAX`] of them fit on a phone.
pub const LIE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The most lies kept. One is kept for each node and kind; when the room is used up, later ones are only reported.
pub const LIES_MAX: usize = 256;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident $code:literal,)*) => {
        /// What sort of lie an answer was. The codes are stable; people read the catalogue's sentence under `lie_` and the
        /// code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum LieKind {
            $($(#[$doc])* $variant,)*
        }

        impl LieKind {
            /// Every kind.
            pub const ALL: &'static [LieKind] = &[$(LieKind::$variant,)*];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(LieKind::$variant => $code,)* }
            }
        }
    };
}

kinds! {
    /// A record, an account's balance for one, is not the one in the proven state, or its absence is not.
    AlteredRecord "altered_record",
    /// What is shown beside a proof is not what the proof proves.
    AlteredDisplay "altered_display",
    /// The proof is about another record than the one asked for, such as another account's.
    OtherRecord "other_record",
    /// There is no proof.
    ProofWithheld "proof_withheld",
    /// Postings of an account's history are missing.
    HistoryWithheld "history_withheld",
    /// An account's history shows postings that it does not have.
    HistoryAdded "history_added",
    /// The postings of an account's history are not in their order.
    HistoryReordered "history_reordered",
    /// Postings of an account's history are not what they were.
    HistoryAltered "history_altered",
    /// Two proven states of one account have histories of which neither continues the other.
    HistoryRewritten "history_rewritten",
    /// Open orders of an account are not shown.
    OrdersWithheld "orders_withheld",
    /// An old block is given for the newest by a node that says that it has a newer one.
    StaleHeader "stale_header",
    /// The certificate is not for the header it comes with.
    AlteredHeader "altered_header",
    /// A validator is named twice in a certificate, or they are not in order.
    RepeatedSigner "repeated_signer",
    /// Someone signed who is no validator.
    ForeignSigner "foreign_signer",
    /// Too few validators signed.
    TooFewSigners "too_few_signers",
    /// A signature is wrong.
    ForgedSignature "forged_signature",
    /// The block is by a validator set nobody trusted handed over to.
    ForeignSet "foreign_set",
    /// The block is by validators who had been replaced before it.
    RetiredSet "retired_set",
    /// The changes of the validator set shown do not lead from the trusted set to the block's.
    BrokenSetChange "broken_set_change",
    /// Validators signed two blocks for one height.
    Fork "fork",
    /// The block belongs to another chain.
    OtherChain "other_chain",
    /// The transactions or receipts are not those of their block.
    AlteredBlock "altered_block",
    /// A transaction is not where it is said to be.
    MisplacedTransaction "misplaced_transaction",
    /// The checkpoint is not signed by those who may.
    ForgedCheckpoint "forged_checkpoint",
    /// The answer is cut off or is not what was agreed; whoever gave it is broken, if it does not lie.
    Malformed "malformed",
}

impl LieKind {
    /// What sort of lie led to `error`; none when the node told no lie: it could not be reached, has nothing, or lags.
    pub fn of(error: &Error) -> Option<LieKind> {
        Some(match error {
            Error::Unproven(error) => return LieKind::of_unproven(error),
            Error::RecordMalformed { .. } => LieKind::AlteredRecord,
            Error::Read(ReadError::DisplayAltered { .. }) => LieKind::AlteredDisplay,
            Error::Read(ReadError::HistoryWithheld { .. }) => LieKind::HistoryWithheld,
            Error::Read(ReadError::HistoryAdded { .. }) => LieKind::HistoryAdded,
            Error::Read(ReadError::HistoryReordered { .. }) => LieKind::HistoryReordered,
            Error::Read(ReadError::HistoryAltered { .. }) => LieKind::HistoryAltered,
            Error::Read(ReadError::HistoryRewritten { .. }) => LieKind::HistoryRewritten,
            Error::Read(ReadError::OrdersWithheld { .. }) => LieKind::OrdersWithheld,
            Error::Read(ReadError::BlocksHidden { .. }) => LieKind::StaleHeader,
            Error::Read(ReadError::Fork { .. }) => LieKind::Fork,
            Error::BlockAltered { .. } | Error::AuditFailed { .. } => LieKind::AlteredBlock,
            Error::TransactionMisplaced { .. } => LieKind::MisplacedTransaction,
            Error::AnswerMalformed { .. } => LieKind::Malformed,
            _ => return None,
        })
    }

    /// Of an answer that is not proven.
    fn of_unproven(error: &UnprovenError) -> Option<LieKind> {
        Some(match error {
            UnprovenError::Tree { .. } => LieKind::AlteredRecord,
            UnprovenError::OtherRecord { .. } => LieKind::OtherRecord,
            UnprovenError::Missing { .. } => LieKind::ProofWithheld,
            UnprovenError::CertificateOtherBlock { .. } => LieKind::AlteredHeader,
            UnprovenError::CertificateRepeatedSigner { .. } => LieKind::RepeatedSigner,
            UnprovenError::CertificateForeignSigner { .. } => LieKind::ForeignSigner,
            UnprovenError::CertificateNoQuorum { .. } => LieKind::TooFewSigners,
            UnprovenError::CertificateSignature { .. } => LieKind::ForgedSignature,
            UnprovenError::ForeignSet { .. } => LieKind::ForeignSet,
            UnprovenError::SetChanges { .. } | UnprovenError::NextSet { .. } => {
                LieKind::BrokenSetChange
            }
            UnprovenError::RetiredSet { .. } => LieKind::RetiredSet,
            UnprovenError::Broken { link, .. } => return LieKind::of_link(link),
            UnprovenError::OtherChain { .. } => LieKind::OtherChain,
            // The wallet's clock or its trust is the reason, or the node lags.
            UnprovenError::TrustExpired { .. }
            | UnprovenError::FromTheFuture { .. }
            | UnprovenError::Stale { .. } => return None,
        })
    }

    /// Of a broken link that has no error of its own here, by its code (`docs/proofs.md`).
    fn of_link(link: &str) -> Option<LieKind> {
        Some(match link {
            "proof_contradiction" | "proof_fork" => LieKind::Fork,
            "proof_no_change" => LieKind::BrokenSetChange,
            "proof_list_path" => LieKind::AlteredBlock,
            "proof_history" | "proof_history_of_another" => LieKind::HistoryAltered,
            // The city's keys may have been replaced since, and a checkpoint that is old does no harm.
            "proof_checkpoint_old" | "proof_checkpoint_no_keys" => return None,
            link if link.starts_with("proof_checkpoint") => LieKind::ForgedCheckpoint,
            // Of a time that does not count any more, or not yet: the wallet's clock or its trust is the reason.
            _ => return None,
        })
    }
}

/// A lie, with the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lie {
    /// The chain it was about.
    pub chain_id: ChainId,
    /// Who told it, as the transport names the node.
    pub node: String,
    /// What sort.
    pub kind: LieKind,
    /// The code of the error it led to.
    pub code: String,
    /// The error in English, for developers.
    pub message: String,
    /// The error's fields, for the catalogue's sentence under `code`.
    pub details: serde_json::Value,
    /// The newest block the wallet had seen.
    pub seen: Height,
    /// When, by the wallet's clock.
    pub time_ms: TimestampMs,
    /// The questions and answers, in order; the last one is where the lie came to light.
    pub exchanges: Vec<Exchange>,
}

impl Lie {
    /// The name it is kept under: one for each chain, node and kind.
    pub fn name(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(self.chain_id.0.as_bytes());
        digest.update(self.kind.code());
        digest.update([0]);
        digest.update(&self.node);
        let digits = hex::encode(&digest.finalize()[..12]);
        format!("{PREFIX}{digits}.json")
    }

    /// Its JSON, of at most [`LIE_BYTES_MAX`]: when all exchanges together are longer, the oldest but the first are left out,
    /// and at last the first. A node has no say in whether there is evidence.
    fn to_json(&self) -> Vec<u8> {
        let json = |lie: &Lie| serde_json::to_vec_pretty(lie).expect("a lie has only text keys");
        let mut bytes = json(self);
        if bytes.len() > LIE_BYTES_MAX {
            let mut shorter = self.clone();
            while bytes.len() > LIE_BYTES_MAX && !shorter.exchanges.is_empty() {
                let oldest = usize::from(shorter.exchanges.len() > 2);
                shorter.exchanges.remove(oldest);
                bytes = json(&shorter);
            }
        }
        bytes
    }

    /// Keeps it in `storage`, over an earlier one of the same kind by the same node.
    ///
    /// # Errors
    /// The storage's.
    pub(crate) fn keep(&self, storage: &dyn Storage) -> Result<(), Error> {
        let name = self.name();
        let names = storage.names(PREFIX)?;
        if names.len() >= LIES_MAX && !names.contains(&name) {
            return Ok(());
        }
        storage.store(&name, &self.to_json())
    }

    /// The lies kept in `storage`.
    ///
    /// # Errors
    /// The storage's; [`Error::StoredDamaged`] when one cannot be read.
    pub fn kept(storage: &dyn Storage) -> Result<Vec<Lie>, Error> {
        let mut lies = Vec::new();
        for name in storage.names(PREFIX)?.into_iter().take(LIES_MAX) {
            let Some(bytes) = storage.load(&name)? else {
                continue;
            };
            let lie = serde_json::from_slice(&bytes).map_err(|error| Error::StoredDamaged {
                name,
                reason: error.to_string(),
            })?;
            lies.push(lie);
        }
        Ok(lies)
    }
}

const PREFIX: &str = "lie-";

#[cfg(test)]
mod tests {
    use ledger_core::hash::Hash;

    use super::*;
    use crate::storage::MemoryStorage;

    #[test]
    fn however_much_a_node_said_the_lie_is_kept_with_the_first_and_the_last_answer() {
        let exchange = |number: u32| Exchange {
            path: format!("/{number}"),
            status: 200,
            length: 1,
            // A control character takes six in JSON.
            answer: "\u{1}".repeat(100 * 1024),
        };
        let lie = Lie {
            chain_id: ChainId(Hash::ZERO),
            node: "a".to_owned(),
            kind: LieKind::Malformed,
            code: "answer_malformed".to_owned(),
            message: String::new(),
            details: serde_json::Value::Null,
            seen: Height(1),
            time_ms: TimestampMs(1),
            exchanges: (0..32).map(exchange).collect(),
        };
        let storage = MemoryStorage::new();
        lie.keep(&storage).unwrap();
        let kept = Lie::kept(&storage).unwrap().remove(0);
        let paths: Vec<&str> = kept.exchanges.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["/0", "/30", "/31"]);
    }
}
