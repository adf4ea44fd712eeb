//! Rules the ten scenarios do not touch: groups, minors, recovery, disputes, no-shows, closing, lots.

use timebank_model::id::{AccountId, OrderId, PoolKind, Signer};
use timebank_model::operation::Operation;
use timebank_model::operation::account::{
    CancelRecovery, CloseAccount, Freeze, Guardian, OpenAccount, OpenGroup, Rest, SetGuardians,
    SetMembers, StartRecovery, UnlinkKin,
};
use timebank_model::operation::government::{Purpose, SetPolicy};
use timebank_model::operation::service::{
    AcceptOrder, Appeal, OpenDispute, Payer, PostOrder, RateOrder, RecordService, ReportNoShow,
    ResolveDispute, Side, Verdict, VerifyOrder,
};
use timebank_model::operation::value::Gift;
use timebank_model::policy::{Parameter, Value};
use timebank_model::refusal::Refusal;
use timebank_model::time::{DAY_MS, HOUR_MS, Minutes};
use timebank_model::view::{OrderStatus, Source, Status};

use crate::town::{CITY, COMPANY, GULOU, JIANGBEI, Town, XUANWU, of, person, pool, staff, street};

fn holder(account: AccountId) -> Signer {
    Signer::Account(account)
}

fn gift(from: AccountId, to: AccountId, minutes: Minutes) -> Operation {
    Operation::Gift(Gift { from, to, minutes })
}

fn post(town: &mut Town, recipient: AccountId, minutes: Minutes, payer: Payer) -> OrderId {
    let (order, now_ms) = (town.order(), town.model.now_ms());
    let operation = Operation::PostOrder(PostOrder {
        order,
        recipient,
        service: COMPANY,
        district: GULOU,
        window_start_ms: now_ms + HOUR_MS,
        window_end_ms: now_ms + DAY_MS,
        minutes,
        payer,
    });
    town.ok(&[holder(recipient)], operation);
    order
}

fn accept(order: OrderId, provider: AccountId, member: Option<AccountId>) -> Operation {
    Operation::AcceptOrder(AcceptOrder {
        order,
        provider,
        member,
    })
}

/// A group of two.
fn group(town: &mut Town) -> (AccountId, [AccountId; 2]) {
    let members = [town.open(GULOU), town.open(GULOU)];
    let (account, key, home) = (town.account(), town.key(), street(GULOU));
    let operation = Operation::OpenGroup(OpenGroup { account, home, key });
    let office = [of(home, staff::REGISTRAR), of(home, staff::SOCIAL_WORKER)];
    let signers = [office[0], office[1], Signer::Key(key)];
    town.ok(&signers, operation);
    town.later(1);
    let operation = Operation::SetMembers(SetMembers {
        group: account,
        add: members.to_vec(),
        remove: Vec::new(),
    });
    town.ok(&[holder(account), office[0]], operation);
    (account, members)
}

#[test]
fn a_group_earns_for_its_pool_and_may_not_spend() {
    let mut town = Town::new();
    let (team, [member, other]) = group(&mut town);
    let elder = town.open(GULOU);
    town.grant(elder, 60, None);
    let end_ms = town.model.now_ms();
    let order = town.order();
    let record = |provider, member| {
        Operation::RecordService(RecordService {
            order,
            recipient: elder,
            provider,
            member,
            service: COMPANY,
            district: GULOU,
            start_ms: end_ms - HOUR_MS,
            end_ms,
            minutes: 60,
            payer: Payer::Recipient,
        })
    };
    let signers = [holder(member), holder(team), holder(elder)];
    town.refused(&signers, record(team, None), Refusal::WrongAccount);
    let unneeded = Refusal::UnneededSignature;
    town.refused(&signers, record(member, None), unneeded);
    town.ok(&signers, record(team, Some(member)));
    town.verify(order, GULOU, 60);
    town.later(3 * DAY_MS);
    assert_eq!((town.spendable(team), town.spendable(member)), (60, 0));
    let given = |id| town.view(id).service_given;
    assert_eq!((given(team), given(member), given(other)), (60, 60, 0));
    let donate = Operation::Donate(timebank_model::operation::value::Donate {
        from: team,
        pool: pool(GULOU, PoolKind::Donation),
        minutes: 60,
    });
    let refusal = Refusal::GroupMayNotSpend;
    town.refused(&[holder(team)], donate.clone(), refusal);
    town.policy(Parameter::GroupMaySpend, Value::Number(1));
    town.ok(&[holder(team)], donate);
}

