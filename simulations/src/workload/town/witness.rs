//! An independent witness of a chain: it executes every block again on a state of its own, plays it on the reference model,
//! and compares.
//!
//! After every block: the roots are what the header says, the model accepts every transaction, whatever the block touched
//! has the same figures in both, and the books are added up. After every [`COMPARED_ANEW_EVERY`] blocks, and at the end, every
//! figure there is.

use std::collections::BTreeMap;

use ledger_core::block::Block;
use ledger_core::genesis::Genesis;
use ledger_core::id::{Height, TransactionId};
use ledger_core::ledger::{ApplyError, BlockError, HeaderField, VerifiedSignatures};
use ledger_core::transaction::{Operation, SealedEnvelope};
use timebank_model::Model;
use timebank_model::request::Request;

use crate::comparison::compare::{Difference, compare, compare_touched, tell_hashes};
use crate::comparison::ledger::Ledger;
use crate::comparison::sums::add_up;
use crate::comparison::tally::name_of;
use crate::comparison::translate;
use crate::workload::Broken;

/// After so many blocks every figure is compared, not only what a block touched.
const COMPARED_ANEW_EVERY: u64 = 16;

/// The promise that a committed block executes.
pub const EXECUTION: &str = "execution";
/// The promise that executing it again gives the roots of its header.
pub const ROOT: &str = "root";
/// The promise that it does what the rules say, as the reference model has them.
pub const MODEL: &str = "model";
/// The promise that no minute appears or disappears.
pub const CONSERVATION: &str = "conservation";

/// A ledger and a model that follow a chain.
#[derive(Clone)]
pub(super) struct Witness {
    /// The ledger.
    pub(super) ledger: Ledger,
    model: Model,
    closed_months: usize,
    redeemed: u64,
    applied: BTreeMap<TransactionId, Height>,
    operations: BTreeMap<String, u64>,
}

impl Witness {
    /// Before the first block.
    pub(super) fn new(genesis: &Genesis) -> Witness {
        Witness {
            ledger: Ledger::found(genesis),
            model: Model::new(&translate::genesis(genesis)),
            closed_months: 0,
            redeemed: 0,
            applied: BTreeMap::new(),
            operations: BTreeMap::new(),
        }
    }

    /// In which block a transaction applied.
    pub(super) fn applied(&self, id: &TransactionId) -> Option<Height> {
        self.applied.get(id).copied()
    }

    /// How many transactions applied.
    pub(super) fn applied_count(&self) -> usize {
        self.applied.len()
    }

    /// How often each operation applied.
    pub(super) const fn operations(&self) -> &BTreeMap<String, u64> {
        &self.operations
    }

    /// Follows the next block.
    pub(super) fn follow(
        &mut self,
        block: &Block,
        verified: &dyn VerifiedSignatures,
    ) -> Result<(), Broken> {
        let height = block.header.height;
        // Signatures are right under the keys of the state before the block, or the ledger refuses the block.
        let requests: Vec<_> = block
            .transactions
            .iter()
            .map(|it| self.request(it))
            .collect();
        let (_, touched) = self
            .ledger
            .follow(block, verified)
            .map_err(|error| unexecuted(height, &error))?;
        let model_fault = |what: String| Broken {
            promise: MODEL,
            what: format!("block {height}: {what}"),
        };
        self.model
            .begin_block(block.header.time_ms.0)
            .map_err(|refusal| model_fault(format!("the model refuses its time: {refusal:?}")))?;
        // A month is closed by work that is done before the block's transactions, which may confirm it at once.
        tell_hashes(&self.ledger.books, &mut self.model, &mut self.closed_months);
        for (sealed, request) in block.transactions.iter().zip(requests) {
            if let Some(request) = request {
                self.model.apply(&request).map_err(|refusal| {
                    let (id, asked) = (sealed.id(), &sealed.transaction().operation);
                    model_fault(format!(
                        "transaction {id} was committed and the model refuses it: {refusal:?}: {asked:?}"
                    ))
                })?;
            }
            self.count(sealed, height);
        }
        let compared = if height.0.is_multiple_of(COMPARED_ANEW_EVERY) {
            compare(&self.ledger.books, &self.model)
        } else {
            compare_touched(&self.ledger.books, &self.model, &touched)
        };
        compared.map_err(|it| model_fault(told(&it)))?;
        self.check_conservation(height)
    }

    /// Compares every figure and adds up the books.
    pub(super) fn check_all(&self) -> Result<(), Broken> {
        let height = self.ledger.tip().height;
        compare(&self.ledger.books, &self.model).map_err(|it| Broken {
            promise: MODEL,
            what: format!("after block {height}: {}", told(&it)),
        })?;
        self.check_conservation(height)
    }

    fn check_conservation(&self, height: Height) -> Result<(), Broken> {
        add_up(&self.ledger.books, self.redeemed).map_err(|what| Broken {
            promise: CONSERVATION,
            what: format!("after block {height}: {what}"),
        })
    }

    /// What the model is asked for a transaction, the transaction's own signer first.
    fn request(&self, sealed: &SealedEnvelope) -> Option<Request> {
        let own = sealed.transaction().signer;
        let signatures = sealed.envelope().signatures.iter();
        let others = signatures.map(|it| it.signer).filter(|it| *it != own);
        let signers = std::iter::once(own).chain(others);
        translate::request_of(sealed, signers.map(|it| (it, self.ledger.books.key_of(it))))
    }

    fn count(&mut self, sealed: &SealedEnvelope, height: Height) {
        let operation = &sealed.transaction().operation;
        if let Operation::Redeem(redeemed) = operation {
            self.redeemed += redeemed.minutes.0;
        }
        *self.operations.entry(name_of(operation)).or_default() += 1;
        self.applied.insert(sealed.id(), height);
    }
}

fn unexecuted(height: Height, error: &ApplyError) -> Broken {
    let promise = match error {
        ApplyError::Invalid(BlockError::Header {
            field: HeaderField::StateRoot | HeaderField::ReceiptsRoot,
        }) => ROOT,
        ApplyError::Invalid(BlockError::Imbalance(_)) => CONSERVATION,
        ApplyError::Invalid(_) | ApplyError::State(_) => EXECUTION,
    };
    Broken {
        promise,
        what: format!("block {height} executed again: {error}"),
    }
}

fn told(difference: &Difference) -> String {
    let Difference {
        what,
        ledger,
        model,
    } = difference;
    format!("{what}: the ledger says {ledger}, the model {model}")
}
