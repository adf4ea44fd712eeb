//! What all nodes of a trial say in the end: height, state root and supply must be the same.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::Height;
use ledger_core::message::Arguments;
use ledger_core::record::supply::SupplyRecord;

use crate::network::Network;
use crate::say::{Voice, grouped};

/// How long the nodes may take to come to one height.
const AGREE_TIMEOUT: Duration = Duration::from_secs(60);
/// The pause between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// What a node says of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    height: Height,
    state_root: Hash,
    supply: SupplyRecord,
    issued: Minutes,
    accounted: Minutes,
    /// Whether no block came between the questions.
    stood_still: bool,
}

/// Waits until all nodes are at one height, prints what each says, and gives the supply they agree on.
///
/// # Errors
/// When they do not come to one height, or say different things there.
pub(crate) fn wait(network: &Network, voice: &Voice) -> Result<SupplyRecord> {
    let deadline = Instant::now() + AGREE_TIMEOUT;
    let seen = loop {
        let seen: Vec<Seen> = (0..network.len())
            .map(|index| look_at(network, index))
            .collect::<Result<_>>()?;
        let heights: Vec<_> = seen.iter().map(|seen| seen.height).collect();
        // A block may be on its way from one to the other while they are asked.
        if all_equal(&heights) && seen.iter().all(|seen| seen.stood_still) {
            break seen;
        }
        if Instant::now() >= deadline {
            bail!(
                "the nodes did not come to one height within {} s; they are at {heights:?}",
                AGREE_TIMEOUT.as_secs()
            );
        }
        std::thread::sleep(LOOK_INTERVAL);
    };
    for (node, seen) in (1u64..).zip(&seen) {
        voice.say(
            "replay-node",
            &Arguments::NONE
                .number("node", node)
                .number("height", seen.height.0)
                .text("root", seen.state_root)
                .text("issued", grouped(seen.supply.issued_service.0))
                .text("total", grouped(seen.issued.0))
                .text("accounted", grouped(seen.accounted.0)),
        );
    }
    if !all_equal(&seen) {
        bail!("the nodes do not agree");
    }
    let first = seen.first().context("there are no nodes")?;
    Ok(first.supply)
}

fn look_at(network: &Network, index: usize) -> Result<Seen> {
    let client = network.client(index);
    let before = client.status()?;
    let supply = client.supply_unverified()?;
    let status = client.status()?;
    Ok(Seen {
        height: status.height,
        state_root: status.state_root,
        supply: supply.supply,
        issued: supply.issued,
        accounted: supply.accounted,
        stood_still: before.height == status.height,
    })
}

/// Whether all of `seen` say the same.
fn all_equal<T: PartialEq>(seen: &[T]) -> bool {
    seen.windows(2).all(|pair| pair[0] == pair[1])
}
