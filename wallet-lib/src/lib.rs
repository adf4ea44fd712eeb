//! A wallet of the time bank: keys, building and signing transactions together, and a node's answers checked by proof.
//!
//! - [`wallet`] is all of it as an app sees it: create or restore, read what is proven, sign with others, hand in.
//! - [`mnemonic`] is the words on paper that bring a wallet back, [`derivation`] the keys they give; [`keystore`] keeps
//!   them under a password; [`key`] keeps single secret keys in files only their owner can read.
//! - [`builder`] makes transactions; [`document`] lets several people sign one, in any order, as a file that travels.
//! - [`client`] asks a node; [`verify`] believes it only where a proof leads to validators the wallet trusts. Asking without
//!   a proof is possible and says so in its name.
//! - [`storage`] keeps what a wallet must not forget.
//! - [`qr`] carries documents, cards and proofs from screen to camera.
//! - [`card`] shows a shop without a network that its holder is a member, and nothing else.
//! - [`service_record`] makes and checks a volunteer's certificate of service.
//! - [`records`] reads an office's paper records and spreadsheets, [`people`] its lists of people.
//! - [`explain`] says what a transaction does to the one who is to sign it, from the signed bytes alone.
//! - [`guide`] leads people through guardians and the recovery of a lost key.
//! - [`message`] says in Chinese and English what went wrong and what to do.
//! - [`commitment`] hides identities and evidence behind salts that stay off the ledger.
//!
//! The core has no runtime, no network and no database: a node is reached through the trait [`client::Transport`], for
//! which [`http`] (a default feature) is one implementation. Nothing here writes to a terminal, and no secret key is ever
//! shown, logged or sent.

pub mod answer;
pub mod builder;
pub mod card;
pub mod client;
pub mod commitment;
pub mod derivation;
pub mod document;
pub mod error;
pub mod explain;
mod file;
pub mod guide;
#[cfg(feature = "http")]
pub mod http;
pub mod identity;
pub mod key;
pub mod keystore;
pub mod message;
pub mod mnemonic;
pub mod nodes;
#[cfg(test)]
mod outside_vectors;
pub mod people;
pub mod qr;
pub mod records;
pub mod service_record;
pub mod storage;
mod transport;
#[cfg(feature = "trial")]
pub mod trial;
mod trust;
pub mod verify;
pub mod wallet;

pub use builder::TransactionBuilder;
pub use card::{Card, CardProof, CardReader};
pub use client::Client;
pub use document::Document;
pub use error::{Error, Kind};
pub use keystore::Keystore;
pub use mnemonic::Mnemonic;
pub use storage::{FileStorage, MemoryStorage, Storage};
pub use verify::{Freshness, Verified};
pub use wallet::Wallet;
