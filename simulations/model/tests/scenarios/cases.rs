//! Scenarios 2 to 10.

use timebank_model::id::{AccountId, ItemCode, PoolKind, Signer};
use timebank_model::operation::Operation;
use timebank_model::operation::account::{
    AppointProxy, MoveHome, ProxyHolder, ProxyScope, RotateKey,
};
use timebank_model::operation::government::{CosignClearing, FundPool, Purpose};
use timebank_model::operation::service::{
    AcceptOrder, CompleteOrder, Payer, PostOrder, RecordActivity, ReverseOrder, Verdict,
    VerifyOrder,
};
use timebank_model::operation::value::{Gift, Redeem, RegisterMerchant, SetItems};
use timebank_model::policy::{Parameter, Value};
use timebank_model::refusal::Refusal;
use timebank_model::time::{DAY_MS, HOUR_MS, MINUTE_MS, Minutes, month_of};
use timebank_model::view::{OrderStatus, Status};

use crate::town::{
    CITY, COMPANY, ELDERS, GULOU, JIANGBEI, Town, XUANWU, of, point, pool, staff, street,
    treasurers,
};

fn holder(account: AccountId) -> Signer {
    Signer::Account(account)
}

/// A merchant with one item.
fn merchant(town: &mut Town, price: Minutes) -> AccountId {
    let (account, key, home) = (town.account(), town.key(), street(GULOU));
    let mut signers = treasurers().to_vec();
    signers.push(Signer::Key(key));
    let operation = Operation::RegisterMerchant(RegisterMerchant { account, home, key });
    town.ok(&signers, operation);
    town.later(1);
    let operation = Operation::SetItems(SetItems {
        merchant: account,
        items: vec![(ItemCode(1), price)],
    });
    let signers = [holder(account), of(CITY, staff::TREASURER)];
    town.ok(&signers, operation);
    account
}

fn redeem(of: AccountId, merchant: AccountId, minutes: Minutes) -> Operation {
    Operation::Redeem(Redeem {
        holder: of,
        merchant,
        item: ItemCode(1),
        minutes,
    })
}

#[test]
fn a_lesson_by_proxy_leaves_540_and_60_and_the_rest_expires() {
    let mut town = Town::new();
    let elder = town.open_keyless(GULOU);
    let chen = town.open(GULOU);
    town.grant(elder, 600, Some(40));
    let clerk = of(point(GULOU, 1), staff::CLERK);
    let Signer::Staff(clerk_id) = clerk else {
        unreachable!("of() names staff")
    };
    let home = street(GULOU);
    let operation = Operation::AppointProxy(AppointProxy {
        principal: elder,
        proxy: ProxyHolder::Clerk(clerk_id),
        scope: ProxyScope::Orders,
        minutes_per_month: 600,
        last_day: town.model.day() + 100,
    });
    let appointers = [of(home, staff::REGISTRAR), of(home, staff::SOCIAL_WORKER)];
    town.ok(&appointers, operation);
    let order = town.order();
    let now_ms = town.model.now_ms();
    let post = Operation::PostOrder(PostOrder {
        order,
        recipient: elder,
        service: COMPANY,
        district: GULOU,
        window_start_ms: now_ms,
        window_end_ms: now_ms + 3 * DAY_MS,
        minutes: 60,
        payer: Payer::Recipient,
    });
    // "acts after 24 h"
    town.refused(&[clerk], post.clone(), Refusal::MissingSignature);
    town.later(24 * HOUR_MS);
    town.ok(&[clerk], post);
    let accept = Operation::AcceptOrder(AcceptOrder {
        order,
        provider: chen,
        member: None,
    });
    town.ok(&[holder(chen)], accept);
    let start_ms = town.model.now_ms();
    town.later(HOUR_MS);
    let complete = Operation::CompleteOrder(CompleteOrder {
        order,
        start_ms,
        end_ms: start_ms + HOUR_MS,
    });
    town.ok(&[holder(chen), clerk], complete);
    let approve = Operation::VerifyOrder(VerifyOrder {
        order,
        verdict: Verdict::Approved(60),
    });
    // "Verification by the same clerk, or at the same service point, is refused."
    let missing = Refusal::MissingSignature;
    town.refused(&[clerk], approve.clone(), missing);
    let colleague = of(point(GULOU, 1), staff::SOCIAL_WORKER);
    town.refused(&[colleague], approve.clone(), missing);
    town.ok(&[of(point(GULOU, 2), staff::SOCIAL_WORKER)], approve);
    town.later(3 * DAY_MS);
    assert_eq!((town.spendable(elder), town.spendable(chen)), (540, 60));
    town.later(60 * DAY_MS);
    assert_eq!((town.spendable(elder), town.spendable(chen)), (0, 60));
    assert_eq!(town.model.supply().expired, 540);
}

