//! Malachite's `Context`, filled with the ledger's types.
//!
//! The core is generic; here it is told what a height, an address, a validator, a value and a vote are. The orphan rule
//! asks for wrappers around ledger-core's types; they carry nothing more than those do. A value is a block's header,
//! and its id is the block id: bodies never enter the core.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arc_malachitebft_core_types as core;
use arc_malachitebft_core_types::{NilOrVal, Round, VoteType, VotingPower};
use ledger_core::block::Header;
use ledger_core::id::{BlockId, Height as LedgerHeight};
use ledger_core::signature::{PublicKey, SecretKey, Signature};
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};

/// The core's view of this ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ledger;

/// A height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Height(pub(crate) LedgerHeight);

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::Height for Height {
    const ZERO: Self = Height(LedgerHeight::GENESIS);
    const INITIAL: Self = Height(LedgerHeight(1));

    fn increment_by(&self, n: u64) -> Self {
        Height(LedgerHeight(self.0.0.saturating_add(n)))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0
            .0
            .checked_sub(n)
            .map(|height| Height(LedgerHeight(height)))
    }

    fn as_u64(&self) -> u64 {
        self.0.0
    }
}

/// A validator's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address(pub(crate) ValidatorAddress);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::Address for Address {}

/// A validator, its address computed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    address: Address,
    key: PublicKey,
    power: u64,
}

impl core::Validator<Ledger> for Member {
    fn address(&self) -> &Address {
        &self.address
    }

    fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn voting_power(&self) -> VotingPower {
        self.power
    }
}

/// A validator set, shared: the core clones it for every certificate it has verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Members(Arc<MembersInner>);

#[derive(Debug, PartialEq, Eq)]
struct MembersInner {
    members: Vec<Member>,
    by_address: BTreeMap<Address, usize>,
    power: u64,
    /// Where each member's share of proposing turns begins, see [`proposer_index`].
    turns: Vec<u64>,
}

impl Members {
    pub(crate) fn new(set: &ValidatorSet) -> Members {
        let members: Vec<Member> = set
            .as_slice()
            .iter()
            .map(|validator| Member {
                address: Address(validator.address()),
                key: validator.consensus_key,
                power: validator.power,
            })
            .collect();
        Members(Arc::new(MembersInner {
            by_address: members
                .iter()
                .enumerate()
                .map(|(index, member)| (member.address, index))
                .collect(),
            power: set.total_power(),
            turns: turns(set.as_slice()),
            members,
        }))
    }

    /// The consensus key of a validator.
    pub(crate) fn key(&self, address: &ValidatorAddress) -> Option<PublicKey> {
        self.member(&Address(*address)).map(|member| member.key)
    }

    pub(crate) fn member(&self, address: &Address) -> Option<&Member> {
        let index = *self.0.by_address.get(address)?;
        self.0.members.get(index)
    }
}

impl core::ValidatorSet<Ledger> for Members {
    fn count(&self) -> usize {
        self.0.members.len()
    }

    fn total_voting_power(&self) -> VotingPower {
        self.0.power
    }

    fn get_by_address(&self, address: &Address) -> Option<&Member> {
        self.member(address)
    }

    fn get_by_index(&self, index: usize) -> Option<&Member> {
        self.0.members.get(index)
    }
}

/// The validator whose turn it is to propose at `height` in `round`.
///
/// In round 0 turns go by power: powers are divided by their greatest common divisor, so that equal powers take turns
/// strictly, and heights step through the shares with a stride near the golden section, so that a powerful validator's
/// turns are spread. Each further round passes to the next validator in the set's order, whatever its power: a silent
/// proposer costs one round.
pub fn proposer(set: &ValidatorSet, height: LedgerHeight, round: u32) -> &Validator {
    let validators = set.as_slice();
    &validators[proposer_index(&turns(validators), height, round)]
}

/// The running sums of the reduced powers.
fn turns(validators: &[Validator]) -> Vec<u64> {
    let divisor = validators
        .iter()
        .fold(0, |divisor, validator| {
            greatest_common_divisor(divisor, validator.power)
        })
        .max(1);
    validators
        .iter()
        .scan(0u64, |sum, validator| {
            *sum = sum.saturating_add(validator.power / divisor);
            Some(*sum)
        })
        .collect()
}

fn proposer_index(turns: &[u64], height: LedgerHeight, round: u32) -> usize {
    let total = turns.last().copied().unwrap_or(1).max(1);
    let slot = u128::from(height.0 % total) * u128::from(stride(total)) % u128::from(total);
    let first = turns.partition_point(|end| u128::from(*end) <= slot);
    let skipped = usize::try_from(round).unwrap_or(0) % turns.len();
    (first + skipped) % turns.len()
}

/// A number near 0.618 × `total` without a common divisor with it, so that every slot has its turn.
fn stride(total: u64) -> u64 {
    let start = (total.saturating_mul(618) / 1_000).max(1);
    (start..=total)
        .find(|candidate| greatest_common_divisor(*candidate, total) == 1)
        .unwrap_or(1)
}

fn greatest_common_divisor(mut left: u64, mut right: u64) -> u64 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

/// What the core decides on: a header, with its id computed once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BlockValue {
    id: BlockId,
    pub(crate) header: Arc<Header>,
}

impl BlockValue {
    pub(crate) fn new(header: Header) -> BlockValue {
        BlockValue {
            id: header.id(),
            header: Arc::new(header),
        }
    }
}

