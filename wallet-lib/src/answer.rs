//! A node's answers, as `docs/api.md` describes them.
//!
//! What is on the ledger has its one home in `ledger_core::record`; here is what surrounds it in an answer.

use ledger_core::amount::Minutes;
use ledger_core::block::{Block, Header};
use ledger_core::certificate::{CommitCertificate, VoteStep};
use ledger_core::hash::Hash;
use ledger_core::id::{
    AccountId, BlockId, BudgetId, ChainId, Height, OrderId, OrganisationId, ServiceCode, StaffId,
    TransactionId,
};
use ledger_core::proof::{Checkpoint, RecordProof, SetChange};
use ledger_core::receipt::{Posting, Receipt};
use ledger_core::record::account::{AccountRecord, Item, Members};
use ledger_core::record::budget::{BudgetRecord, PoolId, PoolRecord};
use ledger_core::record::chain::{ChainPurpose, EvidenceRecord, UpgradeRecord, ValidatorsRecord};
use ledger_core::record::clearing::ClearingRecord;
use ledger_core::record::order::OrderRecord;
use ledger_core::record::organisation::{OrganisationRecord, StaffRecord};
use ledger_core::record::policy::{CatalogueEntry, Direction, PolicyParameter, PolicyValue};
use ledger_core::record::recovery::RecoveryRecord;
use ledger_core::record::reserve::ReserveClaim;
use ledger_core::record::service_record::{ServiceRecord, ServiceYear};
use ledger_core::record::supply::SupplyRecord;
use ledger_core::time::{Day, Month, TimestampMs};
use ledger_core::transaction::Envelope;
use ledger_core::validator::ValidatorAddress;
use serde::{Deserialize, Serialize};

use crate::error::Refusal;

/// What a person has given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRecordAnswer {
    /// The account.
    pub id: AccountId,
    /// In all.
    pub service_record: ServiceRecord,
    /// By calendar year, ascending.
    pub years: Vec<ServiceYearItem>,
    /// As of this block.
    pub height: Height,
    /// The proof of the record, when asked for.
    #[serde(default)]
    pub proof: Option<RecordProof>,
    /// The proof of the holder's key, when asked for.
    #[serde(default)]
    pub membership_proof: Option<RecordProof>,
}

/// What a person gave in one calendar year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceYearItem {
    /// The year.
    pub year: u32,
    /// By month and kind.
    pub service_year: ServiceYear,
    /// The proof, when asked for.
    #[serde(default)]
    pub proof: Option<RecordProof>,
}

/// How a node stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The chain it serves.
    pub chain_id: ChainId,
    /// Production or test.
    pub purpose: ChainPurpose,
    /// The last block's height.
    pub height: Height,
    /// The last block.
    pub block_id: BlockId,
    /// The last block's time.
    pub time_ms: TimestampMs,
    /// The time this node would give a block now: what a wallet counts expiries from.
    pub now_ms: TimestampMs,
    /// When the next work of the chain itself falls due; none while there is none.
    #[serde(default)]
    pub next_due_ms: Option<TimestampMs>,
    /// The state after the last block.
    pub state_root: Hash,
    /// Whether it is behind and fetching blocks.
    pub catching_up: bool,
    /// Whether consensus rests because there is nothing to do.
    #[serde(default)]
    pub idle: bool,
    /// Validators of the next block.
    pub validators: u64,
    /// Peers it is connected to.
    pub peers: u64,
    /// Transactions waiting for a block.
    pub mempool: Mempool,
    /// The node's version.
    pub version: String,
    /// The version of the rules the node follows.
    #[serde(default)]
    pub rules: u16,
    /// The next version of the rules, announced.
    #[serde(default)]
    pub upgrade: Option<UpgradeRecord>,
}

/// Transactions waiting for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mempool {
    /// Ready for the next block.
    pub transactions: u64,
    /// Waiting for another transaction.
    pub waiting: u64,
    /// Bytes of both.
    pub bytes: u64,
}

/// What became of a transaction that was submitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The transaction.
    pub id: TransactionId,
    /// How far it is.
    #[serde(flatten)]
    pub progress: Progress,
}

