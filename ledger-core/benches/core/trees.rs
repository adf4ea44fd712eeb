//! The state tree: updates of thousands of records and proofs, in states of ten thousand to a million.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Throughput};
use ledger_core::hash::{Domain, hash};
use ledger_core::state::tree::{prove, update};
use ledger_core::state::{MemoryState, RecordChanges, StateView};

use crate::Criterion;
use crate::ratios::Ratios;
use crate::state_sizes;
use crate::town::fill;

/// The records one update changes: a full block's worth.
const CHANGED: usize = 4_000;
/// The length of a value, in bytes: an account's.
const VALUE_BYTES: usize = 200;

fn key(number: usize) -> Vec<u8> {
    let number = number.to_be_bytes();
    hash(Domain::Identity, &[&number]).0[..21].to_vec()
}

fn state(keys: usize) -> MemoryState {
    let mut state = MemoryState::default();
    let records = (0..keys).map(|number| (key(number), vec![1; VALUE_BYTES]));
    fill(&mut state, records);
    state
}

pub(crate) fn run(criterion: &mut Criterion, ratios: &mut Ratios) {
    for keys in state_sizes() {
        let state = state(keys);
        let step = keys / CHANGED;
        let changes: RecordChanges = (0..CHANGED)
            .map(|number| (key(number * step), Some(vec![2; VALUE_BYTES])))
            .collect();
        let mut group = criterion.benchmark_group("tree");
        group.throughput(Throughput::Elements(u64::try_from(CHANGED).expect("few")));
        group.bench_function(BenchmarkId::new("update", keys), |bencher| {
            bencher.iter(|| update(&state, &changes).expect("a state in memory can be read"));
        });
        // Nobody can commit to a record without hashing key and value once.
        group.bench_function(BenchmarkId::new("hash of the changed", keys), |bencher| {
            bencher.iter(|| {
                for (key, value) in &changes {
                    black_box(blake3::hash(key));
                    black_box(value.as_deref().map(blake3::hash));
                }
            });
        });
        group.finish();
        let figure = format!("update/{keys}");
        let limit = format!("hash of the changed/{keys}");
        ratios.add(
            &format!("tree update of {CHANGED} among {keys}"),
            CHANGED,
            ("tree", &figure),
            ("tree", &limit),
        );
        let mut group = criterion.benchmark_group("proof of a record");
        let wanted = key(step);
        let value = state
            .read(&wanted)
            .expect("a state in memory")
            .expect("it is there");
        group.bench_function(BenchmarkId::new("make", keys), |bencher| {
            bencher.iter(|| prove(&state, &wanted).expect("a state in memory can be read"));
        });
        let proof = prove(&state, &wanted).expect("a state in memory can be read");
        group.bench_function(BenchmarkId::new("check", keys), |bencher| {
            bencher.iter_batched(
                || proof.clone(),
                |proof| proof.verify_record(state.root(), &wanted, Some(&value)),
                BatchSize::SmallInput,
            );
        });
        let hashed = ledger_core::codec::encode(&proof);
        group.bench_function(BenchmarkId::new("hash of its bytes", keys), |bencher| {
            bencher.iter(|| blake3::hash(&hashed));
        });
        group.finish();
        for what in ["make", "check"] {
            let figure = format!("{what}/{keys}");
            let limit = format!("hash of its bytes/{keys}");
            ratios.add(
                &format!("{what} a proof among {keys}"),
                1,
                ("proof of a record", &figure),
                ("proof of a record", &limit),
            );
        }
    }
}
