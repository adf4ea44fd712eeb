//! The history of an account: complete, in order, and continued from what was proven before.
//!
//! An account's record holds the length and the head of a chain over every posting that touched the account. Postings are
//! one node's word until they lead to the proven head; then none is missing, added, changed or out of its place. What was
//! proven is kept, so that a later read fetches only what is new; a proof that what was kept does not lead to is an error of
//! its own, and what was kept stays.

use std::collections::BTreeSet;

use ledger_core::id::{AccountId, Height, OrderId};
use ledger_core::receipt::{Cause, Entry, Posting};
use ledger_core::record::account::{AccountRecord, History};

use super::Client;
use super::kept::{KeptHistory, chain};
use crate::answer::HistoryAnswer;
use crate::error::Error;
use crate::error::ReadError;
use crate::nodes::Asking;
use crate::transport::{PAGE_LIMIT, Transport};
use crate::verify::{Freshness, Verified};

/// The most postings of one account a wallet reads.
pub const HISTORY_MAX: u64 = 1_000_000;
/// How many postings beyond those there are a wallet reads to tell what is wrong with a history.
const SURPLUS_MAX: u64 = 1_000;
/// The longest history in which any two postings are exchanged to see whether that puts it in order.
const EXCHANGED_MAX: usize = 48;
/// The longest history in which any two neighbours are exchanged.
const NEIGHBOURS_MAX: usize = 1_000;

impl<T: Transport> Client<T> {
    /// The whole history of an account, checked to be complete and in order against the account's proven record. Only what
    /// is new since the last time is fetched.
    ///
    /// # Errors
    /// [`ReadError::HistoryWithheld`], [`ReadError::HistoryAdded`], [`ReadError::HistoryReordered`] or [`ReadError::HistoryAltered`] when
    /// what is shown is not what the record commits to; [`ReadError::HistoryRewritten`] when the record does not continue what
    /// was proven before; [`Error::StoredDamaged`] when what was kept is damaged.
    pub fn history(
        &self,
        id: AccountId,
        freshness: Freshness,
    ) -> Result<Verified<Vec<Posting>>, Error> {
        self.read(freshness, |node| node.history(id, freshness))
    }
}

impl<T: Transport> Asking<'_, T> {
    fn history(
        &self,
        id: AccountId,
        freshness: Freshness,
    ) -> Result<Verified<Vec<Posting>>, Error> {
        let account = self.account(id, freshness)?;
        self.history_of(id, account)
    }

    /// The history that the proven record of `account` commits to.
    pub(super) fn history_of(
        &self,
        id: AccountId,
        account: Verified<AccountRecord>,
    ) -> Result<Verified<Vec<Posting>>, Error> {
        let proven = account.value.history;
        if proven.length > HISTORY_MAX {
            return Err(ReadError::HistoryTooLong {
                account: id,
                length: proven.length,
                length_max: HISTORY_MAX,
            }
            .into());
        }
        let (storage, chain_id) = (self.trust().storage(), self.trust().chain_id());
        let kept = KeptHistory::load(storage, chain_id, id)?;
        let rewritten: Error = ReadError::HistoryRewritten {
            account: id,
            kept_length: kept.history.length,
            kept_height: kept.height,
            length: proven.length,
            height: account.height,
        }
        .into();
        if kept.history.length >= proven.length {
            let known = usize::try_from(proven.length).unwrap_or(usize::MAX);
            let postings = kept.postings.get(..known).unwrap_or_default().to_vec();
            // Another read of this wallet may have gone on since this one began. A history does not become shorter.
            let may_be_longer = kept.height > account.height;
            let continues = chain(History::EMPTY, &postings) == proven;
            return if continues && (may_be_longer || kept.history == proven) {
                Ok(account.map(|_| postings))
            } else {
                Err(rewritten)
            };
        }
        let new = self.postings(id, kept.history.length, proven.length)?;
        if chain(kept.history, &new) == proven {
            let known = kept.postings.len();
            let mut postings = kept.postings;
            postings.extend(new);
            let whole = KeptHistory {
                height: account.height,
                history: proven,
                postings,
            };
            whole.store(storage, chain_id, id, known)?;
            return Ok(account.map(|_| whole.postings));
        }
        // What was kept was proven once: if the node can show another history that leads to the proven head, more than a
        // third of the validators signed both.
        let shown = self.postings(id, 0, proven.length.saturating_add(SURPLUS_MAX))?;
        let exact = usize::try_from(proven.length).unwrap_or(usize::MAX);
        if let Some(shown) = shown.get(..exact)
            && chain(History::EMPTY, shown) == proven
        {
            return Err(rewritten);
        }
        Err(diagnose(&shown, proven, account.height).into())
    }

    /// The postings that the node shows from index `from` to before `to`; fewer when it shows no more.
    fn postings(&self, id: AccountId, from: u64, to: u64) -> Result<Vec<Posting>, Error> {
        let mut postings: Vec<Posting> = Vec::new();
        let mut reached = from;
        while reached < to {
            let path = format!("/v1/accounts/{id}/history?from={reached}&limit={PAGE_LIMIT}");
            let answer = self.get_claimed::<HistoryAnswer>(&path)?;
            let part = answer.map(|answer| answer.postings).unwrap_or_default();
            if part.is_empty() {
                break;
            }
            self.check_page(part.len())?;
            let room = usize::try_from(to.saturating_sub(reached)).unwrap_or(usize::MAX);
            let part = part.into_iter().take(room);
            let before = postings.len();
            postings.extend(part);
            let count = postings.len().saturating_sub(before);
            reached = reached.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
        Ok(postings)
    }
}

