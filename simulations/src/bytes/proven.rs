//! What samples of proofs are made from, beside the chains: proofs of records, checkpoints, and who believes what.
//!
//! What always holds: all of it is signed by those who may, and true of its chain; so whatever is believed of inputs made from
//! it must be true of the chain too.

use std::collections::BTreeMap;

use ledger_core::block::Header;
use ledger_core::proof::{
    CHECKPOINT_VERSION, Checkpoint, CheckpointBody, CheckpointKeys, Clock, ProofError, RecordProof,
    TrustChain,
};
use ledger_core::state::tree::prove;
use ledger_core::state::{StateKey, StateView};
use ledger_core::validator::ValidatorSet;

use super::document;
use super::world::{OFFICE, TOWN, World};
use crate::comparison::founding;

/// The heights of the town's blocks that its checkpoints are of. Each hands over to other keys than the one before.
const CHECKPOINTS: [usize; 3] = [40, 90, 300];

/// Both chains.
pub(super) fn worlds() -> [&'static World; 2] {
    [&TOWN, &OFFICE]
}

/// When the last block was decided, for a checker whose trust does not end: test chains have a time of their own.
pub(super) const fn clock(world: &World) -> Clock {
    Clock::at(world.tip.time_ms).with_trusting_period_ms(u64::MAX)
}

/// The record under `key` after the last block.
pub(super) fn read(world: &World, key: &[u8]) -> Option<Vec<u8>> {
    let read = world.state.read(key);
    read.expect("a state in memory is readable")
}

/// What is under `key` after the last block, or that nothing is, proven.
pub(super) fn record(world: &World, key: &StateKey) -> RecordProof {
    let key = key.to_bytes();
    RecordProof {
        value: read(world, &key),
        tree_proof: prove(&world.state, &key).expect("a state in memory is readable"),
        key,
        header: world.last().block.header.clone(),
        certificate: world.last().certificate.clone(),
    }
}

/// The town's checkpoints, each signed by everybody whom the one before names.
pub(super) fn checkpoints() -> Vec<Checkpoint> {
    let mut keys = CheckpointKeys::of_genesis(&TOWN.genesis);
    assert!(!keys.is_empty(), "the town has administrators and auditors");
    let mut checkpoints = Vec::new();
    for (index, height) in CHECKPOINTS.into_iter().enumerate() {
        let header = TOWN.blocks[height - 1].block.header.clone();
        let mut next = keys.clone();
        next.threshold = if index % 2 == 0 { 1 } else { 2 };
        let body = CheckpointBody {
            version: CHECKPOINT_VERSION,
            chain_id: TOWN.chain_id(),
            set: set_after(&TOWN, &header),
            header,
            keys: next.clone(),
        };
        let signers: BTreeMap<_, _> = keys
            .administrators
            .iter()
            .chain(&keys.auditors)
            .map(|signer| (signer.staff, signer.key))
            .collect();
        let signatures = signers.into_iter().map(|(staff, key)| {
            let secret = founding::secret_of(&key).expect("the town's keys are of the ring");
            body.sign(staff, secret)
        });
        checkpoints.push(Checkpoint::new(body.clone(), signatures));
        keys = next;
    }
    checkpoints
}

fn set_after(world: &World, header: &Header) -> ValidatorSet {
    let made = world.changes.iter().map(|change| &change.next);
    let known = std::iter::once(&world.genesis.validators).chain(made);
    let mut named = known.filter(|set| set.set_hash() == header.next_validators_hash);
    named.next().cloned().expect("each set was a change's")
}

/// That the header is one of the chain.
pub(super) fn assert_decided(world: &World, header: &Header) {
    let index = usize::try_from(header.height.0).expect("64 bits") - 1;
    assert_eq!(*header, world.blocks[index].block.header);
}

/// What every error of a proof has, also as a wallet's.
pub(super) fn check(error: &ProofError) {
    assert!(!error.to_string().is_empty());
    document::check(&error.clone().into());
}

/// Trust in the town's document, and then in its checkpoints, and in the last block.
pub(super) fn town_trust(checkpoints: &[Checkpoint]) -> TrustChain {
    let (mut trust, clock) = (TrustChain::genesis(&TOWN.genesis), clock(&TOWN));
    trust
        .renew_from(checkpoints, clock)
        .unwrap_or_else(|error| panic!("{error}"));
    trust
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkpoints_of_the_town_are_believed_one_after_another() {
        let checkpoints = checkpoints();
        let trust = town_trust(&checkpoints);
        assert_eq!(trust.checkpoint_height().0, CHECKPOINTS[2] as u64);
        let mut skipping = TrustChain::genesis(&TOWN.genesis);
        let clock = clock(&TOWN);
        assert!(skipping.renew(&checkpoints[0], clock).is_ok());
        assert_ne!(checkpoints[0].body.keys, checkpoints[1].body.keys);
    }
}
