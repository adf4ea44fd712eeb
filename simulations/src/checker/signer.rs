//! A signer never contradicts itself, votes only as Tendermint allows, and is never quoted with what it did not say.
//!
//! What an honest key says is on record here from the moment it leaves its node. For one height, round and step it says
//! one thing, whatever became of the node meanwhile: a crash, a lost log, an old backup. It does not go back to a step it
//! has passed. It precommits only a block that a quorum prevoted in that round, and names a proof of lock only where there
//! is one. Once it has precommitted a block, it prevotes another only after a later quorum for that other (Buchman, Kwon,
//! Milosevic, arXiv 1807.04938, lines 22 to 43): that is the amnesia check.
//!
//! Quorums are counted from what honest keys said before, and every key that may lie is taken to have said whatever helps.
//! Votes of honest keys in the certificates that honest nodes pass on must be on record too: nobody else can sign them.
//! What a node says at one moment leaves in no particular order, so it is judged when the moment is over.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::certificate::VoteStep;
use ledger_core::id::{BlockId, Height};
use ledger_core::validator::ValidatorAddress;
use timebank_node::consensus::{ConsensusMessage, RoundCertificateKind, SignedProposal};
use timebank_node::replica::messages::ValidatorMessage;

use super::sets::{Members, Sets};
use super::{Checker, Scene};
use crate::city;
use crate::cluster::seen::Seen;

/// Where in a height: round, then step (0 propose, 1 prevote, 2 precommit).
type Place = (u32, u8);

const PROPOSE: u8 = 0;
const PREVOTE: u8 = 1;
const PRECOMMIT: u8 = 2;

/// From this round on whoever locks a block sends its proposal and the votes for it again, so that nobody is left alone with a
/// lock (the core's `HIDDEN_LOCK_ROUND`).
const PASSED_ON_FROM_ROUND: u32 = 10;

/// What was said at a place: a block or nil, and a proposal's proof-of-lock round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Statement {
    block: Option<BlockId>,
    valid_round: Option<u32>,
}

impl Statement {
    const fn vote(block: Option<BlockId>) -> Statement {
        Statement {
            block,
            valid_round: None,
        }
    }
}

/// Everything said at one height, by signer.
type Spoken = BTreeMap<ValidatorAddress, BTreeMap<Place, Statement>>;

/// Something said at the moment in progress.
#[derive(Clone, Debug)]
enum Open {
    /// A new statement of an honest key.
    Statement {
        height: Height,
        signer: ValidatorAddress,
        place: Place,
        statement: Statement,
    },
    /// Votes that an honest node passes on.
    Quote {
        node: usize,
        message: Box<ConsensusMessage>,
    },
}

/// What honest keys said.
#[derive(Debug, Default)]
pub struct Signer {
    spoken: BTreeMap<Height, Spoken>,
    /// How far each signer had got at each height when the moment in progress began.
    reached: BTreeMap<(Height, ValidatorAddress), Place>,
    now_us: u64,
    open: Vec<Open>,
    sets: Sets,
}

impl Checker for Signer {
    fn name(&self) -> &'static str {
        "signer"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        if scene.cluster.now_us() > self.now_us {
            self.judge(scene)?;
            self.now_us = scene.cluster.now_us();
        }
        match seen {
            Seen::Said { node, bytes, .. } if scene.is_honest(*node) => {
                self.sets.begin(scene.cluster.genesis());
                let message = ValidatorMessage::decode(bytes)
                    .map_err(|error| format!("node {node} says what is no message: {error}"))?;
                match message {
                    ValidatorMessage::Consensus(message) => self.hear(scene, *node, message),
                    ValidatorMessage::Body(_) => Ok(()),
                }
            }
            Seen::Committed { node, committed } if scene.is_honest(*node) => {
                self.sets.begin(scene.cluster.genesis());
                // Agreement says what is wrong with a block whose sets do not fit.
                let _ = self.sets.follow(&committed.block);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self, scene: Scene<'_>) -> Result<(), String> {
        self.judge(scene)
    }
}

impl Signer {
    fn hear(
        &mut self,
        scene: Scene<'_>,
        node: usize,
        message: Box<ConsensusMessage>,
    ) -> Result<(), String> {
        let own = scene.cluster.identity(node);
        let is_own = |address| city::node_of_validator(address, scene.plan.nodes) == Some(own);
        match message.as_ref() {
            ConsensusMessage::Vote(signed) if is_own(&signed.vote.validator) => {
                let vote = &signed.vote;
                let place = (vote.round, step(vote.step));
                let statement = Statement::vote(vote.block_id);
                self.say(vote.height, vote.validator, place, statement)
            }
            ConsensusMessage::Proposal(signed) if is_own(&signed.proposal.proposer) => {
                self.propose(signed)
            }
            _ => {
                self.open.push(Open::Quote { node, message });
                Ok(())
            }
        }
    }

