//! A reference model of the time bank: the rules of the city's book written a second time, from the written rules alone, in
//! plain maps and plain integers. Nothing here comes from the ledger, and `Cargo.toml` has no dependency through which it
//! could. Where the two disagree, one of them is wrong.
//!
//! The words in quotation marks above the checks are those of the rules.

pub mod genesis;
pub mod id;
pub mod operation;
pub mod policy;
pub mod refusal;
pub mod request;
pub mod time;
pub mod view;
