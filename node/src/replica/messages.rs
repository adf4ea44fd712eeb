//! What replicas say to each other: borsh, strict and bounded, and never trusted.
//!
//! Decoding checks the shape only. A body or block says by itself whether it is the right one, because its hash is signed
//! elsewhere, so anyone may hand it on.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::{BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, list};
use ledger_core::codec::{self, DecodeError};
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::transaction::{ENVELOPE_BYTES_MAX, EnvelopeError, SealedEnvelope};

use crate::consensus::{ConsensusMessage, MessageError};
use crate::planted::{self, Planted};
use crate::storage::CommittedBlock;

/// Bytes of one request: the hashes of all envelopes of the largest block, and room for what goes with them.
pub const REQUEST_BYTES_MAX: usize = 512 * 1024;
/// Bytes of one response: the largest block with its certificate, and room for what goes with them.
pub const RESPONSE_BYTES_MAX: usize = BLOCK_BYTES_MAX + 1024 * 1024;
/// Bytes of envelopes that travel with the list of a proposal's envelopes.
pub const CARRIED_BYTES_MAX: usize = 64 * 1024;
/// The most blocks in one response.
pub const BLOCKS_IN_RESPONSE_MAX: u16 = 256;

// The list of the largest block, with what it carries along, must fit into one message.
const _: () =
    assert!(BLOCK_TRANSACTIONS_MAX * 32 + CARRIED_BYTES_MAX + 1024 < Topic::Consensus.bytes_max());

/// The kinds of message that go to all peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Proposals, votes and what else consensus needs.
    Consensus,
    /// Groups of transactions.
    Transactions,
    /// What a node says about itself, its height above all.
    Status,
}

impl Topic {
    /// The most bytes a message of this kind has.
    pub const fn bytes_max(self) -> usize {
        match self {
            // A proposal names up to 10,000 envelopes by hashes of 32 bytes, and carries its newest bodies along.
            Topic::Consensus => 512 * 1024,
            // Four times the largest envelope.
            Topic::Transactions => 256 * 1024,
            Topic::Status => 4 * 1024,
        }
    }
}

/// Why bytes from a peer are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerMessageError {
    /// Not the encoding of a message.
    #[error(transparent)]
    Encoding(#[from] DecodeError),
    /// A consensus message out of shape.
    #[error(transparent)]
    Consensus(#[from] MessageError),
    /// An envelope out of shape.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A list longer than any honest one.
    #[error("a list of {count} entries, at most {count_max} are allowed")]
    TooMany {
        /// How many.
        count: usize,
        /// How many are allowed.
        count_max: usize,
    },
}

/// Which envelopes a proposed block holds. The header, with the root over this list, travels in the signed proposal.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProposalBody {
    /// The height.
    pub height: Height,
    /// The block.
    pub block_id: BlockId,
    /// The hashes of its envelopes, in order.
    pub envelope_hashes: Vec<Hash>,
    /// Some of the envelopes: those too new to be with every peer. At most [`CARRIED_BYTES_MAX`].
    pub carried: Vec<Arc<SealedEnvelope>>,
}

impl ProposalBody {
    /// Whether this list is the one a header with this root is about.
    pub fn matches(&self, transactions_root: &Hash) -> bool {
        planted::is(Planted::BodyUnmatched)
            || list::root(&self.envelope_hashes) == *transactions_root
    }

    fn check_shape(&self) -> Result<(), PeerMessageError> {
        check_count(self.envelope_hashes.len(), BLOCK_TRANSACTIONS_MAX)?;
        check_envelopes(&self.carried)
    }
}

/// A message of [`Topic::Consensus`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ValidatorMessage {
    /// For the consensus host.
    Consensus(Box<ConsensusMessage>),
    /// The body of a proposal.
    Body(ProposalBody),
}

/// A message of [`Topic::Transactions`]: transactions on their way to every mempool.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransactionGroup {
    /// In the order in which the sender took them in.
    pub envelopes: Vec<Arc<SealedEnvelope>>,
}

/// A message of [`Topic::Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Announcement {
    /// The newest block the sender has committed.
    pub height: Height,
}

/// What one replica asks of another.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum PeerRequest {
    /// Committed blocks, as many as fit, from a height on.
    Blocks {
        /// The first.
        from: Height,
        /// How many at most.
        count_max: u16,
    },
    /// The list of a proposed block's envelopes.
    Body {
        /// The height.
        height: Height,
        /// The block.
        block_id: BlockId,
    },
    /// Envelopes of a proposed block, as many as fit.
    Envelopes {
        /// The height.
        height: Height,
        /// The block.
        block_id: BlockId,
        /// Which.
        envelope_hashes: Vec<Hash>,
    },
}

