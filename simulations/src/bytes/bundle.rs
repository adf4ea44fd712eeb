//! `.tbproof`: what anybody hands to somebody who has nothing but the genesis document. Nothing is proven that is not so.

use ledger_core::codec::decode;
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::proof::{
    BUNDLE_BYTES_MAX, BlockClaim, BlockProof, Fact, ListPath, ProofBundle, TrustChain,
    VerifiedBundle,
};
use ledger_core::receipt::{Owner, Posting, Receipt};
use ledger_core::record::account::{AccountRecord, History};
use ledger_core::record::order::OrderRecord;
use ledger_core::state::StateKey;
use ledger_core::state::key::order_of_key;
use ledger_core::state::overlay::RECORD_BYTES_MAX;

use super::proven::{self, assert_decided, check, checkpoints, clock, worlds};
use super::world::{Decided, OFFICE, TOWN, World};
use super::{Allowance, BYTES_RESERVED, Outcome, Target};

/// The target.
pub static TARGET: Target = Target {
    name: "bundle",
    run,
    samples,
    length_max: 64 * 1024,
    inputs: 700,
    allowance: Allowance {
        // The parts as read, as written again, each claim's encoding, and the facts.
        bytes_per_byte: 24,
        bytes: BYTES_RESERVED + 128 * 1024,
    },
};

/// Reads `data` as a file, and once more with the checksum that an enemy would put there.
pub fn run(data: &[u8]) -> Outcome {
    match taken(data) {
        Outcome::Taken => Outcome::Taken,
        Outcome::Refused => {
            let Some((covered, _)) = data.split_last_chunk::<32>() else {
                return Outcome::Refused;
            };
            let checksum = hash(Domain::ProofBundle, &[covered]);
            taken(&[covered, checksum.as_bytes()].concat())
        }
    }
}

fn taken(file: &[u8]) -> Outcome {
    let bundle = match ProofBundle::from_file(file) {
        Ok(bundle) => bundle,
        Err(error) => {
            check(&error);
            return Outcome::Refused;
        }
    };
    assert!(file.len() <= BUNDLE_BYTES_MAX);
    assert_eq!(bundle.to_file(), file);
    for world in worlds() {
        let anchor = TrustChain::genesis(&world.genesis);
        match ProofBundle::verify_file(file, &anchor, clock(world)) {
            Ok(verified) => assert_true(world, &verified),
            Err(error) => check(&error),
        }
    }
    Outcome::Taken
}

/// Every fact is one of the chain. Samples prove records against its last block only.
fn assert_true(world: &World, verified: &VerifiedBundle) {
    for (block, proven) in verified
        .blocks
        .iter()
        .map(|it| (decided(world, it.height.0), it))
    {
        assert_eq!(block.block.id(), proven.block_id);
        for fact in &proven.facts {
            assert_fact(world, block, fact);
        }
    }
    let head = verified.trust.head();
    let newest = verified.newest();
    assert!(head.height >= newest.height);
    assert_decided(world, &decided(world, head.height.0).block.header);
}

fn decided(world: &World, height: u64) -> &Decided {
    let index = usize::try_from(height).expect("64 bits") - 1;
    &world.blocks[index]
}

fn assert_fact(world: &World, block: &Decided, fact: &Fact) {
    let is = |key: StateKey| proven::read(world, &key.to_bytes());
    match fact {
        Fact::Account { account, record } => {
            let held = is(StateKey::Account(*account));
            assert_eq!(as_record::<AccountRecord>(held), record.as_deref().cloned());
        }
        Fact::Order { order, record } => {
            let held = is(StateKey::Order(*order));
            assert_eq!(as_record::<OrderRecord>(held), record.as_deref().cloned());
        }
        Fact::Record { key, value } => assert_eq!(proven::read(world, key), *value),
        Fact::Transaction { id, envelope } => {
            let mut held = block.block.transactions.iter();
            let held = held.find(|it| it.id() == *id);
            assert_eq!(held.map(|it| it.envelope()), Some(envelope.as_ref()));
        }
        Fact::Receipt(receipt) => assert!(block.receipts.contains(receipt)),
        Fact::Posting {
            owner,
            position,
            posting,
        } => {
            let index = usize::try_from(*position).expect("64 bits");
            assert_eq!(postings(world, *owner).get(index), Some(posting.as_ref()));
        }
    }
}

fn as_record<T>(bytes: Option<Vec<u8>>) -> Option<T>
where
    T: borsh::BorshSerialize + borsh::BorshDeserialize,
{
    bytes.map(|bytes| decode(&bytes, RECORD_BYTES_MAX).expect("the state holds records"))
}