/// How far a transaction is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Progress {
    /// Checked by the node and in its pool.
    Accepted,
    /// In a decided block.
    Applied {
        /// The block.
        height: Height,
        /// What it did.
        receipt: Receipt,
    },
}

/// A transaction a node knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TransactionAnswer {
    /// Checked by the node and in its pool.
    Accepted {
        /// The transaction.
        id: TransactionId,
    },
    /// In a decided block.
    Applied {
        /// The transaction.
        id: TransactionId,
        /// The block.
        height: Height,
        /// Which of the block's transactions, from 0.
        index: u64,
        /// The block's time.
        time_ms: TimestampMs,
        /// The transaction and its signatures.
        envelope: Box<Envelope>,
        /// What it did.
        receipt: Receipt,
    },
}

/// A block with its certificate and receipts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockAnswer {
    /// Its id.
    pub id: BlockId,
    /// Header and transactions.
    pub block: Block,
    /// That it was decided.
    pub certificate: CommitCertificate,
    /// The automatic ones, then one for each transaction.
    pub receipts: Vec<Receipt>,
}

/// A block in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockListed {
    /// Its id.
    pub id: BlockId,
    /// Its header.
    pub header: Header,
    /// How many transactions it has.
    pub transactions: u64,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAnswer {
    /// Its id.
    pub id: AccountId,
    /// Its record.
    pub account: AccountRecord,
    /// After which block.
    pub height: Height,
    /// Of the record, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<RecordProof>,
}

/// A part of an account's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryAnswer {
    /// Postings in all.
    pub length: u64,
    /// The hash over all.
    pub head: Hash,
    /// The index of the first posting given.
    pub from: u64,
    /// The postings, oldest first.
    pub postings: Vec<Posting>,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderAnswer {
    /// Its id.
    pub id: OrderId,
    /// Its record.
    pub order: OrderRecord,
    /// After which block; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<Height>,
    /// Of the record, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<RecordProof>,
}

/// The members of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersAnswer {
    /// The group.
    pub id: AccountId,
    /// Who belongs to it.
    #[serde(flatten)]
    pub members: Members,
    /// After which block.
    pub height: Height,
}

/// The guardians of an account and what they are at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryAnswer {
    /// The account.
    pub id: AccountId,
    /// The record.
    pub recovery: RecoveryRecord,
    /// After which block.
    pub height: Height,
}

/// A merchant's items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemsAnswer {
    /// The merchant.
    pub merchant: AccountId,
    /// Its items.
    pub items: Vec<Item>,
    /// After which block.
    pub height: Height,
}

/// The account opened with a commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityAnswer {
    /// The account.
    pub account: AccountId,
    /// After which block.
    pub height: Height,
}

/// An organisation in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationListed {
    /// Its id.
    pub id: OrganisationId,
    /// Its record.
    pub organisation: OrganisationRecord,
}

/// An organisation with its staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationAnswer {
    /// Its id.
    pub id: OrganisationId,
    /// Its record.
    pub organisation: OrganisationRecord,
    /// Its staff, by number.
    pub staff: Vec<StaffListed>,
    /// After which block.
    pub height: Height,
}

/// A staff entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffListed {
    /// Its name.
    pub staff: StaffId,
    /// Its record.
    pub entry: StaffRecord,
}

/// The validators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorsAnswer {
    /// After which block.
    pub height: Height,
    /// Those of the next block, and former ones.
    pub validators: ValidatorsRecord,
}

/// Changes of the validator set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetChangesAnswer {
    /// The blocks that changed it, oldest first.
    pub changes: Vec<SetChange>,
    /// The last block that changed it; 0 when it is the genesis set.
    pub last_set_change: Height,
}

/// The city's checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointsAnswer {
    /// Those that handed over to other keys, oldest first, and the newest at the end.
    pub checkpoints: Vec<Checkpoint>,
}

/// An offence on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceListed {
    /// Who.
    pub validator: ValidatorAddress,
    /// The height of the two votes.
    pub height: Height,
    /// Their round.
    pub round: u32,
    /// Their step.
    pub step: VoteStep,
    /// The record.
    pub evidence: EvidenceRecord,
}

