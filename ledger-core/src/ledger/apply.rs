//! From a block to its effects: the one way in which the state changes.
//!
//! Order within a block: automatic work that fell due by block time, at most [`DUE_WORK_MAX`] pieces; then every
//! transaction. Signatures are checked against the keys of the parent state, so a key counts from the block after it was
//! set. A block whose day asks for a version of the rules that this program does not know is neither built nor applied.
//! After the last transaction memberships follow the accounts that changed and service records the postings, and the books
//! must balance, or the block is invalid.

use std::sync::Arc;

use super::ahead::{self, AHEAD_TRANSACTIONS};
use super::block_error::{ApplyError, BlockError, HeaderField};
use super::context::{BlockContext, Context};
use super::rejection::{Refusal, Rejection};
use super::service_record::{self, Attendances};
use super::signers::Signers;
use super::verification::{
    VerifiedSignatures, find_wrong_signatures, first_wrong, signatures_before,
};
use super::{clearing, due, invariants, membership, operation, replay, upgrade};
use crate::block::{
    BLOCK_BYTES_MAX, BLOCK_LISTED_MAX, BLOCK_TRANSACTIONS_MAX, Block, HEADER_VERSION, Header, list,
};
use crate::hash::Hash;
use crate::id::{BlockId, ChainId, Height, TransactionId};
use crate::planted::{self, Planted};
use crate::receipt::{Cause, Receipt};
use crate::record::chain::{ChainRecord, RULES_VERSION, ValidatorsRecord};
use crate::state::{Overlay, StateError, StateKey, StateView, StateWrites, tree};
use crate::time::TimestampMs;
use crate::transaction::SealedEnvelope;
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

    /// The first time a block after this one may have.
    fn first_time_after(&self) -> TimestampMs {
        let step_ms = u64::from(!planted::is(Planted::TimeStandsStill));
        self.time_ms.plus_ms(step_ms)
    }
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

/// The least time of the block after `tip`: later than the tip's, and not below the floor `AdvanceTime` raised.
///
/// # Errors
/// When the storage fails.
pub fn least_time(view: &dyn StateView, tip: &Tip) -> Result<TimestampMs, StateError> {
    Ok(chain_record(&Overlay::new(view))?
        .time_floor_ms
        .max(tip.first_time_after()))
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
    apply_block_knowing(view, tip, block, verified, RULES_VERSION)
}

/// [`apply_block`] by a program whose newest version of the rules is `known`: what a test calls that plays two programs.
///
/// # Errors
/// See [`apply_block`].
pub fn apply_block_knowing(
    view: &dyn StateView,
    tip: &Tip,
    block: &Block,
    verified: &dyn VerifiedSignatures,
    known: u16,
) -> Result<Execution, ApplyError> {
    let (mut header, execution) = execute_knowing(view, tip, block, verified, known)?;
    if planted::is(Planted::StateRootUnchecked) {
        header.state_root = block.header.state_root;
    }
    if planted::is(Planted::ReceiptsRootUnchecked) {
        header.receipts_root = block.header.receipts_root;
    }
    if planted::is(Planted::NextValidatorsUnchecked) {
        header.next_validators_hash = block.header.next_validators_hash;
    }
    compare_headers(&block.header, &header)?;
    Ok(execution)
}

/// What executing `block` on the state after `tip` comes to, and the header that goes with it, whatever its own header says:
/// for whoever looks for where the two part.
///
/// # Errors
/// When one of its transactions does not apply, or the state cannot be read.
pub fn execute_block(
    view: &dyn StateView,
    tip: &Tip,
    block: &Block,
    verified: &dyn VerifiedSignatures,
) -> Result<(Header, Execution), ApplyError> {
    execute_knowing(view, tip, block, verified, RULES_VERSION)
}

fn execute_knowing(
    view: &dyn StateView,
    tip: &Tip,
    block: &Block,
    verified: &dyn VerifiedSignatures,
    known: u16,
) -> Result<(Header, Execution), ApplyError> {
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
    let count = block.transactions.iter().fold(0usize, |sum, sealed| {
        sum.saturating_add(sealed.transaction().operation.listed())
    });
    if count > BLOCK_LISTED_MAX {
        return Err(BlockError::TooManyListed { count }.into());
    }
    let mut run = Run::begin(
        view,
        tip,
        block.header.proposer,
        block.header.time_ms,
        known,
        DUE_WORK_MAX,
    )?;
    let wrong = find_wrong_signatures(&run.state, &block.transactions, verified)?;
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
        run.read_ahead(&block.transactions, index)?;
        match run.transaction(sealed) {
            Ok(()) => {}
            Err(Refusal::Rejected(rejection)) => return Err(invalid(rejection)),
            Err(Refusal::State(error)) => return Err(error.into()),
        }
    }
    let transactions_root = transactions_root(&block.transactions);
    run.finish(transactions_root)
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
    build_block_knowing(
        view,
        tip,
        proposer,
        time_ms,
        candidates,
        verified,
        RULES_VERSION,
    )
}

