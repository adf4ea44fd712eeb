//! Accounts: opening, keys, programmes, moving, freezing and closing.

use std::collections::{BTreeMap, BTreeSet};

use crate::genesis::{Level, Role};
use crate::id::{
    AccountId, ItemCode, Key, OrganisationId, PoolId, PoolKind, ProgrammeCode, Signer,
};
use crate::model::Model;
use crate::operation::account::{
    CloseAccount, Freeze, MoveHome, OpenAccount, Rest, RotateKey, SetProgrammes, Unfreeze,
};
use crate::refusal::Refusal;
use crate::service_record::Deed;
use crate::signing::Needs;
use crate::time::Minutes;
use crate::view::{Destination, Kind, Lot, Source, Status};

/// The most programmes of an account.
const PROGRAMMES_MAX: usize = 64;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    pub(crate) home: OrganisationId,
    pub(crate) key: Option<Key>,
    pub(crate) legal_guardian: Option<AccountId>,
    pub(crate) programmes: Vec<ProgrammeCode>,
    /// In the order in which they are spent.
    pub(crate) lots: Vec<Lot>,
    pub(crate) held: Minutes,
    pub(crate) honorary: Minutes,
    pub(crate) service_given: Minutes,
    pub(crate) training_given: Minutes,
    pub(crate) clawback_due: BTreeMap<Destination, Minutes>,
    pub(crate) rating_count: u64,
    pub(crate) rating_sum: u64,
    /// How often, and with how many stars in all, as the one who served.
    pub(crate) rated_as_server: (u64, u64),
    /// What it did, in order.
    pub(crate) deeds: Vec<Deed>,
    pub(crate) no_shows: u64,
    pub(crate) open_orders: u64,
    /// Of a merchant.
    pub(crate) owed: Minutes,
    /// Of a merchant.
    pub(crate) items: BTreeMap<ItemCode, Minutes>,
    /// Of a group.
    pub(crate) members: BTreeSet<AccountId>,
}

impl Account {
    pub(crate) const fn new(kind: Kind, home: OrganisationId, key: Option<Key>) -> Account {
        Account {
            kind,
            status: Status::Active,
            home,
            key,
            legal_guardian: None,
            programmes: Vec::new(),
            lots: Vec::new(),
            held: 0,
            honorary: 0,
            service_given: 0,
            training_given: 0,
            clawback_due: BTreeMap::new(),
            rating_count: 0,
            rating_sum: 0,
            rated_as_server: (0, 0),
            deeds: Vec::new(),
            no_shows: 0,
            open_orders: 0,
            owed: 0,
            items: BTreeMap::new(),
            members: BTreeSet::new(),
        }
    }
}

impl Model {
    pub(crate) fn account(&self, id: AccountId) -> Result<&Account, Refusal> {
        self.accounts.get(&id).ok_or(Refusal::UnknownAccount)
    }

    /// An account that is not closed: "closed ones do nothing".
    pub(crate) fn living(&self, id: AccountId) -> Result<&Account, Refusal> {
        let account = self.account(id)?;
        if account.status == Status::Closed {
            return Err(Refusal::AccountClosed);
        }
        Ok(account)
    }

    /// A person's account that is not closed.
    pub(crate) fn person(&self, id: AccountId) -> Result<&Account, Refusal> {
        let account = self.living(id)?;
        if account.kind != Kind::Person {
            return Err(Refusal::WrongAccount);
        }
        Ok(account)
    }

    /// An account of which the caller knows that it exists.
    pub(crate) fn known(&mut self, id: AccountId) -> &mut Account {
        let account = self.accounts.get_mut(&id);
        account.expect("an account is never removed")
    }

    pub(crate) fn home_district(&self, id: AccountId) -> OrganisationId {
        let account = self.accounts.get(&id);
        account.map_or(self.city, |account| self.district_of(account.home))
    }

    pub(crate) fn legal_guardian(&self, id: AccountId) -> Option<AccountId> {
        self.accounts.get(&id).and_then(|it| it.legal_guardian)
    }

    pub(crate) fn insert_account(&mut self, id: AccountId, account: Account) {
        self.accounts.insert(id, account);
        self.key_before.insert(id, None);
    }

    pub(crate) fn change_key(&mut self, id: AccountId, key: Key) {
        let before = self.known(id).key.replace(key);
        self.key_before.entry(id).or_insert(before);
    }

