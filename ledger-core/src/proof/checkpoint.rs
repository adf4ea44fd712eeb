//! Checkpoints: where trust begins anew for someone who slept longer than the trusting period.
//!
//! Validators can be held to account only for so long; after that, keys of a set of long ago may be sold or stolen without
//! a loss to anyone who sells them, and the headers they sign are worth nothing. Whoever comes back later needs the word
//! of somebody else: the city's administrators, as many different people as the city's threshold asks for, and at least one
//! auditor who is none of those counted. Their keys come from the genesis document, and each checkpoint says who signs the
//! next, so that keys can be replaced without a new genesis document.
//!
//! What always holds: the keys of a checkpoint that was believed can sign another one. A hand-over to keys that could not
//! (too few people, no auditor) is refused.

use std::collections::{BTreeMap, BTreeSet};

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::error::{CheckpointError, CheckpointKeysError};
use crate::block::{HEADER_VERSION, Header};
use crate::codec;
use crate::genesis::{Genesis, GenesisStaff};
use crate::id::{AccountId, ChainId, Height, StaffId};
use crate::record::organisation::Role;
use crate::signature::{PublicKey, Purpose, SecretKey, Signature};
use crate::validator::ValidatorSet;

/// The checkpoint format this build writes and the only one it reads.
pub const CHECKPOINT_VERSION: u16 = 1;
/// The most administrators, and the most auditors, that checkpoint keys name.
pub const CHECKPOINT_SIGNERS_MAX: usize = 64;

/// One who may sign checkpoints.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct CheckpointSigner {
    /// The staff entry.
    pub staff: StaffId,
    /// The human behind it, by account: different signers are different people.
    pub person: AccountId,
    /// The key it signs with.
    pub key: PublicKey,
}

/// Who signs the next checkpoint. Empty when the genesis document names nobody who could.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct CheckpointKeys {
    /// How many administrators, different people, have to sign.
    pub threshold: u8,
    /// The city's administrators, sorted by staff entry, each once.
    pub administrators: Vec<CheckpointSigner>,
    /// The city's auditors, sorted by staff entry, each once. One may be an administrator too, but does not count as both.
    pub auditors: Vec<CheckpointSigner>,
}

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointBody {
    /// [`CHECKPOINT_VERSION`].
    pub version: u16,
    /// The chain.
    pub chain_id: ChainId,
    /// A block that was decided.
    pub header: Header,
    /// The validators of the block after it.
    pub set: ValidatorSet,
    /// Who signs the next checkpoint.
    pub keys: CheckpointKeys,
}

/// One signature under a checkpoint.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct CheckpointSignature {
    /// Whose.
    pub staff: StaffId,
    /// Over the body.
    pub signature: Signature,
}

/// A block and the validators after it, vouched for by the city's administrators and an auditor.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// What they sign.
    pub body: CheckpointBody,
    /// Theirs, sorted by staff entry, each once.
    pub signatures: Vec<CheckpointSignature>,
}

impl CheckpointBody {
    /// The bytes signed, after the purpose's prefix.
    pub fn signed_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// The signature of the staff entry `staff` with its key.
    pub fn sign(&self, staff: StaffId, key: &SecretKey) -> CheckpointSignature {
        CheckpointSignature {
            staff,
            signature: key.sign(Purpose::Checkpoint, &self.signed_bytes()),
        }
    }

    /// The block that made `set` the set: the checkpoint's own if it changed it.
    pub fn set_since(&self) -> Height {
        if self.header.next_validators_hash == self.header.validators_hash {
            self.header.last_set_change
        } else {
            self.header.height
        }
    }

    /// Checks what needs no signature: version, chain, set, and the keys handed over to.
    fn check_form(&self, chain_id: ChainId) -> Result<(), CheckpointError> {
        let header = &self.header;
        if self.version != CHECKPOINT_VERSION || header.version != HEADER_VERSION {
            return Err(CheckpointError::Version {
                version: self.version,
                header_version: header.version,
            });
        }
        if self.chain_id != chain_id || header.chain_id != chain_id {
            return Err(CheckpointError::OtherChain {
                expected: chain_id,
                actual: self.chain_id,
            });
        }
        if header.last_set_change >= header.height {
            return Err(CheckpointError::NoBlock {
                height: header.height,
            });
        }
        let (expected, actual) = (header.next_validators_hash, self.set.set_hash());
        if actual != expected {
            return Err(CheckpointError::OtherSet {
                height: header.height,
                expected,
                actual,
            });
        }
        self.keys
            .check_form()
            .map_err(|reason| CheckpointError::Keys { reason })
    }
}

impl Checkpoint {
    /// Puts `signatures` in order. A later signature of the same staff entry replaces an earlier one.
    pub fn new(
        body: CheckpointBody,
        signatures: impl IntoIterator<Item = CheckpointSignature>,
    ) -> Checkpoint {
        let by_staff: BTreeMap<StaffId, CheckpointSignature> = signatures
            .into_iter()
            .map(|signed| (signed.staff, signed))
            .collect();
        Checkpoint {
            body,
            signatures: by_staff.into_values().collect(),
        }
    }