    fn propose(&mut self, signed: &SignedProposal) -> Result<(), String> {
        let proposal = &signed.proposal;
        let header = &proposal.header;
        if proposal.valid_round.is_none() && header.proposer != proposal.proposer {
            return Err(format!(
                "{} proposes another's block without a proof of lock at height {}",
                proposal.proposer, header.height
            ));
        }
        let statement = Statement {
            block: Some(header.id()),
            valid_round: proposal.valid_round,
        };
        let place = (proposal.round, PROPOSE);
        self.say(header.height, proposal.proposer, place, statement)
    }

    /// Puts a statement of an honest key on record.
    fn say(
        &mut self,
        height: Height,
        signer: ValidatorAddress,
        place: Place,
        statement: Statement,
    ) -> Result<(), String> {
        let spoken = self.spoken.entry(height).or_default();
        let own = spoken.entry(signer).or_default();
        if let Some(before) = own.get(&place) {
            if *before == statement {
                return Ok(());
            }
            return Err(format!(
                "at height {height}, round {}, {signer} says {} and, before, {}",
                place.0,
                told(place, &statement),
                told(place, before)
            ));
        }
        own.insert(place, statement);
        self.open.push(Open::Statement {
            height,
            signer,
            place,
            statement,
        });
        Ok(())
    }

    /// Judges what was said at the moment that is over.
    fn judge(&mut self, scene: Scene<'_>) -> Result<(), String> {
        let open = std::mem::take(&mut self.open);
        for it in &open {
            match it {
                Open::Statement {
                    height,
                    signer,
                    place,
                    statement,
                } => {
                    self.check_order(*height, *signer, *place, statement)?;
                    self.check_grounds(scene, *height, *signer, *place, *statement)
                        .map_err(|what| format!("at height {height} {signer} {what}"))?;
                }
                Open::Quote { node, message } => self.quote(scene, message).map_err(|what| {
                    format!("node {node} at height {}: {what}", message.height())
                })?,
            }
        }
        for it in open {
            if let Open::Statement {
                height,
                signer,
                place,
                ..
            } = it
            {
                let reached = self.reached.entry((height, signer)).or_default();
                *reached = place.max(*reached);
            }
        }
        Ok(())
    }

    /// A key does not go back to what it has passed.
    fn check_order(
        &self,
        height: Height,
        signer: ValidatorAddress,
        place: Place,
        statement: &Statement,
    ) -> Result<(), String> {
        match self.reached.get(&(height, signer)) {
            Some(reached) if *reached > place => Err(format!(
                "at height {height} {signer} goes back from round {}, step {}, to {} in round {}",
                reached.0,
                reached.1,
                told(place, statement),
                place.0
            )),
            _ => Ok(()),
        }
    }

    /// What is said of a block stands on what Tendermint asks for.
    fn check_grounds(
        &self,
        scene: Scene<'_>,
        height: Height,
        signer: ValidatorAddress,
        place: Place,
        statement: Statement,
    ) -> Result<(), String> {
        let Some(block) = statement.block else {
            return Ok(());
        };
        let (round, step) = place;
        let may_have_quorum = |rounds| self.may_have_quorum(scene, (height, block), signer, rounds);
        if let Some(valid_round) = statement.valid_round
            && !may_have_quorum(valid_round..=valid_round)
        {
            return Err(format!(
                "proposes {block} in round {round} with a proof of lock of round {valid_round}, in which no quorum prevoted it"
            ));
        }
        if step == PRECOMMIT && !may_have_quorum(round..=round) {
            return Err(format!(
                "precommits {block} in round {round} without a quorum of prevotes"
            ));
        }
        if let Some((locked_round, locked)) = self.lock_before(height, signer, round)
            && step == PREVOTE
            && locked != block
            && !may_have_quorum(locked_round..=round - 1)
        {
            return Err(format!(
                "precommitted {locked} in round {locked_round} and prevotes {block} in round {round}, with no quorum for it from round {locked_round} on"
            ));
        }
        Ok(())
    }

    /// The last block a key precommitted before `round`.
    fn lock_before(
        &self,
        height: Height,
        signer: ValidatorAddress,
        round: u32,
    ) -> Option<(u32, BlockId)> {
        let own = self.spoken.get(&height)?.get(&signer)?;
        own.range(..(round, PROPOSE))
            .rev()
            .filter(|((_, step), _)| *step == PRECOMMIT)
            .find_map(|((round, _), said)| said.block.map(|block| (*round, block)))
    }

    /// Whether a quorum can have prevoted `block` in one of `rounds`, as far as honest keys have said. What `asker` itself
    /// signed and could not say before a crash counts for it too.
    fn may_have_quorum(
        &self,
        scene: Scene<'_>,
        (height, block): (Height, BlockId),
        asker: ValidatorAddress,
        mut rounds: std::ops::RangeInclusive<u32>,
    ) -> bool {
        let (Some(set), Some(spoken)) = (self.sets.at(height), self.spoken.get(&height)) else {
            // Honest keys speak of a height once the one before is committed.
            return false;
        };
        let wanted = Statement::vote(Some(block));
        rounds.any(|round| {
            let power = set
                .iter()
                .filter(|(address, _)| {
                    **address == asker
                        || !scene.is_honest_validator(address)
                        || spoken
                            .get(address)
                            .and_then(|own| own.get(&(round, PREVOTE)))
                            .is_some_and(|said| *said == wanted)
                })
                .map(|(_, validator)| validator.power)
                .sum();
            set.is_quorum(power)
        })
    }

