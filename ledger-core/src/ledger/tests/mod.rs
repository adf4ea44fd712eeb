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
mod attendance;
mod audit;
mod backlog;
mod books;
mod budget;
mod chain;
mod city;
mod clearing;
mod closing;
mod conduct;
mod daily_limit;
mod dispute;
mod due;
mod envelope;
mod exchange;
mod expiry;
mod founding;
mod golden;
mod grant;
mod group;
mod guardianship;
mod kin;
mod language;
mod lives;
mod membership;
mod names;
mod order;
mod organisation;
mod policy;
mod posting;
mod provider;
mod proxy;
mod random;
mod recovery;
mod replay;
mod reversal;
mod scenarios;
mod service;
mod service_record;
mod standing;
mod table;
mod upgrade;
mod verify;

pub(super) use language::check;

/// Every file in which a rejection can be produced. [`check`] fails when a line's outcome is another one, so an outcome
/// that is written down is produced.
const SOURCES: &[&str] = &[
    include_str!("account.rs"),
    include_str!("attendance.rs"),
    include_str!("budget.rs"),
    include_str!("chain.rs"),
    include_str!("clearing.rs"),
    include_str!("closing.rs"),
    include_str!("conduct.rs"),
    include_str!("daily_limit.rs"),
    include_str!("dispute.rs"),
    include_str!("due.rs"),
    include_str!("envelope.rs"),
    include_str!("exchange.rs"),
    include_str!("grant.rs"),
    include_str!("group.rs"),
    include_str!("guardianship.rs"),
    include_str!("kin.rs"),
    include_str!("order.rs"),
    include_str!("organisation.rs"),
    include_str!("policy.rs"),
    include_str!("posting.rs"),
    include_str!("provider.rs"),
    include_str!("proxy.rs"),
    include_str!("recovery.rs"),
    include_str!("replay.rs"),
    include_str!("reversal.rs"),
    include_str!("scenarios.rs"),
    include_str!("service.rs"),
    include_str!("upgrade.rs"),
    include_str!("standing.rs"),
    include_str!("verify.rs"),
];

#[test]
fn every_rejection_is_produced_by_a_test() {
    let produced = |code: &str| {
        SOURCES.iter().any(|source| {
            let written = source.contains(&format!("\"{code}\""));
            let ends = |rest: &str| !rest.starts_with(|it: char| it.is_alphanumeric() || it == '_');
            let outcome = format!("-> {code}");
            written
                || source
                    .match_indices(&outcome)
                    .any(|(at, _)| ends(&source[at + outcome.len()..]))
        })
    };
    let missing: Vec<_> = super::Rejection::CODES
        .iter()
        .filter(|code| !produced(code))
        .collect();
    assert!(missing.is_empty(), "no test produces {missing:?}");
}
