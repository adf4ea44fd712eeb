//! Profiles: which nodes to ask, whom to trust, as whom to sign.
//!
//! They are kept in `$XDG_CONFIG_HOME/timebank/config.toml`, or the file given with `--config`. Relative paths in it are
//! relative to it. A file without the profile asked for, or with a key nobody knows, is an error; no file at all is fine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ledger_core::message::{Arguments, Language};
use ledger_core::transaction::Signer;
use serde::Deserialize;

use crate::failure::Failure;

/// The name of the profile when there is none.
const UNNAMED: &str = "default";
/// The longest configuration file, in bytes.
const CONFIGURATION_BYTES_MAX: u64 = 1024 * 1024;

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    /// The profile that counts when none is named.
    default: Option<String>,
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

/// One profile; what is absent is given on the command line, or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// Its name.
    #[serde(skip, default)]
    pub(crate) name: String,
    /// Nodes that stand in for each other, in the order in which they are asked.
    #[serde(default)]
    pub(crate) nodes: Vec<String>,
    /// The genesis document: whose validators are trusted.
    pub(crate) genesis: Option<PathBuf>,
    /// The key file.
    pub(crate) key: Option<PathBuf>,
    /// The folder of the wallet, in place of a key file.
    pub(crate) wallet: Option<PathBuf>,
    /// The folder in which what was proven is kept.
    pub(crate) state: Option<PathBuf>,
    /// As whom the key signs.
    pub(crate) signer: Option<Signer>,
    /// `zh` or `en`.
    pub(crate) language: Option<ProfileLanguage>,
}

impl Profile {
    /// The one in force where no profile is named.
    pub(crate) fn unnamed() -> Profile {
        Profile {
            name: UNNAMED.to_owned(),
            ..Profile::default()
        }
    }
}

/// A language in a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum ProfileLanguage {
    /// 简体中文.
    #[serde(rename = "zh")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl From<ProfileLanguage> for Language {
    fn from(language: ProfileLanguage) -> Language {
        match language {
            ProfileLanguage::Chinese => Language::Chinese,
            ProfileLanguage::English => Language::English,
        }
    }
}

/// Where a configuration file comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Named on the command line: it must exist.
    Named,
    /// The usual place: it may be absent.
    Usual,
}

/// Reads the profile `name`, or the default one, from the file at `path`.
pub(crate) fn read(path: &Path, origin: Origin, name: Option<&str>) -> Result<Profile, Failure> {
    let about = || Arguments::NONE.text("path", path.display());
    let text = match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && origin == Origin::Usual => {
            String::new()
        }
        Ok(file) if file.len() > CONFIGURATION_BYTES_MAX => {
            return Err(Failure::usage(
                "configuration_too_long",
                about().number("limit", CONFIGURATION_BYTES_MAX),
            ));
        }
        _ => std::fs::read_to_string(path).map_err(|error| {
            Failure::usage("configuration_unreadable", about().text("reason", error))
        })?,
    };
    let configuration: Configuration = toml::from_str(&text).map_err(|error| {
        // The first line of toml's message says what; the rest draws the place.
        let place = error.span().map_or(0, |span| span.start);
        let line = text
            .get(..place)
            .map_or(0, |before| before.matches('\n').count())
            + 1;
        let about = about().text("reason", error.message());
        Failure::usage("configuration_malformed", about.text("line", line))
    })?;
    let Some(name) = name.or(configuration.default.as_deref()) else {
        return Ok(Profile::unnamed());
    };
    let Some(profile) = configuration.profile.get(name) else {
        let known: Vec<&str> = configuration.profile.keys().map(String::as_str).collect();
        let known = match known.as_slice() {
            [] => "–".to_owned(),
            names => names.join(", "),
        };
        return Err(Failure::usage(
            "profile_unknown",
            about().text("name", name).text("known", known),
        ));
    };
    let beside = |file: &PathBuf| path.parent().unwrap_or(Path::new("")).join(file);
    Ok(Profile {
        genesis: profile.genesis.as_ref().map(beside),
        key: profile.key.as_ref().map(beside),
        wallet: profile.wallet.as_ref().map(beside),
        state: profile.state.as_ref().map(beside),
        name: name.to_owned(),
        ..profile.clone()
    })
}
