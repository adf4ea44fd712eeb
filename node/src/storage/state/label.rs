//! Which state a store holds, and how the database says it of itself.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};

use super::engine::{EngineView, StateEngine};
use super::key;
use super::versions::Entry;
use crate::storage::StorageError;
use crate::storage::identity::Identity;

/// The longest label as stored, in bytes, with the identity before it: a bound against damage.
const LABEL_BYTES_MAX: usize = 256;

/// Which state this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Label {
    /// After which block; 0 after genesis.
    pub height: Height,
    /// That block; zero for genesis.
    pub block_id: BlockId,
    /// The root of the state tree.
    pub root: Hash,
}

impl Label {
    /// The label of what `engine` holds, seen through `view`; none when it is empty.
    ///
    /// # Errors
    /// When the database belongs to another chain, is of another format, is damaged, or the disk fails.
    pub(super) fn read(
        engine: &dyn StateEngine,
        view: &dyn EngineView,
        identity: Identity,
    ) -> Result<Option<Label>, StorageError> {
        let damaged = |reason: &str| StorageError::StateDamaged {
            path: engine.path().to_path_buf(),
            reason: reason.to_string(),
        };
        let Some(bytes) = view.read(&key::label())? else {
            // Every batch carries the label, so a database without one must be empty.
            return if view.scan(&[], &[u8::MAX], 1)?.is_empty() {
                Ok(None)
            } else {
                Err(damaged("it does not say which block it belongs to"))
            };
        };
        let unreadable = |reason: String| damaged(&format!("its label {reason}"));
        let label = identity.read_after(&bytes, LABEL_BYTES_MAX, engine.path(), unreadable)?;
        Ok(Some(label))
    }

    /// What is written into a database with this identity.
    pub(super) fn entry(self, identity: Identity) -> Entry {
        let stored = codec::encode(&(identity, self));
        (key::label(), Some(stored.into()))
    }
}

/// The moment in [`super::versions::Versions`] of a state: before genesis nothing is seen.
pub(super) fn moment_of(label: Option<Label>) -> u64 {
    label.map_or(0, |label| moment_at(label.height))
}

/// The moment from which what the block at `height` wrote is in force.
pub(super) const fn moment_at(height: Height) -> u64 {
    height.next().0
}