#[test]
fn a_minor_accepts_only_with_its_guardian() {
    let mut town = Town::new();
    let (guardian, elder) = (town.open(GULOU), town.open(GULOU));
    let (minor, key, home) = (town.account(), town.key(), street(GULOU));
    let identity = timebank_model::id::Commitment([3; 32]);
    let operation = Operation::OpenAccount(OpenAccount {
        account: minor,
        home,
        key: Some(key),
        identity,
        legal_guardian: Some(guardian),
    });
    let mut signers = vec![
        of(home, staff::REGISTRAR),
        of(CITY, staff::REGISTRY),
        Signer::Key(key),
    ];
    let missing = Refusal::MissingSignature;
    town.refused(&signers, operation.clone(), missing);
    signers.push(holder(guardian));
    town.ok(&signers, operation);
    town.later(1);
    let budget = town.line(Purpose::Service, 60);
    let order = post(&mut town, elder, 60, Payer::Budget(budget));
    town.refused(&[holder(minor)], accept(order, minor, None), missing);
    let both = [holder(minor), holder(guardian)];
    town.ok(&both, accept(order, minor, None));
}

#[test]
fn a_recovery_runs_72_hours_unless_the_old_key_cancels() {
    let mut town = Town::new();
    let (chen, friend, stranger) = (town.open(GULOU), town.open(GULOU), town.open(GULOU));
    let set = Operation::SetGuardians(SetGuardians {
        account: chen,
        guardians: vec![Guardian::Account(friend), Guardian::Office(GULOU)],
        threshold: 2,
        delay_ms: 72 * HOUR_MS,
    });
    town.ok(&[holder(chen)], set);
    let new_key = town.key();
    let start = Operation::StartRecovery(StartRecovery {
        account: chen,
        new_key,
    });
    let key = Signer::Key(new_key);
    let office = of(GULOU, staff::REGISTRAR);
    let wrong = [holder(stranger), office, key];
    assert!(town.submit(&wrong, start.clone()).is_err());
    // Without the stranger it is still one person: the office's registrar is no second one beside itself.
    let alone = [office, key];
    assert!(town.submit(&alone, start.clone()).is_err());
    town.ok(&[holder(friend), office, key], start.clone());
    let cancel = Operation::CancelRecovery(CancelRecovery { account: chen });
    town.ok(&[holder(chen)], cancel.clone());
    // "30 days' pause for an initiator after a cancel"
    let paused = [holder(friend), office, key];
    assert!(town.submit(&paused, start.clone()).is_err());
    town.later(30 * DAY_MS);
    // The street's registrar and one guardian, and an arbiter behind them: the old key cannot stop that.
    let registrar = of(street(GULOU), staff::REGISTRAR);
    let arbiter = of(GULOU, staff::ARBITER);
    town.ok(&[holder(friend), registrar, arbiter, key], start);
    town.refused(&[holder(chen)], cancel, Refusal::RecoveryLocked);
    town.later(72 * HOUR_MS - 1);
    assert_ne!(town.view(chen).key, Some(new_key));
    town.later(1);
    assert_eq!(town.view(chen).key, Some(new_key));
}

