//! What can go wrong in a wallet: one variant per cause, with a stable code and the details as fields.
//!
//! The texts here are for developers and logs. What people read comes from a message catalogue under [`Error::code`],
//! with the fields of [`Error::details`] in their places, as for the ledger's rejections.

mod proof;
mod read;
mod refusal;

use std::path::PathBuf;

use ledger_core::hash::Hash;
use ledger_core::id::{ChainId, Height, TransactionId};
use ledger_core::signature::PublicKey;
use ledger_core::time::Month;
use ledger_core::transaction::Signer;

pub use proof::UnprovenError;
pub use read::ReadError;
pub use refusal::Refusal;

use crate::card::CardError;
use crate::keystore::KeystoreError;
use crate::service_record::CertificateError;
use crate::wallet::WalletError;

/// What sort of thing went wrong: what a caller branches on, and a command's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file, a key, a document or a parameter of the wallet's own is not in order.
    Local,
    /// What was asked for does not exist.
    NotFound,
    /// The ledger refuses the transaction; nothing was consumed.
    Refused,
    /// No node answered, or not in a way that can be understood.
    Network,
    /// An answer is not borne out by its proof: the node lies, is broken, or belongs to another chain.
    Verification,
}

/// Defines an enum of errors: one variant per cause with its kind, its stable code and its fields. A part of the library with
/// many causes of its own has an enum of its own, which [`Error`] holds as one variant: it stands between the braces.
macro_rules! errors {
    ($(#[$enum_doc:meta])* enum $name:ident { $($(#[$part_doc:meta])* $part:ident($inner:ty),)* }
     $($(#[$doc:meta])* $kind:ident $code:literal $variant:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* },)*) => {
        $(#[$enum_doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, thiserror::Error)]
        #[serde(untagged)]
        pub enum $name {
            $($(#[$doc])* $variant { $($(#[$field_doc])* $field: $type,)* },)*
            $($(#[$part_doc])* #[error(transparent)] $part(#[from] $inner),)*
        }

        impl $name {
            /// Every code with the names of its fields: what a message under that code may show.
            pub const FIELDS: &'static [(&'static str, &'static [&'static str])] =
                &[$(($code, &[$(stringify!($field),)*]),)*];

            /// The stable code.
            pub const fn code(&self) -> &'static str {
                match self {
                    $($name::$variant { .. } => $code,)*
                    $($name::$part(error) => error.code(),)*
                }
            }

            /// What sort of thing went wrong.
            pub const fn kind(&self) -> $crate::error::Kind {
                match self {
                    $($name::$variant { .. } => $crate::error::Kind::$kind,)*
                    $($name::$part(error) => error.kind(),)*
                }
            }
        }
    };
}
pub(crate) use errors;

errors! {
    /// An error of the wallet.
    enum Error {
        /// Words, keys and the file that keeps them.
        Keystore(KeystoreError),
        /// An answer without proof, or with one that does not hold.
        Unproven(UnprovenError),
        /// What is read does not agree with what is proven.
        Read(ReadError),
        /// The membership card.
        Card(CardError),
        /// The service record certificate.
        Certificate(CertificateError),
        /// The accounts of a wallet.
        Wallet(WalletError),
    }

    // ---- files, keys, documents ---------------------------------------------------------------------------------
    /// There is no such key file.
    #[error("there is no key file {}", path.display())]
    Local "key_file_missing" KeyFileMissing {
        /// The file.
        path: PathBuf,
    },
    /// Others than the owner can read the key file.
    #[error("key file {} has mode {mode}; only its owner may read it (chmod 600)", path.display())]
    Local "key_file_mode" KeyFileMode {
        /// The file.
        path: PathBuf,
        /// Its mode, in octal.
        mode: String,
    },
    /// The file holds no key.
    #[error("key file {} does not hold 64 hexadecimal digits", path.display())]
    Local "key_file_malformed" KeyFileMalformed {
        /// The file.
        path: PathBuf,
    },
    /// A new key is never written over something.
    #[error("{} exists; a key file is never overwritten", path.display())]
    Local "key_file_exists" KeyFileExists {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Local "file_unreadable" FileUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Local "file_unwritable" FileUnwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A name no stored value may have.
    #[error("`{name}` is no name for a stored value: at most {length_max} of a-z, 0-9, '-', '_' and '.', not beginning with '.'")]
    Local "storage_name" StorageName {
        /// The name, or its beginning.
        name: String,
        /// The longest allowed, in bytes.
        length_max: usize,
    },
    /// A value too long to be stored.
    #[error("the value {name} has {length} bytes; at most {length_max} are stored")]
    Local "storage_length" StorageLength {
        /// Its name.
        name: String,
        /// Its length in bytes.
        length: usize,
        /// The longest allowed.
        length_max: usize,
    },
    /// Others than the owner can enter the wallet's directory.
    #[error("directory {} has mode {mode}; only its owner may enter it (chmod 700)", path.display())]
    Local "storage_mode" StorageMode {
        /// The directory.
        path: PathBuf,
        /// Its mode, in octal.
        mode: String,
    },
    /// A storage that is no directory of files cannot keep or give a value.
    #[error("the stored value {name} cannot be read or written: {reason}")]
    Local "storage_unavailable" StorageUnavailable {
        /// Its name.
        name: String,
        /// What the platform says.
        reason: String,
    },
    /// A stored value is not what was stored.
    #[error("the stored value {name} is damaged: {reason}; it is left as it is")]
    Local "stored_damaged" StoredDamaged {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of the registry's vault is not what it was written as.
    #[error("line {line} of the vault {} is damaged", path.display())]
    Local "vault_damaged" VaultDamaged {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// The identity has a commitment already: one person has one account.
    #[error("the identity has the commitment {commitment} already")]
    Local "identity_known" IdentityKnown {
        /// Which.
        commitment: Hash,
    },
    /// The vault holds nothing under this commitment.
    #[error("the vault holds nothing under the commitment {commitment}")]
    Local "identity_unknown" IdentityUnknown {
        /// Which.
        commitment: Hash,
    },
    /// The identity is empty or too long.
    #[error("an identity of {length} bytes; it has between 1 and {length_max}")]
    Local "identity_length" IdentityLength {
        /// Its length in bytes.
        length: usize,
        /// The longest allowed.
        length_max: usize,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {reason}")]
    Local "randomness" Randomness {
        /// What the system says.
        reason: String,
    },
    /// A text an app gave is not what it should be.
    #[error("`{value}` is no {argument}: {reason}")]
    Local "argument_malformed" ArgumentMalformed {
        /// What it should be: `account`, `signer`, `operation`.
        argument: String,
        /// The text, or its beginning.
        value: String,
        /// Why not.
        reason: String,
    },
    /// The text is no document.
    #[error("not a document of this wallet: {reason}")]
    Local "document_malformed" DocumentMalformed {
        /// Why not.
        reason: String,
    },
    /// A document of a version this build does not know.
    #[error("document version {version} is not known here; this build reads version {known}")]
    Local "document_version" DocumentVersion {
        /// The document's.
        version: u16,
        /// What this build reads.
        known: u16,
    },
    /// The readable part of a document says something else than what would be signed.
    #[error("the readable part of the document is not what its bytes say, at `{field}`")]
    Local "document_altered" DocumentAltered {
        /// The first field that differs.
        field: String,
    },
    /// A signature in a document does not verify with the key given beside it.
    #[error("the signature of {signer} in the document is wrong")]
    Local "document_signature" DocumentSignature {
        /// Whose.
        signer: Signer,
    },
    /// Two documents to be merged hold different transactions.
    #[error("the documents are about different transactions: {actual}, not {expected}")]
    Local "document_other" DocumentOther {
        /// The transaction of the first.
        expected: TransactionId,
        /// The transaction of the other.
        actual: TransactionId,
    },
    /// Two documents hold signatures of one signer by different keys.
    #[error("{signer} has signed with two keys, {one} and {other}; only the ledger can tell which is right")]
    Local "document_conflict" DocumentConflict {
        /// Whose.
        signer: Signer,
        /// One key.
        one: PublicKey,
        /// The other.
        other: PublicKey,
    },
    /// The document is for another chain.
    #[error("the document is for chain {actual}, not {expected}")]
    Local "document_chain" DocumentChain {
        /// The chain trusted here.
        expected: ChainId,
        /// The document's.
        actual: ChainId,
    },
    /// The text is no part of what travels as QR codes.
    #[error("not a part of this wallet's QR codes: {reason}")]
    Local "qr_malformed" QrMalformed {
        /// Why not.
        reason: String,
    },
    /// A part belongs to something else than the parts before it.
    #[error("part {part} belongs to {actual}, the parts before it to {expected}")]
    Local "qr_other" QrOther {
        /// What is being collected: kind, number of parts and content id.
        expected: String,
        /// What the part belongs to.
        actual: String,
        /// Its number.
        part: u8,
    },
    /// All parts are there, or one is there twice, and they do not make up the content they name.
    #[error("the QR codes do not make up the content {id} they name")]
    Local "qr_damaged" QrDamaged {
        /// The content id they name.
        id: String,
    },
    /// Another kind of content than asked for.
    #[error("the QR codes hold {actual}, not {expected}")]
    Local "qr_kind" QrKind {
        /// What was asked for.
        expected: String,
        /// What it is.
        actual: String,
    },
    /// More bytes than fit into the most parts.
    #[error("{length} bytes do not fit into QR codes, which take at most {length_max}; send a file")]
    Local "qr_too_long" QrTooLong {
        /// How many bytes there are.
        length: usize,
        /// How many fit.
        length_max: usize,
    },
    /// The signer is a bare key, and the key at hand is another.
    #[error("signer {signer} is another key than the one at hand, {key}")]
    Local "signer_key" SignerKey {
        /// The signer.
        signer: Signer,
        /// The key at hand.
        key: PublicKey,
    },
    /// A document lacks the signature of the one who asks.
    #[error("the transaction's own signer {signer} has not signed yet")]
    Local "signer_unsigned" SignerUnsigned {
        /// Who.
        signer: Signer,
    },
    /// The transaction cannot be put into an envelope.
    #[error("the transaction cannot be submitted: {reason}")]
    Local "envelope_form" EnvelopeForm {
        /// Why not.
        reason: String,
    },
    /// The text is no genesis document.
    #[error("not a genesis document: {reason}")]
    Local "genesis_malformed" GenesisMalformed {
        /// Why not.
        reason: String,
    },
    /// The wallet was given no genesis document to trust, so no answer can be checked.
    #[error("no genesis document is given, so nobody is trusted and no answer can be checked")]
    Local "trust_missing" TrustMissing {},
    /// The node finds a request malformed.
    #[error("the node does not take the request ({answer}): {reason}")]
    Local "request_refused" RequestRefused {
        /// The node's code.
        answer: String,
        /// Its sentence.
        reason: String,
    },

    // ---- the node -----------------------------------------------------------------------------------------------
    /// No node can be reached.
    #[error("node {node} cannot be reached: {reason}")]
    Network "node_unreachable" NodeUnreachable {
        /// The node.
        node: String,
        /// Why not.
        reason: String,
    },
    /// The node cannot take the request now.
    #[error("node {node} is busy or not ready ({answer}); try again in {retry_after_s} s")]
    Network "node_busy" NodeBusy {
        /// The node.
        node: String,
        /// Its code.
        answer: String,
        /// When to try again.
        retry_after_s: u64,
    },
    /// The node failed.
    #[error("node {node} failed with status {status} ({answer}): {reason}")]
    Network "node_failed" NodeFailed {
        /// The node.
        node: String,
        /// The HTTP status.
        status: u16,
        /// Its code.
        answer: String,
        /// Its sentence.
        reason: String,
    },
    /// The node's answer is not what `docs/api.md` says.
    #[error("node {node} gave an answer that cannot be understood: {reason}")]
    Network "answer_malformed" AnswerMalformed {
        /// The node.
        node: String,
        /// Why not.
        reason: String,
    },
    /// Accepted, but not in a block within the time allowed. It may still be.
    #[error("transaction {id} was accepted and is not in a block after {waited_ms} ms; it may still be")]
    Network "not_final" NotFinal {
        /// The transaction.
        id: TransactionId,
        /// How long was waited.
        waited_ms: u64,
    },
    /// The chain has not closed the month yet.
    #[error("month {month} is not closed at block {height}, the newest")]
    NotFound "month_not_over" MonthNotOver {
        /// The month.
        month: Month,
        /// The newest block.
        height: Height,
    },

    // ---- what is not there, what is refused ---------------------------------------------------------------------
    /// There is no such thing.
    #[error("there is no {thing} {id}")]
    NotFound "not_found" NotFound {
        /// What sort of thing.
        thing: String,
        /// Which.
        id: String,
    },
    /// The ledger refuses.
    #[error("refused by the ledger ({}): {}", refusal.code, refusal.message_en)]
    Refused "refused" Refused {
        /// As the node gave it.
        refusal: Box<Refusal>,
    },

    // ---- blocks and what they hold ------------------------------------------------------------------------------
    /// The chain's blocks are not what its validators decided, or do not add up.
    #[error("the audit fails at block {height}: {reason}")]
    Verification "audit_failed" AuditFailed {
        /// The block.
        height: Height,
        /// What is wrong.
        reason: String,
    },
    /// The node is behind what this wallet has seen.
    #[error("the node answers as of block {height}, and this wallet has seen block {seen}; ask again later, or another node")]
    Verification "went_back" WentBack {
        /// The block of the answer.
        height: Height,
        /// The newest block seen.
        seen: Height,
    },
    /// The proven bytes are not a record of this build.
    #[error("the proven record of {thing} {id} cannot be read: {reason}")]
    Verification "record_malformed" RecordMalformed {
        /// What sort of thing.
        thing: String,
        /// Which.
        id: String,
        /// Why not.
        reason: String,
    },
    /// The body of a block is not the one its certified header names.
    #[error("the {part} of block {height} are not those its header names")]
    Verification "block_altered" BlockAltered {
        /// The block.
        height: Height,
        /// `transactions` or `receipts`.
        part: String,
    },
    /// A transaction is not where the node says it is.
    #[error("transaction {id} is not at index {index} of block {height}")]
    Verification "transaction_misplaced" TransactionMisplaced {
        /// The transaction.
        id: TransactionId,
        /// The block.
        height: Height,
        /// Where in it.
        index: u64,
    },
}

impl Error {
    /// The error's fields by name, for a message catalogue.
    pub fn details(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
