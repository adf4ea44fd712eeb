//! From a password to a key, and from a key to sealed bytes: Argon2id (RFC 9106) and XChaCha20-Poly1305.
//!
//! The output of Argon2id has 64 bytes: the first 32 are the key of the cipher, the other 32 are hashed to a check value
//! that stands in the file, by which a wrong password is told apart from damage before anything is deciphered. Finding the
//! key from the check value costs as much as finding the password from the ciphertext: one Argon2id for each guess.

use argon2::{Algorithm, Argon2, Params, Version};
use borsh::{BorshDeserialize, BorshSerialize};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::KeystoreError;
use crate::mnemonic::normal;

/// What is hashed before the second half of Argon2id's output.
const CHECK_DOMAIN: &[u8] = b"timebank keystore check v1";
/// The length of a salt, in bytes (RFC 9106, section 3.1, recommends 16).
pub(super) const SALT_BYTES: usize = 16;
/// The length of the check value, in bytes.
pub(super) const CHECK_BYTES: usize = 16;
/// The length of a nonce, in bytes; long enough to be random each time.
pub(super) const NONCE_BYTES: usize = 24;

/// What checking a password costs: memory, passes over it, lanes (RFC 9106).
///
/// The bounds hold for what is read, too: a file made by an enemy cannot ask a phone for more than [`Cost::MOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes, filled one after the other by this build.
    pub lanes: u32,
}

impl Cost {
    /// For people: 64 MiB and three passes (RFC 9106, section 4, second choice, with one lane for phones).
    pub const DEFAULT: Cost = Cost {
        memory_kib: 64 * 1024,
        iterations: 3,
        lanes: 1,
    };
    /// The least that is written or read: for tests, and for devices with little memory.
    pub const LEAST: Cost = Cost {
        memory_kib: 8 * 1024,
        iterations: 1,
        lanes: 1,
    };
    /// The most that is written or read.
    pub const MOST: Cost = Cost {
        memory_kib: 512 * 1024,
        iterations: 16,
        lanes: 4,
    };

    /// # Errors
    /// When it is below [`Cost::LEAST`] or above [`Cost::MOST`] in any respect.
    pub fn check(self) -> Result<(), KeystoreError> {
        let within = |of: fn(Cost) -> u32| (of(Cost::LEAST)..=of(Cost::MOST)).contains(&of(self));
        if within(|cost| cost.memory_kib)
            && within(|cost| cost.iterations)
            && within(|cost| cost.lanes)
        {
            return Ok(());
        }
        let (least, most) = (Cost::LEAST, Cost::MOST);
        Err(KeystoreError::Cost {
            memory_kib: self.memory_kib,
            iterations: self.iterations,
            lanes: self.lanes,
            bounds: format!(
                "{}-{} KiB, {}-{}, {}-{}",
                least.memory_kib,
                most.memory_kib,
                least.iterations,
                most.iterations,
                least.lanes,
                most.lanes
            ),
        })
    }
}

impl Default for Cost {
    fn default() -> Cost {
        Cost::DEFAULT
    }
}

/// What a password gives: the key of the cipher, and the check value.
#[derive(Clone, ZeroizeOnDrop)]
pub(super) struct PasswordKey {
    key: [u8; 32],
    /// Stands in the file.
    pub(super) check: [u8; CHECK_BYTES],
}

impl PasswordKey {
    /// Argon2id of the password in Unicode's form NFKD, so that a phone and a computer that type it differently agree.
    pub(super) fn derive(
        password: &str,
        salt: &[u8; SALT_BYTES],
        cost: Cost,
    ) -> Result<PasswordKey, KeystoreError> {
        cost.check()?;
        let parameters = Params::new(cost.memory_kib, cost.iterations, cost.lanes, Some(64))
            .expect("within the bounds just checked, which are Argon2's own too");
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
        let mut output = Zeroizing::new([0; 64]);
        argon
            .hash_password_into(normal(password).as_bytes(), salt, &mut *output)
            .map_err(|_| KeystoreError::Memory {
                memory_kib: cost.memory_kib,
            })?;
        let (left, right) = output.split_at(32);
        let hashed = Sha256::new()
            .chain_update(CHECK_DOMAIN)
            .chain_update(right)
            .finalize();
        let mut derived = PasswordKey {
            key: [0; 32],
            check: [0; CHECK_BYTES],
        };
        derived.key.copy_from_slice(left);
        derived.check.copy_from_slice(&hashed[..CHECK_BYTES]);
        Ok(derived)
    }

    /// Seals `plain`; `beside` is authenticated with it.
    pub(super) fn seal(&self, nonce: &[u8; NONCE_BYTES], beside: &[u8], plain: &[u8]) -> Vec<u8> {
        let cipher = XChaCha20Poly1305::new(&Key::from(self.key));
        let payload = Payload {
            msg: plain,
            aad: beside,
        };
        cipher
            .encrypt(&XNonce::from(*nonce), payload)
            .expect("a keystore is far shorter than the cipher's 256 GiB")
    }

