//! A hundred thousand pieces of work at once: a chain that stood still does them a thousand a block, and everything ends
//! as if blocks had come in time; across restarts nothing is skipped, nothing is done twice.
//!
//! The work is written into the state of a small city directly, as orders of the rules' own making under ever new ids:
//! the same queue would take half a million transactions.

use std::collections::{BTreeMap, BTreeSet};

use super::city::{City, secret};
use crate::amount::Minutes;
use crate::codec;
use crate::hash::{Domain, Hash, hash};
use crate::id::{AccountId, BudgetId, OrderId, TransactionId};
use crate::ledger::apply::DUE_WORK_MAX;
use crate::ledger::{Built, NothingVerified, Tip, build_block};
use crate::receipt::Cause;
use crate::record::account::{AccountRecord, History};
use crate::record::budget::{BudgetRecord, PoolRecord};
use crate::record::lot::{Lot, Lots, Source};
use crate::record::order::{
    ClaimedInterval, EndedOrder, OpenOrder, OrderRecord, OrderStage, OrderStatus, PaidOrder, Payer,
    Provider, ProviderDay,
};
use crate::record::supply::SupplyRecord;
use crate::state::key::kinds::{is_account_key, is_budget_key, is_order_key, is_pool_key};
use crate::state::{
    DueEntry, DueWork, MemoryState, Overlay, RecordChanges, StateKey, StateWrites, tree,
};
use crate::time::{Calendar, Day, HOUR_MS, MINUTE_MS, TimestampMs};
use crate::validator::ValidatorAddress;

/// How many pieces of work.
const BACKLOG: usize = 100_000;
/// At how many instants they fall due, an equal number at each.
const INSTANTS: u64 = 125;
/// How many people serve and are served.
const PEOPLE: usize = 40;
/// Between two restarts, in blocks.
const RESTART_EVERY: usize = 30;

/// What one piece of work is to be.
#[derive(Clone, Copy)]
enum Piece {
    SettleHeld,
    SettleBudget,
    LapsePosted,
    LapseAccepted,
    Decide(u64),
    Escalate,
    ForgetPaid,
    ForgetDay,
}

const PIECES: [Piece; 10] = [
    Piece::SettleHeld,
    Piece::SettleBudget,
    Piece::SettleHeld,
    Piece::SettleBudget,
    Piece::LapsePosted,
    Piece::LapseAccepted,
    Piece::Decide(15),
    Piece::Decide(0),
    Piece::Escalate,
    Piece::ForgetPaid,
];

/// Orders the rules made, one for each stage, to be copied.
struct Templates {
    held: OpenOrder,
    budget: OpenOrder,
    posted: OpenOrder,
    accepted: OpenOrder,
    resolved: OpenOrder,
    completed: OpenOrder,
    paid: EndedOrder,
}

fn open(city: &City, name: &str) -> OpenOrder {
    match city.load(&StateKey::Order(city.order_id(name))) {
        Some(OrderRecord::Open(order)) => *order,
        other => panic!("{name}: {other:?}"),
    }
}

/// The people of the city, half of them near the cap, so that the order of payments decides who overflows; and templates.
fn city() -> (City, Templates) {
    let mut city = City::new();
    city.play(
        "budget winter opens for service of 4000000 in nanjing until +300 -> ok
        budget care opens for service of 60 in nanjing until +300 -> ok",
    );
    for number in 0..PEOPLE {
        let home = ["gulou", "xuanwu", "jiangbei"][number % 3];
        let granted = if number % 2 == 0 { 89_000 } else { 300 };
        city.play(&format!(
            "p{number} opens at {home} -> ok
            p{number} is granted {granted}"
        ));
    }
    city.play(
        "p0 serves 30 for p1 in gulou as paid -> settled
        p2 serves 30 for p3 in gulou as held -> verified
        p4 serves 30 for p5 in gulou as budget budget care -> verified
        p7 posts 30 in gulou as posted -> ok
        p8 serves 30 for p9 in gulou as accepted -> accepted
        p10 serves 30 for p11 in gulou as resolved -> verified
        p11 disputes resolved -> ok
        arbiter@gulou gives p10 15 of resolved -> ok
        p12 serves 30 for p13 in gulou as completed -> completed",
    );
    let templates = Templates {
        held: open(&city, "held"),
        budget: open(&city, "budget"),
        posted: open(&city, "posted"),
        accepted: open(&city, "accepted"),
        resolved: open(&city, "resolved"),
        completed: open(&city, "completed"),
        paid: city.tombstone("paid"),
    };
    (city, templates)
}

