//! What the core costs, each figure beside its own limit on the same machine.
//!
//! `cargo bench -p ledger-core` measures everything; `cargo bench -p ledger-core -- execute` what has that word in its name.
//! At the end a table gives each figure as a share of its limit's speed: the raw signature check, hash or copy that no
//! ledger could do without. `LEDGER_BENCH_KEYS` bounds the large states (1,000,000 by default).

#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    reason = "a measurement that a person reads"
)]

mod chain;
mod envelopes;
mod operations;
mod proofs;
mod ratios;
mod raw;
mod town;
mod trees;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut ratios = ratios::Ratios::default();
    envelopes::run(&mut criterion, &mut ratios);
    operations::run(&mut criterion, &mut ratios);
    trees::run(&mut criterion, &mut ratios);
    proofs::run(&mut criterion, &mut ratios);
    chain::run(&mut criterion, &mut ratios);
    criterion.final_summary();
    ratios.print();
}

/// The most keys or accounts of a large state.
fn keys_max() -> usize {
    let asked = std::env::var("LEDGER_BENCH_KEYS").ok();
    asked
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000)
}
