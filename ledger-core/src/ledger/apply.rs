//! From a block to its effects: the one way in which the state changes.
//!
//! Order within a block: automatic work that fell due by block time, at most [`DUE_WORK_MAX`] pieces; then every
//! transaction. Signatures are checked against the keys of the parent state, so a key counts from the block after it was
//! set. After the last transaction the books must balance, or the block is invalid.

use std::sync::Arc;

use super::context::{BlockContext, Context};
use super::invariants::{self, Imbalance};
use super::operation;
use super::rejection::{Refusal, Rejection};
use super::signers::Signers;
use super::{due, replay};
use crate::block::{BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, Block, HEADER_VERSION, Header, list};
use crate::hash::{Domain, Hash, hash};
use crate::id::{BlockId, ChainId, Height, TransactionId};
use crate::receipt::{Cause, Receipt};
use crate::record::account::AccountRecord;
use crate::record::chain::{ChainRecord, ValidatorsRecord};
use crate::record::organisation::StaffRecord;
use crate::signature::{PublicKey, Purpose, Signature, SignatureCheck, find_invalid};
use crate::state::{DueEntry, Overlay, StateError, StateKey, StateView, StateWrites, tree};
use crate::time::TimestampMs;
use crate::transaction::{SealedEnvelope, Signer};
use crate::validator::{ValidatorAddress, ValidatorSet};

/// The most pieces of automatic work one block does.
pub const DUE_WORK_MAX: usize = 1_000;

/// The block a new one is built on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The chain.
    pub chain_id: ChainId,
    /// The block's height; 0 for genesis.
    pub height: Height,
    /// The block's id; zero for genesis.
    pub block_id: BlockId,
    /// The block's time.
    pub time_ms: TimestampMs,
}

impl Tip {
    /// Before the first block.
    pub const fn genesis(chain_id: ChainId, time_ms: TimestampMs) -> Tip {
        Tip {
            chain_id,
            height: Height::GENESIS,
            block_id: BlockId(Hash::ZERO),
            time_ms,
        }
    }

    /// The block with this header.
    pub fn of(header: &Header) -> Tip {
        Tip {
            chain_id: header.chain_id,
            height: header.height,
            block_id: header.id(),
            time_ms: header.time_ms,
        }
    }
}

/// A memory of signatures that were verified before, so that none is verified twice.
pub trait VerifiedSignatures {
    /// Whether the signature with this digest (see [`SignatureToVerify::digest`]) was found right.
    fn contains(&self, digest: &Hash) -> bool;
}

/// No signature was verified before.
#[derive(Clone, Copy, Debug, Default)]
pub struct NothingVerified;

impl VerifiedSignatures for NothingVerified {
    fn contains(&self, _: &Hash) -> bool {
        false
    }
}

/// A signature of an envelope with the key that must have made it.
#[derive(Clone, Copy, Debug)]
pub struct SignatureToVerify {
    /// Whose.
    pub signer: Signer,
    /// The key on the ledger.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
    /// Names key, message and signature together.
    pub digest: Hash,
}

/// What executing a block yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// One receipt for each piece of automatic work, then one for each transaction.
    pub receipts: Vec<Receipt>,
    /// What changes in the state.
    pub writes: StateWrites,
    /// The validators of the next block.
    pub next_validators: ValidatorSet,
}

/// A block a proposer built, its effects, and what it left out.
#[derive(Clone, Debug)]
pub struct Built {
    /// The block.
    pub block: Block,
    /// Its effects.
    pub execution: Execution,
    /// Candidates that did not apply, and why.
    pub refused: Vec<(TransactionId, Rejection)>,
}