/// A closed month in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearingListed {
    /// The month.
    pub month: Month,
    /// What auditors co-sign.
    pub hash: Hash,
    /// The last block of the month.
    pub height: Height,
    /// How many auditors have confirmed it.
    pub cosignatures: usize,
}

/// Who confirmed a closed month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cosigned {
    /// As which auditor.
    pub auditor: StaffId,
    /// The person.
    pub person: AccountId,
}

/// A closed month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearingAnswer {
    /// The month.
    pub month: Month,
    /// What auditors co-sign.
    pub hash: Hash,
    /// The figures.
    pub clearing: ClearingRecord,
    /// Who confirmed them, in order.
    pub cosignatures: Vec<Cosigned>,
    /// The proof of the record, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<RecordProof>,
}

/// The supply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplyAnswer {
    /// The record.
    pub supply: SupplyRecord,
    /// Everything ever issued.
    pub issued: Minutes,
    /// Everything there is, wherever it went; equal to `issued`.
    pub accounted: Minutes,
    /// After which block.
    pub height: Height,
    /// Of the record, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<RecordProof>,
}

/// The policy in force for a district on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoliciesAnswer {
    /// The district, or the city.
    pub district: OrganisationId,
    /// The day.
    pub day: Day,
    /// Every parameter.
    pub values: Vec<PolicyInForce>,
}

/// The value of a parameter and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyInForce {
    /// Which.
    pub parameter: PolicyParameter,
    /// Its value.
    pub value: PolicyValue,
    /// Who set it; none for a default.
    pub set_by: Option<OrganisationId>,
}

/// What policy and catalogue were, are and will be for a district.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyHistoryAnswer {
    /// The district, or the city.
    pub district: OrganisationId,
    /// Every parameter.
    pub parameters: Vec<ParameterHistory>,
    /// Every service code.
    pub services: Vec<ServiceHistory>,
    /// After which block.
    pub height: Height,
}

/// A parameter and everything it was set to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterHistory {
    /// Which.
    pub parameter: PolicyParameter,
    /// In which direction a district may tighten it.
    pub direction: Direction,
    /// The least and the greatest number it may take.
    pub bounds: (u64, u64),
    /// Its value where nobody has set one.
    pub default: PolicyValue,
    /// What the city set, then what the district set, each by day.
    pub history: Vec<ParameterSet>,
}

/// One value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterSet {
    /// Who set it: the city or the district.
    pub scope: OrganisationId,
    /// The first day on which it acts.
    pub from_day: Day,
    /// The value; none: what the scope had set was withdrawn.
    pub value: Option<PolicyValue>,
}

/// A service code and everything it was and will be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceHistory {
    /// The code.
    pub code: ServiceCode,
    /// By day.
    pub history: Vec<ServiceSet>,
}

/// What a service code is from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceSet {
    /// The first day on which it acts.
    pub from_day: Day,
    /// Its bounds and multiplier; none retires the code.
    pub entry: Option<CatalogueEntry>,
}

/// The catalogue of services on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueAnswer {
    /// The day.
    pub day: Day,
    /// The codes in force.
    pub items: Vec<ServiceListed>,
}

/// A service code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceListed {
    /// The code.
    pub code: ServiceCode,
    /// Its bounds and multiplier.
    pub entry: CatalogueEntry,
}

/// A budget line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetAnswer {
    /// Its id.
    pub id: BudgetId,
    /// Its record.
    pub budget: BudgetRecord,
    /// After which block.
    pub height: Height,
}

/// A pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolAnswer {
    /// Its id.
    pub id: PoolId,
    /// Its record.
    pub pool: PoolRecord,
    /// How much those wait for who stand in a reserve pool's queue.
    #[serde(default)]
    pub queued: Minutes,
    /// After which block.
    pub height: Height,
}

/// One who waits for minutes of a reserve pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimListed {
    /// Its number; the lowest is served first.
    pub number: u64,
    /// Who waits for how much.
    pub claim: ReserveClaim,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// What to ask for to get more; none at the end.
    pub next: Option<String>,
}

/// An answer that something went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What.
    pub error: Refusal,
    /// That the record asked for does not exist, when a proof was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<RecordProof>,
}
