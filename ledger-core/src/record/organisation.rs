//! Organisations and their staff.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, OrganisationId};
use crate::signature::PublicKey;

/// The most staff entries of one organisation.
pub const STAFF_MAX: usize = 1_000;

/// The four levels of the tree.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
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

impl Level {
    /// The level of an organisation's children; none below service points.
    pub const fn below(self) -> Option<Level> {
        match self {
            Level::City => Some(Level::District),
            Level::District => Some(Level::Street),
            Level::Street => Some(Level::ServicePoint),
            Level::ServicePoint => None,
        }
    }
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OrganisationRecord {
    /// Its level.
    pub level: Level,
    /// The organisation above; none for the city.
    pub parent: Option<OrganisationId>,
    /// How many administrators, different people, sign for it; 0 only while it has none.
    pub threshold: u8,
    /// How many of its staff entries are administrators'.
    pub administrators: u16,
}

/// What a member of staff may do.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Changes its organisation's staff, registers child organisations.
    Administrator,
    /// 登记员: opens accounts, links kin.
    Registrar,
    /// 代办员: acts for people without a phone.
    Clerk,
    /// 社工: verifies that a service really happened.
    SocialWorker,
    /// 财务: opens budgets, funds pools, registers merchants; always two.
    Treasurer,
    /// 仲裁: decides disputes.
    Arbiter,
    /// 审计: reads everything, changes nothing.
    Auditor,
    /// City only: co-signs each opening of an account.
    IdentityRegistry,
}

/// A staff entry.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct StaffRecord {
    /// The key it signs with.
    pub key: PublicKey,
    /// Its roles, sorted, each once, at least one.
    pub roles: Vec<Role>,
    /// The account of the human behind it. Every rule about different people compares these.
    pub person: AccountId,
}

impl StaffRecord {
    /// Whether `role` is among its roles.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the roles are sorted, each once, at least one.
    pub fn has_roles_in_order(&self) -> bool {
        !self.roles.is_empty() && self.roles.is_sorted_by(|left, right| left < right)
    }
}
