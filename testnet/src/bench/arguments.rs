//! The command line of `timebank-testnet bench`, and what it asks for.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use ledger_core::message::Arguments;

use super::knee;
use super::measure::Size;
use super::mixes::Mix;
use crate::say::Voice;

/// Offices of a network, each with a node.
pub(super) const OFFICES: usize = 4;
/// The most nodes of one network, each a process.
const NODES_MAX: i64 = 100;
/// The most accounts a network grows to.
const ACCOUNTS_MAX: i64 = 10_000_000;
/// The most pairs that take part.
const PAIRS_MAX: i64 = 1_000_000;

/// The command line; `directory` says where nodes' files go.
pub(crate) fn command(voice: &Voice, directory: &Arg) -> Command {
    let about = |id: &str| voice.text(id, &Arguments::NONE);
    let flag = |name: &'static str, id: &str| {
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(about(id))
    };
    let seconds = || number("seconds", "30", about("about-bench-seconds"));
    let fixed_rate = || number("rate", "1000", about("about-bench-fixed-rate"));
    let measuring = |command: Command| command.arg(output(voice)).arg(directory.clone());
    measuring(Command::new("bench"))
        .about(about("about-bench"))
        .long_about(about("about-bench-long"))
        .args_conflicts_with_subcommands(true)
        .arg(mixes(voice))
        .arg(pairs(voice))
        .arg(seconds())
        .arg(number("accounts", "100000", about("about-bench-accounts")))
        .arg(rate(voice))
        .arg(
            // Both sides have the accounts of PostgreSQL's schema, and both do gifts.
            flag("vs-postgres", "about-bench-vs-postgres")
                .conflicts_with_all(["mix", "accounts", "pairs"]),
        )
        .subcommand(
            measuring(Command::new("growth"))
                .about(about("about-bench-growth"))
                .arg(sizes(
                    "accounts",
                    "10000,100000,1000000",
                    ACCOUNTS_MAX,
                    voice,
                ))
                .arg(fixed_rate())
                .arg(seconds())
                .arg(flag("no-knee", "about-bench-no-knee")),
        )
        .subcommand(
            measuring(Command::new("validators"))
                .about(about("about-bench-validators"))
                .arg(sizes("nodes", "4,7", NODES_MAX, voice))
                .arg(number("accounts", "10000", about("about-bench-accounts")))
                .arg(number("rate", "250", about("about-bench-fixed-rate")))
                .arg(seconds()),
        )
        .subcommand(
            measuring(Command::new("soak"))
                .about(about("about-bench-soak"))
                .arg(number("minutes", "60", about("about-bench-minutes")))
                .arg(number("percent", "80", about("about-bench-percent")))
                .arg(rate(voice))
                .arg(mix(voice))
                .arg(seconds())
                .arg(pairs(voice))
                .arg(number("accounts", "100000", about("about-bench-accounts"))),
        )
        .subcommand(
            Command::new("record")
                .about(about("about-bench-record"))
                .arg(output(voice).required(true))
                .arg(
                    Arg::new("command")
                        .required(true)
                        .num_args(1..)
                        .last(true)
                        .help(about("about-bench-command")),
                ),
        )
        .subcommand(
            Command::new("page").about(about("about-bench-page")).arg(
                Arg::new("docs")
                    .default_value("docs")
                    .value_parser(value_parser!(PathBuf))
                    .help(about("about-bench-docs")),
            ),
        )
}

/// Several mixes, all when none is named.
fn mixes(voice: &Voice) -> Arg {
    Arg::new("mix")
        .long("mix")
        .value_parser(value_parser!(Mix))
        .action(ArgAction::Append)
        .help(voice.text("about-bench-mix", &Arguments::NONE))
}

/// One mix, gifts when none is named.
fn mix(voice: &Voice) -> Arg {
    Arg::new("mix")
        .long("mix")
        .default_value(Mix::Gifts.name())
        .value_parser(value_parser!(Mix))
        .help(voice.text("about-bench-one-mix", &Arguments::NONE))
}

/// Several numbers, with commas between them.
fn sizes(name: &'static str, default: &'static str, most: i64, voice: &Voice) -> Arg {
    Arg::new(name)
        .long(name)
        .default_value(default)
        .value_delimiter(',')
        .value_parser(value_parser!(u32).range(4..=most))
        .help(voice.text("about-bench-sizes", &Arguments::NONE))
}

fn number(name: &'static str, default: &'static str, about: String) -> Arg {
    Arg::new(name)
        .long(name)
        .default_value(default)
        .value_parser(value_parser!(u32).range(1..=1_000_000))
        .help(about)
}

/// Pairs that take part; without it everybody does.
fn pairs(voice: &Voice) -> Arg {
    Arg::new("pairs")
        .long("pairs")
        .value_parser(value_parser!(u32).range(1..=PAIRS_MAX))
        .help(voice.text("about-bench-pairs", &Arguments::NONE))
}

