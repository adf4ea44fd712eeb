//! A dry run by the ledger's own rules: what each transaction of an import would do, one after the other, on a copy of the
//! state that nobody else sees.
//!
//! The blocks the ledger would build are built, with [`build_block`], so that line 7 sees what line 6 did and every rule
//! speaks for itself. Signatures are supposed to be right: who has to sign is checked, and that they did comes later.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger_core::hash::Hash;
use ledger_core::id::TransactionId;
use ledger_core::ledger::{
    ApplyError, Refusal, Rejection, Tip, VerifiedSignatures, build_block, check_transaction,
    least_time,
};
use ledger_core::record::chain::ValidatorsRecord;
use ledger_core::state::StateWrites;
use ledger_core::state::tree::{NodePath, Stored};
use ledger_core::state::{Overlay, RecordBytes, RecordChanges, StateError, StateKey, StateView};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::SealedEnvelope;
use ledger_core::validator::ValidatorAddress;

/// Why there was no dry run.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The ledger's rules could not build a block at all.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

/// Every signature is supposed to be right.
struct Supposed;

impl VerifiedSignatures for Supposed {
    fn contains(&self, _: &Hash) -> bool {
        true
    }
}

/// A dry run under way.
pub struct DryRun<'s> {
    state: Ahead<'s>,
    tip: Tip,
    proposer: ValidatorAddress,
    now_ms: TimestampMs,
}

impl std::fmt::Debug for DryRun<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DryRun({} ahead)", self.state.records.len())
    }
}

impl<'s> DryRun<'s> {
    /// After the block `tip`, whose state is `view`, at `now_ms`.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn begin(
        view: &'s dyn StateView,
        tip: Tip,
        now_ms: TimestampMs,
    ) -> Result<DryRun<'s>, CheckError> {
        let validators: Option<ValidatorsRecord> =
            Overlay::new(view).load(&StateKey::Validators)?;
        let first = validators.and_then(|it| it.current.as_slice().first().cloned());
        let first = first.ok_or_else(|| StateError {
            reason: "there are no validators".to_owned(),
        })?;
        Ok(DryRun {
            state: Ahead::of(view),
            tip,
            proposer: ValidatorAddress::of(&first.consensus_key),
            now_ms,
        })
    }

    /// The state as far as the dry run has come.
    pub fn view(&self) -> &dyn StateView {
        &self.state
    }

    /// Applies `candidates` in their order, as far as they apply; for each that does not, why.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn apply(
        &mut self,
        candidates: &[Arc<SealedEnvelope>],
    ) -> Result<BTreeMap<TransactionId, Rejection>, CheckError> {
        let mut refused = BTreeMap::new();
        let mut rest = candidates;
        while !rest.is_empty() {
            let time_ms = least_time(&self.state, &self.tip)?.max(self.now_ms);
            let built = build_block(
                &self.state,
                &self.tip,
                self.proposer,
                time_ms,
                rest,
                &Supposed,
            )?;
            let seen = built.block.transactions.len() + built.refused.len();
            assert!(seen > 0, "a block has room for at least one transaction");
            refused.extend(built.refused);
            self.tip = Tip::of(&built.block.header);
            self.state.apply(built.execution.writes);
            rest = &rest[seen..];
        }
        Ok(refused)
    }

    /// Why `candidate` would not apply now, by itself; nothing is changed.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn probe(&self, candidate: &SealedEnvelope) -> Result<Option<Rejection>, CheckError> {
        let time_ms = least_time(&self.state, &self.tip)?.max(self.now_ms);
        match check_transaction(&self.state, &self.tip, time_ms, candidate, &Supposed) {
            Ok(()) => Ok(None),
            Err(Refusal::Rejected(rejection)) => Ok(Some(rejection)),
            Err(Refusal::State(error)) => Err(error.into()),
        }
    }
}

/// A state with changes on top that only this process knows.
struct Ahead<'s> {
    base: &'s dyn StateView,
    records: RecordChanges,
    remembered: BTreeSet<(u64, TransactionId)>,
    forgotten: BTreeSet<u64>,
    nodes: BTreeMap<NodePath, Option<Stored>>,
}

impl<'s> Ahead<'s> {
    fn of(base: &'s dyn StateView) -> Ahead<'s> {
        Ahead {
            base,
            records: RecordChanges::new(),
            remembered: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            nodes: BTreeMap::new(),
        }
    }

    fn apply(&mut self, writes: StateWrites) {
        self.records.extend(writes.records);
        self.remembered.extend(writes.remembered);
        self.forgotten.extend(writes.forgotten_hours);
        self.nodes.extend(writes.tree.nodes);
    }
}

impl StateView for Ahead<'_> {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        match self.records.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.base.read(key),
        }
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StateError> {
        let changes: RecordChanges = self
            .records
            .range(from.to_vec()..to.to_vec())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        // Deleted records may hide as many below, so that many more are read.
        let hidden = changes.values().filter(|value| value.is_none()).count();
        let below = self.base.scan(from, to, limit.saturating_add(hidden))?;
        let mut merged: RecordChanges = below
            .into_iter()
            .map(|(key, value)| (key, Some(value)))
            .collect();
        merged.extend(changes);
        Ok(merged
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .take(limit)
            .collect())
    }

    fn is_remembered(&self, hour: u64, id: TransactionId) -> Result<bool, StateError> {
        if self.forgotten.contains(&hour) {
            return Ok(false);
        }
        Ok(self.remembered.contains(&(hour, id)) || self.base.is_remembered(hour, id)?)
    }

    fn stored(&self, path: &NodePath) -> Result<Option<Cow<'_, Stored>>, StateError> {
        match self.nodes.get(path) {
            Some(stored) => Ok(stored.as_ref().map(Cow::Borrowed)),
            None => self.base.stored(path),
        }
    }
}
