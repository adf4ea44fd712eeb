//! Values on the command line: how text becomes an account, a time, a word of the rules, and what is said when it does not.
//!
//! An error's text here is the id of a sentence; the catalogue has the sentence.

use std::path::PathBuf;
use std::str::FromStr;

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{
    AccountId, BudgetId, ItemCode, OrderId, OrganisationId, ProgrammeCode, ServiceCode, StaffId,
    TransactionId,
};
use ledger_core::record::account::Item;
use ledger_core::record::budget::{BudgetPurpose, PoolId};
use ledger_core::record::kin::Relation;
use ledger_core::record::order::{OrderStatus, Payer, RejectionReason, ReversalReason, Side};
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::PolicyParameter;
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::record::recovery::Guardian;
use ledger_core::signature::PublicKey;
use ledger_core::time::{Day, Month};
use ledger_core::transaction::Signer;
use ledger_core::transaction::account::Rest;
use ledger_core::transaction::government::StaffChange;
use ledger_core::transaction::service::STARS_MAX;
use serde::de::DeserializeOwned;

/// A value that cannot be read; shown as the id of the sentence that says what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Complaint(pub(crate) &'static str);

impl std::fmt::Display for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Complaint {}

/// Something that can be written on a command line.
pub(crate) trait Value: Sized {
    /// The sentence that says how it is written.
    const EXPECTED: &'static str;

    /// Reads it.
    fn read(text: &str) -> Option<Self>;
}

/// Reads a value, for clap.
pub(crate) fn parse<V: Value>(text: &str) -> Result<V, Complaint> {
    V::read(text).ok_or(Complaint(V::EXPECTED))
}

macro_rules! values_from_text {
    ($($type:ty => $expected:literal,)*) => {
        $(impl Value for $type {
            const EXPECTED: &'static str = $expected;

            fn read(text: &str) -> Option<Self> {
                <$type as FromStr>::from_str(text).ok()
            }
        })*
    };
}

values_from_text! {
    AccountId => "expected-account",
    OrderId => "expected-order",
    BudgetId => "expected-budget",
    OrganisationId => "expected-organisation",
    StaffId => "expected-staff",
    Signer => "expected-signer",
    ProxyHolder => "expected-proxy",
    Guardian => "expected-guardian",
    ProgrammeCode => "expected-programme",
    PoolId => "expected-pool",
    ServiceCode => "expected-service",
    ItemCode => "expected-item",
    PublicKey => "expected-key",
    Hash => "expected-hash",
    TransactionId => "expected-transaction",
    Day => "expected-day",
    Month => "expected-month",
}

macro_rules! values_from_words {
    ($($type:ty => $expected:literal,)*) => {
        $(impl Value for $type {
            const EXPECTED: &'static str = $expected;

            fn read(text: &str) -> Option<Self> {
                word(text)
            }
        })*
    };
}

values_from_words! {
    Role => "expected-role",
    Level => "expected-level",
    Relation => "expected-relation",
    OrderStatus => "expected-status",
    RejectionReason => "expected-reason",
    ReversalReason => "expected-reversal",
    Side => "expected-side",
    ProxyScope => "expected-scope",
    BudgetPurpose => "expected-purpose",
    PolicyParameter => "expected-parameter",
}

/// The variant the API knows by `text`; `-` counts as `_`.
fn word<V: DeserializeOwned>(text: &str) -> Option<V> {
    serde_json::from_value(serde_json::Value::String(text.replace('-', "_"))).ok()
}

impl Value for Minutes {
    const EXPECTED: &'static str = "expected-minutes";

    fn read(text: &str) -> Option<Minutes> {
        text.parse().ok().map(Minutes)
    }
}

/// Stars from 1 to [`STARS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stars(pub(crate) u8);

impl Value for Stars {
    const EXPECTED: &'static str = "expected-stars";

    fn read(text: &str) -> Option<Stars> {
        let stars = text.parse().ok()?;
        (1..=STARS_MAX).contains(&stars).then_some(Stars(stars))
    }
}

/// `kin:ACCOUNT`, `estate:ACCOUNT` or `donation`.
impl Value for Rest {
    const EXPECTED: &'static str = "expected-rest";

    fn read(text: &str) -> Option<Rest> {
        match text.split_once(':') {
            None if text == "donation" => Some(Rest::Donation),
            Some(("kin", account)) => account.parse().ok().map(Rest::Kin),
            Some(("estate", account)) => account.parse().ok().map(Rest::Estate),
            _ => None,
        }
    }
}

/// `SIGNER=FILE`: who signs, and with the key in which file. `key=FILE` is the bare key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignAs {
    /// Who; none for the bare key.
    pub(crate) signer: Option<Signer>,
    /// The key file.
    pub(crate) file: PathBuf,
}

impl Value for SignAs {
    const EXPECTED: &'static str = "expected-sign_as";

