//! The ledger against an independent model of the same rules.
//!
//! Random histories of a small city are played on both, transaction by transaction; both must accept and refuse the same,
//! and after every block every figure must be the same. Where they differ, the history is shrunk to what is needed.

pub mod books;
pub mod compare;
pub mod founding;
pub mod generate;
pub mod ledger;
pub mod play;
pub mod prologue;
pub mod run;
pub mod shrink;
pub mod sums;
pub mod tally;
pub mod translate;
