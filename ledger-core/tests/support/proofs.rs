//! Random checkpoints and proof files: of the right form, and true of nothing.

use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, ChainId, Height, OrderId, OrganisationId, StaffId};
use ledger_core::proof::{
    BlockClaim, BlockProof, Checkpoint, CheckpointBody, CheckpointKeys, CheckpointSignature,
    CheckpointSigner, HistoryLink, ListPath, ListStep, ProofBundle, SetChange,
};
use ledger_core::receipt::{Cause, Entry, Owner, Posting, Receipt};
use ledger_core::record::account::History;
use ledger_core::signature::{PublicKey, SecretKey, Signature};
use ledger_core::time::TimestampMs;
use ledger_core::validator::{Validator, ValidatorSet};
use proptest::collection::vec;
use proptest::prelude::*;

use super::support::{certificate, envelope, header, tree_proof};

pub(crate) fn checkpoint() -> BoxedStrategy<Checkpoint> {
    let keys = (any::<u8>(), vec(signer(), 0..3), vec(signer(), 0..3)).prop_map(
        |(threshold, administrators, auditors)| CheckpointKeys {
            threshold,
            administrators,
            auditors,
        },
    );
    let signature = (staff(), signature())
        .prop_map(|(staff, signature)| CheckpointSignature { staff, signature });
    let fields = (any::<u16>(), hash(), header(), set(), keys);
    (fields, vec(signature, 0..4))
        .prop_map(
            |((version, chain, header, set, keys), signatures)| Checkpoint {
                body: CheckpointBody {
                    version,
                    chain_id: ChainId(chain),
                    header,
                    set,
                    keys,
                },
                signatures,
            },
        )
        .boxed()
}

pub(crate) fn bundle() -> BoxedStrategy<ProofBundle> {
    let change =
        (header(), certificate(), set()).prop_map(|(header, certificate, next)| SetChange {
            header,
            certificate,
            next,
        });
    let block =
        (header(), certificate(), vec(claim(), 0..4)).prop_map(|(header, certificate, claims)| {
            BlockProof {
                header,
                certificate,
                claims,
            }
        });
    let parts = (vec(checkpoint(), 0..2), vec(change, 0..3), vec(block, 0..3));
    (any::<u16>(), hash(), parts)
        .prop_map(
            |(version, chain, (checkpoints, changes, blocks))| ProofBundle {
                version,
                chain_id: ChainId(chain),
                checkpoints,
                changes,
                blocks,
            },
        )
        .boxed()
}

fn claim() -> impl Strategy<Value = BlockClaim> {
    let bytes = || vec(any::<u8>(), 0..40);
    let step = prop_oneof![
        hash().prop_map(ListStep::Left),
        hash().prop_map(ListStep::Right)
    ];
    let path = || vec(step.clone(), 0..6).prop_map(ListPath);
    let link = prop_oneof![
        posting().prop_map(|posting| HistoryLink::Shown(Box::new(posting))),
        hash().prop_map(HistoryLink::Hidden),
    ];
    let receipt =
        (cause(), vec(posting(), 0..3)).prop_map(|(cause, postings)| Receipt { cause, postings });
    let before = (any::<u64>(), hash()).prop_map(|(length, head)| History { length, head });
    prop_oneof![
        (bytes(), bytes(), tree_proof()).prop_map(|(key, value, tree_proof)| BlockClaim::Record {
            key,
            value,
            tree_proof
        }),
        (bytes(), hash(), tree_proof()).prop_map(|(key, key_hash, tree_proof)| {
            BlockClaim::Absence {
                key,
                key_hash,
                tree_proof,
            }
        }),
        (envelope(), path()).prop_map(|(envelope, path)| BlockClaim::Transaction {
            envelope: Box::new(envelope),
            path
        }),
        (receipt, path()).prop_map(|(receipt, path)| BlockClaim::Receipt { receipt, path }),
        (owner(), before, vec(link, 0..5)).prop_map(|(owner, before, links)| {
            BlockClaim::Postings {
                owner,
                before,
                links,
            }
        }),
    ]
}

fn posting() -> impl Strategy<Value = Posting> {
    let entry = prop_oneof![
        Just(Entry::Opened),
        (any::<[u8; 20]>(), any::<u8>()).prop_map(|(order, stars)| Entry::Rated {
            order: OrderId(order),
            stars
        }),
    ];
    (any::<u64>(), any::<u64>(), cause(), owner(), entry).prop_map(
        |(height, time_ms, cause, owner, entry)| Posting {
            height: Height(height),
            time_ms: TimestampMs(time_ms),
            cause,
            owner,
            entry,
        },
    )
}

fn cause() -> impl Strategy<Value = Cause> {
    prop_oneof![
        any::<[u8; 20]>().prop_map(|order| Cause::Settlement(OrderId(order))),
        any::<u64>().prop_map(Cause::Forgetting),
    ]
}

fn owner() -> impl Strategy<Value = Owner> {
    any::<[u8; 20]>().prop_map(|account| Owner::Account(AccountId(account)))
}

/// Keys of the curve: in JSON others are no validators.
fn key() -> impl Strategy<Value = PublicKey> {
    any::<[u8; 32]>().prop_map(|seed| SecretKey::from_seed(&seed).public_key())
}

fn set() -> impl Strategy<Value = ValidatorSet> {
    vec((key(), key(), 1..1_000u64), 1..4).prop_map(|members| {
        let mut validators: Vec<Validator> = members
            .into_iter()
            .map(|(consensus_key, peer_key, power)| Validator {
                organisation: OrganisationId(320_102),
                consensus_key,
                peer_key,
                power,
            })
            .collect();
        validators.sort_by_key(|validator| validator.consensus_key);
        ValidatorSet::new(validators).expect("random keys are different")
    })
}

fn signer() -> impl Strategy<Value = CheckpointSigner> {
    (staff(), any::<[u8; 20]>(), any::<[u8; 32]>()).prop_map(|(staff, person, key)| {
        CheckpointSigner {
            staff,
            person: AccountId(person),
            key: PublicKey(key),
        }
    })
}

fn staff() -> impl Strategy<Value = StaffId> {
    (any::<u64>(), any::<u32>()).prop_map(|(organisation, number)| StaffId {
        organisation: OrganisationId(organisation),
        number,
    })
}

fn hash() -> BoxedStrategy<Hash> {
    any::<[u8; 32]>().prop_map(Hash).boxed()
}

fn signature() -> impl Strategy<Value = Signature> {
    (any::<[u8; 32]>(), any::<[u8; 32]>())
        .prop_map(|(r, s)| Signature([r, s].concat().try_into().expect("twice 32 is 64")))
}
