//! What the holder's app keeps of a membership card: the newest proof it could fetch, for when there is no network.

use ledger_core::id::{AccountId, ChainId};

use super::{Client, Transport};
use crate::card::{CardError, CardProof};
use crate::error::{Error, Kind};
use crate::verify::{Freshness, Trust};

impl<T: Transport> Client<T> {
    /// The proof of a member's card: a new one when a node answers, and otherwise the one that was kept. An app calls this when
    /// it is opened and whenever it is online, so that the card's proof is young where there is no network.
    ///
    /// # Errors
    /// [`CardError::NoMembership`] when it is proven that the account is no active member: what was kept is forgotten then.
    /// [`Error::StoredDamaged`] when there is no network and what was kept is damaged; otherwise the node's errors, and those
    /// of the proof.
    pub fn card_proof(&self, account: AccountId, freshness: Freshness) -> Result<CardProof, Error> {
        let trust = self.trust()?;
        let storage = trust.storage();
        let name = name(trust.chain_id(), account);
        match self.fetch_card_proof(trust, account, freshness) {
            Ok(proof) => {
                storage.store(&name, &proof.to_bytes())?;
                Ok(proof)
            }
            Err(error) if error.kind() == Kind::Network => match storage.load(&name)? {
                Some(bytes) => CardProof::from_bytes(&bytes).map_err(|reason| {
                    let reason = reason.to_string();
                    Error::StoredDamaged { name, reason }
                }),
                None => Err(error),
            },
            Err(error) => {
                if matches!(error, Error::Card(CardError::NoMembership { .. })) {
                    storage.remove(&name)?;
                }
                Err(error)
            }
        }
    }

    fn fetch_card_proof(
        &self,
        trust: &Trust,
        account: AccountId,
        freshness: Freshness,
    ) -> Result<CardProof, Error> {
        let proof = self.membership_proof(account, freshness)?;
        let clock = trust.clock_at(freshness.now_ms);
        CardProof::of(account, &proof, &trust.chain(), clock)
    }
}

/// Under which name the proof of an account's card is kept.
fn name(chain_id: ChainId, account: AccountId) -> String {
    let chain = chain_id.to_string();
    let chain = chain.get(..16).unwrap_or(&chain);
    format!("card-{chain}-{account}")
}