#[test]
fn a_dispute_is_split_appealed_and_decided_by_the_city() {
    let mut town = Town::new();
    let (elder, chen) = (town.open(GULOU), town.open(GULOU));
    town.grant(elder, 120, None);
    let order = town.record(chen, elder, GULOU, 120, Payer::Recipient);
    town.verify(order, GULOU, 120);
    town.later(3 * DAY_MS - 1);
    let dispute = Operation::OpenDispute(OpenDispute { order });
    town.ok(&[holder(elder)], dispute);
    town.later(10 * DAY_MS);
    let resolve = |provider_minutes| {
        Operation::ResolveDispute(ResolveDispute {
            order,
            provider_minutes,
        })
    };
    let (district, city) = (of(GULOU, staff::ARBITER), of(CITY, staff::ARBITER));
    let elsewhere = of(XUANWU, staff::ARBITER);
    let missing = Refusal::MissingSignature;
    town.refused(&[elsewhere], resolve(60), missing);
    town.refused(&[district], resolve(50), Refusal::BadAmount);
    town.ok(&[district], resolve(60));
    let appeal = Operation::Appeal(Appeal { order });
    town.ok(&[holder(chen)], appeal.clone());
    town.refused(&[district], resolve(75), missing);
    town.ok(&[city], resolve(75));
    town.refused(&[holder(elder)], appeal, Refusal::WrongStatus);
    town.later(1);
    assert_eq!((town.spendable(elder), town.spendable(chen)), (45, 75));
    let rate = Operation::RateOrder(RateOrder {
        order,
        of: Side::Provider,
        stars: 4,
    });
    town.ok(&[holder(elder)], rate.clone());
    town.refused(&[holder(elder)], rate, Refusal::Exists);
    let view = town.view(chen);
    assert_eq!((view.rating_count, view.rating_sum), (1, 4));
}

#[test]
fn former_kin_decide_nothing_until_the_end_of_their_link_is_forgotten() {
    let mut town = Town::new();
    let (elder, chen) = (town.open(GULOU), town.open(GULOU));
    town.grant(elder, 60, None);
    let (signer, arbiter) = (of(GULOU, staff::ARBITER), person(GULOU, staff::ARBITER));
    town.link(elder, arbiter);
    let order = town.record(chen, elder, GULOU, 60, Payer::Recipient);
    town.verify(order, GULOU, 60);
    let dispute = Operation::OpenDispute(OpenDispute { order });
    town.ok(&[holder(elder)], dispute);
    let (account, kin) = (elder, arbiter);
    let unlink = Operation::UnlinkKin(UnlinkKin { account, kin });
    town.ok(&[holder(elder)], unlink);
    let resolve = Operation::ResolveDispute(ResolveDispute {
        order,
        provider_minutes: 60,
    });
    town.later(397 * DAY_MS - 1);
    town.refused(&[signer], resolve.clone(), Refusal::MissingSignature);
    town.later(1);
    town.ok(&[signer], resolve);
}

#[test]
fn who_does_not_come_is_counted_and_the_minutes_return() {
    let mut town = Town::new();
    let (elder, chen) = (town.open(GULOU), town.open(GULOU));
    town.grant(elder, 60, None);
    let order = post(&mut town, elder, 60, Payer::Recipient);
    town.ok(&[holder(chen)], accept(order, chen, None));
    let report = Operation::ReportNoShow(ReportNoShow {
        order,
        absent: Side::Provider,
    });
    town.refused(&[holder(elder)], report.clone(), Refusal::BadWindow);
    town.later(HOUR_MS);
    let missing = Refusal::MissingSignature;
    town.refused(&[holder(chen)], report.clone(), missing);
    town.ok(&[holder(elder)], report);
    assert_eq!((town.spendable(elder), town.view(chen).no_shows), (60, 1));
    let view = town.model.order_view(order).expect("a tombstone is left");
    assert_eq!(view.status, OrderStatus::NoShow);
}

#[test]
fn a_frozen_account_earns_but_does_not_spend_and_its_rest_goes_to_kin() {
    let mut town = Town::new();
    let (chen, child, elder) = (town.open(GULOU), town.open(JIANGBEI), town.open(GULOU));
    town.link(chen, child);
    let office = [of(GULOU, staff::REGISTRAR), of(GULOU, staff::ARBITER)];
    let freeze = Operation::Freeze(Freeze { account: chen });
    town.ok(&office, freeze);
    let budget = town.line(Purpose::Service, 60);
    town.serve(chen, elder, GULOU, 60, Payer::Budget(budget));
    assert_eq!(town.spendable(chen), 60);
    let give = gift(chen, child, 30);
    town.refused(&[holder(chen)], give, Refusal::AccountFrozen);
    let close = Operation::CloseAccount(CloseAccount {
        account: chen,
        rest: Rest::Kin(child),
    });
    let with_holder = [holder(chen), office[0]];
    town.refused(&with_holder, close.clone(), Refusal::AccountFrozen);
    town.ok(&office, close);
    assert_eq!(town.view(chen).status, Status::Closed);
    assert_eq!((town.spendable(chen), town.spendable(child)), (0, 60));
    let back = gift(child, chen, 30);
    town.refused(&[holder(child)], back, Refusal::AccountClosed);
}

