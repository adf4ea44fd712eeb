//! Keys of the state database: a tag byte for the kind, then big-endian fields, so that order of bytes is order of fields.

use ledger_core::id::{AccountId, Height, OrderId, TransactionId};
use ledger_core::receipt::Owner;
use ledger_core::state::tree::NodePath;
use ledger_core::{codec, state::RecordBytes};

const LABEL: u8 = 0;
const RECORD: u8 = 1;
const NODE: u8 = 2;
const REMEMBERED: u8 = 3;
const TRANSACTION: u8 = 4;
const RECEIPT: u8 = 5;
const HISTORY: u8 = 6;
const ORDER: u8 = 8;
const ACCOUNT_ORDER: u8 = 9;

/// The number no posting has: where the end of an owner's history lies.
const END_NUMBER: u64 = u64::MAX;

/// Whether keys of this kind are only ever looked up one by one, never read or cleared as a range.
pub(super) fn stands_alone(key: &[u8]) -> bool {
    matches!(key.first(), Some(&(LABEL | NODE | TRANSACTION | ORDER)))
}

/// Whether this is the key of a bucket or a branch of the state tree.
pub(super) fn is_node(key: &[u8]) -> bool {
    key.first() == Some(&NODE)
}

/// Whether what is written under this key is likely to be read soon, and so worth keeping in memory.
pub(super) fn is_read_again(key: &[u8]) -> bool {
    match key.first() {
        Some(&(RECORD | NODE | ORDER)) => true,
        Some(&HISTORY) => key.ends_with(&END_NUMBER.to_be_bytes()),
        _ => false,
    }
}

/// The [`super::Label`].
pub(super) fn label() -> Vec<u8> {
    vec![LABEL]
}

/// A record of the ledger's state, or a bound of a range of them.
pub(super) fn record(key: &[u8]) -> Vec<u8> {
    join(RECORD, &[key])
}

/// A record without the tag [`record`] added.
pub(super) fn strip((mut key, value): RecordBytes) -> RecordBytes {
    key.remove(0);
    (key, value)
}

/// A [`ledger_core::state::tree::Stored`].
pub(super) fn node(path: &NodePath) -> Vec<u8> {
    let bytes = usize::from(path.length.div_ceil(8)).min(path.bits.len());
    join(NODE, &[&path.length.to_be_bytes(), &path.bits[..bytes]])
}

/// Nothing: the key itself says that the transaction has applied.
pub(super) fn remembered(hour: u64, id: TransactionId) -> Vec<u8> {
    join(REMEMBERED, &[&hour.to_be_bytes(), id.0.as_bytes()])
}

/// The range of all transactions remembered for an hour.
pub(super) fn remembered_hour(hour: u64) -> (Vec<u8>, Vec<u8>) {
    prefix_range(join(REMEMBERED, &[&hour.to_be_bytes()]))
}

/// An [`super::index::TransactionLocation`].
pub(super) fn transaction(id: TransactionId) -> Vec<u8> {
    join(TRANSACTION, &[id.0.as_bytes()])
}

/// A group of a block's [`ledger_core::receipt::Receipt`]s, counted from 0.
pub(super) fn receipts_group(height: Height, group: u32) -> Vec<u8> {
    join(RECEIPT, &[&height.0.to_be_bytes(), &group.to_be_bytes()])
}

/// The range of all receipts of a block.
pub(super) fn receipts(height: Height) -> (Vec<u8>, Vec<u8>) {
    prefix_range(join(RECEIPT, &[&height.0.to_be_bytes()]))
}

/// Where a group of an owner's postings is; `number` is that of its first, counted from 0.
pub(super) fn history_group(owner: &Owner, number: u64) -> Vec<u8> {
    // An owner's encoding has a length fixed by its first byte, so that no owner's keys fall between another's.
    join(HISTORY, &[&codec::encode(owner), &number.to_be_bytes()])
}

/// How many postings an owner has and where the newest are: behind all groups, on the same page of a database as the last.
pub(super) fn history_end(owner: &Owner) -> Vec<u8> {
    history_group(owner, END_NUMBER)
}

/// An [`super::index::OrderOrigin`].
pub(super) fn order(id: OrderId) -> Vec<u8> {
    join(ORDER, &[&id.0])
}

/// An [`super::index::OrderRole`]; an account's newest orders come first.
pub(super) fn account_order(account: AccountId, posted: Height, order: OrderId) -> Vec<u8> {
    let newest_first = u64::MAX - posted.0;
    join(
        ACCOUNT_ORDER,
        &[&account.0, &newest_first.to_be_bytes(), &order.0],
    )
}

/// The range of all orders of an account.
pub(super) fn account_orders(account: AccountId) -> (Vec<u8>, Vec<u8>) {
    prefix_range(join(ACCOUNT_ORDER, &[&account.0]))
}

/// The height and order in an [`account_order`] key; none when the bytes are not such a key.
pub(super) fn parse_account_order(key: &[u8]) -> Option<(Height, OrderId)> {
    let rest = key.strip_prefix(&[ACCOUNT_ORDER])?.get(20..)?;
    let (height, order) = rest.split_at_checked(8)?;
    let newest_first = u64::from_be_bytes(height.try_into().ok()?);
    Some((
        Height(u64::MAX - newest_first),
        OrderId(order.try_into().ok()?),
    ))
}

/// The range of all keys that begin with `prefix`, whose last byte is not always 255.
fn prefix_range(prefix: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let mut end = prefix.clone();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    (prefix, end)
}

fn join(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(length.saturating_add(1));
    bytes.push(tag);
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}