/// Why a block does not extend the chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A field of the header is not what it must be.
    #[error("the header's {field} is wrong")]
    Header {
        /// Which.
        field: HeaderField,
    },
    /// Block time is not after the parent's, or below the floor.
    #[error("block time {time_ms} is below {least_ms}")]
    Time {
        /// The header's.
        time_ms: TimestampMs,
        /// The least allowed.
        least_ms: TimestampMs,
    },
    /// Too many transactions.
    #[error("{count} transactions; at most {BLOCK_TRANSACTIONS_MAX} are allowed")]
    TooManyTransactions {
        /// How many.
        count: usize,
    },
    /// Too many bytes.
    #[error("{bytes} bytes of transactions; at most {BLOCK_BYTES_MAX} are allowed")]
    TooLong {
        /// How many.
        bytes: usize,
    },
    /// A transaction does not apply.
    #[error("transaction {id} at index {index} does not apply: {rejection}")]
    Transaction {
        /// Its place in the block.
        index: usize,
        /// Its id.
        id: TransactionId,
        /// Why.
        rejection: Box<Rejection>,
    },
    /// Automatic work was refused: a rule is wrong, for everything the work needs is set aside when it is queued.
    #[error("automatic work {entry:?} was refused: {rejection}")]
    DueWork {
        /// The work.
        entry: DueEntry,
        /// Why.
        rejection: Box<Rejection>,
    },
    /// The books do not balance afterwards.
    #[error("the books do not balance: {0}")]
    Imbalance(#[from] Imbalance),
}

/// The fields of a header that execution determines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderField {
    /// The version.
    Version,
    /// The chain id.
    ChainId,
    /// The height.
    Height,
    /// The parent.
    Parent,
    /// The proposer, who must be a validator.
    Proposer,
    /// The transactions root.
    TransactionsRoot,
    /// The receipts root.
    ReceiptsRoot,
    /// The state root.
    StateRoot,
    /// The hash of the validators.
    ValidatorsHash,
    /// The hash of the next validators.
    NextValidatorsHash,
    /// The height of the last change of validators.
    LastSetChange,
}

impl std::fmt::Display for HeaderField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            HeaderField::Version => "version",
            HeaderField::ChainId => "chain_id",
            HeaderField::Height => "height",
            HeaderField::Parent => "parent",
            HeaderField::Proposer => "proposer",
            HeaderField::TransactionsRoot => "transactions_root",
            HeaderField::ReceiptsRoot => "receipts_root",
            HeaderField::StateRoot => "state_root",
            HeaderField::ValidatorsHash => "validators_hash",
            HeaderField::NextValidatorsHash => "next_validators_hash",
            HeaderField::LastSetChange => "last_set_change",
        })
    }
}

