//! Transactions, the envelopes that carry them, and the operations they ask for.
//!
//! A [`Transaction`] is what is signed; its id is the hash of its bytes. An [`Envelope`] adds the signatures. Every
//! signer signs the same bytes, offline and in any order, and anyone may submit the result. There are no sequence
//! numbers: a transaction applies at most once because its id is remembered until it expires.

pub mod account;
pub mod attendance;
pub mod dispute;
pub mod government;
pub mod recovery;
pub mod service;
pub mod value;

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::codec::{self, DecodeError};
use crate::hash::{Domain, Hash, hash, hash_of};
use crate::id::{AccountId, ChainId, IdError, StaffId, TransactionId};
use crate::planted::{self, Planted};
use crate::signature::{PublicKey, Purpose, SecretKey, Signature};
use crate::time::TimestampMs;

/// The transaction format this build writes and the only one it reads.
pub const TRANSACTION_VERSION: u16 = 1;
/// The longest encoding of an envelope, in bytes.
pub const ENVELOPE_BYTES_MAX: usize = 65_536;
/// The most signatures an envelope carries.
pub const SIGNATURES_MAX: usize = 32;
/// The furthest `valid_until_ms` may lie after block time: 31 days.
pub const VALIDITY_MS_MAX: u64 = 31 * crate::time::DAY_MS;

/// Who signs: keys are looked up in the state of the parent block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum Signer {
    /// The holder of an account, by the account's key.
    Account(AccountId),
    /// A staff entry, by its key.
    Staff(StaffId),
    /// A bare key that is not registered yet (a new account's, a rotated one) or need not be (evidence). It only
    /// co-signs, except that it begins a transaction that submits evidence.
    Key(PublicKey),
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Signer::Account(account) => fmt::Display::fmt(account, f),
            Signer::Staff(staff) => fmt::Display::fmt(staff, f),
            Signer::Key(key) => write!(f, "key:{key}"),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Signer {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Signer, IdError> {
        if let Some(key) = text.strip_prefix("key:") {
            return key.parse().map(Signer::Key).map_err(|_| IdError::Length);
        }
        if text.contains('/') {
            text.parse().map(Signer::Staff)
        } else {
            text.parse().map(Signer::Account)
        }
    }
}

codec::serde_as_text!(Signer);

/// The signed part: one operation on one chain, by one signer, once.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Transaction {
    /// The chain it is for.
    pub chain_id: ChainId,
    /// [`TRANSACTION_VERSION`].
    pub version: u16,
    /// The one who asks; what co-signers an operation needs is the operation's rule.
    pub signer: Signer,
    /// The last block time at which it may apply.
    pub valid_until_ms: TimestampMs,
    /// Sixteen random bytes, so that two like transactions have two ids.
    #[serde(with = "hex::serde")]
    pub nonce: [u8; 16],
    /// What is asked.
    pub operation: Operation,
}

/// The signature covers a transaction's encoding from here on: all of it.
fn first_signed_byte() -> usize {
    if planted::is(Planted::ChainIdUnsigned) {
        size_of::<ChainId>()
    } else {
        0
    }
}

impl Transaction {
    /// The bytes every signer signs (after the purpose's prefix), and whose hash is the id.
    pub fn signed_bytes(&self) -> Vec<u8> {
        codec::encode(self).split_off(first_signed_byte())
    }

    /// The transaction's id.
    pub fn id(&self) -> TransactionId {
        TransactionId(hash_of(Domain::Transaction, self))
    }

    /// `key`'s signature.
    pub fn sign(&self, key: &SecretKey) -> Signature {
        key.sign(Purpose::Transaction, &self.signed_bytes())
    }
}

/// One signature and whose it is.
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
pub struct SignedBy {
    /// Whose.
    pub signer: Signer,
    /// Over the transaction's signed bytes.
    pub signature: Signature,
}

/// A transaction with its signatures, sorted by signer, each signer once.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Envelope {
    /// What is signed.
    pub transaction: Transaction,
    /// By whom.
    pub signatures: Vec<SignedBy>,
}

