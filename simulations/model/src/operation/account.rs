//! Operations on accounts: opening, keys, recovery, kin, proxies, groups, closing.

use crate::id::{AccountId, Commitment, Key, OrganisationId, ProgrammeCode, StaffId};
use crate::time::{Day, Milliseconds, Minutes};

/// Opens a person's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAccount {
    /// The id the account gets.
    pub account: AccountId,
    /// The home street.
    pub home: OrganisationId,
    /// The holder's key; none for a person without a phone.
    pub key: Option<Key>,
    /// The registry's salted commitment to the identity.
    pub identity: Commitment,
    /// Of a minor: who co-signs.
    pub legal_guardian: Option<AccountId>,
}

/// Opens a volunteer team's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenGroup {
    /// The id the account gets.
    pub account: AccountId,
    /// The home street.
    pub home: OrganisationId,
    /// The group's key.
    pub key: Key,
}

/// Changes a group's members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetMembers {
    /// The group.
    pub group: AccountId,
    /// Who joins, sorted.
    pub add: Vec<AccountId>,
    /// Who leaves, sorted.
    pub remove: Vec<AccountId>,
}

/// Sets or ends a minor's legal guardian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetLegalGuardian {
    /// The minor.
    pub account: AccountId,
    /// The guardian from now on; none ends minority.
    pub guardian: Option<AccountId>,
}

/// Replaces an account's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotateKey {
    /// The account.
    pub account: AccountId,
    /// The key from the next block on.
    pub new_key: Key,
}

/// Who helps to recover an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guardian {
    /// A person.
    Account(AccountId),
    /// An office, by one of its registrars.
    Office(OrganisationId),
}

/// Sets who may recover an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetGuardians {
    /// The account.
    pub account: AccountId,
    /// Sorted; none, with a threshold of 0, removes them.
    pub guardians: Vec<Guardian>,
    /// How many of them start a recovery.
    pub threshold: u8,
    /// How long a recovery takes.
    pub delay_ms: Milliseconds,
}

/// Starts to give an account a new key without the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartRecovery {
    /// The account.
    pub account: AccountId,
    /// The key it is to get.
    pub new_key: Key,
}

/// Stops a recovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelRecovery {
    /// The account.
    pub account: AccountId,
}

/// Puts the new key in force once the delay has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishRecovery {
    /// The account.
    pub account: AccountId,
}

/// What one person is to another. The model's rules do not tell relations apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// Husband or wife.
    Spouse,
    /// Father or mother.
    Parent,
    /// Son or daughter.
    Child,
    /// Spouse of a son or daughter.
    ChildInLaw,
    /// Father or mother of the spouse.
    ParentInLaw,
    /// Brother or sister.
    Sibling,
    /// Grandfather or grandmother.
    Grandparent,
    /// Grandson or granddaughter.
    Grandchild,
}

/// Links two people as kin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkKin {
    /// One of the two.
    pub account: AccountId,
    /// The other.
    pub kin: AccountId,
    /// What `kin` is to `account`.
    pub relation: Relation,
}

/// Ends a kin link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlinkKin {
    /// One of the two.
    pub account: AccountId,
    /// The other.
    pub kin: AccountId,
}

/// Lets a kin's orders draw on an account without a signature each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetKinAllowance {
    /// Who pays.
    pub payer: AccountId,
    /// Whose orders.
    pub kin: AccountId,
    /// How much in a calendar month; 0 ends it.
    pub minutes_per_month: Minutes,
    /// The last day.
    pub last_day: Day,
}

/// Who acts for a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProxyHolder {
    /// A person.
    Account(AccountId),
    /// A clerk.
    Clerk(StaffId),
}

/// In what a proxy may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProxyScope {
    /// Orders.
    Orders,
    /// Redemption.
    Redemption,
    /// Both.
    OrdersAndRedemption,
}

/// Lets another act for the principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppointProxy {
    /// For whom.
    pub principal: AccountId,
    /// Who acts.
    pub proxy: ProxyHolder,
    /// In what.
    pub scope: ProxyScope,
    /// How much it may commit in a calendar month.
    pub minutes_per_month: Minutes,
    /// The last day.
    pub last_day: Day,
}

/// Ends a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeProxy {
    /// For whom.
    pub principal: AccountId,
    /// Whose.
    pub proxy: ProxyHolder,
}

/// Sets the programmes an account belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetProgrammes {
    /// The account.
    pub account: AccountId,
    /// All of them, sorted, each once.
    pub programmes: Vec<ProgrammeCode>,
}

/// Moves an account to another street.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveHome {
    /// The account.
    pub account: AccountId,
    /// The street.
    pub new_home: OrganisationId,
}

/// Stops an account from spending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// The account.
    pub account: AccountId,
}

/// Lets a frozen account spend again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfreeze {
    /// The account.
    pub account: AccountId,
}

/// Where the minutes of a closed account go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// To kin.
    Kin(AccountId),
    /// To the estate: a person named after death.
    Estate(AccountId),
    /// To the home district's donation pool.
    Donation,
}

/// Closes an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseAccount {
    /// The account.
    pub account: AccountId,
    /// Where its minutes go.
    pub rest: Rest,
}
