//! Many transactions that do not depend on each other, as fast as the network takes them: for preparing, not for measuring.
//!
//! Each worker signs a portion, hands it in and waits until all of it is final, while the others do the same: so nodes always
//! have something to do, and what is on its way has a bound. What always holds: when [`apply`] returns, everything is in a block.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use ledger_core::id::ChainId;
use ledger_core::transaction::SealedEnvelope;
use timebank_wallet::client::{BatchOutcome, Patience};

use crate::city::Signatory;
use crate::driver::FINALITY_MS_MAX;
use crate::network::{Network, NodeClient};

/// Workers of each node.
const WORKERS_PER_NODE: usize = 2;
/// Transactions of one portion.
const PORTION: usize = 500;
/// How long one portion may take altogether.
const PORTION_TIMEOUT: Duration = Duration::from_secs(120);
/// How long to leave a node alone that has no room.
const ROOM_PAUSE: Duration = Duration::from_millis(100);

/// Applies `count` transactions through all nodes of `network`. `make` makes the one with a number, and signs it with the
/// signatory it is given. `done` hears now and then how many are final.
///
/// # Errors
/// When the ledger refuses one, or they do not become final.
pub(super) fn apply(
    network: &Network,
    chain_id: ChainId,
    label: &str,
    count: usize,
    make: impl Fn(&mut Signatory, usize) -> SealedEnvelope + Sync,
    done: impl Fn(usize) + Sync,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let finished = AtomicUsize::new(0);
    let failed: Mutex<Option<anyhow::Error>> = Mutex::new(None);
    thread::scope(|scope| {
        for worker in 0..network.len() * WORKERS_PER_NODE {
            let (next, finished, failed, make, done) = (&next, &finished, &failed, &make, &done);
            scope.spawn(move || {
                let client = network.client_unverifying(worker % network.len());
                loop {
                    let first = next.fetch_add(PORTION, Ordering::Relaxed);
                    if first >= count {
                        return;
                    }
                    let end = (first + PORTION).min(count);
                    let mut signatory = Signatory::new(chain_id, &format!("{label} {first}"));
                    let made: Vec<SealedEnvelope> = (first..end)
                        .map(|number| make(&mut signatory, number))
                        .collect();
                    if let Err(error) = apply_portion(&client, &made) {
                        failed
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .get_or_insert(error);
                        // Nobody begins another portion.
                        next.store(count, Ordering::Relaxed);
                        return;
                    }
                    let so_far = finished.fetch_add(end - first, Ordering::Relaxed) + end - first;
                    done(so_far);
                }
            });
        }
    });
    let failed = failed
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    failed.map_or(Ok(()), Err)
}

/// Hands a portion in until all of it is in a block: what a node had no room for, or is not final yet, comes again.
fn apply_portion(client: &NodeClient, portion: &[SealedEnvelope]) -> Result<()> {
    let deadline = Instant::now() + PORTION_TIMEOUT;
    let patience = Patience::Final {
        timeout_ms: FINALITY_MS_MAX,
    };
    let mut open: Vec<&SealedEnvelope> = portion.iter().collect();
    loop {
        let items = client.submit_batch(&open, patience)?;
        let mut left = Vec::new();
        for (item, sealed) in items.iter().zip(open) {
            match item.outcome() {
                BatchOutcome::Applied(_) => {}
                BatchOutcome::Accepted | BatchOutcome::NotTaken(_) => left.push(sealed),
                BatchOutcome::Refused(refusal) => bail!(
                    "{} was refused: {} ({})",
                    sealed.id(),
                    refusal.code,
                    refusal.message_en
                ),
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            bail!(
                "{} of {} transactions are not final after {} s",
                left.len(),
                portion.len(),
                PORTION_TIMEOUT.as_secs()
            );
        }
        open = left;
        thread::sleep(ROOM_PAUSE);
    }
}
