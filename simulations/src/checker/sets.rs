//! The validator sets of a chain as its blocks hand them over, for checkers that count votes.
//!
//! Kept by the checkers themselves, from the genesis document and the operations in the blocks: a node's own record of its
//! validators is one of the things that are judged.

use std::collections::BTreeMap;

use ledger_core::block::Block;
use ledger_core::genesis::Genesis;
use ledger_core::hash::Hash;
use ledger_core::id::Height;
use ledger_core::transaction::Operation;
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};

/// One validator set.
#[derive(Clone, Debug)]
pub(super) struct Members {
    by_address: BTreeMap<ValidatorAddress, Validator>,
    power: u64,
    hash: Hash,
}

impl Members {
    fn new(set: &ValidatorSet) -> Members {
        let by_address: BTreeMap<_, _> = set
            .as_slice()
            .iter()
            .map(|validator| (validator.address(), validator.clone()))
            .collect();
        Members {
            power: by_address.values().map(|validator| validator.power).sum(),
            by_address,
            hash: set.set_hash(),
        }
    }

    /// The validator with this address.
    pub(super) fn member(&self, address: &ValidatorAddress) -> Option<&Validator> {
        self.by_address.get(address)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&ValidatorAddress, &Validator)> {
        self.by_address.iter()
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.by_address.len()
    }

    /// Whether `power` is more than two thirds of the whole.
    pub(super) fn is_quorum(&self, power: u64) -> bool {
        u128::from(power) * 3 > u128::from(self.power) * 2
    }

    /// Whether `power` is more than a third of the whole.
    pub(super) fn is_more_than_a_third(&self, power: u64) -> bool {
        u128::from(power) * 3 > u128::from(self.power)
    }
}

/// The validator sets of a chain.
#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    /// By the first height each decides.
    from: BTreeMap<Height, Members>,
    followed: Height,
}

impl Sets {
    /// Begins with the set of the genesis document.
    pub(super) fn begin(&mut self, genesis: &Genesis) {
        if self.from.is_empty() {
            let members = Members::new(&genesis.validators);
            self.from.insert(Height::GENESIS.next(), members);
        }
    }

    /// Takes note of a block, the first time one is seen at its height.
    ///
    /// # Errors
    /// When its header names sets that its operations do not give.
    pub(super) fn follow(&mut self, block: &Block) -> Result<(), String> {
        let header = &block.header;
        if header.height != self.followed.next() {
            return Ok(());
        }
        self.followed = header.height;
        let Some(current) = self.at(header.height) else {
            return Ok(());
        };
        if current.hash != header.validators_hash {
            return Err(format!(
                "block {} names the validator set {}, and the one in force is {}",
                header.height, header.validators_hash, current.hash
            ));
        }
        let named = block.transactions.iter().rev().find_map(|sealed| {
            match &sealed.transaction().operation {
                Operation::SetValidators(operation) => Some(operation.validators.clone()),
                _ => None,
            }
        });
        let next = named.and_then(|validators| ValidatorSet::new(validators).ok());
        let next = next.map_or_else(|| current.clone(), |set| Members::new(&set));
        if next.hash != header.next_validators_hash {
            return Err(format!(
                "block {} hands over to the validator set {}, and its operations to {}",
                header.height, header.next_validators_hash, next.hash
            ));
        }
        if next.hash != current.hash {
            self.from.insert(header.height.next(), next);
        }
        Ok(())
    }

    /// The set that decides the block at `height`; none when the block before it was not seen yet.
    pub(super) fn at(&self, height: Height) -> Option<&Members> {
        if height > self.followed.next() {
            return None;
        }
        self.from.range(..=height).next_back().map(|(_, set)| set)
    }
}