/// What is wrong with `shown`, which does not lead to `proven`, the history as of the block at `height`.
///
/// Postings of later blocks may follow; those up to this block are exactly `proven.length`.
fn diagnose(shown: &[Posting], proven: History, height: Height) -> ReadError {
    let until_now: Vec<Posting> = shown
        .iter()
        .filter(|posting| posting.height <= height)
        .cloned()
        .collect();
    let count = u64::try_from(until_now.len()).unwrap_or(u64::MAX);
    let length = proven.length;
    if count < length {
        return ReadError::HistoryWithheld {
            shown: count,
            length,
        };
    }
    if count > length {
        return ReadError::HistoryAdded {
            shown: count,
            length,
        };
    }
    let in_order = until_now.is_sorted_by_key(|posting| posting.height);
    if !in_order || is_exchanged(&until_now, proven) {
        return ReadError::HistoryReordered { length };
    }
    ReadError::HistoryAltered {
        shown: count,
        length,
    }
}

/// Whether exchanging two of the postings leads to `proven`.
fn is_exchanged(postings: &[Posting], proven: History) -> bool {
    let count = postings.len();
    let reach = if count <= EXCHANGED_MAX {
        count
    } else if count <= NEIGHBOURS_MAX {
        2
    } else {
        return false;
    };
    let mut postings = postings.to_vec();
    let mut before = History::EMPTY;
    for first in 0..count {
        for second in (first + 1)..count.min(first + reach) {
            postings.swap(first, second);
            let leads = chain(before, &postings[first..]) == proven;
            postings.swap(first, second);
            if leads {
                return true;
            }
        }
        before = chain(before, &postings[first..=first]);
    }
    false
}

/// The orders that `postings` of an account name: those it held minutes for, paid, earned by, or that ended with a posting.
///
/// From a proven history this is complete for what touched the account, ended orders among them: for an order that moved
/// no minutes of the account and left no posting (one that a budget line pays and that was cancelled, for instance) the
/// history has nothing to name.
pub fn order_ids(postings: &[Posting]) -> BTreeSet<OrderId> {
    let mut orders = BTreeSet::new();
    for posting in postings {
        match posting.cause {
            Cause::Settlement(order)
            | Cause::Lapse(order)
            | Cause::Decision(order)
            | Cause::Escalation(order)
            | Cause::OrderForgetting(order) => {
                orders.insert(order);
            }
            _ => {}
        }
        orders.extend(order_of(&posting.entry));
    }
    orders
}

fn order_of(entry: &Entry) -> Option<OrderId> {
    match entry {
        Entry::Held { order, .. }
        | Entry::Released { order, .. }
        | Entry::Paid { order, .. }
        | Entry::Earned { order, .. }
        | Entry::NoShow { order }
        | Entry::Rated { order, .. }
        | Entry::ServedForGroup { order, .. }
        | Entry::TakenBack { order, .. }
        | Entry::MadeWhole { order, .. }
        | Entry::PoolAdvanced { order, .. } => Some(*order),
        _ => None,
    }
}
