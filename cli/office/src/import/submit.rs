//! Handing in what everybody signed, in batches, until a node has answered for each or nothing more is to be had.

use std::collections::{BTreeMap, VecDeque};

use ledger_core::id::{Height, TransactionId};
use timebank_wallet::client::{
    BATCH_BYTES_MAX, BatchItem, BatchOutcome, Patience, Transport, WAIT_MS_MAX,
};
use timebank_wallet::error::Refusal;

use super::carry::Sealed;
use super::journal::Journal;
use super::outcome::Report;
use super::{Desk, ImportError, Progress};

/// How often in a row a batch may bring nothing before submitting ends.
const STALLED_MAX: u32 = 10;
/// How long to wait before a node that had no room is asked again, in milliseconds.
const PAUSE_MS: u64 = 1_000;
/// What the ledger says of a transaction that is in a block already.
const ALREADY_APPLIED: &str = "already_applied";

/// What the node, or the blocks, say of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    Applied(Height),
    Accepted,
    Refused(Refusal),
    NotTaken(Refusal),
    /// The node said it was in this block, and by the blocks it is not.
    Contradicted(Height),
}

/// Submits all of `sealed`; what the node said of each. Without blocks of our own to look in, what it says is written down.
pub(super) fn submit<T: Transport>(
    sealed: &[Sealed],
    journal: &mut Journal<'_>,
    has_blocks: bool,
    desk: &Desk<'_, T>,
    report: &mut Report,
) -> Result<BTreeMap<TransactionId, Said>, ImportError> {
    let mut said: BTreeMap<TransactionId, Said> = BTreeMap::new();
    let mut waiting: VecDeque<&Sealed> = sealed.iter().collect();
    let mut stalled = 0;
    while !waiting.is_empty() && stalled < STALLED_MAX {
        let batch = next_batch(&mut waiting, desk.submitted_at_once);
        let envelopes: Vec<_> = batch.iter().map(|it| &it.envelope).collect();
        let answer = desk.client.submit_batch(&envelopes, patience(desk.wait_ms));
        let items: Vec<BatchItem> = match answer {
            Ok(items) => items,
            Err(error) => {
                // Whether the batch arrived is open; handing it in again is safe.
                waiting.extend(batch);
                report.stopped = Some(error);
                stalled += 1;
                (desk.pause)(PAUSE_MS);
                continue;
            }
        };
        report.stopped = None;
        let mut fates = Vec::new();
        let before = waiting.len();
        for (sealed, item) in batch.iter().zip(&items) {
            let id = sealed.made.transaction;
            let heard = heard(item);
            match &heard {
                Said::Applied(height) => fates.push((id, Some(*height))),
                Said::Accepted if desk.wait_ms > 0 => waiting.push_back(sealed),
                Said::NotTaken(_) => waiting.push_back(sealed),
                Said::Accepted | Said::Refused(_) | Said::Contradicted(_) => {}
            }
            said.insert(id, heard);
        }
        if !has_blocks {
            journal.note_fates(&fates)?;
        }
        let left = waiting.len() - before;
        if left == batch.len() {
            stalled += 1;
            (desk.pause)(PAUSE_MS);
        } else {
            stalled = 0;
        }
        desk.go_on(Progress::Submitted(
            sealed.len() - waiting.len(),
            sealed.len(),
        ))?;
    }
    Ok(said)
}

const fn patience(wait_ms: u64) -> Patience {
    match wait_ms {
        0 => Patience::Accepted,
        wait_ms if wait_ms > WAIT_MS_MAX => Patience::Final {
            timeout_ms: WAIT_MS_MAX,
        },
        wait_ms => Patience::Final {
            timeout_ms: wait_ms,
        },
    }
}

/// The first of those waiting, as many as fit.
fn next_batch<'s>(waiting: &mut VecDeque<&'s Sealed>, at_once: usize) -> Vec<&'s Sealed> {
    // A list's encoding is its length and, for each entry, the entry's length and bytes.
    let mut bytes = 4usize;
    let fitting = waiting.iter().take(at_once).take_while(|it| {
        bytes = bytes
            .saturating_add(it.envelope.bytes().len())
            .saturating_add(4);
        bytes <= BATCH_BYTES_MAX
    });
    // One envelope always fits.
    let count = fitting.count().max(1);
    waiting.drain(..count).collect()
}

fn heard(item: &BatchItem) -> Said {
    match item.outcome() {
        BatchOutcome::Applied(height) => Said::Applied(height),
        BatchOutcome::Accepted => Said::Accepted,
        // In a block, and the node does not say in which.
        BatchOutcome::Refused(refusal) if refusal.code == ALREADY_APPLIED => Said::Accepted,
        BatchOutcome::Refused(refusal) => Said::Refused(refusal.clone()),
        BatchOutcome::NotTaken(refusal) => Said::NotTaken(refusal.clone()),
    }
}
