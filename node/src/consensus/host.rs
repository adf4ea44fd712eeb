//! The host: takes inputs in, drives the core, hands effects out. The contract is in the module header above.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::convert::Infallible;

use arc_malachitebft_core_consensus::{
    Error as CoreError, Input, LocallyProposedValue, Params, State, process,
};
use arc_malachitebft_core_types::{
    DoubleVote, Round, ThresholdParams, ValuePayload, VoteExtensionPolicy,
};
use ledger_core::block::{HEADER_VERSION, Header};
use ledger_core::certificate::{CommitCertificate, SignedVote, VoteStep};
use ledger_core::id::{BlockId, Height};
use ledger_core::signature::PublicKey;
use ledger_core::validator::{VALIDATORS_MAX, ValidatorAddress, ValidatorSet};

use super::context::{Address, BlockValue, Height as CoreHeight, Ledger, Members};
use super::future::{self, FutureMessages};
use super::shell::{Decision, Proposed, Shell};
use super::signing::{proposal_check, vote_check};
use super::signing_guard::LastSigned;
use super::timeouts::{TimeoutKey, TimeoutKind};
use super::wal::{WalEntry, checked_block};
use super::wire::{ConsensusMessage, SignedProposal};
use super::{
    BlockValidity, Fault, HostConfig, HostEffect, HostInput, ObservingReason, Participation,
    convert,
};

/// How many votes for the height decided last are told apart, to notice validators that repeat theirs.
const LATE_VOTES_MAX: usize = 4 * VALIDATORS_MAX;
/// The core's own buffer of future messages is left unused, see [`future`].
const CORE_QUEUE_MAX: usize = 1;

/// A validator's consensus, from one height to the next.
pub struct Host {
    shell: Option<Shell>,
    config: HostConfig,
    /// None until the first height has started.
    core: Option<State<Ledger>>,
    phase: Phase,
    future: FutureMessages,
    last_decided: Option<LastDecided>,
    /// Heights beyond ours of which somebody has spoken, and whether somebody has of one beyond those we keep.
    ahead: BTreeSet<Height>,
    far_ahead: bool,
}

/// What the host does at the height it is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Awaiting,
    Running,
    Decided,
}

/// The height decided last, kept to answer validators that have not got there.
struct LastDecided {
    certificate: CommitCertificate,
    /// Its validators; none when it was decided before a restart, then those of the next height stand in.
    members: Option<Members>,
    /// Votes that have been seen. One that comes again is a retransmission: its sender lags.
    seen: BTreeSet<(ValidatorAddress, u32, VoteStep)>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("height", &self.height())
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

impl Host {
    /// A host that waits for its first height; until then it drops every message.
    pub fn new(mut config: HostConfig) -> Host {
        let last_decided = config.last_commit.take().map(|certificate| LastDecided {
            certificate,
            members: None,
            seen: BTreeSet::new(),
        });
        Host {
            shell: None,
            config,
            core: None,
            phase: Phase::Awaiting,
            future: FutureMessages::default(),
            last_decided,
            ahead: BTreeSet::new(),
            far_ahead: false,
        }
    }

    /// The height that is awaited, in progress or just decided.
    pub fn height(&self) -> Option<Height> {
        self.shell.as_ref().map(|shell| shell.height)
    }

    /// Whether this node votes at the height in progress.
    pub fn is_voting(&self) -> bool {
        self.phase == Phase::Running && self.shell.as_ref().is_some_and(|shell| shell.voting)
    }

    #[cfg(test)]
    pub(super) fn kept_messages(&self) -> usize {
        self.future.len()
    }

    #[cfg(test)]
    pub(super) fn remembered_signatures(&self) -> usize {
        self.shell
            .as_ref()
            .map_or(0, |shell| shell.verifier.remembered())
    }

