//! The index the API reads: where a transaction is, receipts, each owner's history, each account's orders.
//!
//! It is derived from blocks and receipts, committed and flushed together with the state, and so always of the same height.
//! The rules of the ledger read one thing of it: where a transaction is also tells that it has applied (`remembered.rs`).
//!
//! Receipts of a block lie in groups of [`RECEIPTS_GROUP`], and an owner's postings in groups of [`HISTORY_GROUP`], the newest
//! of them, as long as they are fewer, beside their count: a key of its own for each was half of what a flush wrote.
//!
//! What always holds: an owner's postings are numbered from 0 without a gap, in the order of the owner's history chain;
//! a transaction is found exactly if it is in a block; an order is listed under its recipient, under the kin who pays,
//! and under every provider who ever accepted it, newest order first.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::{BLOCK_TRANSACTIONS_MAX, Block};
use ledger_core::codec;
use ledger_core::id::{AccountId, Height, OrderId, TransactionId};
use ledger_core::receipt::{Owner, Posting, Receipt};
use ledger_core::record::order::Payer;
use ledger_core::transaction::Operation;

use super::snapshot::StateSnapshot;
use super::versions;
use super::{StorageError, key};
use crate::storage::lengths::to_u64;

/// How many receipts of a block lie under one key.
const RECEIPTS_GROUP: usize = 8;
/// How many postings of an owner lie under one key.
const HISTORY_GROUP: usize = 16;
/// The longest encoding of a group of receipts, in bytes: a bound against damage.
const RECEIPTS_BYTES_MAX: usize = RECEIPTS_GROUP * 8 * 1024 * 1024;
/// The longest encoding of the small values below, in bytes: a full group of postings takes 268.
const SMALL_BYTES_MAX: usize = 512;
/// The most receipts of a block: one a transaction, and as many for what the chain does by itself.
pub const RECEIPTS_MAX: usize = 2 * BLOCK_TRANSACTIONS_MAX;

/// Where a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransactionLocation {
    /// The block.
    pub height: Height,
    /// Its place among the block's transactions, from 0.
    pub index: u32,
    /// The place of its receipt among the block's receipts, from 0: after those of what the chain did by itself.
    pub receipt: u32,
}

/// Where an order comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OrderOrigin {
    /// The block that posted it.
    pub height: Height,
    /// The transaction that posted it.
    pub transaction: TransactionId,
}

/// What an account is to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum OrderRole {
    /// It is served.
    Recipient,
    /// It pays for its kin.
    Payer,
    /// It has accepted the order, now or once, or serves it as a member of the group that has.
    Provider,
}

/// An order of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountOrder {
    /// The order.
    pub order: OrderId,
    /// The block that posted it.
    pub posted: Height,
    /// What the account is to it.
    pub role: OrderRole,
}

/// Where a posting is.
#[derive(Clone, Copy, Debug, BorshSerialize, BorshDeserialize)]
struct PostingLocation {
    height: Height,
    receipt: u32,
    posting: u32,
}

/// How many postings an owner has, and where the newest of them are: those after the last full group.
#[derive(Clone, Debug, Default, BorshSerialize, BorshDeserialize)]
struct HistoryEnd {
    length: u64,
    newest: Vec<PostingLocation>,
}

impl HistoryEnd {
    /// How many lie in full groups.
    fn grouped(&self) -> u64 {
        self.length.saturating_sub(to_u64(self.newest.len()))
    }
}

