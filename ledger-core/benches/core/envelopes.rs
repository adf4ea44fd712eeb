//! Bytes to checked envelopes: decoding, and signatures one by one and in batches.

use std::hint::black_box;
use std::sync::Arc;

use criterion::Throughput;
use ledger_core::amount::Minutes;
use ledger_core::signature::{Purpose, verify_batch};
use ledger_core::transaction::SealedEnvelope;

use crate::Criterion;
use crate::ratios::Ratios;
use crate::raw::{checks, raw_batch, signatures};
use crate::town::Town;

const ENVELOPES: usize = 1_024;

/// Gifts as they arrive, and the signatures on them.
fn gifts(town: &mut Town) -> Vec<Arc<SealedEnvelope>> {
    let pairs = town.pairs();
    let pairs = pairs.iter().cycle().take(ENVELOPES);
    pairs
        .map(|(elder, volunteer)| town.gift(volunteer, elder, Minutes(5)))
        .collect()
}

pub(crate) fn run(criterion: &mut Criterion, ratios: &mut Ratios) {
    let mut town = Town::found(64, 0);
    let sealed = gifts(&mut town);
    let bytes: Vec<&[u8]> = sealed.iter().map(|sealed| sealed.bytes()).collect();
    let together: Vec<u8> = bytes.concat();
    let elements = Throughput::Elements(u64::try_from(ENVELOPES).expect("few"));
    let mut group = criterion.benchmark_group("envelope");
    group.throughput(elements.clone());
    group.bench_function("decode", |bencher| {
        bencher.iter(|| {
            for bytes in &bytes {
                black_box(SealedEnvelope::decode(bytes).expect("it was encoded here"));
            }
        });
    });
    group.bench_function("memory copy", |bencher| {
        bencher.iter(|| black_box(together.as_slice()).to_vec());
    });
    group.bench_function("hash", |bencher| {
        bencher.iter(|| {
            for bytes in &bytes {
                black_box(blake3::hash(bytes));
            }
        });
    });
    let signed = signatures(&town, sealed.iter().map(AsRef::as_ref));
    let checks = checks(&signed);
    group.bench_function("verify one by one", |bencher| {
        bencher.iter(|| {
            for check in &checks {
                assert!(check.key.verifies_raw(check.signed_bytes, &check.signature));
            }
        });
    });
    group.bench_function("verify in a batch", |bencher| {
        bencher.iter(|| assert!(verify_batch(&checks)));
    });
    group.bench_function("raw batch", |bencher| {
        bencher.iter(|| assert!(raw_batch(&checks)));
    });
    let key = crate::town::secret("somebody");
    group.bench_function("sign", |bencher| {
        bencher.iter(|| {
            for bytes in &bytes {
                black_box(key.sign(Purpose::Transaction, bytes));
            }
        });
    });
    group.finish();
    let bench = |name| ("envelope", name);
    ratios.add(
        "decode, against a copy",
        ENVELOPES,
        bench("decode"),
        bench("memory copy"),
    );
    ratios.add(
        "decode, against a hash",
        ENVELOPES,
        bench("decode"),
        bench("hash"),
    );
    ratios.add(
        "verify one by one",
        ENVELOPES,
        bench("verify one by one"),
        bench("raw batch"),
    );
    ratios.add(
        "verify in a batch",
        ENVELOPES,
        bench("verify in a batch"),
        bench("raw batch"),
    );
}
