//! Many random operations by few people: whatever is refused changes nothing, whatever is accepted keeps the books.

use timebank_model::id::{AccountId, BudgetId, ItemCode, OrderId, PoolKind, Signer, TransactionId};
use timebank_model::operation::Operation;
use timebank_model::operation::account::{
    AppointProxy, CloseAccount, Freeze, MoveHome, ProxyHolder, ProxyScope, Rest, SetKinAllowance,
    StartRecovery, Unfreeze, UnlinkKin,
};
use timebank_model::operation::government::{FundPool, Purpose};
use timebank_model::operation::service::{
    AcceptOrder, Appeal, CancelOrder, CompleteOrder, OpenDispute, Payer, PostOrder, RateOrder,
    RecordActivity, RecordService, ReportNoShow, ResolveDispute, ReverseOrder, Side, StartOrder,
    Verdict, VerifyOrder,
};
use timebank_model::operation::value::{Donate, Gift, Grant, Redeem, SpendPool};
use timebank_model::request::Request;
use timebank_model::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use timebank_model::view::OrderStatus;

use crate::town::{
    CITY, COMPANY, ELDERS, GULOU, JIANGBEI, Town, XUANWU, of, pool, staff, street, treasurers,
};

/// Sequences and their length: each starts with a new city.
const SEQUENCES: u64 = 40;
const STEPS: u64 = 600;

/// A small generator of numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let index = usize::try_from(self.below(from.len() as u64)).expect("a small number");
        from[index]
    }
}

struct Cast {
    people: Vec<AccountId>,
    lines: Vec<(Purpose, BudgetId)>,
    orders: Vec<OrderId>,
}

fn line(cast: &Cast, purpose: Purpose) -> BudgetId {
    let found = cast.lines.iter().find(|(of, _)| *of == purpose);
    found.expect("one of each was opened").1
}

/// People of three districts, kin in a row, with minutes and lines of every purpose.
fn cast(town: &mut Town) -> Cast {
    let districts = [GULOU, JIANGBEI, XUANWU];
    let people: Vec<AccountId> = (0..7)
        .map(|index| town.open(districts[index % 3]))
        .collect();
    for pair in people.windows(2) {
        town.link(pair[0], pair[1]);
    }
    for (index, person) in people.iter().enumerate() {
        let expiry = (index % 2 == 0).then_some(12);
        town.grant(*person, 200 + 100 * index as u64, expiry);
    }
    let purposes = [
        Purpose::Service,
        Purpose::Fund,
        Purpose::Grant,
        Purpose::Training,
        Purpose::Campaign,
    ];
    let lines = purposes.map(|purpose| (purpose, town.line(purpose, 3_000)));
    Cast {
        people,
        lines: lines.to_vec(),
        orders: Vec::new(),
    }
}

fn account_step(random: &mut Random, cast: &Cast, town: &mut Town) -> (Vec<Signer>, Operation) {
    let (one, other) = (random.pick(&cast.people), random.pick(&cast.people));
    let district = random.pick(&[GULOU, JIANGBEI, XUANWU]);
    let office = [of(CITY, staff::REGISTRAR), of(CITY, staff::ARBITER)];
    let holder = Signer::Account(one);
    let day = town.model.day();
    match random.below(8) {
        0 => {
            let new_home = street(district);
            let operation = Operation::MoveHome(MoveHome {
                account: one,
                new_home,
            });
            (vec![holder, of(new_home, staff::REGISTRAR)], operation)
        }
        1 => (office.to_vec(), Operation::Freeze(Freeze { account: one })),
        2 | 3 => (
            office.to_vec(),
            Operation::Unfreeze(Unfreeze { account: one }),
        ),
        4 => {
            let rest = random.pick(&[Rest::Kin(other), Rest::Donation, Rest::Estate(other)]);
            let close = CloseAccount { account: one, rest };
            // Rarely: whoever is closed is out of the play.
            let signers = if random.below(20) == 0 {
                office.to_vec()
            } else {
                vec![holder]
            };
            (signers, Operation::CloseAccount(close))
        }
        5 => {
            let allowance = SetKinAllowance {
                payer: one,
                kin: other,
                minutes_per_month: random.below(200),
                last_day: day + 20,
            };
            (vec![holder], Operation::SetKinAllowance(allowance))
        }
        6 => {
            let proxy = AppointProxy {
                principal: one,
                proxy: ProxyHolder::Account(other),
                scope: ProxyScope::OrdersAndRedemption,
                minutes_per_month: random.below(300),
                last_day: day + 20,
            };
            (vec![holder], Operation::AppointProxy(proxy))
        }
        _ if random.below(4) == 0 => {
            let operation = Operation::UnlinkKin(UnlinkKin {
                account: one,
                kin: other,
            });
            (vec![holder], operation)
        }
        _ => {
            let new_key = town.key();
            let start = StartRecovery {
                account: one,
                new_key,
            };
            let mut signers = office.to_vec();
            signers.push(Signer::Key(new_key));
            (signers, Operation::StartRecovery(start))
        }
    }
}

