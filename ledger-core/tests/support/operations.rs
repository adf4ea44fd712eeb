//! Random operations of every kind.

use ledger_core::id::{ItemCode, ProgrammeCode};
use ledger_core::record::account::Item;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::kin::Relation;
use ledger_core::record::order::{Payer, RejectionReason};
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use ledger_core::record::proxy::ProxyScope;
use ledger_core::transaction::Operation;
use ledger_core::transaction::account::{
    AppointProxy, LinkKin, OpenAccount, RevokeProxy, RotateKey, SetKinAllowance, UnlinkKin,
};
use ledger_core::transaction::government::{
    AdvanceTime, FundPool, OpenBudget, RegisterOrganisation, SetCatalogue, SetPolicy, SetStaff,
    SetValidators, StaffChange, SubmitEvidence,
};
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RecordService, StartOrder,
    Verdict, VerifyOrder,
};
use ledger_core::transaction::value::{Donate, Gift, Redeem, RegisterMerchant, SetItems};
use ledger_core::validator::Validator;

use super::people::{dispute_operation, office_operation, recovery_operation, standing_operation};
use super::*;

pub(super) fn operation() -> BoxedStrategy<Operation> {
    prop_oneof![
        government_operation(),
        account_operation(),
        service_operation(),
        value_operation(),
        standing_operation(),
        recovery_operation(),
        dispute_operation(),
        office_operation()
    ]
    .boxed()
}

fn government_operation() -> BoxedStrategy<Operation> {
    let levels = [
        Level::City,
        Level::District,
        Level::Street,
        Level::ServicePoint,
    ];
    let register = (organisation(), organisation(), select(levels.to_vec())).prop_map(
        |(organisation, parent, level)| {
            Operation::RegisterOrganisation(RegisterOrganisation {
                organisation,
                parent,
                level,
            })
        },
    );
    let change = (any::<u32>(), option::of(staff_record()))
        .prop_map(|(number, entry)| StaffChange { number, entry });
    let staff = (organisation(), vec(change, 0..4), any::<u8>()).prop_map(
        |(organisation, changes, threshold)| {
            Operation::SetStaff(SetStaff {
                organisation,
                changes,
                threshold,
            })
        },
    );
    let policy = (
        organisation(),
        select(PolicyParameter::ALL.to_vec()),
        option::of(policy_value()),
        day(),
    )
        .prop_map(|(scope, parameter, value, from_day)| {
            Operation::SetPolicy(SetPolicy {
                scope,
                parameter,
                value,
                from_day,
            })
        });
    let entry = (minutes(), minutes(), any::<u16>()).prop_map(
        |(minutes_min, minutes_max, multiplier_percent)| CatalogueEntry {
            minutes_min,
            minutes_max,
            multiplier_percent,
        },
    );
    let catalogue = (service(), option::of(entry), day()).prop_map(|(code, entry, from_day)| {
        Operation::SetCatalogue(SetCatalogue {
            code,
            entry,
            from_day,
        })
    });
    let validators = vec(validator(), 0..4)
        .prop_map(|validators| Operation::SetValidators(SetValidators { validators }));
    let purpose = select(vec![
        BudgetPurpose::Service,
        BudgetPurpose::Fund,
        BudgetPurpose::Grant,
        BudgetPurpose::Training,
        BudgetPurpose::Campaign,
    ]);
    let budget = (organisation(), purpose, minutes(), day()).prop_map(
        |(scope, purpose, minutes, last_day)| {
            Operation::OpenBudget(OpenBudget {
                scope,
                purpose,
                minutes,
                last_day,
            })
        },
    );
    let fund = (budget_id(), pool(), minutes()).prop_map(|(budget, pool, minutes)| {
        Operation::FundPool(FundPool {
            budget,
            pool,
            minutes,
        })
    });
    let evidence = evidence()
        .prop_map(|evidence| Operation::SubmitEvidence(Box::new(SubmitEvidence { evidence })));
    let advance = time().prop_map(|to_ms| Operation::AdvanceTime(AdvanceTime { to_ms }));
    prop_oneof![
        register, staff, policy, catalogue, validators, budget, fund, evidence, advance
    ]
    .boxed()
}

fn account_operation() -> BoxedStrategy<Operation> {
    let open = (
        organisation(),
        option::of(key()),
        hash(),
        option::of(account()),
    )
        .prop_map(|(home, key, identity, legal_guardian)| {
            Operation::OpenAccount(OpenAccount {
                home,
                key,
                identity,
                legal_guardian,
            })
        });
    let rotate = (account(), key())
        .prop_map(|(account, new_key)| Operation::RotateKey(RotateKey { account, new_key }));
    let relations = [
        Relation::Spouse,
        Relation::Parent,
        Relation::Child,
        Relation::ChildInLaw,
        Relation::ParentInLaw,
        Relation::Sibling,
        Relation::Grandparent,
        Relation::Grandchild,
    ];
    let link =
        (account(), account(), select(relations.to_vec())).prop_map(|(account, kin, relation)| {
            Operation::LinkKin(LinkKin {
                account,
                kin,
                relation,
            })
        });
    let unlink = (account(), account())
        .prop_map(|(account, kin)| Operation::UnlinkKin(UnlinkKin { account, kin }));
    let allowance = (account(), account(), minutes(), day()).prop_map(
        |(payer, kin, minutes_per_month, last_day)| {
            Operation::SetKinAllowance(SetKinAllowance {
                payer,
                kin,
                minutes_per_month,
                last_day,
            })
        },
    );
    let scopes = [
        ProxyScope::Orders,
        ProxyScope::Redemption,
        ProxyScope::OrdersAndRedemption,
    ];
    let terms = (select(scopes.to_vec()), minutes(), day());
    let appoint = (account(), proxy(), terms).prop_map(|(principal, proxy, terms)| {
        Operation::AppointProxy(AppointProxy {
            principal,
            proxy,
            scope: terms.0,
            minutes_per_month: terms.1,
            last_day: terms.2,
        })
    });
    let revoke = (account(), proxy())
        .prop_map(|(principal, proxy)| Operation::RevokeProxy(RevokeProxy { principal, proxy }));
    prop_oneof![open, rotate, link, unlink, allowance, appoint, revoke].boxed()
}

