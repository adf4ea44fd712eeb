//! What validators say to each other: votes, proposals, and the certificates that bundle votes.
//!
//! One enum, one encoding (strict borsh, `docs/protocol.md`), decoded within named bounds. Decoding checks the shape
//! only: signatures, validators and the chain are checked by the host, which alone knows the height it is at. What
//! has been decoded here is well formed: no list is longer than a validator set, no round is beyond [`ROUND_MAX`], a
//! proof-of-lock round lies before the round it is used in.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::Header;
use ledger_core::certificate::{CommitCertificate, CommitSignature, SignedVote, Vote, VoteStep};
use ledger_core::codec::{self, DecodeError};
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::signature::Signature;
use ledger_core::validator::{VALIDATORS_MAX, ValidatorAddress};

/// The longest encoding of a message, in bytes: a round certificate of [`VALIDATORS_MAX`] votes fits.
pub const MESSAGE_BYTES_MAX: usize = 32 * 1024;
/// The highest round a message may name. At the shortest timeouts a height would need days to get there, and the
/// core's round arithmetic stays far from the end of its type.
pub const ROUND_MAX: u32 = 1_000_000;

/// Bytes of one vote in a round certificate: step, optional block id, validator, signature.
const ROUND_VOTE_BYTES: usize = 1 + 33 + 20 + 64;
const _: () = assert!(VALIDATORS_MAX * ROUND_VOTE_BYTES + 64 < MESSAGE_BYTES_MAX);

/// What the proposer of a round signs: "in this round I propose the block under this header".
///
/// The header names the chain and the height, so the signature is void on any other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Proposal {
    /// The round.
    pub round: u32,
    /// The round in which the block had a quorum of prevotes (its proof of lock); none when it is proposed first.
    pub valid_round: Option<u32>,
    /// The block's header. Its body travels separately.
    pub header: Header,
    /// Who proposes; in a re-proposal not the one who built the block.
    pub proposer: ValidatorAddress,
}

impl Proposal {
    /// The bytes signed, after the prefix of `Purpose::Proposal`.
    pub fn signed_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }
}

/// A proposal with its signature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct SignedProposal {
    /// The proposal.
    pub proposal: Proposal,
    /// By the proposer's consensus key.
    pub signature: Signature,
}

/// A quorum of prevotes for one block in one round.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PolkaCertificate {
    /// The height.
    pub height: Height,
    /// The round.
    pub round: u32,
    /// The block.
    pub block_id: BlockId,
    /// The prevotes.
    pub signatures: Vec<CommitSignature>,
}

/// What a round certificate justifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RoundCertificateKind {
    /// More than a third of the power has voted in `round`: enter it.
    Skip,
    /// A quorum has precommitted in `round`, for whatever: enter the round after it when its timeout has passed.
    Precommit,
}

/// One vote of a round certificate.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RoundVote {
    /// The step.
    pub step: VoteStep,
    /// The block voted for; none is nil.
    pub block_id: Option<BlockId>,
    /// Who voted.
    pub validator: ValidatorAddress,
    /// Over the vote.
    pub signature: Signature,
}

/// Votes of one round that justify entering it, or the one after it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RoundCertificate {
    /// The height.
    pub height: Height,
    /// The round of the votes.
    pub round: u32,
    /// What it justifies.
    pub kind: RoundCertificateKind,
    /// The votes.
    pub votes: Vec<RoundVote>,
}

/// A message between validators.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ConsensusMessage {
    /// A prevote or precommit.
    Vote(SignedVote),
    /// A proposal; its block's body travels separately.
    Proposal(SignedProposal),
    /// Sent with a re-proposal, so that everyone can accept it.
    Polka(PolkaCertificate),
    /// Sent when entering a round above 0, so that everyone can follow.
    Round(RoundCertificate),
    /// The answer to a validator that still votes at a height its peers have decided.
    Commit(CommitCertificate),
}

