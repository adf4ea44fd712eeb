//! Which kind of record a key names: for tests that go through all records of a state. No rule sorts records this way.

use super::{
    TAG_ACCOUNT, TAG_BUDGET, TAG_CLEARING, TAG_MEMBERSHIP, TAG_ORDER, TAG_POOL, TAG_SERVICE_RECORD,
    TAG_SERVICE_YEAR,
};
use crate::id::AccountId;

/// Whether `key` names an account.
pub(crate) fn is_account_key(key: &[u8]) -> bool {
    key.first() == Some(&TAG_ACCOUNT)
}

/// Whether `key` names a budget line.
pub(crate) fn is_budget_key(key: &[u8]) -> bool {
    key.first() == Some(&TAG_BUDGET)
}

/// Whether `key` names a pool.
pub(crate) fn is_pool_key(key: &[u8]) -> bool {
    key.first() == Some(&TAG_POOL)
}

/// Whether `key` names an order.
pub(crate) fn is_order_key(key: &[u8]) -> bool {
    key.first() == Some(&TAG_ORDER)
}

/// Whether `key` names a closed month.
pub(crate) fn is_clearing_key(key: &[u8]) -> bool {
    key.first() == Some(&TAG_CLEARING)
}

/// Whether `key` names a person's service record, or a year of one.
pub(crate) fn is_service_record_key(key: &[u8]) -> bool {
    matches!(key.first(), Some(&(TAG_SERVICE_RECORD | TAG_SERVICE_YEAR)))
}

/// The account whose membership a key names; none when the bytes are not such a key.
pub(crate) fn account_of_membership_key(key: &[u8]) -> Option<AccountId> {
    Some(AccountId(
        key.strip_prefix(&[TAG_MEMBERSHIP])?.try_into().ok()?,
    ))
}