#[test]
fn a_haircut_needs_the_training_too() {
    let mut town = Town::new();
    let (volunteer, elder) = (town.open(GULOU), town.open(GULOU));
    let budget = town.line(Purpose::Service, 10_000);
    for _ in 0..9 {
        town.serve(volunteer, elder, GULOU, 60, Payer::Budget(budget));
    }
    let barber = merchant(&mut town, 600);
    let signers = [holder(volunteer), holder(barber)];
    let haircut = redeem(volunteer, barber, 600);
    town.refused(&signers, haircut.clone(), Refusal::InsufficientMinutes);
    let training = town.line(Purpose::Training, 60);
    let end_ms = town.model.now_ms();
    let organiser = of(GULOU, staff::REGISTRAR);
    let operation = Operation::RecordTraining(RecordActivity {
        organiser,
        district: GULOU,
        start_ms: end_ms - HOUR_MS,
        end_ms,
        participants: vec![volunteer],
        minutes: 60,
        budget: training,
    });
    town.ok(&[organiser, of(GULOU, staff::SOCIAL_WORKER)], operation);
    assert_eq!(town.spendable(volunteer), 600);
    town.ok(&signers, haircut);
    assert_eq!(town.spendable(volunteer), 0);
    assert_eq!(town.model.supply().redeemed, 600);
    assert_eq!(town.view(volunteer).training_given, 60);
}

#[test]
fn moving_house_carries_3600_and_what_was_not_used_returns() {
    let mut town = Town::new();
    let (chen, parent, helper) = (town.open(JIANGBEI), town.open(XUANWU), town.open(XUANWU));
    town.grant(chen, 3_600, None);
    town.link(chen, parent);
    let operation = Operation::MoveHome(MoveHome {
        account: chen,
        new_home: street(XUANWU),
    });
    let registrar = of(street(XUANWU), staff::REGISTRAR);
    town.ok(&[holder(chen), registrar], operation);
    let month = month_of(town.model.day());
    let clearing = town.model.clearing(month).expect("something moved");
    assert_eq!(clearing.moved.get(&(JIANGBEI, XUANWU)), Some(&3_600));
    assert_eq!(town.spendable(chen), 3_600);
    town.later(2 * HOUR_MS);
    let order = town.record(helper, parent, XUANWU, 90, Payer::Kin(chen));
    assert_eq!((town.spendable(chen), town.view(chen).held), (3_510, 90));
    town.verify(order, XUANWU, 75);
    assert_eq!((town.spendable(chen), town.view(chen).held), (3_525, 75));
    town.later(3 * DAY_MS);
    assert_eq!((town.spendable(chen), town.spendable(helper)), (3_525, 75));
    let clearing = town.model.clearing(month).expect("something moved");
    assert!(clearing.nets().is_empty(), "no cross-district flow");
}

#[test]
fn three_districts_owe_each_other_150_30_and_120() {
    let mut town = Town::new();
    let (a, b, c) = (GULOU, JIANGBEI, XUANWU);
    for (home, place, minutes) in [(a, b, 120), (b, c, 90), (c, a, 30), (a, c, 60)] {
        let (payer, provider) = (town.open(home), town.open(place));
        town.grant(payer, minutes, None);
        town.serve(provider, payer, place, minutes, Payer::Recipient);
    }
    let month = month_of(town.model.day());
    let nets = town.model.clearing(month).expect("there were flows").nets();
    let nets: Vec<i64> = [a, b, c].iter().map(|it| nets[it]).collect();
    assert_eq!(nets, [-150, 30, 120]);
    let auditor = of(CITY, staff::AUDITOR);
    let hash = timebank_model::id::Commitment([1; 32]);
    let cosign = Operation::CosignClearing(CosignClearing { month, hash });
    town.refused(&[auditor], cosign.clone(), Refusal::BadCosignature);
    town.later(31 * DAY_MS);
    town.ok(&[auditor], cosign.clone());
    town.refused(&[auditor], cosign, Refusal::BadCosignature);
    let closed = town.model.clearing(month).expect("there were flows");
    let closing: Minutes = closed.supply.values().map(|it| it.closing).sum();
    assert_eq!(closing, 300);
}

