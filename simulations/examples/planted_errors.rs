//! The long form of the table of planted errors: until which seed each is noticed in whole runs of which nothing is chosen.
//!
//! `cargo run -p timebank-simulations --example planted_errors -- --seeds 1000 [--short] [NAME …]`

#[path = "../tests/planted/errors.rs"]
mod errors;

use std::process::ExitCode;

use clap::Parser;
use errors::{Error, broken_promise};
use timebank_simulations::plan::Plan;
use timebank_simulations::run;

/// Plants one error after another and plays runs until a promise is broken.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds each error gets.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Short runs with what each error needs, as in the tests, instead of whole ones of which nothing is chosen.
    #[arg(long)]
    short: bool,
    /// Nothing is planted: the same runs, which must break no promise.
    #[arg(long)]
    unplanted: bool,
    /// The errors; all when none is named.
    names: Vec<String>,
}

#[expect(clippy::print_stdout, reason = "the program's output")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut exit = ExitCode::SUCCESS;
    println!("{:<26}{:>5}  checker", "planted error", "seeds");
    for error in Error::all().into_iter().chain(Error::unseen()) {
        let name = error.name();
        if !arguments.names.is_empty() && !arguments.names.contains(&name) {
            continue;
        }
        let noticed = (arguments.from..arguments.from + arguments.seeds).find_map(|seed| {
            let plan = if arguments.short {
                Plan::focused(seed, &error.menu())
            } else {
                Plan::of(seed)
            };
            let outcome = if arguments.unplanted {
                run::play(&plan)
            } else {
                error.planted(|| run::play(&plan))
            };
            Some((seed - arguments.from + 1, broken_promise(outcome)?))
        });
        match noticed {
            Some((seeds, failure)) => {
                let (promise, at_ms, what) = (failure.promise, failure.at_ms, failure.what);
                println!("{name:<26}{seeds:>5}  {promise} after {at_ms} ms: {what}");
            }
            None => {
                println!("{name:<26}    -");
                exit = ExitCode::FAILURE;
            }
        }
    }
    exit
}
