//! Why a transaction does not apply: one variant per rule.
//!
//! A rejection is a node's answer, carries the numbers that matter, and consumes nothing. Its code is stable; what people
//! read comes from the message catalogue under that code, in Chinese and English.

use serde::Serialize;

use crate::amount::{AmountError, Minutes};
use crate::id::{AccountId, ChainId, OrganisationId, StaffId};
use crate::record::organisation::Role;
use crate::signature::{KeyError, PublicKey};
use crate::state::StateError;
use crate::time::TimestampMs;
use crate::transaction::{EnvelopeError, Signer};

/// Whether a transaction that was refused may apply later, after others have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// It names something that is not there yet; another transaction may bring it.
    Waits,
    /// Waiting does not help.
    Final,
}

macro_rules! rejections {
    ($($(#[$doc:meta])* $outlook:ident $code:literal $variant:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })?,)*) => {
        /// A broken rule.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
        #[serde(untagged)]
        #[error("{} {}", self.code(), serde_text(self))]
        pub enum Rejection {
            $($(#[$doc])* $variant $({ $($(#[$field_doc])* $field: $type,)* })?,)*
        }

        impl Rejection {
            /// Every code, in order of declaration.
            pub const CODES: &'static [&'static str] = &[$($code,)*];

            /// Every code with the names of its fields: what a message under that code may show.
            pub const FIELDS: &'static [(&'static str, &'static [&'static str])] =
                &[$(($code, &[$($(stringify!($field),)*)?]),)*];

            /// The stable code.
            pub const fn code(&self) -> &'static str {
                match self { $(Rejection::$variant { .. } => $code,)* }
            }

            /// Whether waiting for other transactions may help.
            pub const fn outlook(&self) -> Outlook {
                match self { $(Rejection::$variant { .. } => Outlook::$outlook,)* }
            }
        }
    };
}

rejections! {
    // ---- the envelope -------------------------------------------------------------------------------------------
    /// The envelope is malformed, whatever the state.
    Final "envelope_malformed" EnvelopeMalformed {
        /// How.
        #[serde(serialize_with = "display")]
        reason: EnvelopeError,
    },
    /// The transaction is for another chain.
    Final "wrong_chain" WrongChain {
        /// This chain.
        expected: ChainId,
        /// The transaction's.
        actual: ChainId,
    },
    /// `valid_until_ms` has passed.
    Final "expired" Expired {
        /// The last time at which it could apply.
        valid_until_ms: TimestampMs,
        /// Block time.
        now_ms: TimestampMs,
    },
    /// `valid_until_ms` lies too far ahead.
    Final "valid_too_long" ValidTooLong {
        /// The time given.
        valid_until_ms: TimestampMs,
        /// The latest allowed.
        latest_ms: TimestampMs,
    },
    /// The transaction has applied already.
    Final "already_applied" AlreadyApplied,
    /// A signer has no key on the ledger.
    Waits "signer_unknown" SignerUnknown {
        /// Who.
        signer: Signer,
    },
    /// A signature is wrong.
    Final "signature_wrong" SignatureWrong {
        /// Whose.
        signer: Signer,
    },
    /// A signature the operation needs is missing.
    Final "signature_missing" SignatureMissing {
        /// Whose.
        signer: Signer,
    },
    /// A signature is there that the operation has no use for.
    Final "signature_unneeded" SignatureUnneeded {
        /// Whose.
        signer: Signer,
    },
    /// The transaction's own signer is not one who may ask for this.
    Final "signer_not_entitled" SignerNotEntitled {
        /// Who.
        signer: Signer,
    },
    /// The signer has signed as many transactions today as it may.
    Final "transactions_per_day" TransactionsPerDay {
        /// The limit.
        limit: u64,
    },
    /// A figure does not fit; no honest amount comes near.
    Final "number_overflow" NumberOverflow,
    /// An amount is zero where it must not be.
    Final "minutes_zero" MinutesZero,

    // ---- roles --------------------------------------------------------------------------------------------------
    /// Nobody with this role, in an organisation that covers this one, has signed.
    Final "role_missing" RoleMissing {
        /// The role.
        role: Role,
        /// The organisation to be covered.
        organisation: OrganisationId,
    },
    /// Two signatures that must come from different people come from one.
    Final "same_person" SamePerson {
        /// Who.
        person: AccountId,
    },
    /// Too few administrators have signed.
    Final "threshold_not_met" ThresholdNotMet {
        /// The organisation.
        organisation: OrganisationId,
        /// How many must sign.
        threshold: u8,
        /// How many have.
        signed: u8,
    },
    /// There is no such staff entry.
    Waits "staff_unknown" StaffUnknown {
        /// Which.
        staff: StaffId,
    },
    /// A key may not be registered.
    Final "key_refused" KeyRefused {
        /// The key.
        key: PublicKey,
        /// Why not.
        #[serde(serialize_with = "display")]
        reason: KeyError,
    },

    // ---- things that must exist ---------------------------------------------------------------------------------
    /// There is no such organisation.
    Waits "organisation_unknown" OrganisationUnknown {
        /// Which.
        organisation: OrganisationId,
    },
    /// There is no such account.
    Waits "account_unknown" AccountUnknown {
        /// Which.
        account: AccountId,
    },
    /// The account is not a person's.
    Final "not_a_person" NotAPerson {
        /// Which.
        account: AccountId,
    },

    // ---- value --------------------------------------------------------------------------------------------------
    /// More is to be spent than is spendable.
    Final "insufficient_minutes" InsufficientMinutes {
        /// Whose.
        account: AccountId,
        /// What is spendable.
        available: Minutes,
        /// What was asked.
        requested: Minutes,
    },
    /// The account would hold too many lots.
    Final "too_many_lots" TooManyLots {
        /// Whose.
        account: AccountId,
    },
}

fn display<T: std::fmt::Display, S: serde::Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The rejection's fields, for logs and developers; people read the catalogue's message.
fn serde_text(rejection: &Rejection) -> String {
    format!("{rejection:?}")
}

impl From<AmountError> for Rejection {
    fn from(_: AmountError) -> Rejection {
        Rejection::NumberOverflow
    }
}

impl From<EnvelopeError> for Rejection {
    fn from(reason: EnvelopeError) -> Rejection {
        Rejection::EnvelopeMalformed { reason }
    }
}

/// Why a transaction could not be carried out: a rule, or the storage below.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It breaks a rule.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The state could not be read; nothing is known about the transaction.
    #[error(transparent)]
    State(#[from] StateError),
}

impl From<AmountError> for Refusal {
    fn from(error: AmountError) -> Refusal {
        Refusal::Rejected(error.into())
    }
}
