//! What people say about their accounts, kin and proxies.
//!
//! ```text
//! chen opens at gulou                              cao opens keyless at gulou/2
//! chen rotates to blue                             (the key of that name)
//! chen links cao as parent                         chen unlinks cao
//! chen allows cao 300 until +30
//! cao appoints clerk@gulou/1 for orders 600 until +30     (`redemption`, `both`; a person or a clerk)
//! cao revokes clerk@gulou/1
//! ```
//!
//! Without ` by `, a keyless person's proxy is appointed and revoked by the registrar and the social worker of its home,
//! and everyone else signs for themselves.

use super::super::city::{City, Creates, Draft, Party, home, identity, public, staff};
use super::government::named;
use super::minutes;
use crate::id::OrganisationId;
use crate::record::account::AccountRecord;
use crate::record::proxy::{ProxyHolder, ProxyScope};
use crate::state::StateKey;
use crate::transaction::Operation;
use crate::transaction::account::{
    AppointProxy, LinkKin, OpenAccount, RevokeProxy, RotateKey, SetKinAllowance, UnlinkKin,
};

impl City {
    pub(super) fn people(&self, words: &[&str]) -> Option<Draft> {
        let mut creates = Creates::Nothing;
        let (operation, parties) = match words {
            [name, "opens", "at", place] => {
                creates = Creates::Account((*name).into());
                self.opening(name, home(place), true)
            }
            [name, "opens", "keyless", "at", place] => {
                creates = Creates::Account((*name).into());
                self.opening(name, home(place), false)
            }
            [name, "rotates", "to", key] => {
                creates = Creates::Key((*name).into(), (*key).into());
                let operation = RotateKey {
                    account: self.account_id(name),
                    new_key: public(key),
                };
                let parties = vec![self.holder(name), self.party(&format!("key:{key}"))];
                (Operation::RotateKey(operation), parties)
            }
            [name, "links", kin, "as", relation] => {
                let operation = LinkKin {
                    account: self.account_id(name),
                    kin: self.account_id(kin),
                    relation: named(relation),
                };
                let registrar = self.registrar_of(name);
                let parties = vec![self.holder(name), self.holder(kin), registrar];
                (Operation::LinkKin(operation), parties)
            }
            [name, "unlinks", kin] => {
                let operation = UnlinkKin {
                    account: self.account_id(name),
                    kin: self.account_id(kin),
                };
                (Operation::UnlinkKin(operation), vec![self.holder(name)])
            }
            [name, "allows", kin, amount, "until", day] => {
                let operation = SetKinAllowance {
                    payer: self.account_id(name),
                    kin: self.account_id(kin),
                    minutes_per_month: minutes(amount),
                    last_day: self.day(day),
                };
                (
                    Operation::SetKinAllowance(operation),
                    vec![self.holder(name)],
                )
            }
            [name, "appoints", proxy, "for", scope, amount, "until", day] => {
                let operation = AppointProxy {
                    principal: self.account_id(name),
                    proxy: self.proxy(proxy),
                    scope: match *scope {
                        "both" => ProxyScope::OrdersAndRedemption,
                        other => named(other),
                    },
                    minutes_per_month: minutes(amount),
                    last_day: self.day(day),
                };
                (
                    Operation::AppointProxy(operation),
                    self.principal_or_guardians(name),
                )
            }
            [name, "revokes", proxy] => {
                let operation = RevokeProxy {
                    principal: self.account_id(name),
                    proxy: self.proxy(proxy),
                };
                (
                    Operation::RevokeProxy(operation),
                    self.principal_or_guardians(name),
                )
            }
            _ => return None,
        };
        Some(Draft {
            operation,
            parties,
            creates,
        })
    }

    fn opening(&self, name: &str, home: OrganisationId, with_key: bool) -> (Operation, Vec<Party>) {
        let operation = OpenAccount {
            home,
            key: with_key.then(|| public(name)),
            identity: identity(name),
            legal_guardian: None,
        };
        let mut parties = self.parties([&format!("registrar@{}", home.0), "registry@nanjing"]);
        parties.push(if with_key {
            self.party(&format!("key:{name}"))
        } else {
            self.party(&format!("social@{}", home.0))
        });
        (Operation::OpenAccount(operation), parties)
    }

    /// A person's account or a clerk.
    fn proxy(&self, name: &str) -> ProxyHolder {
        match staff(name) {
            Some(clerk) => ProxyHolder::Clerk(clerk),
            None => ProxyHolder::Account(self.account_id(name)),
        }
    }

    /// The registrar of the home of the account called `name`; Gulou's when nobody is called so.
    fn registrar_of(&self, name: &str) -> Party {
        let record: Option<AccountRecord> = self.load(&StateKey::Account(self.account_id(name)));
        let home = record.map_or_else(|| home("gulou"), |record| record.home);
        self.party(&format!("registrar@{}", home.0))
    }

    /// Who signs for the account called `name`: its holder, or the registrar and the social worker of its home.
    fn principal_or_guardians(&self, name: &str) -> Vec<Party> {
        let record: Option<AccountRecord> = self.load(&StateKey::Account(self.account_id(name)));
        match record {
            Some(record) if record.key.is_none() => self.parties([
                &format!("registrar@{}", record.home.0),
                &format!("social@{}", record.home.0),
            ]),
            _ => vec![self.holder(name)],
        }
    }
}
