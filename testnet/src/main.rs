//! `timebank-testnet`: trials of the whole on one machine.

use std::process::ExitCode;

/// As in `timebank-node`: this program starts itself anew as each node's process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    timebank_testnet::command::run(std::env::args_os().collect())
}