/// Why bytes are not an envelope, whatever the state of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The bytes are not the canonical encoding of an envelope.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A version this build does not know.
    #[error(
        "transaction version {version} is not known here; this build reads version {TRANSACTION_VERSION}"
    )]
    Version {
        /// The version given.
        version: u16,
    },
    /// No signatures, or more than [`SIGNATURES_MAX`].
    #[error("{count} signatures; between 1 and {SIGNATURES_MAX} are needed")]
    SignatureCount {
        /// How many there are.
        count: usize,
    },
    /// The signatures are not sorted by signer, or a signer is named twice.
    #[error("signatures must be sorted by signer, each signer once")]
    SignatureOrder,
    /// The transaction's own signer has not signed.
    #[error("the transaction's signer {signer} has not signed")]
    SignerMissing {
        /// The signer named in the transaction.
        signer: Signer,
    },
}

impl Envelope {
    /// Puts `signatures` in order. Later signatures by the same signer replace earlier ones.
    pub fn new(
        transaction: Transaction,
        signatures: impl IntoIterator<Item = SignedBy>,
    ) -> Envelope {
        let by_signer: std::collections::BTreeMap<Signer, SignedBy> = signatures
            .into_iter()
            .map(|signed| (signed.signer, signed))
            .collect();
        Envelope {
            transaction,
            signatures: by_signer.into_values().collect(),
        }
    }

    /// Parses and checks everything that does not need the state.
    ///
    /// # Errors
    /// See [`EnvelopeError`].
    pub fn decode(bytes: &[u8]) -> Result<Envelope, EnvelopeError> {
        let envelope: Envelope = codec::decode(bytes, ENVELOPE_BYTES_MAX)?;
        envelope.check_form()?;
        Ok(envelope)
    }

    /// Checks what does not need the state: version, number and order of signatures, presence of the signer's.
    ///
    /// # Errors
    /// See [`EnvelopeError`].
    pub fn check_form(&self) -> Result<(), EnvelopeError> {
        if self.transaction.version != TRANSACTION_VERSION {
            return Err(EnvelopeError::Version {
                version: self.transaction.version,
            });
        }
        let count = self.signatures.len();
        if count == 0 || count > SIGNATURES_MAX {
            return Err(EnvelopeError::SignatureCount { count });
        }
        if !self
            .signatures
            .is_sorted_by(|left, right| left.signer < right.signer)
        {
            return Err(EnvelopeError::SignatureOrder);
        }
        let signer = self.transaction.signer;
        if !self.signatures.iter().any(|signed| signed.signer == signer) {
            return Err(EnvelopeError::SignerMissing { signer });
        }
        Ok(())
    }
}

/// An envelope with its encoding and hashes, worked out once and shared from then on.
#[derive(Clone, Debug)]
pub struct SealedEnvelope {
    envelope: Envelope,
    bytes: Vec<u8>,
    transaction_length: usize,
    id: TransactionId,
    envelope_hash: Hash,
}

impl SealedEnvelope {
    /// Encodes and hashes `envelope`.
    pub fn new(envelope: Envelope) -> SealedEnvelope {
        let bytes = codec::encode(&envelope);
        SealedEnvelope::of_encoding(envelope, bytes)
    }

    /// `envelope` with its hashes, whose one encoding `bytes` is.
    fn of_encoding(envelope: Envelope, bytes: Vec<u8>) -> SealedEnvelope {
        // The transaction is the envelope's first field, so its encoding is a prefix of the envelope's; the rest is short.
        let signatures_length = borsh::object_length(&envelope.signatures)
            .expect("at most a few signatures were just encoded");
        let transaction_length = bytes.len().saturating_sub(signatures_length);
        let id = TransactionId(hash(Domain::Transaction, &[&bytes[..transaction_length]]));
        let envelope_hash = hash(Domain::Envelope, &[&bytes]);
        SealedEnvelope {
            envelope,
            bytes,
            transaction_length,
            id,
            envelope_hash,
        }
    }

