//! Who lives in the city of the demonstration, and who works in its offices.

use std::collections::BTreeMap;

use ledger_core::id::{AccountId, OrganisationId, StaffId};

use crate::city::{Person, staff_id, street_staff};

/// The four offices: street and district. 玄武, 秦淮, 建邺, 鼓楼 (GB/T 2260).
pub const OFFICES: [(OrganisationId, OrganisationId); 4] = [
    (OrganisationId(320_102_001), OrganisationId(320_102)),
    (OrganisationId(320_104_001), OrganisationId(320_104)),
    (OrganisationId(320_105_001), OrganisationId(320_105)),
    (OrganisationId(320_106_001), OrganisationId(320_106)),
];
/// Volunteers, `V01` onwards.
pub const VOLUNTEERS: u32 = 24;
/// Elders with a phone, `E01` onwards.
pub const ELDERS: u32 = 16;

/// The service point of the office at `index`.
pub fn service_point(index: usize) -> OrganisationId {
    OrganisationId(OFFICES[index].0.0 * 1_000 + 1)
}

/// The staff entry `number` of the street office at `index`.
pub fn street(index: usize, number: u32) -> Person {
    Person::staff(street_id(index, number))
}

/// The name of the staff entry `number` of the street office at `index`.
pub fn street_id(index: usize, number: u32) -> StaffId {
    staff_id(OFFICES[index].0, number)
}

/// The administrator of the district of the office at `index`.
pub fn district_administrator(index: usize) -> Person {
    Person::staff(staff_id(OFFICES[index].1, street_staff::ADMINISTRATOR))
}

/// The social worker of the service point of the office at `index`.
pub fn point_worker(index: usize) -> Person {
    Person::staff(staff_id(service_point(index), 1))
}

/// Everybody with an account, by label.
#[derive(Clone, Debug, Default)]
pub struct Residents(BTreeMap<String, AccountId>);

impl Residents {
    /// Adds the account of `label`.
    pub fn add(&mut self, label: &str, account: AccountId) {
        self.0.insert(label.to_owned(), account);
    }

    /// The account of `label`.
    pub fn account(&self, label: &str) -> AccountId {
        self.0[label]
    }

    /// The holder of the account of `label`.
    pub fn holder(&self, label: &str) -> Person {
        Person::holder(self.account(label), label)
    }

    /// Everybody, in order of label.
    pub fn iter(&self) -> impl Iterator<Item = (&str, AccountId)> {
        self.0
            .iter()
            .map(|(label, account)| (label.as_str(), *account))
    }
}
