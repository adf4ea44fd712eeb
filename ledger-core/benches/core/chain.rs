//! The whole way of a block through the core: bytes decoded, signatures verified in one batch, executed, state root.
//!
//! The figure of `docs/results.md`: the share that is left of the speed of raw batch verification on the same core.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, SamplingMode, Throughput};
use ledger_core::amount::Minutes;
use ledger_core::ledger::{NothingVerified, apply_block};
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::kin::Relation;
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::transaction::SealedEnvelope;
use ledger_core::transaction::account::LinkKin;
use ledger_core::transaction::attendance::{Attendance, RecordCampaign};

use crate::Criterion;
use crate::ratios::Ratios;
use crate::raw::{checks, raw_batch, signatures};
use crate::state_sizes;
use crate::town::{AllVerified, DISTRICT, Town, staff};

/// Gifts in a block, each between a pair of its own.
const GIFTS: usize = 1_000;

/// A town in which every volunteer has minutes and an elder to give them to.
fn town(accounts: usize) -> Town {
    let mut town = Town::found(GIFTS, accounts);
    let pairs = town.pairs();
    let links: Vec<_> = pairs
        .iter()
        .map(|(elder, volunteer)| {
            let operation = LinkKin {
                account: volunteer.account,
                kin: elder.account,
                relation: Relation::Parent,
            };
            town.sign(operation, &[volunteer.party(), elder.party(), staff(4)])
        })
        .collect();
    town.pass(town.tip.time_ms, &links);
    let budget = town.budget(BudgetPurpose::Campaign);
    let start_ms = TimestampMs(town.tip.time_ms.0 - 2 * HOUR_MS);
    let attendance = Attendance {
        district: DISTRICT,
        start_ms,
        end_ms: start_ms.plus_ms(HOUR_MS),
        participants: town.volunteers.iter().map(|it| it.account).collect(),
        minutes: Minutes(60),
        budget,
    };
    let parties = [town.elders[0].party(), staff(3)];
    let sealed = town.sign(RecordCampaign { attendance }, &parties);
    town.pass(town.tip.time_ms, &[sealed]);
    town
}

pub(crate) fn run(criterion: &mut Criterion, ratios: &mut Ratios) {
    for accounts in state_sizes() {
        let mut town = town(accounts);
        let pairs = town.pairs();
        let gifts: Vec<Arc<SealedEnvelope>> = pairs
            .iter()
            .map(|(elder, volunteer)| town.gift(volunteer, elder, Minutes(5)))
            .collect();
        let block = town.propose(town.tip.time_ms, &gifts);
        let bytes: Vec<&[u8]> = gifts.iter().map(|sealed| sealed.bytes()).collect();
        let mut group = criterion.benchmark_group("block of 1000 gifts");
        group.sampling_mode(SamplingMode::Flat);
        group.sample_size(20);
        group.throughput(Throughput::Elements(u64::try_from(GIFTS).expect("few")));
        group.bench_function(BenchmarkId::new("whole", accounts), |bencher| {
            bencher.iter(|| {
                for bytes in &bytes {
                    black_box(SealedEnvelope::decode(bytes).expect("it was encoded here"));
                }
                apply_block(&town.state, &town.tip, &block, &NothingVerified)
                    .expect("it was built here")
            });
        });
        group.bench_function(
            BenchmarkId::new("execution and root", accounts),
            |bencher| {
                bencher.iter(|| {
                    apply_block(&town.state, &town.tip, &block, &AllVerified)
                        .expect("it was built here")
                });
            },
        );
        let signed = signatures(&town, gifts.iter().map(AsRef::as_ref));
        let checks = checks(&signed);
        group.bench_function(BenchmarkId::new("raw signatures", accounts), |bencher| {
            bencher.iter(|| assert!(raw_batch(&checks)));
        });
        group.finish();
        let limit = format!("raw signatures/{accounts}");
        for what in ["whole", "execution and root"] {
            let figure = format!("{what}/{accounts}");
            ratios.add(
                &format!("gift among {accounts} accounts: {what}"),
                GIFTS,
                ("block of 1000 gifts", &figure),
                ("block of 1000 gifts", &limit),
            );
        }
    }
}