    /// Parses and checks everything that does not need the state.
    ///
    /// # Errors
    /// See [`EnvelopeError`].
    pub fn decode(bytes: &[u8]) -> Result<SealedEnvelope, EnvelopeError> {
        let envelope = Envelope::decode(bytes)?;
        // Decoding found these bytes to be the envelope's one encoding.
        Ok(SealedEnvelope::of_encoding(envelope, bytes.to_vec()))
    }

    /// The envelope.
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// What is signed.
    pub const fn transaction(&self) -> &Transaction {
        &self.envelope.transaction
    }

    /// The envelope's encoding.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The transaction's encoding: what every signer signs, after the purpose's prefix.
    pub fn signed_bytes(&self) -> &[u8] {
        &self.bytes[first_signed_byte()..self.transaction_length]
    }

    /// The transaction's id.
    pub const fn id(&self) -> TransactionId {
        self.id
    }

    /// The hash of the whole envelope, signatures included: the leaf of a block's transactions root.
    pub const fn envelope_hash(&self) -> Hash {
        self.envelope_hash
    }
}

impl PartialEq for SealedEnvelope {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for SealedEnvelope {}

impl BorshSerialize for SealedEnvelope {
    fn serialize<W: std::io::Write>(&self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(&self.bytes)
    }
}

impl BorshDeserialize for SealedEnvelope {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        Envelope::deserialize_reader(reader).map(SealedEnvelope::new)
    }
}

impl Serialize for SealedEnvelope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Serialize::serialize(&self.envelope, serializer)
    }
}

impl<'de> Deserialize<'de> for SealedEnvelope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Envelope as Deserialize>::deserialize(deserializer).map(SealedEnvelope::new)
    }
}

/// What a transaction asks for. The order of variants is part of the encoding; new ones go to the end.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Operation {
    /// See [`government::RegisterOrganisation`].
    RegisterOrganisation(government::RegisterOrganisation),
    /// See [`government::SetStaff`].
    SetStaff(government::SetStaff),
    /// See [`government::SetPolicy`].
    SetPolicy(government::SetPolicy),
    /// See [`government::SetCatalogue`].
    SetCatalogue(government::SetCatalogue),
    /// See [`government::SetValidators`].
    SetValidators(government::SetValidators),
    /// See [`government::OpenBudget`].
    OpenBudget(government::OpenBudget),
    /// See [`government::FundPool`].
    FundPool(government::FundPool),
    /// See [`government::SubmitEvidence`].
    SubmitEvidence(Box<government::SubmitEvidence>),
    /// See [`account::OpenAccount`].
    OpenAccount(account::OpenAccount),
    /// See [`account::RotateKey`].
    RotateKey(account::RotateKey),
    /// See [`account::LinkKin`].
    LinkKin(account::LinkKin),
    /// See [`account::UnlinkKin`].
    UnlinkKin(account::UnlinkKin),
    /// See [`account::SetKinAllowance`].
    SetKinAllowance(account::SetKinAllowance),
    /// See [`account::AppointProxy`].
    AppointProxy(account::AppointProxy),
    /// See [`account::RevokeProxy`].
    RevokeProxy(account::RevokeProxy),
    /// See [`service::PostOrder`].
    PostOrder(service::PostOrder),
    /// See [`service::AcceptOrder`].
    AcceptOrder(service::AcceptOrder),
    /// See [`service::StartOrder`].
    StartOrder(service::StartOrder),
    /// See [`service::CompleteOrder`].
    CompleteOrder(service::CompleteOrder),
    /// See [`service::CancelOrder`].
    CancelOrder(service::CancelOrder),
    /// See [`service::VerifyOrder`].
    VerifyOrder(service::VerifyOrder),
    /// See [`service::RecordService`].
    RecordService(service::RecordService),
    /// See [`value::Gift`].
    Gift(value::Gift),
    /// See [`value::Donate`].
    Donate(value::Donate),
    /// See [`value::RegisterMerchant`].
    RegisterMerchant(value::RegisterMerchant),
    /// See [`value::SetItems`].
    SetItems(value::SetItems),
    /// See [`value::Redeem`].
    Redeem(value::Redeem),
    /// See [`government::AdvanceTime`].
    AdvanceTime(government::AdvanceTime),
    /// See [`account::SetLegalGuardian`].
    SetLegalGuardian(account::SetLegalGuardian),
    /// See [`account::OpenGroup`].
    OpenGroup(account::OpenGroup),
    /// See [`account::SetMembers`].
    SetMembers(account::SetMembers),
    /// See [`account::SetProgrammes`].
    SetProgrammes(account::SetProgrammes),
    /// See [`account::MoveHome`].
    MoveHome(account::MoveHome),
    /// See [`account::Freeze`].
    Freeze(account::Freeze),
    /// See [`account::Unfreeze`].
    Unfreeze(account::Unfreeze),
    /// See [`account::CloseAccount`].
    CloseAccount(account::CloseAccount),
    /// See [`recovery::SetGuardians`].
    SetGuardians(recovery::SetGuardians),
    /// See [`recovery::StartRecovery`].
    StartRecovery(recovery::StartRecovery),
    /// See [`recovery::CancelRecovery`].
    CancelRecovery(recovery::CancelRecovery),
    /// See [`recovery::FinishRecovery`].
    FinishRecovery(recovery::FinishRecovery),
    /// See [`service::ReportNoShow`].
    ReportNoShow(service::ReportNoShow),
    /// See [`service::RateOrder`].
    RateOrder(service::RateOrder),
    /// See [`dispute::OpenDispute`].
    OpenDispute(dispute::OpenDispute),
    /// See [`dispute::ResolveDispute`].
    ResolveDispute(dispute::ResolveDispute),
    /// See [`dispute::Appeal`].
    Appeal(dispute::Appeal),
    /// See [`dispute::ReverseOrder`].
    ReverseOrder(dispute::ReverseOrder),
    /// See [`attendance::RecordTraining`].
    RecordTraining(attendance::RecordTraining),
    /// See [`attendance::RecordCampaign`].
    RecordCampaign(attendance::RecordCampaign),
    /// See [`value::Grant`].
    Grant(value::Grant),
    /// See [`value::SpendPool`].
    SpendPool(value::SpendPool),
    /// See [`value::SettleMerchant`].
    SettleMerchant(value::SettleMerchant),
    /// See [`government::ScheduleUpgrade`].
    ScheduleUpgrade(government::ScheduleUpgrade),
    /// See [`government::CosignClearing`].
    CosignClearing(government::CosignClearing),
}