impl StateSnapshot {
    /// Where the transaction `id` is; none when no block holds it.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub fn transaction(
        &self,
        id: TransactionId,
    ) -> Result<Option<TransactionLocation>, StorageError> {
        let found = self.find(&key::transaction(id))?;
        found.map(|bytes| self.location(&bytes.bytes())).transpose()
    }

    /// Where a transaction is, as it was written.
    pub(super) fn location(&self, bytes: &[u8]) -> Result<TransactionLocation, StorageError> {
        self.decode(bytes, SMALL_BYTES_MAX, "the place of a transaction")
    }

    /// A receipt of the block at `height`.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub fn receipt(&self, height: Height, index: u32) -> Result<Option<Receipt>, StorageError> {
        let (group, place) = place_in_group(index);
        let Some(bytes) = self.find(&key::receipts_group(height, group))? else {
            return Ok(None);
        };
        let group = self.receipts_of(&bytes.bytes())?;
        Ok(group.into_iter().nth(place))
    }

    /// All receipts of the block at `height`, in order.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub fn receipts(&self, height: Height) -> Result<Vec<Receipt>, StorageError> {
        let (from, to) = key::receipts(height);
        let found = self.range(&from, &to, RECEIPTS_MAX)?;
        let mut receipts = Vec::new();
        for (_, bytes) in &found {
            receipts.extend(self.receipts_of(bytes)?);
        }
        Ok(receipts)
    }

    fn receipts_of(&self, bytes: &[u8]) -> Result<Vec<Receipt>, StorageError> {
        self.decode(bytes, RECEIPTS_BYTES_MAX, "a group of receipts")
    }

    /// How many postings `owner` has.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub fn history_length(&self, owner: &Owner) -> Result<u64, StorageError> {
        Ok(self.history_end(owner)?.length)
    }

    fn history_end(&self, owner: &Owner) -> Result<HistoryEnd, StorageError> {
        let end = self.small(&key::history_end(owner), "the end of a history")?;
        Ok(end.unwrap_or_default())
    }

    /// Up to `limit` postings of `owner`, the first of them with the number `from`.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub fn history(
        &self,
        owner: &Owner,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Posting>, StorageError> {
        let mut receipt: Option<(Height, u32, Receipt)> = None;
        let mut postings = Vec::new();
        for place in self.posting_places(owner, from, limit)? {
            // Postings of one receipt often come together: it is read once.
            let read = match receipt.take() {
                Some(read) if (read.0, read.1) == (place.height, place.receipt) => read,
                _ => {
                    let read = self.receipt(place.height, place.receipt)?;
                    let read = read.ok_or_else(|| self.missing(place))?;
                    (place.height, place.receipt, read)
                }
            };
            let posting = usize::try_from(place.posting)
                .ok()
                .and_then(|index| read.2.postings.get(index))
                .filter(|posting| posting.owner == *owner)
                .ok_or_else(|| self.missing(place))?;
            postings.push(posting.clone());
            receipt = Some(read);
        }
        Ok(postings)
    }

    /// Where up to `limit` postings of `owner` are, the first of them with the number `from`.
    fn posting_places(
        &self,
        owner: &Owner,
        from: u64,
        limit: usize,
    ) -> Result<Vec<PostingLocation>, StorageError> {
        let end = self.history_end(owner)?;
        if from >= end.length || limit == 0 {
            return Ok(Vec::new());
        }
        let (first_group, skipped) = group_of(from);
        let mut places = Vec::new();
        if first_group < end.grouped() {
            let groups = skipped.saturating_add(limit).div_ceil(HISTORY_GROUP);
            let (first, last) = (
                key::history_group(owner, first_group),
                key::history_end(owner),
            );
            for (_, bytes) in self.range(&first, &last, groups)? {
                let group: Vec<PostingLocation> =
                    self.decode(&bytes, SMALL_BYTES_MAX, "a group of postings")?;
                places.extend(group);
            }
        }
        places.extend(end.newest);
        Ok(places.into_iter().skip(skipped).take(limit).collect())
    }

    /// Where the order `id` comes from.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub fn order_origin(&self, id: OrderId) -> Result<Option<OrderOrigin>, StorageError> {
        self.small(&key::order(id), "the origin of an order")
    }

    /// Up to `limit` orders of `account`, newest first, beginning after `after`.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub fn orders(
        &self,
        account: AccountId,
        after: Option<(Height, OrderId)>,
        limit: usize,
    ) -> Result<Vec<AccountOrder>, StorageError> {
        let (mut from, to) = key::account_orders(account);
        if let Some((posted, order)) = after {
            from = key::account_order(account, posted, order).to_vec();
            from.push(0);
        }
        let mut orders = Vec::new();
        for (found, value) in self.range(&from, &to, limit)? {
            let (posted, order) = key::parse_account_order(&found)
                .ok_or_else(|| self.damaged("the key of an order is malformed".to_string()))?;
            orders.push(AccountOrder {
                order,
                posted,
                role: self.decode(&value, SMALL_BYTES_MAX, "the role in an order")?,
            });
        }
        Ok(orders)
    }

    fn small<T: BorshSerialize + BorshDeserialize>(
        &self,
        key: &[u8],
        what: &str,
    ) -> Result<Option<T>, StorageError> {
        let Some(bytes) = self.find(key)? else {
            return Ok(None);
        };
        self.decode(&bytes.bytes(), SMALL_BYTES_MAX, what).map(Some)
    }

    fn missing(&self, place: PostingLocation) -> StorageError {
        self.damaged(format!(
            "the index names posting {} of receipt {} at height {}, which is not there",
            place.posting, place.receipt, place.height
        ))
    }
}

