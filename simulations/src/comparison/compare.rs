//! Whether ledger and model say the same of every figure.

use std::collections::BTreeSet;
use std::fmt::Debug;

use ledger_core::id::AccountId;
use ledger_core::record::account::{AccountKind, AccountRecord, ClawbackTo};
use ledger_core::record::budget::{BudgetRecord, PoolId};
use ledger_core::record::clearing::ClearingRecord;
use ledger_core::record::lot::{Lots, Source};
use ledger_core::record::order::{OrderRecord, OrderStage};
use ledger_core::record::supply::SupplyRecord;
use ledger_core::time::Month;
use timebank_model::Model;
use timebank_model::service_record::{Given, ServiceView};
use timebank_model::view;
use timebank_model::view::{
    AccountView, BudgetView, ClearingView, Destination, Kind, Lot, OrderView, SupplyView,
};

use super::books::{Books, Item};
use super::translate;

/// A figure of which ledger and model say different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub what: String,
    /// What the ledger says.
    pub ledger: String,
    /// What the model says.
    pub model: String,
}

fn same<T: Debug + PartialEq>(
    what: impl FnOnce() -> String,
    ledger: &T,
    model: &T,
) -> Result<(), Difference> {
    if ledger == model {
        return Ok(());
    }
    Err(Difference {
        what: what(),
        ledger: format!("{ledger:?}"),
        model: format!("{model:?}"),
    })
}

/// Compares everything that both keep.
///
/// # Errors
/// The first figure that differs.
pub fn compare(books: &Books, model: &Model) -> Result<(), Difference> {
    compare_supply(books, model)?;
    same(
        || "how many accounts there are".into(),
        &books.accounts.len(),
        &model.account_ids().count(),
    )?;
    same(
        || "how many orders there are".into(),
        &books.orders.len(),
        &model.order_ids().count(),
    )?;
    same(
        || "how many budget lines there are".into(),
        &books.budgets.len(),
        &model.budgets().len(),
    )?;
    let listed = |id: &timebank_model::id::PoolId| {
        books
            .pools
            .keys()
            .any(|known| translate::pool(*known) == *id)
    };
    let unknown = model
        .pools()
        .iter()
        .find(|(id, minutes)| **minutes > 0 && !listed(id));
    same(|| "pools only the model has".into(), &None, &unknown)?;
    let accounts = books.accounts.keys().copied().map(Item::Account);
    let orders = books.orders.keys().copied().map(Item::Order);
    let budgets = books.budgets.keys().copied().map(Item::Budget);
    let pools = books.pools.keys().chain(books.queues.keys());
    let pools = pools.copied().map(Item::Pool);
    let months = books.clearings.keys().copied().map(Item::Clearing);
    let mut all = accounts
        .chain(orders)
        .chain(budgets)
        .chain(pools)
        .chain(months);
    all.try_for_each(|item| compare_item(books, model, item))
}

/// Compares the supply and everything in `touched`.
///
/// # Errors
/// The first figure that differs.
pub fn compare_touched(
    books: &Books,
    model: &Model,
    touched: &BTreeSet<Item>,
) -> Result<(), Difference> {
    compare_supply(books, model)?;
    touched
        .iter()
        .try_for_each(|item| compare_item(books, model, *item))
}

fn compare_supply(books: &Books, model: &Model) -> Result<(), Difference> {
    same(
        || "the supply".into(),
        &supply(&books.supply),
        &model.supply(),
    )
}

fn compare_item(books: &Books, model: &Model, item: Item) -> Result<(), Difference> {
    match item {
        Item::Account(id) => compare_account(books, model, id),
        Item::Order(id) => {
            let view = model.order_view(translate::order(id));
            let record = books.orders.get(&id);
            let expected = record.map(|record| order(record, view.as_ref().unwrap_or(&NO_ORDER)));
            same(|| format!("order {id}"), &expected, &view)
        }
        Item::Budget(id) => {
            let view = model.budgets().get(&translate::budget(id)).copied();
            let expected = books.budgets.get(&id).map(budget);
            same(|| format!("budget line {id}"), &expected, &view)
        }
        Item::Pool(id) => compare_pool(books, model, id),
        Item::Clearing(month) => compare_clearing(books, model, month),
    }
}

fn compare_account(books: &Books, model: &Model, id: AccountId) -> Result<(), Difference> {
    let record = books.accounts.get(&id);
    let view = model.account_view(translate::account(id));
    same(|| format!("account {id}"), &record.map(account), &view)?;
    let membership = books.memberships.get(&id);
    let shown = membership.map(|it| (translate::key(it.key), translate::organisation(it.home)));
    let member = view
        .filter(|it| it.kind == Kind::Person && it.status == view::Status::Active)
        .and_then(|it| Some((it.key?, it.home)));
    same(|| format!("membership of {id}"), &shown, &member)?;
    compare_service_record(books, model, id)?;
    if record.is_some_and(|it| it.kind == AccountKind::Group) {
        let members = books.members.get(&id);
        let members: Vec<_> = members
            .map(|it| it.members.iter().copied().map(translate::account).collect())
            .unwrap_or_default();
        let said = model.members(translate::account(id));
        same(|| format!("members of {id}"), &members, &said)?;
    }
    Ok(())
}

