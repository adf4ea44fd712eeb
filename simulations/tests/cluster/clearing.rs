//! The close of a month while nodes crash and start.

use ledger_core::record::clearing::ClearingRecord;
use ledger_core::state::{Overlay, StateKey};
use ledger_core::time::{Month, TimestampMs};
use timebank_simulations::cluster::Cluster;

use super::{check, cluster, now_ms, submit, wait_for};

/// The record of `month` at a node, checked against its own blocks.
fn closed(cluster: &Cluster, node: usize, month: Month) -> ClearingRecord {
    let replica = cluster.replica(node).expect("it is up");
    let state = replica.state().snapshot();
    let record: Option<ClearingRecord> = Overlay::new(&state)
        .load(&StateKey::Clearing(month))
        .expect("a state in memory can be read");
    let record = record.unwrap_or_else(|| panic!("node {node} has not closed {month}"));
    let blocks = replica.blocks();
    let header = |height| blocks.header(height).expect("readable").expect("there");
    let calendar = cluster.genesis().calendar;
    let last = header(record.height);
    assert_eq!(calendar.month(last.time_ms), month);
    assert_eq!(record.state_root, last.state_root);
    let next = header(record.height.next());
    assert_eq!(calendar.month(next.time_ms), month.next());
    record
}

#[test]
fn a_month_is_closed_alike_by_nodes_that_crash_around_its_end() {
    let seed = 95;
    let (mut cluster, mut office) = cluster(seed, 4);
    let calendar = cluster.genesis().calendar;
    let month = calendar.month(TimestampMs(now_ms(&cluster)));
    let end_ms = calendar.end_of_month(month);
    let near_ms = end_ms.minus_ms(60_000);
    let advance = office.advance_time(near_ms, now_ms(&cluster));
    let mut ids = vec![submit(&mut cluster, 0, &advance)];
    wait_for(&mut cluster, seed, &ids);
    // One misses the end of the month, the others go down right after it.
    cluster.crash(3, 0);
    let opened = office.open_account("the last of the month", 0, 1, near_ms.0);
    ids.push(submit(&mut cluster, 0, &opened));
    wait_for(&mut cluster, seed, &ids);
    let advance = office.advance_time(end_ms, near_ms.0);
    ids.push(submit(&mut cluster, 1, &advance));
    wait_for(&mut cluster, seed, &ids);
    for node in 0..3 {
        cluster.crash(node, 100);
    }
    for node in 0..4 {
        cluster.start(node);
    }
    let opened = office.open_account("the first of the next", 2, 1, end_ms.0);
    ids.push(submit(&mut cluster, 2, &opened));
    wait_for(&mut cluster, seed, &ids);
    cluster.run_for(5_000);
    let records: Vec<ClearingRecord> = (0..4).map(|node| closed(&cluster, node, month)).collect();
    assert!(records.windows(2).all(|pair| pair[0] == pair[1]));
    check(&cluster, seed);
}
