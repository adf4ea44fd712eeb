//! The time bank's ledger: types, canonical encoding, signatures, rules, state tree, blocks, certificates and proofs.
//!
//! Everything here is a pure function of its inputs. The crate has no way to read a clock, random numbers, an
//! environment variable or a file, and no arithmetic that can wrap; the same blocks give the same state root on every
//! platform. `ARCHITECTURE.md` at the top of the repository draws the whole; start reading at [`ledger`] for the rules.

pub mod amount;
pub mod audit;
pub mod block;
pub mod certificate;
pub mod codec;
pub mod genesis;
pub mod hash;
pub mod id;
pub mod ledger;
#[cfg(feature = "messages")]
pub mod message;
pub mod planted;
pub mod proof;
pub mod receipt;
pub mod record;
pub mod signature;
pub mod state;
pub mod time;
pub mod transaction;
pub mod validator;