impl Operation {
    /// How many people its list names, each of whom it moves minutes for: participants or grantees.
    pub fn listed(&self) -> usize {
        match self {
            Operation::RecordTraining(it) => it.attendance.participants.len(),
            Operation::RecordCampaign(it) => it.attendance.participants.len(),
            Operation::Grant(it) => it.grantees.accounts.len(),
            Operation::SpendPool(it) => it.grantees.accounts.len(),
            _ => 0,
        }
    }
}

macro_rules! operation_from {
    ($($module:ident: $($name:ident)*;)*) => {
        $($(impl From<$module::$name> for Operation {
            fn from(operation: $module::$name) -> Operation {
                Operation::$name(operation)
            }
        })*)*
    };
}

operation_from! {
    government: RegisterOrganisation SetStaff SetPolicy SetCatalogue SetValidators OpenBudget FundPool AdvanceTime ScheduleUpgrade CosignClearing;
    account: OpenAccount RotateKey LinkKin UnlinkKin SetKinAllowance AppointProxy RevokeProxy SetLegalGuardian OpenGroup
        SetMembers SetProgrammes MoveHome Freeze Unfreeze CloseAccount;
    recovery: SetGuardians StartRecovery CancelRecovery FinishRecovery;
    service: PostOrder AcceptOrder StartOrder CompleteOrder CancelOrder VerifyOrder RecordService ReportNoShow RateOrder;
    dispute: OpenDispute ResolveDispute Appeal ReverseOrder;
    attendance: RecordTraining RecordCampaign;
    value: Gift Donate RegisterMerchant SetItems Redeem Grant SpendPool SettleMerchant;
}

impl From<government::SubmitEvidence> for Operation {
    fn from(operation: government::SubmitEvidence) -> Operation {
        Operation::SubmitEvidence(Box::new(operation))
    }
}