/// The records of a backlog, gathered before they are written.
struct Backlog {
    people: Vec<AccountId>,
    accounts: BTreeMap<AccountId, AccountRecord>,
    supply: SupplyRecord,
    held_before: Minutes,
    line: (BudgetId, BudgetRecord),
    orders: Vec<(OrderId, OrderRecord)>,
    days: BTreeMap<(AccountId, Day), ProviderDay>,
    pairs: BTreeMap<Vec<u8>, (StateKey, Minutes)>,
    queue: BTreeSet<DueEntry>,
    first_ms: TimestampMs,
}

impl Backlog {
    fn of(city: &City) -> Backlog {
        let people: Vec<_> = (0..PEOPLE)
            .map(|it| city.account_id(&format!("p{it}")))
            .collect();
        let budget = city.budget_id("winter");
        let today = Calendar::CHINA.day(city.tip.time_ms);
        Backlog {
            accounts: people
                .iter()
                .map(|id| (*id, city.load(&StateKey::Account(*id)).expect("opened")))
                .collect(),
            people,
            supply: city.supply(),
            held_before: city.supply().held,
            line: (
                budget,
                city.load(&StateKey::Budget(budget)).expect("opened"),
            ),
            orders: Vec::new(),
            days: BTreeMap::new(),
            pairs: BTreeMap::new(),
            queue: BTreeSet::new(),
            // All of it within an hour of one day, the one on which nothing else falls due.
            first_ms: Calendar::CHINA
                .start_of(today.plus_days(2))
                .plus_ms(HOUR_MS),
        }
    }

    fn account(&mut self, id: AccountId) -> &mut AccountRecord {
        self.accounts.get_mut(&id).expect("one of the people")
    }

    /// When the piece of that number falls due: later ones of each kind at earlier instants as well as at later ones.
    fn due_ms(&self, number: usize) -> TimestampMs {
        let instant = u64::try_from(number)
            .expect("a number of 64 bits")
            .wrapping_mul(37)
            % INSTANTS;
        self.first_ms.plus_ms(instant * MINUTE_MS / 4)
    }

