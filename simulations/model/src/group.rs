//! Groups with their members, and minors with their legal guardians.

use crate::account::Account;
use crate::genesis::{Level, Role};
use crate::id::{AccountId, Signer};
use crate::model::Model;
use crate::operation::account::{OpenGroup, SetLegalGuardian, SetMembers};
use crate::refusal::Refusal;
use crate::signing::Needs;
use crate::view::Kind;

/// "together at most 100 a transaction"
const MEMBER_CHANGES_MAX: usize = 100;
/// "at most 200 members"
const MEMBERS_MAX: usize = 200;

impl Model {
    pub(crate) fn open_group(&mut self, signers: &[Signer], it: &OpenGroup) -> Result<(), Refusal> {
        self.check_level(it.home, Level::Street)?;
        if self.accounts.contains_key(&it.account) {
            return Err(Refusal::Exists);
        }
        Needs::new(self, signers)
            .role(Role::Registrar, it.home)
            .role(Role::SocialWorker, it.home)
            .key(it.key)
            .solve()?;
        self.insert_account(it.account, Account::new(Kind::Group, it.home, Some(it.key)));
        Ok(())
    }

    pub(crate) fn set_members(
        &mut self,
        signers: &[Signer],
        it: &SetMembers,
    ) -> Result<(), Refusal> {
        let group = self.living(it.group)?;
        if group.kind != Kind::Group {
            return Err(Refusal::WrongAccount);
        }
        let sorted = |list: &[AccountId]| list.windows(2).all(|pair| pair[0] < pair[1]);
        let changes = it.add.len() + it.remove.len();
        if !sorted(&it.add) || !sorted(&it.remove) || changes > MEMBER_CHANGES_MAX {
            return Err(Refusal::BadList);
        }
        for member in &it.add {
            // "Members are persons, not closed."
            self.person(*member)?;
            if group.members.contains(member) {
                return Err(Refusal::Exists);
            }
        }
        if it.remove.iter().any(|it| !group.members.contains(it)) {
            return Err(Refusal::NotThere);
        }
        if group.members.len() + it.add.len() - it.remove.len() > MEMBERS_MAX {
            return Err(Refusal::LimitReached);
        }
        Needs::new(self, signers)
            .account(it.group)
            .role(Role::Registrar, group.home)
            .solve()?;
        let group = self.known(it.group);
        group.members.retain(|member| !it.remove.contains(member));
        group.members.extend(it.add.iter().copied());
        Ok(())
    }

    /// "SetLegalGuardian: registrar of home + identity registry (different people) + new guardian (if some). None ends
    /// minority."
    pub(crate) fn set_legal_guardian(
        &mut self,
        signers: &[Signer],
        it: &SetLegalGuardian,
    ) -> Result<(), Refusal> {
        let account = self.person(it.account)?;
        // "Whoever decides as staff about an account is not its holder"; nor the guardian.
        let not = [it.account, it.guardian.unwrap_or(it.account)];
        let mut needs = Needs::new(self, signers)
            .other(Role::Registrar, account.home, &not)
            .other(Role::IdentityRegistry, self.city, &not);
        match it.guardian {
            Some(guardian) => {
                self.check_legal_guardian(guardian)?;
                // "A minor has a key."
                let unchanged = account.legal_guardian == Some(guardian);
                if guardian == it.account || account.key.is_none() || unchanged {
                    return Err(Refusal::WrongAccount);
                }
                needs = needs.account(guardian);
            }
            None if account.legal_guardian.is_none() => return Err(Refusal::NotThere),
            None => {}
        }
        needs.solve()?;
        self.known(it.account).legal_guardian = it.guardian;
        Ok(())
    }
}