    /// Opens what [`PasswordKey::seal`] sealed; none when a bit of it, of the nonce or of `beside` is another.
    pub(super) fn open(
        &self,
        nonce: &[u8; NONCE_BYTES],
        beside: &[u8],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let cipher = XChaCha20Poly1305::new(&Key::from(self.key));
        let payload = Payload {
            msg: sealed,
            aad: beside,
        };
        let plain = cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
        Some(Zeroizing::new(plain))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::outside_vectors::outside_vectors;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wycheproof {
        number_of_tests: usize,
        test_groups: Vec<Group>,
    }

    #[derive(Deserialize)]
    struct Group {
        tests: Vec<Case>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Case {
        tc_id: u64,
        key: String,
        iv: String,
        aad: String,
        msg: String,
        ct: String,
        tag: String,
        result: String,
    }

    fn with_key(key: [u8; 32]) -> PasswordKey {
        PasswordKey {
            key,
            check: [0; CHECK_BYTES],
        }
    }

    fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
        hex::decode(text).unwrap().try_into().ok()
    }

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn the_drafts_example_comes_out() {
        let key = std::array::from_fn(|index| 0x80 + u8::try_from(index).unwrap());
        let nonce = std::array::from_fn(|index| 0x40 + u8::try_from(index).unwrap());
        let beside = hex::decode("50515253c0c1c2c3c4c5c6c7").unwrap();
        let plain =
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
                      future, sunscreen would be it.";
        let sealed = with_key(key).seal(&nonce, &beside, plain);
        assert_eq!(
            hex::encode(&sealed[..16]),
            "bd6d179d3e83d43b9576579493c0e939"
        );
        assert_eq!(
            hex::encode(&sealed[sealed.len() - 16..]),
            "c0875924c1c7987947deafd8780acf49"
        );
        assert_eq!(
            with_key(key)
                .open(&nonce, &beside, &sealed)
                .unwrap()
                .as_slice(),
            plain
        );
    }

    #[test]
    fn every_wycheproof_case_of_the_cipher_is_judged_right() {
        let Some(set) = outside_vectors::<Wycheproof>("wycheproof/xchacha20_poly1305_test.json")
        else {
            return;
        };
        let cases: Vec<Case> = set
            .test_groups
            .into_iter()
            .flat_map(|group| group.tests)
            .collect();
        assert_eq!(cases.len(), set.number_of_tests);
        let mut opened = 0;
        for case in cases {
            // Nonces of other lengths are not for this cipher, which the type says already.
            let Some(nonce) = bytes::<NONCE_BYTES>(&case.iv) else {
                assert_eq!(case.result, "invalid", "case {}", case.tc_id);
                continue;
            };
            let key = with_key(bytes(&case.key).unwrap());
            let beside = hex::decode(&case.aad).unwrap();
            let plain = hex::decode(&case.msg).unwrap();
            let sealed = hex::decode(format!("{}{}", case.ct, case.tag)).unwrap();
            let found = key.open(&nonce, &beside, &sealed);
            if case.result == "valid" {
                assert_eq!(found.unwrap().as_slice(), plain, "case {}", case.tc_id);
                assert_eq!(
                    key.seal(&nonce, &beside, &plain),
                    sealed,
                    "case {}",
                    case.tc_id
                );
                opened += 1;
            } else {
                assert!(found.is_none(), "case {}", case.tc_id);
            }
        }
        assert!(opened > 100, "{opened} valid cases");
    }

    #[test]
    fn password_salt_and_cost_all_count() {
        let derive = |password, salt, cost| PasswordKey::derive(password, &salt, cost).unwrap();
        let (one, salt) = (derive("南京南京南京南京", [1; 16], Cost::LEAST), [1; 16]);
        let dear = Cost {
            iterations: 2,
            ..Cost::LEAST
        };
        for other in [
            derive("南京南京南京南", salt, Cost::LEAST),
            derive("南京南京南京南京", [2; 16], Cost::LEAST),
            derive("南京南京南京南京", salt, dear),
        ] {
            assert_ne!((one.key, one.check), (other.key, other.check));
            assert_ne!(one.check, other.check);
        }
        let full_width = derive("ｐａｓｓｗｏｒｄ１", salt, Cost::LEAST);
        assert_eq!(
            full_width.check,
            derive("password1", salt, Cost::LEAST).check
        );
    }

    #[test]
    fn a_cost_out_of_bounds_is_refused_before_any_memory_is_taken() {
        let asks = [
            (u32::MAX, 3, 1),
            (512 * 1024 + 1, 3, 1),
            (8 * 1024 - 1, 3, 1),
            (64 * 1024, 0, 1),
            (64 * 1024, 17, 1),
            (64 * 1024, u32::MAX, 1),
            (64 * 1024, 3, 0),
            (64 * 1024, 3, 5),
        ];
        for (memory_kib, iterations, lanes) in asks {
            let cost = Cost {
                memory_kib,
                iterations,
                lanes,
            };
            let refused = PasswordKey::derive("password", &[0; 16], cost).err();
            assert_eq!(
                refused.map(|error| error.code()),
                Some("keystore_cost"),
                "{cost:?}"
            );
        }
        assert_eq!(Cost::DEFAULT.check(), Ok(()));
        assert_eq!(Cost::MOST.check(), Ok(()));
    }
}
