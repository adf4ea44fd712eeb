//! Membership: what an account shows to a stranger.
//!
//! An account's record tells balance, programmes, kin and much else, and a proof of it shows all of that. A card at a
//! shop's door must show one thing: that this key belongs to a member of the city. So that stands in a record of its own,
//! present exactly while the account is an active person's with a key (ADR 0010). It follows the account by itself,
//! block by block: no rule writes it, so none can forget it.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::id::OrganisationId;
use crate::record::account::{AccountRecord, AccountStatus};
use crate::signature::PublicKey;

/// That an account is an active person's, and with which key.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Membership {
    /// The holder's key.
    pub key: PublicKey,
    /// The home street.
    pub home: OrganisationId,
}

impl Membership {
    /// What stands beside `account`: none for merchants, groups, people without a key, and whoever is frozen or closed.
    pub fn of(account: &AccountRecord) -> Option<Membership> {
        let is_active_person = account.is_person() && account.status == AccountStatus::Active;
        let key = account.key.filter(|_| is_active_person)?;
        Some(Membership {
            key,
            home: account.home,
        })
    }
}
