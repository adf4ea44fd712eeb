//! What is said about the standing of accounts: programmes, home, freezing, closing, guardians, recovery, groups.
//!
//! ```text
//! chen enrols in P01,P02                           (`nothing` for none)
//! chen moves to xuanwu                             chen is frozen                 chen is unfrozen
//! chen closes for kin li                           chen closes for estate li      chen closes for donation
//! kid opens at gulou under ma                      (a minor with a legal guardian)
//! kid is put under ma                              kid comes of age
//! team opens as group at gulou                     team adds chen,wang            team drops chen
//! chen trusts 2 of wang,li,gulou/1 after 72 hours  (people and offices)           chen trusts nobody
//! chen is recovered to blue                        (the key of that name)
//! chen cancels recovery                            chen finishes recovery
//! ```
//!
//! Without ` by `, staff are those of the account's home: a registrar with a social worker, or with an arbiter, as each rule
//! asks; a holder closes together with the registrar.
//!
//! ```text
//! chen is active                                   chen is under ma               chen is of age
//! chen is at home in xuanwu/1                      team has members chen,wang     chen signs with blue
//! ```

use super::super::city::{City, Creates, Draft, Party, home, identity, organisation, public};
use super::statement::duration;
use crate::id::{AccountId, OrganisationId};
use crate::ledger::Rejection;
use crate::record::account::{AccountRecord, AccountStatus, Members};
use crate::record::recovery::Guardian;
use crate::state::StateKey;
use crate::transaction::Operation;
use crate::transaction::account::{
    CloseAccount, Freeze, MoveHome, OpenAccount, OpenGroup, Rest, SetLegalGuardian, SetMembers,
    SetProgrammes, Unfreeze,
};
use crate::transaction::recovery::{CancelRecovery, FinishRecovery, SetGuardians, StartRecovery};

impl City {
    pub(super) fn standing(&self, words: &[&str]) -> Option<Draft> {
        let mut creates = Creates::Nothing;
        let (operation, parties) = match words {
            [name, "enrols", "in", programmes] => {
                let operation = SetProgrammes {
                    account: self.account_id(name),
                    programmes: list(programmes)
                        .map(|code| code.parse().expect("a programme code"))
                        .collect(),
                };
                let parties = self.staff_at(self.home_of(name), &["registrar", "social"]);
                (Operation::SetProgrammes(operation), parties)
            }
            [name, "moves", "to", place] => {
                let operation = MoveHome {
                    account: self.account_id(name),
                    new_home: home(place),
                };
                let parties = if self.has_key(name) {
                    let mut parties = vec![self.holder(name)];
                    parties.extend(self.staff_at(operation.new_home, &["registrar"]));
                    parties
                } else {
                    let mut parties = self.staff_at(operation.new_home, &["registrar"]);
                    parties.extend(self.staff_at(self.home_of(name), &["social"]));
                    parties
                };
                (Operation::MoveHome(operation), parties)
            }
            [name, "is", "frozen"] => {
                let account = self.account_id(name);
                let parties = self.staff_at(self.home_of(name), &["registrar", "arbiter"]);
                (Operation::Freeze(Freeze { account }), parties)
            }
            [name, "is", "unfrozen"] => {
                let account = self.account_id(name);
                let parties = self.staff_at(self.home_of(name), &["registrar", "arbiter"]);
                (Operation::Unfreeze(Unfreeze { account }), parties)
            }
            [name, "closes", "for", rest @ ..] => {
                let operation = CloseAccount {
                    account: self.account_id(name),
                    rest: match rest {
                        ["kin", kin] => Rest::Kin(self.account_id(kin)),
                        ["estate", heir] => Rest::Estate(self.account_id(heir)),
                        ["donation"] => Rest::Donation,
                        _ => return None,
                    },
                };
                let mut parties = vec![self.holder(name)];
                parties.extend(self.staff_at(self.home_of(name), &["registrar"]));
                (Operation::CloseAccount(operation), parties)
            }
            [name, "opens", "at", place, "under", guardian] => {
                creates = Creates::Account((*name).into());
                let operation = OpenAccount {
                    home: home(place),
                    key: Some(public(name)),
                    identity: identity(name),
                    legal_guardian: Some(self.account_id(guardian)),
                };
                let mut parties = self.staff_at(operation.home, &["registrar"]);
                parties.extend(self.parties(["registry@nanjing", &format!("key:{name}")]));
                parties.push(self.holder(guardian));
                (Operation::OpenAccount(operation), parties)
            }
            _ => return self.guarded(words),
        };
        Some(Draft {
            operation,
            parties,
            creates,
        })
    }

