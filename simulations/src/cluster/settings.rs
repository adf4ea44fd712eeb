//! What a cluster is made of.

use timebank_node::replica::ReplicaConfig;

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
            configure: |_| {},
        }
    }
}
