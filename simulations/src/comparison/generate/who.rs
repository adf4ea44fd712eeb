//! Choosing people, staff and signers.

use ledger_core::id::{AccountId, OrganisationId, StaffId};
use ledger_core::record::account::{AccountKind, AccountRecord, AccountStatus};
use ledger_core::record::organisation::{Role, StaffRecord};
use ledger_core::record::proxy::ProxyHolder;
use ledger_core::transaction::Signer;

use super::super::founding::{FOUNDERS, RESIDENTS, STREETS, founding_people, person};
use super::Scene;

impl Scene<'_> {
    /// Some account that `accept` takes.
    pub(super) fn account_where(
        &mut self,
        accept: impl Fn(&AccountRecord) -> bool,
    ) -> Option<AccountId> {
        let found: Vec<AccountId> = self
            .books
            .accounts
            .iter()
            .filter(|(_, it)| accept(it))
            .map(|(id, _)| *id)
            .collect();
        self.some_of(&found)
    }

    /// A person, mostly one of the residents or of those who came later.
    pub(super) fn person(&mut self) -> AccountId {
        match self.random.below(20) {
            0..11 => person(self.random.index(RESIDENTS)),
            11..17 => self.newcomer().unwrap_or_else(|| person(0)),
            _ => person(self.random.index(founding_people())),
        }
    }

    /// A person who was not there in the beginning.
    pub(super) fn newcomer(&mut self) -> Option<AccountId> {
        let found: Vec<AccountId> = self
            .books
            .accounts
            .iter()
            .filter(|(id, it)| it.is_person() && !FOUNDERS.contains(id))
            .map(|(id, _)| *id)
            .collect();
        self.some_of(&found)
    }

    /// A person who can spend something, if there is one.
    pub(super) fn saver(&mut self) -> AccountId {
        let found = self.account_where(|it| {
            !matches!(it.kind, AccountKind::Merchant { .. }) && !it.lots.as_slice().is_empty()
        });
        match found {
            Some(account) if !self.random.happens(100) => account,
            _ => self.person(),
        }
    }

    pub(super) fn group(&mut self) -> Option<AccountId> {
        self.account_where(|it| it.kind == AccountKind::Group)
    }

    pub(super) fn merchant(&mut self) -> Option<AccountId> {
        self.account_where(|it| matches!(it.kind, AccountKind::Merchant { .. }))
    }

    /// A member of a group, mostly.
    pub(super) fn member(&mut self, group: AccountId) -> AccountId {
        let members = self.books.members.get(&group).map(|it| it.members.clone());
        match members.and_then(|members| self.some_of(&members)) {
            Some(member) if !self.random.happens(80) => member,
            _ => self.person(),
        }
    }

    pub(super) fn kin_of(&mut self, account: AccountId) -> Option<AccountId> {
        let kin: Vec<AccountId> = self.books.kin_of(account).collect();
        self.some_of(&kin)
    }

    /// Somebody's home street.
    pub(super) fn home_of(&self, account: AccountId) -> OrganisationId {
        self.record(account).map_or(STREETS[0], |it| it.home)
    }

    pub(super) fn home_district_of(&self, account: AccountId) -> Option<OrganisationId> {
        self.record(account).map(|it| it.home_district)
    }

    pub(super) fn record(&self, account: AccountId) -> Option<&AccountRecord> {
        self.books.accounts.get(&account)
    }

    pub(super) fn is_keyless(&self, account: AccountId) -> bool {
        self.record(account).is_some_and(|it| it.key.is_none())
    }

    pub(super) fn is_active(&self, account: AccountId) -> bool {
        self.record(account)
            .is_some_and(|it| it.status == AccountStatus::Active)
    }

    fn staff_where(
        &mut self,
        accept: impl Fn(&Scene<'_>, StaffId, &StaffRecord) -> bool,
    ) -> Option<StaffId> {
        let found: Vec<StaffId> = self
            .books
            .staff
            .iter()
            .filter(|(id, record)| accept(self, **id, record))
            .map(|(id, _)| *id)
            .collect();
        self.some_of(&found)
    }

    /// Staff with `role` who cover `place`; now and then staff with that role elsewhere.
    pub(super) fn staff(&mut self, role: Role, place: OrganisationId) -> Option<Signer> {
        let anywhere = self.random.happens(40);
        self.staff_where(|scene, id, record| {
            record.has(role) && (anywhere || scene.books.covers(id.organisation, place))
        })
        .map(Signer::Staff)
    }

    /// Staff with one of `roles` who serve `place`; now and then elsewhere.
    pub(super) fn staff_serving(
        &mut self,
        roles: &[Role],
        place: OrganisationId,
    ) -> Option<Signer> {
        let anywhere = self.random.happens(40);
        self.staff_where(|scene, id, record| {
            roles.iter().any(|role| record.has(*role))
                && (anywhere || scene.books.serves(id.organisation, place))
        })
        .map(Signer::Staff)
    }

    /// Two who cover `place` with these roles, mostly different people.
    pub(super) fn two_staff(
        &mut self,
        roles: [Role; 2],
        place: OrganisationId,
    ) -> Option<Vec<Signer>> {
        let first = self.staff(roles[0], place)?;
        let mut second = self.staff(roles[1], place)?;
        for _ in 0..4 {
            if self.person_behind(first) != self.person_behind(second) || self.random.happens(30) {
                break;
            }
            second = self.staff(roles[1], place)?;
        }
        Some(vec![first, second])
    }

    /// The human behind a signer.
    pub(super) fn person_behind(&self, signer: Signer) -> Option<AccountId> {
        match signer {
            Signer::Account(account) => Some(account),
            Signer::Staff(staff) => self.books.staff.get(&staff).map(|it| it.person),
            Signer::Key(_) => None,
        }
    }

    /// Administrators of `organisation` to its threshold.
    pub(super) fn administrators(&mut self, organisation: OrganisationId) -> Vec<Signer> {
        let threshold = self
            .books
            .organisations
            .get(&organisation)
            .map_or(1, |it| usize::from(it.threshold.max(1)));
        let fewer = usize::from(self.random.happens(20));
        let mut signers: Vec<Signer> = self
            .books
            .staff
            .iter()
            .filter(|(id, record)| {
                id.organisation == organisation && record.has(Role::Administrator)
            })
            .map(|(id, _)| Signer::Staff(*id))
            .take(threshold.saturating_sub(fewer).max(1))
            .collect();
        if signers.is_empty() {
            signers.push(Signer::Account(person(0)));
        }
        signers
    }

    /// The holder, a minor's with its guardian.
    pub(super) fn consent(&mut self, account: AccountId) -> Vec<Signer> {
        let mut signers = vec![Signer::Account(account)];
        let guardian = self.record(account).and_then(|it| it.legal_guardian);
        signers.extend(guardian.map(Signer::Account));
        signers
    }

    /// The account's own signature, or a proxy's.
    pub(super) fn acting(&mut self, account: AccountId) -> Signer {
        let proxies: Vec<ProxyHolder> = self.books.proxies_of(account).collect();
        let by_proxy = self.is_keyless(account) || self.random.happens(80);
        match self.some_of(&proxies) {
            Some(ProxyHolder::Account(proxy)) if by_proxy => Signer::Account(proxy),
            Some(ProxyHolder::Clerk(clerk)) if by_proxy => Signer::Staff(clerk),
            _ => Signer::Account(account),
        }
    }

    /// [`Self::acting`], a minor with its guardian.
    pub(super) fn acting_with_consent(&mut self, account: AccountId) -> Vec<Signer> {
        match self.acting(account) {
            Signer::Account(it) if it == account => self.consent(account),
            proxy => vec![proxy],
        }
    }
}
