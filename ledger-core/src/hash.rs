//! BLAKE3-256 with one domain per purpose.
//!
//! Every hash in the system is made here, under a named [`Domain`]: BLAKE3's `derive_key` mode turns the domain's
//! context string into a key, so a hash made for one purpose can never be taken for one made for another
//! (`docs/protocol.md`, section "Hashes").

pub(crate) mod blocks;
mod chunk;

use std::cmp::Ordering;
use std::fmt;
use std::io::Write;
use std::sync::LazyLock;

use borsh::{BorshDeserialize, BorshSerialize};

use self::chunk::Chunk;
use crate::codec;

/// A BLAKE3-256 output: 32 bytes, shown as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, BorshSerialize, BorshDeserialize)]
pub struct Hash(pub [u8; 32]);

// As the bytes are ordered. Hashes hardly ever agree in their first eight, and those are compared as one number.
impl Ord for Hash {
    fn cmp(&self, other: &Hash) -> Ordering {
        let first = |hash: &Hash| {
            let [a, b, c, d, e, f, g, h, ..] = hash.0;
            u64::from_be_bytes([a, b, c, d, e, f, g, h])
        };
        let firsts = first(self).cmp(&first(other));
        firsts.then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Hash {
    fn partial_cmp(&self, other: &Hash) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash {
    /// Thirty-two zero bytes: the parent of the first block, and the head of an empty history chain.
    pub const ZERO: Hash = Hash([0; 32]);

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Hash {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Hash(bytes))
    }
}

codec::serde_as_text!(Hash);

macro_rules! domains {
    ($($(#[$doc:meta])* $variant:ident => $context:literal,)*) => {
        /// What a hash is for. The context strings are part of the protocol and never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Domain { $($(#[$doc])* $variant,)* }

        impl Domain {
            /// Every domain, in declaration order.
            pub const ALL: &'static [Domain] = &[$(Domain::$variant,)*];

            /// The `derive_key` context string.
            pub const fn context(self) -> &'static str {
                match self { $(Domain::$variant => $context,)* }
            }

            fn context_key(self) -> &'static blake3::hazmat::ContextKey {
                match self {
                    $(Domain::$variant => {
                        static KEY: LazyLock<blake3::hazmat::ContextKey> =
                            LazyLock::new(|| blake3::hazmat::hash_derive_key_context($context));
                        &KEY
                    })*
                }
            }

            /// The key as words.
            fn key_words(self) -> [u32; 8] {
                let mut key = [0; 8];
                let (words, _) = self.context_key().as_chunks::<4>();
                for (word, bytes) in key.iter_mut().zip(words) {
                    *word = u32::from_le_bytes(*bytes);
                }
                key
            }
        }
    };
}

domains! {
    /// The genesis document: the chain id.
    Genesis => "timebank v1 genesis",
    /// The signed part of a transaction: the transaction id.
    Transaction => "timebank v1 transaction",
    /// A whole envelope, signatures included: a leaf of the transactions root.
    Envelope => "timebank v1 envelope",
    /// A block header: the block id.
    Header => "timebank v1 header",
    /// A receipt: a leaf of the receipts root.
    Receipt => "timebank v1 receipt",
    /// A leaf of an RFC 6962-shaped list.
    ListLeaf => "timebank v1 list leaf",
    /// An inner node of an RFC 6962-shaped list.
    ListNode => "timebank v1 list node",
    /// An empty list.
    ListEmpty => "timebank v1 list empty",
    /// A validator set.
    ValidatorSet => "timebank v1 validator set",
    /// A validator's address, from its consensus key.
    ValidatorAddress => "timebank v1 validator address",
    /// The id of an account, from the transaction that opened it.
    Account => "timebank v1 account id",
    /// The id of an order, from the transaction that posted it.
    Order => "timebank v1 order id",
    /// The id of a budget line, from the transaction that opened it.
    Budget => "timebank v1 budget id",
    /// The registry's commitment to a person's identity.
    Identity => "timebank v1 identity commitment",
    /// A commitment to evidence that stays off the ledger.
    EvidenceCommitment => "timebank v1 evidence commitment",
    /// A posting, before it is chained into an owner's history.
    Posting => "timebank v1 posting",
    /// One step of an owner's history chain.
    History => "timebank v1 history",
    /// One step of an hour's running hash of remembered transaction ids.
    RememberedIds => "timebank v1 remembered ids",
    /// A key of the state tree.
    StateKey => "timebank v1 state key",
    /// A value of the state tree.
    StateValue => "timebank v1 state value",
    /// A bucket (leaf) of the state tree.
    StateBucket => "timebank v1 state bucket",
    /// An inner node of the state tree.
    StateNode => "timebank v1 state node",
    /// The empty state tree.
    StateEmpty => "timebank v1 state empty",
    /// A closed month of clearing: what auditors co-sign.
    Clearing => "timebank v1 clearing",
    /// A signature that was verified: key, message and signature together.
    VerifiedSignature => "timebank v1 verified signature",
    /// A file with proofs: its checksum.
    ProofBundle => "timebank v1 proof bundle",
    /// The coefficients of batch verification.
    SignatureBatch => "timebank v1 signature batch",
    /// What travels as QR codes: the common id of its parts.
    QrContent => "timebank v1 qr content",
    /// The name of the reader for whom a service record certificate is made, behind a salt.
    CertificateReader => "timebank v1 certificate reader",
    /// The checksum of a document's binary form.
    DocumentChecksum => "timebank v1 document checksum",
}

/// Hashes `parts`, one after another, under `domain`.
///
/// The parts are not separated: every caller passes encodings that are themselves injective (fixed lengths or borsh).
pub fn hash(domain: Domain, parts: &[&[u8]]) -> Hash {
    let mut chunk = Chunk::new(domain);
    if parts.iter().all(|part| chunk.write_all(part).is_ok()) {
        return chunk.finish();
    }
    // It is longer than a chunk.
    let mut hasher = hasher(domain);
    for part in parts {
        hasher.update(part);
    }
    Hash(*hasher.finalize().as_bytes())
}

/// Hashes the borsh encoding of `value` under `domain`.
pub fn hash_of<T: BorshSerialize>(domain: Domain, value: &T) -> Hash {
    let mut chunk = Chunk::new(domain);
    if value.serialize(&mut chunk).is_ok() {
        return chunk.finish();
    }
    // It is longer than a chunk.
    hash(domain, &[&codec::encode(value)])
}

/// An incremental hasher under `domain`.
pub fn hasher(domain: Domain) -> blake3::Hasher {
    use blake3::hazmat::HasherExt;
    blake3::Hasher::new_from_context_key(domain.context_key())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_hash_is_blake3_derive_key() {
        for domain in Domain::ALL {
            assert_eq!(
                hash(*domain, &[b"ab", b"c"]).0,
                blake3::derive_key(domain.context(), b"abc")
            );
        }
    }

    #[test]
    fn no_two_domains_share_a_context() {
        let contexts: std::collections::BTreeSet<_> =
            Domain::ALL.iter().map(|d| d.context()).collect();
        assert_eq!(contexts.len(), Domain::ALL.len());
    }

    #[test]
    fn text_round_trip() {
        let value = hash(Domain::Genesis, &[b"x"]);
        assert_eq!(value.to_string().parse::<Hash>().unwrap(), value);
    }
}
