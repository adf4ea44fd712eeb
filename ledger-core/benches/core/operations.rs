//! What one transaction of each kind costs to execute, root included, beside the raw cost of verifying its signatures.
//!
//! The town lives through its life once, in blocks of one kind; each block is then applied again and again on the state
//! before it. So every figure is that of transactions that apply, with the records they meet in operation.

use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Throughput};
use ledger_core::amount::Minutes;
use ledger_core::block::Block;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, ItemCode, OrderId, ProgrammeCode, ServiceCode};
use ledger_core::ledger::apply_block;
use ledger_core::record::account::Item;
use ledger_core::record::budget::{BudgetPurpose, PoolId, PoolKind};
use ledger_core::record::kin::Relation;
use ledger_core::record::order::{Payer, Side};
use ledger_core::signature::SecretKey;
use ledger_core::time::{Calendar, DAY_MS, HOUR_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::account::{
    LinkKin, MoveHome, OpenAccount, RotateKey, SetKinAllowance, SetProgrammes,
};
use ledger_core::transaction::attendance::{Attendance, RecordCampaign, RecordTraining};
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RateOrder, RecordService,
    StartOrder, Verdict, VerifyOrder,
};
use ledger_core::transaction::value::{
    Donate, Grant, Grantees, Redeem, RegisterMerchant, SetItems,
};
use ledger_core::transaction::{SealedEnvelope, Signer};

use crate::Criterion;
use crate::ratios::Ratios;
use crate::raw::{checks, raw_batch, signatures};
use crate::town::{
    AllVerified, DISTRICT, OTHER_STREET, Party, Person, STREET, Town, commitment, secret, staff,
};

/// Transactions in a block of one kind.
const PAIRS: usize = 250;
/// The people of the town who do nothing meanwhile.
const ACCOUNTS: usize = 10_000;
const SERVICE: ServiceCode = ServiceCode(1);
const PROGRAMME: ProgrammeCode = ProgrammeCode(7);

/// Every kind, in the order of a town's life.
pub(crate) fn run(criterion: &mut Criterion, ratios: &mut Ratios) {
    let mut town = Town::found(PAIRS, ACCOUNTS);
    let mut lives = Lives {
        criterion,
        ratios,
        now_ms: town.tip.time_ms.0,
        town: &mut town,
    };
    lives.people();
    let orders = lives.orders();
    lives.value();
    lives.lists();
    lives.endings(&orders);
}

/// A town's life under measurement.
struct Lives<'a> {
    criterion: &'a mut Criterion,
    ratios: &'a mut Ratios,
    town: &'a mut Town,
    now_ms: u64,
}

