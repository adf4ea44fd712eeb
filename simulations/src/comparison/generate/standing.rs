//! What befalls an account: keys, guardians, recovery, programmes, moving, freezing, closing.

use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::record::organisation::Role;
use ledger_core::record::recovery::{Guardian, RECOVERY_DELAY_MS_MAX};
use ledger_core::time::HOUR_MS;
use ledger_core::transaction::Signer;
use ledger_core::transaction::account::{
    CloseAccount, Freeze, MoveHome, Rest, RotateKey, SetLegalGuardian, SetProgrammes, Unfreeze,
};
use ledger_core::transaction::recovery::{
    CancelRecovery, FinishRecovery, SetGuardians, StartRecovery,
};

use super::super::founding::POINTS;
use super::{Draft, Scene};

impl Scene<'_> {
    pub(super) fn about_standing(&mut self) -> Option<Draft> {
        match self.random.below(100) {
            0..8 => self.rotate_key(),
            8..20 => self.set_guardians(),
            20..36 => self.start_recovery(),
            36..44 => self.cancel_recovery(),
            44..50 => self.finish_recovery(),
            50..62 => self.set_programmes(),
            62..74 => self.move_home(),
            74..82 => self.freeze(),
            82..88 => self.unfreeze(),
            88..96 => self.close(),
            _ => self.set_legal_guardian(),
        }
    }

    /// Any account, mostly a person's.
    fn somebody(&mut self) -> AccountId {
        if self.random.happens(150) {
            let found = self.account_where(|it| !it.is_person());
            return found.unwrap_or_else(|| self.person());
        }
        self.person()
    }

    fn rotate_key(&mut self) -> Option<Draft> {
        let account = self.somebody();
        let before = self.record(account)?.key;
        let new_key = match before {
            Some(key) if self.random.happens(50) => key,
            _ => self.key(),
        };
        let mut signers = self.consent(account);
        signers.push(Signer::Key(new_key));
        Some(Draft::new(RotateKey { account, new_key }, signers))
    }

    fn office_of(&mut self, home: OrganisationId) -> OrganisationId {
        match self.random.below(3) {
            0 => home,
            1 => self.one_of(&POINTS),
            _ => self.office(),
        }
    }

    fn set_guardians(&mut self) -> Option<Draft> {
        let account = self.somebody();
        let home = self.home_of(account);
        let mut guardians = Vec::new();
        for _ in 0..self.random.index(4) {
            guardians.push(if self.random.happens(700) {
                Guardian::Account(self.person())
            } else {
                Guardian::Office(self.office_of(home))
            });
        }
        if !self.random.happens(30) {
            guardians.sort();
            guardians.dedup();
        }
        let count = guardians.len() as u64;
        let threshold = u8::try_from(match self.random.below(10) {
            0 => count + 1,
            1 => 0,
            _ if count == 0 => 0,
            _ => 1 + self.random.below(count),
        })
        .unwrap_or(1);
        let delay_ms = match self.random.below(6) {
            0 => HOUR_MS,
            1 => RECOVERY_DELAY_MS_MAX,
            2 => RECOVERY_DELAY_MS_MAX + 1,
            _ => 72 * HOUR_MS,
        };
        let signers = self.consent(account);
        Some(Draft::new(
            SetGuardians {
                account,
                guardians,
                threshold,
                delay_ms,
            },
            signers,
        ))
    }

    fn guarded(&mut self) -> AccountId {
        let guarded: Vec<AccountId> = self.books.recoveries.keys().copied().collect();
        match self.some_of(&guarded) {
            Some(account) if !self.random.happens(200) => account,
            _ => self.somebody(),
        }
    }

    fn start_recovery(&mut self) -> Option<Draft> {
        let account = self.guarded();
        let home = self.home_of(account);
        let new_key = self.key();
        let known = self.books.recoveries.get(&account).cloned();
        let guardians = known.as_ref().map(|it| it.guardians.clone());
        let guardians = guardians.unwrap_or_default();
        let threshold = known.map_or(1, |it| usize::from(it.threshold));
        let mut signers = Vec::new();
        if guardians.is_empty() || self.random.happens(350) {
            signers.push(self.staff(Role::Registrar, home)?);
            match self.some_of(&guardians) {
                Some(guardian) => signers.push(self.signer_of(guardian)?),
                None => signers.push(self.staff(Role::Arbiter, home)?),
            }
        } else {
            for guardian in guardians.into_iter().take(threshold) {
                signers.push(self.signer_of(guardian)?);
            }
        }
        if self.random.happens(250) {
            signers.push(self.staff(Role::Arbiter, home)?);
        }
        signers.push(Signer::Key(new_key));
        let mut once: Vec<Signer> = Vec::new();
        for signer in signers {
            if !once.contains(&signer) {
                once.push(signer);
            }
        }
        Some(Draft::new(StartRecovery { account, new_key }, once))
    }

    fn signer_of(&mut self, guardian: Guardian) -> Option<Signer> {
        match guardian {
            Guardian::Account(account) => Some(Signer::Account(account)),
            Guardian::Office(office) => {
                let registrars: Vec<Signer> = self
                    .books
                    .staff
                    .iter()
                    .filter(|(id, it)| id.organisation == office && it.has(Role::Registrar))
                    .map(|(id, _)| Signer::Staff(*id))
                    .collect();
                match self.some_of(&registrars) {
                    Some(registrar) => Some(registrar),
                    None => self.staff(Role::Registrar, office),
                }
            }
        }
    }

    fn recovering(&mut self) -> AccountId {
        let recovering: Vec<AccountId> = self
            .books
            .recoveries
            .iter()
            .filter(|(_, it)| it.ongoing.is_some())
            .map(|(account, _)| *account)
            .collect();
        match self.some_of(&recovering) {
            Some(account) if !self.random.happens(100) => account,
            _ => self.somebody(),
        }
    }

    fn cancel_recovery(&mut self) -> Option<Draft> {
        let account = self.recovering();
        Some(Draft::new(
            CancelRecovery { account },
            vec![Signer::Account(account)],
        ))
    }

    fn finish_recovery(&mut self) -> Option<Draft> {
        let account = self.recovering();
        let by = self.person();
        Some(Draft::new(
            FinishRecovery { account },
            vec![Signer::Account(by)],
        ))
    }

    fn set_programmes(&mut self) -> Option<Draft> {
        let account = self.somebody();
        let home = self.home_of(account);
        let mut programmes: Vec<_> = (0..self.random.index(4))
            .map(|_| self.programme())
            .collect();
        if !self.random.happens(50) {
            programmes.sort();
            programmes.dedup();
        }
        let signers = self.two_staff([Role::Registrar, Role::SocialWorker], home)?;
        Some(Draft::new(
            SetProgrammes {
                account,
                programmes,
            },
            signers,
        ))
    }

    fn move_home(&mut self) -> Option<Draft> {
        let account = self.somebody();
        let new_home = if self.random.happens(40) {
            self.office()
        } else {
            self.street()
        };
        let signers = if self.is_keyless(account) {
            let registrar = self.staff(Role::Registrar, new_home)?;
            let home = self.home_of(account);
            vec![registrar, self.staff(Role::SocialWorker, home)?]
        } else {
            let mut signers = self.consent(account);
            signers.push(self.staff(Role::Registrar, new_home)?);
            signers
        };
        Some(Draft::new(MoveHome { account, new_home }, signers))
    }

    fn freeze(&mut self) -> Option<Draft> {
        let account = self.somebody();
        let home = self.home_of(account);
        let signers = self.two_staff([Role::Registrar, Role::Arbiter], home)?;
        Some(Draft::new(Freeze { account }, signers))
    }

    fn unfreeze(&mut self) -> Option<Draft> {
        use ledger_core::record::account::AccountStatus;
        let frozen = self.account_where(|it| it.status == AccountStatus::Frozen);
        let account = frozen.unwrap_or_else(|| self.somebody());
        let home = self.home_of(account);
        let signers = self.two_staff([Role::Registrar, Role::Arbiter], home)?;
        Some(Draft::new(Unfreeze { account }, signers))
    }

    fn close(&mut self) -> Option<Draft> {
        let debtor = self.account_where(|it| !it.clawback.is_empty());
        let account = match debtor {
            Some(debtor) if self.random.happens(400) => debtor,
            _ => self.somebody(),
        };
        let home = self.home_of(account);
        let kin = self.kin_of(account);
        let somebody = self.person();
        let after_death = self.is_keyless(account) || self.random.happens(500);
        let rest = match self.random.below(6) {
            0..2 => Rest::Kin(kin.unwrap_or(somebody)),
            2 | 3 if after_death => Rest::Estate(somebody),
            2 => Rest::Estate(somebody),
            _ => Rest::Donation,
        };
        let signers = if after_death {
            self.two_staff([Role::Registrar, Role::Arbiter], home)?
        } else {
            let mut signers = self.consent(account);
            signers.push(self.staff(Role::Registrar, home)?);
            signers
        };
        Some(Draft::new(CloseAccount { account, rest }, signers))
    }

    fn set_legal_guardian(&mut self) -> Option<Draft> {
        let minor = self.account_where(|it| it.legal_guardian.is_some());
        let account = match minor {
            Some(minor) if !self.random.happens(200) => minor,
            _ => self.person(),
        };
        let guardian = (!self.random.happens(300)).then(|| self.person());
        let home = self.home_of(account);
        let city = self.books.city;
        let mut signers = vec![
            self.staff(Role::Registrar, home)?,
            self.staff(Role::IdentityRegistry, city)?,
        ];
        signers.extend(
            guardian
                .filter(|it| self.is_active(*it))
                .map(Signer::Account),
        );
        Some(Draft::new(SetLegalGuardian { account, guardian }, signers))
    }
}
