//! Nothing an honest node keeps grows beyond its bound, whatever peers and clients do, and nothing it says is longer than
//! may be.
//!
//! The bounds are the node's own ([`timebank_node::replica::Replica::loads`]); what is counted here is what is really held.
//! That what it asks and answers keeps its bound, the cluster asserts when it leaves.

use timebank_node::replica::{Replica, SubmitError};

use super::{Checker, Scene};
use crate::cluster::seen::Seen;

/// How often everything is counted, in virtual milliseconds.
const INTERVAL_MS: u64 = 500;
/// Timers of one node that run at a time: one of each kind, and those of consensus.
const TIMERS_MAX: usize = 16;
/// Requests of one node that are open at a time: one for blocks, the others for bodies.
const REQUESTS_MAX: usize = 33;

/// Counts what is held.
#[derive(Debug, Default)]
pub struct Bounds {
    next_ms: u64,
}

impl Checker for Bounds {
    fn name(&self) -> &'static str {
        "bounds"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        match seen {
            Seen::Said { node, topic, bytes } if bytes.len() > topic.bytes_max() => {
                return Err(format!(
                    "node {node} says {} bytes at once; {topic:?} has at most {}",
                    bytes.len(),
                    topic.bytes_max()
                ));
            }
            // Somebody was turned away for want of room: that is when it must not be exceeded.
            Seen::Answered {
                node,
                answer: Err(SubmitError::Full { .. } | SubmitError::Busy { .. }),
                ..
            } => check_node(scene, *node)?,
            _ => {}
        }
        if scene.now_ms() < self.next_ms {
            return Ok(());
        }
        self.next_ms = scene.now_ms() + INTERVAL_MS;
        check_all(scene)
    }

    fn finish(&mut self, scene: Scene<'_>) -> Result<(), String> {
        check_all(scene)
    }
}

fn check_all(scene: Scene<'_>) -> Result<(), String> {
    scene.honest().try_for_each(|node| check_node(scene, node))
}

fn check_node(scene: Scene<'_>, node: usize) -> Result<(), String> {
    let Some(replica) = scene.cluster.replica(node) else {
        return Ok(());
    };
    check_replica(replica).map_err(|what| format!("node {node} {what}"))?;
    let (timers, requests) = scene.cluster.timers_and_requests(node);
    if timers > TIMERS_MAX || requests > REQUESTS_MAX {
        return Err(format!(
            "node {node} runs {timers} timers and {requests} requests; at most {TIMERS_MAX} and {REQUESTS_MAX} are meant"
        ));
    }
    Ok(())
}

/// Checks everything one replica holds.
///
/// # Errors
/// Says what there is too much of.
pub fn check_replica(replica: &Replica) -> Result<(), String> {
    let over = replica.loads().into_iter().find(|load| !load.is_within());
    match over {
        Some(load) => Err(format!(
            "holds {} of {:?}; at most {} are meant",
            load.held, load.name, load.bound
        )),
        None => Ok(()),
    }
}
