//! Keys of the state database: a tag byte for the kind, then big-endian fields, so that order of bytes is order of fields.
//!
//! A key is made for each read and lies in several tables in memory, so all but the longest lie in the table itself: neither
//! making one asks for memory nor comparing one for another line of it.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash as Hashed, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, Height, OrderId, TransactionId};
use ledger_core::receipt::Owner;
use ledger_core::state::key as state_key;
use ledger_core::state::tree::NodePath;
use ledger_core::state::{RecordBytes, StateKey};

const LABEL: u8 = 0;
const RECORD: u8 = 1;
const NODE: u8 = 2;
const REMEMBERED: u8 = 3;
const TRANSACTION: u8 = 4;
const RECEIPT: u8 = 5;
const HISTORY: u8 = 6;
const BY_HASH: u8 = 7;
const ORDER: u8 = 8;
const ACCOUNT_ORDER: u8 = 9;

/// The longest key that lies where it is named, in bytes; longer are only those of orders by account, of
/// forgetting kin when it is due, and of the rows of records that name two accounts.
const SHORT_BYTES_MAX: usize = 46;

/// The key of what is stored.
#[derive(Clone)]
pub struct Key(Form);

#[derive(Clone)]
enum Form {
    Short {
        length: u8,
        bytes: [u8; SHORT_BYTES_MAX],
    },
    Long(Arc<[u8]>),
}

impl Key {
    fn joined(parts: &[&[u8]]) -> Key {
        let mut bytes = [0; SHORT_BYTES_MAX];
        let mut end: usize = 0;
        for part in parts {
            match bytes.get_mut(end..end.saturating_add(part.len())) {
                Some(place) => place.copy_from_slice(part),
                None => return Key(Form::Long(parts.concat().into())),
            }
            end = end.saturating_add(part.len());
        }
        let length = u8::try_from(end).expect("a short key is shorter than 256 bytes");
        Key(Form::Short { length, bytes })
    }
}

impl Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Form::Short { length, bytes } => &bytes[..usize::from(*length)],
            Form::Long(bytes) => bytes,
        }
    }
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl From<&[u8]> for Key {
    fn from(bytes: &[u8]) -> Key {
        Key::joined(&[bytes])
    }
}

impl Hashed for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        **self == **other
    }
}

impl Eq for Key {}

impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}

/// The longest encoding of an owner, in bytes: a bound against damage.
const OWNER_BYTES_MAX: usize = 64;
/// The number no posting has: where the end of an owner's history lies.
const END_NUMBER: u64 = u64::MAX;

/// How many bytes of a record's key hash say where it stands: enough that hardly two begin alike.
const HASH_BYTES: usize = size_of::<u64>();

/// Whether keys of this kind are only ever looked up one by one, never read as a range.
pub(super) fn stands_alone(key: &[u8]) -> bool {
    match key.first() {
        Some(&(LABEL | NODE | REMEMBERED | TRANSACTION | ORDER)) => true,
        Some(&RECORD) => matches!(record_of(key), Some(Record::Alone(_))),
        Some(&HISTORY) => is_history_end(key),
        _ => false,
    }
}

/// Whether what is written under this key is likely to be read soon, and so worth keeping in memory.
pub(super) fn is_read_again(key: &[u8]) -> bool {
    match key.first() {
        Some(&(RECORD | NODE | REMEMBERED | ORDER)) => true,
        Some(&HISTORY) => is_history_end(key),
        _ => false,
    }
}

fn is_history_end(key: &[u8]) -> bool {
    key.ends_with(&END_NUMBER.to_be_bytes())
}

/// The [`super::Label`].
pub(super) fn label() -> Key {
    Key::from(&[LABEL][..])
}

/// A record of the ledger's state, or a bound of a range of them.
pub(super) fn record(key: &[u8]) -> Key {
    Key::joined(&[&[RECORD], key])
}

/// A record without the tag [`record`] added.
pub(super) fn strip((mut key, value): RecordBytes) -> RecordBytes {
    key.remove(0);
    (key, value)
}

/// A [`ledger_core::state::tree::Stored`].
pub(super) fn node(path: &NodePath) -> Key {
    let bytes = usize::from(path.length.div_ceil(8)).min(path.bits.len());
    Key::joined(&[&[NODE], &path.length.to_be_bytes(), &path.bits[..bytes]])
}

/// Whether a node of the state tree is stored under this key.
pub(super) fn is_node(key: &[u8]) -> bool {
    key.first() == Some(&NODE)
}

/// The path of a node of the state tree; none when the bytes are not such a key.
pub(super) fn path_of_node(key: &[u8]) -> Option<NodePath> {
    let rest = key.strip_prefix(&[NODE])?;
    let (length, given) = rest.split_first_chunk()?;
    let mut bits = [0; 32];
    bits.get_mut(..given.len())?.copy_from_slice(given);
    Some(NodePath {
        length: u16::from_be_bytes(*length),
        bits,
    })
}

/// A record by its name, and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record<'k> {
    /// Only looked up by its name.
    Alone(&'k [u8]),
    /// Also read as one of a range.
    Listed(&'k [u8]),
}

/// The record under this key; none when the bytes are not the key of one.
pub(super) fn record_of(key: &[u8]) -> Option<Record<'_>> {
    let name = name_of_record(key)?;
    Some(if state_key::stands_alone(name) {
        Record::Alone(name)
    } else {
        Record::Listed(name)
    })
}