/// Why a block could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The block is invalid.
    #[error(transparent)]
    Invalid(#[from] BlockError),
    /// The state could not be read; nothing is known about the block.
    #[error(transparent)]
    State(#[from] StateError),
}

/// The least time of the block after `tip`: later than the tip's, and not below the floor `AdvanceTime` raised.
///
/// # Errors
/// When the storage fails.
pub fn least_time(view: &dyn StateView, tip: &Tip) -> Result<TimestampMs, StateError> {
    Ok(chain_record(&Overlay::new(view))?
        .time_floor_ms
        .max(tip.time_ms.plus_ms(1)))
}

/// When the first piece of automatic work falls due; none when the queue is empty.
///
/// # Errors
/// When the storage fails.
pub fn next_due(view: &dyn StateView) -> Result<Option<TimestampMs>, StateError> {
    due::first(view)
}

/// Executes `block` on the state after `tip` and checks every field of its header against the outcome.
///
/// # Errors
/// When the block is invalid, or the state cannot be read.
pub fn apply_block(
    view: &dyn StateView,
    tip: &Tip,
    block: &Block,
    verified: &dyn VerifiedSignatures,
) -> Result<Execution, ApplyError> {
    let count = block.transactions.len();
    if count > BLOCK_TRANSACTIONS_MAX {
        return Err(BlockError::TooManyTransactions { count }.into());
    }
    let bytes = block.transactions.iter().fold(0usize, |sum, sealed| {
        sum.saturating_add(sealed.bytes().len())
    });
    if bytes > BLOCK_BYTES_MAX {
        return Err(BlockError::TooLong { bytes }.into());
    }
    let mut run = Run::begin(view, tip, block.header.proposer, block.header.time_ms)?;
    let wrong = find_wrong_signatures(view, &block.transactions, verified)?;
    for (index, sealed) in block.transactions.iter().enumerate() {
        let invalid = |rejection| {
            ApplyError::from(BlockError::Transaction {
                index,
                id: sealed.id(),
                rejection: Box::new(rejection),
            })
        };
        if let Some(rejection) = &wrong[index] {
            return Err(invalid(rejection.clone()));
        }
        match run.transaction(sealed) {
            Ok(()) => {}
            Err(Refusal::Rejected(rejection)) => return Err(invalid(rejection)),
            Err(Refusal::State(error)) => return Err(error.into()),
        }
    }
    let transactions_root = transactions_root(&block.transactions);
    let (header, execution) = run.finish(transactions_root)?;
    compare_headers(&block.header, &header)?;
    Ok(execution)
}

/// Builds the block after `tip` from those of `candidates` that apply, in their order, up to a block's bounds.
///
/// # Errors
/// When the state cannot be read, or (a bug) the books do not balance.
pub fn build_block(
    view: &dyn StateView,
    tip: &Tip,
    proposer: ValidatorAddress,
    time_ms: TimestampMs,
    candidates: &[Arc<SealedEnvelope>],
    verified: &dyn VerifiedSignatures,
) -> Result<Built, ApplyError> {
    let mut run = Run::begin(view, tip, proposer, time_ms)?;
    let wrong = find_wrong_signatures(view, candidates, verified)?;
    let mut transactions = Vec::new();
    let mut refused = Vec::new();
    let mut bytes = 0usize;
    for (sealed, wrong) in candidates.iter().zip(wrong) {
        let longer = bytes.saturating_add(sealed.bytes().len());
        if transactions.len() >= BLOCK_TRANSACTIONS_MAX || longer > BLOCK_BYTES_MAX {
            break;
        }
        let outcome = match wrong {
            Some(rejection) => Err(rejection.into()),
            None => run.transaction(sealed),
        };
        match outcome {
            Ok(()) => {
                bytes = longer;
                transactions.push(Arc::clone(sealed));
            }
            Err(Refusal::Rejected(rejection)) => refused.push((sealed.id(), rejection)),
            Err(Refusal::State(error)) => return Err(error.into()),
        }
    }
    let (header, execution) = run.finish(transactions_root(&transactions))?;
    Ok(Built {
        block: Block {
            header,
            transactions,
        },
        execution,
        refused,
    })
}

/// Whether `sealed` would apply by itself in a block at `time_ms` after `tip`.
///
/// # Errors
/// The rule it breaks, or the storage's failure.
pub fn check_transaction(
    view: &dyn StateView,
    tip: &Tip,
    time_ms: TimestampMs,
    sealed: &SealedEnvelope,
    verified: &dyn VerifiedSignatures,
) -> Result<(), Refusal> {
    sealed.envelope().check_form().map_err(Rejection::from)?;
    let to_verify = signatures_to_verify(view, sealed)?;
    if let Some(rejection) = first_wrong(sealed, &to_verify, verified) {
        return Err(rejection.into());
    }
    let mut state = Overlay::new(view);
    let block = block_context(&state, tip, time_ms)?;
    execute(&mut state, &block, sealed).map(|_| ())
}

/// The signatures of `sealed` with the keys that must have made them, from `view`, the parent's state.
///
/// # Errors
/// When a signer has no key there, or the storage fails.
pub fn signatures_to_verify(
    view: &dyn StateView,
    sealed: &SealedEnvelope,
) -> Result<Vec<SignatureToVerify>, Refusal> {
    let state = Overlay::new(view);
    let mut to_verify = Vec::with_capacity(sealed.envelope().signatures.len());
    for signed in &sealed.envelope().signatures {
        let (signer, signature) = (signed.signer, signed.signature);
        let key = match signer {
            Signer::Key(key) => Some(key),
            Signer::Account(account) => state
                .load::<AccountRecord>(&StateKey::Account(account))?
                .and_then(|record| record.key),
            Signer::Staff(staff) => state
                .load::<StaffRecord>(&StateKey::Staff(staff))?
                .map(|record| record.key),
        };
        let key = key.ok_or(Rejection::SignerUnknown { signer })?;
        let digest = hash(
            Domain::VerifiedSignature,
            &[&key.0, sealed.id().0.as_bytes(), &signature.0],
        );
        to_verify.push(SignatureToVerify {
            signer,
            key,
            signature,
            digest,
        });
    }
    Ok(to_verify)
}

/// For each of `envelopes`, the rejection for a wrong signature or form, if any; all signatures in one batch.
fn find_wrong_signatures(
    view: &dyn StateView,
    envelopes: &[Arc<SealedEnvelope>],
    verified: &dyn VerifiedSignatures,
) -> Result<Vec<Option<Rejection>>, StateError> {
    let mut wrong: Vec<Option<Rejection>> = vec![None; envelopes.len()];
    let mut pending = Vec::new();
    for (index, sealed) in envelopes.iter().enumerate() {
        if let Err(error) = sealed.envelope().check_form() {
            wrong[index] = Some(error.into());
            continue;
        }
        match signatures_to_verify(view, sealed) {
            Ok(signatures) => {
                let message = Purpose::Transaction.signing_bytes(sealed.signed_bytes());
                let unknown: Vec<_> = signatures
                    .into_iter()
                    .filter(|it| !verified.contains(&it.digest))
                    .collect();
                if !unknown.is_empty() {
                    pending.push((index, message, unknown));
                }
            }
            Err(Refusal::Rejected(rejection)) => wrong[index] = Some(rejection),
            Err(Refusal::State(error)) => return Err(error),
        }
    }
    let flat: Vec<_> = pending
        .iter()
        .flat_map(|(index, message, unknown)| {
            unknown
                .iter()
                .map(move |it| (*index, it, message.as_slice()))
        })
        .collect();
    let checks: Vec<_> = flat
        .iter()
        .map(|(_, it, message)| SignatureCheck {
            key: it.key,
            signed_bytes: message,
            signature: it.signature,
        })
        .collect();
    for position in find_invalid(&checks) {
        let (index, it, _) = flat[position];
        wrong[index] = Some(Rejection::SignatureWrong { signer: it.signer });
    }
    Ok(wrong)
}

fn first_wrong(
    sealed: &SealedEnvelope,
    to_verify: &[SignatureToVerify],
    verified: &dyn VerifiedSignatures,
) -> Option<Rejection> {
    let message = Purpose::Transaction.signing_bytes(sealed.signed_bytes());
    let unknown: Vec<_> = to_verify
        .iter()
        .filter(|it| !verified.contains(&it.digest))
        .collect();
    let checks: Vec<_> = unknown
        .iter()
        .map(|it| SignatureCheck {
            key: it.key,
            signed_bytes: &message,
            signature: it.signature,
        })
        .collect();
    find_invalid(&checks)
        .first()
        .map(|position| Rejection::SignatureWrong {
            signer: unknown[*position].signer,
        })
}

/// Executes one transaction, whose signatures are right, and keeps or drops its changes.
fn execute(
    state: &mut Overlay<'_>,
    block: &BlockContext,
    sealed: &SealedEnvelope,
) -> Result<Receipt, Refusal> {
    let cause = Cause::Transaction(sealed.id());
    let mut context = Context {
        state,
        block,
        cause,
        signers: Signers::of(sealed.envelope()),
        postings: Vec::new(),
    };
    let outcome = replay::check(&mut context, sealed)
        .and_then(|()| operation::apply(&mut context, sealed.transaction()))
        .and_then(|()| context.signers.finish().map_err(Refusal::from))
        .and_then(|()| replay::remember(&mut context, sealed));
    let postings = std::mem::take(&mut context.postings);
    match outcome {
        Ok(()) => {
            state.keep();
            Ok(Receipt { cause, postings })
        }
        Err(refusal) => {
            state.discard();
            Err(refusal)
        }
    }
}

fn chain_record(state: &Overlay<'_>) -> Result<ChainRecord, StateError> {
    state.load(&StateKey::Chain)?.ok_or_else(|| StateError {
        reason: "the chain record is missing".into(),
    })
}

fn validators_record(state: &Overlay<'_>) -> Result<ValidatorsRecord, StateError> {
    state
        .load(&StateKey::Validators)?
        .ok_or_else(|| StateError {
            reason: "the validators record is missing".into(),
        })
}

fn block_context(
    state: &Overlay<'_>,
    tip: &Tip,
    time_ms: TimestampMs,
) -> Result<BlockContext, StateError> {
    Ok(BlockContext {
        chain_id: tip.chain_id,
        height: tip.height.next(),
        time_ms,
        chain: chain_record(state)?,
    })
}

/// The envelopes' root.
pub fn transactions_root(transactions: &[Arc<SealedEnvelope>]) -> Hash {
    let leaves: Vec<Hash> = transactions
        .iter()
        .map(|sealed| sealed.envelope_hash())
        .collect();
    list::root(&leaves)
}

/// A block under execution.
struct Run<'v> {
    state: Overlay<'v>,
    tip: Tip,
    proposer: ValidatorAddress,
    block: BlockContext,
    validators: ValidatorsRecord,
    receipts: Vec<Receipt>,
}

