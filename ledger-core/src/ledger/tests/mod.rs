//! Tests of the rules, on a small city, in a one-line language.
//!
//! [`check`] plays a script in a fresh [`city::City`]. A line is an operation with its outcome, something that passes by
//! itself, or a claim about the books:
//!
//! ```text
//! cao opens keyless at gulou -> ok
//! chen gives cao 60 by chen -> kin_unknown
//! 25 hours pass
//! cao has 120
//! ```
//!
//! Who signs is what the rule asks for, unless the line says otherwise after ` by `. Clauses joined by ` && ` go into one
//! block. Every block is built on one state and applied on another: both must agree to the byte, and what is refused must
//! leave no trace. Each part of the language lives in a file under `language/` next to the operations it speaks of.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow in a test panics, and fails the test as it should"
)]

mod account;
mod budget;
mod chain;
mod city;
mod exchange;
mod kin;
mod language;
mod order;
mod organisation;
mod policy;
mod proxy;
mod service;
mod verify;

pub(super) use language::check;
