//! The wallet for other languages: what [`timebank_wallet`] does, in types that Python, Kotlin and Swift have.
//!
//! Nothing is decided here. Each object holds one of the wallet's and passes calls on; ids and keys cross as the text the
//! commands show, quantities as integers with their unit in the name, errors with their code and their sentences in both
//! languages. `docs/bindings.md` shows how an app uses it; `timebank-bindgen` writes the code for each language.
//!
//! What always holds: every object may be used from several threads; every call blocks until it is done, so an app calls
//! from a thread of its own; no secret key crosses to the app.

#![expect(
    clippy::result_large_err,
    reason = "an error is written into a buffer as it crosses; apps find its fields where they catch it"
)]

// The macros write functions with a C interface, which is unsafe code by name.
uniffi::setup_scaffolding!("timebank");

mod document;
mod error;
mod explanation;
#[cfg(feature = "bindgen")]
pub mod generate;
mod ground;
mod key;
mod language;
mod network;
mod proof;
mod qr;
mod storage;
mod text;
mod transport;
mod wallet;
mod words;

pub use document::{Document, NeedStanding, SignatureNeed};

pub use error::WalletError;
pub use explanation::{Explanation, ExplanationLine};
pub use ground::Ground;
pub use key::SigningKey;
pub use language::Language;
pub use network::{ChainStatus, Network};
pub use proof::{ProofFact, VerifiedProof, verify_proof};
pub use qr::{QrCollector, QrContent, QrKind, QrProgress, qr_parts, qr_svg};
pub use storage::{Storage, StorageError};
pub use transport::{HttpRequest, HttpResponse, Transport, TransportError};
pub use wallet::{
    AccountEntry, Balance, CardReader, History, Lie, Lot, Member, Order, OrderTerms, Orders, Payer,
    Posting, ProvenAt, ProvenRecord, Service, Submitted, Wallet,
};
pub use words::{check_words, words_beginning};
