//! What a street office does with the book: papers become transactions, and the book becomes papers.
//!
//! - [`import`] turns the office's CSV files into transactions, each line at most once.
//! - [`certificate`] is what a volunteer gave, on paper, for an employer or a school.
//! - [`statement`] is what an account, a merchant or a district had, what came and went, and what it has.
//! - [`demand`] is what people asked for in vain, told so that it says nothing about anybody.
//! - [`matching`] is who could take on an open order, and why in which order.
//!
//! Nothing here writes to a terminal.

pub mod certificate;
pub mod demand;
pub mod import;
pub mod matching;
mod sentence;
pub mod statement;
#[cfg(test)]
mod trial_book;

pub use sentence::catalogue;
