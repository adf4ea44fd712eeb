//! Why a command failed: kind, cause and hint, from the catalogue, and the exit code.

use std::io::Write;

use ledger_core::message::{Arguments, Explanation, Language};
use ledger_core::proof::{BundlePart, ProofError};
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
    /// A broken link of a proof.
    Link(ProofError),
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

    /// Something is not as it is said to be: the sentence `id`.
    pub(crate) const fn unproven(id: &'static str, arguments: Arguments) -> Failure {
        Failure {
            exit_code: exit::VERIFICATION,
            cause: Cause::Sentence { id, arguments },
        }
    }

    /// A link of a proof is broken.
    pub(crate) fn broken(error: &ProofError) -> Failure {
        Failure {
            exit_code: exit::VERIFICATION,
            cause: Cause::Link(error.clone()),
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
            Cause::Link(error) => explain_link(error, language),
            Cause::Wallet(error) => {
                catalogue.explain(error.code(), &Arguments::of_json(&error.details()))
            }
        }
    }

    fn code(&self) -> &str {
        match &self.cause {
            Cause::Sentence { id, .. } => id,
            Cause::Wallet(Error::Refused { refusal }) => &refusal.code,
            Cause::Link(error) => error.code(),
            Cause::Wallet(error) => error.code(),
        }
    }

    fn details(&self) -> serde_json::Value {
        match &self.cause {
            Cause::Sentence { .. } => json!({}),
            Cause::Wallet(Error::Refused { refusal }) => refusal.details.clone(),
            Cause::Wallet(error) => error.details(),
            Cause::Link(error) => {
                let (part, cause) = error.part();
                json!({"link": cause.code(), "part": part.map(|part| part.to_string()), "reason": cause.to_string()})
            }
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

/// Which link is broken, and where.
fn explain_link(error: &ProofError, language: Language) -> Explanation {
    let catalogue = catalogue(language);
    let (part, cause) = error.part();
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let (id, about) = match part {
        None => ("link-whole", Arguments::NONE),
        Some(BundlePart::Checkpoint(at)) => {
            ("link-checkpoint", Arguments::NONE.number("at", number(at)))
        }
        Some(BundlePart::SetChange(at)) => {
            ("link-change", Arguments::NONE.number("at", number(at)))
        }
        Some(BundlePart::Block(at)) => ("link-block", Arguments::NONE.number("at", number(at))),
        Some(BundlePart::Claim(block, claim)) => {
            let about = Arguments::NONE.number("at", number(claim));
            ("link-claim", about.number("block", number(block)))
        }
    };
    let about = about.text("link", cause.code()).text("reason", cause);
    let remedy = match cause {
        ProofError::TrustExpired { .. } => "link-remedy_expired",
        ProofError::FromTheFuture { .. } => "link-remedy_clock",
        ProofError::BundleVersion { .. } | ProofError::RecordUnreadable { .. } => {
            "link-remedy_version"
        }
        ProofError::NotABundle => "link-remedy_file",
        _ => "link-remedy",
    };
    Explanation {
        message: catalogue.render(id, &about),
        remedy: Some(catalogue.render(remedy, &Arguments::NONE)),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let exit_code = match error.kind() {
            // Left out of the command line and of the configuration.
            _ if matches!(error, Error::TrustMissing {}) => exit::USAGE,
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