fn rate(voice: &Voice) -> Arg {
    Arg::new("rate")
        .long("rate")
        .value_parser(value_parser!(u32).range(1..=i64::from(knee::RATE_MAX)))
        .help(voice.text("about-bench-rate", &Arguments::NONE))
}

fn output(voice: &Voice) -> Arg {
    Arg::new("output")
        .long("output")
        .short('o')
        .value_parser(value_parser!(PathBuf))
        .help(voice.text("about-bench-output", &Arguments::NONE))
}

/// A number of the command line.
pub(super) fn asked(matches: &ArgMatches, name: &str) -> u32 {
    *matches.get_one::<u32>(name).expect("it has a default")
}

/// Numbers of the command line, the least first.
///
/// # Errors
/// When one is greater than this machine counts.
pub(super) fn asked_sizes(matches: &ArgMatches, name: &str) -> Result<Vec<usize>> {
    let mut sizes = matches
        .get_many::<u32>(name)
        .expect("it has a default")
        .map(|size| usize::try_from(*size))
        .collect::<Result<Vec<usize>, _>>()?;
    sizes.sort_unstable();
    Ok(sizes)
}

/// What was asked for.
pub(super) struct Options {
    /// Every mix to be measured.
    pub(super) mixes: Vec<Mix>,
    /// How large the network is.
    pub(super) size: Size,
    /// How long a run of full length is measured.
    pub(super) window: Duration,
    /// The rate instead of the knee and shares of it.
    pub(super) rate: Option<u32>,
}

impl Options {
    /// # Errors
    /// When a number is greater than this machine counts.
    pub(super) fn of(matches: &ArgMatches) -> Result<Options> {
        let mixes = matches.get_many::<Mix>("mix");
        let accounts = usize::try_from(asked(matches, "accounts"))?;
        let pairs = match matches.get_one::<u32>("pairs") {
            Some(pairs) => usize::try_from(*pairs)?,
            None => (accounts / 2).max(1),
        };
        Ok(Options {
            mixes: mixes.map_or_else(|| Mix::ALL.to_vec(), |mixes| mixes.copied().collect()),
            size: Size {
                offices: OFFICES,
                accounts: accounts.max(2 * pairs),
                pairs,
            },
            window: Duration::from_secs(asked(matches, "seconds").into()),
            rate: matches.get_one::<u32>("rate").copied(),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;
    use ledger_core::message::Language;

    use super::*;

    fn asked(words: &[&str]) -> Result<ArgMatches, clap::Error> {
        let voice = Voice::new(Language::English);
        let command = command(&voice, &Arg::new("directory").long("directory"));
        command.try_get_matches_from([&["bench"], words].concat())
    }

    #[test]
    fn every_mix_is_measured_unless_some_are_named() {
        let mixes = |words: &[&str]| Options::of(&asked(words).unwrap()).unwrap().mixes;
        assert_eq!(mixes(&[]), Mix::ALL);
        let named = ["--mix", "nanjing", "--mix", "gifts"];
        assert_eq!(mixes(&named), [Mix::Nanjing, Mix::Gifts]);
        let error = asked(&["--mix", "loans"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
    }

    #[test]
    fn everybody_takes_part_unless_fewer_pairs_are_asked_for() {
        let size = |words: &[&str]| {
            let size = Options::of(&asked(words).unwrap()).unwrap().size;
            (size.accounts, size.pairs)
        };
        assert_eq!(size(&[]), (100_000, 50_000));
        assert_eq!(size(&["--accounts", "3000"]), (3_000, 1_500));
        assert_eq!(size(&["--accounts", "3000", "--pairs", "7"]), (3_000, 7));
        assert_eq!(size(&["--accounts", "1"]), (2, 1));
    }

    #[test]
    fn the_comparison_with_postgres_is_of_gifts_among_its_own_accounts() {
        assert!(asked(&["--vs-postgres", "--rate", "100", "--seconds", "20"]).is_ok());
        for words in [["--mix", "gifts"], ["--accounts", "10"], ["--pairs", "5"]] {
            let error = asked(&[&["--vs-postgres"], &words[..]].concat()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ArgumentConflict, "{words:?}");
        }
    }

    #[test]
    fn a_soak_takes_one_mix() {
        let mix = |words: &[&str]| -> Result<Mix, clap::Error> {
            let matches = asked(&[&["soak"], words].concat())?;
            let (_, matches) = matches.subcommand().unwrap();
            Ok(*matches.get_one::<Mix>("mix").unwrap())
        };
        assert_eq!(mix(&[]).unwrap(), Mix::Gifts);
        assert_eq!(mix(&["--mix", "orders"]).unwrap(), Mix::Orders);
        let error = mix(&["--mix", "gifts", "--mix", "orders"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
    }
}
