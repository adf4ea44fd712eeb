//! What this node signs, logs and says, and what it believes.
//!
//! Signed is logged, logged is synced before it is said. A message the guard refuses gets the void signature, which
//! verifies under no registered key: the core drops it as it would drop a forgery, and it is never said.

use arc_malachitebft_core_consensus::ConsensusMsg;
use arc_malachitebft_core_types::{
    CertificateError, RoundCertificate as CoreRoundCertificate, RoundCertificateType,
    SignedMessage, ThresholdParam, ThresholdParams, ValidatorSet as _,
};
use ledger_core::certificate::{CommitCertificate, SignedVote, VoteStep};
use ledger_core::signature::{PublicKey, Purpose, Signature};

use super::context::{CoreProposal, Ledger, Members, Vote as CoreVote};
use super::shell::Shell;
use super::signing::{self, CertificateFlaw};
use super::signing_guard::LastSigned;
use super::wal::WalEntry;
use super::wire::{ConsensusMessage, SignedProposal};
use super::{Fault, HostEffect, convert};
use crate::planted::{self, Planted};

/// Verifies under no key that may be registered.
const VOID: Signature = Signature([0; 64]);

impl Shell {
    /// Appends an entry, unless it is in the log. The same entry may well be logged twice: the core forgets votes and
    /// certificates of past rounds when it locks a block, and when one comes again, it counts again.
    pub(super) fn append(&mut self, entry: &WalEntry) {
        let bytes = entry.encode();
        if !self.recovered.contains(&bytes) && !self.logged_early.remove(&bytes) {
            self.unsynced = true;
            self.effects.push(HostEffect::WalAppend(bytes));
        }
    }

    /// Before a decision: what this node has signed is on disk. What others have signed need not be: the decision stands on
    /// its certificate, which the owner stores with the block, durably and before anybody hears of it.
    pub(super) fn make_own_durable(&mut self) {
        // If we crash before the block is stored, the others' messages that were not synced are gone. They are in their
        // senders' logs, and every sender that has not decided sends them again; one that has serves the block.
        if self.own_unsynced {
            self.make_durable();
        }
    }

    /// Whatever is said after this is on disk, and the record with it.
    pub(super) fn make_durable(&mut self) {
        self.own_unsynced = false;
        if std::mem::take(&mut self.unsynced) && !planted::is(Planted::LogUnsynced) {
            self.effects.push(HostEffect::WalSync);
        }
        // If we crash here, the log holds the messages that were not sent, and is replayed; the record is merely older.
        if let Some(record) = self.guard.take_due_record()
            && !planted::is(Planted::RecordUnwritten)
        {
            self.effects
                .push(HostEffect::RecordLastSigned(record.encode()));
        }
    }

    pub(super) fn broadcast(&mut self, message: Option<ConsensusMessage>) {
        let Some(message) = message else { return };
        let void = match &message {
            ConsensusMessage::Vote(signed) => signed.signature == VOID,
            ConsensusMessage::Proposal(signed) => signed.signature == VOID,
            _ => false,
        };
        if !void {
            let before = self.effects.len();
            self.make_durable();
            self.effects.push(HostEffect::Broadcast(message));
            if planted::is(Planted::VoteBeforeSync) {
                self.effects[before..].rotate_right(1);
            }
        }
    }

    /// Signs, if the guard allows it, and logs at once: what is signed is logged, whatever the core does with it.
    fn sign(
        &mut self,
        purpose: Purpose,
        message: &[u8],
        wanted: LastSigned,
        entry: impl FnOnce(Signature) -> WalEntry,
    ) -> Signature {
        if !self.voting {
            return VOID;
        }
        if let Err(last) = self.guard.ask(wanted) {
            self.fault(Fault::SigningRefused {
                height: wanted.height,
                round: wanted.round,
                step: wanted.step,
                wanted: wanted.block_id,
                last,
            });
            return VOID;
        }
        let signature = self.key.sign(purpose, message);
        let key = self.key.public_key();
        self.verifier
            .learn((key, purpose.signing_bytes(message), signature));
        self.signed.insert(wanted);
        let entry = entry(signature);
        self.append(&entry);
        self.own_unsynced |= self.unsynced;
        self.logged_early.insert(entry.encode());
        signature
    }