    /// Takes one input. The effects are to be carried out in order before the next.
    pub fn handle(&mut self, input: HostInput) -> Vec<HostEffect> {
        match input {
            HostInput::AwaitHeight { height, validators } => {
                self.await_height(height, &validators);
            }
            HostInput::StartHeight {
                height,
                validators,
                wal,
                participation,
            } => self.start_height(height, &validators, &wal, participation),
            HostInput::Message(message) => self.receive(message),
            HostInput::Messages(messages) => {
                self.verify_together(&messages);
                messages
                    .into_iter()
                    .for_each(|message| self.receive(message));
            }
            HostInput::BlockChecked {
                height,
                block_id,
                validity,
            } => self.block_checked(height, block_id, validity),
            HostInput::Propose {
                height,
                round,
                header,
            } => self.propose(height, round, header),
            HostInput::TimeoutElapsed(key) => self.timeout_elapsed(key),
        }
        self.end_height_if_decided();
        self.shell
            .as_mut()
            .map(|shell| std::mem::take(&mut shell.effects))
            .unwrap_or_default()
    }

    /// Moves to a height, forgetting the one before.
    fn enter(&mut self, height: Height, validators: &ValidatorSet) {
        let members = Members::new(validators);
        match &mut self.shell {
            Some(shell) => shell.enter(height, members),
            None => self.shell = Some(Shell::new(self.config.clone(), height, members)),
        }
        self.ahead = self.ahead.split_off(&height.next());
        self.far_ahead = false;
    }

    fn await_height(&mut self, height: Height, validators: &ValidatorSet) {
        assert!(
            self.height().is_none_or(|before| height > before),
            "height {height} cannot be awaited after {:?}",
            self.height()
        );
        self.enter(height, validators);
        self.phase = Phase::Awaiting;
        // Now those of new validators can be verified.
        for message in self.future.take_unverified(height) {
            self.receive(message);
        }
        // Messages that came while the height before was in progress wake us at once.
        self.ahead.remove(&height);
        let kept = self.future.first_sender(height);
        self.announce(height, kept);
    }

    fn start_height(
        &mut self,
        height: Height,
        validators: &ValidatorSet,
        wal: &[Vec<u8>],
        participation: Participation,
    ) {
        let awaited = self.phase == Phase::Awaiting;
        assert!(
            self.height()
                .is_none_or(|before| height > before || (awaited && height == before)),
            "height {height} cannot start after {:?}",
            self.height()
        );
        self.enter(height, validators);
        self.phase = Phase::Running;
        let Some(shell) = &mut self.shell else { return };
        let entries = decode_log(height, wal);
        let readable = entries.is_ok();
        let entries = entries.unwrap_or_else(|fault| {
            shell.fault(fault);
            Vec::new()
        });
        shell.recover(&entries);
        let logged = shell.signed.last().copied();
        if participation == Participation::Vote && shell.members.key(&shell.own).is_some() {
            let entered = if readable {
                shell.guard.enter_height(height, logged)
            } else {
                Err(ObservingReason::LogUnreadable)
            };
            shell.voting = entered.is_ok();
            if let Err(reason) = entered {
                shell.effects.push(HostEffect::Observing { height, reason });
            }
        }
        let members = shell.members.clone();
        let address = Address(shell.own);
        self.core.get_or_insert_with(|| {
            let params = Params {
                address,
                threshold_params: ThresholdParams::default(),
                // The mode in which a proposal counts only once the owner has judged its block; in the other one every
                // proposal is valid.
                value_payload: ValuePayload::ProposalAndParts,
                enabled: false,
            };
            State::new(
                Ledger,
                CoreHeight(height),
                members.clone(),
                params,
                CORE_QUEUE_MAX,
                CORE_QUEUE_MAX,
            )
        });
        self.step(Input::StartHeight(
            CoreHeight(height),
            members,
            !entries.is_empty(),
            // No target time: a decision ends the height at once, and the core never looks at its clock.
            None,
            VoteExtensionPolicy::Disabled,
        ));
        if !entries.is_empty() {
            self.replay(&entries);
        }
        for message in self.future.take(height) {
            self.receive(message);
        }
    }