fn value_step(random: &mut Random, cast: &Cast, town: &Town) -> (Vec<Signer>, Operation) {
    let (one, other) = (random.pick(&cast.people), random.pick(&cast.people));
    let district = random.pick(&[GULOU, JIANGBEI, XUANWU]);
    let minutes = random.below(120);
    let mut accounts = vec![one, other];
    accounts.sort();
    accounts.dedup();
    let expiry = (random.below(2) == 0).then(|| town.model.day() + 9);
    let holder = vec![Signer::Account(one)];
    match random.below(7) {
        0 => (
            holder,
            Operation::Gift(Gift {
                from: one,
                to: other,
                minutes,
            }),
        ),
        1 => {
            let pool = pool(district, PoolKind::Donation);
            (
                holder,
                Operation::Donate(Donate {
                    from: one,
                    pool,
                    minutes,
                }),
            )
        }
        2 => {
            let grant = Grant {
                budget: line(cast, Purpose::Grant),
                programme: ELDERS,
                accounts,
                minutes,
                expiry,
            };
            (treasurers().to_vec(), Operation::Grant(grant))
        }
        3 => {
            let spend = SpendPool {
                pool: pool(district, PoolKind::Donation),
                programme: ELDERS,
                accounts,
                minutes,
                expiry,
            };
            (treasurers().to_vec(), Operation::SpendPool(spend))
        }
        4 => {
            let fund = FundPool {
                budget: line(cast, Purpose::Fund),
                pool: pool(district, PoolKind::Reserve),
                minutes: minutes / 8,
            };
            (treasurers().to_vec(), Operation::FundPool(fund))
        }
        5 => {
            let redeem = Redeem {
                holder: one,
                merchant: other,
                item: ItemCode(1),
                minutes,
            };
            (
                vec![Signer::Account(one), Signer::Account(other)],
                Operation::Redeem(redeem),
            )
        }
        _ => {
            let end_ms = town.model.now_ms() - random.below(48) * HOUR_MS;
            let organiser = of(CITY, staff::REGISTRAR);
            let (purpose, training) = match random.below(2) {
                0 => (Purpose::Training, true),
                _ => (Purpose::Campaign, false),
            };
            let activity = RecordActivity {
                organiser,
                district,
                start_ms: end_ms - 2 * HOUR_MS,
                end_ms,
                participants: accounts,
                minutes: 15 * (1 + random.below(8)),
                budget: line(cast, purpose),
            };
            let operation = if training {
                Operation::RecordTraining(activity)
            } else {
                Operation::RecordCampaign(activity)
            };
            (vec![organiser, of(CITY, staff::SOCIAL_WORKER)], operation)
        }
    }
}

fn payer(random: &mut Random, cast: &Cast) -> Payer {
    match random.below(3) {
        0 => Payer::Recipient,
        1 => Payer::Kin(random.pick(&cast.people)),
        _ => Payer::Budget(line(cast, Purpose::Service)),
    }
}

/// A new order, by posting or by a paper record.
fn new_order(random: &mut Random, cast: &mut Cast, town: &mut Town) -> (Vec<Signer>, Operation) {
    let (recipient, provider) = (random.pick(&cast.people), random.pick(&cast.people));
    let district = random.pick(&[GULOU, JIANGBEI, XUANWU]);
    let (order, now_ms) = (town.order(), town.model.now_ms());
    let (minutes, payer) = (15 * (1 + random.below(10)), payer(random, cast));
    cast.orders.push(order);
    let mut signers = vec![Signer::Account(recipient)];
    if let (Payer::Kin(kin), true) = (payer, random.below(3) > 0) {
        signers.push(Signer::Account(kin));
    }
    if random.below(2) == 0 {
        let post = PostOrder {
            order,
            recipient,
            service: COMPANY,
            district,
            window_start_ms: now_ms - HOUR_MS * random.below(10),
            window_end_ms: now_ms + HOUR_MS * (1 + random.below(48)),
            minutes,
            payer,
        };
        return (signers, Operation::PostOrder(post));
    }
    signers.push(Signer::Account(provider));
    let end_ms = now_ms - HOUR_MS * random.below(100);
    let record = RecordService {
        order,
        recipient,
        provider,
        member: None,
        service: COMPANY,
        district,
        start_ms: end_ms - minutes * MINUTE_MS,
        end_ms,
        minutes,
        payer,
    };
    (signers, Operation::RecordService(record))
}