#[test]
fn earnings_beyond_the_cap_go_to_the_donation_pool() {
    let mut town = Town::new();
    let (provider, elder) = (town.open(GULOU), town.open(GULOU));
    town.grant(provider, 89_970, None);
    let budget = town.line(Purpose::Service, 60);
    town.serve(provider, elder, GULOU, 60, Payer::Budget(budget));
    assert_eq!(town.spendable(provider), 90_000);
    assert_eq!(town.view(provider).honorary, 30);
    let donations = pool(GULOU, PoolKind::Donation);
    assert_eq!(town.model.pools().get(&donations), Some(&30));
}

#[test]
fn an_impostor_repays_the_reserve() {
    let mut town = Town::new();
    let (chen, victim, payee) = (town.open(GULOU), town.open(GULOU), town.open(GULOU));
    let elders = [town.open(GULOU), town.open(GULOU), town.open(GULOU)];
    let fund = town.line(Purpose::Fund, 600);
    let reserve = pool(GULOU, PoolKind::Reserve);
    let operation = Operation::FundPool(FundPool {
        budget: fund,
        pool: reserve,
        minutes: 600,
    });
    town.ok(&treasurers(), operation);
    // The stolen key earns 135 from three elders, and spends 60 on an honest provider.
    let mut orders = Vec::new();
    for elder in elders {
        town.grant(elder, 45, None);
        orders.push(town.serve(victim, elder, GULOU, 45, Payer::Recipient));
    }
    assert_eq!(town.spendable(victim), 135);
    town.serve(payee, victim, GULOU, 60, Payer::Recipient);
    for order in orders {
        let reverse = Operation::ReverseOrder(ReverseOrder { order });
        let arbiter = of(GULOU, staff::ARBITER);
        town.refused(&[arbiter], reverse.clone(), Refusal::MissingSignature);
        town.ok(&[arbiter, of(GULOU, staff::TREASURER)], reverse.clone());
        let again = Refusal::WrongStatus;
        town.refused(&[arbiter, of(GULOU, staff::TREASURER)], reverse, again);
    }
    let due = |town: &Town| town.view(victim).clawback_due.values().sum::<Minutes>();
    assert_eq!((due(&town), town.spendable(victim)), (60, 0));
    assert_eq!(town.model.pools().get(&reserve), Some(&540));
    assert!(elders.iter().all(|elder| town.spendable(*elder) == 45));
    // "then earns 40": the quantum of the default policy would not let it be 40.
    town.policy(Parameter::Quantum, Value::Number(20));
    town.grant(chen, 40, None);
    town.serve(victim, chen, GULOU, 40, Payer::Recipient);
    assert_eq!((due(&town), town.spendable(victim)), (20, 0));
    assert_eq!(town.model.pools().get(&reserve), Some(&580));
    assert_eq!(town.spendable(payee), 60);
}

#[test]
fn an_impostor_without_account_or_with_an_old_key_is_refused() {
    let mut town = Town::new();
    let (elder, chen) = (town.open(GULOU), town.open(GULOU));
    let budget = town.line(Purpose::Service, 60);
    let (order, now_ms) = (town.order(), town.model.now_ms());
    let post = Operation::PostOrder(PostOrder {
        order,
        recipient: elder,
        service: COMPANY,
        district: GULOU,
        window_start_ms: now_ms,
        window_end_ms: now_ms + DAY_MS,
        minutes: 60,
        payer: Payer::Budget(budget),
    });
    town.ok(&[holder(elder)], post);
    let stranger = town.account();
    let accept = |provider| {
        Operation::AcceptOrder(AcceptOrder {
            order,
            provider,
            member: None,
        })
    };
    let unknown = Refusal::UnknownAccount;
    town.refused(&[holder(stranger)], accept(stranger), unknown);
    let old = town.view(chen).key;
    let new_key = town.key();
    let rotate = Operation::RotateKey(RotateKey {
        account: chen,
        new_key,
    });
    town.ok(&[holder(chen), Signer::Key(new_key)], rotate);
    town.later(1);
    let id = timebank_model::id::TransactionId([9; 32]);
    let request = timebank_model::request::Request {
        id,
        signatures: vec![timebank_model::request::SignedBy {
            signer: holder(chen),
            key: old,
        }],
        valid_until_ms: town.model.now_ms(),
        operation: accept(chen),
    };
    assert_eq!(town.model.apply(&request), Err(Refusal::WrongKey));
}