    /// An honest node passes on the proposal of another: in late rounds, of the block it locks.
    fn quote_proposal(&self, scene: Scene<'_>, signed: &SignedProposal) -> Result<(), String> {
        let proposal = &signed.proposal;
        let (round, proposer) = (proposal.round, proposal.proposer);
        if round < PASSED_ON_FROM_ROUND {
            return Err(format!(
                "it passes on a proposal of {proposer} in round {round}"
            ));
        }
        let place = (round, PROPOSE);
        let statement = Statement {
            block: Some(proposal.header.id()),
            valid_round: proposal.valid_round,
        };
        let said = self
            .spoken
            .get(&proposal.header.height)
            .and_then(|spoken| spoken.get(&proposer))
            .and_then(|own| own.get(&place));
        if scene.is_honest_validator(&proposer) && said != Some(&statement) {
            return Err(format!(
                "it passes on {} of {proposer} in round {round}, which that one never said",
                told(place, &statement)
            ));
        }
        Ok(())
    }

    /// An honest node passes on votes of others.
    fn quote(&self, scene: Scene<'_>, message: &ConsensusMessage) -> Result<(), String> {
        if let ConsensusMessage::Proposal(signed) = message {
            return self.quote_proposal(scene, signed);
        }
        let votes = quoted(message);
        let height = message.height();
        let round = message.round();
        for (step, validator, block) in &votes {
            if !scene.is_honest_validator(validator) {
                continue;
            }
            let said = self
                .spoken
                .get(&height)
                .and_then(|spoken| spoken.get(validator))
                .and_then(|own| own.get(&(round, *step)));
            if said != Some(&Statement::vote(*block)) {
                return Err(format!(
                    "it passes on that {validator} votes {} in round {round}, which that one never said",
                    told((round, *step), &Statement::vote(*block))
                ));
            }
        }
        match self.sets.at(height) {
            Some(set) => check_power(set, message, &votes),
            None => Err("it passes on votes for a height that cannot have begun".to_owned()),
        }
    }
}

/// What an honest node passes on proves what it is to prove.
fn check_power(
    set: &Members,
    message: &ConsensusMessage,
    votes: &[(u8, ValidatorAddress, Option<BlockId>)],
) -> Result<(), String> {
    let signers: BTreeSet<ValidatorAddress> = votes.iter().map(|(_, it, _)| *it).collect();
    let members = signers.iter().filter_map(|signer| set.member(signer));
    let power = members.map(|validator| validator.power).sum();
    let enough = match message {
        ConsensusMessage::Vote(_) | ConsensusMessage::Proposal(_) => {
            return Err("it passes on a single vote of another".to_owned());
        }
        ConsensusMessage::Polka(_) | ConsensusMessage::Commit(_) => set.is_quorum(power),
        ConsensusMessage::Round(certificate) => match certificate.kind {
            RoundCertificateKind::Skip => set.is_more_than_a_third(power),
            RoundCertificateKind::Precommit => set.is_quorum(power),
        },
    };
    if enough {
        return Ok(());
    }
    Err(format!(
        "the votes of {} of {} validators it passes on prove nothing",
        signers.len(),
        set.len()
    ))
}

/// The votes a message carries.
fn quoted(message: &ConsensusMessage) -> Vec<(u8, ValidatorAddress, Option<BlockId>)> {
    match message {
        ConsensusMessage::Vote(signed) => {
            let vote = &signed.vote;
            vec![(step(vote.step), vote.validator, vote.block_id)]
        }
        ConsensusMessage::Proposal(_) => Vec::new(),
        ConsensusMessage::Polka(polka) => {
            let signers = polka.signatures.iter();
            let block = Some(polka.block_id);
            signers.map(|it| (PREVOTE, it.validator, block)).collect()
        }
        ConsensusMessage::Commit(commit) => {
            let signers = commit.signatures.iter();
            let block = Some(commit.block_id);
            signers.map(|it| (PRECOMMIT, it.validator, block)).collect()
        }
        ConsensusMessage::Round(certificate) => certificate
            .votes
            .iter()
            .map(|it| (step(it.step), it.validator, it.block_id))
            .collect(),
    }
}

const fn step(step: VoteStep) -> u8 {
    match step {
        VoteStep::Prevote => PREVOTE,
        VoteStep::Precommit => PRECOMMIT,
    }
}

fn told(place: Place, statement: &Statement) -> String {
    let what = match place.1 {
        PROPOSE => "proposal",
        PREVOTE => "prevote",
        _ => "precommit",
    };
    let of = statement
        .block
        .map_or_else(|| "nil".to_owned(), |block| block.to_string());
    match statement.valid_round {
        Some(round) => format!("a {what} for {of} with a proof of lock of round {round}"),
        None => format!("a {what} for {of}"),
    }
}