    /// Guardians, recovery and groups.
    fn guarded(&self, words: &[&str]) -> Option<Draft> {
        let mut creates = Creates::Nothing;
        let (operation, parties) = match words {
            [name, "is", "put", "under", guardian] => {
                let operation = SetLegalGuardian {
                    account: self.account_id(name),
                    guardian: Some(self.account_id(guardian)),
                };
                let mut parties = self.staff_at(self.home_of(name), &["registrar"]);
                parties.extend([self.party("registry@nanjing"), self.holder(guardian)]);
                (Operation::SetLegalGuardian(operation), parties)
            }
            [name, "comes", "of", "age"] => {
                let operation = SetLegalGuardian {
                    account: self.account_id(name),
                    guardian: None,
                };
                let mut parties = self.staff_at(self.home_of(name), &["registrar"]);
                parties.push(self.party("registry@nanjing"));
                (Operation::SetLegalGuardian(operation), parties)
            }
            [name, "opens", "as", "group", "at", place] => {
                creates = Creates::Account((*name).into());
                let operation = OpenGroup {
                    home: home(place),
                    key: public(name),
                };
                let mut parties = self.staff_at(operation.home, &["registrar", "social"]);
                parties.push(self.party(&format!("key:{name}")));
                (Operation::OpenGroup(operation), parties)
            }
            [name, how @ ("adds" | "drops"), people] => {
                let members = self.sorted(people);
                let (add, remove) = if *how == "adds" {
                    (members, Vec::new())
                } else {
                    (Vec::new(), members)
                };
                let operation = SetMembers {
                    group: self.account_id(name),
                    add,
                    remove,
                };
                let mut parties = vec![self.holder(name)];
                parties.extend(self.staff_at(self.home_of(name), &["registrar"]));
                (Operation::SetMembers(operation), parties)
            }
            [name, "trusts", trusted @ ..] => {
                let operation = self.guardians(name, trusted);
                (Operation::SetGuardians(operation), vec![self.holder(name)])
            }
            [name, "is", "recovered", "to", key] => {
                let operation = StartRecovery {
                    account: self.account_id(name),
                    new_key: public(key),
                };
                let mut parties = self.staff_at(self.home_of(name), &["registrar", "arbiter"]);
                parties.push(self.party(&format!("key:{key}")));
                (Operation::StartRecovery(operation), parties)
            }
            [name, "cancels", "recovery"] => {
                let account = self.account_id(name);
                let operation = CancelRecovery { account };
                (
                    Operation::CancelRecovery(operation),
                    vec![self.holder(name)],
                )
            }
            [name, "finishes", "recovery"] => {
                let account = self.account_id(name);
                let operation = FinishRecovery { account };
                let parties = self.staff_at(self.home_of(name), &["registrar"]);
                (Operation::FinishRecovery(operation), parties)
            }
            _ => return None,
        };
        Some(Draft {
            operation,
            parties,
            creates,
        })
    }

