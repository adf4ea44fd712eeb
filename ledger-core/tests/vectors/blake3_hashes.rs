//! BLAKE3's own vectors, and that every domain of ours is the derive-key mode those vectors check.

use ledger_core::hash::{Domain, hash, hasher};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    key: String,
    context_string: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    input_len: usize,
    hash: String,
    keyed_hash: String,
    derive_key: String,
}

/// The input of the vectors: 0, 1, …, 250, 0, 1, …
fn input(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

fn extended(mut hasher: blake3::Hasher, input: &[u8], length: usize) -> String {
    let mut output = vec![0; length];
    hasher.update(input).finalize_xof().fill(&mut output);
    hex::encode(output)
}

#[test]
fn the_hash_function_gives_blake3s_own_vectors() {
    let Some(vectors) = super::outside_vectors::<Vectors>("blake3/test_vectors.json") else {
        return;
    };
    assert_eq!(vectors.cases.len(), 35);
    let key: &[u8; 32] = vectors.key.as_bytes().try_into().unwrap();
    let context = &vectors.context_string;
    for case in &vectors.cases {
        let input = input(case.input_len);
        let check = |hasher: blake3::Hasher, expected: &str| {
            assert_eq!(extended(hasher, &input, expected.len() / 2), expected);
        };
        check(blake3::Hasher::new(), &case.hash);
        check(blake3::Hasher::new_keyed(key), &case.keyed_hash);
        check(blake3::Hasher::new_derive_key(context), &case.derive_key);
        assert_eq!(
            hex::encode(blake3::derive_key(context, &input)),
            case.derive_key[..64]
        );
    }
}

#[test]
fn a_domains_hash_is_blake3s_derive_key_for_every_length_of_the_vectors() {
    let lengths = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 2048, 2049, 3072,
        3073, 4096, 4097, 5120, 5121, 6144, 6145, 7168, 7169, 8192, 8193, 16384, 31744, 102_400,
    ];
    for length in lengths {
        let input = input(length);
        for domain in Domain::ALL {
            let expected = blake3::derive_key(domain.context(), &input);
            assert_eq!(hash(*domain, &[&input]).0, expected);
            let (head, tail) = input.split_at(length / 3);
            assert_eq!(hash(*domain, &[head, b"", tail]).0, expected);
            let mut parts = hasher(*domain);
            for part in input.chunks(67) {
                parts.update(part);
            }
            assert_eq!(*parts.finalize().as_bytes(), expected);
        }
    }
}
