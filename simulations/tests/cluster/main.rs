//! Whole clusters of the real replica, under load and faults. Every test names its seed when it fails.

mod clearing;
mod faults;
mod hostile;
mod life;
mod mempool;
mod upgrade;
mod validators;

use std::sync::Arc;

use ledger_core::id::TransactionId;
use ledger_core::transaction::SealedEnvelope;
use timebank_simulations::checker;
use timebank_simulations::city::Office;
use timebank_simulations::cluster::Cluster;
use timebank_simulations::cluster::settings::ClusterSettings;

/// How long anything may take, in virtual milliseconds.
const PATIENCE_MS: u64 = 60_000;

fn cluster(seed: u64, nodes: usize) -> (Cluster, Office) {
    cluster_of(ClusterSettings::new(seed, nodes))
}

fn cluster_of(settings: ClusterSettings) -> (Cluster, Office) {
    let cluster = Cluster::new(settings);
    let office = Office::new(cluster.genesis().chain_id());
    (cluster, office)
}

/// The time by the chain or, when that is later, by the clocks.
fn now_ms(cluster: &Cluster) -> u64 {
    let chain_ms = (0..cluster.len())
        .filter_map(|node| cluster.status(node))
        .map(|status| status.time_ms.0)
        .max();
    cluster.now_ms(0).max(chain_ms.unwrap_or_default())
}

/// An account opened at a node's street, submitted there.
fn open_account(
    cluster: &mut Cluster,
    office: &mut Office,
    label: &str,
    node: usize,
) -> TransactionId {
    let envelope = office.open_account(label, node, 1, now_ms(cluster));
    submit(cluster, node, &envelope)
}

fn submit(cluster: &mut Cluster, node: usize, envelope: &Arc<SealedEnvelope>) -> TransactionId {
    cluster.submit(node, Arc::clone(envelope));
    envelope.id()
}

/// Waits until every node that is up has committed `ids`.
#[track_caller]
fn wait_for(cluster: &mut Cluster, seed: u64, ids: &[TransactionId]) {
    let done = cluster.run_until(PATIENCE_MS, |cluster| cluster.all_have(ids));
    let heights: Vec<_> = (0..cluster.len())
        .map(|node| cluster.height(node))
        .collect();
    assert!(
        done,
        "seed {seed}: not committed, heights {heights:?}, {:?}",
        cluster.records.halts
    );
}

#[track_caller]
fn check(cluster: &Cluster, seed: u64) {
    checker::check(cluster).unwrap_or_else(|reason| panic!("seed {seed}: {reason}"));
    let halts = &cluster.records.halts;
    assert!(halts.is_empty(), "seed {seed}: {halts:?}");
}
