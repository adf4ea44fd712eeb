//! Conservation, checked after every block from the records themselves and independently of the rules.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::amount::{AmountError, Minutes};
use crate::codec;
use crate::record::account::AccountRecord;
use crate::record::budget::PoolRecord;
use crate::record::supply::SupplyRecord;
use crate::state::key::{is_account_key, is_pool_key};
use crate::state::overlay::RECORD_BYTES_MAX;
use crate::state::{Overlay, StateError, StateKey};

/// How the books disagree. Never the fault of a transaction: a rule is wrong, or the state was damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Imbalance {
    /// What was issued is not what there is.
    #[error("issued {issued} min, accounted for {accounted} min")]
    Conservation {
        /// Everything ever issued.
        issued: Minutes,
        /// Everything there is.
        accounted: Minutes,
    },
    /// A total of the supply did not move with the records it sums up.
    #[error("the total of {total} moved by {recorded} min, the records by {actual} min")]
    Total {
        /// Which.
        total: &'static str,
        /// By how much the supply record moved.
        recorded: i128,
        /// By how much the records moved.
        actual: i128,
    },
    /// A sum does not fit.
    #[error("a sum does not fit")]
    Overflow,
}

impl From<AmountError> for Imbalance {
    fn from(_: AmountError) -> Imbalance {
        Imbalance::Overflow
    }
}

/// Checks conservation over everything `state` has changed and kept.
///
/// # Errors
/// The outer one when the storage fails, the inner one when the books disagree.
pub fn check(state: &Overlay<'_>) -> Result<Result<(), Imbalance>, StateError> {
    let before: SupplyRecord = state.load_before(&StateKey::Supply)?.unwrap_or_default();
    let after: SupplyRecord = state.load(&StateKey::Supply)?.unwrap_or_default();
    let mut moved = Moved::default();
    for (key, value) in state.changed() {
        if is_account_key(key) {
            let [old, new] = [state.base().read(key)?, value.clone()];
            moved.account(old.as_deref(), -1)?;
            moved.account(new.as_deref(), 1)?;
        } else if is_pool_key(key) {
            let [old, new] = [state.base().read(key)?, value.clone()];
            moved.pool(old.as_deref(), -1)?;
            moved.pool(new.as_deref(), 1)?;
        }
    }
    Ok(compare(&before, &after, &moved))
}

#[derive(Debug, Default)]
struct Moved {
    spendable: i128,
    held: i128,
    pools: i128,
}

impl Moved {
    fn account(&mut self, bytes: Option<&[u8]>, sign: i128) -> Result<(), StateError> {
        if let Some(record) = decode::<AccountRecord>(bytes)? {
            let spendable = record.spendable().map_err(|error| StateError {
                reason: error.to_string(),
            })?;
            self.spendable = self.spendable.saturating_add(signed(spendable, sign));
            self.held = self.held.saturating_add(signed(record.held, sign));
        }
        Ok(())
    }

    fn pool(&mut self, bytes: Option<&[u8]>, sign: i128) -> Result<(), StateError> {
        if let Some(record) = decode::<PoolRecord>(bytes)? {
            self.pools = self.pools.saturating_add(signed(record.minutes, sign));
        }
        Ok(())
    }
}

fn decode<T: BorshSerialize + BorshDeserialize>(
    bytes: Option<&[u8]>,
) -> Result<Option<T>, StateError> {
    bytes
        .map(|bytes| codec::decode(bytes, RECORD_BYTES_MAX))
        .transpose()
        .map_err(|error| StateError {
            reason: error.to_string(),
        })
}

fn signed(minutes: Minutes, sign: i128) -> i128 {
    i128::from(minutes.0).saturating_mul(sign)
}

fn compare(before: &SupplyRecord, after: &SupplyRecord, moved: &Moved) -> Result<(), Imbalance> {
    let (issued, accounted) = (after.issued()?, after.accounted()?);
    if issued != accounted {
        return Err(Imbalance::Conservation { issued, accounted });
    }
    let difference = |old: Minutes, new: Minutes| signed(new, 1).saturating_add(signed(old, -1));
    for (total, recorded, actual) in [
        (
            "spendable",
            difference(before.spendable, after.spendable),
            moved.spendable,
        ),
        ("held", difference(before.held, after.held), moved.held),
        ("pools", difference(before.pools, after.pools), moved.pools),
    ] {
        if recorded != actual {
            return Err(Imbalance::Total {
                total,
                recorded,
                actual,
            });
        }
    }
    Ok(())
}
