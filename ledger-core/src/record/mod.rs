//! What the state holds: one file per kind of record.
//!
//! Records are plain data in the canonical encoding; the rules that change them live in [`crate::ledger`]. Every record
//! is reached by a [`crate::state::StateKey`].

pub mod account;
pub mod budget;
pub mod chain;
pub mod clearing;
pub mod daily_count;
pub mod kin;
pub mod lot;
pub mod membership;
pub mod order;
pub mod organisation;
pub mod policy;
pub mod proxy;
pub mod recovery;
pub mod reserve;
pub mod service_record;
pub mod supply;
