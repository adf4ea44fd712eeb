//! Keys from a seed: SLIP-0010 for Ed25519, every step hardened.
//!
//! One mnemonic gives any number of keys, each at a path, so that a sheet of paper brings all of them back. Source:
//! <https://slips.readthedocs.io/en/latest/slip-0010/>; why the code is our own and not a crate: ADR 0009.
//!
//! The path is `m/44'/1414090053'/account'/key'`. 1414090053 is `TIME` in ASCII, a number SLIP-0044 has given to nobody.
//! `account` counts the accounts a wallet holds keys for, from 0. `key` counts the keys an account has had, from 0: an
//! account whose key is replaced goes on with the next one.
//!
//! What always holds: parent keys, chain codes and seeds are wiped when they are dropped; nothing here is shown by `Debug`.

use borsh::{BorshDeserialize, BorshSerialize};
use hmac::{Hmac, KeyInit, Mac};
use ledger_core::signature::SecretKey;
use serde::{Deserialize, Serialize};
use sha2::Sha512;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::keystore::KeystoreError;

/// The purpose of the path (BIP-43): a tree of accounts, as in BIP-44.
pub const PURPOSE: u32 = 44;
/// The type of what the keys are for: `TIME` in ASCII.
pub const COIN_TYPE: u32 = 1_414_090_053;
/// The first index that cannot be hardened any more: 2³¹.
pub const INDEX_END: u32 = 0x8000_0000;

/// A seed of 64 bytes, from a mnemonic (BIP-39).
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 64]);

impl Seed {
    /// From its bytes.
    pub const fn new(bytes: [u8; 64]) -> Seed {
        Seed(bytes)
    }

    /// Its bytes, which are as secret as every key derived from them.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// The key at `path`.
    ///
    /// # Errors
    /// When an index of the path is too large.
    pub fn key(&self, path: KeyPath) -> Result<SecretKey, Error> {
        let mut node = Node::master(&self.0);
        for index in [PURPOSE, COIN_TYPE, path.account, path.key] {
            node = node.child(index)?;
        }
        Ok(SecretKey::from_seed(&node.key))
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// Where in the tree a key is: `m/44'/1414090053'/account'/key'`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct KeyPath {
    /// Which account of this wallet, from 0.
    pub account: u32,
    /// Which of the keys the account has had, from 0.
    pub key: u32,
}

impl KeyPath {
    /// The first key of the account with this index.
    pub const fn first(account: u32) -> KeyPath {
        KeyPath { account, key: 0 }
    }
}

impl std::fmt::Display for KeyPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let KeyPath { account, key } = self;
        write!(f, "m/{PURPOSE}'/{COIN_TYPE}'/{account}'/{key}'")
    }
}

/// A node of the tree.
struct Node {
    key: Zeroizing<[u8; 32]>,
    chain_code: Zeroizing<[u8; 32]>,
}

impl Node {
    /// SLIP-0010, "Master key generation": `I = HMAC-SHA512(Key = "ed25519 seed", Data = S)`.
    fn master(seed: &[u8]) -> Node {
        Node::of(b"ed25519 seed", &[seed])
    }

    /// SLIP-0010, "Private parent key → private child key", for a hardened `index`:
    /// `I = HMAC-SHA512(Key = c_par, Data = 0x00 || ser256(k_par) || ser32(i))`.
    fn child(&self, index: u32) -> Result<Node, Error> {
        if index >= INDEX_END {
            return Err(KeystoreError::KeyIndex {
                index,
                end: INDEX_END,
            }
            .into());
        }
        let hardened = (index | INDEX_END).to_be_bytes();
        Ok(Node::of(&*self.chain_code, &[&[0], &*self.key, &hardened]))
    }

