//! Service records: what people show of their service is what their accounts count, and the years add up to the whole.
//!
//! Both are read off the records themselves, without the code that writes service records: after a block, a person's
//! [`ServiceRecord`] has the account's service and training, and the record moved as its years did.

use std::collections::{BTreeMap, BTreeSet};

use super::{Imbalance, signed};
use crate::amount::Minutes;
use crate::id::AccountId;
use crate::record::account::AccountRecord;
use crate::record::service_record::{ServiceRecord, ServiceYear};

/// Service and training in minutes.
type Given = (Minutes, Minutes);

/// Service, honorary minutes and training: by how much they moved.
type Sums = [i128; 3];

/// What accounts count, before and after a block, and what it wrote of service records.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// Each once.
    accounts: Vec<(AccountId, (Given, Given))>,
    written: BTreeMap<AccountId, Given>,
    records: BTreeMap<AccountId, Sums>,
    years: BTreeMap<AccountId, Sums>,
}

impl Moved {
    /// An account as it was and as it is. What a group is paid for counts for its members.
    pub(super) fn account(
        &mut self,
        account: AccountId,
        before: Option<&AccountRecord>,
        after: Option<&AccountRecord>,
    ) {
        let given = |record: Option<&AccountRecord>| {
            let person = record.filter(|record| record.is_person());
            person.map_or(Given::default(), |it| (it.service_given, it.training_given))
        };
        self.accounts.push((account, (given(before), given(after))));
    }

    /// A service record as it was (`sign` −1) or as it is (`sign` 1).
    pub(super) fn record(&mut self, account: AccountId, record: &ServiceRecord, sign: i128) {
        let sums = self.records.entry(account).or_default();
        let figures = [record.served, record.honorary, record.trained];
        add(sums, figures, sign);
    }

    /// A year of a service record as it was (`sign` −1) or as it is (`sign` 1).
    pub(super) fn year(&mut self, account: AccountId, year: &ServiceYear, sign: i128) {
        let sums = self.years.entry(account).or_default();
        for (_, month) in &year.months {
            let figures = [
                month.served(),
                month.honorary.minutes,
                month.trainings.minutes,
            ];
            add(sums, figures, sign);
        }
    }

    /// A service record as the block leaves it.
    pub(super) fn written(&mut self, account: AccountId, record: Option<&ServiceRecord>) {
        let given = record.map_or(Given::default(), |it| (it.served, it.trained));
        self.written.insert(account, given);
    }

    /// Whether every service record says what its account counts, and its years add up to it.
    pub(super) fn compare(&self) -> Result<(), Imbalance> {
        for (account, (before, after)) in &self.accounts {
            // What was not written stands as it stood, and that was right after the block before.
            if self.written.get(account).unwrap_or(before) != after {
                return Err(Imbalance::ServiceRecord { account: *account });
            }
        }
        // Many blocks count no service.
        if self.records.is_empty() && self.years.is_empty() {
            return Ok(());
        }
        let changed: BTreeSet<AccountId> = self.accounts.iter().map(|(id, _)| *id).collect();
        // Whatever counts in a record or a year touches the account, a rating too.
        let wrong = |account: &&AccountId| {
            moved(&self.records, **account) != moved(&self.years, **account)
                || !changed.contains(account)
        };
        let mut touched = self.records.keys().chain(self.years.keys());
        match touched.find(wrong) {
            Some(account) => Err(Imbalance::ServiceRecord { account: *account }),
            None => Ok(()),
        }
    }
}

/// By how much what `account` has moved; what is not there moved by nothing.
fn moved(sums: &BTreeMap<AccountId, Sums>, account: AccountId) -> Sums {
    sums.get(&account).copied().unwrap_or_default()
}

fn add(sums: &mut Sums, figures: [Minutes; 3], sign: i128) {
    for (sum, figure) in sums.iter_mut().zip(figures) {
        *sum = sum.saturating_add(signed(figure, sign));
    }
}