#[test]
fn the_love_card_buys_rice_with_the_childrens_minutes() {
    let mut town = Town::new();
    let (mother, daughter, son_in_law) = (town.open(GULOU), town.open(GULOU), town.open(GULOU));
    let rice = merchant(&mut town, 480);
    for child in [daughter, son_in_law] {
        town.grant(child, 300, None);
        town.link(child, mother);
        let operation = Operation::Gift(Gift {
            from: child,
            to: mother,
            minutes: 300,
        });
        town.ok(&[holder(child)], operation);
    }
    let operation = redeem(mother, rice, 480);
    town.ok(&[holder(mother), holder(rice)], operation);
    assert_eq!(town.spendable(mother), 120);
    assert_eq!(town.model.supply().redeemed, 480);
    assert_eq!(town.view(rice).owed, 480);
}

#[test]
fn snow_for_3000_pays_2500_and_honours_500() {
    let mut town = Town::new();
    let mut people = Vec::new();
    for _ in 0..3_000 {
        people.push(town.open(GULOU));
    }
    let budget = town.line(Purpose::Campaign, 300_000);
    let organiser = of(GULOU, staff::REGISTRAR);
    let end_ms = town.model.now_ms();
    for participants in people.chunks(1_000) {
        let operation = Operation::RecordCampaign(RecordActivity {
            organiser,
            district: GULOU,
            start_ms: end_ms - 2 * HOUR_MS,
            end_ms,
            participants: participants.to_vec(),
            minutes: 120,
            budget,
        });
        town.ok(&[organiser, of(GULOU, staff::SOCIAL_WORKER)], operation);
    }
    let paid = people.iter().filter(|it| town.spendable(**it) == 120);
    assert_eq!(paid.count(), 2_500);
    let honorary: Minutes = people.iter().map(|it| town.view(*it).honorary).sum();
    assert_eq!(honorary, 60_000);
    assert_eq!(town.model.supply().issued_campaign, 300_000);
}

#[test]
fn a_teacher_spends_3600_once_in_the_programme() {
    let mut town = Town::new();
    let teacher = town.open(GULOU);
    town.policy(
        Parameter::RedemptionProgrammes,
        Value::Programmes(vec![ELDERS]),
    );
    let budget = town.line(Purpose::Service, 3_600);
    let pupils = [town.open(GULOU), town.open(GULOU)];
    for lesson in 0..40 {
        town.serve(
            teacher,
            pupils[lesson % 2],
            GULOU,
            90,
            Payer::Budget(budget),
        );
    }
    assert_eq!(town.spendable(teacher), 3_600);
    let shop = merchant(&mut town, 3_600);
    let signers = [holder(teacher), holder(shop)];
    let operation = redeem(teacher, shop, 3_600);
    town.refused(&signers, operation.clone(), Refusal::WrongProgramme);
    town.enrol(teacher);
    town.ok(&signers, operation);
    assert_eq!(town.spendable(teacher), 0);
}

#[test]
fn of_two_orders_of_45_an_elder_with_60_posts_one() {
    let mut town = Town::new();
    let elder = town.open(GULOU);
    town.grant(elder, 60, None);
    let now_ms = town.model.now_ms();
    let mut post = || {
        let order = town.order();
        let operation = Operation::PostOrder(PostOrder {
            order,
            recipient: elder,
            service: COMPANY,
            district: GULOU,
            window_start_ms: now_ms,
            window_end_ms: now_ms + DAY_MS,
            minutes: 45,
            payer: Payer::Recipient,
        });
        (order, town.submit(&[holder(elder)], operation))
    };
    let (first, second) = (post(), post());
    assert_eq!(first.1, Ok(()));
    assert_eq!(second.1, Err(Refusal::InsufficientMinutes));
    assert_eq!((town.spendable(elder), town.view(elder).held), (15, 45));
    // Nobody comes forward: it lapses, and the minutes go back.
    town.later(31 * DAY_MS + MINUTE_MS);
    let order = town.model.order_view(first.0).expect("a tombstone is left");
    assert_eq!(order.status, OrderStatus::Lapsed);
    assert_eq!((town.spendable(elder), town.view(elder).held), (60, 0));
    assert_eq!(town.view(elder).status, Status::Active);
}
