//! Messages of peers: which of them the core gets to see, which are kept, which are answered.
//!
//! A message is for the height in progress, for a later one, or for an earlier one, and each of the three has its own
//! way. Nothing that is kept or answered is unverified, but for the small pool of validators not known yet.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use arc_malachitebft_core_consensus::Input;
use ledger_core::block::HEADER_VERSION;
use ledger_core::certificate::{CommitCertificate, SignedVote, VoteStep};
use ledger_core::id::Height;
use ledger_core::signature::{PublicKey, Signature};
use ledger_core::validator::{VALIDATORS_MAX, ValidatorAddress};

use super::context::Members;
use super::host::{Host, Phase};
use super::shell::{Decision, Shell};
use super::signing::{proposal_check, vote_check};
use super::signing_guard::LastSigned;
use super::wire::{ConsensusMessage, SignedProposal};
use super::{HostEffect, convert, future};
use crate::planted::{self, Planted};

/// How many votes for the height decided last are told apart, to notice validators that repeat theirs.
pub(super) const LATE_VOTES_MAX: usize = 4 * VALIDATORS_MAX;
/// The height decided last, kept to answer validators that have not got there.
pub(super) struct LastDecided {
    pub(super) certificate: CommitCertificate,
    /// Its validators; none when it was decided before a restart, then those of the next height stand in.
    pub(super) members: Option<Members>,
    /// Votes that have been seen. One that comes again is a retransmission: its sender lags.
    pub(super) seen: BTreeSet<(ValidatorAddress, u32, VoteStep)>,
}

impl Host {
    pub(super) fn receive(&mut self, message: ConsensusMessage) {
        let Some(shell) = &self.shell else { return };
        if message.check_shape().is_err() || !is_of_chain(&message, shell) {
            return;
        }
        let height = message.height();
        match (height.cmp(&shell.height), self.phase) {
            (Ordering::Equal, Phase::Running) => self.receive_current(message),
            (Ordering::Equal, Phase::Awaiting) | (Ordering::Greater, _) => {
                self.receive_early(message)
            }
            (Ordering::Equal, Phase::Decided) | (Ordering::Less, _) => self.receive_late(&message),
        }
    }

    fn receive_current(&mut self, message: ConsensusMessage) {
        self.look_for_own_key(&message);
        let input = match message {
            ConsensusMessage::Vote(signed) => Input::Vote(convert::vote_to_core(&signed)),
            ConsensusMessage::Proposal(signed) => {
                Input::Proposal(convert::proposal_to_core(&signed))
            }
            ConsensusMessage::Polka(polka) => {
                Input::PolkaCertificate(convert::polka_to_core(&polka))
            }
            ConsensusMessage::Round(certificate) => {
                Input::RoundCertificate(convert::round_to_core(&certificate))
            }
            ConsensusMessage::Commit(certificate) => return self.accept_commit(certificate),
        };
        self.step(input);
    }

    /// A peer says that this height is decided, and proves it.
    fn accept_commit(&mut self, mut certificate: CommitCertificate) {
        let Some(shell) = &mut self.shell else { return };
        let proven = shell.commit_holds(&certificate) || planted::is(Planted::DecisionUnproven);
        if shell.decision.is_none() && proven {
            certificate.signatures.sort_by_key(|one| one.validator);
            shell.decision = Some(Decision {
                certificate,
                by_votes: false,
            });
        }
    }

    /// Keeps a message for a height that has not started.
    fn receive_early(&mut self, message: ConsensusMessage) {
        let Some(shell) = &mut self.shell else { return };
        let height = message.height();
        let Some((validator, _, _)) = future::slot(&message) else {
            // Certificates for later heights come again when those are in progress.
            return;
        };
        let far = !future::is_near(shell.height, height);
        let room = self.future.has_room(shell.height, &message);
        if (far && self.far_ahead) || (!far && !room) {
            return;
        }
        let Some(key) = shell.members.key(&validator) else {
            // Perhaps a validator from that height on; the pool is small, and retransmission heals the rest.
            if height > shell.height && room {
                self.future.keep_unverified(message);
            }
            return;
        };
        if !shell.verifier.all_hold(checks(&message, key)) {
            return;
        }
        if validator == shell.own {
            self.look_for_own_key(&message);
            return;
        }
        if !far {
            self.future.keep(message);
        }
        self.announce(height, Some(validator));
    }

