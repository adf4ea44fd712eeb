//! The encoding of everything that is signed, hashed or sent: one value, one encoding, and nothing else is read.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "support/proofs.rs"]
mod proofs;
mod support;

use std::collections::BTreeSet;
use std::fmt::Debug;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::{BLOCK_BYTES_MAX, Block, Header};
use ledger_core::certificate::{CommitCertificate, Evidence};
use ledger_core::codec::{DecodeError, decode, encode};
use ledger_core::hash::{Domain, hash};
use ledger_core::proof::{Checkpoint, ProofBundle};
use ledger_core::signature::Signature;
use ledger_core::state::tree::TreeProof;
use ledger_core::transaction::{
    ENVELOPE_BYTES_MAX, Envelope, EnvelopeError, Operation, SIGNATURES_MAX, SealedEnvelope,
    SignedBy, TRANSACTION_VERSION, Transaction,
};
use proofs::{bundle, checkpoint};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::{block, certificate, envelope, evidence, header, transaction, tree_proof};

const LENGTH_MAX: usize = ENVELOPE_BYTES_MAX;

trait Value:
    BorshSerialize + BorshDeserialize + Serialize + DeserializeOwned + PartialEq + Debug
{
}

impl<T> Value for T where
    T: BorshSerialize + BorshDeserialize + Serialize + DeserializeOwned + PartialEq + Debug
{
}

/// A value is what its encoding decodes to, and no part or extension of the encoding is read. In JSON it survives too.
fn check_round_trip<T: Value>(value: &T, cut: Index, more: &[u8]) -> Result<(), TestCaseError> {
    let bytes = encode(value);
    let decoded = decode::<T>(&bytes, LENGTH_MAX);
    prop_assert_eq!(decoded.as_ref(), Ok(value));
    let part = &bytes[..cut.index(bytes.len())];
    prop_assert_eq!(decode::<T>(part, LENGTH_MAX), Err(DecodeError::Malformed));
    let longer = [&bytes, more].concat();
    prop_assert_eq!(
        decode::<T>(&longer, LENGTH_MAX),
        Err(DecodeError::TrailingBytes)
    );
    let short_max = bytes.len().saturating_sub(1);
    let too_long = DecodeError::TooLong {
        length: bytes.len(),
        length_max: short_max,
    };
    prop_assert_eq!(decode::<T>(&bytes, short_max), Err(too_long));
    let json = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&json).unwrap();
    prop_assert_eq!(&read, value);
    Ok(())
}

/// No change of one byte gives another encoding of the same value, and what is read at all has been read whole.
fn check_mutation<T: Value>(value: &T, place: Index, change: u8) -> Result<(), TestCaseError> {
    let mut bytes = encode(value);
    let place = place.index(bytes.len());
    bytes[place] ^= change;
    if let Ok(other) = decode::<T>(&bytes, LENGTH_MAX) {
        prop_assert_ne!(&other, value);
        prop_assert_eq!(encode(&other), bytes);
    }
    Ok(())
}

/// Bytes that nobody encoded are refused, or are the one encoding of what they decode to.
fn check_garbage<T: Value>(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(value) = decode::<T>(bytes, LENGTH_MAX) {
        prop_assert_eq!(encode(&value), bytes);
    }
    Ok(())
}

macro_rules! codec_properties {
    ($($name:ident: $type:ty = $strategy:expr;)*) => {
        $(mod $name {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(400))]

                #[test]
                fn decodes_to_what_was_encoded_and_from_nothing_else(
                    value in $strategy, cut: Index, more in prop::collection::vec(any::<u8>(), 1..4),
                ) {
                    check_round_trip::<$type>(&value, cut, &more)?;
                }

                #[test]
                fn has_no_second_encoding_one_byte_away(
                    value in $strategy, place: Index, change in 1..=u8::MAX,
                ) {
                    check_mutation::<$type>(&value, place, change)?;
                }

                #[test]
                fn garbage_does_not_panic(
                    bytes in prop::collection::vec(prop_oneof![0..3u8, any::<u8>()], 0..1_200),
                ) {
                    check_garbage::<$type>(&bytes)?;
                }

                #[test]
                fn a_damaged_encoding_does_not_panic(
                    value in $strategy,
                    damage in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6),
                ) {
                    let mut bytes = encode(&value);
                    for (place, byte) in damage {
                        let place = place.index(bytes.len());
                        bytes[place] = byte;
                    }
                    check_garbage::<$type>(&bytes)?;
                }
            }
        })*
    };
}

