//! What is said about gifts, donations, merchants and redemption.
//!
//! ```text
//! chen gives cao 60                                chen donates 60 to gulou:donation
//! rice registers at gulou                          (a merchant)
//! rice lists I01=480 I02=60
//! chen redeems I01 for 480 at rice
//! ```

use super::super::city::{City, Creates, Draft, home, pool, public};
use super::minutes;
use crate::record::account::Item;
use crate::transaction::Operation;
use crate::transaction::value::{Donate, Gift, Redeem, RegisterMerchant, SetItems};

impl City {
    pub(super) fn value(&self, words: &[&str]) -> Option<Draft> {
        let mut creates = Creates::Nothing;
        let (operation, parties) = match words {
            [name, "gives", to, amount] => {
                let operation = Gift {
                    from: self.account_id(name),
                    to: self.account_id(to),
                    minutes: minutes(amount),
                };
                (Operation::Gift(operation), vec![self.holder(name)])
            }
            [name, "donates", amount, "to", to] => {
                let operation = Donate {
                    from: self.account_id(name),
                    pool: pool(to),
                    minutes: minutes(amount),
                };
                (Operation::Donate(operation), vec![self.holder(name)])
            }
            [name, "registers", "at", place] => {
                creates = Creates::Account((*name).into());
                let operation = RegisterMerchant {
                    home: home(place),
                    key: public(name),
                };
                let mut parties = self.treasurers(operation.home);
                parties.push(self.party(&format!("key:{name}")));
                (Operation::RegisterMerchant(operation), parties)
            }
            [name, "lists", items @ ..] => {
                let operation = SetItems {
                    merchant: self.account_id(name),
                    items: items.iter().map(|it| item(it)).collect(),
                };
                let parties = vec![self.holder(name), self.party("treasurer@gulou")];
                (Operation::SetItems(operation), parties)
            }
            [name, "redeems", item, "for", amount, "at", merchant] => {
                let operation = Redeem {
                    holder: self.account_id(name),
                    merchant: self.account_id(merchant),
                    item: item.parse().expect("an item code"),
                    minutes: minutes(amount),
                };
                let parties = vec![self.holder(name), self.holder(merchant)];
                (Operation::Redeem(operation), parties)
            }
            _ => return None,
        };
        Some(Draft {
            operation,
            parties,
            creates,
        })
    }
}

/// `I01=480`.
fn item(text: &str) -> Item {
    let (code, price) = text.split_once('=').expect("a code and a price");
    Item {
        code: code.parse().expect("an item code"),
        minutes: minutes(price),
    }
}
