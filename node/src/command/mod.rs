//! The node's command line: `init`, `run` and `config check`.
//!
//! It lives in the library, so that another program can start itself anew as a node. Exit codes: 0 done, 1 failed, 2 the
//! command line or the configuration is wrong, 3 the chain follows a version of the rules that this program does not know.

mod check;
mod init;
mod run;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use ledger_core::message::Language;

use crate::message::{Message, catalogue};

pub use run::RunOptions;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As asked.
    Done,
    /// Not, for a reason outside of the configuration.
    Failed,
    /// The command line or the configuration is wrong.
    Misconfigured,
    /// The chain follows a version of the rules that this program does not know.
    UpgradeNeeded,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(match outcome {
            Outcome::Done => 0,
            Outcome::Failed => 1,
            Outcome::Misconfigured => 2,
            Outcome::UpgradeNeeded => 3,
        })
    }
}

/// Where a command writes what people read, and in which language.
pub(crate) struct Terminal<'a> {
    language: Language,
    output: &'a mut dyn Write,
    errors: &'a mut dyn Write,
}

impl Terminal<'_> {
    /// A result.
    pub(crate) fn say(&mut self, message: &Message) {
        self.say_text(&message.render(self.language));
    }

    /// A result that is no sentence, such as a key.
    pub(crate) fn say_text(&mut self, text: &str) {
        // Whoever closed the other end of a pipe does not want to read on.
        let _ = writeln!(self.output, "{text}");
    }

    /// What went wrong, and the way out.
    pub(crate) fn complain(&mut self, message: &Message) {
        let explanation = message.explain(self.language);
        self.complain_text(&explanation.message, explanation.remedy.as_deref());
    }

    /// The same, of sentences that are rendered already.
    pub(crate) fn complain_text(&mut self, message: &str, remedy: Option<&str>) {
        let _ = writeln!(self.errors, "{message}");
        if let Some(remedy) = remedy {
            let _ = writeln!(self.errors, "  {remedy}");
        }
    }
}

/// Runs the command line `arguments`, the program's name first.
pub fn run<I, T>(arguments: I) -> ExitCode
where
    I: IntoIterator<Item = T>,
    T: Into<OsString>,
{
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let environment = ["LC_ALL", "LC_MESSAGES", "LANG"].map(|name| std::env::var(name).ok());
    let language = language(&arguments, environment);
    let (mut output, mut errors) = (std::io::stdout(), std::io::stderr());
    let mut terminal = Terminal {
        language,
        output: &mut output,
        errors: &mut errors,
    };
    execute(&arguments, &mut terminal).into()
}

fn execute(arguments: &[OsString], terminal: &mut Terminal<'_>) -> Outcome {
    let matches = match command(terminal.language).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            let asked_for = !error.use_stderr();
            let target = if asked_for {
                &mut *terminal.output
            } else {
                &mut *terminal.errors
            };
            let _ = write!(target, "{}", error.render());
            return if asked_for {
                Outcome::Done
            } else {
                Outcome::Misconfigured
            };
        }
    };
    match matches.subcommand() {
        Some(("init", matches)) => {
            let genesis = matches.get_one::<PathBuf>("genesis");
            init::init(&home(matches), genesis.map(PathBuf::as_path), terminal)
        }
        Some(("run", matches)) => {
            let options = RunOptions {
                resync: matches.get_flag("resync"),
                rebuild_state: matches.get_flag("rebuild-state"),
            };
            run::run(&home(matches), options, terminal)
        }
        Some(("config", matches)) => match matches.subcommand() {
            Some(("check", matches)) => check::check(&home(matches), terminal),
            _ => unreachable!("clap asks for a subcommand"),
        },
        _ => unreachable!("clap asks for a subcommand"),
    }
}

fn home(matches: &ArgMatches) -> PathBuf {
    matches
        .get_one::<PathBuf>("home")
        .expect("clap asks for it")
        .clone()
}

/// The language to speak: `--lang`, or else the first locale variable that is set.
fn language(arguments: &[OsString], environment: [Option<String>; 3]) -> Language {
    let mut texts = arguments.iter().filter_map(|argument| argument.to_str());
    let chosen = texts.by_ref().find_map(|text| match text {
        "--lang" => Some(None),
        text => text
            .strip_prefix("--lang=")
            .map(|value| Some(value.to_owned())),
    });
    let chosen = match chosen {
        Some(Some(value)) => Some(value),
        Some(None) => texts.next().map(str::to_owned),
        None => None,
    };
    let mut locales = environment
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty());
    Language::of_locale(&chosen.or_else(|| locales.next()).unwrap_or_default())
}

fn command(language: Language) -> Command {
    let text = |id: &'static str| catalogue(language).render(id, &Default::default());
    let home = || {
        Arg::new("home")
            .long("home")
            .value_name("DIRECTORY")
            .value_parser(value_parser!(PathBuf))
            .required(true)
            .help(text("help_home"))
    };
    let init = Command::new("init")
        .about(text("help_init"))
        .after_help(text("help_init_examples"))
        .arg(home())
        .arg(
            Arg::new("genesis")
                .long("genesis")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help(text("help_genesis")),
        );
    let run = Command::new("run")
        .about(text("help_run"))
        .after_help(text("help_run_examples"))
        .arg(home())
        .arg(
            Arg::new("resync")
                .long("resync")
                .action(ArgAction::SetTrue)
                .help(text("help_resync")),
        )
        .arg(
            Arg::new("rebuild-state")
                .long("rebuild-state")
                .action(ArgAction::SetTrue)
                .help(text("help_rebuild_state")),
        );
    let check = Command::new("check")
        .about(text("help_check"))
        .after_help(text("help_check_examples"))
        .arg(home());
    let config = Command::new("config")
        .about(text("help_config"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(check);
    Command::new("timebank-node")
        .about(text("help_about"))
        .after_help(text("help_examples"))
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("lang")
                .long("lang")
                .value_name("zh|en")
                .value_parser(["zh", "en"])
                .global(true)
                .help(text("help_lang")),
        )
        .subcommands([init, run, config])
}

#[cfg(test)]
mod tests;
