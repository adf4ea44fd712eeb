//! What a checkpoint says of a block: made from a block that was proven, for the city to sign.

use ledger_core::genesis::Genesis;
use ledger_core::id::Height;
use ledger_core::proof::{CHECKPOINT_VERSION, CheckpointBody, CheckpointKeys};
use ledger_core::validator::ValidatorSet;

use super::Client;
use crate::answer::SetChangesAnswer;
use crate::error::Error;
use crate::transport::Transport;

impl<T: Transport> Client<T> {
    /// The body of a checkpoint of the block at `height`, or of the last one, which is proven first. `keys` sign the next one.
    ///
    /// The validators after the block are one node's word until their hash is the one the proven header names.
    ///
    /// # Errors
    /// Those of [`Client::block`]; [`Error::ProofNextSet`] when the set shown is not the header's next one;
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
            return Err(Error::ProofNextSet { height });
        }
        Ok(CheckpointBody {
            version: CHECKPOINT_VERSION,
            chain_id: header.chain_id,
            header,
            set,
            keys,
        })
    }

    /// The set that the block at `since` made the next one, by a node's word.
    fn set_made_at(&self, since: Height) -> Result<ValidatorSet, Error> {
        let before = since.0.saturating_sub(1);
        let answer: SetChangesAnswer =
            self.get(&format!("/v1/validators/changes?after={before}"))?;
        let mut changes = answer.changes.into_iter();
        let made = changes.find(|change| change.header.height == since);
        made.map(|change| change.next)
            .ok_or_else(|| Error::NotFound {
                thing: "validators".to_owned(),
                id: since.to_string(),
            })
    }
}
