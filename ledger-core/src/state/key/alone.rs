//! Which kinds of records are listed, and which are only looked up one by one.
//!
//! A node's database lays records out by this list: whoever changes it changes the database's format (`STATE_FORMAT` of the
//! node), so that nodes make theirs anew.

use super::{
    TAG_ACCOUNT, TAG_IDENTITY, TAG_ITEMS, TAG_KIN, TAG_MEMBERS, TAG_MEMBERSHIP, TAG_PAIR_MONTH,
    TAG_PAST_KIN, TAG_PROVIDER_DAY, TAG_PROXY, TAG_RECOVERY, TAG_SERVICE_RECORD, TAG_SIGNER_DAY,
};

/// The kinds of records that [stand alone](stands_alone): nearly all of accounts, of which a city has millions.
const TAGS_ALONE: [u8; 13] = [
    TAG_ACCOUNT,
    TAG_IDENTITY,
    TAG_KIN,
    TAG_PROXY,
    TAG_ITEMS,
    TAG_PROVIDER_DAY,
    TAG_PAIR_MONTH,
    TAG_SIGNER_DAY,
    TAG_MEMBERS,
    TAG_RECOVERY,
    TAG_PAST_KIN,
    TAG_MEMBERSHIP,
    TAG_SERVICE_RECORD,
];

/// Whether a record of this key's kind is only ever looked up by its whole key, by the rules as by a node, so that a store
/// need not keep it in the order of keys. (An auditor lists accounts, in memory.)
pub fn stands_alone(key: &[u8]) -> bool {
    key.first().is_some_and(|tag| TAGS_ALONE.contains(tag))
}

/// Whether no key of a kind that [stands alone](stands_alone) is between `from` and `to`, this excluded.
pub fn is_listed(from: &[u8], to: &[u8]) -> bool {
    let within = |tag: &u8| from < [tag.saturating_add(1)].as_slice() && to > [*tag].as_slice();
    !TAGS_ALONE.iter().any(within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AccountId, OrganisationId};
    use crate::state::StateKey;
    use crate::time::{Month, TimestampMs};

    #[test]
    fn all_that_is_read_as_a_range_is_listed_but_the_accounts() {
        let month = Month(24_000);
        for (from, to) in [
            StateKey::due_range(TimestampMs(u64::MAX)),
            StateKey::organisation_range(),
            StateKey::staff_range(OrganisationId(7)),
            StateKey::service_years_range(AccountId([255; 20])),
            StateKey::catalogue_range(),
            StateKey::order_range(),
            StateKey::flow_range(month),
            StateKey::home_moves_range(month),
            StateKey::district_month_range(month),
            StateKey::clearing_range(),
            StateKey::evidence_range(),
        ] {
            assert!(is_listed(&from, &to), "{from:?}");
            assert!(!stands_alone(&from), "{from:?}");
        }
        let (from, to) = StateKey::account_range();
        assert!(!is_listed(&from, &to));
    }

    #[test]
    fn a_range_is_not_listed_if_a_key_that_stands_alone_can_be_in_it() {
        let membership = TAG_MEMBERSHIP;
        for (from, to, listed) in [
            (&[][..], &[255][..], false),
            (&[membership - 2], &[membership - 1], true),
            (&[membership, 4], &[membership, 5], false),
            (&[membership, 255], &[membership + 1], false),
            (&[membership + 2], &[255], true),
            (&[], &[TAG_ACCOUNT], true),
            (&[], &[TAG_ACCOUNT, 0], false),
        ] {
            assert_eq!(is_listed(from, to), listed, "{from:?} {to:?}");
        }
    }
}
