//! Memberships: present exactly while an account is an active person's with a key, and with that key and that home.
//!
//! A block that changes what an account shows to strangers writes its membership, and the right one; a block that does not
//! need not. Both are read off the accounts themselves, without the code that writes memberships.

use std::collections::{BTreeMap, BTreeSet};

use super::Imbalance;
use crate::id::{AccountId, OrganisationId};
use crate::record::account::{AccountKind, AccountRecord, AccountStatus};
use crate::record::membership::Membership;
use crate::signature::PublicKey;

/// Key and home of a member; none for whoever shows nothing.
type Shown = Option<(PublicKey, OrganisationId)>;

/// What accounts show, before and after a block, and what it wrote of memberships.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// Each once.
    accounts: Vec<(AccountId, (Shown, Shown))>,
    written: BTreeMap<AccountId, Shown>,
}

impl Moved {
    /// An account as it was and as it is.
    pub(super) fn account(
        &mut self,
        account: AccountId,
        before: Option<&AccountRecord>,
        after: Option<&AccountRecord>,
    ) {
        let shown = |record: &AccountRecord| match (record.kind, record.status, record.key) {
            (AccountKind::Person { .. }, AccountStatus::Active, Some(key)) => {
                Some((key, record.home))
            }
            _ => None,
        };
        let change = (before.and_then(shown), after.and_then(shown));
        self.accounts.push((account, change));
    }

    /// A membership as the block leaves it.
    pub(super) fn written(&mut self, account: AccountId, membership: Option<&Membership>) {
        let shown = membership.map(|it| (it.key, it.home));
        self.written.insert(account, shown);
    }

    /// Whether every membership says what its account says.
    pub(super) fn compare(&self) -> Result<(), Imbalance> {
        for (account, (before, after)) in &self.accounts {
            // What was not written stands as it stood, and that was right after the block before.
            if self.written.get(account).unwrap_or(before) != after {
                return Err(Imbalance::Membership { account: *account });
            }
        }
        // Hardly a block writes any.
        if self.written.is_empty() {
            return Ok(());
        }
        let changed: BTreeSet<AccountId> = self.accounts.iter().map(|(id, _)| *id).collect();
        let stray = |account: &&AccountId| !changed.contains(account);
        match self.written.keys().find(stray) {
            Some(account) => Err(Imbalance::Membership { account: *account }),
            None => Ok(()),
        }
    }
}