fn service_operation() -> BoxedStrategy<Operation> {
    let window = (time(), time());
    let post = (
        account(),
        service(),
        organisation(),
        window,
        minutes(),
        payer(),
    )
        .prop_map(|(recipient, service, district, window, minutes, payer)| {
            Operation::PostOrder(PostOrder {
                terms: OrderTerms {
                    recipient,
                    service,
                    district,
                    window_start_ms: window.0,
                    window_end_ms: window.1,
                    minutes,
                    payer,
                },
            })
        });
    let accept =
        (order(), account(), option::of(account())).prop_map(|(order, provider, member)| {
            Operation::AcceptOrder(AcceptOrder {
                order,
                provider,
                member,
            })
        });
    let start = order().prop_map(|order| Operation::StartOrder(StartOrder { order }));
    let complete =
        (order(), time(), time(), hash()).prop_map(|(order, start_ms, end_ms, evidence)| {
            Operation::CompleteOrder(CompleteOrder {
                order,
                start_ms,
                end_ms,
                evidence,
            })
        });
    let cancel = order().prop_map(|order| Operation::CancelOrder(CancelOrder { order }));
    let verify = (order(), verdict())
        .prop_map(|(order, verdict)| Operation::VerifyOrder(VerifyOrder { order, verdict }));
    let what = (service(), organisation(), time(), time(), minutes());
    let parties = (account(), account(), option::of(account()));
    let record = (parties, what, payer(), hash()).prop_map(
        |((recipient, provider, member), what, payer, evidence)| {
            Operation::RecordService(RecordService {
                recipient,
                provider,
                service: what.0,
                district: what.1,
                start_ms: what.2,
                end_ms: what.3,
                minutes: what.4,
                payer,
                evidence,
                member,
            })
        },
    );
    prop_oneof![post, accept, start, complete, cancel, verify, record].boxed()
}

fn value_operation() -> BoxedStrategy<Operation> {
    let gift = (account(), account(), minutes())
        .prop_map(|(from, to, minutes)| Operation::Gift(Gift { from, to, minutes }));
    let donate = (account(), pool(), minutes()).prop_map(|(from, pool, minutes)| {
        Operation::Donate(Donate {
            from,
            pool,
            minutes,
        })
    });
    let merchant = (organisation(), key())
        .prop_map(|(home, key)| Operation::RegisterMerchant(RegisterMerchant { home, key }));
    let item = (any::<u16>(), minutes()).prop_map(|(code, minutes)| Item {
        code: ItemCode(code),
        minutes,
    });
    let items = (account(), vec(item, 0..5))
        .prop_map(|(merchant, items)| Operation::SetItems(SetItems { merchant, items }));
    let redeem = (account(), account(), any::<u16>(), minutes()).prop_map(
        |(holder, merchant, item, minutes)| {
            Operation::Redeem(Redeem {
                holder,
                merchant,
                item: ItemCode(item),
                minutes,
            })
        },
    );
    prop_oneof![gift, donate, merchant, items, redeem].boxed()
}

fn policy_value() -> impl Strategy<Value = PolicyValue> {
    let programmes = vec(any::<u16>().prop_map(ProgrammeCode), 0..5);
    prop_oneof![
        any::<u64>().prop_map(PolicyValue::Number),
        programmes.prop_map(PolicyValue::Programmes),
    ]
}

fn staff_record() -> impl Strategy<Value = StaffRecord> {
    let roles = [
        Role::Administrator,
        Role::Registrar,
        Role::Clerk,
        Role::SocialWorker,
        Role::Treasurer,
        Role::Arbiter,
        Role::Auditor,
        Role::IdentityRegistry,
    ];
    (key(), vec(select(roles.to_vec()), 0..4), account())
        .prop_map(|(key, roles, person)| StaffRecord { key, roles, person })
}

fn validator() -> impl Strategy<Value = Validator> {
    (organisation(), key(), key(), any::<u64>()).prop_map(
        |(organisation, consensus_key, peer_key, power)| Validator {
            organisation,
            consensus_key,
            peer_key,
            power,
        },
    )
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let reasons = [
        RejectionReason::NotServed,
        RejectionReason::WrongProvider,
        RejectionReason::WrongRecipient,
        RejectionReason::WrongTimes,
        RejectionReason::EvidenceInsufficient,
    ];
    prop_oneof![
        minutes().prop_map(Verdict::Approved),
        select(reasons.to_vec()).prop_map(Verdict::Rejected),
    ]
}

fn payer() -> impl Strategy<Value = Payer> {
    prop_oneof![
        Just(Payer::Recipient),
        account().prop_map(Payer::Kin),
        budget_id().prop_map(Payer::Budget),
    ]
}