#[test]
fn the_soonest_expiry_is_spent_first_and_granted_before_earned() {
    let mut town = Town::new();
    let (chen, child) = (town.open(GULOU), town.open(GULOU));
    town.link(chen, child);
    town.grant(chen, 50, None);
    town.grant(chen, 40, Some(10));
    town.grant(chen, 30, Some(5));
    let lots = |town: &Town, id| -> Vec<_> {
        let view = town.view(id);
        let lots = view.lots.iter();
        lots.map(|lot| (lot.source, lot.minutes)).collect()
    };
    town.ok(&[holder(chen)], gift(chen, child, 35));
    let granted = Source::Granted;
    assert_eq!(lots(&town, chen), [(granted, 35), (granted, 50)]);
    assert_eq!(lots(&town, child), [(Source::Earned, 35)]);
    // "Expiry days are inclusive": on the tenth day they are there, on the eleventh not.
    town.later(10 * DAY_MS);
    assert_eq!(town.spendable(chen), 85);
    town.later(DAY_MS);
    assert_eq!(town.spendable(chen), 50);
}

#[test]
fn a_verifier_is_no_kin_and_intervals_overlap_in_no_district() {
    let mut town = Town::new();
    let (elder, other) = (town.open(GULOU), town.open(XUANWU));
    let Signer::Staff(id) = of(GULOU, staff::SOCIAL_WORKER) else {
        unreachable!("of() names staff")
    };
    let worker = town.model.staff_person(id).expect("it was founded");
    let chen = town.open(GULOU);
    town.link(chen, worker);
    let budget = town.line(Purpose::Service, 120);
    let order = town.record(chen, elder, GULOU, 60, Payer::Budget(budget));
    let approve = Operation::VerifyOrder(VerifyOrder {
        order,
        verdict: Verdict::Approved(60),
    });
    let kin = of(GULOU, staff::SOCIAL_WORKER);
    town.refused(&[kin], approve.clone(), Refusal::MissingSignature);
    town.ok(&[of(GULOU, staff::SECOND_SOCIAL_WORKER)], approve);
    let end_ms = town.model.now_ms();
    let order = town.order();
    let elsewhere = Operation::RecordService(RecordService {
        order,
        recipient: other,
        provider: chen,
        member: None,
        service: COMPANY,
        district: XUANWU,
        start_ms: end_ms - HOUR_MS / 2,
        end_ms,
        minutes: 30,
        payer: Payer::Budget(budget),
    });
    let signers = [holder(chen), holder(other)];
    town.refused(&signers, elsewhere, Refusal::Overlap);
}

#[test]
fn a_district_tightens_the_cap_from_tomorrow_and_never_loosens_it() {
    let mut town = Town::new();
    let administrator = of(GULOU, staff::ADMINISTRATOR);
    let today = town.model.day();
    let set = |minutes, from_day| {
        Operation::SetPolicy(SetPolicy {
            scope: GULOU,
            parameter: Parameter::Cap,
            value: Some(Value::Number(minutes)),
            from_day,
        })
    };
    let signers = [administrator];
    town.refused(&signers, set(90_001, today + 1), Refusal::BadPolicy);
    town.refused(&signers, set(100, today - 1), Refusal::DayPast);
    town.ok(&signers, set(100, today + 1));
    let chen = town.open(GULOU);
    town.grant(chen, 150, None);
    assert_eq!(town.spendable(chen), 150);
    town.later(DAY_MS);
    town.grant(chen, 20, None);
    assert_eq!((town.spendable(chen), town.view(chen).honorary), (150, 20));
}
