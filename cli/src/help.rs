//! Help and complaints about the command line, in the reader's language.
//!
//! clap knows the shape of the commands; every word about them comes from the catalogue: the message `help-order-post` says
//! what `timebank order post` does, its attributes what each argument means, and its attribute `examples` how it is used.

use std::ffi::OsString;
use std::io::Write;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, CommandFactory, FromArgMatches};
use ledger_core::message::{Arguments, Catalogue, Language};

use crate::arguments::{CommandLine, Format};
use crate::environment::Environment;
use crate::exit;
use crate::failure::Failure;
use crate::sentence::catalogue;

/// How wide help is when nothing says how wide the terminal is.
const COLUMNS_DEFAULT: u16 = 100;

/// Why no command is run.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Help or the version was asked for.
    Asked(String),
    /// A command was left out, so its help is shown.
    Incomplete(String),
    /// The command line makes no sense.
    Failure(Failure, Format, Language),
}

impl Stop {
    /// Prints it; the exit code.
    pub(crate) fn print(&self, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
        match self {
            // Whoever asked and does not read needs no answer.
            Stop::Asked(text) => {
                let _ = out.write_all(text.as_bytes());
                exit::OK
            }
            Stop::Incomplete(text) => {
                let _ = err.write_all(text.as_bytes());
                exit::USAGE
            }
            Stop::Failure(failure, format, language) => failure.print(*format, *language, err),
        }
    }
}

/// Reads the command line; with the language that was settled on so far.
pub(crate) fn parse(
    arguments: &[OsString],
    environment: &Environment,
) -> Result<(CommandLine, Language), Stop> {
    let language = match given(arguments, &["--lang"]).as_deref() {
        Some("zh") => Language::Chinese,
        Some("en") => Language::English,
        _ => environment.language(),
    };
    let format = match given(arguments, &["--output", "-o"]).as_deref() {
        Some("json") => Format::Json,
        _ => Format::Table,
    };
    let columns = environment.columns().unwrap_or(COLUMNS_DEFAULT);
    let mut command = command(language).term_width(usize::from(columns));
    command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| CommandLine::from_arg_matches(&matches))
        .map(|parsed| (parsed, language))
        .map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Stop::Asked(error.render().to_string())
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                Stop::Incomplete(error.render().to_string())
            }
            _ => Stop::Failure(complaint(&error, catalogue(language)), format, language),
        })
}

/// The value of an option before the command line is read as a whole.
fn given(arguments: &[OsString], names: &[&str]) -> Option<String> {
    let texts: Vec<&str> = arguments.iter().filter_map(|text| text.to_str()).collect();
    texts.iter().enumerate().find_map(|(index, text)| {
        names.iter().find_map(|name| {
            let rest = text.strip_prefix(name)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value.to_owned()),
                None if rest.is_empty() => texts.get(index + 1).map(|text| (*text).to_owned()),
                // `-ojson`
                None if name.len() == 2 => Some(rest.to_owned()),
                None => None,
            }
        })
    })
}

/// The commands, explained in `language`.
pub(crate) fn command(language: Language) -> clap::Command {
    let catalogue = catalogue(language);
    let say = |id: &str| catalogue.render(id, &Arguments::NONE);
    let root = CommandLine::command()
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .global(true)
                .action(ArgAction::Help),
        )
        .arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version),
        )
        .mut_args(|arg| {
            let id = arg.get_id().to_string();
            let heading = say("help-everywhere");
            let meaning = attribute(catalogue, "help", &id);
            arg.help(meaning).help_heading(heading)
        });
    explain(root, "help", catalogue)
}

/// Explains `command`, whose message is `id`, and those below it.
fn explain(command: clap::Command, id: &str, catalogue: &'static Catalogue) -> clap::Command {
    let say = |id: &str| catalogue.render(id, &Arguments::NONE);
    let is_root = id == "help";
    let about = say(id);
    let examples = attribute(catalogue, id, "examples");
    let indented: String = examples.lines().map(|line| format!("  {line}\n")).collect();
    let template = format!(
        "{{about}}\n\n{} {{usage}}\n\n{{all-args}}{{after-help}}\n",
        say("help-usage")
    );
    let mut shown = 0;
    let mut explained = command
        .about(about)
        .help_template(StyledStr::from(template))
        .subcommand_help_heading(say("help-commands"))
        .after_help(StyledStr::from(format!(
            "{}\n{}",
            say("help-examples"),
            indented.trim_end()
        )))
        .mut_args(|arg| {
            let takes_values = arg.get_action().takes_values();
            // Under a heading of its own clap sorts arguments by name; people give them in the order of the command.
            let place = shown;
            shown += 1;
            let arg = arg
                .display_order(place)
                .hide_default_value(takes_values)
                .hide_possible_values(takes_values);
            if is_root {
                return arg;
            }
            let heading = match arg.is_positional() {
                true => say("help-arguments"),
                false => say("help-options"),
            };
            let meaning = attribute(catalogue, id, arg.get_id().as_str());
            arg.help(meaning).help_heading(heading)
        });
    let names: Vec<String> = explained
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in names {
        let below = format!("{id}-{name}");
        explained = explained.mut_subcommand(name, |command| explain(command, &below, catalogue));
    }
    explained
}

fn attribute(catalogue: &Catalogue, id: &str, name: &str) -> String {
    let found = catalogue.try_attribute(id, name, &Arguments::NONE);
    found.ok().flatten().unwrap_or_else(|| name.to_owned())
}

/// What is wrong with the command line.
fn complaint(error: &clap::Error, catalogue: &Catalogue) -> Failure {
    let texts = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    };
    let shown = |kind| texts(kind).join(", ");
    let suggested = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    let suggestion = suggested
        .into_iter()
        .map(shown)
        .find(|text| !text.is_empty());
    let about = Arguments::NONE
        .text("argument", shown(ContextKind::InvalidArg))
        .text("value", shown(ContextKind::InvalidValue))
        .text("suggestion", suggestion.unwrap_or_else(|| "–".to_owned()));
    match error.kind() {
        ErrorKind::InvalidValue if shown(ContextKind::InvalidValue).is_empty() => {
            Failure::usage("usage_value_missing", about)
        }
        ErrorKind::InvalidValue => {
            let expected = texts(ContextKind::ValidValue).join(" | ");
            Failure::usage("usage_value", about.text("expected", expected))
        }
        ErrorKind::ValueValidation => {
            let source = std::error::Error::source(error).map(ToString::to_string);
            let id = source.unwrap_or_default();
            let expected = match catalogue.has(&id) {
                true => catalogue.render(&id, &Arguments::NONE),
                false => id,
            };
            Failure::usage("usage_value", about.text("expected", expected))
        }
        ErrorKind::UnknownArgument => Failure::usage("usage_argument", about),
        ErrorKind::InvalidSubcommand => {
            let command = shown(ContextKind::InvalidSubcommand);
            Failure::usage("usage_command", about.text("command", command))
        }
        ErrorKind::MissingRequiredArgument => Failure::usage("usage_missing", about),
        ErrorKind::ArgumentConflict => {
            let other = shown(ContextKind::PriorArg);
            Failure::usage("usage_conflict", about.text("other", other))
        }
        _ => Failure::usage("usage_other", about.text("reason", error.kind())),
    }
}

#[cfg(test)]
mod tests;