    /// Feeds the log back. The core re-derives what it said and takes the recorded signatures; anything it says beyond
    /// the log is signed and logged anew.
    fn replay(&mut self, entries: &[WalEntry]) {
        let inputs: Vec<Input<Ledger>> = entries.iter().map(WalEntry::to_core).collect();
        if let Some(core) = &mut self.core {
            core.index_wal_entries(&inputs);
        }
        for (input, entry) in inputs.into_iter().zip(entries) {
            match entry {
                WalEntry::BlockChecked {
                    header, validity, ..
                } => self.step_verdict(header.id(), *validity, input),
                _ => self.step(input),
            }
        }
        let Some(shell) = &mut self.shell else { return };
        shell.replaying = false;
        // The core asks for a block as soon as the height starts, before it has seen the log. Only now is it known
        // whether the question still stands, and a block that was logged is the answer to it.
        let wanted = shell.build_wanted.take().filter(|round| {
            self.core.as_ref().is_some_and(|core| {
                core.round() == Round::new(*round) && core.driver.step_is_propose()
            })
        });
        if let Some(round) = wanted {
            let own = shell.own;
            match entries
                .iter()
                .find_map(|entry| own_block(entry, &own, round))
            {
                Some(header) => self.propose(header.height, round, header),
                None => shell.effects.push(HostEffect::BuildBlock {
                    height: shell.height,
                    round,
                }),
            }
        }
        if let Some(core) = &mut self.core {
            core.reset_entries_index();
        }
        if let Some(shell) = &mut self.shell {
            shell.end_replay();
        }
    }

    /// Gives the core one input, unless the height is over.
    fn step(&mut self, input: Input<Ledger>) {
        let (Some(core), Some(shell)) = (&mut self.core, &mut self.shell) else {
            return;
        };
        if shell.decision.is_some() {
            return;
        }
        core.params.enabled = shell.voting;
        let result: Result<(), CoreError<Ledger>> = process!(
            input: input,
            state: core,
            metrics: &(),
            with: effect => Ok::<_, Infallible>(shell.carry_out(effect))
        );
        if let Err(error) = result {
            shell.fault(Fault::Core {
                height: shell.height,
                reason: error.to_string(),
            });
        }
        let pairs: Vec<DoubleVote<Ledger>> = core
            .driver
            .votes()
            .evidence()
            .iter()
            .flat_map(|(_, pairs)| pairs.iter().cloned())
            .collect();
        shell.report_evidence(&pairs);
        self.yield_to_quorum();
    }

    fn end_height_if_decided(&mut self) {
        let (Phase::Running | Phase::Awaiting, Some(shell)) = (self.phase, &mut self.shell) else {
            return;
        };
        let Some(decision) = shell.decision.clone() else {
            return;
        };
        self.phase = Phase::Decided;
        if decision.by_votes {
            shell.guard.decided(shell.height);
        }
        shell.make_durable();
        shell.effects.push(HostEffect::CancelAllTimeouts);
        shell.effects.push(HostEffect::Decided {
            certificate: decision.certificate.clone(),
        });
        let mut seen = BTreeSet::new();
        if let Some(core) = self
            .core
            .as_ref()
            .filter(|core| core.height().0 == shell.height)
        {
            for votes in core.driver.votes().all_rounds().values() {
                seen.extend(votes.received_votes().iter().filter_map(|vote| {
                    let round = vote.round.as_u32()?;
                    Some((vote.validator.0, round, convert::step_from_core(vote.step)))
                }));
            }
        }
        self.last_decided = Some(LastDecided {
            certificate: decision.certificate,
            members: Some(shell.members.clone()),
            seen,
        });
    }

    fn timeout_elapsed(&mut self, key: TimeoutKey) {
        if self.phase == Phase::Running && self.height() == Some(key.height) {
            if key.kind == TimeoutKind::Rebroadcast {
                self.repeat_proposal(key.round);
            }
            self.step(Input::TimeoutElapsed(key.to_core()));
        }
    }

    /// The core repeats its votes; a proposal that was lost, and the proof of lock it stands on, are repeated here.
    fn repeat_proposal(&mut self, round: u32) {
        let (Some(core), Some(shell)) = (&self.core, &mut self.shell) else {
            return;
        };
        let current = core.round() == Round::new(round) && shell.voting;
        let Some(signed) = shell
            .own_proposal
            .clone()
            .filter(|signed| current && signed.proposal.round == round)
        else {
            return;
        };
        let polka = signed.proposal.valid_round.and_then(|valid_round| {
            let block_id = signed.proposal.header.id();
            convert::polka_from_core(core.polka_certificate(Round::new(valid_round), &block_id)?)
        });
        shell.broadcast(polka.map(ConsensusMessage::Polka));
        shell.broadcast(Some(ConsensusMessage::Proposal(signed)));
    }

