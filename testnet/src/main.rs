//! `timebank-testnet`: trials of the whole on one machine.

use std::process::ExitCode;

fn main() -> ExitCode {
    timebank_testnet::command::run(std::env::args_os().collect())
}
