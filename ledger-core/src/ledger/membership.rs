//! Memberships follow accounts: worked out for every account a block changed, at its end.
//!
//! No rule writes a membership, and none reads one; so one place keeps them, whatever rules change an account in whatever
//! way, and a change of balance costs nothing: what an account showed before the block is what its membership says.
//! [`super::invariants`] checks the outcome by itself.

use std::rc::Rc;

use crate::record::account::AccountRecord;
use crate::record::membership::Membership;
use crate::state::{Overlay, StateError, StateKey};

/// Writes the memberships that differ from the accounts `state` has changed and kept, and keeps them.
///
/// # Errors
/// When the storage fails.
pub(crate) fn follow_accounts(state: &mut Overlay<'_>) -> Result<(), StateError> {
    let mut writes = Vec::new();
    for key in state.changed() {
        let StateKey::Account(account) = key else {
            continue;
        };
        let shown = |record: Option<Rc<AccountRecord>>| record.as_deref().and_then(Membership::of);
        let now = shown(state.share(&key)?);
        if shown(state.share_before(&key)?) != now {
            writes.push((StateKey::Membership(account), now));
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