/// Compares what a person has given: the sums for all time with the list of everything the model saw, and each month.
fn compare_service_record(books: &Books, model: &Model, id: AccountId) -> Result<(), Difference> {
    let view = model.service_view(translate::account(id));
    let record = books.service_records.get(&id).map(|it| {
        let rating = (u64::from(it.rating.count), it.rating.stars);
        (it.served.0, it.honorary.0, it.trained.0, rating)
    });
    let said = view.as_ref().map(|it| {
        let served = it.sum(|what| matches!(what, Given::Service(_) | Given::Campaign));
        let honorary = it.sum(|what| what == Given::Honorary);
        (
            served,
            honorary,
            it.sum(|what| what == Given::Training),
            it.rating,
        )
    });
    same(|| format!("service record of {id}"), &record, &said)?;
    let mut shown = ServiceView {
        rating: view.as_ref().map_or((0, 0), |it| it.rating),
        ..ServiceView::default()
    };
    for ((_, year), record) in books.service_years.range((id, 0)..=(id, u32::MAX)) {
        same(
            || format!("order of the service year {year} of {id}"),
            &record.is_in_order(),
            &true,
        )?;
        for (number, month) in &record.months {
            let at = year * 12 + u32::from(*number) - 1;
            let services = month.services.iter();
            let services =
                services.map(|(code, tally)| (Given::Service(translate::service(*code)), tally));
            let others = [
                (Given::Campaign, &month.campaigns),
                (Given::Honorary, &month.honorary),
                (Given::Training, &month.trainings),
            ];
            for (what, tally) in services.chain(others).filter(|(_, it)| !it.is_empty()) {
                let counted = (u64::from(tally.times), tally.minutes.0);
                shown.months.insert((at, what), counted);
            }
        }
    }
    same(
        || format!("service by month of {id}"),
        &shown,
        &view.unwrap_or_default(),
    )
}

fn compare_pool(books: &Books, model: &Model, id: PoolId) -> Result<(), Difference> {
    let record = books.pools.get(&id);
    let minutes = model.pools().get(&translate::pool(id)).copied();
    same(
        || format!("pool {id}"),
        &record.map_or(0, |it| it.minutes.0),
        &minutes.unwrap_or(0),
    )?;
    let Some(queue) = books.queues.get(&id) else {
        return Ok(());
    };
    let waiting: Vec<_> = (queue.first..queue.next)
        .filter_map(|number| books.claims.get(&(id, number)))
        .map(|it| (translate::account(it.account), it.minutes.0))
        .collect();
    let said = model.queue(translate::pool(id));
    same(|| format!("who waits for {id}"), &waiting, &said)
}

fn compare_clearing(books: &Books, model: &Model, month: Month) -> Result<(), Difference> {
    let Some(record) = books.clearings.get(&month) else {
        return Ok(());
    };
    let cosigned = books.cosignatures.get(&month);
    let cosigned = cosigned
        .map(|it| {
            let people = it.auditors.iter().map(|(_, person)| *person);
            people.map(translate::account).collect()
        })
        .unwrap_or_default();
    let said = model.clearing(translate::month(month));
    same(
        || format!("clearing of {month}"),
        &Some(clearing(record, cosigned)),
        &said.map(shown),
    )?;
    let nets = said.map(ClearingView::nets);
    for district in &record.districts {
        let id = translate::organisation(district.district);
        let net = nets.as_ref().and_then(|it| it.get(&id)).copied();
        same(
            || format!("net of {:?} in {month}", district.district),
            &district.net,
            &net.unwrap_or(0),
        )?;
    }
    Ok(())
}

/// A clearing without figures that are zero, which the two may keep or not.
fn shown(view: &ClearingView) -> ClearingView {
    let mut shown = view.clone();
    shown.flows.retain(|_, minutes| *minutes != 0);
    shown.moved.retain(|_, minutes| *minutes != 0);
    shown
        .supply
        .retain(|_, it| *it != view::DistrictSupply::default());
    shown
}

fn clearing(record: &ClearingRecord, cosigned: Vec<timebank_model::id::AccountId>) -> ClearingView {
    let signed = |minutes: u64| i64::try_from(minutes).unwrap_or(i64::MAX);
    shown(&ClearingView {
        flows: record
            .flows
            .iter()
            .map(|(from, to, flow)| {
                let pair = (translate::organisation(*from), translate::organisation(*to));
                (pair, signed(flow.minutes.0) - signed(flow.reversed.0))
            })
            .collect(),
        moved: record
            .moves
            .iter()
            .map(|(from, to, minutes)| {
                let pair = (translate::organisation(*from), translate::organisation(*to));
                (pair, minutes.0)
            })
            .collect(),
        supply: record
            .districts
            .iter()
            .map(|it| {
                let supply = view::DistrictSupply {
                    opening: it.opening.0,
                    closing: it.closing.0,
                    grants: it.granted.0,
                    expired: it.expired.0,
                };
                (translate::organisation(it.district), supply)
            })
            .collect(),
        cosigned,
        closed: true,
    })
}