    /// `2 of wang,gulou/1 after 72 hours`, or `nobody`.
    fn guardians(&self, name: &str, trusted: &[&str]) -> SetGuardians {
        let account = self.account_id(name);
        match trusted {
            ["nobody"] => SetGuardians {
                account,
                guardians: Vec::new(),
                threshold: 0,
                delay_ms: 0,
            },
            ["nobody", "after", count, unit] => SetGuardians {
                account,
                guardians: Vec::new(),
                threshold: 0,
                delay_ms: duration(count, unit),
            },
            [threshold, "of", names, "after", count, unit] => {
                let mut guardians: Vec<_> = list(names).map(|it| self.guardian(it)).collect();
                guardians.sort();
                SetGuardians {
                    account,
                    guardians,
                    threshold: threshold.parse().expect("a threshold"),
                    delay_ms: duration(count, unit),
                }
            }
            _ => panic!("{trusted:?} are no guardians"),
        }
    }

    fn guardian(&self, name: &str) -> Guardian {
        if name.contains('/') {
            Guardian::Office(organisation(name))
        } else {
            Guardian::Account(self.account_id(name))
        }
    }

    /// The accounts called `names`, in order.
    fn sorted(&self, names: &str) -> Vec<AccountId> {
        let mut accounts: Vec<_> = list(names).map(|name| self.account_id(name)).collect();
        accounts.sort();
        accounts
    }

    /// The staff of those titles in `place`.
    fn staff_at(&self, place: OrganisationId, titles: &[&str]) -> Vec<Party> {
        let party = |title: &&str| self.party(&format!("{title}@{}", place.0));
        titles.iter().map(party).collect()
    }

    /// The home of the account called `name`; Gulou when nobody is called so.
    fn home_of(&self, name: &str) -> OrganisationId {
        let record: Option<AccountRecord> = self.load(&StateKey::Account(self.account_id(name)));
        record.map_or_else(|| home("gulou"), |record| record.home)
    }

    fn has_key(&self, name: &str) -> bool {
        let record: Option<AccountRecord> = self.load(&StateKey::Account(self.account_id(name)));
        record.is_none_or(|record| record.key.is_some())
    }

    /// The code of the rejection with which `draft` is refused in a block of its own, or `ok`.
    pub(in crate::ledger::tests) fn outcome(&mut self, draft: &Draft) -> &'static str {
        let sealed = self.seal(draft);
        let refused = self.block(std::slice::from_ref(&sealed));
        refused.get(&sealed.id()).map_or("ok", Rejection::code)
    }

    /// Plays a statement about standing; whether it is one.
    pub(super) fn standing_statement(&mut self, words: &[&str]) -> bool {
        match words {
            [name, "is", status @ ("active" | "frozen" | "closed")] => {
                let expected = match *status {
                    "active" => AccountStatus::Active,
                    "frozen" => AccountStatus::Frozen,
                    _ => AccountStatus::Closed,
                };
                assert_eq!(self.account(name).status, expected, "{name} is {status}");
            }
            [name, "is", "under", guardian] => {
                let expected = Some(self.account_id(guardian));
                assert_eq!(self.account(name).legal_guardian, expected, "{name}");
            }
            [name, "is", "of", "age"] => {
                assert_eq!(self.account(name).legal_guardian, None, "{name}");
            }
            [name, "is", "at", "home", "in", place] => {
                assert_eq!(self.account(name).home, home(place), "{name}");
            }
            [name, "has", "members", people] => {
                let members: Option<Members> = self.load(&StateKey::Members(self.account_id(name)));
                let members = members.map_or_else(Vec::new, |it| it.members);
                assert_eq!(members, self.sorted(people), "members of {name}");
            }
            [name, "signs", "with", key] => {
                assert_eq!(self.account(name).key, Some(public(key)), "key of {name}");
                self.names.keys.insert((*name).into(), (*key).into());
            }
            _ => return false,
        }
        true
    }
}

/// `chen,wang`; `nothing` for none.
fn list(names: &str) -> impl Iterator<Item = &str> {
    names
        .split(',')
        .filter(|name| !matches!(*name, "" | "nothing"))
}