impl<'v> Run<'v> {
    /// Checks time and proposer, and does the automatic work that fell due.
    fn begin(
        view: &'v dyn StateView,
        tip: &Tip,
        proposer: ValidatorAddress,
        time_ms: TimestampMs,
    ) -> Result<Run<'v>, ApplyError> {
        let mut state = Overlay::new(view);
        let block = block_context(&state, tip, time_ms)?;
        let least_ms = block.chain.time_floor_ms.max(tip.time_ms.plus_ms(1));
        if time_ms < least_ms {
            return Err(BlockError::Time { time_ms, least_ms }.into());
        }
        let validators = validators_record(&state)?;
        if validators.current.by_address(&proposer).is_none() {
            return Err(BlockError::Header {
                field: HeaderField::Proposer,
            }
            .into());
        }
        let receipts = due::run(&mut state, &block, DUE_WORK_MAX)?;
        Ok(Run {
            state,
            tip: *tip,
            proposer,
            block,
            validators,
            receipts,
        })
    }

    fn transaction(&mut self, sealed: &SealedEnvelope) -> Result<(), Refusal> {
        let receipt = execute(&mut self.state, &self.block, sealed)?;
        self.receipts.push(receipt);
        Ok(())
    }

    /// Checks the books and works out the header.
    fn finish(self, transactions_root: Hash) -> Result<(Header, Execution), ApplyError> {
        invariants::check(&self.state)?.map_err(BlockError::from)?;
        let next = validators_record(&self.state)?;
        let view = self.state.base();
        let (records, remembered, forgotten_hours) = self.state.into_changes();
        let tree = tree::update(view, &records)?;
        let leaves: Vec<Hash> = self.receipts.iter().map(Receipt::receipt_hash).collect();
        let header = Header {
            version: HEADER_VERSION,
            chain_id: self.tip.chain_id,
            height: self.block.height,
            time_ms: self.block.time_ms,
            parent: self.tip.block_id,
            proposer: self.proposer,
            transactions_root,
            receipts_root: list::root(&leaves),
            state_root: tree.root,
            validators_hash: self.validators.current.set_hash(),
            next_validators_hash: next.current.set_hash(),
            last_set_change: self.validators.changed_at,
        };
        let writes = StateWrites {
            records,
            remembered,
            forgotten_hours,
            tree,
        };
        Ok((
            header,
            Execution {
                receipts: self.receipts,
                writes,
                next_validators: next.current,
            },
        ))
    }
}

