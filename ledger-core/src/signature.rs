//! Ed25519 by the ZIP-215 rule: keys, signing, single and batch verification.
//!
//! The ZIP-215 rule is the one under which verifying one by one and verifying in a batch always agree, which is what
//! keeps two nodes that group signatures differently on one chain (ADR 0003). It accepts odd keys, so a key is checked
//! by [`PublicKey::check_registrable`] before the ledger stores it. Signatures are over a purpose's prefix followed by
//! the message, so that a signature made for one purpose is void for any other.

use std::convert::Infallible;
use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::edwards::CompressedEdwardsY;
use ed25519_dalek::Signer as _;
use zeroize::Zeroizing;

use crate::codec;
use crate::hash::{Domain, hasher};

/// What a signature is for; its prefix is signed before the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A transaction, by every one of its signers.
    Transaction,
    /// A prevote or precommit, by a validator.
    Vote,
    /// A proposal, by the proposer of a round.
    Proposal,
    /// A checkpoint, by the city's administrators and an auditor.
    Checkpoint,
    /// A membership card, by its holder.
    Card,
    /// A service record certificate, by its holder.
    ServiceRecord,
    /// The list of a report's or an export's files and hashes, by an auditor.
    Manifest,
}

impl Purpose {
    /// The bytes signed before the message. None is a prefix of another.
    pub const fn prefix(self) -> &'static [u8] {
        match self {
            Purpose::Transaction => b"timebank v1 sign transaction\0",
            Purpose::Vote => b"timebank v1 sign vote\0",
            Purpose::Proposal => b"timebank v1 sign proposal\0",
            Purpose::Checkpoint => b"timebank v1 sign checkpoint\0",
            Purpose::Card => b"timebank v1 sign card\0",
            Purpose::ServiceRecord => b"timebank v1 sign service record\0",
            Purpose::Manifest => b"timebank v1 sign manifest\0",
        }
    }

    /// The bytes that are signed for `message`.
    pub fn signing_bytes(self, message: &[u8]) -> Vec<u8> {
        [self.prefix(), message].concat()
    }
}

/// An Ed25519 public key, 32 bytes, shown as hex. Not necessarily a point of the curve until it verified something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct PublicKey(pub [u8; 32]);

/// An Ed25519 signature, 64 bytes, shown as hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Signature(pub [u8; 64]);

/// Why a key may not be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are not a point of the curve.
    #[error("not a point of the curve")]
    NotAPoint,
    /// Another encoding of the same point exists, and this is not the canonical one.
    #[error("not the canonical encoding of its point")]
    NotCanonical,
    /// The point has small order: anybody can make signatures for it.
    #[error("a point of small order")]
    SmallOrder,
    /// The point has a component of small order.
    #[error("a point with a component of small order")]
    Torsioned,
}

impl PublicKey {
    /// Whether this key may be registered on the ledger.
    ///
    /// # Errors
    /// For keys that are no point, not canonical, of small order or torsioned.
    pub fn check_registrable(&self) -> Result<(), KeyError> {
        let point = CompressedEdwardsY(self.0)
            .decompress()
            .ok_or(KeyError::NotAPoint)?;
        if point.compress().0 != self.0 {
            return Err(KeyError::NotCanonical);
        }
        if point.is_small_order() {
            return Err(KeyError::SmallOrder);
        }
        if !point.is_torsion_free() {
            return Err(KeyError::Torsioned);
        }
        Ok(())
    }

    /// Whether `signature` is this key's over `message` for `purpose`, by the ZIP-215 rule.
    pub fn verifies(&self, purpose: Purpose, message: &[u8], signature: &Signature) -> bool {
        self.verifies_raw(&purpose.signing_bytes(message), signature)
    }

    /// Whether `signature` is this key's over exactly `signed_bytes`, by the ZIP-215 rule.
    pub fn verifies_raw(&self, signed_bytes: &[u8], signature: &Signature) -> bool {
        ed25519_zebra::VerificationKey::try_from(self.0).is_ok_and(|key| {
            key.verify(&ed25519_zebra::Signature::from(signature.0), signed_bytes)
                .is_ok()
        })
    }
}

