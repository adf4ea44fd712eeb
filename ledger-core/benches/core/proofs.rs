//! Commit certificates of 4, 31 and 100 validators, beside the raw check of a quorum's signatures.
//!
//! Whole `.tbproof` files are measured by `examples/proofs.rs`.

use criterion::BenchmarkId;
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::signature::{Purpose, SecretKey};
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};

use crate::Criterion;
use crate::ratios::Ratios;
use crate::raw::{Signed, checks, raw_batch};
use crate::town::{STREET, secret};

const CHAIN: ChainId = ChainId(Hash([7; 32]));

fn certified(count: usize) -> (ValidatorSet, CommitCertificate) {
    let keys: Vec<SecretKey> = (0..count)
        .map(|number| secret(&format!("validator {number}")))
        .collect();
    let mut validators: Vec<Validator> = (0..)
        .zip(&keys)
        .map(|(number, key): (usize, _)| Validator {
            organisation: STREET,
            consensus_key: key.public_key(),
            peer_key: secret(&format!("peer {number}")).public_key(),
            power: 1,
        })
        .collect();
    validators.sort_by_key(|validator| validator.consensus_key);
    let set = ValidatorSet::new(validators).expect("the keys are different");
    let mut certificate = CommitCertificate {
        height: Height(9),
        round: 0,
        block_id: BlockId(hash(Domain::Identity, &[b"a block"])),
        signatures: Vec::new(),
    };
    let mut signatures: Vec<CommitSignature> = keys
        .iter()
        .map(|key| {
            let validator = ValidatorAddress::of(&key.public_key());
            let vote = certificate.vote(CHAIN, validator).signed_bytes();
            CommitSignature {
                validator,
                signature: key.sign(Purpose::Vote, &vote),
            }
        })
        .collect();
    signatures.sort_by_key(|commit| commit.validator);
    certificate.signatures = signatures;
    let certificate = certificate.minimal(&set);
    (set, certificate)
}

pub(crate) fn run(criterion: &mut Criterion, ratios: &mut Ratios) {
    for validators in [4, 31, 100] {
        let (set, certificate) = certified(validators);
        let mut group = criterion.benchmark_group("certificate");
        group.bench_function(BenchmarkId::new("check", validators), |bencher| {
            bencher.iter(|| {
                certificate
                    .verify(CHAIN, certificate.height, certificate.block_id, &set)
                    .expect("it was signed here");
            });
        });
        let signed: Vec<_> = certificate
            .signatures
            .iter()
            .map(|commit| {
                let vote = certificate.vote(CHAIN, commit.validator);
                let key = set
                    .as_slice()
                    .iter()
                    .find(|it| it.address() == commit.validator)
                    .expect("a validator")
                    .consensus_key;
                Signed {
                    key,
                    bytes: Purpose::Vote.signing_bytes(&vote.signed_bytes()),
                    signature: commit.signature,
                }
            })
            .collect();
        let checks = checks(&signed);
        group.bench_function(BenchmarkId::new("raw signatures", validators), |bencher| {
            bencher.iter(|| assert!(raw_batch(&checks)));
        });
        group.finish();
        let figure = format!("check/{validators}");
        let limit = format!("raw signatures/{validators}");
        ratios.add(
            &format!("certificate of {validators} validators"),
            1,
            ("certificate", &figure),
            ("certificate", &limit),
        );
    }
}
