//! What the core costs, each figure beside its own limit on the same machine.
//!
//! `cargo bench -p ledger-core` measures everything; `cargo bench -p ledger-core -- execute` what has that word in its name.
//! At the end a table gives each figure as a share of its limit's speed: the raw signature check, hash or copy that no
//! ledger could do without. `LEDGER_BENCH_KEYS` bounds the large states (1,000,000 by default), and `LEDGER_BENCH_PARTS`
//! names what is measured at all (`envelopes operations trees proofs chain` by default): a part that is not named is not
//! prepared either. Memory is allocated as in a node.

#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    reason = "a measurement that a person reads"
)]

mod chain;
mod envelopes;
mod operations;
mod processor;
mod proofs;
mod ratios;
mod raw;
mod town;
mod trees;

use processor::ProcessorTime;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Criterion = criterion::Criterion<ProcessorTime>;

/// One part of the measurements: its name, and what runs it.
type Part = (&'static str, fn(&mut Criterion, &mut ratios::Ratios));

const PARTS: [Part; 5] = [
    ("envelopes", envelopes::run),
    ("operations", operations::run),
    ("trees", trees::run),
    ("proofs", proofs::run),
    ("chain", chain::run),
];

fn main() {
    let criterion = criterion::Criterion::default().with_measurement(ProcessorTime::new());
    let mut criterion = criterion.configure_from_args();
    let mut ratios = ratios::Ratios::default();
    let parts = std::env::var("LEDGER_BENCH_PARTS").ok();
    for (name, run) in PARTS {
        if parts.as_ref().is_none_or(|parts| parts.contains(name)) {
            run(&mut criterion, &mut ratios);
        }
    }
    criterion.final_summary();
    ratios.print();
}

/// How many keys or accounts the large states have.
fn state_sizes() -> impl Iterator<Item = usize> {
    let keys_max = keys_max();
    let sizes = [10_000, 100_000, 1_000_000].into_iter();
    sizes.filter(move |size| *size <= keys_max)
}

/// The most keys or accounts of a large state.
fn keys_max() -> usize {
    let asked = std::env::var("LEDGER_BENCH_KEYS").ok();
    asked
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000)
}