impl Lives<'_> {
    /// A block with one transaction for each pair.
    fn each(
        &mut self,
        kind: &str,
        mut make: impl FnMut(&mut Town, usize, &Person, &Person) -> Arc<SealedEnvelope>,
    ) -> Vec<Arc<SealedEnvelope>> {
        let pairs = self.town.pairs();
        let mut sealed = Vec::with_capacity(pairs.len());
        for (number, (elder, volunteer)) in pairs.iter().enumerate() {
            sealed.push(make(self.town, number, elder, volunteer));
        }
        self.block(kind, &sealed);
        sealed
    }

    /// Measures a block of exactly these, which the town then takes in.
    fn block(&mut self, kind: &str, sealed: &[Arc<SealedEnvelope>]) {
        let block = self.town.propose(TimestampMs(self.now_ms), sealed);
        self.measure(kind, &block);
        self.town.take(&block);
    }

    fn measure(&mut self, kind: &str, block: &Block) {
        let town: &Town = self.town;
        let work = block.transactions.len().max(1);
        let mut group = self.criterion.benchmark_group("execute");
        group.throughput(Throughput::Elements(u64::try_from(work).expect("a block")));
        let execute = || apply_block(&town.state, &town.tip, block, &AllVerified);
        group.bench_function(BenchmarkId::from_parameter(kind), |bencher| {
            bencher.iter(|| execute().expect("it was built here"));
        });
        group.finish();
        if block.transactions.is_empty() {
            return;
        }
        let limit = format!("{kind} signatures");
        let mut group = self.criterion.benchmark_group("execute limit");
        group.measurement_time(Duration::from_millis(500));
        group.bench_function(BenchmarkId::from_parameter(&limit), |bencher| {
            let signed = signatures(town, block.transactions.iter().map(AsRef::as_ref));
            let checks = checks(&signed);
            bencher.iter(|| assert!(raw_batch(&checks)));
        });
        group.finish();
        self.ratios
            .add(kind, work, ("execute", kind), ("execute limit", &limit));
    }

    fn people(&mut self) {
        self.each("open_account", |town, number, _, _| {
            let label = format!("newcomer {number}");
            let identity = commitment(&label);
            let key = secret(&label);
            let holder = Party {
                signer: Signer::Key(key.public_key()),
                key,
            };
            let operation = OpenAccount {
                home: STREET,
                key: Some(holder.key.public_key()),
                identity,
                legal_guardian: None,
            };
            town.sign(operation, &[staff(4), holder, staff(5)])
        });
        self.each("link_kin", |town, _, elder, volunteer| {
            let operation = LinkKin {
                account: volunteer.account,
                kin: elder.account,
                relation: Relation::Parent,
            };
            town.sign(operation, &[volunteer.party(), elder.party(), staff(4)])
        });
        self.each("set_programmes", |town, _, elder, _| {
            let operation = SetProgrammes {
                account: elder.account,
                programmes: vec![PROGRAMME],
            };
            town.sign(operation, &[staff(4), staff(3)])
        });
        self.each("move_home", |town, _, elder, _| {
            let operation = MoveHome {
                account: elder.account,
                new_home: OTHER_STREET,
            };
            town.sign(operation, &[elder.party(), staff(8)])
        });
    }

    /// Orders from posting to rating, paid by a budget line; a volunteer serves somebody else's parent. The orders.
    fn orders(&mut self) -> Vec<OrderId> {
        let budget = self.town.budget(BudgetPurpose::Service);
        let now_ms = TimestampMs(self.now_ms);
        let end_ms = now_ms.plus_ms(60 * MINUTE_MS);
        let posts = self.each("post_order", |town, _, elder, _| {
            let terms = OrderTerms {
                recipient: elder.account,
                service: SERVICE,
                district: DISTRICT,
                window_start_ms: now_ms,
                window_end_ms: now_ms.plus_ms(12 * HOUR_MS),
                minutes: Minutes(60),
                payer: Payer::Budget(budget),
            };
            town.sign(PostOrder { terms }, &[elder.party()])
        });
        let orders: Vec<OrderId> = posts.iter().map(|it| OrderId::derive(it.id())).collect();
        let servers: Vec<Person> = self.servers();
        self.each("accept_order", |town, number, _, _| {
            let operation = AcceptOrder {
                order: orders[number],
                provider: servers[number].account,
                member: None,
            };
            town.sign(operation, &[servers[number].party()])
        });
        self.each("start_order", |town, number, elder, _| {
            let order = orders[number];
            town.sign(
                StartOrder { order },
                &[servers[number].party(), elder.party()],
            )
        });
        self.now_ms = end_ms.0;
        self.each("complete_order", |town, number, elder, _| {
            let operation = CompleteOrder {
                order: orders[number],
                start_ms: now_ms,
                end_ms,
                evidence: Hash::ZERO,
            };
            town.sign(operation, &[servers[number].party(), elder.party()])
        });
        self.each("verify_order", |town, number, _, _| {
            let operation = VerifyOrder {
                order: orders[number],
                verdict: Verdict::Approved(Minutes(60)),
            };
            town.sign(operation, &[staff(3)])
        });
        self.now_ms += 3 * DAY_MS + HOUR_MS;
        self.block("settlement of 250 orders", &[]);
        self.each("rate_order", |town, number, elder, _| {
            let operation = RateOrder {
                order: orders[number],
                rated: Side::Provider,
                stars: 5,
            };
            town.sign(operation, &[elder.party()])
        });
        let start_ms = TimestampMs(self.now_ms - 3 * HOUR_MS);
        self.each("record_service", |town, number, elder, _| {
            let operation = RecordService {
                recipient: elder.account,
                provider: servers[number].account,
                member: None,
                service: SERVICE,
                district: DISTRICT,
                start_ms,
                end_ms: start_ms.plus_ms(HOUR_MS),
                minutes: Minutes(60),
                payer: Payer::Budget(budget),
                evidence: Hash([7; 32]),
            };
            town.sign(operation, &[servers[number].party(), elder.party()])
        });
        let posts = self.each("post_order, once more", |town, _, elder, _| {
            let terms = OrderTerms {
                recipient: elder.account,
                service: SERVICE,
                district: DISTRICT,
                window_start_ms: TimestampMs(start_ms.0 + 4 * HOUR_MS),
                window_end_ms: TimestampMs(start_ms.0 + 8 * HOUR_MS),
                minutes: Minutes(60),
                payer: Payer::Budget(budget),
            };
            town.sign(PostOrder { terms }, &[elder.party()])
        });
        posts.iter().map(|it| OrderId::derive(it.id())).collect()
    }

    /// Each volunteer serves the parent of the next one.
    fn servers(&self) -> Vec<Person> {
        let volunteers = self.town.volunteers.iter().cycle();
        volunteers.skip(1).take(PAIRS).cloned().collect()
    }

    fn value(&mut self) {
        self.each("gift", |town, _, elder, volunteer| {
            town.gift(volunteer, elder, Minutes(20))
        });
        self.each("donate", |town, _, _, volunteer| {
            let operation = Donate {
                from: volunteer.account,
                pool: PoolId {
                    organisation: DISTRICT,
                    kind: PoolKind::Donation,
                },
                minutes: Minutes(5),
            };
            town.sign(operation, &[volunteer.party()])
        });
        self.each("set_kin_allowance", |town, _, elder, volunteer| {
            let last_day = Calendar::CHINA.day(town.tip.time_ms).plus_days(30);
            let operation = SetKinAllowance {
                payer: volunteer.account,
                kin: elder.account,
                minutes_per_month: Minutes(600),
                last_day,
            };
            town.sign(operation, &[volunteer.party()])
        });
        let (merchant, key, item) = self.merchant();
        self.each("redeem", |town, _, _, volunteer| {
            let operation = Redeem {
                holder: volunteer.account,
                merchant,
                item,
                minutes: Minutes(10),
            };
            let till = Party {
                signer: Signer::Account(merchant),
                key: key.clone(),
            };
            town.sign(operation, &[volunteer.party(), till])
        });
    }

    fn merchant(&mut self) -> (AccountId, SecretKey, ItemCode) {
        let key = secret("merchant");
        let new = Party {
            signer: Signer::Key(key.public_key()),
            key: key.clone(),
        };
        let operation = RegisterMerchant {
            home: STREET,
            key: key.public_key(),
        };
        let sealed = self.town.sign(operation, &[staff(1), staff(2), new]);
        let merchant = AccountId::derive(sealed.id());
        self.town.pass(self.town.tip.time_ms, &[sealed]);
        let item = ItemCode(1);
        let items = vec![Item {
            code: item,
            minutes: Minutes(10),
        }];
        let till = Party {
            signer: Signer::Account(merchant),
            key: key.clone(),
        };
        let sealed = self
            .town
            .sign(SetItems { merchant, items }, &[till, staff(1)]);
        self.town.pass(self.town.tip.time_ms, &[sealed]);
        (merchant, key, item)
    }

    /// Operations about many people: one transaction each.
    fn lists(&mut self) {
        let mut elders: Vec<AccountId> = self.town.elders.iter().map(|it| it.account).collect();
        elders.sort();
        let budget = self.town.budget(BudgetPurpose::Grant);
        let grantees = Grantees {
            programme: PROGRAMME,
            accounts: elders,
            minutes: Minutes(60),
            expiry: None,
        };
        let sealed = self
            .town
            .sign(Grant { budget, grantees }, &[staff(1), staff(2)]);
        self.block("grant to 250 people", &[sealed]);
        let participants: Vec<AccountId> =
            self.town.volunteers.iter().map(|it| it.account).collect();
        let organiser = self.town.elders[0].party();
        for (kind, purpose) in [
            ("training of 250 people", BudgetPurpose::Training),
            ("campaign of 250 people", BudgetPurpose::Campaign),
        ] {
            let budget = self.town.budget(purpose);
            let hours = match purpose {
                BudgetPurpose::Training => 8,
                _ => 6,
            };
            let start_ms = TimestampMs(self.now_ms - hours * HOUR_MS);
            let attendance = Attendance {
                district: DISTRICT,
                start_ms,
                end_ms: start_ms.plus_ms(HOUR_MS),
                participants: participants.clone(),
                minutes: Minutes(60),
                budget,
            };
            let parties = [organiser.clone(), staff(3)];
            let sealed = match purpose {
                BudgetPurpose::Training => self.town.sign(RecordTraining { attendance }, &parties),
                _ => self.town.sign(RecordCampaign { attendance }, &parties),
            };
            self.block(kind, &[sealed]);
        }
    }

    fn endings(&mut self, orders: &[OrderId]) {
        self.each("cancel_order", |town, number, elder, _| {
            let order = orders[number];
            town.sign(CancelOrder { order }, &[elder.party()])
        });
        self.each("rotate_key", |town, number, _, volunteer| {
            let key = secret(&format!("new key {number}"));
            let operation = RotateKey {
                account: volunteer.account,
                new_key: key.public_key(),
            };
            let new = Party {
                signer: Signer::Key(key.public_key()),
                key,
            };
            town.sign(operation, &[volunteer.party(), new])
        });
    }
}
