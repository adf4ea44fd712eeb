//! What surrounds the core: carries out at once what it asks for (signatures, verification), and turns the rest into
//! effects for the owner.
//!
//! The core's loop logs an error of its handler and goes on, so this handler has no errors: whatever can fail is an
//! effect, and whatever must not go on is refused. What is signed, logged and said is in `speech`.

use std::collections::{BTreeMap, BTreeSet};

use arc_malachitebft_core_consensus::{
    Effect, Input, Resumable, Resume, SignedConsensusMsg, VoteExtensionError,
};
use arc_malachitebft_core_types::{
    CertificateError, CommitCertificate as CoreCommit, DoubleVote, Round,
};
use ledger_core::block::Header;
use ledger_core::certificate::{CommitCertificate, VoteStep};
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::signature::{PublicKey, SecretKey};
use ledger_core::validator::ValidatorAddress;

use super::context::{Address, Ledger, Members};
use super::evidence::evidence_from_pair;
use super::signing::Verifier;
use super::signing_guard::{LastSigned, SigningGuard};
use super::timeouts::{TimeoutConfig, TimeoutKey};
use super::wal::WalEntry;
use super::wire::{ConsensusMessage, SignedProposal};
use super::{BlockValidity, Fault, HostConfig, HostEffect, convert};
use crate::planted::{self, Planted};

/// The latest genuine proposal of a block.
#[derive(Clone, Debug)]
pub(super) struct Proposed {
    pub(super) header: Header,
    pub(super) round: u32,
    pub(super) valid_round: Option<u32>,
    pub(super) proposer: ValidatorAddress,
    /// Whether the clock bound no longer applies.
    pub(super) late: bool,
}

/// How a height has ended.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub(super) certificate: CommitCertificate,
    /// The core has seen the votes themselves; otherwise a peer sent the certificate.
    pub(super) by_votes: bool,
}

/// The core's surroundings, of one height at a time.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) chain_id: ChainId,
    pub(super) own: ValidatorAddress,
    pub(super) height: Height,
    pub(super) members: Members,
    pub(super) verifier: Verifier,
    pub(super) guard: SigningGuard,
    pub(super) effects: Vec<HostEffect>,
    /// Whether this node signs at this height.
    pub(super) voting: bool,
    pub(super) decision: Option<Decision>,
    /// While the log is fed back.
    pub(super) replaying: bool,
    /// The round the core asked a block for while the log was fed back.
    pub(super) build_wanted: Option<u32>,
    /// Every message signed with our key at this height, by this host or by the run before the crash.
    pub(super) signed: BTreeSet<LastSigned>,
    pub(super) proposed: BTreeMap<BlockId, Proposed>,
    pub(super) verdicts: BTreeMap<BlockId, BlockValidity>,
    /// The block whose verdict, being given to the core as Invalid, is out of time.
    pub(super) judged_out_of_time: Option<BlockId>,
    /// Our latest proposal at this height, to be sent again with our votes.
    pub(super) own_proposal: Option<SignedProposal>,
    /// While the log is fed back, its entries: what the core wants logged then is new only if it is none of them.
    pub(super) recovered: BTreeSet<Vec<u8>>,
    /// Our own messages that were logged when they were signed and that the core is about to log.
    pub(super) logged_early: BTreeSet<Vec<u8>>,
    /// Whether something was appended, or was found after a crash, and is not known to be synced.
    pub(super) unsynced: bool,
    /// Whether something this node signed is among it.
    pub(super) own_unsynced: bool,
    key_alarm_given: bool,
    evidence_given: BTreeSet<(ValidatorAddress, u32, VoteStep)>,
    pub(super) key: SecretKey,
    timeouts: TimeoutConfig,
}

impl Shell {
    pub(super) fn new(config: HostConfig, height: Height, members: Members) -> Shell {
        Shell {
            chain_id: config.chain_id,
            own: ValidatorAddress::of(&config.key.public_key()),
            height,
            members,
            verifier: Verifier::default(),
            guard: SigningGuard::new(config.last_signed),
            effects: Vec::new(),
            voting: false,
            decision: None,
            replaying: false,
            build_wanted: None,
            signed: BTreeSet::new(),
            proposed: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            own_proposal: None,
            judged_out_of_time: None,
            recovered: BTreeSet::new(),
            logged_early: BTreeSet::new(),
            unsynced: false,
            own_unsynced: false,
            key_alarm_given: false,
            evidence_given: BTreeSet::new(),
            key: config.key,
            timeouts: config.timeouts,
        }
    }

