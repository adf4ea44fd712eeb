//! Names of things: accounts, organisations, staff, orders, budgets, codes.
//!
//! Ids derived from a transaction are the first 20 bytes of a domain-separated hash of its id, so an id can be computed
//! before the transaction is submitted and can belong to one thing only. What people see is bech32m with a prefix per
//! kind, which catches a mistyped character (`docs/protocol.md`, section "Identifiers").

use std::fmt;
use std::str::FromStr;

use bech32::{Bech32m, Hrp};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::codec;
use crate::hash::{Domain, Hash, hash};

/// A text that does not name what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not bech32m: a character is wrong, missing or too many.
    #[error("not a valid identifier; a character is wrong or missing")]
    Checksum,
    /// A valid identifier of another kind.
    #[error("an identifier of another kind; this one begins with `{expected}1`")]
    Kind {
        /// The prefix that was needed.
        expected: &'static str,
    },
    /// The right prefix with the wrong number of bytes.
    #[error("an identifier of the wrong length")]
    Length,
}

fn to_text(prefix: &'static str, bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let hrp = Hrp::parse(prefix).expect("the prefixes in this file are valid");
    bech32::encode_to_fmt::<Bech32m, _>(f, hrp, bytes).map_err(|_| fmt::Error)
}

fn from_text<const N: usize>(prefix: &'static str, text: &str) -> Result<[u8; N], IdError> {
    let parsed = bech32::primitives::decode::CheckedHrpstring::new::<Bech32m>(text)
        .map_err(|_| IdError::Checksum)?;
    if parsed.hrp().to_lowercase() != prefix {
        return Err(IdError::Kind { expected: prefix });
    }
    let mut bytes = [0; N];
    let mut data = parsed.byte_iter();
    for byte in &mut bytes {
        *byte = data.next().ok_or(IdError::Length)?;
    }
    if data.next().is_some() {
        Err(IdError::Length)
    } else {
        Ok(bytes)
    }
}

macro_rules! derived_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $domain:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
        pub struct $name(pub [u8; 20]);

        impl $name {
            /// The prefix of the form shown to people.
            pub const PREFIX: &'static str = $prefix;

            /// The id of what the transaction `transaction` creates.
            pub fn derive(transaction: TransactionId) -> Self {
                Self::from_seed(&transaction.0)
            }

            /// The id for `seed`, a transaction's id or, in genesis, an identity commitment.
            pub fn from_seed(seed: &Hash) -> Self {
                let full = hash(Domain::$domain, &[seed.as_bytes()]);
                let mut bytes = [0; 20];
                bytes.copy_from_slice(&full.0[..20]);
                $name(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                to_text(Self::PREFIX, &self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                from_text(Self::PREFIX, text).map($name)
            }
        }

        codec::serde_as_text!($name);
    };
}

derived_id! {
    /// An account: `tba1…`.
    AccountId, "tba", Account
}
derived_id! {
    /// A service order: `tbs1…`.
    OrderId, "tbs", Order
}
derived_id! {
    /// A budget line: `tbb1…`.
    BudgetId, "tbb", Budget
}

/// An organisation, by its division code: 6 digits for a city or district (GB/T 2260), 9 for a street office, 12 for a
/// service point. Shown as `tbo1…`; the bare digits are understood too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct OrganisationId(pub u64);

impl OrganisationId {
    /// The prefix of the form shown to people.
    pub const PREFIX: &'static str = "tbo";
}

impl fmt::Display for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        to_text(Self::PREFIX, &self.0.to_be_bytes(), f)
    }
}

impl fmt::Debug for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for OrganisationId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.parse::<u64>() {
            Ok(code) => Ok(OrganisationId(code)),
            Err(_) => {
                from_text(Self::PREFIX, text).map(|bytes| OrganisationId(u64::from_be_bytes(bytes)))
            }
        }
    }
}

codec::serde_as_text!(OrganisationId);

/// A staff entry: an organisation and a number within it, shown as `tbo1…/7`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct StaffId {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The number within the organisation.
    pub number: u32,
}

impl fmt::Display for StaffId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.organisation, self.number)
    }
}

impl fmt::Debug for StaffId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}/{}", self.organisation, self.number)
    }
}

impl FromStr for StaffId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (organisation, number) = text.split_once('/').ok_or(IdError::Length)?;
        Ok(StaffId {
            organisation: organisation.parse()?,
            number: number.parse().map_err(|_| IdError::Length)?,
        })
    }
}

codec::serde_as_text!(StaffId);

macro_rules! hash_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Hash);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = hex::FromHexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }
    };
}

hash_id! {
    /// A chain: the hash of its genesis document.
    ChainId
}
hash_id! {
    /// A transaction: the hash of the bytes its signers sign.
    TransactionId
}
hash_id! {
    /// A block: the hash of its header.
    BlockId
}

/// A block's height; the first block has height 1, genesis is height 0.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Height(pub u64);

impl Height {
    /// Genesis.
    pub const GENESIS: Height = Height(0);

    /// The height after.
    #[must_use]
    pub const fn next(self) -> Height {
        Height(self.0.saturating_add(1))
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $letter:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
        pub struct $name(pub u16);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{:02}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let digits = text.strip_prefix($letter).ok_or(IdError::Checksum)?;
                digits.parse().map($name).map_err(|_| IdError::Checksum)
            }
        }

        codec::serde_as_text!($name);
    };
}

code! {
    /// A coarse kind of service from the city's catalogue, shown as `S01`.
    ServiceCode, "S"
}
code! {
    /// A programme an account belongs to, shown as `P07`; what it means lives off the ledger.
    ProgrammeCode, "P"
}
code! {
    /// An item of a merchant's catalogue, shown as `I03`.
    ItemCode, "I"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_catch_a_wrong_character() {
        let id = AccountId::derive(TransactionId(Hash::ZERO));
        let text = id.to_string();
        assert!(text.starts_with("tba1"));
        assert_eq!(text.parse::<AccountId>(), Ok(id));
        assert_eq!(
            text.parse::<OrderId>(),
            Err(IdError::Kind { expected: "tbs" })
        );
        let last = if text.ends_with('q') { 'p' } else { 'q' };
        let wrong = format!("{}{last}", &text[..text.len() - 1]);
        assert_eq!(wrong.parse::<AccountId>(), Err(IdError::Checksum));
    }

    #[test]
    fn organisations_are_named_by_code_or_text() {
        let id = OrganisationId(320_102);
        assert_eq!("320102".parse(), Ok(id));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(
            "320102/7".parse(),
            Ok(StaffId {
                organisation: id,
                number: 7
            })
        );
        assert_eq!("P07".parse(), Ok(ProgrammeCode(7)));
    }
}