/// One signature to verify in a batch: key, the exact bytes signed, signature.
#[derive(Clone, Copy, Debug)]
pub struct SignatureCheck<'a> {
    /// The key.
    pub key: PublicKey,
    /// The bytes signed, purpose prefix included.
    pub signed_bytes: &'a [u8],
    /// The signature.
    pub signature: Signature,
}

/// Whether every one of `checks` holds: the same answer as verifying them one by one.
///
/// The 128-bit coefficients of the batch equation come from a hash of all inputs, so no forger can choose inputs that
/// cancel out (Bernstein et al., "High-speed high-security signatures", section 5): whichever signature gets which
/// coefficient, invalid ones pass with a probability of 2⁻¹²⁸, and valid ones always do.
pub fn verify_batch(checks: &[SignatureCheck<'_>]) -> bool {
    match checks {
        [] => true,
        [one] => one.key.verifies_raw(one.signed_bytes, &one.signature),
        many => {
            let mut verifier = ed25519_zebra::batch::Verifier::new();
            for check in many {
                let key = ed25519_zebra::VerificationKeyBytes::from(check.key.0);
                verifier.queue((
                    key,
                    ed25519_zebra::Signature::from(check.signature.0),
                    check.signed_bytes,
                ));
            }
            verifier.verify(BatchCoefficients::new(many)).is_ok()
        }
    }
}

/// The indices of `checks` that do not hold, found by halving the batch; empty when all hold.
pub fn find_invalid(checks: &[SignatureCheck<'_>]) -> Vec<usize> {
    let mut invalid = Vec::new();
    let mut ranges = Vec::from([(0, checks.len())]);
    while let Some((start, end)) = ranges.pop() {
        if verify_batch(&checks[start..end]) {
            continue;
        }
        if start.saturating_add(1) == end {
            invalid.push(start);
            continue;
        }
        let middle = start.midpoint(end);
        ranges.push((middle, end));
        ranges.push((start, middle));
    }
    invalid
}

/// From how many bytes on inputs of a batch are handed to the hash.
const PIECE_BYTES: usize = 32 * 1024;

/// The batch's coefficients, expanded from a hash of all of its inputs.
struct BatchCoefficients(blake3::OutputReader);

impl BatchCoefficients {
    fn new(checks: &[SignatureCheck<'_>]) -> Self {
        let mut transcript = hasher(Domain::SignatureBatch);
        // Handed on in long pieces, whose chunks are hashed side by side.
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        for check in checks {
            let length =
                u64::try_from(check.signed_bytes.len()).expect("a length in memory fits 64 bits");
            piece.extend_from_slice(&check.key.0);
            piece.extend_from_slice(&check.signature.0);
            piece.extend_from_slice(&length.to_le_bytes());
            piece.extend_from_slice(check.signed_bytes);
            if piece.len() >= PIECE_BYTES {
                transcript.update(&piece);
                piece.clear();
            }
        }
        transcript.update(&piece);
        BatchCoefficients(transcript.finalize_xof())
    }
}

impl rand_core::TryRng for BatchCoefficients {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for BatchCoefficients {}

/// A secret key. Never shown, never encoded; its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct SecretKey(ed25519_dalek::SigningKey);

impl SecretKey {
    /// The key of a 32-byte seed (RFC 8032, section 5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> SecretKey {
        SecretKey(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, for a key file or keystore.
    pub fn to_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `message` for `purpose`.
    pub fn sign(&self, purpose: Purpose, message: &[u8]) -> Signature {
        Signature(self.0.sign(&purpose.signing_bytes(message)).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public_key())
    }
}

macro_rules! hex_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = hex::FromHexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut value = $name([0; _]);
                hex::decode_to_slice(text, &mut value.0)?;
                Ok(value)
            }
        }

        codec::serde_as_text!($name);
    };
}

hex_text!(PublicKey);
hex_text!(Signature);
