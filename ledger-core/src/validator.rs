//! Validators and the sets they form.

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::codec;
use crate::hash::{Domain, Hash, hash, hash_of};
use crate::id::OrganisationId;
use crate::signature::{KeyError, PublicKey};

/// The most validators a set has.
pub const VALIDATORS_MAX: usize = 200;
/// The greatest power of one validator.
pub const POWER_MAX: u64 = 1_000_000;

/// A validator's address: the first 20 bytes of the hash of its consensus key, shown as hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct ValidatorAddress(pub [u8; 20]);

impl ValidatorAddress {
    /// The address of a consensus key.
    pub fn of(key: &PublicKey) -> ValidatorAddress {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&hash(Domain::ValidatorAddress, &[&key.0]).0[..20]);
        ValidatorAddress(bytes)
    }
}

impl fmt::Display for ValidatorAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ValidatorAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ValidatorAddress {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 20];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(ValidatorAddress(bytes))
    }
}

codec::serde_as_text!(ValidatorAddress);

/// An office's node that votes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Validator {
    /// The office.
    pub organisation: OrganisationId,
    /// The key it votes with.
    pub consensus_key: PublicKey,
    /// The key its node is known by in the network.
    pub peer_key: PublicKey,
    /// Its voting power.
    pub power: u64,
}

impl Validator {
    /// Its address.
    pub fn address(&self) -> ValidatorAddress {
        ValidatorAddress::of(&self.consensus_key)
    }
}

/// A non-empty set of validators, sorted by consensus key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(try_from = "Vec<Validator>", into = "Vec<Validator>")]
pub struct ValidatorSet(Vec<Validator>);

/// Why a list is not a validator set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorSetError {
    /// No validators, or more than [`VALIDATORS_MAX`].
    #[error("{count} validators; between 1 and {VALIDATORS_MAX} are needed")]
    Count {
        /// How many.
        count: usize,
    },
    /// Not sorted by consensus key, or a key twice.
    #[error("validators must be sorted by consensus key, each key once")]
    Order,
    /// Two validators with one peer key.
    #[error("peer key {key} belongs to two validators")]
    PeerKeyTwice {
        /// The key.
        key: PublicKey,
    },
    /// A power of 0 or above [`POWER_MAX`].
    #[error("power {power} is not between 1 and {POWER_MAX}")]
    Power {
        /// The power given.
        power: u64,
    },
    /// A key that may not be registered.
    #[error("key {key}: {reason}")]
    Key {
        /// The key.
        key: PublicKey,
        /// Why not.
        reason: KeyError,
    },
}

impl TryFrom<Vec<Validator>> for ValidatorSet {
    type Error = ValidatorSetError;

    fn try_from(validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        ValidatorSet::new(validators)
    }
}

impl From<ValidatorSet> for Vec<Validator> {
    fn from(set: ValidatorSet) -> Self {
        set.0
    }
}

impl ValidatorSet {
    /// Checks a list and makes it a set.
    ///
    /// # Errors
    /// See [`ValidatorSetError`].
    pub fn new(validators: Vec<Validator>) -> Result<ValidatorSet, ValidatorSetError> {
        let count = validators.len();
        if count == 0 || count > VALIDATORS_MAX {
            return Err(ValidatorSetError::Count { count });
        }
        if !validators.is_sorted_by(|left, right| left.consensus_key < right.consensus_key) {
            return Err(ValidatorSetError::Order);
        }
        let mut peers = std::collections::BTreeSet::new();
        for validator in &validators {
            if validator.power == 0 || validator.power > POWER_MAX {
                return Err(ValidatorSetError::Power {
                    power: validator.power,
                });
            }
            for key in [validator.consensus_key, validator.peer_key] {
                key.check_registrable()
                    .map_err(|reason| ValidatorSetError::Key { key, reason })?;
            }
            if !peers.insert(validator.peer_key) {
                return Err(ValidatorSetError::PeerKeyTwice {
                    key: validator.peer_key,
                });
            }
        }
        Ok(ValidatorSet(validators))
    }

    /// The validators, sorted by consensus key.
    pub fn as_slice(&self) -> &[Validator] {
        &self.0
    }

    /// The validator with this address.
    pub fn by_address(&self, address: &ValidatorAddress) -> Option<&Validator> {
        self.0
            .iter()
            .find(|validator| validator.address() == *address)
    }

    /// The power of all.
    pub fn total_power(&self) -> u64 {
        self.0
            .iter()
            .fold(0, |sum, validator| sum.saturating_add(validator.power))
    }

    /// Whether `power` is a quorum: more than two thirds of the whole.
    pub fn is_quorum(&self, power: u64) -> bool {
        u128::from(power).saturating_mul(3) > u128::from(self.total_power()).saturating_mul(2)
    }

    /// The hash that headers carry.
    pub fn set_hash(&self) -> Hash {
        hash_of(Domain::ValidatorSet, self)
    }
}