/// The range of all records.
pub(super) fn records() -> (Vec<u8>, Vec<u8>) {
    prefix_range(vec![RECORD])
}

/// The name of a record; none when the bytes are not the key of one.
pub(super) fn name_of_record(key: &[u8]) -> Option<&[u8]> {
    key.strip_prefix(&[RECORD])
}

/// The row for `key` among those of the records whose key hashes begin like `hash`.
pub(super) fn by_hash(hash: &Hash, key: &[u8]) -> Key {
    Key::joined(&[&[BY_HASH], &hash.0[..HASH_BYTES], key])
}

/// The range of the rows [by hash](by_hash) under `path`. Rows tell apart as many bits as fit [`HASH_BYTES`]: under a longer path
/// the range has others too.
pub(super) fn rows_under(path: &NodePath) -> (Vec<u8>, Vec<u8>) {
    let first = path.bits.first_chunk().expect("a path has 32 bytes");
    let first = u64::from_be_bytes(*first);
    let last = first | u64::MAX.checked_shr(path.length.into()).unwrap_or(0);
    let from = [&[BY_HASH][..], &first.to_be_bytes()].concat();
    // The least key above all that begin with the last: that one with a byte above all kinds behind it.
    let to = [&[BY_HASH][..], &last.to_be_bytes(), &[u8::MAX]].concat();
    (from, to)
}

/// The record in a row [by hash](by_hash), of which the row has the value, or of one that is listed the value's hash; none when
/// the row is of something else.
pub(super) fn record_of_row(row: &[u8]) -> Option<Record<'_>> {
    record_of(row.strip_prefix(&[BY_HASH])?.get(HASH_BYTES..)?)
}

/// From which moment on the ids of an hour are remembered, as a number; no record when none is.
pub(super) fn remembered_hour(hour: u64) -> Key {
    Key::joined(&[&[REMEMBERED], &hour.to_be_bytes()])
}

/// An [`super::index::TransactionLocation`].
pub(super) fn transaction(id: TransactionId) -> Key {
    Key::joined(&[&[TRANSACTION], id.0.as_bytes()])
}

/// A group of a block's [`ledger_core::receipt::Receipt`]s, counted from 0.
pub(super) fn receipts_group(height: Height, group: u32) -> Key {
    Key::joined(&[&[RECEIPT], &height.0.to_be_bytes(), &group.to_be_bytes()])
}

/// The range of all receipts of a block.
pub(super) fn receipts(height: Height) -> (Vec<u8>, Vec<u8>) {
    prefix_range([&[RECEIPT][..], &height.0.to_be_bytes()].concat())
}

/// Where a group of an owner's postings is; `number` is that of its first, counted from 0.
pub(super) fn history_group(owner: &Owner, number: u64) -> Key {
    // An owner's encoding has a length fixed by its first byte, so that no owner's keys fall between another's.
    Key::joined(&[&[HISTORY], &codec::encode(owner), &number.to_be_bytes()])
}

/// How many postings an owner has and where the newest are: behind all groups, and in the database behind the record of
/// an account ([`by_hash`]).
pub(super) fn history_end(owner: &Owner) -> Key {
    history_group(owner, END_NUMBER)
}

/// The account whose history ends under this key; none when the bytes are not the key of such an end.
pub(super) fn account_of_history_end(key: &[u8]) -> Option<StateKey> {
    let owner = key.strip_prefix(&[HISTORY])?;
    let owner = owner.strip_suffix(&END_NUMBER.to_be_bytes())?;
    match codec::decode(owner, OWNER_BYTES_MAX).ok()? {
        Owner::Account(account) => Some(StateKey::Account(account)),
        _ => None,
    }
}

/// An [`super::index::OrderOrigin`].
pub(super) fn order(id: OrderId) -> Key {
    Key::joined(&[&[ORDER], &id.0])
}

/// An [`super::index::OrderRole`]; an account's newest orders come first.
pub(super) fn account_order(account: AccountId, posted: Height, order: OrderId) -> Key {
    let newest_first = u64::MAX - posted.0;
    Key::joined(&[
        &[ACCOUNT_ORDER],
        &account.0,
        &newest_first.to_be_bytes(),
        &order.0,
    ])
}

/// The range of all orders of an account.
pub(super) fn account_orders(account: AccountId) -> (Vec<u8>, Vec<u8>) {
    prefix_range([&[ACCOUNT_ORDER][..], &account.0].concat())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_any_length_are_their_bytes() {
        for length in 0..=2 * SHORT_BYTES_MAX {
            let bytes = vec![7; length];
            let key = Key::from(bytes.as_slice());
            assert_eq!(*key, *bytes);
            let (first, second) = bytes.split_at(length / 2);
            assert_eq!(Key::joined(&[first, second]), key);
        }
    }

    #[test]
    fn a_key_in_a_table_takes_six_words() {
        assert_eq!(size_of::<Key>(), 48);
    }

    /// What stands alone says where rows lie: with another list, a database of the same format would be read wrongly.
    #[test]
    fn the_kinds_that_stand_alone_are_part_of_the_format() {
        let alone: Vec<u8> = (0..=u8::MAX)
            .filter(|tag| state_key::stands_alone(&[*tag]))
            .collect();
        let expected = [7, 8, 9, 10, 11, 15, 16, 17, 21, 22, 32, 33, 34];
        assert_eq!((super::super::STATE_FORMAT, alone), (8, expected.to_vec()));
    }
}
