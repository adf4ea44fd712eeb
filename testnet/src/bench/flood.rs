//! Many transactions that do not depend on each other, as fast as the network takes them: for preparing, not for measuring.
//!
//! Each worker signs a portion, hands it in and waits until all of it is final, while the others do the same: so nodes always
//! have something to do, and what is on its way has a bound. What always holds: when [`apply`] returns, everything is in a block.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use ledger_core::id::{ChainId, TransactionId};
use ledger_core::transaction::SealedEnvelope;
use timebank_wallet::client::{BatchOutcome, Patience};

use crate::city::Signatory;
use crate::driver::FINALITY_MS_MAX;
use crate::network::{Doors, NodeClient};

/// Workers of each node.
const WORKERS_PER_NODE: usize = 2;
/// Transactions of one portion, of usual size.
pub(super) const PORTION: usize = 500;
/// How long one portion may take altogether.
const PORTION_TIMEOUT: Duration = Duration::from_secs(120);
/// How long to leave a node alone that has no room.
const ROOM_PAUSE: Duration = Duration::from_millis(100);

/// What is to be applied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flood<'l> {
    /// The chain.
    pub(super) chain_id: ChainId,
    /// Tells its nonces from those of all others of the chain.
    pub(super) label: &'l str,
    /// How many transactions.
    pub(super) count: usize,
    /// How many are handed in together.
    pub(super) portion: usize,
}

/// Applies `flood` through all `doors`; the ids, in order. `make` makes the transaction with a number, and signs it with the
/// signatory it is given. `done` hears now and then how many are final.
///
/// # Errors
/// When the ledger refuses one, or they do not become final.
pub(super) fn apply(
    doors: &Doors,
    flood: Flood<'_>,
    make: impl Fn(&mut Signatory, usize) -> SealedEnvelope + Sync,
    done: impl Fn(usize) + Sync,
) -> Result<Vec<TransactionId>> {
    let next = AtomicUsize::new(0);
    let finished = AtomicUsize::new(0);
    let portions = thread::scope(|scope| {
        let workers: Vec<_> = (0..doors.len() * WORKERS_PER_NODE)
            .map(|worker| {
                let (next, finished, make, done) = (&next, &finished, &make, &done);
                scope.spawn(move || {
                    let client = doors.client(worker % doors.len());
                    let mut portions = Vec::new();
                    loop {
                        let first = next.fetch_add(flood.portion, Ordering::Relaxed);
                        if first >= flood.count {
                            return Ok(portions);
                        }
                        let end = (first + flood.portion).min(flood.count);
                        let label = format!("{} {first}", flood.label);
                        let mut signatory = Signatory::new(flood.chain_id, &label);
                        let made: Vec<SealedEnvelope> = (first..end)
                            .map(|number| make(&mut signatory, number))
                            .collect();
                        apply_portion(&client, &made).inspect_err(|_| {
                            // Nobody begins another portion.
                            next.store(flood.count, Ordering::Relaxed);
                        })?;
                        let ids: Vec<TransactionId> = made.iter().map(SealedEnvelope::id).collect();
                        portions.push((first, ids));
                        done(finished.fetch_add(end - first, Ordering::Relaxed) + end - first);
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker does not panic"))
            .collect::<Result<Vec<_>>>()
    });
    let portions: BTreeMap<usize, Vec<TransactionId>> = portions?.into_iter().flatten().collect();
    Ok(portions.into_values().flatten().collect())
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
