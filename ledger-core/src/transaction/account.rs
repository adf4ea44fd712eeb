//! Operations on accounts: opening, keys, kin and proxies.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::hash::Hash;
use crate::id::{AccountId, OrganisationId};
use crate::record::kin::Relation;
use crate::record::proxy::{ProxyHolder, ProxyScope};
use crate::signature::PublicKey;
use crate::time::Day;

/// Opens a person's account; its id derives from this transaction's. Signed by a registrar of the home street, the
/// city's identity registry and the holder's new key; a keyless one by a social worker of the home street, who is another
/// person than the registrar, in the holder's place.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OpenAccount {
    /// The home street.
    pub home: OrganisationId,
    /// The holder's key; none for a person without a phone.
    pub key: Option<PublicKey>,
    /// The registry's salted commitment to the identity; no other account has it.
    pub identity: Hash,
}

/// Replaces an account's key. Signed by the old key (as the account) and the new one (as a bare key).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RotateKey {
    /// The account.
    pub account: AccountId,
    /// The key from the next block on.
    pub new_key: PublicKey,
}

/// Links two people as kin. Signed by both (a keyless one by its acting proxy) and a registrar of either's home.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct LinkKin {
    /// One of the two.
    pub account: AccountId,
    /// The other.
    pub kin: AccountId,
    /// What `kin` is to `account`.
    pub relation: Relation,
}

/// Ends a kin link. Signed by either.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct UnlinkKin {
    /// One of the two.
    pub account: AccountId,
    /// The other.
    pub kin: AccountId,
}

/// Lets a kin's orders draw on this account without a signature each. Signed by the one who pays.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SetKinAllowance {
    /// The one who pays.
    pub payer: AccountId,
    /// Whose orders.
    pub kin: AccountId,
    /// How much in a calendar month; 0 ends the allowance.
    pub minutes_per_month: Minutes,
    /// The last day.
    pub last_day: Day,
}

/// Lets another act for the principal. Signed by the principal; for a keyless one by the registrar and the social worker
/// of its home street, different people, and then it acts after 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct AppointProxy {
    /// For whom.
    pub principal: AccountId,
    /// Who acts: a person's account or a clerk.
    pub proxy: ProxyHolder,
    /// In what.
    pub scope: ProxyScope,
    /// How much it may commit in a calendar month.
    pub minutes_per_month: Minutes,
    /// The last day.
    pub last_day: Day,
}

/// Ends a proxy. Signed by the principal (keyless: as for the appointment) or by the proxy.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RevokeProxy {
    /// For whom.
    pub principal: AccountId,
    /// Whose.
    pub proxy: ProxyHolder,
}
