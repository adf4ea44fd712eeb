//! What a street office does with the book: papers become transactions, and the book becomes papers.
//!
//! Nothing here writes to a terminal.

pub mod demand;
pub mod matching;
pub mod statement;
