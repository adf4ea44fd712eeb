//! What the write-ahead log of a height holds, and its encoding.
//!
//! An entry is an input that changed what the core may say next: a vote or proposal that was accepted, ours included; a
//! block's verdict; a timeout; a polka certificate. Round certificates are logged vote by vote. Fed again in the same
//! order, they make the core say exactly what it said. The verdict is part of it, so that a block is judged once, and
//! by the clock of the day it arrived.
//!
//! The file is not here: storage keeps the entries of one height as opaque byte strings, with checksums of its own, and
//! loses at most a tail that was not synced.

use arc_malachitebft_core_consensus::{Input, ProposedValue};
use arc_malachitebft_core_types::{Round, Validity, ValueOrigin};
use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::Header;
use ledger_core::certificate::SignedVote;
use ledger_core::codec::{self, DecodeError};
use ledger_core::id::{ChainId, Height};
use ledger_core::validator::ValidatorAddress;

use super::BlockValidity;
use super::context::{Address, BlockValue, Height as CoreHeight, Ledger};
use super::convert;
use super::signing_guard::LastSigned;
use super::timeouts::TimeoutKey;
use super::wire::{MESSAGE_BYTES_MAX, PolkaCertificate, SignedProposal};

/// The longest entry, in bytes.
pub const WAL_ENTRY_BYTES_MAX: usize = MESSAGE_BYTES_MAX;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) enum WalEntry {
    Vote(SignedVote),
    Proposal(SignedProposal),
    /// A block and its verdict; also how a block of ours is logged before it is proposed.
    BlockChecked {
        header: Header,
        round: u32,
        valid_round: Option<u32>,
        proposer: ValidatorAddress,
        validity: BlockValidity,
    },
    Timeout(TimeoutKey),
    Polka(PolkaCertificate),
}

impl WalEntry {
    pub(super) fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<WalEntry, DecodeError> {
        codec::decode(bytes, WAL_ENTRY_BYTES_MAX)
    }

    pub(super) fn height(&self) -> Height {
        match self {
            WalEntry::Vote(signed) => signed.vote.height,
            WalEntry::Proposal(signed) => signed.proposal.header.height,
            WalEntry::BlockChecked { header, .. } => header.height,
            WalEntry::Timeout(key) => key.height,
            WalEntry::Polka(polka) => polka.height,
        }
    }

    /// What `validator` signed, if this is a message of its own.
    pub(super) fn signed_by(&self, validator: &ValidatorAddress) -> Option<LastSigned> {
        match self {
            WalEntry::Vote(signed) if signed.vote.validator == *validator => {
                Some(LastSigned::of_vote(&signed.vote))
            }
            WalEntry::Proposal(signed) if signed.proposal.proposer == *validator => {
                Some(LastSigned::of_proposal(&signed.proposal))
            }
            _ => None,
        }
    }

    /// The entry for what the core wants logged; none for inputs it never wants logged.
    pub(super) fn from_core(
        chain_id: ChainId,
        height: Height,
        input: &Input<Ledger>,
    ) -> Option<WalEntry> {
        match input {
            Input::Vote(vote) => convert::signed_vote_from_core(chain_id, vote).map(WalEntry::Vote),
            Input::Proposal(proposal) => {
                convert::signed_proposal_from_core(proposal).map(WalEntry::Proposal)
            }
            Input::ProposedValue(value, _) => Some(WalEntry::BlockChecked {
                header: value.value.header.as_ref().clone(),
                round: value.round.as_u32()?,
                valid_round: value.valid_round.as_u32(),
                proposer: value.proposer.0,
                validity: match value.validity {
                    Validity::Valid => BlockValidity::Valid,
                    Validity::Invalid => BlockValidity::Invalid,
                },
            }),
            Input::TimeoutElapsed(timeout) => {
                TimeoutKey::from_core(height, *timeout).map(WalEntry::Timeout)
            }
            Input::PolkaCertificate(polka) => convert::polka_from_core(polka).map(WalEntry::Polka),
            Input::StartHeight(..)
            | Input::RoundCertificate(_)
            | Input::Propose(_)
            | Input::SyncValueResponse(_) => None,
        }
    }

    pub(super) fn to_core(&self) -> Input<Ledger> {
        match self {
            WalEntry::Vote(signed) => Input::Vote(convert::vote_to_core(signed)),
            WalEntry::Proposal(signed) => Input::Proposal(convert::proposal_to_core(signed)),
            WalEntry::BlockChecked {
                header,
                round,
                valid_round,
                proposer,
                validity,
            } => checked_block(header.clone(), *round, *valid_round, *proposer, *validity),
            WalEntry::Timeout(key) => Input::TimeoutElapsed(key.to_core()),
            WalEntry::Polka(polka) => Input::PolkaCertificate(convert::polka_to_core(polka)),
        }
    }
}

/// The latest message that `validator` signed among the entries of a log; what cannot be read is none.
pub fn latest_signed(entries: &[Vec<u8>], validator: &ValidatorAddress) -> Option<LastSigned> {
    let signed = |entry: &Vec<u8>| WalEntry::decode(entry).ok()?.signed_by(validator);
    entries.iter().filter_map(signed).max()
}

/// Whether an entry of a log says that a block was refused for its time although a proof of lock came with it. A quorum has
/// accepted such a block before, and the clock's bound is for first proposals: an honest node never writes this.
pub fn is_late_judgement_of_time(entry: &[u8]) -> bool {
    matches!(
        WalEntry::decode(entry),
        Ok(WalEntry::BlockChecked {
            valid_round: Some(_),
            validity: BlockValidity::OutOfTime,
            ..
        })
    )
}

/// A block's verdict as the core takes it.
pub(super) fn checked_block(
    header: Header,
    round: u32,
    valid_round: Option<u32>,
    proposer: ValidatorAddress,
    validity: BlockValidity,
) -> Input<Ledger> {
    let value = ProposedValue {
        height: CoreHeight(header.height),
        round: Round::new(round),
        valid_round: Round::from(valid_round),
        proposer: Address(proposer),
        value: BlockValue::new(header),
        validity: match validity {
            BlockValidity::Valid => Validity::Valid,
            BlockValidity::Invalid | BlockValidity::OutOfTime => Validity::Invalid,
        },
    };
    Input::ProposedValue(value, ValueOrigin::Consensus)
}