    fn add(&mut self, number: usize, piece: Piece, templates: &Templates) {
        let id = order_id(number);
        // Who serves whom changes all the time; nobody serves themselves.
        let recipient = self.people[number % PEOPLE];
        let server = self.people[(number + 1 + number / PEOPLE % (PEOPLE - 1)) % PEOPLE];
        let due_ms = self.due_ms(number);
        let (template, work) = match piece {
            Piece::SettleHeld => (&templates.held, DueWork::Settle(id)),
            Piece::SettleBudget => (&templates.budget, DueWork::Settle(id)),
            Piece::LapsePosted => (&templates.posted, DueWork::Lapse(id)),
            Piece::LapseAccepted => (&templates.accepted, DueWork::Lapse(id)),
            Piece::Decide(_) => (&templates.resolved, DueWork::SettleDecision(id)),
            Piece::Escalate => (&templates.completed, DueWork::Escalate(id)),
            Piece::ForgetPaid => return self.add_paid(number, server, recipient, &templates.paid),
            Piece::ForgetDay => return self.add_attendance(number, server),
        };
        let mut order = template.clone();
        let provider = Provider {
            account: server,
            server,
        };
        order.recipient = recipient;
        if let Payer::Budget(_) = order.payer {
            order.payer = Payer::Budget(self.line.0);
            self.line.1.reserved.0 += order.reserved().expect("few minutes").0;
        } else {
            self.hold(recipient, &mut order);
        }
        self.account(recipient).open_orders += 1;
        match &mut order.stage {
            OrderStage::Posted => order.window_end_ms = due_ms.minus_ms(order.terms.lapse_ms),
            OrderStage::Accepted { provider: by } => {
                *by = provider;
                order.window_end_ms = due_ms.minus_ms(order.terms.lapse_ms);
            }
            OrderStage::Completed {
                claim,
                escalates_ms,
                ..
            } => {
                (claim.provider, *escalates_ms) = (provider, due_ms);
                (claim.start_ms, claim.end_ms) = self.claim(number, server, recipient, Some(id));
            }
            OrderStage::Verified {
                approval,
                settles_ms,
            } => {
                (approval.claim.provider, *settles_ms) = (provider, due_ms);
                (approval.claim.start_ms, approval.claim.end_ms) =
                    self.claim(number, server, recipient, Some(id));
            }
            OrderStage::Resolved {
                approval,
                provider_minutes,
                settles_ms,
                ..
            } => {
                (approval.claim.provider, *settles_ms) = (provider, due_ms);
                (approval.claim.start_ms, approval.claim.end_ms) =
                    self.claim(number, server, recipient, Some(id));
                if let Piece::Decide(minutes) = piece {
                    *provider_minutes = Minutes(minutes);
                }
            }
            other => panic!("no template is {other:?}"),
        }
        if order.stage.provider().is_some() {
            self.account(server).serving += 1;
        }
        self.orders.push((id, OrderRecord::Open(Box::new(order))));
        self.queue.insert(DueEntry { due_ms, work });
    }

    /// Gives the payer what the order holds, as a grant held at once; a part of it expires before it is released.
    fn hold(&mut self, payer: AccountId, order: &mut OpenOrder) {
        let mut held = Lots::new();
        let expired = Calendar::CHINA.day(self.first_ms).0 - 1;
        for (expiry, minutes) in [(Some(Day(expired)), 10), (None, 20)] {
            let lot = Lot {
                source: Source::Granted,
                expiry,
                minutes: Minutes(minutes),
            };
            held.add(lot).expect("few lots");
        }
        order.held = held;
        self.account(payer).held.0 += 30;
        self.supply.held.0 += 30;
        self.supply.issued_grant.0 += 30;
    }

    /// An interval of its own, long ago, of 30 minutes.
    fn claim(
        &mut self,
        number: usize,
        server: AccountId,
        recipient: AccountId,
        pair_of: Option<OrderId>,
    ) -> (TimestampMs, TimestampMs) {
        let today = Calendar::CHINA.day(self.first_ms);
        let day = Day(today.0 - 400 - u32::try_from(number / PEOPLE).expect("few days"));
        let start_ms = Calendar::CHINA.start_of(day).plus_ms(9 * HOUR_MS);
        let end_ms = start_ms.plus_ms(30 * MINUTE_MS);
        let record = self.days.entry((server, day)).or_default();
        let interval = ClaimedInterval {
            start_ms,
            end_ms,
            minutes: Minutes(30),
            order: order_id(number),
        };
        record.intervals.push(interval);
        if pair_of.is_some() {
            let key = StateKey::PairMonth(server, recipient, day.month());
            let pair = self
                .pairs
                .entry(key.to_bytes())
                .or_insert((key, Minutes::ZERO));
            pair.1.0 += 30;
        }
        (start_ms, end_ms)
    }

