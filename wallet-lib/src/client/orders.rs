//! The orders of an account: each proven, and the open ones counted against the account's proven record.
//!
//! A node says which orders are an account's; each of them is proven by itself. The account's record counts its open orders
//! as recipient (`open_orders`) and as provider or serving member (`serving`), and the minutes it holds for orders it pays
//! (`held`): when account and orders are proven as of one block, all three must add up, or an open order is withheld.
//!
//! What that leaves open: of orders that have *ended* no record counts how many there are. Those that moved minutes of the
//! account or left a posting are named by its proven history ([`super::order_ids`]); others are the node's word. An order that is
//! shown and does not concern the account (it may have accepted the order once, and withdrawn) is left out.

use std::collections::BTreeSet;

use ledger_core::id::{AccountId, OrderId};
use ledger_core::record::account::AccountRecord;
use ledger_core::record::order::{EndedOrder, Funds, OpenOrder, OrderRecord, Payer};

use super::Client;
use crate::answer::{OrderAnswer, Page};
use crate::error::Error;
use crate::error::ReadError;
use crate::nodes::Asking;
use crate::transport::{PAGE_LIMIT, Transport, query};
use crate::verify::{Freshness, Verified};

/// The most orders of one account that are proven, one by one.
pub const ORDERS_MAX: usize = 2_000;
/// How often account and orders are read anew because a block came in between.
pub const ORDERS_ATTEMPTS_MAX: u32 = 6;
/// The most pages of a node's list that are turned.
const PAGES_MAX: usize = 100;

/// Which orders of an account are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderScope {
    /// Those that have not ended: complete.
    Open,
    /// The ended ones the ledger still knows too: as complete as the node is honest.
    All,
}

/// Orders of an account, each proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountOrders {
    /// All that have not ended, newest first.
    pub open: Vec<(OrderId, OpenOrder)>,
    /// Ended ones the node showed, newest first; none unless asked for.
    pub ended: Vec<(OrderId, EndedOrder)>,
}

impl<T: Transport> Client<T> {
    /// The orders an account is recipient, provider, serving member or payer of, each proven as of one block, and the open
    /// ones complete.
    ///
    /// # Errors
    /// [`ReadError::OrdersWithheld`] when the account's proven record counts more open ones than are shown;
    /// [`ReadError::OrdersMoving`] when blocks come faster than the orders can be read.
    pub fn orders_of(
        &self,
        id: AccountId,
        scope: OrderScope,
        freshness: Freshness,
    ) -> Result<Verified<AccountOrders>, Error> {
        self.read(freshness, |node| node.orders_of(id, scope, freshness))
    }
}

impl<T: Transport> Asking<'_, T> {
    fn orders_of(
        &self,
        id: AccountId,
        scope: OrderScope,
        freshness: Freshness,
    ) -> Result<Verified<AccountOrders>, Error> {
        for _ in 0..ORDERS_ATTEMPTS_MAX {
            let ids = self.shown_orders(id, scope)?;
            let account = self.account(id, freshness)?;
            let Some(orders) = self.orders_at(id, &ids, &account, freshness)? else {
                continue;
            };
            // One that ended between the list and the proofs: those that came to be in between are found by counting.
            match check_complete(id, &account.value, &orders.open) {
                Ok(()) => return Ok(account.map(|_| orders)),
                Err(error) => {
                    // An order may have been posted between the list and the account's proof. As long as the list is the
                    // same after the proofs, it was shown for this very block, and something is missing from it.
                    let later = self.shown_orders(id, scope)?;
                    let proof = self.account(id, freshness)?;
                    if later == ids && proof.block_id == account.block_id {
                        return Err(error);
                    }
                }
            }
        }
        Err(ReadError::OrdersMoving {
            account: id,
            attempts: ORDERS_ATTEMPTS_MAX,
        }
        .into())
    }

    /// The orders among `ids` that are the account's, proven as of the block of `account`; none when a block came in between.
    fn orders_at(
        &self,
        id: AccountId,
        ids: &[OrderId],
        account: &Verified<AccountRecord>,
        freshness: Freshness,
    ) -> Result<Option<AccountOrders>, Error> {
        let mut orders = AccountOrders::default();
        for order_id in ids {
            let order = match self.order(*order_id, freshness) {
                // Forgotten since, or never there: either way it is none of the account's.
                Err(Error::NotFound { .. }) => continue,
                order => order?,
            };
            if order.block_id != account.block_id {
                return Ok(None);
            }
            match order.value {
                OrderRecord::Open(open) if concerns_open(id, &open) => {
                    orders.open.push((*order_id, *open));
                }
                OrderRecord::Ended(ended) if concerns_ended(id, &ended) => {
                    orders.ended.push((*order_id, ended));
                }
                _ => {}
            }
        }
        Ok(Some(orders))
    }

    /// The ids the node shows, each once: the open ones by its word, then the others if they are wanted; newest first.
    fn shown_orders(&self, id: AccountId, scope: OrderScope) -> Result<Vec<OrderId>, Error> {
        let (mut ids, mut ended) = (Vec::new(), Vec::new());
        let mut known = BTreeSet::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let parameters = [
                ("limit", Some(PAGE_LIMIT.to_string())),
                ("after", after.clone()),
            ];
            let path = query(&format!("/v1/accounts/{id}/orders"), &parameters);
            let Some(page) = self.get_claimed::<Page<OrderAnswer>>(&path)? else {
                break;
            };
            self.check_page(page.items.len())?;
            for listed in page.items {
                if !known.insert(listed.id) {
                    continue;
                }
                match listed.order {
                    OrderRecord::Open(_) => ids.push(listed.id),
                    OrderRecord::Ended(_) => ended.push(listed.id),
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if scope == OrderScope::All {
            ids.extend(ended);
        }
        ids.truncate(ORDERS_MAX);
        Ok(ids)
    }
}

fn concerns_open(id: AccountId, order: &OpenOrder) -> bool {
    let serves = order
        .stage
        .provider()
        .is_some_and(|provider| provider.account == id || provider.server == id);
    order.recipient == id || serves || order.funds() == Funds::Account(id)
}

fn concerns_ended(id: AccountId, order: &EndedOrder) -> bool {
    let served = order
        .provider
        .is_some_and(|provider| provider.account == id || provider.server == id);
    order.recipient == id || served || order.payer == Payer::Kin(id)
}

/// Checks that `open` are all the open orders the account's record counts.
fn check_complete(
    id: AccountId,
    account: &AccountRecord,
    open: &[(OrderId, OpenOrder)],
) -> Result<(), Error> {
    let count = |holds: &dyn Fn(&OpenOrder) -> bool| {
        let found = open.iter().filter(|(_, order)| holds(order)).count();
        u64::try_from(found).unwrap_or(u64::MAX)
    };
    let serves = |order: &OpenOrder| {
        let provider = order.stage.provider();
        provider.is_some_and(|provider| provider.account == id || provider.server == id)
    };
    let held = open
        .iter()
        .filter(|(_, order)| order.funds() == Funds::Account(id))
        .map(|(_, order)| order.held.total().map_or(0, |minutes| minutes.0))
        .fold(0, u64::saturating_add);
    let counted = [
        (
            "open_orders",
            count(&|order| order.recipient == id),
            u64::from(account.open_orders),
        ),
        ("serving", count(&serves), u64::from(account.serving)),
        ("held", held, account.held.0),
    ];
    for (counter, shown, proven) in counted {
        if shown != proven {
            return Err(ReadError::OrdersWithheld {
                account: id,
                counter: counter.to_owned(),
                shown,
                proven,
            }
            .into());
        }
    }
    Ok(())
}