    fn read(text: &str) -> Option<SignAs> {
        let (signer, file) = text.split_once('=')?;
        let signer = match signer {
            "key" => None,
            named => Some(named.parse().ok()?),
        };
        (!file.is_empty()).then(|| SignAs {
            signer,
            file: PathBuf::from(file),
        })
    }
}

/// `recipient`, `kin:ACCOUNT` or `budget:LINE`, also the bare id of an account or a line.
impl Value for Payer {
    const EXPECTED: &'static str = "expected-payer";

    fn read(text: &str) -> Option<Payer> {
        if text == "recipient" {
            return Some(Payer::Recipient);
        }
        let kin = || text.strip_prefix("kin:").unwrap_or(text).parse().ok();
        let budget = || text.strip_prefix("budget:").unwrap_or(text).parse().ok();
        kin()
            .map(Payer::Kin)
            .or_else(|| budget().map(Payer::Budget))
    }
}

/// `CODE=MINUTES`: an item of a merchant.
impl Value for Item {
    const EXPECTED: &'static str = "expected-price";

    fn read(text: &str) -> Option<Item> {
        let (code, minutes) = text.split_once('=')?;
        Some(Item {
            code: code.parse().ok()?,
            minutes: Minutes::read(minutes)?,
        })
    }
}

/// `NUMBER=ROLE+ROLE,KEY,PERSON`: a staff entry.
impl Value for StaffChange {
    const EXPECTED: &'static str = "expected-entry";

    fn read(text: &str) -> Option<StaffChange> {
        let (number, entry) = text.split_once('=')?;
        let mut parts = entry.split(',');
        let mut roles = parts
            .next()?
            .split('+')
            .map(Role::read)
            .collect::<Option<Vec<Role>>>()?;
        roles.sort();
        let key = parts.next()?.parse().ok()?;
        let person = parts.next()?.parse().ok()?;
        if parts.next().is_some() {
            return None;
        }
        Some(StaffChange {
            number: number.parse().ok()?,
            entry: Some(StaffRecord { key, roles, person }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_people_write_them() {
        let account = AccountId([1; 20]);
        assert_eq!(parse::<Role>("social-worker"), Ok(Role::SocialWorker));
        assert_eq!(parse::<Role>("social_worker"), Ok(Role::SocialWorker));
        assert_eq!(parse::<Role>("boss"), Err(Complaint("expected-role")));
        assert_eq!(parse::<Payer>("recipient"), Ok(Payer::Recipient));
        assert_eq!(
            parse::<Payer>(&format!("kin:{account}")),
            Ok(Payer::Kin(account))
        );
        assert_eq!(
            parse::<Payer>(&account.to_string()),
            Ok(Payer::Kin(account))
        );
        let line = BudgetId([2; 20]);
        assert_eq!(
            parse::<Payer>(&format!("budget:{line}")),
            Ok(Payer::Budget(line))
        );
        assert_eq!(parse::<Payer>("cash"), Err(Complaint("expected-payer")));
        assert_eq!(
            parse::<Item>("I03=480"),
            Ok(Item {
                code: ItemCode(3),
                minutes: Minutes(480)
            })
        );
        assert_eq!(parse::<Rest>("donation"), Ok(Rest::Donation));
        assert_eq!(
            parse::<Rest>(&format!("estate:{account}")),
            Ok(Rest::Estate(account))
        );
        assert_eq!(parse::<Rest>("charity"), Err(Complaint("expected-rest")));
        assert_eq!(parse::<Stars>("5"), Ok(Stars(5)));
        assert_eq!(parse::<Stars>("0"), Err(Complaint("expected-stars")));
        assert_eq!(parse::<Stars>("6"), Err(Complaint("expected-stars")));
        let office = OrganisationId(320_102_005);
        assert_eq!(parse::<Guardian>("320102005"), Ok(Guardian::Office(office)));
        assert_eq!(parse::<Minutes>("-1"), Err(Complaint("expected-minutes")));
    }

    #[test]
    fn a_staff_entry_and_a_signer_with_its_file() {
        let (key, person) = (PublicKey([3; 32]), AccountId([1; 20]));
        let change = parse::<StaffChange>(&format!("7=social_worker+registrar,{key},{person}"));
        let entry = change.unwrap().entry.unwrap();
        assert_eq!(entry.roles, [Role::Registrar, Role::SocialWorker]);
        assert_eq!((entry.key, entry.person), (key, person));
        assert!(parse::<StaffChange>("7=registrar").is_err());
        let sign_as = parse::<SignAs>("320102005/7=keys/a=b.key").unwrap();
        assert_eq!(sign_as.file, PathBuf::from("keys/a=b.key"));
        assert_eq!(
            sign_as.signer.map(|it| it.to_string().contains('/')),
            Some(true)
        );
        assert_eq!(parse::<SignAs>("key=x").map(|it| it.signer), Ok(None));
        assert!(parse::<SignAs>("320102005/7").is_err());
        assert!(parse::<SignAs>("key=").is_err());
    }
}