/// The next thing that happens to an order, by those it takes.
fn order_step(random: &mut Random, cast: &Cast, town: &Town) -> Option<(Vec<Signer>, Operation)> {
    let recent = cast.orders.len().saturating_sub(12);
    let known: Vec<OrderId> = cast.orders[recent..].to_vec();
    let order = (!known.is_empty()).then(|| random.pick(&known))?;
    let view = town.model.order_view(order)?;
    let recipient = Signer::Account(view.recipient);
    let provider = Signer::Account(view.server.unwrap_or(view.recipient));
    let now_ms = town.model.now_ms();
    let side = random.pick(&[Side::Provider, Side::Recipient]);
    let minutes = 15 * random.below(11);
    let office = of(CITY, staff::SOCIAL_WORKER);
    let step = match random.below(14) {
        0 | 1 => {
            let who = random.pick(&cast.people);
            let accept = AcceptOrder {
                order,
                provider: who,
                member: None,
            };
            (vec![Signer::Account(who)], Operation::AcceptOrder(accept))
        }
        2 => (
            vec![provider, recipient],
            Operation::StartOrder(StartOrder { order }),
        ),
        3 | 4 => {
            let start_ms = now_ms - MINUTE_MS * (15 + random.below(200));
            let complete = CompleteOrder {
                order,
                start_ms,
                end_ms: now_ms,
            };
            (
                vec![provider, recipient],
                Operation::CompleteOrder(complete),
            )
        }
        5 if random.below(3) == 0 => {
            let cancel = Operation::CancelOrder(CancelOrder { order });
            (vec![random.pick(&[provider, recipient, office])], cancel)
        }
        6 if random.below(3) == 0 => {
            let absent = side;
            (
                vec![office],
                Operation::ReportNoShow(ReportNoShow { order, absent }),
            )
        }
        5..=8 => {
            let verdict = if random.below(8) == 0 {
                Verdict::Rejected
            } else {
                Verdict::Approved(minutes)
            };
            (
                vec![office],
                Operation::VerifyOrder(VerifyOrder { order, verdict }),
            )
        }
        9 => {
            let stars = 5;
            let rate = RateOrder {
                order,
                of: side,
                stars,
            };
            (
                vec![random.pick(&[provider, recipient])],
                Operation::RateOrder(rate),
            )
        }
        10 => (
            vec![recipient],
            Operation::OpenDispute(OpenDispute { order }),
        ),
        11 => {
            let resolve = ResolveDispute {
                order,
                provider_minutes: minutes,
            };
            let arbiter = random.pick(&[of(CITY, staff::ARBITER), of(GULOU, staff::ARBITER)]);
            (vec![arbiter], Operation::ResolveDispute(resolve))
        }
        12 => (vec![provider], Operation::Appeal(Appeal { order })),
        _ => (
            vec![of(CITY, staff::ARBITER), of(CITY, staff::TREASURER)],
            Operation::ReverseOrder(ReverseOrder { order }),
        ),
    };
    Some(step)
}

#[test]
fn whatever_is_refused_changes_nothing_and_whatever_is_accepted_keeps_the_books() {
    let (mut accepted, mut refused) = (0_u64, 0_u64);
    for seed in 0..SEQUENCES {
        let mut random = Random(seed);
        let mut town = Town::new();
        let mut cast = cast(&mut town);
        for step in 0..STEPS {
            if random.below(12) == 0 {
                let after_ms = random.pick(&[1, HOUR_MS, 9 * HOUR_MS, DAY_MS, 4 * DAY_MS]);
                town.later(after_ms);
            }
            let (signers, operation) = match random.below(10) {
                0 => account_step(&mut random, &cast, &mut town),
                1 | 2 => value_step(&mut random, &cast, &town),
                3 | 4 => new_order(&mut random, &mut cast, &mut town),
                _ => match order_step(&mut random, &cast, &town) {
                    Some(step) => step,
                    None => continue,
                },
            };
            let mut id = [0; 32];
            id[..8].copy_from_slice(&step.to_be_bytes());
            id[31] = 1;
            let request = Request {
                id: TransactionId(id),
                signatures: signers.into_iter().map(Into::into).collect(),
                valid_until_ms: town.model.now_ms(),
                operation,
            };
            let before = town.model.clone();
            match town.model.apply(&request) {
                Ok(()) => accepted += 1,
                Err(refusal) => {
                    refused += 1;
                    assert!(
                        town.model == before,
                        "seed {seed}, step {step}: refused with {refusal:?}, but something changed"
                    );
                }
            }
        }
        // Once for everything to end, and once for what has ended to be forgotten.
        town.later(400 * DAY_MS);
        town.later(400 * DAY_MS);
        // Everything else was paid, given back or forgotten; these wait for people.
        for order in town.model.order_ids() {
            let view = town.model.order_view(order).expect("it is listed");
            assert!(
                matches!(
                    view.status,
                    OrderStatus::Started | OrderStatus::Completed | OrderStatus::Disputed
                ),
                "seed {seed}: {view:?}"
            );
        }
    }
    assert!(
        accepted > SEQUENCES * 50,
        "only {accepted} of {refused} accepted"
    );
}