    /// Its block's height.
    pub const fn height(&self) -> Height {
        self.body.header.height
    }
}

impl CheckpointKeys {
    /// Those that the genesis document names: the administrators and auditors of the city itself.
    pub fn of_genesis(genesis: &Genesis) -> CheckpointKeys {
        let Some(city) = genesis.organisations.first() else {
            return CheckpointKeys::default();
        };
        let with = |role| {
            let mut signers: Vec<CheckpointSigner> = genesis
                .staff
                .iter()
                .filter(|entry| entry.staff.organisation == city.organisation)
                .filter(|entry| entry.record.has(role))
                .map(|GenesisStaff { staff, record }| CheckpointSigner {
                    staff: *staff,
                    person: record.person,
                    key: record.key,
                })
                .collect();
            signers.sort();
            signers
        };
        let keys = CheckpointKeys {
            threshold: city.threshold,
            administrators: with(Role::Administrator),
            auditors: with(Role::Auditor),
        };
        // A city whose founders cannot make a checkpoint has none; that is no fault of the document.
        if keys.check_form().is_ok() {
            keys
        } else {
            CheckpointKeys::default()
        }
    }

    /// Whether anybody can sign a checkpoint at all.
    pub fn is_empty(&self) -> bool {
        self.administrators.is_empty()
    }

    /// Checks that these keys can sign a checkpoint: the lists are in order, the keys fit for use, and there are people
    /// enough.
    ///
    /// # Errors
    /// See [`CheckpointKeysError`].
    pub fn check_form(&self) -> Result<(), CheckpointKeysError> {
        for signers in [&self.administrators, &self.auditors] {
            let count = signers.len();
            if count > CHECKPOINT_SIGNERS_MAX {
                return Err(CheckpointKeysError::TooMany { count });
            }
            if !signers.is_sorted_by(|left, right| left.staff < right.staff) {
                return Err(CheckpointKeysError::Order);
            }
            for signer in signers {
                let key = signer.key;
                key.check_registrable()
                    .map_err(|reason| CheckpointKeysError::Key { key, reason })?;
            }
        }
        // One entry is one person with one key, whichever list it stands in.
        for auditor in &self.auditors {
            let twin = self
                .administrators
                .iter()
                .find(|administrator| administrator.staff == auditor.staff);
            if twin.is_some_and(|twin| twin != auditor) {
                return Err(CheckpointKeysError::Order);
            }
        }
        let everyone: Vec<StaffId> = self
            .administrators
            .iter()
            .chain(&self.auditors)
            .map(|signer| signer.staff)
            .collect();
        match self.count(&everyone) {
            Ok(()) if self.threshold > 0 => Ok(()),
            _ => Err(CheckpointKeysError::TooFew {
                threshold: self.threshold,
            }),
        }
    }

    /// Checks a checkpoint of `chain_id`: its form, and that enough of these have signed it, each signature valid and none
    /// by anyone else.
    ///
    /// # Errors
    /// See [`CheckpointError`].
    pub fn check(&self, chain_id: ChainId, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let (body, signatures) = (&checkpoint.body, &checkpoint.signatures);
        body.check_form(chain_id)?;
        if self.is_empty() {
            return Err(CheckpointError::NoKeys);
        }
        for pair in signatures.windows(2) {
            if pair[0].staff >= pair[1].staff {
                return Err(CheckpointError::SignerOrder {
                    staff: pair[1].staff,
                });
            }
        }
        let by_staff: BTreeMap<StaffId, PublicKey> = self
            .administrators
            .iter()
            .chain(&self.auditors)
            .map(|signer| (signer.staff, signer.key))
            .collect();
        let message = body.signed_bytes();
        let mut signed = Vec::with_capacity(by_staff.len());
        // As many as there are signers: each is known and stands once.
        for CheckpointSignature { staff, signature } in signatures {
            let staff = *staff;
            let key = by_staff
                .get(&staff)
                .ok_or(CheckpointError::ForeignSigner { staff })?;
            if !key.verifies(Purpose::Checkpoint, &message, signature) {
                return Err(CheckpointError::Signature { staff });
            }
            signed.push(staff);
        }
        self.count(&signed)
    }

    /// Whether these staff entries are enough: administrators, different people, to the threshold, and an auditor who is
    /// none of those.
    fn count(&self, signed: &[StaffId]) -> Result<(), CheckpointError> {
        let people = |signers: &[CheckpointSigner]| -> BTreeSet<AccountId> {
            signers
                .iter()
                .filter(|signer| signed.contains(&signer.staff))
                .map(|signer| signer.person)
                .collect()
        };
        let (administrators, auditors) = (people(&self.administrators), people(&self.auditors));
        let (count, threshold) = (administrators.len(), usize::from(self.threshold));
        if count < threshold {
            return Err(CheckpointError::TooFewAdministrators { count, threshold });
        }
        // An auditor who is an administrator too counts as the auditor when there are enough others.
        let spare = count.saturating_sub(threshold);
        let has_auditor = auditors
            .iter()
            .any(|person| spare > 0 || !administrators.contains(person));
        if !has_auditor {
            return Err(CheckpointError::NoAuditor);
        }
        Ok(())
    }
}
