//! What a command may know of the world around it: variables, the clock, who sits at the terminal, and how to reach a node.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use ledger_core::message::Language;
use timebank_wallet::http::HttpTransport;
use timebank_wallet::keystore::Cost;
use timebank_wallet::verify::Freshness;
use timebank_wallet::wallet::AnyTransport;

use crate::terminal::{Ask, ask_at_terminal};

/// How the node with this address is reached.
pub type Connect = Box<dyn Fn(&str) -> AnyTransport>;
/// Opens standard input.
pub type Input = Box<dyn Fn() -> Box<dyn Read>>;

/// Shows something on the way, such as how far a command has come: on standard error.
pub type Notice = Box<dyn Fn(&str)>;
/// A flag that is raised when whoever started the command wants it to end, by Ctrl-C or a signal.
pub type Interruption = Box<dyn Fn() -> Arc<AtomicBool>>;

/// Everything outside that a command may look at.
pub struct Environment {
    /// Environment variables; `HOME`, `XDG_CONFIG_HOME`, `XDG_DATA_HOME`, `XDG_STATE_HOME`, `LC_ALL`, `LC_MESSAGES`, `LANG`
    /// and `COLUMNS` are looked at.
    pub variables: BTreeMap<String, String>,
    /// Milliseconds since 1970-01-01T00:00Z.
    pub now_ms: u64,
    /// How nodes are reached.
    pub connect: Connect,
    /// How somebody at the terminal is asked.
    pub ask: Ask,
    /// Standard input: what a file named `-` holds.
    pub input: Input,
    /// What checking the password of a new wallet costs.
    pub password_cost: Cost,
    /// Where a command says how far it has come.
    pub notice: Notice,
    /// Whether somebody watches that at a terminal, where a line can be written over.
    pub watched: bool,
    /// From the first call on, whoever wants the command to end raises the flag in place of ending it at once.
    pub interruption: Interruption,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("now_ms", &self.now_ms)
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// The process's: its variables, the system's clock, HTTP.
    pub fn of_process() -> Environment {
        Environment {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            now_ms: Freshness::within(0).now_ms.0,
            connect: Box::new(|node| Box::new(HttpTransport::new([node.to_owned()]))),
            ask: Box::new(ask_at_terminal),
            input: Box::new(|| Box::new(std::io::stdin())),
            password_cost: Cost::DEFAULT,
            notice: Box::new(|text| {
                let mut err = std::io::stderr();
                // Whoever does not read it misses nothing of the result.
                let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
            }),
            watched: std::io::stderr().is_terminal(),
            interruption: Box::new(raised_by_signals),
        }
    }

    /// The language of the locale (POSIX, "Internationalization Variables").
    pub(crate) fn language(&self) -> Language {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| self.set(name));
        Language::of_locale(locale.unwrap_or_default())
    }

    /// Where the configuration is unless said otherwise (XDG Base Directory Specification).
    pub(crate) fn configuration(&self) -> Option<PathBuf> {
        let directory = self.base("XDG_CONFIG_HOME", ".config")?;
        Some(directory.join("timebank").join("config.toml"))
    }

    /// Where the wallet of a profile is unless said otherwise: nobody can make it again.
    pub(crate) fn wallet(&self, profile: &str) -> Option<PathBuf> {
        let directory = self.base("XDG_DATA_HOME", ".local/share")?;
        Some(directory.join("timebank").join(folder(profile)?))
    }

    /// Where what was proven to a profile is kept unless said otherwise: it can be fetched and checked again.
    pub(crate) fn state(&self, profile: &str) -> Option<PathBuf> {
        let directory = self.base("XDG_STATE_HOME", ".local/state")?;
        Some(directory.join("timebank").join(folder(profile)?))
    }

    fn base(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        match (self.set(variable), self.set("HOME")) {
            (Some(directory), _) => Some(PathBuf::from(directory)),
            (None, Some(home)) => Some(Path::new(home).join(below_home)),
            (None, None) => None,
        }
    }

    /// How wide a terminal is, when it says.
    pub(crate) fn columns(&self) -> Option<u16> {
        self.set("COLUMNS")?.parse().ok()
    }

    fn set(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// The flag that Ctrl-C and the signals that ask a process to end raise, once for the process. A second Ctrl-C ends it at
/// once: what the command keeps must stand that anyway.
fn raised_by_signals() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let flag = FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let raised = Arc::clone(&flag);
        // Where no handler can be set, the signal ends the process as it always does.
        let _ = ctrlc::set_handler(move || {
            if raised.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        flag
    });
    Arc::clone(flag)
}

/// The name of a profile's own folder; none when it would be another place.
fn folder(profile: &str) -> Option<&Path> {
    let path = Path::new(profile);
    let mut parts = path.components();
    let is_plain = matches!(parts.next(), Some(Component::Normal(_))) && parts.next().is_none();
    is_plain.then_some(path)
}