    /// Who can be the legal guardian: an "active adult person with a key".
    pub(crate) fn check_legal_guardian(&self, id: AccountId) -> Result<(), Refusal> {
        let guardian = self.person(id)?;
        let fits = guardian.status == Status::Active
            && guardian.key.is_some()
            && guardian.legal_guardian.is_none();
        fits.then_some(()).ok_or(Refusal::WrongAccount)
    }

    pub(crate) fn open_person(
        &mut self,
        signers: &[Signer],
        it: &OpenAccount,
    ) -> Result<(), Refusal> {
        self.check_level(it.home, Level::Street)?;
        // "One person, one account."
        if self.identities.contains(&it.identity) || self.accounts.contains_key(&it.account) {
            return Err(Refusal::Exists);
        }
        // "OpenAccount: holder + registrar + identity registry (keyless: registrar + social worker + registry)"; "a legal
        // guardian is none of the staff who sign".
        let guardian = it.legal_guardian.as_slice();
        let mut needs = Needs::new(self, signers)
            .other(Role::Registrar, it.home, guardian)
            .other(Role::IdentityRegistry, self.city, guardian);
        needs = match it.key {
            Some(key) => needs.key(key),
            None => needs.other(Role::SocialWorker, it.home, guardian),
        };
        if let Some(guardian) = it.legal_guardian {
            self.check_legal_guardian(guardian)?;
            // "A minor has a key."
            if it.key.is_none() {
                return Err(Refusal::WrongAccount);
            }
            needs = needs.account(guardian);
        }
        needs.solve()?;
        let mut account = Account::new(Kind::Person, it.home, it.key);
        account.legal_guardian = it.legal_guardian;
        self.insert_account(it.account, account);
        self.identities.insert(it.identity);
        Ok(())
    }

    pub(crate) fn rotate_key(&mut self, signers: &[Signer], it: &RotateKey) -> Result<(), Refusal> {
        self.living(it.account)?;
        if self.account(it.account)?.key == Some(it.new_key) {
            return Err(Refusal::Exists);
        }
        // "RotateKey: old key + new key; not during a recovery"
        if self.recoveries.contains_key(&it.account) {
            return Err(Refusal::RecoveryRunning);
        }
        Needs::new(self, signers)
            .holder(it.account)
            .key(it.new_key)
            .solve()?;
        self.change_key(it.account, it.new_key);
        Ok(())
    }

    pub(crate) fn set_programmes(
        &mut self,
        signers: &[Signer],
        it: &SetProgrammes,
    ) -> Result<(), Refusal> {
        let home = self.living(it.account)?.home;
        let sorted = it.programmes.windows(2).all(|pair| pair[0] < pair[1]);
        if !sorted || it.programmes.len() > PROGRAMMES_MAX {
            return Err(Refusal::BadList);
        }
        // "Whoever decides as staff about an account is not its holder."
        Needs::new(self, signers)
            .two_others([Role::Registrar, Role::SocialWorker], home, &[it.account])
            .solve()?;
        self.known(it.account).programmes.clone_from(&it.programmes);
        Ok(())
    }

    pub(crate) fn move_home(&mut self, signers: &[Signer], it: &MoveHome) -> Result<(), Refusal> {
        let account = self.living(it.account)?;
        if account.kind == Kind::Merchant {
            return Err(Refusal::WrongAccount);
        }
        // "A frozen account does not move: it stays with those who froze it"
        if account.status == Status::Frozen {
            return Err(Refusal::AccountFrozen);
        }
        self.check_level(it.new_home, Level::Street)?;
        if account.home == it.new_home {
            return Err(Refusal::Exists);
        }
        // "MoveHome: holder + receiving registrar; keyless: registrar of the new street + social worker of the old one"
        let holder = [it.account];
        let needs = Needs::new(self, signers).other(Role::Registrar, it.new_home, &holder);
        match account.key {
            Some(_) => needs.holder(it.account).solve()?,
            None => needs
                .other(Role::SocialWorker, account.home, &holder)
                .solve()?,
        };
        let from = self.district_of(account.home);
        let to = self.district_of(it.new_home);
        let carried = self.spendable(it.account) + account.held;
        self.known(it.account).home = it.new_home;
        // "M[i][j] += spendable + held at that moment, when i ≠ j"
        if from != to {
            self.note_moved(from, to, carried);
        }
        Ok(())
    }