    pub(super) fn announce(&mut self, height: Height, validator: Option<ValidatorAddress>) {
        let (Some(shell), Some(validator)) = (&mut self.shell, validator) else {
            return;
        };
        let news = if future::is_near(shell.height, height) {
            self.ahead.insert(height)
        } else {
            !std::mem::replace(&mut self.far_ahead, true)
        };
        if news {
            shell
                .effects
                .push(HostEffect::PeerAhead { validator, height });
        }
    }

    /// Answers a validator that repeats its vote for the height decided last.
    fn receive_late(&mut self, message: &ConsensusMessage) {
        let (Some(last), Some(shell), ConsensusMessage::Vote(signed)) =
            (&mut self.last_decided, &mut self.shell, message)
        else {
            return;
        };
        let vote = &signed.vote;
        let (height, own) = (last.certificate.height, shell.own);
        let members = last.members.as_ref().unwrap_or(&shell.members);
        let Some(key) = members.key(&vote.validator) else {
            return;
        };
        if vote.height != height || vote.validator == own {
            return;
        }
        // The first time it may just be slow: a quorum decides without waiting for the rest.
        let seen = (vote.validator, vote.round, vote.step);
        if !last.seen.contains(&seen) {
            if last.seen.len() < LATE_VOTES_MAX {
                last.seen.insert(seen);
            }
            return;
        }
        if shell.verifier.all_hold(vec![vote_check(key, signed)]) {
            shell.effects.push(HostEffect::SendTo {
                validator: vote.validator,
                message: ConsensusMessage::Commit(last.certificate.clone()),
            });
        }
    }

    /// Notices what was signed with our key and not by us.
    fn look_for_own_key(&mut self, message: &ConsensusMessage) {
        let Some(shell) = &mut self.shell else { return };
        let key = shell.own_key();
        let statements: Vec<_> = match message {
            ConsensusMessage::Proposal(signed) if signed.proposal.proposer == shell.own => {
                vec![(
                    LastSigned::of_proposal(&signed.proposal),
                    proposal_check(key, signed),
                )]
            }
            _ => message
                .votes(shell.chain_id)
                .iter()
                .filter(|signed| signed.vote.validator == shell.own)
                .map(|signed| (LastSigned::of_vote(&signed.vote), vote_check(key, signed)))
                .collect(),
        };
        for (statement, check) in statements {
            if !shell.signed.contains(&statement) && shell.verifier.all_hold(vec![check]) {
                shell.report_foreign_use(statement);
            }
        }
    }

    /// Verifies the signatures of many messages in one batch, so that each is known when its turn comes.
    pub(super) fn verify_together(&mut self, messages: &[ConsensusMessage]) {
        let Some(shell) = &mut self.shell else { return };
        let batch = messages
            .iter()
            .filter(|message| {
                is_of_chain(message, shell) && future::is_near(shell.height, message.height())
            })
            .filter_map(|message| {
                let (validator, _, _) = future::slot(message)?;
                Some(checks(message, shell.members.key(&validator)?))
            })
            .flatten()
            .collect();
        shell.verifier.prepare(batch);
    }
}

/// What has to be verified about a single vote or proposal.
fn checks(message: &ConsensusMessage, key: PublicKey) -> Vec<(PublicKey, Vec<u8>, Signature)> {
    match message {
        ConsensusMessage::Vote(signed) => vec![vote_check(key, signed)],
        ConsensusMessage::Proposal(signed) => vec![proposal_check(key, signed)],
        ConsensusMessage::Polka(_) | ConsensusMessage::Round(_) | ConsensusMessage::Commit(_) => {
            Vec::new()
        }
    }
}

/// Whether a message can be of this chain and this version. Certificates do not say; their signatures do.
fn is_of_chain(message: &ConsensusMessage, shell: &Shell) -> bool {
    match message {
        ConsensusMessage::Vote(SignedVote { vote, .. }) => vote.chain_id == shell.chain_id,
        ConsensusMessage::Proposal(SignedProposal { proposal, .. }) => {
            proposal.header.chain_id == shell.chain_id
                && proposal.header.version == HEADER_VERSION
                // Without a proof of lock, only the one who built a block may propose it.
                && (proposal.valid_round.is_some() || proposal.header.proposer == proposal.proposer)
        }
        ConsensusMessage::Polka(_) | ConsensusMessage::Round(_) | ConsensusMessage::Commit(_) => {
            true
        }
    }
}
