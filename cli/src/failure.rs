//! Why a command failed: kind, cause and hint, from the catalogue, and the exit code.

use std::io::Write;

use ledger_core::message::{Arguments, Explanation, Language};
use serde_json::json;
use timebank_wallet::message::explain_refusal;
use timebank_wallet::{Error, Kind};

use crate::arguments::Format;
use crate::exit;
use crate::sentence::catalogue;

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    exit_code: u8,
    cause: Cause,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    /// A sentence of the catalogue.
    Sentence {
        id: &'static str,
        arguments: Arguments,
    },
    /// A wallet's error.
    Wallet(Error),
}

impl Failure {
    /// The command line or configuration makes no sense: the sentence `id`.
    pub(crate) const fn usage(id: &'static str, arguments: Arguments) -> Failure {
        Failure {
            exit_code: exit::USAGE,
            cause: Cause::Sentence { id, arguments },
        }
    }

    /// Something else of the command's own failed: the sentence `id`.
    pub(crate) const fn local(id: &'static str, arguments: Arguments) -> Failure {
        Failure {
            exit_code: exit::FAILURE,
            cause: Cause::Sentence { id, arguments },
        }
    }

    /// The output could not be written.
    pub(crate) fn writing(error: &std::io::Error) -> Failure {
        Failure::local("output_unwritable", Arguments::NONE.text("reason", error))
    }

    /// Prints it to `err`; the exit code.
    pub(crate) fn print(&self, format: Format, language: Language, err: &mut dyn Write) -> u8 {
        let Explanation { message, remedy } = self.explain(language);
        let say = |id| catalogue(language).render(id, &Arguments::NONE);
        let text = match format {
            Format::Json => {
                let error = json!({"error": {
                    "kind": self.kind(), "code": self.code(), "message": message, "remedy": remedy,
                    "details": self.details(), "exit_code": self.exit_code,
                }});
                format!("{error:#}\n")
            }
            Format::Table => {
                let heading = say(self.heading());
                let hint = match remedy {
                    Some(remedy) => format!("{} {remedy}\n", say("hint")),
                    None => String::new(),
                };
                format!("{heading} {message}\n{hint}")
            }
        };
        // If nobody can be told, the exit code still says it.
        let _ = err.write_all(text.as_bytes());
        self.exit_code
    }

    /// What happened, and the way out.
    pub(crate) fn explain(&self, language: Language) -> Explanation {
        let catalogue = catalogue(language);
        match &self.cause {
            Cause::Sentence { id, arguments } => catalogue.explain(id, arguments),
            Cause::Wallet(Error::Refused { refusal }) => explain_refusal(refusal, language),
            Cause::Wallet(error) => {
                catalogue.explain(error.code(), &Arguments::of_json(&error.details()))
            }
        }
    }

    fn code(&self) -> &str {
        match &self.cause {
            Cause::Sentence { id, .. } => id,
            Cause::Wallet(Error::Refused { refusal }) => &refusal.code,
            Cause::Wallet(error) => error.code(),
        }
    }

    fn details(&self) -> serde_json::Value {
        match &self.cause {
            Cause::Sentence { .. } => json!({}),
            Cause::Wallet(Error::Refused { refusal }) => refusal.details.clone(),
            Cause::Wallet(error) => error.details(),
        }
    }

    /// The exit code's name, for programs.
    const fn kind(&self) -> &'static str {
        match self.exit_code {
            exit::USAGE => "usage",
            exit::NOT_FOUND => "not_found",
            exit::REFUSED => "refused",
            exit::NETWORK => "network",
            exit::VERIFICATION => "verification",
            _ => "failure",
        }
    }

    /// What introduces the message, for people.
    const fn heading(&self) -> &'static str {
        match self.exit_code {
            exit::USAGE => "heading-usage",
            exit::NOT_FOUND => "heading-not_found",
            exit::REFUSED => "heading-refused",
            exit::NETWORK => "heading-network",
            exit::VERIFICATION => "heading-verification",
            _ => "heading-failure",
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let exit_code = match error.kind() {
            Kind::Local => exit::FAILURE,
            Kind::NotFound => exit::NOT_FOUND,
            Kind::Refused => exit::REFUSED,
            Kind::Network => exit::NETWORK,
            Kind::Verification => exit::VERIFICATION,
        };
        Failure {
            exit_code,
            cause: Cause::Wallet(error),
        }
    }
}
