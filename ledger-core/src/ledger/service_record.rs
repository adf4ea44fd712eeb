//! Service records follow the postings: worked out at a block's end for everyone it credited, rated or took back from.
//!
//! No rule writes a service record, and none reads one; so one place keeps them, whatever rule counts a service, and a
//! block without services costs a look at each posting. What happened is in the postings; when it happened and of which kind it was
//! stands in the order, or in the transaction that recorded the attendance. [`super::invariants`] checks the outcome by itself.

use std::collections::BTreeMap;

use crate::amount::Minutes;
use crate::id::{AccountId, OrderId, TransactionId};
use crate::receipt::{Cause, Entry, Owner, Receipt};
use crate::record::order::{EndedOrder, OrderRecord, Provider};
use crate::record::service_record::{
    ServiceMonth, ServiceRecord, ServiceYear, Tally, year_and_number,
};
use crate::state::{Overlay, StateError, StateKey};
use crate::time::{Calendar, TimestampMs};
use crate::transaction::{Operation, Transaction};

/// When the attendances began that a block records, by their transactions.
#[derive(Debug, Default)]
pub(crate) struct Attendances(BTreeMap<TransactionId, TimestampMs>);

impl Attendances {
    /// Notes when it was, if `transaction` records a training or a campaign.
    pub(crate) fn note(&mut self, id: TransactionId, transaction: &Transaction) {
        let attendance = match &transaction.operation {
            Operation::RecordTraining(operation) => &operation.attendance,
            Operation::RecordCampaign(operation) => &operation.attendance,
            _ => return,
        };
        self.0.insert(id, attendance.start_ms);
    }

    fn start_ms(&self, cause: Cause) -> Result<TimestampMs, StateError> {
        let Cause::Transaction(id) = cause else {
            return Err(damaged(format!("{cause:?} records no attendance")));
        };
        let start_ms = self.0.get(&id).copied();
        start_ms.ok_or_else(|| damaged(format!("transaction {id} records no attendance")))
    }
}

/// Counts in the service records of people what `receipts` post about their service, and keeps them.
///
/// # Errors
/// When the storage fails.
pub(crate) fn follow_postings(
    state: &mut Overlay<'_>,
    receipts: &[Receipt],
    attendances: &Attendances,
    calendar: Calendar,
) -> Result<(), StateError> {
    let mut changes = Changes::default();
    for posting in receipts.iter().flat_map(|receipt| &receipt.postings) {
        let Owner::Account(account) = posting.owner else {
            continue;
        };
        let mut following = Following {
            state,
            changes: &mut changes,
            calendar,
            account,
        };
        match posting.entry {
            Entry::Earned { order, served, .. } | Entry::ServedForGroup { order, served, .. } => {
                following.served(order, served)?;
            }
            Entry::TakenBack {
                order, unserved, ..
            } => following.taken_back(order, unserved)?,
            Entry::Trained { attended, .. } => {
                let start_ms = attendances.start_ms(posting.cause)?;
                following.trained(start_ms, attended)?;
            }
            Entry::Campaigned {
                served, honorary, ..
            } => {
                let start_ms = attendances.start_ms(posting.cause)?;
                following.campaigned(start_ms, served, honorary)?;
            }
            Entry::Rated { order, stars } => following.rated(order, stars)?,
            _ => {}
        }
    }
    changes.store(state);
    state.keep();
    Ok(())
}

/// Records under change, each read once: as the block found it, and as it is to be.
#[derive(Default)]
struct Changes {
    records: BTreeMap<AccountId, (ServiceRecord, ServiceRecord)>,
    years: BTreeMap<(AccountId, u32), (ServiceYear, ServiceYear)>,
}

impl Changes {
    /// Writes what differs: an order can be paid and reversed in one block.
    fn store(self, state: &mut Overlay<'_>) {
        for (account, (before, record)) in self.records {
            let key = StateKey::ServiceRecord(account);
            if record == before {
                continue;
            }
            if record.is_empty() {
                state.delete(&key);
            } else {
                state.store(&key, &record);
            }
        }
        for ((account, year), (before, record)) in self.years {
            let key = StateKey::ServiceYear(account, year);
            if record == before {
                continue;
            }
            if record.months.is_empty() {
                state.delete(&key);
            } else {
                state.store(&key, &record);
            }
        }
    }
}

/// One posting of `account` on its way into the records.
struct Following<'f, 'v> {
    state: &'f Overlay<'v>,
    changes: &'f mut Changes,
    calendar: Calendar,
    account: AccountId,
}