    /// Forgets the height before.
    pub(super) fn enter(&mut self, height: Height, members: Members) {
        if height > self.height {
            self.verifier.next_height();
        }
        self.height = height;
        self.members = members;
        self.voting = false;
        self.decision = None;
        self.replaying = false;
        self.build_wanted = None;
        self.signed.clear();
        self.proposed.clear();
        self.verdicts.clear();
        self.own_proposal = None;
        self.judged_out_of_time = None;
        self.recovered.clear();
        self.logged_early.clear();
        self.unsynced = false;
        self.own_unsynced = false;
        self.key_alarm_given = false;
        self.evidence_given.clear();
    }

    /// How many contradictions were reported at this height.
    pub(super) fn evidence_count(&self) -> usize {
        self.evidence_given.len()
    }

    /// Our public key.
    pub(super) fn own_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Takes note of the log's entries before they are fed back.
    pub(super) fn recover(&mut self, entries: &[WalEntry]) {
        // A process that was killed can leave entries written and read back but never synced: what we repeat from
        // them must be durable first.
        self.unsynced = !entries.is_empty();
        self.own_unsynced = self.unsynced;
        self.replaying = !entries.is_empty();
        for entry in entries {
            self.signed.extend(entry.signed_by(&self.own));
            self.recovered.insert(entry.encode());
        }
    }

    /// The log has been fed back: asks for the verdicts that the crash has cut off.
    pub(super) fn end_replay(&mut self) {
        self.recovered.clear();
        if planted::is(Planted::VerdictNotAskedAgain) {
            return;
        }
        let open: Vec<Proposed> = self
            .proposed
            .iter()
            .filter(|(block_id, _)| !self.verdicts.contains_key(block_id))
            .map(|(_, proposed)| proposed.clone())
            .collect();
        open.iter().for_each(|proposed| self.ask_verdict(proposed));
    }

    /// Stops signing for the rest of the height.
    pub(super) fn fault(&mut self, fault: Fault) {
        tracing::error!(%fault, "this node stays silent for the rest of the height");
        self.voting = false;
        self.effects.push(HostEffect::Fault(fault));
    }

    fn log(&mut self, input: &Input<Ledger>) {
        let Some(mut entry) = WalEntry::from_core(self.chain_id, self.height, input) else {
            self.fault(Fault::Core {
                height: self.height,
                reason: format!("it asked to log {input:?}, which is no log entry"),
            });
            return;
        };
        if let WalEntry::BlockChecked {
            header, validity, ..
        } = &mut entry
        {
            // The core knows two verdicts. Which kind of Invalid it is must survive a crash.
            let block_id = header.id();
            if *validity == BlockValidity::Invalid && self.judged_out_of_time == Some(block_id) {
                *validity = BlockValidity::OutOfTime;
            }
            self.verdicts.insert(block_id, *validity);
        }
        // What bears our key and was not signed here, or before the crash, has come from elsewhere: in the log it would look like
        // our own, and a log is believed to be whole because of what this node signed in it.
        let foreign = entry
            .signed_by(&self.own)
            .is_some_and(|statement| !self.signed.contains(&statement));
        if !foreign {
            self.append(&entry);
        }
        if let WalEntry::Proposal(signed) = entry {
            self.note_proposal(signed);
        }
    }

    /// A genuine proposal was accepted: asks the owner for its verdict.
    fn note_proposal(&mut self, signed: SignedProposal) {
        let proposal = signed.proposal;
        let block_id = proposal.header.id();
        let before = self.proposed.get(&block_id);
        let proposed = Proposed {
            header: proposal.header,
            round: proposal.round,
            valid_round: proposal.valid_round,
            proposer: proposal.proposer,
            late: self.replaying
                || (proposal.valid_round.is_some()
                    && !planted::is(Planted::ClockBoundOnReproposal))
                || before.is_some_and(|before| before.late),
        };
        // Whoever proposes a block again has it, so that a verdict may be possible now.
        let is_new = before.is_none() || proposed.valid_round.is_some();
        // While the log is fed back the verdict may be further on in it.
        if is_new && !self.replaying && !self.verdicts.contains_key(&block_id) {
            self.ask_verdict(&proposed);
        }
        self.proposed.insert(block_id, proposed);
    }