/// The index entries of `block`, on top of what `below` holds.
///
/// # Errors
/// When what `below` holds cannot be read.
pub(super) fn entries(
    below: &StateSnapshot,
    block: &Block,
    receipts: &[Receipt],
) -> Result<Vec<versions::Entry>, StorageError> {
    let mut index = Index {
        below,
        height: block.header.height,
        ends: BTreeMap::new(),
        origins: BTreeMap::new(),
        entries: Vec::new(),
    };
    // Receipts of what the chain did by itself come first, then one for each transaction.
    let automatic = receipts.len().saturating_sub(block.transactions.len());
    for (number, envelope) in block.transactions.iter().enumerate() {
        let id = envelope.id();
        let location = TransactionLocation {
            height: index.height,
            index: count(number),
            receipt: count(automatic.saturating_add(number)),
        };
        index.put(key::transaction(id), &location);
        index.operation(id, &envelope.transaction().operation)?;
    }
    for (number, group) in receipts.chunks(RECEIPTS_GROUP).enumerate() {
        let key = key::receipts_group(index.height, count(number));
        index.put(key, &group);
    }
    for (number, receipt) in receipts.iter().enumerate() {
        index.receipt(count(number), receipt)?;
    }
    let Index {
        ends, mut entries, ..
    } = index;
    entries.extend(
        ends.into_iter()
            .map(|(owner, end)| (key::history_end(&owner), Some(codec::encode(&end).into()))),
    );
    Ok(entries)
}

/// The index entries of one block in the making.
struct Index<'a> {
    below: &'a StateSnapshot,
    height: Height,
    ends: BTreeMap<Owner, HistoryEnd>,
    origins: BTreeMap<OrderId, OrderOrigin>,
    entries: Vec<versions::Entry>,
}

impl Index<'_> {
    fn put<T: BorshSerialize>(&mut self, key: key::Key, value: &T) {
        self.entries.push((key, Some(codec::encode(value).into())));
    }

    fn receipt(&mut self, number: u32, receipt: &Receipt) -> Result<(), StorageError> {
        for (posting_number, posting) in receipt.postings.iter().enumerate() {
            let owner = posting.owner;
            let end = match self.ends.entry(owner) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(self.below.history_end(&owner)?),
            };
            end.newest.push(PostingLocation {
                height: self.height,
                receipt: number,
                posting: count(posting_number),
            });
            end.length = end.length.saturating_add(1);
            if end.newest.len() >= HISTORY_GROUP {
                let group = std::mem::take(&mut end.newest);
                let (first, _) = group_of(end.length.saturating_sub(1));
                self.put(key::history_group(&owner, first), &group);
            }
        }
        Ok(())
    }

    fn operation(&mut self, id: TransactionId, operation: &Operation) -> Result<(), StorageError> {
        match operation {
            Operation::PostOrder(post) => {
                self.posted(id, post.terms.recipient, post.terms.payer);
            }
            Operation::RecordService(record) => {
                let order = self.posted(id, record.recipient, record.payer);
                self.account(record.provider, order, OrderRole::Provider)?;
                self.member(record.member, order)?;
            }
            Operation::AcceptOrder(accept) => {
                self.account(accept.provider, accept.order, OrderRole::Provider)?;
                self.member(accept.member, accept.order)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn posted(&mut self, id: TransactionId, recipient: AccountId, payer: Payer) -> OrderId {
        let order = OrderId::derive(id);
        let origin = OrderOrigin {
            height: self.height,
            transaction: id,
        };
        self.put(key::order(order), &origin);
        self.origins.insert(order, origin);
        let recipient_key = key::account_order(recipient, self.height, order);
        self.put(recipient_key, &OrderRole::Recipient);
        if let Payer::Kin(payer) = payer {
            self.put(
                key::account_order(payer, self.height, order),
                &OrderRole::Payer,
            );
        }
        order
    }

    /// The member who serves for a group: the order counts for that account too.
    fn member(&mut self, member: Option<AccountId>, order: OrderId) -> Result<(), StorageError> {
        match member {
            Some(member) => self.account(member, order, OrderRole::Provider),
            None => Ok(()),
        }
    }

    fn account(
        &mut self,
        account: AccountId,
        order: OrderId,
        role: OrderRole,
    ) -> Result<(), StorageError> {
        let origin = match self.origins.get(&order) {
            Some(origin) => Some(*origin),
            None => self.below.order_origin(order)?,
        };
        let origin = origin.ok_or_else(|| {
            self.below
                .damaged(format!("order {order} is in a block, but not in the index"))
        })?;
        self.put(key::account_order(account, origin.height, order), &role);
        Ok(())
    }
}

/// The group of a block's receipt, and its place there.
fn place_in_group(index: u32) -> (u32, usize) {
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    (count(index / RECEIPTS_GROUP), index % RECEIPTS_GROUP)
}

/// The number of the first posting of the group that `number` is in, and how many are before it there.
fn group_of(number: u64) -> (u64, usize) {
    let before = number % to_u64(HISTORY_GROUP);
    (number - before, usize::try_from(before).unwrap_or(0))
}

/// A place within a block, which the bounds on blocks keep far below 2^32.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