    pub(crate) fn freeze(&mut self, signers: &[Signer], it: &Freeze) -> Result<(), Refusal> {
        self.set_status(signers, it.account, Status::Active, Status::Frozen)
    }

    pub(crate) fn unfreeze(&mut self, signers: &[Signer], it: &Unfreeze) -> Result<(), Refusal> {
        self.set_status(signers, it.account, Status::Frozen, Status::Active)
    }

    /// "Freeze / Unfreeze: registrar + arbiter"
    fn set_status(
        &mut self,
        signers: &[Signer],
        id: AccountId,
        from: Status,
        to: Status,
    ) -> Result<(), Refusal> {
        let account = self.living(id)?;
        if account.status != from {
            return Err(Refusal::WrongStatus);
        }
        Needs::new(self, signers)
            .two_others([Role::Registrar, Role::Arbiter], account.home, &[id])
            .solve()?;
        self.known(id).status = to;
        Ok(())
    }

    pub(crate) fn close_account(
        &mut self,
        signers: &[Signer],
        it: &CloseAccount,
    ) -> Result<(), Refusal> {
        let account = self.living(it.account)?;
        // "CloseAccount: registrar + holder, or registrar + arbiter after death."
        // "Whether the holder has signed decides the way. Neither of staff is the holder or the heir."
        let heir = match it.rest {
            Rest::Kin(heir) | Rest::Estate(heir) => heir,
            Rest::Donation => it.account,
        };
        let not = [it.account, heir];
        let by_holder = signers.contains(&Signer::Account(it.account));
        let needs = Needs::new(self, signers).other(Role::Registrar, account.home, &not);
        if by_holder {
            needs.holder(it.account).solve()?;
        } else {
            needs.other(Role::Arbiter, account.home, &not).solve()?;
        }
        // "Frozen accounts can be closed only the second way."
        if by_holder && account.status == Status::Frozen {
            return Err(Refusal::AccountFrozen);
        }
        self.check_rest(it, by_holder)?;
        self.check_nothing_open(it.account)?;
        let minutes = self.take_all(it.account);
        self.known(it.account).status = Status::Closed;
        // "its guardians, members and items are forgotten"
        self.guardians.remove(&it.account);
        self.known(it.account).members.clear();
        self.known(it.account).items.clear();
        match it.rest {
            // "Received from others (gift, rest of an account …): earned, no expiry."
            Rest::Kin(heir) | Rest::Estate(heir) => {
                self.credit(heir, minutes, Source::Earned, None);
            }
            Rest::Donation => {
                let organisation = self.home_district(it.account);
                let kind = PoolKind::Donation;
                self.fill_pool(PoolId { organisation, kind }, minutes);
            }
        }
        Ok(())
    }

    fn check_rest(&self, it: &CloseAccount, by_holder: bool) -> Result<(), Refusal> {
        match it.rest {
            Rest::Kin(heir) => {
                self.person(heir)?;
                if !self.are_kin(it.account, heir) {
                    return Err(Refusal::NotKin);
                }
            }
            // "Estate only in the second way, to any active person."
            Rest::Estate(heir) => {
                let status = self.person(heir)?.status;
                if by_holder || status != Status::Active || heir == it.account {
                    return Err(Refusal::WrongAccount);
                }
            }
            Rest::Donation => {}
        }
        Ok(())
    }

    /// "Refused with open orders (as recipient, payer or provider), held minutes or clawback due; a merchant with owed > 0;
    /// during a recovery."
    fn check_nothing_open(&self, id: AccountId) -> Result<(), Refusal> {
        if self.recoveries.contains_key(&id) {
            return Err(Refusal::RecoveryRunning);
        }
        // "An account with staff entries is not closed before they are removed."
        if self.staff.values().any(|entry| entry.person == id) {
            return Err(Refusal::StillOpen);
        }
        let account = self.account(id)?;
        let party = |order: &crate::order::Order| {
            !order.has_ended()
                && (order.recipient == id
                    || order.paying_account() == Some(id)
                    || order.provider == Some(id)
                    || order.server == Some(id))
        };
        let open = account.held > 0
            || account.owed > 0
            || account.clawback_due.values().any(|due| *due > 0)
            || self.orders.values().any(party);
        if open {
            return Err(Refusal::StillOpen);
        }
        Ok(())
    }
}
