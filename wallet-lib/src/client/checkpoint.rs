//! What a checkpoint says of a block: made from a block that was proven, for the city to sign.

use ledger_core::genesis::Genesis;
use ledger_core::id::Height;
use ledger_core::proof::{
    CHECKPOINT_VERSION, Checkpoint, CheckpointBody, CheckpointKeys, SetChange,
};
use ledger_core::validator::ValidatorSet;

use super::Client;
use crate::answer::{BlockAnswer, CheckpointsAnswer, SetChangesAnswer};
use crate::error::{Error, UnprovenError};
use crate::transport::Transport;

impl<T: Transport> Client<T> {
    /// The body of a checkpoint of the block at `height`, or of the last one, which is proven first. `keys` sign the next one.
    ///
    /// The validators after the block are one node's word until their hash is the one the proven header names.
    ///
    /// # Errors
    /// Those of [`Client::block`]; [`UnprovenError::NextSet`] when the set shown is not the header's next one;
    /// [`Error::NotFound`] when the node does not know the change that made it.
    pub fn checkpoint_body(
        &self,
        height: Option<Height>,
        genesis: &Genesis,
        keys: CheckpointKeys,
    ) -> Result<CheckpointBody, Error> {
        let header = self.block(height)?.value.block.header;
        let height = header.height;
        let since = match header.next_validators_hash == header.validators_hash {
            true => header.last_set_change,
            false => height,
        };
        let set = match since {
            Height::GENESIS => genesis.validators.clone(),
            since => self.set_made_at(since)?,
        };
        if set.set_hash() != header.next_validators_hash {
            return Err(UnprovenError::NextSet { height }.into());
        }
        Ok(CheckpointBody {
            version: CHECKPOINT_VERSION,
            chain_id: header.chain_id,
            header,
            set,
            keys,
        })
    }

    /// The changes of the validator set above `after`, oldest first, by the node's word; not necessarily all.
    ///
    /// # Errors
    /// The node's.
    pub fn set_changes_unverified(&self, after: Height) -> Result<Vec<SetChange>, Error> {
        let path = format!("/v1/validators/changes?after={after}");
        Ok(self.get::<SetChangesAnswer>(&path)?.changes)
    }

    /// The city's checkpoints, oldest first, by the node's word; none when it has none.
    ///
    /// # Errors
    /// The node's.
    pub fn checkpoints_unverified(&self) -> Result<Vec<Checkpoint>, Error> {
        match self.get::<CheckpointsAnswer>("/v1/checkpoint") {
            Ok(answer) => Ok(answer.checkpoints),
            Err(Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The block at `height`, by the node's word.
    ///
    /// # Errors
    /// The node's.
    pub fn block_unverified(&self, height: Height) -> Result<BlockAnswer, Error> {
        self.get(&format!("/v1/blocks/{height}"))
    }

    /// The set that the block at `since` made the next one, by a node's word.
    fn set_made_at(&self, since: Height) -> Result<ValidatorSet, Error> {
        let before = Height(since.0.saturating_sub(1));
        let mut changes = self.set_changes_unverified(before)?.into_iter();
        let made = changes.find(|change| change.header.height == since);
        made.map(|change| change.next)
            .ok_or_else(|| Error::NotFound {
                thing: "validators".to_owned(),
                id: since.to_string(),
            })
    }
}