/// Why bytes from a peer are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Not the encoding of a message.
    #[error(transparent)]
    Encoding(#[from] DecodeError),
    /// More signatures than a validator set has members.
    #[error("{count} signatures; a validator set has at most {VALIDATORS_MAX} members")]
    TooManySignatures {
        /// How many.
        count: usize,
    },
    /// A round beyond [`ROUND_MAX`].
    #[error("round {round} is beyond {ROUND_MAX}, the highest a message may name")]
    Round {
        /// The round.
        round: u32,
    },
    /// A proof-of-lock round that does not lie before the proposal's round.
    #[error("proof-of-lock round {valid_round} does not lie before round {round}")]
    ValidRound {
        /// The proof-of-lock round.
        valid_round: u32,
        /// The proposal's round.
        round: u32,
    },
}

impl ConsensusMessage {
    /// The bytes that are sent.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Parses bytes from a peer.
    ///
    /// # Errors
    /// See [`MessageError`].
    pub fn decode(bytes: &[u8]) -> Result<ConsensusMessage, MessageError> {
        let message: ConsensusMessage = codec::decode(bytes, MESSAGE_BYTES_MAX)?;
        message.check_shape()?;
        Ok(message)
    }

    /// The height it is about.
    pub fn height(&self) -> Height {
        match self {
            ConsensusMessage::Vote(signed) => signed.vote.height,
            ConsensusMessage::Proposal(signed) => signed.proposal.header.height,
            ConsensusMessage::Polka(certificate) => certificate.height,
            ConsensusMessage::Round(certificate) => certificate.height,
            ConsensusMessage::Commit(certificate) => certificate.height,
        }
    }

    /// The round it is about.
    pub fn round(&self) -> u32 {
        match self {
            ConsensusMessage::Vote(signed) => signed.vote.round,
            ConsensusMessage::Proposal(signed) => signed.proposal.round,
            ConsensusMessage::Polka(certificate) => certificate.round,
            ConsensusMessage::Round(certificate) => certificate.round,
            ConsensusMessage::Commit(certificate) => certificate.round,
        }
    }

    /// What holds for every message, whoever made it and however it reached the host.
    pub(crate) fn check_shape(&self) -> Result<(), MessageError> {
        let round = self.round();
        if round > ROUND_MAX {
            return Err(MessageError::Round { round });
        }
        let count = match self {
            ConsensusMessage::Vote(_) => 1,
            ConsensusMessage::Proposal(signed) => match signed.proposal.valid_round {
                Some(valid_round) if valid_round >= round => {
                    return Err(MessageError::ValidRound { valid_round, round });
                }
                _ => 1,
            },
            ConsensusMessage::Polka(certificate) => certificate.signatures.len(),
            ConsensusMessage::Round(certificate) => certificate.votes.len(),
            ConsensusMessage::Commit(certificate) => certificate.signatures.len(),
        };
        if count > VALIDATORS_MAX {
            return Err(MessageError::TooManySignatures { count });
        }
        Ok(())
    }