/// The owner's whole history.
fn postings(world: &World, owner: Owner) -> Vec<Posting> {
    let all = world.receipts().flat_map(|it| &it.postings);
    all.filter(|it| it.owner == owner).cloned().collect()
}

fn block_proof(block: &Decided, claims: Vec<BlockClaim>) -> BlockProof {
    BlockProof {
        header: block.block.header.clone(),
        certificate: block.certificate.clone(),
        claims,
    }
}

/// The transaction at `index` of a block, and its receipt.
fn applied(block: &Decided, index: usize) -> Vec<BlockClaim> {
    let transactions = &block.block.transactions;
    let sealed = &transactions[index];
    let leaves: Vec<Hash> = transactions.iter().map(|it| it.envelope_hash()).collect();
    let path = ListPath::of(&leaves, index).expect("it is in the list");
    let transaction = BlockClaim::Transaction {
        envelope: Box::new(sealed.envelope().clone()),
        path,
    };
    // Receipts of automatic work come first.
    let index = block.receipts.len() - transactions.len() + index;
    let leaves: Vec<Hash> = block.receipts.iter().map(Receipt::receipt_hash).collect();
    let path = ListPath::of(&leaves, index).expect("it is in the list");
    let receipt = block.receipts[index].clone();
    vec![transaction, BlockClaim::Receipt { receipt, path }]
}

/// What is proven of records, from the last block.
fn records(world: &World, keys: &[StateKey]) -> BlockProof {
    let proofs = keys.iter().map(|key| proven::record(world, key).into());
    let claims = proofs.flat_map(|it: BlockProof| it.claims).collect();
    block_proof(world.last(), claims)
}

/// A bundle of every kind of claim over a checkpoint or none, and one over a change of the validators.
pub fn samples() -> Vec<Vec<u8>> {
    bundles().iter().map(ProofBundle::to_file).collect()
}

fn bundles() -> Vec<ProofBundle> {
    let town = &*TOWN;
    let account = town.genesis.accounts[0].id();
    let order = town.state.records().find_map(|(key, _)| order_of_key(key));
    let order = order.expect("the town has orders at any time");
    let last = |keys: &[StateKey]| records(town, keys);
    let mut busy = town
        .blocks
        .iter()
        .filter(|it| it.block.transactions.len() > 3);
    let busy = busy.next().expect("the town has busy days");
    let owner = Owner::Account(account);
    let history = postings(town, owner);
    let mut shown = last(&[StateKey::Account(account)]);
    let claim = BlockClaim::postings(owner, History::EMPTY, &history, |at| at % 5 == 3);
    shown.claims.extend(claim);
    let nobody = ledger_core::id::AccountId([7; 20]);
    let parts = [
        vec![last(&[StateKey::Supply, StateKey::Order(order)])],
        vec![last(&[
            StateKey::Account(nobody),
            StateKey::Recovery(account),
        ])],
        vec![shown],
        vec![block_proof(busy, applied(busy, 2))],
        vec![
            block_proof(busy, applied(busy, 0)),
            last(&[StateKey::Account(account)]),
        ],
    ];
    let chain = town.chain_id();
    let of = |checkpoints: Vec<_>, blocks| {
        let changes = town.changes.clone();
        ProofBundle::new(chain, checkpoints, changes, blocks)
    };
    let mut bundles: Vec<_> = parts.map(|blocks| of(Vec::new(), blocks)).to_vec();
    bundles.push(of(checkpoints(), vec![last(&[StateKey::Supply])]));
    let office = &*OFFICE;
    let first = &office.blocks[0];
    let of_office = [
        block_proof(first, applied(first, 0)),
        records(office, &[StateKey::Supply]),
    ];
    bundles.push(ProofBundle::new(
        office.chain_id(),
        Vec::new(),
        office.changes.clone(),
        of_office.to_vec(),
    ));
    bundles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_verified_by_whoever_has_its_document() {
        let mut facts = 0;
        for bundle in bundles() {
            let world = worlds()
                .into_iter()
                .find(|it| it.chain_id() == bundle.chain_id);
            let world = world.expect("of one of both");
            let anchor = TrustChain::genesis(&world.genesis);
            let verified = bundle.verify(&anchor, clock(world));
            let verified = verified.unwrap_or_else(|error| panic!("{error}"));
            assert_true(world, &verified);
            facts += verified.facts().count();
        }
        assert!(facts > 12, "{facts} facts");
    }
}
