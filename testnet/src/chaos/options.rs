//! What a trial is asked for.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use ledger_core::message::Arguments;

use super::kind::{Kind, Length};
use super::leftovers::COMMAND;
use super::shelter::Shelter;
use super::wiring::{NODES_MAX, NODES_MIN};
use crate::say::Voice;

/// Rounds of kills when not asked for.
const KILL_ROUNDS: &str = "20";
/// The most rounds of kills.
const KILL_ROUNDS_MAX: u64 = 100_000;
/// The most minutes a trial may take: a day.
const MINUTES_MAX: u64 = 24 * 60;
/// Minutes a trial takes at most when not asked for, without its kills.
const MINUTES: u64 = 6;
/// Kills for which there is a minute more then.
const KILL_ROUNDS_A_MINUTE: u64 = 20;

/// Where the nodes live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placement {
    /// In namespaces if that is allowed, else on loopback.
    Automatic,
    /// In namespaces, or not at all.
    Namespaces,
    /// On loopback.
    Loopback,
}

/// That this process does the work, and another one watches over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inside {
    /// The id of the one that watches.
    pub(super) process: u32,
    /// How far this one is shut up.
    pub(super) shelter: Shelter,
}

/// What a trial is asked for.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// How many nodes.
    pub(super) nodes: usize,
    /// How often nodes are killed.
    pub(super) kill_rounds: usize,
    /// How often each of the other faults is injected.
    pub(super) length: Length,
    /// How long faults are injected at most.
    pub(super) time: Duration,
    /// Which kinds of faults, in order, each once.
    pub(super) kinds: Vec<Kind>,
    /// What chance depends on.
    pub(super) seed: u64,
    /// Whether the nodes' files stay.
    pub(super) keep: bool,
    /// Whether it fails when something asked for was left out.
    pub(super) require_all: bool,
    placement: Placement,
    /// Only in the process that does the work.
    pub(super) inside: Option<Inside>,
}

impl Options {
    /// What the command line `matches` asks for.
    pub(super) fn of(matches: &ArgMatches) -> Options {
        let number = |name: &str| matches.get_one::<u64>(name).copied();
        let kill_rounds = number("kill-rounds").unwrap_or_default();
        let minutes = number("minutes").unwrap_or(MINUTES + kill_rounds / KILL_ROUNDS_A_MINUTE);
        let only: Vec<Kind> = matches
            .get_many::<Kind>("only")
            .map_or_else(|| Kind::ALL.to_vec(), |kinds| kinds.copied().collect());
        let inside = number("inside").and_then(|process| {
            let word = matches.get_one::<String>("shelter")?;
            Some(Inside {
                process: u32::try_from(process).ok()?,
                shelter: Shelter::of_word(word)?,
            })
        });
        let placement = matches.get_one::<String>("placement").map(String::as_str);
        Options {
            nodes: to_usize(number("nodes").unwrap_or_default()),
            kill_rounds: to_usize(kill_rounds),
            length: if matches.get_flag("short") {
                Length::Short
            } else {
                Length::Usual
            },
            time: Duration::from_secs(minutes * 60),
            kinds: Kind::ALL
                .into_iter()
                .filter(|kind| only.contains(kind))
                .collect(),
            seed: number("seed").unwrap_or_default(),
            keep: matches.get_flag("keep"),
            require_all: matches.get_flag("require-all"),
            placement: match placement {
                Some("namespaces") => Placement::Namespaces,
                Some("loopback") => Placement::Loopback,
                _ => Placement::Automatic,
            },
            inside,
        }
    }

    /// The best shelter that is of use.
    pub(super) const fn best_shelter(&self) -> Shelter {
        match self.placement {
            Placement::Automatic | Placement::Namespaces => Shelter::Network,
            Placement::Loopback => Shelter::Private,
        }
    }

    /// Whether anything less than a network of its own will not do.
    pub(super) fn needs_network(&self) -> bool {
        self.placement == Placement::Namespaces
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The command.
pub(crate) fn command(voice: &Voice) -> Command {
    let about = |id: &str| voice.text(id, &Arguments::NONE);
    let number = |name: &'static str, bounds: std::ops::RangeInclusive<u64>| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .value_parser(value_parser!(u64).range(bounds))
            .help(about(&format!("about-chaos-{name}")))
    };
    let flag = |name: &'static str| {
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(about(&format!("about-chaos-{name}")))
    };
    let nodes = NODES_MIN as u64..=NODES_MAX as u64;
    Command::new(COMMAND)
        .about(about("about-chaos"))
        .arg(number("nodes", nodes).default_value("4"))
        .arg(number("kill-rounds", 0..=KILL_ROUNDS_MAX).default_value(KILL_ROUNDS))
        .arg(number("minutes", 1..=MINUTES_MAX))
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("KIND,…")
                .value_delimiter(',')
                .value_parser(value_parser!(Kind))
                .help(about("about-chaos-only")),
        )
        .arg(number("seed", 0..=u64::MAX).default_value("1"))
        .arg(
            Arg::new("placement")
                .long("placement")
                .value_parser(["auto", "namespaces", "loopback"])
                .default_value("auto")
                .help(about("about-chaos-placement")),
        )
        .arg(flag("short"))
        .arg(flag("keep"))
        .arg(flag("require-all"))
        // How the process that watches tells the one that works; see `outside`.
        .arg(
            Arg::new("inside")
                .long("inside")
                .hide(true)
                .requires("shelter")
                .value_parser(value_parser!(u64)),
        )
        .arg(Arg::new("shelter").long("shelter").hide(true))
}

#[cfg(test)]
mod tests {
    use ledger_core::message::Language;

    use super::*;

    fn options(line: &str) -> Options {
        let words = std::iter::once(COMMAND).chain(line.split_whitespace());
        let command = command(&Voice::new(Language::English));
        Options::of(&command.try_get_matches_from(words).unwrap())
    }

    #[test]
    fn a_trial_without_options_is_small_and_bounded() {
        let options = options("");
        assert_eq!((options.nodes, options.kill_rounds), (4, 20));
        assert_eq!(options.kinds, Kind::ALL);
        assert_eq!(options.time, Duration::from_secs(7 * 60));
        assert_eq!(options.best_shelter(), Shelter::Network);
        assert_eq!(options.inside, None);
    }

    #[test]
    fn kinds_come_in_their_order_and_once() {
        let options = options("--only wipe,kill,wipe --kill-rounds 500 --placement loopback");
        assert_eq!(options.kinds, [Kind::Kill, Kind::Wipe]);
        assert_eq!(options.time, Duration::from_secs(31 * 60));
        assert_eq!(options.best_shelter(), Shelter::Private);
    }

    #[test]
    fn the_inner_process_knows_who_watches_it() {
        let inside = options("--inside 7 --shelter private").inside;
        let expected = Inside {
            process: 7,
            shelter: Shelter::Private,
        };
        assert_eq!(inside, Some(expected));
    }
}