    /// The votes it carries, each with its signature.
    pub(crate) fn votes(&self, chain_id: ChainId) -> Vec<SignedVote> {
        let vote = |step, block_id, validator, signature| SignedVote {
            vote: Vote {
                chain_id,
                height: self.height(),
                round: self.round(),
                step,
                block_id,
                validator,
            },
            signature,
        };
        let all = |step, block_id, signatures: &[CommitSignature]| {
            signatures
                .iter()
                .map(|one| vote(step, Some(block_id), one.validator, one.signature))
                .collect()
        };
        match self {
            ConsensusMessage::Vote(signed) => vec![signed.clone()],
            ConsensusMessage::Proposal(_) => Vec::new(),
            ConsensusMessage::Polka(polka) => {
                all(VoteStep::Prevote, polka.block_id, &polka.signatures)
            }
            ConsensusMessage::Commit(commit) => {
                all(VoteStep::Precommit, commit.block_id, &commit.signatures)
            }
            ConsensusMessage::Round(certificate) => certificate
                .votes
                .iter()
                .map(|one| vote(one.step, one.block_id, one.validator, one.signature))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::hash::Hash;

    use super::*;

    fn round_certificate(count: usize) -> ConsensusMessage {
        let vote = RoundVote {
            step: VoteStep::Precommit,
            block_id: Some(BlockId(Hash([1; 32]))),
            validator: ValidatorAddress([2; 20]),
            signature: Signature([3; 64]),
        };
        ConsensusMessage::Round(RoundCertificate {
            height: Height(u64::MAX),
            round: ROUND_MAX,
            kind: RoundCertificateKind::Skip,
            votes: vec![vote; count],
        })
    }

    #[test]
    fn the_largest_message_fits_and_a_larger_one_is_refused() {
        let largest = round_certificate(VALIDATORS_MAX);
        assert_eq!(ConsensusMessage::decode(&largest.encode()), Ok(largest));
        let count = VALIDATORS_MAX + 1;
        assert_eq!(
            ConsensusMessage::decode(&round_certificate(count).encode()),
            Err(MessageError::TooManySignatures { count })
        );
        let endless = vec![0; MESSAGE_BYTES_MAX + 1];
        assert!(matches!(
            ConsensusMessage::decode(&endless),
            Err(MessageError::Encoding(DecodeError::TooLong { .. }))
        ));
    }

    #[test]
    fn rounds_that_make_no_sense_are_refused() {
        let header = Header {
            version: 1,
            chain_id: ChainId::default(),
            height: Height(1),
            time_ms: Default::default(),
            parent: BlockId::default(),
            proposer: ValidatorAddress([0; 20]),
            transactions_root: Hash::ZERO,
            receipts_root: Hash::ZERO,
            state_root: Hash::ZERO,
            validators_hash: Hash::ZERO,
            next_validators_hash: Hash::ZERO,
            last_set_change: Height(0),
        };
        let proposal = |round, valid_round| {
            let proposal = Proposal {
                round,
                valid_round,
                header: header.clone(),
                proposer: ValidatorAddress([0; 20]),
            };
            let signature = Signature([0; 64]);
            let message = ConsensusMessage::Proposal(SignedProposal {
                proposal,
                signature,
            });
            ConsensusMessage::decode(&message.encode()).map(|_| ())
        };
        assert_eq!(proposal(2, Some(1)), Ok(()));
        let error = MessageError::ValidRound {
            valid_round: 2,
            round: 2,
        };
        assert_eq!(proposal(2, Some(2)), Err(error));
        let round = ROUND_MAX + 1;
        assert_eq!(proposal(round, None), Err(MessageError::Round { round }));
    }

    #[test]
    fn encodings_are_pinned() {
        let signed = SignedVote {
            vote: Vote {
                chain_id: ChainId(Hash([1; 32])),
                height: Height(2),
                round: 3,
                step: VoteStep::Precommit,
                block_id: Some(BlockId(Hash([4; 32]))),
                validator: ValidatorAddress([5; 20]),
            },
            signature: Signature([6; 64]),
        };
        let expected = [
            "00",
            &"01".repeat(32),
            "0200000000000000",
            "03000000",
            "01",
            "01",
            &"04".repeat(32),
            &"05".repeat(20),
            &"06".repeat(64),
        ];
        let message = ConsensusMessage::Vote(signed);
        assert_eq!(hex::encode(message.encode()), expected.concat());
        let expected = [
            "03",
            "ffffffffffffffff",
            "40420f00",
            "00",
            "01000000",
            "01",
            "01",
            &"01".repeat(32),
            &"02".repeat(20),
            &"03".repeat(64),
        ];
        assert_eq!(
            hex::encode(round_certificate(1).encode()),
            expected.concat()
        );
    }

    proptest::proptest! {
        #[test]
        fn no_mutation_decodes_to_the_same_message(at in 0usize..1_000, flip in 1u8..) {
            let message = round_certificate(8);
            let mut bytes = message.encode();
            let place = at % bytes.len();
            bytes[place] ^= flip;
            if let Ok(other) = ConsensusMessage::decode(&bytes) {
                proptest::prop_assert_ne!(&other, &message);
                proptest::prop_assert_eq!(other.encode(), bytes);
            }
        }

        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let _ = ConsensusMessage::decode(&bytes);
        }
    }
}
