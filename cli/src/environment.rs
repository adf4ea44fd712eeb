//! What a command may know of the world around it: variables, the clock, and how to reach a node.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ledger_core::message::Language;
use timebank_wallet::client::Transport;
use timebank_wallet::http::HttpTransport;
use timebank_wallet::verify::Freshness;

/// How the nodes with these addresses are reached.
pub type Connect = Box<dyn Fn(&[String]) -> Box<dyn Transport>>;

/// Everything outside that a command may look at.
pub struct Environment {
    /// Environment variables; `HOME`, `XDG_CONFIG_HOME`, `LC_ALL`, `LC_MESSAGES`, `LANG` and `COLUMNS` are looked at.
    pub variables: BTreeMap<String, String>,
    /// Milliseconds since 1970-01-01T00:00Z.
    pub now_ms: u64,
    /// How nodes are reached.
    pub connect: Connect,
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
            connect: Box::new(|nodes| Box::new(HttpTransport::new(nodes.iter().cloned()))),
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
        let directory = match (self.set("XDG_CONFIG_HOME"), self.set("HOME")) {
            (Some(directory), _) => PathBuf::from(directory),
            (None, Some(home)) => Path::new(home).join(".config"),
            (None, None) => return None,
        };
        Some(directory.join("timebank").join("config.toml"))
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