/// [`build_block`] by a program whose newest version of the rules is `known`; see [`apply_block_knowing`].
///
/// # Errors
/// See [`build_block`].
pub fn build_block_knowing(
    view: &dyn StateView,
    tip: &Tip,
    proposer: ValidatorAddress,
    time_ms: TimestampMs,
    candidates: &[Arc<SealedEnvelope>],
    verified: &dyn VerifiedSignatures,
    known: u16,
) -> Result<Built, ApplyError> {
    let due_work_max = if planted::is(Planted::DueWorkSkippedBuilding) {
        0
    } else {
        DUE_WORK_MAX
    };
    let mut run = Run::begin(view, tip, proposer, time_ms, known, due_work_max)?;
    let wrong = find_wrong_signatures(&run.state, candidates, verified)?;
    let mut transactions = Vec::new();
    let mut refused = Vec::new();
    let (mut bytes, mut listed) = (0usize, 0usize);
    for (index, (sealed, wrong)) in candidates.iter().zip(wrong).enumerate() {
        run.read_ahead(candidates, index)?;
        let longer = bytes.saturating_add(sealed.bytes().len());
        let more = listed.saturating_add(sealed.transaction().operation.listed());
        if transactions.len() >= BLOCK_TRANSACTIONS_MAX
            || longer > BLOCK_BYTES_MAX
            || more > BLOCK_LISTED_MAX
        {
            break;
        }
        let outcome = match wrong {
            Some(rejection) => Err(rejection.into()),
            None => run.transaction(sealed),
        };
        match outcome {
            Ok(()) => {
                (bytes, listed) = (longer, more);
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
    let mut state = Overlay::new(view);
    let to_verify = signatures_before(&state, sealed)?;
    if let Some(rejection) = first_wrong(sealed, &to_verify, verified) {
        return Err(rejection.into());
    }
    let block = block_context(&state, tip, time_ms)?;
    execute(&mut state, &block, sealed).map(|_| ())
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
    attendances: Attendances,
}

impl<'v> Run<'v> {
    /// Checks time, the version of the rules and the proposer, and does the automatic work that fell due.
    fn begin(
        view: &'v dyn StateView,
        tip: &Tip,
        proposer: ValidatorAddress,
        time_ms: TimestampMs,
        known: u16,
        due_work_max: usize,
    ) -> Result<Run<'v>, ApplyError> {
        let mut state = Overlay::new(view);
        let block = block_context(&state, tip, time_ms)?;
        let least_ms = block.chain.time_floor_ms.max(tip.first_time_after());
        if time_ms < least_ms {
            return Err(BlockError::Time { time_ms, least_ms }.into());
        }
        let required = upgrade::version_on(&state, block.today())?;
        if required > known {
            return Err(BlockError::VersionUnknown { required, known }.into());
        }
        let validators = validators_record(&state)?;
        if validators.current.by_address(&proposer).is_none() {
            return Err(BlockError::Header {
                field: HeaderField::Proposer,
            }
            .into());
        }
        clearing::note_month_end(&mut state, tip, &block)?;
        let receipts = due::run(&mut state, &block, due_work_max)?;
        Ok(Run {
            state,
            tip: *tip,
            proposer,
            block,
            validators,
            receipts,
            attendances: Attendances::default(),
        })
    }

    /// Before the transaction at `index`: reads ahead for it and those after it, some at a time, so that what was read is still
    /// near when they are executed.
    fn read_ahead(
        &self,
        transactions: &[Arc<SealedEnvelope>],
        index: usize,
    ) -> Result<(), StateError> {
        if !index.is_multiple_of(AHEAD_TRANSACTIONS) {
            return Ok(());
        }
        let near = transactions.iter().skip(index).take(AHEAD_TRANSACTIONS);
        let parties = near.flat_map(|sealed| ahead::parties(sealed.transaction()));
        self.state.read_ahead(&parties.collect::<Vec<_>>())
    }

    fn transaction(&mut self, sealed: &SealedEnvelope) -> Result<(), Refusal> {
        let receipt = execute(&mut self.state, &self.block, sealed)?;
        self.receipts.push(receipt);
        self.attendances.note(sealed.id(), sealed.transaction());
        Ok(())
    }

    /// Lets memberships and service records follow, checks the books and works out the header.
    fn finish(mut self, transactions_root: Hash) -> Result<(Header, Execution), ApplyError> {
        membership::follow_accounts(&mut self.state)?;
        let calendar = self.block.chain.calendar;
        service_record::follow_postings(
            &mut self.state,
            &self.receipts,
            &self.attendances,
            calendar,
        )?;
        invariants::check(&self.state, &self.receipts)?.map_err(BlockError::from)?;
        let next = validators_record(&self.state)?;
        let view = self.state.base();
        let (records, remembered, forgotten_hours) = self.state.into_changes();
        let tree = tree::update(view, &records)?;
        let mut leaves: Vec<Hash> = self.receipts.iter().map(Receipt::receipt_hash).collect();
        if planted::is(Planted::MapOrderHashed) {
            planted::order_as_a_map(&mut leaves);
        }
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
                next_validators: if planted::is(Planted::ValidatorsOneHeightLate) {
                    self.validators.current
                } else {
                    next.current
                },
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