impl Following<'_, '_> {
    fn served(&mut self, order: OrderId, minutes: Minutes) -> Result<(), StateError> {
        let (ended, start_ms) = self.paid(order)?;
        if !self.is_server(ended.provider) {
            return Ok(());
        }
        let record = self.record()?;
        record.served = record.served.saturating_plus(minutes);
        self.month(start_ms, |month| month.add_service(ended.service, minutes))
    }

    fn taken_back(&mut self, order: OrderId, minutes: Minutes) -> Result<(), StateError> {
        let (ended, start_ms) = self.paid(order)?;
        if !self.is_server(ended.provider) {
            return Ok(());
        }
        let record = self.record()?;
        record.served = record.served.saturating_minus(minutes);
        self.month(start_ms, |month| month.take_service(ended.service, minutes))
    }

    fn trained(&mut self, start_ms: TimestampMs, minutes: Minutes) -> Result<(), StateError> {
        let record = self.record()?;
        record.trained = record.trained.saturating_plus(minutes);
        self.month(start_ms, |month| month.trainings.add(minutes))
    }

    fn campaigned(
        &mut self,
        start_ms: TimestampMs,
        served: Minutes,
        honorary: Minutes,
    ) -> Result<(), StateError> {
        let record = self.record()?;
        record.served = record.served.saturating_plus(served);
        record.honorary = record.honorary.saturating_plus(honorary);
        let add = |tally: &mut Tally, minutes: Minutes| {
            if !minutes.is_zero() {
                tally.add(minutes);
            }
        };
        self.month(start_ms, |month| {
            add(&mut month.campaigns, served);
            add(&mut month.honorary, honorary);
        })
    }

    /// A rating of the service; how somebody was as a recipient is no part of what they gave.
    fn rated(&mut self, order: OrderId, stars: u8) -> Result<(), StateError> {
        let provider = match self.order(order)? {
            OrderRecord::Open(open) => open.stage.provider(),
            OrderRecord::Ended(ended) => ended.provider,
        };
        if !self.is_server(provider) {
            return Ok(());
        }
        let rating = &mut self.record()?.rating;
        rating.count = rating.count.saturating_add(1);
        rating.stars = rating.stars.saturating_add(u64::from(stars));
        Ok(())
    }

    /// Whether the account is the person who served: what a group is paid for is its member's service.
    fn is_server(&self, provider: Option<Provider>) -> bool {
        provider.is_some_and(|provider| provider.server == self.account)
    }

    fn order(&self, id: OrderId) -> Result<OrderRecord, StateError> {
        let record = self.state.load(&StateKey::Order(id))?;
        record.ok_or_else(|| damaged(format!("order {id} of a posting is missing")))
    }

    /// An order that was paid, and when its service began.
    fn paid(&self, id: OrderId) -> Result<(EndedOrder, TimestampMs), StateError> {
        if let OrderRecord::Ended(ended) = self.order(id)?
            && let Some(paid) = ended.paid
        {
            return Ok((ended, paid.start_ms));
        }
        Err(damaged(format!("order {id} of a posting was not paid")))
    }

    fn record(&mut self) -> Result<&mut ServiceRecord, StateError> {
        use std::collections::btree_map::Entry::{Occupied, Vacant};
        let (_, record) = match self.changes.records.entry(self.account) {
            Occupied(known) => known.into_mut(),
            Vacant(place) => {
                let key = StateKey::ServiceRecord(self.account);
                let before: ServiceRecord = self.state.load(&key)?.unwrap_or_default();
                place.insert((before, before))
            }
        };
        Ok(record)
    }

    fn month(
        &mut self,
        start_ms: TimestampMs,
        change: impl FnOnce(&mut ServiceMonth),
    ) -> Result<(), StateError> {
        use std::collections::btree_map::Entry::{Occupied, Vacant};
        let (year, number) = year_and_number(self.calendar.month(start_ms));
        let (_, record) = match self.changes.years.entry((self.account, year)) {
            Occupied(known) => known.into_mut(),
            Vacant(place) => {
                let key = StateKey::ServiceYear(self.account, year);
                let before: ServiceYear = self.state.load(&key)?.unwrap_or_default();
                place.insert((before.clone(), before))
            }
        };
        record.change(number, change);
        Ok(())
    }
}

fn damaged(reason: String) -> StateError {
    StateError { reason }
}