    fn ask_verdict(&mut self, proposed: &Proposed) {
        self.effects.push(HostEffect::CheckBlock {
            header: proposed.header.clone(),
            round: proposed.round,
            valid_round: proposed.valid_round,
            proposer: proposed.proposer,
        });
    }

    /// Blocks that are out of time by our clock.
    pub(super) fn out_of_time(&self) -> impl Iterator<Item = (&BlockId, &Proposed)> {
        self.verdicts
            .iter()
            .filter(|(_, verdict)| **verdict == BlockValidity::OutOfTime)
            .filter_map(|(block_id, _)| Some((block_id, self.proposed.get(block_id)?)))
    }

    fn schedule(&mut self, key: Option<TimeoutKey>) {
        // The height is over: the core would go on rebroadcasting until the next one starts.
        let (Some(key), None) = (key, &self.decision) else {
            return;
        };
        self.effects.push(HostEffect::ScheduleTimeout {
            key,
            after: self.timeouts.duration(key),
        });
    }

    fn decide(&mut self, certificate: &CoreCommit<Ledger>) {
        if let (None, Some(certificate)) = (&self.decision, convert::commit_from_core(certificate))
        {
            self.decision = Some(Decision {
                certificate,
                by_votes: true,
            });
        }
    }

    fn build(&mut self, round: Round) {
        let Some(round) = round.as_u32() else { return };
        if self.replaying {
            self.build_wanted = Some(round);
        } else {
            self.effects.push(HostEffect::BuildBlock {
                height: self.height,
                round,
            });
        }
    }

    /// A message signed with our key that we have not signed.
    pub(super) fn report_foreign_use(&mut self, statement: LastSigned) {
        self.voting = false;
        if !std::mem::replace(&mut self.key_alarm_given, true) {
            tracing::error!(%statement, "something else signs with this node's consensus key");
            self.effects.push(HostEffect::KeyUsedElsewhere {
                height: statement.height,
                round: statement.round,
                step: statement.step,
                block_id: statement.block_id,
            });
        }
    }

    /// Reports contradictions that have not been reported at this height.
    pub(super) fn report_evidence(&mut self, pairs: &[DoubleVote<Ledger>]) {
        for pair in pairs {
            let vote = &pair.0.message;
            let known = vote.round.as_u32().is_some_and(|round| {
                let step = convert::step_from_core(vote.step);
                self.evidence_given
                    .contains(&(vote.validator.0, round, step))
            });
            if known {
                continue;
            }
            let Some(evidence) = evidence_from_pair(self.chain_id, &self.members, pair) else {
                continue;
            };
            let vote = &evidence.first.vote;
            self.evidence_given
                .insert((vote.validator, vote.round, vote.step));
            self.effects.push(HostEffect::Equivocation(evidence));
        }
    }

