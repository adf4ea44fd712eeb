//! Memberships follow accounts: worked out for every account a block changed, at its end.
//!
//! No rule writes a membership, and none reads one; so one place keeps them, whatever rules change an account in whatever
//! way, and a change of balance costs a read and writes nothing. [`super::invariants`] checks the outcome by itself.

use crate::record::account::AccountRecord;
use crate::record::membership::Membership;
use crate::state::key::account_of_key;
use crate::state::{Overlay, StateError, StateKey};

/// Writes the memberships that differ from the accounts `state` has changed and kept, and keeps them.
///
/// # Errors
/// When the storage fails.
pub(crate) fn follow_accounts(state: &mut Overlay<'_>) -> Result<(), StateError> {
    let (from, to) = StateKey::account_range();
    let mut writes = Vec::new();
    for key in state.changed().range(from..to).map(|(key, _)| key) {
        let Some(account) = account_of_key(key) else {
            let reason = format!("{} bytes are no account's key", key.len());
            return Err(StateError { reason });
        };
        let record: Option<AccountRecord> = state.load(&StateKey::Account(account))?;
        let now = record.as_ref().and_then(Membership::of);
        let key = StateKey::Membership(account);
        if state.load::<Membership>(&key)? != now {
            writes.push((key, now));
        }
    }
    for (key, membership) in writes {
        match membership {
            Some(membership) => state.store(&key, &membership),
            None => state.delete(&key),
        }
    }
    state.keep();
    Ok(())
}