    fn of(key: &[u8], data: &[&[u8]]) -> Node {
        let mut mac = Hmac::<Sha512>::new_from_slice(key).expect("HMAC takes a key of any length");
        for part in data {
            mac.update(part);
        }
        let mut bytes = Zeroizing::new([0; 64]);
        bytes.copy_from_slice(&mac.finalize().into_bytes());
        let (left, right) = bytes.split_at(32);
        let mut node = Node {
            key: Zeroizing::new([0; 32]),
            chain_code: Zeroizing::new([0; 32]),
        };
        node.key.copy_from_slice(left);
        node.chain_code.copy_from_slice(right);
        node
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step of an official test vector: index (none for the master), chain code, private key, public key.
    type Step = (Option<u32>, &'static str, &'static str, &'static str);

    /// SLIP-0010, "Test vector 1 for ed25519".
    const SEED_1: &str = "000102030405060708090a0b0c0d0e0f";
    const VECTOR_1: [Step; 6] = [
        (
            None,
            "90046a93de5380a72b5e45010748567d5ea02bbf6522f979e05c0d8d8ca9fffb",
            "2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7",
            "a4b2856bfec510abab89753fac1ac0e1112364e7d250545963f135f2a33188ed",
        ),
        (
            Some(0),
            "8b59aa11380b624e81507a27fedda59fea6d0b779a778918a2fd3590e16e9c69",
            "68e0fe46dfb67e368c75379acec591dad19df3cde26e63b93a8e704f1dade7a3",
            "8c8a13df77a28f3445213a0f432fde644acaa215fc72dcdf300d5efaa85d350c",
        ),
        (
            Some(1),
            "a320425f77d1b5c2505a6b1b27382b37368ee640e3557c315416801243552f14",
            "b1d0bad404bf35da785a64ca1ac54b2617211d2777696fbffaf208f746ae84f2",
            "1932a5270f335bed617d5b935c80aedb1a35bd9fc1e31acafd5372c30f5c1187",
        ),
        (
            Some(2),
            "2e69929e00b5ab250f49c3fb1c12f252de4fed2c1db88387094a0f8c4c9ccd6c",
            "92a5b23c0b8a99e37d07df3fb9966917f5d06e02ddbd909c7e184371463e9fc9",
            "ae98736566d30ed0e9d2f4486a64bc95740d89c7db33f52121f8ea8f76ff0fc1",
        ),
        (
            Some(2),
            "8f6d87f93d750e0efccda017d662a1b31a266e4a6f5993b15f5c1f07f74dd5cc",
            "30d1dc7e5fc04c31219ab25a27ae00b50f6fd66622f6e9c913253d6511d1e662",
            "8abae2d66361c879b900d204ad2cc4984fa2aa344dd7ddc46007329ac76c429c",
        ),
        (
            Some(1_000_000_000),
            "68789923a0cac2cd5a29172a475fe9e0fb14cd6adb5ad98a3fa70333e7afa230",
            "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793",
            "3c24da049451555d51a7014a37337aa4e12d41e485abccfa46b47dfb2af54b7a",
        ),
    ];

    /// SLIP-0010, "Test vector 2 for ed25519".
    const SEED_2: &str = "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a2\
                          9f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542";
    const VECTOR_2: [Step; 6] = [
        (
            None,
            "ef70a74db9c3a5af931b5fe73ed8e1a53464133654fd55e7a66f8570b8e33c3b",
            "171cb88b1b3c1db25add599712e36245d75bc65a1a5c9e18d76f9f2b1eab4012",
            "8fe9693f8fa62a4305a140b9764c5ee01e455963744fe18204b4fb948249308a",
        ),
        (
            Some(0),
            "0b78a3226f915c082bf118f83618a618ab6dec793752624cbeb622acb562862d",
            "1559eb2bbec5790b0c65d8693e4d0875b1747f4970ae8b650486ed7470845635",
            "86fab68dcb57aa196c77c5f264f215a112c22a912c10d123b0d03c3c28ef1037",
        ),
        (
            Some(2_147_483_647),
            "138f0b2551bcafeca6ff2aa88ba8ed0ed8de070841f0c4ef0165df8181eaad7f",
            "ea4f5bfe8694d8bb74b7b59404632fd5968b774ed545e810de9c32a4fb4192f4",
            "5ba3b9ac6e90e83effcd25ac4e58a1365a9e35a3d3ae5eb07b9e4d90bcf7506d",
        ),
        (
            Some(1),
            "73bd9fff1cfbde33a1b846c27085f711c0fe2d66fd32e139d3ebc28e5a4a6b90",
            "3757c7577170179c7868353ada796c839135b3d30554bbb74a4b1e4a5a58505c",
            "2e66aa57069c86cc18249aecf5cb5a9cebbfd6fadeab056254763874a9352b45",
        ),
        (
            Some(2_147_483_646),
            "0902fe8a29f9140480a00ef244bd183e8a13288e4412d8389d140aac1794825a",
            "5837736c89570de861ebc173b1086da4f505d4adb387c6a1b1342d5e4ac9ec72",
            "e33c0f7d81d843c572275f287498e8d408654fdf0d1e065b84e2e6f157aab09b",
        ),
        (
            Some(2),
            "5d70af781f3a37b829f0d060924d5e960bdc02e85423494afc0b1a41bbe196d4",
            "551d333177df541ad876a60ea71f00447931c0a9da16f227c11ea080d7391b8d",
            "47150c75db263559a70d5778bf36abbab30fb061ad69f69ece61a72b0cfa4fc0",
        ),
    ];

    #[test]
    fn the_official_vectors_of_slip_0010_come_out() {
        for (seed, steps) in [(SEED_1, VECTOR_1), (SEED_2, VECTOR_2)] {
            let mut node = Node::master(&hex::decode(seed).unwrap());
            for (index, chain_code, private, public) in steps {
                if let Some(index) = index {
                    node = node.child(index).unwrap();
                }
                assert_eq!(hex::encode(*node.chain_code), chain_code, "{index:?}");
                assert_eq!(hex::encode(*node.key), private, "{index:?}");
                let key = SecretKey::from_seed(&node.key).public_key();
                assert_eq!(key.to_string(), public, "{index:?}");
            }
        }
    }

    #[test]
    fn every_path_has_a_key_of_its_own_that_can_be_registered() {
        let seed = Seed::new([7; 64]);
        let mut keys = std::collections::BTreeSet::new();
        for account in 0..5 {
            for key in 0..5 {
                let key = seed.key(KeyPath { account, key }).unwrap().public_key();
                assert_eq!(key.check_registrable(), Ok(()));
                keys.insert(key.0);
            }
        }
        assert_eq!(keys.len(), 25);
        assert_eq!(
            KeyPath { account: 3, key: 1 }.to_string(),
            "m/44'/1414090053'/3'/1'"
        );
        assert_eq!(COIN_TYPE.to_be_bytes(), *b"TIME");
    }

    #[test]
    fn refuses_an_index_that_cannot_be_hardened() {
        let seed = Seed::new([7; 64]);
        for path in [
            KeyPath::first(INDEX_END),
            KeyPath {
                account: 0,
                key: u32::MAX,
            },
        ] {
            assert_eq!(seed.key(path).unwrap_err().code(), "key_index");
        }
        assert!(seed.key(KeyPath::first(INDEX_END - 1)).is_ok());
    }

    #[test]
    fn a_seed_is_not_shown() {
        assert_eq!(format!("{:?}", Seed::new([7; 64])), "Seed(…)");
    }
}