/// The months the ledger has closed and their hashes, which the model cannot compute.
pub fn tell_hashes(books: &Books, model: &mut Model, known: &mut usize) {
    if books.clearings.len() == *known {
        return;
    }
    *known = books.clearings.len();
    let hashes: Vec<(Month, _)> = books
        .clearings
        .iter()
        .map(|(month, record)| (*month, record.clearing_hash()))
        .collect();
    for (month, hash) in hashes {
        model.note_clearing_hash(translate::month(month), translate::commitment(hash));
    }
}

const fn supply(record: &SupplyRecord) -> SupplyView {
    SupplyView {
        issued_service: record.issued_service.0,
        issued_grant: record.issued_grant.0,
        issued_training: record.issued_training.0,
        issued_campaign: record.issued_campaign.0,
        issued_fund: record.issued_fund.0,
        spendable: record.spendable.0,
        held: record.held.0,
        pools: record.pools.0,
        redeemed: record.redeemed.0,
        expired: record.expired.0,
        voided: record.voided.0,
    }
}

fn lots(lots: &Lots) -> Vec<Lot> {
    lots.as_slice()
        .iter()
        .map(|lot| Lot {
            source: match lot.source {
                Source::Granted => view::Source::Granted,
                Source::Earned => view::Source::Earned,
            },
            expiry: lot.expiry.map(translate::day),
            minutes: lot.minutes.0,
        })
        .collect()
}

fn account(record: &AccountRecord) -> AccountView {
    let (kind, owed) = match record.kind {
        AccountKind::Person { .. } => (Kind::Person, 0),
        AccountKind::Merchant { owed } => (Kind::Merchant, owed.0),
        AccountKind::Group => (Kind::Group, 0),
    };
    AccountView {
        kind,
        status: translate::account_status(record.status),
        home: translate::organisation(record.home),
        home_district: translate::organisation(record.home_district),
        key: record.key.map(translate::key),
        legal_guardian: record.legal_guardian.map(translate::account),
        lots: lots(&record.lots),
        held: record.held.0,
        honorary: record.honorary.0,
        service_given: record.service_given.0,
        training_given: record.training_given.0,
        clawback_due: record
            .clawback
            .iter()
            .map(|it| {
                let to = match it.to {
                    ClawbackTo::Reserve(pool) => Destination::Pool(translate::pool(pool)),
                    ClawbackTo::Void => Destination::Void,
                };
                (to, it.minutes.0)
            })
            .collect(),
        rating_count: u64::from(record.rating.count),
        rating_sum: record.rating.stars,
        no_shows: u64::from(record.no_shows),
        programmes: record
            .programmes
            .iter()
            .copied()
            .map(translate::programme)
            .collect(),
        open_orders: u64::from(record.open_orders),
        owed,
    }
}

const NO_ORDER: OrderView = OrderView {
    status: view::OrderStatus::Posted,
    recipient: timebank_model::id::AccountId([0; 20]),
    provider: None,
    server: None,
    reserved: 0,
    approved: 0,
    paid: 0,
    escalated: false,
    ended_ms: None,
};

/// An order in the model's words; what the ledger no longer keeps is taken from the model's own `view`.
fn order(record: &OrderRecord, view: &OrderView) -> OrderView {
    let (provider, recipient) = match record {
        OrderRecord::Open(order) => (order.stage.provider(), order.recipient),
        OrderRecord::Ended(order) => (order.provider, order.recipient),
    };
    let shared = OrderView {
        status: translate::order_status(record.status()),
        recipient: translate::account(recipient),
        provider: provider.map(|it| translate::account(it.account)),
        server: provider.map(|it| translate::account(it.server)),
        ..*view
    };
    match record {
        OrderRecord::Open(order) => OrderView {
            reserved: order.reserved().map_or(u64::MAX, |it| it.0)
                + order.held.total().map_or(u64::MAX, |it| it.0),
            approved: match order.stage {
                OrderStage::Verified { approval, .. }
                | OrderStage::Disputed { approval, .. }
                | OrderStage::Resolved { approval, .. } => approval.minutes.0,
                _ => 0,
            },
            paid: 0,
            escalated: match order.stage {
                OrderStage::Completed { escalated, .. } => escalated,
                _ => view.escalated,
            },
            ended_ms: None,
            ..shared
        },
        OrderRecord::Ended(order) => OrderView {
            reserved: 0,
            paid: order.paid.map_or(0, |it| it.minutes.0),
            ended_ms: Some(order.ended_ms.0),
            ..shared
        },
    }
}

fn budget(record: &BudgetRecord) -> BudgetView {
    BudgetView {
        scope: translate::organisation(record.scope),
        purpose: translate::purpose(record.purpose),
        minutes: record.minutes.0,
        reserved: record.reserved.0,
        used: record.used.0,
        last_day: translate::day(record.last_day),
    }
}
