//! A peer that only claims to be ahead, while a node catches up.

use ledger_core::codec;
use ledger_core::id::Height;
use timebank_node::replica::messages::Announcement;
use timebank_node::replica::{ReplicaInput, Topic};
use timebank_simulations::city::{self, Office};
use timebank_simulations::cluster::Cluster;
use timebank_simulations::cluster::settings::ClusterSettings;

fn open(cluster: &mut Cluster, office: &mut Office, label: &str) {
    let opened = office.open_account(label, 0, 1, cluster.now_ms(0));
    let id = opened.id();
    cluster.submit(0, opened);
    assert!(cluster.run_until(30_000, |cluster| cluster.all_have(&[id])));
}

#[test]
fn a_node_that_caught_up_takes_part_at_once_whatever_a_single_peer_claims() {
    let mut cluster = Cluster::new(ClusterSettings::new(51, 4));
    let mut office = Office::new(cluster.genesis().chain_id());
    // The liar is asked last, so that it is asked when the others have given all they have.
    let liar = (0..4)
        .max_by_key(|node| city::peer_key(*node).public_key())
        .expect("there are nodes");
    let away = (1..4).find(|node| *node != liar).expect("two are left");
    cluster.crash(away, 0);
    for number in 0..10 {
        open(&mut cluster, &mut office, &format!("{number}"));
    }
    // It claims very much, and answers nobody.
    cluster.set_filter(Some(Box::new(move |passing| match passing.input {
        ReplicaInput::Message {
            topic: Topic::Status,
            ..
        } => passing.from != liar,
        ReplicaInput::Request { .. } => passing.to != liar,
        _ => true,
    })));
    cluster.start(away);
    let asks = |cluster: &Cluster| cluster.status(away).is_some_and(|it| it.catching_up);
    assert!(cluster.run_until(5_000, asks), "it asks somebody honest");
    let claim = Announcement {
        height: Height(1_000_000),
    };
    let claim = ReplicaInput::Message {
        from: city::peer_key(liar).public_key(),
        topic: Topic::Status,
        bytes: codec::encode(&claim),
    };
    let behind = cluster.height(away);
    cluster.give(away, claim);
    assert!(behind < cluster.height(0), "it has not caught up yet");
    let caught_up = |cluster: &Cluster| cluster.height(away) == cluster.height(0);
    assert!(cluster.run_until(10_000, caught_up));
    let status = cluster.status(away).expect("it is up");
    assert!(status.catching_up, "it asks the liar for more");
    assert!(
        status.idle || status.round.is_some(),
        "it waits for the liar"
    );
}