    pub(super) fn sign_vote(&mut self, vote: CoreVote) -> SignedMessage<Ledger, CoreVote> {
        let signature = match convert::vote_from_core(self.chain_id, &vote) {
            None => VOID,
            Some(unsigned) => self.sign(
                Purpose::Vote,
                &unsigned.signed_bytes(),
                LastSigned::of_vote(&unsigned),
                |signature| {
                    WalEntry::Vote(SignedVote {
                        vote: unsigned.clone(),
                        signature,
                    })
                },
            ),
        };
        SignedMessage::new(vote, signature)
    }

    pub(super) fn sign_proposal(
        &mut self,
        proposal: CoreProposal,
    ) -> SignedMessage<Ledger, CoreProposal> {
        let signature = match convert::proposal_from_core(&proposal) {
            None => VOID,
            Some(unsigned) => self.sign(
                Purpose::Proposal,
                &unsigned.signed_bytes(),
                LastSigned::of_proposal(&unsigned),
                |signature| {
                    WalEntry::Proposal(SignedProposal {
                        proposal: unsigned.clone(),
                        signature,
                    })
                },
            ),
        };
        SignedMessage::new(proposal, signature)
    }

    pub(super) fn signature_holds(
        &mut self,
        signed: SignedMessage<Ledger, ConsensusMsg<Ledger>>,
        key: PublicKey,
    ) -> bool {
        if signed.signature == VOID {
            return false;
        }
        if planted::is(Planted::VoteUnverified) && matches!(signed.message, ConsensusMsg::Vote(_)) {
            return true;
        }
        let check = match signed.message {
            ConsensusMsg::Vote(vote) => {
                let signed = SignedMessage::new(vote, signed.signature);
                convert::signed_vote_from_core(self.chain_id, &signed)
                    .map(|signed| signing::vote_check(key, &signed))
            }
            ConsensusMsg::Proposal(proposal) => {
                let signed = SignedMessage::new(proposal, signed.signature);
                convert::signed_proposal_from_core(&signed)
                    .map(|signed| signing::proposal_check(key, &signed))
            }
        };
        check.is_some_and(|check| self.verifier.all_hold(vec![check]))
    }

    pub(super) fn certificate_holds(
        &mut self,
        members: &Members,
        threshold: ThresholdParam,
        message: Option<ConsensusMessage>,
    ) -> Result<(), CertificateError<Ledger>> {
        let votes = message
            .ok_or(CertificateError::VerificationError(None))?
            .votes(self.chain_id);
        signing::check_certificate(&mut self.verifier, members, threshold, &votes).map_err(|flaw| {
            let total = members.total_voting_power();
            match flaw {
                CertificateFlaw::Foreign(address) => CertificateError::UnknownValidator(address),
                CertificateFlaw::Twice(address) => CertificateError::DuplicateVote(address),
                CertificateFlaw::Power(signed) => CertificateError::NotEnoughVotingPower {
                    signed,
                    total,
                    expected: threshold.min_expected(total),
                },
                CertificateFlaw::Signature => CertificateError::VerificationError(None),
            }
        })
    }

    /// Whether a quorum of the validators of this height has precommitted the block of `certificate`.
    pub(super) fn commit_holds(&mut self, certificate: &CommitCertificate) -> bool {
        let members = self.members.clone();
        let message = ConsensusMessage::Commit(certificate.clone());
        self.certificate_holds(&members, ThresholdParams::default().quorum, Some(message))
            .is_ok()
    }

    pub(super) fn round_certificate_holds(
        &mut self,
        certificate: &CoreRoundCertificate<Ledger>,
        members: &Members,
        thresholds: ThresholdParams,
    ) -> Result<(), CertificateError<Ledger>> {
        let threshold = match certificate.cert_type {
            RoundCertificateType::Skip => thresholds.honest,
            RoundCertificateType::Precommit => {
                let prevote = certificate
                    .round_signatures
                    .iter()
                    .find(|one| convert::step_from_core(one.vote_type) == VoteStep::Prevote);
                if let Some(one) = prevote {
                    return Err(CertificateError::InvalidVoteType(one.address));
                }
                thresholds.quorum
            }
        };
        let message = convert::round_from_core(certificate).map(ConsensusMessage::Round);
        self.certificate_holds(members, threshold, message)
    }
}
