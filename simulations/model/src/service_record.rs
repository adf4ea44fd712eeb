//! What people have given, as a list of what each did: "hours by kind and period, training, ratings".
//!
//! "What was taken back is subtracted where it had been counted": here it is struck off the list.

use std::collections::BTreeMap;

use crate::id::{AccountId, OrderId, ServiceCode};
use crate::model::Model;
use crate::time::{Milliseconds, Minutes, Month};

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Given {
    /// A service of this kind.
    Service(ServiceCode),
    /// Work in a campaign.
    Campaign,
    /// Work in a campaign beyond its budget line.
    Honorary,
    /// A training.
    Training,
}

/// One thing that somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deed {
    pub(crate) what: Given,
    /// Of a service.
    pub(crate) order: Option<OrderId>,
    pub(crate) month: Month,
    pub(crate) minutes: Minutes,
}

/// What somebody has given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceView {
    /// How often and how many minutes, by the month in which it began and by what it was.
    pub months: BTreeMap<(Month, Given), (u64, Minutes)>,
    /// How often those served rated the service, and the stars in all.
    pub rating: (u64, u64),
}

impl ServiceView {
    /// All minutes of what `counts`.
    pub fn sum(&self, counts: impl Fn(Given) -> bool) -> Minutes {
        let counted = self.months.iter().filter(|((_, what), _)| counts(*what));
        counted.map(|(_, (_, minutes))| minutes).sum()
    }
}

impl Model {
    /// Lists what `account` did, in the month in which it began.
    pub(crate) fn note_deed(
        &mut self,
        account: AccountId,
        what: Given,
        order: Option<OrderId>,
        start_ms: Milliseconds,
        minutes: Minutes,
    ) {
        if minutes == 0 {
            return;
        }
        let month = self.calendar.month(start_ms);
        let deed = Deed {
            what,
            order,
            month,
            minutes,
        };
        self.known(account).deeds.push(deed);
    }

    /// Strikes off what `account` did for `order`.
    pub(crate) fn strike_deed(&mut self, account: AccountId, order: OrderId) {
        let deeds = &mut self.known(account).deeds;
        deeds.retain(|deed| deed.order != Some(order));
    }

    /// What a person has given; none of whoever gave nothing.
    pub fn service_view(&self, id: AccountId) -> Option<ServiceView> {
        let account = self.accounts.get(&id)?;
        let mut view = ServiceView {
            rating: account.rated_as_server,
            ..ServiceView::default()
        };
        for deed in &account.deeds {
            let (times, minutes) = view.months.entry((deed.month, deed.what)).or_default();
            *times += 1;
            *minutes += deed.minutes;
        }
        (view != ServiceView::default()).then_some(view)
    }
}
