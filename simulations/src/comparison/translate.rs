//! From the ledger's words to the model's: the same fields under the other's types, and no rule.

use ledger_core::genesis::Genesis;
use ledger_core::hash::Hash;
use ledger_core::id::{
    AccountId, BudgetId, OrderId, OrganisationId, ProgrammeCode, ServiceCode, StaffId,
    TransactionId,
};
use ledger_core::record::account::AccountStatus;
use ledger_core::record::budget::{BudgetPurpose, PoolId, PoolKind};
use ledger_core::record::chain::{ChainPurpose, RULES_VERSION};
use ledger_core::record::kin::Relation;
use ledger_core::record::order::OrderStatus;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::record::recovery::Guardian;
use ledger_core::signature::PublicKey;
use ledger_core::time::{Day, Month};
use ledger_core::transaction::{SealedEnvelope, Signer};
use timebank_model::operation::account as account_model;
use timebank_model::operation::government as government_model;
use timebank_model::{genesis as genesis_model, id as model, policy, request, time, view};

use super::ledger::Candidate;

mod operation;

/// An enum of the one in terms of the same variants of the other.
macro_rules! variants {
    ($name:ident: $from:ident => $to:path { $($variant:ident)* }) => {
        pub(super) const fn $name(it: $from) -> $to {
            use $to as To;
            match it { $($from::$variant => To::$variant,)* }
        }
    };
}

variants!(level: Level => genesis_model::Level { City District Street ServicePoint });
variants!(role: Role => genesis_model::Role {
    Administrator Registrar Clerk SocialWorker Treasurer Arbiter Auditor IdentityRegistry
});
variants!(pool_kind: PoolKind => model::PoolKind { Donation Grant Reserve });
variants!(purpose: BudgetPurpose => government_model::Purpose { Service Fund Grant Training Campaign });
variants!(relation: Relation => account_model::Relation {
    Spouse Parent Child ChildInLaw ParentInLaw Sibling Grandparent Grandchild
});
variants!(proxy_scope: ProxyScope => account_model::ProxyScope { Orders Redemption OrdersAndRedemption });
variants!(account_status: AccountStatus => view::Status { Active Frozen Closed });
variants!(order_status: OrderStatus => view::OrderStatus {
    Posted Accepted Started Completed Verified Disputed Resolved Settled Cancelled Lapsed Rejected NoShow Reversed
});
variants!(parameter: PolicyParameter => policy::Parameter {
    Cap DailyLimit Quantum RedemptionThreshold RedemptionProgrammes BackdatingDays DisputeWindowMs OrderLapseMs
    ProxyMonthlyLimit DualVerificationAbove PairMonthlyLimit PersonTransactionsPerDay StaffTransactionsPerDay
    OpenOrdersMax KinMax ProxiesMax AppealWindowMs EarnedExpiryDays TrainingCreditablePercent GroupMaySpend
    RecoveryDelayMs
});

pub(super) const fn account(id: AccountId) -> model::AccountId {
    model::AccountId(id.0)
}

pub(super) const fn order(id: OrderId) -> model::OrderId {
    model::OrderId(id.0)
}

pub(super) const fn budget(id: BudgetId) -> model::BudgetId {
    model::BudgetId(id.0)
}

pub(super) const fn organisation(id: OrganisationId) -> model::OrganisationId {
    model::OrganisationId(id.0)
}

pub(super) const fn staff(id: StaffId) -> model::StaffId {
    model::StaffId {
        organisation: organisation(id.organisation),
        number: id.number,
    }
}

pub(super) const fn key(key: PublicKey) -> model::Key {
    model::Key(key.0)
}

pub(super) const fn commitment(hash: Hash) -> model::Commitment {
    model::Commitment(hash.0)
}

pub(super) const fn service(code: ServiceCode) -> model::ServiceCode {
    model::ServiceCode(code.0)
}

pub(super) const fn programme(code: ProgrammeCode) -> model::ProgrammeCode {
    model::ProgrammeCode(code.0)
}

pub(super) const fn pool(id: PoolId) -> model::PoolId {
    model::PoolId {
        organisation: organisation(id.organisation),
        kind: pool_kind(id.kind),
    }
}

pub(super) const fn day(day: Day) -> time::Day {
    day.0
}

pub(super) const fn month(month: Month) -> time::Month {
    month.0
}

