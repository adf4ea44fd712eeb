//! Verifying in a batch and one by one agree, whatever the signatures are made of and whatever their order.
//!
//! The signatures here are made for the purpose: keys and nonces with every component of small order, in every encoding.

use std::sync::LazyLock;

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::scalar::Scalar;
use ledger_core::signature::{PublicKey, Signature, SignatureCheck, find_invalid, verify_batch};
use proptest::prelude::*;
use proptest::sample::Index;
use sha2::{Digest, Sha512};

use super::ed25519::cctv_cases;

/// The second encodings of points of small order: y not reduced, or a sign of zero (listed in CCTV's README).
const ODD_ENCODINGS: [&str; 6] = [
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/// A signature, and whether it is to be accepted.
#[derive(Clone, Debug)]
struct Case {
    key: PublicKey,
    message: Vec<u8>,
    signature: Signature,
    accepted: bool,
}

impl Case {
    fn check(&self) -> SignatureCheck<'_> {
        SignatureCheck {
            key: self.key,
            signed_bytes: &self.message,
            signature: self.signature,
        }
    }

    /// The signature of a key's secret part `secret` and a nonce's secret part `nonce`, shown as the points `key` and `r`:
    /// these may have components of small order besides.
    fn signed(secret: Scalar, key: [u8; 32], nonce: Scalar, r: [u8; 32], message: &[u8]) -> Case {
        let hashed = Sha512::new()
            .chain_update(r)
            .chain_update(key)
            .chain_update(message)
            .finalize();
        let k = Scalar::from_bytes_mod_order_wide(&hashed.into());
        let s = nonce + k * secret;
        Case {
            key: PublicKey(key),
            message: message.to_vec(),
            signature: signature(&r, s.as_bytes()),
            accepted: true,
        }
    }

    fn refused(mut self, change: impl FnOnce(&mut Case)) -> Case {
        change(&mut self);
        self.accepted = false;
        self
    }
}

fn signature(r: &[u8; 32], s: &[u8; 32]) -> Signature {
    Signature([*r, *s].concat().try_into().unwrap())
}

/// Every encoding of every point of small order.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let canonical = EIGHT_TORSION.iter().map(|point| point.compress().0);
    let odd = ODD_ENCODINGS.iter().map(|text| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).unwrap();
        bytes
    });
    canonical.chain(odd).collect()
}

/// Every key with every nonce: of small order in every encoding, and of mixed order with every component.
fn crafted_cases() -> Vec<Case> {
    let small = small_order_encodings();
    let mixed = |scalar: Scalar| {
        let point = scalar * ED25519_BASEPOINT_POINT;
        EIGHT_TORSION.map(|torsion| (scalar, (point + torsion).compress().0))
    };
    let of_small_order = || small.iter().map(|encoding| (Scalar::ZERO, *encoding));
    let keys = of_small_order().chain(mixed(Scalar::from(0x5eed_u64)));
    let nonces: Vec<_> = of_small_order()
        .chain(mixed(Scalar::from(0xf00d_u64)))
        .collect();
    let mut cases = Vec::new();
    for (secret, key) in keys {
        for (nonce, r) in &nonces {
            let message = format!("case {}", cases.len());
            cases.push(Case::signed(secret, key, *nonce, *r, message.as_bytes()));
        }
    }
    cases
}

/// The cases again, each spoilt in one way.
fn spoilt(cases: &[Case]) -> Vec<Case> {
    // The order of the base point, to be added to s: the same number, in another encoding.
    let order_text = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let order = hex::decode(order_text).unwrap();
    let spoil = |(index, case): (usize, &Case)| {
        case.clone().refused(|case| match index % 4 {
            0 => {
                let mut carry = 0;
                for (byte, add) in case.signature.0[32..].iter_mut().zip(&order) {
                    let sum = u16::from(*byte) + u16::from(*add) + carry;
                    [*byte, _] = sum.to_le_bytes();
                    carry = sum >> 8;
                }
            }
            1 => {
                let s: [u8; 32] = case.signature.0[32..].try_into().unwrap();
                let more = Scalar::from_canonical_bytes(s).unwrap() + Scalar::ONE;
                case.signature.0[32..].copy_from_slice(more.as_bytes());
            }
            // y = 2 is no point of the curve.
            2 => case.signature.0[..32].copy_from_slice(&[&[2][..], &[0; 31]].concat()),
            _ => case.key.0 = [&[2][..], &[0; 31]].concat().try_into().unwrap(),
        })
    };
    cases.iter().enumerate().map(spoil).collect()
}

/// All cases there are.
static POOL: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let crafted = crafted_cases();
    let spoilt = spoilt(&crafted);
    let cctv = cctv_cases().unwrap_or_default();
    let outside = cctv.iter().map(|case| Case {
        key: case.check().key,
        message: case.check().signed_bytes.to_vec(),
        signature: case.check().signature,
        accepted: case.is_to_be_accepted(),
    });
    outside.chain(crafted).chain(spoilt).collect()
});

#[test]
fn each_crafted_signature_alone_is_judged_as_zip_215_says() {
    for case in POOL.iter() {
        let alone = case.key.verifies_raw(&case.message, &case.signature);
        assert_eq!(alone, case.accepted, "{case:?}");
        // In a batch with itself, where components of small order could cancel out.
        for times in [1, 2, 3, 8] {
            assert_eq!(
                verify_batch(&vec![case.check(); times]),
                case.accepted,
                "{case:?}"
            );
        }
    }
}

#[test]
fn all_valid_signatures_at_once_are_one_valid_batch() {
    let mut valid: Vec<_> = POOL.iter().filter(|case| case.accepted).collect();
    let checks =
        |cases: &[&Case]| verify_batch(&cases.iter().map(|c| c.check()).collect::<Vec<_>>());
    assert!(checks(&valid));
    valid.reverse();
    assert!(checks(&valid));
    valid.push(POOL.iter().find(|case| !case.accepted).unwrap());
    assert!(!checks(&valid));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn batches_of_anything_in_any_order_agree_with_one_by_one(
        valid in prop::collection::vec(any::<Index>(), 0..32),
        any_kind in prop::collection::vec(any::<Index>(), 0..4),
        order in prop::collection::vec(any::<u32>(), 36),
    ) {
        let accepted: Vec<_> = POOL.iter().filter(|case| case.accepted).collect();
        let mut batch: Vec<_> = valid.iter().map(|index| *index.get(&accepted)).collect();
        batch.extend(any_kind.iter().map(|index| index.get(&POOL)));
        let mut ordered: Vec<_> = order.iter().zip(&batch).collect();
        ordered.sort_by_key(|(order, _)| **order);
        let shuffled: Vec<_> = ordered.into_iter().map(|(_, case)| *case).collect();
        for batch in [batch, shuffled] {
            let checks: Vec<_> = batch.iter().map(|case| case.check()).collect();
            let one_by_one: Vec<_> = checks
                .iter()
                .map(|check| check.key.verifies_raw(check.signed_bytes, &check.signature))
                .collect();
            prop_assert_eq!(verify_batch(&checks), one_by_one.iter().all(|holds| *holds));
            let invalid = one_by_one.iter().enumerate().filter(|(_, holds)| !**holds);
            let invalid: Vec<_> = invalid.map(|(index, _)| index).collect();
            prop_assert_eq!(find_invalid(&checks), invalid);
        }
    }
}