codec_properties! {
    transactions: Transaction = transaction();
    envelopes: Envelope = envelope();
    headers: Header = header();
    blocks: Block = block();
    certificates: CommitCertificate = certificate();
    evidences: Evidence = evidence();
    tree_proofs: TreeProof = tree_proof();
    checkpoints: Checkpoint = checkpoint();
    bundles: ProofBundle = bundle();
}

proptest! {
    #[test]
    fn an_envelope_in_form_is_read_and_hashed_alike_whole_or_sealed(
        mut transaction in transaction(),
        others in prop::collection::vec(envelope(), 0..3),
    ) {
        transaction.version = TRANSACTION_VERSION;
        let own = SignedBy { signer: transaction.signer, signature: Signature([0; 64]) };
        let others = others.into_iter().flat_map(|other| other.signatures);
        let envelope = Envelope::new(transaction, others.chain([own]));
        let bytes = encode(&envelope);
        let decoded = Envelope::decode(&bytes);
        prop_assert_eq!(decoded.as_ref(), Ok(&envelope));
        let sealed = SealedEnvelope::decode(&bytes).unwrap();
        prop_assert_eq!(&encode(&sealed), &bytes);
        prop_assert_eq!(sealed.id(), envelope.transaction.id());
        prop_assert_eq!(sealed.envelope_hash(), hash(Domain::Envelope, &[&bytes]));
        prop_assert_eq!(sealed.envelope(), &envelope);
    }

    #[test]
    fn an_envelope_out_of_form_is_refused(
        mut transaction in transaction(),
        others in prop::collection::vec(envelope(), 6..12),
        swap in any::<(Index, Index)>(),
        version in any::<u16>(),
    ) {
        transaction.version = TRANSACTION_VERSION;
        let own = SignedBy { signer: transaction.signer, signature: Signature([0; 64]) };
        let others = others.into_iter().flat_map(|other| other.signatures).take(8);
        let good = Envelope::new(transaction, others.chain([own]));
        prop_assert_eq!(good.check_form(), Ok(()));
        let refusal = |change: &dyn Fn(&mut Envelope)| {
            let mut bad = good.clone();
            change(&mut bad);
            Envelope::decode(&encode(&bad)).unwrap_err()
        };

        let (one, other) = (swap.0.index(good.signatures.len()), swap.1.index(good.signatures.len()));
        if one != other {
            let swapped = refusal(&|bad| bad.signatures.swap(one, other));
            prop_assert_eq!(swapped, EnvelopeError::SignatureOrder);
        }
        let twice = refusal(&|bad| bad.signatures.insert(one, bad.signatures[one]));
        prop_assert_eq!(twice, EnvelopeError::SignatureOrder);
        let signer = good.transaction.signer;
        if good.signatures.len() > 1 {
            let unsigned = refusal(&|bad| bad.signatures.retain(|signed| signed.signer != signer));
            prop_assert_eq!(unsigned, EnvelopeError::SignerMissing { signer });
        }
        let empty = refusal(&|bad| bad.signatures.clear());
        prop_assert_eq!(empty, EnvelopeError::SignatureCount { count: 0 });
        let count = SIGNATURES_MAX + 1;
        let many = refusal(&|bad| bad.signatures = vec![own; count]);
        prop_assert_eq!(many, EnvelopeError::SignatureCount { count });
        if version != TRANSACTION_VERSION {
            let unknown = refusal(&|bad| bad.transaction.version = version);
            prop_assert_eq!(unknown, EnvelopeError::Version { version });
        }
    }
}

#[test]
fn bytes_beyond_the_bound_are_not_looked_at() {
    let bytes = vec![0; BLOCK_BYTES_MAX + 1];
    let refused = DecodeError::TooLong {
        length: BLOCK_BYTES_MAX + 1,
        length_max: BLOCK_BYTES_MAX,
    };
    assert_eq!(decode::<Block>(&bytes, BLOCK_BYTES_MAX), Err(refused));
    assert!(matches!(
        Envelope::decode(&bytes[..=ENVELOPE_BYTES_MAX]),
        Err(EnvelopeError::Decode(DecodeError::TooLong { .. }))
    ));
}

#[test]
fn the_random_operations_are_of_every_kind_there_is() {
    let mut runner = TestRunner::deterministic();
    let random = (0..2_000).map(|_| transaction().new_tree(&mut runner).unwrap().current());
    let kinds: BTreeSet<u8> = random
        .map(|transaction| encode(&transaction.operation)[0])
        .collect();
    let count = u8::try_from(kinds.len()).unwrap();
    assert_eq!(kinds, (0..count).collect());
    // The next number is no operation: when one is added, the random ones must learn it.
    let refused = borsh::from_slice::<Operation>(&[count]).unwrap_err();
    assert!(
        refused.to_string().contains("Unexpected variant"),
        "{refused}"
    );
}