    fn add_paid(
        &mut self,
        number: usize,
        server: AccountId,
        recipient: AccountId,
        template: &EndedOrder,
    ) {
        let id = order_id(number);
        let due_ms = self.due_ms(number);
        let (start_ms, end_ms) = self.claim(number, server, recipient, Some(id));
        let ended = EndedOrder {
            ended_ms: due_ms.minus_ms(crate::record::order::TOMBSTONE_MS),
            recipient,
            provider: Some(Provider {
                account: server,
                server,
            }),
            paid: template.paid.map(|paid| PaidOrder {
                start_ms,
                end_ms,
                ..paid
            }),
            ..*template
        };
        self.orders.push((id, OrderRecord::Ended(ended)));
        let work = DueWork::ForgetOrder(id);
        self.queue.insert(DueEntry { due_ms, work });
    }

    /// An interval of a training, with no order to its id.
    fn add_attendance(&mut self, number: usize, server: AccountId) {
        let (start_ms, _) = self.claim(number, server, server, None);
        let work = DueWork::ForgetDay(server, Calendar::CHINA.day(start_ms));
        let due_ms = self.due_ms(number);
        self.queue.insert(DueEntry { due_ms, work });
    }

    fn write(&self, state: &mut Overlay<'_>) {
        for (id, account) in &self.accounts {
            state.store(&StateKey::Account(*id), account);
        }
        state.store(&StateKey::Supply, &self.supply);
        state.store(&StateKey::Budget(self.line.0), &self.line.1);
        for (id, order) in &self.orders {
            state.store(&StateKey::Order(*id), order);
        }
        for ((server, day), record) in &self.days {
            state.store(&StateKey::ProviderDay(*server, *day), record);
        }
        for (key, minutes) in self.pairs.values() {
            state.store(key, minutes);
        }
        for entry in &self.queue {
            state.store(&StateKey::Due(*entry), entry);
        }
    }
}

fn order_id(number: usize) -> OrderId {
    let seed = hash(Domain::Identity, &[&number.to_be_bytes()]);
    OrderId::derive(TransactionId(seed))
}

/// The city with its backlog, none of which is due yet: a chain that has done everything else.
fn with_backlog() -> (Chain, Backlog) {
    let (city, templates) = city();
    let mut backlog = Backlog::of(&city);
    for number in 0..BACKLOG {
        // Every twentieth is a day of training, the others by turns.
        let piece = if number % 20 == 19 {
            Piece::ForgetDay
        } else {
            PIECES[number / 3 % PIECES.len()]
        };
        backlog.add(number, piece, &templates);
    }
    assert_eq!(backlog.queue.len(), BACKLOG, "every piece has its entry");
    let mut chain = Chain {
        state: city.state,
        tip: city.tip,
        done: Vec::new(),
        blocks: 0,
    };
    chain.arrange(|state| backlog.write(state));
    // What the city's own transactions left to do comes first.
    let mut time_ms = backlog.first_ms.minus_ms(MINUTE_MS);
    while chain.block(time_ms) > 0 {
        time_ms = time_ms.plus_ms(1);
    }
    chain.done.clear();
    chain.blocks = 0;
    (chain, backlog)
}

/// A chain of empty blocks over one state.
#[derive(Clone)]
struct Chain {
    state: MemoryState,
    tip: Tip,
    done: Vec<Cause>,
    blocks: usize,
}

