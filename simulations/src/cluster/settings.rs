//! What a cluster is made of.

use timebank_node::replica::ReplicaConfig;

use crate::city;
use crate::network::NetworkSettings;

/// What a cluster is made of.
#[derive(Clone, Debug)]
pub struct ClusterSettings {
    /// Determines everything.
    pub seed: u64,
    /// How many nodes.
    pub nodes: usize,
    /// How many of them are validators from the start: the first ones.
    pub voting: usize,
    /// How messages travel.
    pub network: NetworkSettings,
    /// How many transactions each part of a mempool holds at most; none: as many as by default.
    pub mempool_max: Option<usize>,
    /// Changes the defaults of every node.
    pub configure: fn(&mut ReplicaConfig),
}

impl ClusterSettings {
    /// `nodes` validators on a good network.
    pub fn new(seed: u64, nodes: usize) -> ClusterSettings {
        ClusterSettings {
            seed,
            nodes,
            voting: nodes,
            network: NetworkSettings::default(),
            mempool_max: None,
            configure: |_| {},
        }
    }

    /// What a node of the cluster is made of.
    pub(super) fn config(&self, identity: usize) -> ReplicaConfig {
        let mut config = ReplicaConfig::new(city::consensus_key(identity));
        if let Some(count_max) = self.mempool_max {
            let mempool = &mut config.mempool;
            for bounds in [
                &mut mempool.ready,
                &mut mempool.waiting,
                &mut mempool.keyless,
            ] {
                bounds.count_max = count_max;
            }
        }
        (self.configure)(&mut config);
        config
    }
}