/// The answer to a [`PeerRequest`]; an empty one means that the peer has nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum PeerResponse {
    /// Blocks with their certificates, in order and without a gap.
    Blocks(Vec<CommittedBlock>),
    /// The list of a proposed block's envelopes.
    Body(Option<ProposalBody>),
    /// Some of the envelopes asked for.
    Envelopes(Vec<Arc<SealedEnvelope>>),
}

impl ValidatorMessage {
    /// Parses bytes from a peer.
    ///
    /// # Errors
    /// See [`PeerMessageError`].
    pub fn decode(bytes: &[u8]) -> Result<ValidatorMessage, PeerMessageError> {
        let message: ValidatorMessage = codec::decode(bytes, Topic::Consensus.bytes_max())?;
        match &message {
            ValidatorMessage::Consensus(message) => message.check_shape()?,
            ValidatorMessage::Body(body) => body.check_shape()?,
        }
        Ok(message)
    }
}

impl TransactionGroup {
    /// Parses bytes from a peer.
    ///
    /// # Errors
    /// See [`PeerMessageError`].
    pub fn decode(bytes: &[u8]) -> Result<TransactionGroup, PeerMessageError> {
        let group: TransactionGroup = codec::decode(bytes, Topic::Transactions.bytes_max())?;
        check_envelopes(&group.envelopes)?;
        Ok(group)
    }

    /// The messages that carry `envelopes`: as few as their bound allows.
    pub fn encode_all(envelopes: &[Arc<SealedEnvelope>]) -> Vec<Vec<u8>> {
        // A count, and the envelopes one after another.
        const HEAD_BYTES: usize = 4;
        let mut messages = Vec::new();
        let mut group = TransactionGroup {
            envelopes: Vec::new(),
        };
        let mut bytes = HEAD_BYTES;
        for sealed in envelopes {
            let longer = bytes.saturating_add(sealed.bytes().len());
            if longer > Topic::Transactions.bytes_max() && !group.envelopes.is_empty() {
                messages.push(codec::encode(&group));
                group.envelopes.clear();
                bytes = HEAD_BYTES;
            }
            bytes = bytes.saturating_add(sealed.bytes().len());
            group.envelopes.push(Arc::clone(sealed));
        }
        if !group.envelopes.is_empty() {
            messages.push(codec::encode(&group));
        }
        messages
    }
}

impl Announcement {
    /// Parses bytes from a peer.
    ///
    /// # Errors
    /// See [`PeerMessageError`].
    pub fn decode(bytes: &[u8]) -> Result<Announcement, PeerMessageError> {
        Ok(codec::decode(bytes, Topic::Status.bytes_max())?)
    }
}

impl PeerRequest {
    /// Parses bytes from a peer.
    ///
    /// # Errors
    /// See [`PeerMessageError`].
    pub fn decode(bytes: &[u8]) -> Result<PeerRequest, PeerMessageError> {
        let request: PeerRequest = codec::decode(bytes, REQUEST_BYTES_MAX)?;
        if let PeerRequest::Envelopes {
            envelope_hashes, ..
        } = &request
        {
            check_count(envelope_hashes.len(), BLOCK_TRANSACTIONS_MAX)?;
        }
        Ok(request)
    }
}

impl PeerResponse {
    /// Parses bytes from a peer.
    ///
    /// # Errors
    /// See [`PeerMessageError`].
    pub fn decode(bytes: &[u8]) -> Result<PeerResponse, PeerMessageError> {
        let response: PeerResponse = codec::decode(bytes, RESPONSE_BYTES_MAX)?;
        match &response {
            PeerResponse::Blocks(blocks) => {
                check_count(blocks.len(), usize::from(BLOCKS_IN_RESPONSE_MAX))?;
            }
            PeerResponse::Body(Some(body)) => body.check_shape()?,
            PeerResponse::Body(None) => {}
            PeerResponse::Envelopes(envelopes) => check_envelopes(envelopes)?,
        }
        Ok(response)
    }
}

fn check_count(count: usize, count_max: usize) -> Result<(), PeerMessageError> {
    if count > count_max {
        return Err(PeerMessageError::TooMany { count, count_max });
    }
    Ok(())
}

fn check_envelopes(envelopes: &[Arc<SealedEnvelope>]) -> Result<(), PeerMessageError> {
    check_count(envelopes.len(), BLOCK_TRANSACTIONS_MAX)?;
    for sealed in envelopes {
        let length = sealed.bytes().len();
        if length > ENVELOPE_BYTES_MAX {
            return Err(DecodeError::TooLong {
                length,
                length_max: ENVELOPE_BYTES_MAX,
            }
            .into());
        }
        sealed.envelope().check_form()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