impl Chain {
    /// Writes records into the state outside the rules.
    fn arrange(&mut self, change: impl FnOnce(&mut Overlay<'_>)) {
        let mut overlay = Overlay::new(&self.state);
        change(&mut overlay);
        overlay.keep();
        let (records, ..) = overlay.into_changes();
        let writes = writes(&self.state, records);
        self.state.apply(&writes);
    }

    /// Makes an empty block; how many pieces of work it did.
    fn block(&mut self, time_ms: TimestampMs) -> usize {
        let proposer = ValidatorAddress::of(&secret("v1").public_key());
        let built = build_block(
            &self.state,
            &self.tip,
            proposer,
            time_ms,
            &[],
            &NothingVerified,
        );
        let Built {
            block, execution, ..
        } = built.expect("the rules keep the books balanced");
        self.state.apply(&execution.writes);
        self.tip = Tip::of(&block.header);
        self.done
            .extend(execution.receipts.iter().map(|it| it.cause));
        self.blocks += 1;
        execution.receipts.len()
    }

    /// Stops, and starts from what is on disk: the records, and nothing else.
    fn restart(&mut self) {
        let records: Vec<u8> = codec::encode(
            &self
                .state
                .records()
                .map(|(key, value)| (key.to_vec(), value.to_vec()))
                .collect::<Vec<_>>(),
        );
        let records: Vec<(Vec<u8>, Vec<u8>)> =
            codec::decode(&records, records.len()).expect("what was written");
        let mut fresh = MemoryState::default();
        let records = records.into_iter().map(|(key, value)| (key, Some(value)));
        let writes = writes(&fresh, records.collect());
        fresh.apply(&writes);
        assert_eq!(fresh.root(), self.state.root(), "the same state");
        self.state = fresh;
    }
}

/// Changes of records alone, with what they do to the tree over `state`.
fn writes(state: &MemoryState, records: RecordChanges) -> StateWrites {
    let tree = tree::update(state, &records).expect("readable");
    StateWrites {
        records,
        remembered: Vec::new(),
        forgotten_hours: Vec::new(),
        tree,
    }
}

/// What people see in the end: every record but heads of histories and the instants at which orders ended.
fn outcome(state: &MemoryState) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let (due_from, due_to) = StateKey::due_range(TimestampMs(u64::MAX));
    let mut outcome = BTreeMap::new();
    for (key, value) in state.records() {
        if (due_from.as_slice()..due_to.as_slice()).contains(&key) {
            continue;
        }
        let bytes = if is_account_key(key) {
            let mut record: AccountRecord = codec::decode(value, value.len()).expect("an account");
            record.history = History {
                head: Hash::ZERO,
                ..record.history
            };
            codec::encode(&record)
        } else if is_pool_key(key) {
            let mut record: PoolRecord = codec::decode(value, value.len()).expect("a pool");
            record.history = History {
                head: Hash::ZERO,
                ..record.history
            };
            codec::encode(&record)
        } else if is_order_key(key) {
            let mut record: OrderRecord = codec::decode(value, value.len()).expect("an order");
            if let OrderRecord::Ended(ended) = &mut record {
                ended.ended_ms = TimestampMs(0);
            }
            codec::encode(&record)
        } else {
            value.to_vec()
        };
        outcome.insert(key.to_vec(), bytes);
    }
    outcome
}

/// What is compared of many records at once.
fn digests(outcome: &BTreeMap<Vec<u8>, Vec<u8>>) -> BTreeMap<Vec<u8>, Hash> {
    let digest = |value: &[u8]| hash(Domain::Identity, &[value]);
    outcome
        .iter()
        .map(|(key, value)| (key.clone(), digest(value)))
        .collect()
}

fn cause(entry: &DueEntry) -> Cause {
    match entry.work {
        DueWork::Settle(order) => Cause::Settlement(order),
        DueWork::Lapse(order) => Cause::Lapse(order),
        DueWork::SettleDecision(order) => Cause::Decision(order),
        DueWork::Escalate(order) => Cause::Escalation(order),
        DueWork::ForgetOrder(order) => Cause::OrderForgetting(order),
        DueWork::ForgetDay(account, day) => Cause::DayForgetting(account, day),
        other => panic!("the backlog has no {other:?}"),
    }
}

