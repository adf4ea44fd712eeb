//! The commands as people use them: hermetic, against the real ledger in memory, in both languages.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail loudly, like the tests"
)]

#[expect(unreachable_pub, reason = "it is public where it comes from")]
#[path = "../../../simulations/src/bytes/mutation.rs"]
mod mutation;
#[expect(unreachable_pub, reason = "it is public where it comes from")]
#[expect(
    dead_code,
    reason = "the simulator draws in more ways than these tests"
)]
#[path = "../../../simulations/src/random.rs"]
mod random;

mod audit;
mod bytes;
mod clearing;
mod desk;
mod documents;
mod errors;
mod export;
mod import;
mod manifest;
mod nodes;
mod office;
mod operations;
mod proofs;
mod queries;
mod residents;
mod rules;
mod screening;
mod watch;