/// Names the first field in which `given` differs from `computed`.
fn compare_headers(given: &Header, computed: &Header) -> Result<(), BlockError> {
    let fields = [
        (given.version == computed.version, HeaderField::Version),
        (given.chain_id == computed.chain_id, HeaderField::ChainId),
        (given.height == computed.height, HeaderField::Height),
        (given.parent == computed.parent, HeaderField::Parent),
        (
            given.transactions_root == computed.transactions_root,
            HeaderField::TransactionsRoot,
        ),
        (
            given.validators_hash == computed.validators_hash,
            HeaderField::ValidatorsHash,
        ),
        (
            given.last_set_change == computed.last_set_change,
            HeaderField::LastSetChange,
        ),
        (
            given.receipts_root == computed.receipts_root,
            HeaderField::ReceiptsRoot,
        ),
        (
            given.state_root == computed.state_root,
            HeaderField::StateRoot,
        ),
        (
            given.next_validators_hash == computed.next_validators_hash,
            HeaderField::NextValidatorsHash,
        ),
    ];
    match fields.into_iter().find(|(equal, _)| !equal) {
        Some((_, field)) => Err(BlockError::Header { field }),
        None => {
            assert_eq!(
                given, computed,
                "every field was compared, or given to the execution"
            );
            Ok(())
        }
    }
}