pub(super) const fn transaction(id: TransactionId) -> model::TransactionId {
    model::TransactionId(id.0.0)
}

pub(super) const fn signer(signer: Signer) -> model::Signer {
    match signer {
        Signer::Account(id) => model::Signer::Account(account(id)),
        Signer::Staff(id) => model::Signer::Staff(staff(id)),
        Signer::Key(it) => model::Signer::Key(key(it)),
    }
}

pub(super) fn staff_entry(record: &StaffRecord) -> genesis_model::StaffEntry {
    genesis_model::StaffEntry {
        key: key(record.key),
        roles: record.roles.iter().copied().map(role).collect(),
        person: account(record.person),
    }
}

pub(super) fn policy_value(value: &PolicyValue) -> policy::Value {
    match value {
        PolicyValue::Number(number) => policy::Value::Number(*number),
        PolicyValue::Programmes(programmes) => {
            policy::Value::Programmes(programmes.iter().copied().map(programme).collect())
        }
    }
}

pub(super) const fn catalogue_entry(entry: CatalogueEntry) -> policy::CatalogueEntry {
    policy::CatalogueEntry {
        minutes_min: entry.minutes_min.0,
        minutes_max: entry.minutes_max.0,
        multiplier_percent: entry.multiplier_percent,
    }
}

pub(super) const fn guardian(guardian: Guardian) -> account_model::Guardian {
    match guardian {
        Guardian::Account(id) => account_model::Guardian::Account(account(id)),
        Guardian::Office(id) => account_model::Guardian::Office(organisation(id)),
    }
}

pub(super) const fn proxy_holder(holder: ProxyHolder) -> account_model::ProxyHolder {
    match holder {
        ProxyHolder::Account(id) => account_model::ProxyHolder::Account(account(id)),
        ProxyHolder::Clerk(id) => account_model::ProxyHolder::Clerk(staff(id)),
    }
}

/// The city before its first block.
pub fn genesis(genesis: &Genesis) -> genesis_model::Genesis {
    genesis_model::Genesis {
        purpose: match genesis.purpose {
            ChainPurpose::Production => genesis_model::ChainPurpose::Production,
            ChainPurpose::Test => genesis_model::ChainPurpose::Test,
        },
        calendar: time::Calendar {
            offset_minutes: genesis.calendar.offset_minutes,
        },
        time_ms: genesis.time_ms.0,
        organisations: genesis
            .organisations
            .iter()
            .map(|it| genesis_model::GenesisOrganisation {
                organisation: organisation(it.organisation),
                parent: it.parent.map(organisation),
                level: level(it.level),
                threshold: it.threshold,
            })
            .collect(),
        accounts: genesis
            .accounts
            .iter()
            .map(|it| genesis_model::GenesisAccount {
                account: account(it.id()),
                identity: commitment(it.identity),
                home: organisation(it.home),
                key: key(it.key),
            })
            .collect(),
        staff: genesis
            .staff
            .iter()
            .map(|it| (staff(it.staff), staff_entry(&it.record)))
            .collect(),
        policies: genesis
            .policies
            .iter()
            .map(|it| (parameter(it.parameter), policy_value(&it.value)))
            .collect(),
        catalogue: genesis
            .catalogue
            .iter()
            .map(|it| (service(it.code), catalogue_entry(it.entry)))
            .collect(),
        version: u32::from(RULES_VERSION),
    }
}

/// A signed transaction; none for what concerns validators alone, of which the model knows nothing.
pub fn request(candidate: &Candidate) -> Option<request::Request> {
    let signed = candidate.signed.iter();
    request_of(
        &candidate.sealed,
        signed.map(|(by, with)| (*by, Some(*with))),
    )
}

/// An envelope and the keys with which its signatures were made, as far as they are known; none for what concerns validators
/// alone.
pub fn request_of(
    sealed: &SealedEnvelope,
    signed: impl Iterator<Item = (Signer, Option<PublicKey>)>,
) -> Option<request::Request> {
    let id = sealed.id();
    let asked = sealed.transaction();
    Some(request::Request {
        id: transaction(id),
        signatures: signed
            .map(|(by, with)| request::SignedBy {
                signer: signer(by),
                key: with.map(key),
            })
            .collect(),
        valid_until_ms: asked.valid_until_ms.0,
        operation: operation::operation(id, asked.signer, &asked.operation)?,
    })
}