    fn propose(&mut self, height: Height, round: u32, header: Header) {
        let Some(shell) = &self.shell else { return };
        if self.phase != Phase::Running || shell.height != height || !shell.voting {
            return;
        }
        assert!(
            header.height == height && header.proposer == shell.own,
            "a block to propose must be of height {height} and built by this node"
        );
        self.step(Input::Propose(LocallyProposedValue {
            height: CoreHeight(height),
            round: Round::new(round),
            value: BlockValue::new(header),
        }));
    }

    fn block_checked(&mut self, height: Height, block_id: BlockId, validity: BlockValidity) {
        let Some(shell) = &self.shell else { return };
        if self.phase != Phase::Running || shell.height != height {
            return;
        }
        let Some(proposed) = shell.proposed.get(&block_id) else {
            return;
        };
        if shell.verdicts.contains_key(&block_id) {
            return;
        }
        let validity = match validity {
            BlockValidity::OutOfTime if proposed.late => BlockValidity::Valid,
            other => other,
        };
        let input = verdict_input(proposed, validity);
        self.step_verdict(block_id, validity, input);
    }

    /// Gives the core a verdict; `input` is its form for the core.
    fn step_verdict(&mut self, block_id: BlockId, validity: BlockValidity, input: Input<Ledger>) {
        if let Some(shell) = &mut self.shell {
            shell.judged_out_of_time = (validity == BlockValidity::OutOfTime).then_some(block_id);
        }
        self.step(input);
    }

    /// A quorum of prevotes for a block that only our clock speaks against: the clock yields. The core takes a change
    /// from Invalid to Valid, and no other.
    fn yield_to_quorum(&mut self) {
        let (Some(core), Some(shell)) = (&self.core, &self.shell) else {
            return;
        };
        let polkas = core.driver.polka_certificates();
        let input = shell.out_of_time().find_map(|(block_id, proposed)| {
            let accepted = polkas.iter().any(|polka| polka.value_id == *block_id);
            accepted.then(|| verdict_input(proposed, BlockValidity::Valid))
        });
        if let Some(input) = input {
            self.step(input);
        }
    }
}

fn verdict_input(proposed: &Proposed, validity: BlockValidity) -> Input<Ledger> {
    checked_block(
        proposed.header.clone(),
        proposed.round,
        proposed.valid_round,
        proposed.proposer,
        validity,
    )
}

/// Messages of peers.
impl Host {
    fn receive(&mut self, message: ConsensusMessage) {
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
        if shell.decision.is_none() && shell.commit_holds(&certificate) {
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

    fn announce(&mut self, height: Height, validator: Option<ValidatorAddress>) {
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
    fn verify_together(&mut self, messages: &[ConsensusMessage]) {
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
fn checks(
    message: &ConsensusMessage,
    key: PublicKey,
) -> Vec<(PublicKey, Vec<u8>, ledger_core::signature::Signature)> {
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

/// The log of `height`, or why it cannot be believed.
fn decode_log(height: Height, wal: &[Vec<u8>]) -> Result<Vec<WalEntry>, Fault> {
    let fault = |index, reason| Fault::WalEntry {
        height,
        index,
        reason,
    };
    wal.iter()
        .enumerate()
        .map(|(index, bytes)| {
            let entry = WalEntry::decode(bytes).map_err(|error| fault(index, error.to_string()))?;
            if entry.height() != height {
                return Err(fault(index, format!("it is of height {}", entry.height())));
            }
            Ok(entry)
        })
        .collect()
}

/// The header of a block that `own` had built for `round`, if `entry` is its record.
fn own_block(entry: &WalEntry, own: &ValidatorAddress, of_round: u32) -> Option<Header> {
    match entry {
        WalEntry::BlockChecked {
            header,
            round,
            valid_round: None,
            proposer,
            validity: BlockValidity::Valid,
        } if *round == of_round && proposer == own && header.proposer == *own => {
            Some(header.clone())
        }
        _ => None,
    }
}
