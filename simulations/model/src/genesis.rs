//! The city before the first block, and the things of which it consists.

use crate::id::{AccountId, Commitment, Key, OrganisationId, ServiceCode, StaffId};
use crate::policy::{CatalogueEntry, Parameter, Value};
use crate::time::{Calendar, Milliseconds};

/// The four levels of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// 市.
    City,
    /// 区.
    District,
    /// 街道.
    Street,
    /// 社区服务点.
    ServicePoint,
}

/// What a member of staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Changes its organisation's staff, registers child organisations.
    Administrator,
    /// 登记员.
    Registrar,
    /// 代办员.
    Clerk,
    /// 社工.
    SocialWorker,
    /// 财务.
    Treasurer,
    /// 仲裁.
    Arbiter,
    /// 审计.
    Auditor,
    /// City only.
    IdentityRegistry,
}

/// A staff entry: "(organisation, staff number, key, roles, the *person account* of that human)".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffEntry {
    /// The key it signs with.
    pub key: Key,
    /// Its roles, sorted, each once, at least one.
    pub roles: Vec<Role>,
    /// The account of the human.
    pub person: AccountId,
}

/// Whether time may be moved by a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainPurpose {
    /// Real hours of real people.
    Production,
    /// Trials.
    Test,
}

/// A founding organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisOrganisation {
    /// Its id.
    pub organisation: OrganisationId,
    /// The one above; none for the city.
    pub parent: Option<OrganisationId>,
    /// Its level.
    pub level: Level,
    /// How many administrators sign for it.
    pub threshold: u8,
}

/// A founding person's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisAccount {
    /// Its id.
    pub account: AccountId,
    /// The registry's commitment to the identity.
    pub identity: Commitment,
    /// The home street.
    pub home: OrganisationId,
    /// The holder's key.
    pub key: Key,
}

/// A city as it is before the first block; the model takes it for well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// Production or test.
    pub purpose: ChainPurpose,
    /// By which instants become days.
    pub calendar: Calendar,
    /// The floor of the first block's time.
    pub time_ms: Milliseconds,
    /// Parents before children; the first is the city.
    pub organisations: Vec<GenesisOrganisation>,
    /// The founding staff's own accounts.
    pub accounts: Vec<GenesisAccount>,
    /// The founding staff.
    pub staff: Vec<(StaffId, StaffEntry)>,
    /// The city's policy where it differs from the defaults.
    pub policies: Vec<(Parameter, Value)>,
    /// The catalogue of services.
    pub catalogue: Vec<(ServiceCode, CatalogueEntry)>,
    /// The version of the rules in force.
    pub version: u32,
}
