//! Operations on accounts: opening and closing, status and home, keys, groups, kin and proxies.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::hash::Hash;
use crate::id::{AccountId, OrganisationId, ProgrammeCode};
use crate::record::kin::Relation;
use crate::record::proxy::{ProxyHolder, ProxyScope};
use crate::signature::PublicKey;
use crate::time::Day;

/// Opens a person's account; its id derives from this transaction's. Signed by a registrar of the home street, the
/// city's identity registry and the holder's new key; a keyless one by a social worker of the home street, who is another
/// person than the registrar, in the holder's place; a minor's also by the legal guardian.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OpenAccount {
    /// The home street.
    pub home: OrganisationId,
    /// The holder's key; none for a person without a phone.
    pub key: Option<PublicKey>,
    /// The registry's salted commitment to the identity; no other account has it.
    pub identity: Hash,
    /// The one whose signature a minor's needs beside it; none for adults.
    pub legal_guardian: Option<AccountId>,
}

/// Changes or ends a legal guardianship; no birth date is on the ledger, the registry knows when somebody is of age. Signed
/// by a registrar of the home street and the city's identity registry, different people, and the new guardian.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SetLegalGuardian {
    /// The minor.
    pub account: AccountId,
    /// The guardian from now on; none: the holder is of age.
    pub guardian: Option<AccountId>,
}

/// The most members of a group.
pub const MEMBERS_MAX: usize = 200;
/// The most members one [`SetMembers`] adds and removes together.
pub const MEMBER_CHANGES_MAX: usize = 100;

/// Opens the account of a volunteer team; its id derives from this transaction's. Signed by a registrar and a social
/// worker of the home street, different people, and the group's new key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OpenGroup {
    /// The home street.
    pub home: OrganisationId,
    /// The group's key.
    pub key: PublicKey,
}

/// Changes who belongs to a group. Signed by the group and a registrar of its home street.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SetMembers {
    /// The group.
    pub group: AccountId,
    /// People who join, sorted, each once.
    pub add: Vec<AccountId>,
    /// People who leave, sorted, each once; together with `add` at most [`MEMBER_CHANGES_MAX`].
    pub remove: Vec<AccountId>,
}

/// Replaces the programmes an account belongs to. Signed by a registrar and a social worker of the home street, different
/// people.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SetProgrammes {
    /// The account.
    pub account: AccountId,
    /// Its programmes from now on, sorted, each once, at most [`crate::record::policy::PROGRAMMES_MAX`].
    pub programmes: Vec<ProgrammeCode>,
}

/// Moves an account to another street. Signed by the holder and a registrar of the new street; for a keyless person by a
/// registrar of the new street and a social worker of the old one, different people. A frozen account does not move.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct MoveHome {
    /// The account.
    pub account: AccountId,
    /// The street it moves to.
    pub new_home: OrganisationId,
}

/// Stops an account from spending. Signed by a registrar and an arbiter who cover its home, different people.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Freeze {
    /// The account.
    pub account: AccountId,
}

/// Lets a frozen account spend again. Signed as [`Freeze`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Unfreeze {
    /// The account.
    pub account: AccountId,
}

/// Where the minutes of an account that is closed go.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Rest {
    /// To linked kin.
    Kin(AccountId),
    /// To whom the holder's estate goes, after death.
    Estate(AccountId),
    /// To the home district's donation pool.
    Donation,
}

/// Closes an account for good. Signed by a registrar of the home street and the holder, or, after death and for keyless
/// people, by a registrar and an arbiter who cover the home, different people.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct CloseAccount {
    /// The account.
    pub account: AccountId,
    /// Where its spendable minutes go.
    pub rest: Rest,
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