impl core::Value for BlockValue {
    type Id = BlockId;

    fn id(&self) -> BlockId {
        self.id
    }
}

/// A vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vote {
    pub(crate) height: Height,
    pub(crate) round: Round,
    pub(crate) step: VoteType,
    pub(crate) value: NilOrVal<BlockId>,
    pub(crate) validator: Address,
}

impl core::Vote<Ledger> for Vote {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<BlockId> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<BlockId> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        self.step
    }

    fn validator_address(&self) -> &Address {
        &self.validator
    }

    /// Vote extensions are not used.
    fn extension(&self) -> Option<&core::SignedExtension<Ledger>> {
        None
    }

    fn take_extension(&mut self) -> Option<core::SignedExtension<Ledger>> {
        None
    }

    fn extend(self, _: core::SignedExtension<Ledger>) -> Self {
        self
    }
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CoreProposal {
    pub(crate) round: Round,
    pub(crate) value: BlockValue,
    pub(crate) pol_round: Round,
    pub(crate) proposer: Address,
    pub(crate) height: Height,
}

impl core::Proposal<Ledger> for CoreProposal {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &BlockValue {
        &self.value
    }

    fn take_value(self) -> BlockValue {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Address {
        &self.proposer
    }
}

/// Bodies do not travel through the core, so there are no parts.
impl core::ProposalPart<Ledger> for () {
    fn is_first(&self) -> bool {
        true
    }

    fn is_last(&self) -> bool {
        true
    }
}

/// Ed25519 by the ZIP-215 rule, as everywhere in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ed25519;

/// Bytes of the wrong length.
#[derive(Debug, thiserror::Error)]
#[error("{length} bytes, {expected} expected")]
pub(crate) struct LengthError {
    length: usize,
    expected: usize,
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], LengthError> {
    bytes.try_into().map_err(|_| LengthError {
        length: bytes.len(),
        expected: N,
    })
}

impl core::SigningScheme for Ed25519 {
    type DecodingError = LengthError;
    type Signature = Signature;
    type PublicKey = PublicKey;
    type PrivateKey = SecretKey;

    fn decode_signature(bytes: &[u8]) -> Result<Signature, LengthError> {
        array(bytes).map(Signature)
    }

    fn encode_signature(signature: &Signature) -> Vec<u8> {
        signature.0.to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, LengthError> {
        array(bytes).map(PublicKey)
    }

    fn encode_public_key(key: &PublicKey) -> Vec<u8> {
        key.0.to_vec()
    }
}

impl core::Context for Ledger {
    type Address = Address;
    type Height = Height;
    type ProposalPart = ();
    type Proposal = CoreProposal;
    type Validator = Member;
    type ValidatorSet = Members;
    type Timeouts = core::LinearTimeouts;
    type Value = BlockValue;
    type Vote = Vote;
    type Extension = ();
    type SigningScheme = Ed25519;

    fn select_proposer<'a>(&self, set: &'a Members, height: Height, round: Round) -> &'a Member {
        let round = round.as_u32().unwrap_or(0);
        &set.0.members[proposer_index(&set.0.turns, height.0, round)]
    }

    fn new_proposal(
        &self,
        height: Height,
        round: Round,
        value: BlockValue,
        pol_round: Round,
        address: Address,
    ) -> CoreProposal {
        CoreProposal {
            round,
            value,
            pol_round,
            proposer: address,
            height,
        }
    }

    fn new_prevote(
        &self,
        height: Height,
        round: Round,
        value: NilOrVal<BlockId>,
        validator: Address,
    ) -> Vote {
        Vote {
            height,
            round,
            step: VoteType::Prevote,
            value,
            validator,
        }
    }

    fn new_precommit(
        &self,
        height: Height,
        round: Round,
        value: NilOrVal<BlockId>,
        validator: Address,
    ) -> Vote {
        Vote {
            step: VoteType::Precommit,
            ..self.new_prevote(height, round, value, validator)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consensus::tests::set_of;

    #[test]
    fn equal_powers_take_turns_and_a_silent_proposer_is_followed_by_the_next() {
        let set = set_of(&[0, 1, 2, 3, 4, 5, 6]);
        let of = |height, round| proposer(&set, LedgerHeight(height), round).address();
        let seven: std::collections::BTreeSet<_> = (50..57).map(|height| of(height, 0)).collect();
        assert_eq!(seven.len(), 7);
        let rounds: std::collections::BTreeSet<_> = (0..7).map(|round| of(50, round)).collect();
        assert_eq!(rounds.len(), 7);
        assert_ne!(of(50, u32::MAX), of(50, u32::MAX - 1));
    }

    #[test]
    fn unequal_powers_propose_in_proportion() {
        let mut validators: Vec<_> = set_of(&[0, 1, 2]).as_slice().to_vec();
        for (validator, power) in validators.iter_mut().zip([600, 200, 100]) {
            validator.power = power;
        }
        let set = ValidatorSet::new(validators).unwrap();
        let counts: Vec<usize> = set
            .as_slice()
            .iter()
            .map(|validator| {
                (0..900u64)
                    .filter(|height| {
                        proposer(&set, LedgerHeight(*height), 0).consensus_key
                            == validator.consensus_key
                    })
                    .count()
            })
            .collect();
        assert_eq!(counts, [600, 200, 100]);
    }
}
