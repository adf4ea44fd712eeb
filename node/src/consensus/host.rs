//! The host: takes inputs in, drives the core, hands effects out. The contract is in [`super`]'s header.

use std::collections::BTreeSet;
use std::convert::Infallible;

use arc_malachitebft_core_consensus::{
    Error as CoreError, Input, LocallyProposedValue, Params, State, process,
};
use arc_malachitebft_core_types::{
    DoubleVote, Round, ThresholdParams, ValuePayload, VoteExtensionPolicy,
};
use ledger_core::block::Header;
use ledger_core::id::{BlockId, Height};
use ledger_core::validator::{ValidatorAddress, ValidatorSet};

use super::context::{Address, BlockValue, Height as CoreHeight, Ledger, Members};
use super::future::FutureMessages;
use super::peers::LastDecided;
use super::shell::{Proposed, Shell};
use super::timeouts::{TimeoutKey, TimeoutKind};
use super::wal::{WalEntry, checked_block};
use super::wire::ConsensusMessage;
use super::{
    BlockValidity, Fault, HostConfig, HostEffect, HostInput, ObservingReason, Participation,
    convert,
};
use crate::planted::{self, Planted};

/// The core's own buffer of future messages is left unused, see [`super::future`].
const CORE_QUEUE_MAX: usize = 1;

/// A validator's consensus, from one height to the next.
pub struct Host {
    pub(super) shell: Option<Shell>,
    config: HostConfig,
    /// None until the first height has started.
    pub(super) core: Option<State<Ledger>>,
    pub(super) phase: Phase,
    pub(super) future: FutureMessages,
    pub(super) last_decided: Option<LastDecided>,
    /// Heights beyond ours of which somebody has spoken, and whether somebody has of one beyond those we keep.
    pub(super) ahead: BTreeSet<Height>,
    pub(super) far_ahead: bool,
}

/// What the host does at the height it is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Awaiting,
    Running,
    Decided,
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
        let (verified, unverified) = self.future.counts();
        verified + unverified
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
        let mut entries = entries.unwrap_or_else(|fault| {
            shell.fault(fault);
            Vec::new()
        });
        if planted::is(Planted::LockForgotten) {
            entries.retain(|entry| entry.signed_by(&shell.own).is_some());
        }
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
                threshold_params: thresholds(),
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
    pub(super) fn step(&mut self, input: Input<Ledger>) {
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
        shell.make_own_durable();
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
                if planted::is(Planted::RebroadcastSilenced) {
                    return;
                }
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

/// More than two thirds decide; more than a third has an honest one among them.
fn thresholds() -> ThresholdParams {
    let mut thresholds = ThresholdParams::default();
    if planted::is(Planted::QuorumOfThird) {
        thresholds.quorum = thresholds.honest;
    }
    thresholds
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
