//! Opening accounts of people, groups and merchants.

use ledger_core::hash::{Domain, hash};
use ledger_core::id::OrganisationId;
use ledger_core::record::organisation::Role;
use ledger_core::transaction::Signer;
use ledger_core::transaction::account::{OpenAccount, OpenGroup};
use ledger_core::transaction::value::RegisterMerchant;

use super::super::founding::identity;
use super::{Draft, Scene};

impl Scene<'_> {
    pub(super) fn new_account(&mut self) -> Option<Draft> {
        if self.books.accounts.len() >= self.accounts_max {
            return None;
        }
        let home = if self.random.happens(10) {
            OrganisationId(999_999)
        } else if self.random.happens(30) {
            self.office()
        } else {
            self.street()
        };
        match self.random.below(10) {
            0..6 => self.open_account(home),
            6 | 7 => {
                let key = self.key();
                let mut signers = self.two_staff([Role::Registrar, Role::SocialWorker], home)?;
                signers.push(Signer::Key(key));
                Some(Draft::new(OpenGroup { home, key }, signers))
            }
            _ => {
                let key = self.key();
                let mut signers = self.two_staff([Role::Treasurer, Role::Treasurer], home)?;
                signers.push(Signer::Key(key));
                Some(Draft::new(RegisterMerchant { home, key }, signers))
            }
        }
    }

    fn open_account(&mut self, home: OrganisationId) -> Option<Draft> {
        let city = self.books.city;
        let keyless = self.random.happens(350);
        let mut signers = vec![
            self.staff(Role::Registrar, home)?,
            self.staff(Role::IdentityRegistry, city)?,
        ];
        let key = (!keyless).then(|| self.key());
        match key {
            Some(key) => signers.push(Signer::Key(key)),
            None => signers.push(self.staff(Role::SocialWorker, home)?),
        }
        let legal_guardian = self
            .random
            .happens(if keyless { 60 } else { 400 })
            .then(|| self.person());
        signers.extend(legal_guardian.map(Signer::Account));
        let identity = if self.random.happens(40) {
            identity(0)
        } else {
            hash(Domain::Identity, &[&self.random.next().to_le_bytes()])
        };
        Some(Draft::new(
            OpenAccount {
                home,
                key,
                identity,
                legal_guardian,
            },
            signers,
        ))
    }
}
