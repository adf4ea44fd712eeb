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
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, Serialize, Deserialize)]
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

/// A list that is in order. That its keys are points of the curve is checked where a set is made: it takes long, and sets
/// are read in every block.
impl BorshDeserialize for ValidatorSet {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        let validators = Vec::<Validator>::deserialize_reader(reader)?;
        check_order(&validators).map_err(std::io::Error::other)?;
        Ok(ValidatorSet(validators))
    }
}

/// Everything a list must be to be a set, but that its keys can be registered.
fn check_order(validators: &[Validator]) -> Result<(), ValidatorSetError> {
    let count = validators.len();
    if count == 0 || count > VALIDATORS_MAX {
        return Err(ValidatorSetError::Count { count });
    }
    if !validators.is_sorted_by(|left, right| left.consensus_key < right.consensus_key) {
        return Err(ValidatorSetError::Order);
    }
    let mut peers = std::collections::BTreeSet::new();
    for validator in validators {
        let (key, power) = (validator.peer_key, validator.power);
        if power == 0 || power > POWER_MAX {
            return Err(ValidatorSetError::Power { power });
        }
        if !peers.insert(key) {
            return Err(ValidatorSetError::PeerKeyTwice { key });
        }
    }
    Ok(())
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
        check_order(&validators)?;
        for validator in &validators {
            for key in [validator.consensus_key, validator.peer_key] {
                key.check_registrable()
                    .map_err(|reason| ValidatorSetError::Key { key, reason })?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{decode, encode};
    use crate::signature::SecretKey;

    fn validator(seed: u8) -> Validator {
        let key = |seed| SecretKey::from_seed(&[seed; 32]).public_key();
        Validator {
            organisation: OrganisationId(320_102_001),
            consensus_key: key(seed),
            peer_key: key(seed.wrapping_add(100)),
            power: 1,
        }
    }

    #[test]
    fn a_list_that_is_no_set_is_not_decoded_as_one() {
        let mut list = vec![validator(1), validator(2), validator(3)];
        list.sort_by_key(|validator| validator.consensus_key);
        let decoded = |list: &Vec<Validator>| decode::<ValidatorSet>(&encode(list), 64 * 1024);
        let set = ValidatorSet::new(list.clone()).unwrap();
        assert_eq!(encode(&set), encode(&list));
        assert_eq!(decoded(&list), Ok(set));
        assert!(decoded(&Vec::new()).is_err(), "nobody");
        assert!(decoded(&vec![list[0].clone(); 2]).is_err(), "twice");
        assert!(decoded(&vec![list[0].clone(); 201]).is_err(), "too many");
        list.swap(0, 1);
        assert!(decoded(&list).is_err(), "out of order");
        list.swap(0, 1);
        list[1].peer_key = list[0].peer_key;
        assert!(decoded(&list).is_err(), "one peer key for two");
        list.truncate(1);
        for power in [0, POWER_MAX + 1] {
            list[0].power = power;
            assert!(decoded(&list).is_err(), "power {power}");
        }
    }
}