#[test]
fn a_hundred_thousand_pieces_of_work_end_as_if_blocks_had_come_in_time() {
    let (mut late, backlog) = with_backlog();
    let last_ms = backlog.first_ms.plus_ms(INSTANTS * MINUTE_MS / 4);
    let expected: Vec<Cause> = backlog.queue.iter().map(cause).collect();

    let in_time = {
        let mut in_time = late.clone();
        let mut instants: Vec<_> = backlog.queue.iter().map(|entry| entry.due_ms).collect();
        instants.dedup();
        for instant in instants {
            assert!(in_time.block(instant) < DUE_WORK_MAX, "nothing waits");
        }
        in_time.block(last_ms);
        assert_eq!(in_time.done, expected);
        digests(&outcome(&in_time.state))
    };

    let mut time_ms = last_ms;
    while late.block(time_ms) > 0 {
        time_ms = time_ms.plus_ms(1);
        if late.blocks % RESTART_EVERY == 0 {
            late.restart();
        }
    }
    // A hundred full blocks and an empty one; in order, each once.
    assert_eq!(late.blocks, BACKLOG / DUE_WORK_MAX + 1);
    assert_eq!(late.done, expected);

    let late = outcome(&late.state);
    let ended_late = digests(&late);
    for (key, digest) in &in_time {
        assert_eq!(ended_late.get(key), Some(digest), "record {key:02x?}");
    }
    assert_eq!(in_time.len(), ended_late.len());
    check_end(&late, &backlog);
}

/// What must have come of it, counted without the ledger: minutes minted, expired and given back.
fn check_end(outcome: &BTreeMap<Vec<u8>, Vec<u8>>, backlog: &Backlog) {
    let supply: SupplyRecord = decoded(outcome, &StateKey::Supply);
    let line: BudgetRecord = decoded(outcome, &StateKey::Budget(backlog.line.0));
    assert_eq!(line.reserved, Minutes::ZERO);
    assert_eq!(line.used.0, backlog.line.1.reserved.0);
    let budgets = outcome.keys().filter(|key| is_budget_key(key)).count();
    assert_eq!(budgets, 2);
    let mut statuses: BTreeMap<OrderStatus, usize> = BTreeMap::new();
    let mut expired = 0;
    for (id, before) in &backlog.orders {
        let key = StateKey::Order(*id).to_bytes();
        let Some(value) = outcome.get(&key) else {
            assert_eq!(
                before.status(),
                OrderStatus::Settled,
                "only tombstones are forgotten"
            );
            continue;
        };
        let after: OrderRecord = codec::decode(value, value.len()).expect("an order");
        *statuses.entry(after.status()).or_default() += 1;
        let expected = match before.status() {
            OrderStatus::Posted | OrderStatus::Accepted => OrderStatus::Lapsed,
            OrderStatus::Verified | OrderStatus::Resolved => OrderStatus::Settled,
            other => other,
        };
        assert_eq!(after.status(), expected);
        // Ten of the thirty minutes held expired meanwhile: they pay first, or expire when they are released.
        expired += match (before, expected) {
            (OrderRecord::Open(_), OrderStatus::Lapsed) => 10,
            (OrderRecord::Open(order), OrderStatus::Settled) => match order.stage {
                OrderStage::Resolved {
                    provider_minutes: Minutes(0),
                    ..
                } => 10,
                _ => 0,
            },
            _ => 0,
        };
    }
    assert!(statuses.len() >= 3, "{statuses:?}");
    assert_eq!(supply.expired.0 - backlog.supply.expired.0, expired);
    assert_eq!(supply.issued(), supply.accounted());
    // What nobody has verified stays held.
    let completed = backlog
        .orders
        .iter()
        .filter(|(_, order)| order.status() == OrderStatus::Completed)
        .map(|_| Minutes(30));
    let held = Minutes::sum(completed).expect("few minutes");
    assert_eq!(supply.held.0, backlog.held_before.0 + held.0);
}

fn decoded<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
    outcome: &BTreeMap<Vec<u8>, Vec<u8>>,
    key: &StateKey,
) -> T {
    let value = &outcome[&key.to_bytes()];
    codec::decode(value, value.len()).expect("a record")
}