    /// Carries out one effect of the core.
    pub(super) fn carry_out(&mut self, effect: Effect<Ledger>) -> Resume<Ledger> {
        match effect {
            Effect::SignVote(vote, resume) => resume.resume_with(self.sign_vote(vote)),
            Effect::SignProposal(proposal, resume) => {
                resume.resume_with(self.sign_proposal(proposal))
            }
            Effect::VerifySignature(signed, key, resume) => {
                resume.resume_with(self.signature_holds(signed, key))
            }
            Effect::VerifyCommitCertificate(certificate, members, thresholds, resume) => {
                let message = convert::commit_from_core(&certificate).map(ConsensusMessage::Commit);
                resume.resume_with(self.certificate_holds(&members, thresholds.quorum, message))
            }
            Effect::VerifyPolkaCertificate(polka, members, thresholds, resume) => {
                let message = convert::polka_from_core(&polka).map(ConsensusMessage::Polka);
                resume.resume_with(self.certificate_holds(&members, thresholds.quorum, message))
            }
            Effect::VerifyRoundCertificate(certificate, members, thresholds, resume) => {
                resume.resume_with(self.round_certificate_holds(&certificate, &members, thresholds))
            }
            // Neither synced values nor vote extensions ever enter the core.
            Effect::VerifyExtendedCommitCertificate(_, _, _, _, resume) => {
                resume.resume_with(Err(CertificateError::VerificationError(None)))
            }
            Effect::ExtendVote(_, _, _, _, resume) => resume.resume_with(None),
            Effect::VerifyVoteExtension(_, _, _, _, _, _, resume) => {
                resume.resume_with(Err(VoteExtensionError::InvalidVoteExtension))
            }
            Effect::CertVerifiedSyncValue(_, _, resume)
            | Effect::CertRejectedSyncValue(_, _, _, resume) => resume.resume_with(()),
            Effect::WalAppend(_, input, resume) => {
                self.log(&input);
                resume.resume_with(())
            }
            Effect::Decide(certificate, _, resume) => {
                self.decide(&certificate);
                resume.resume_with(())
            }
            // Without a target time it follows Decide at once; its evidence was reported as it appeared.
            Effect::Finalize(_, _, _, resume) => resume.resume_with(()),
            other => self.pass_on(other),
        }
    }

    /// The effects that are the owner's.
    fn pass_on(&mut self, effect: Effect<Ledger>) -> Resume<Ledger> {
        let chain_id = self.chain_id;
        match effect {
            Effect::CancelAllTimeouts(_) => self.effects.push(HostEffect::CancelAllTimeouts),
            Effect::CancelTimeout(timeout, _) => {
                let key = TimeoutKey::from_core(self.height, timeout);
                self.effects.extend(key.map(HostEffect::CancelTimeout));
            }
            Effect::ScheduleTimeout(timeout, _) => {
                self.schedule(TimeoutKey::from_core(self.height, timeout));
            }
            Effect::StartRound(height, round, Address(proposer), _, _) => {
                self.effects
                    .extend(round.as_u32().map(|round| HostEffect::RoundStarted {
                        height: height.0,
                        round,
                        proposer,
                    }));
            }
            Effect::PublishConsensusMsg(SignedConsensusMsg::Vote(vote), _)
            | Effect::RepublishVote(vote, _) => {
                let vote = convert::signed_vote_from_core(chain_id, &vote);
                self.broadcast(vote.map(ConsensusMessage::Vote));
            }
            Effect::PublishConsensusMsg(SignedConsensusMsg::Proposal(proposal), _) => {
                let proposal = convert::signed_proposal_from_core(&proposal);
                if proposal
                    .as_ref()
                    .is_some_and(|signed| signed.proposal.proposer == self.own)
                {
                    self.own_proposal.clone_from(&proposal);
                }
                self.broadcast(proposal.map(ConsensusMessage::Proposal));
            }
            Effect::PublishLivenessMsg(message, _) => {
                self.broadcast(convert::liveness_from_core(chain_id, &message));
            }
            Effect::RepublishRoundCertificate(certificate, _) => {
                let certificate = convert::round_from_core(&certificate);
                self.broadcast(certificate.map(ConsensusMessage::Round));
            }
            Effect::GetValue(_, round, _, _) => self.build(round),
            Effect::RestreamProposal(height, round, valid_round, _, block_id, _) => {
                self.effects
                    .extend(round.as_u32().map(|round| HostEffect::Restream {
                        height: height.0,
                        round,
                        valid_round: valid_round.as_u32(),
                        block_id,
                    }));
            }
            // Every other effect is answered by `carry_out`; named here so that a new one is noticed.
            Effect::SignVote(..)
            | Effect::SignProposal(..)
            | Effect::VerifySignature(..)
            | Effect::VerifyCommitCertificate(..)
            | Effect::VerifyExtendedCommitCertificate(..)
            | Effect::VerifyPolkaCertificate(..)
            | Effect::VerifyRoundCertificate(..)
            | Effect::WalAppend(..)
            | Effect::ExtendVote(..)
            | Effect::VerifyVoteExtension(..)
            | Effect::CertVerifiedSyncValue(..)
            | Effect::CertRejectedSyncValue(..)
            | Effect::Decide(..)
            | Effect::Finalize(..) => unreachable!("answered by carry_out"),
        }
        Resume::Continue
    }
}
