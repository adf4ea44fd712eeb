//! What the log holds when it is opened: the batches whose rows the database below does not have.

use std::sync::Arc;

use super::log::RowFile;
use super::sorted::{SortedRows, absorb};
use crate::storage::StorageError;
use crate::storage::frame::FRAME_BYTES;
use crate::storage::lengths::to_usize;
use crate::storage::round_file::ROUND_START;

/// Where a log goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    /// Which of the files is written to.
    pub(super) current: usize,
    /// Where the next frame goes.
    pub(super) end: u64,
    /// That of the next frame.
    pub(super) sequence: u64,
    /// What the round is called.
    pub(super) round: u64,
}

/// What was found.
pub(super) struct Recovered {
    pub(super) position: Position,
    /// Of the file that is written to, the newest first.
    pub(super) young: Vec<SortedRows>,
    /// Of the file whose round is over, and that round's last frame; none when the database has all of it.
    pub(super) old: Option<(Vec<SortedRows>, u64)>,
}

/// The frames of a file above those the database has.
struct Round {
    number: usize,
    round: u64,
    first: u64,
    last: u64,
    /// Where the last frame begins and ends.
    last_at: (u64, u64),
    /// What its batches say, the newest first.
    rows: Vec<SortedRows>,
}

/// Reads from `files` what is above the frame `merged`.
///
/// # Errors
/// When a frame is missing or damaged below another one, or the disk fails.
pub(super) fn recover(files: &[Arc<RowFile>; 2], merged: u64) -> Result<Recovered, StorageError> {
    let mut rounds = Vec::new();
    for (number, file) in files.iter().enumerate() {
        rounds.extend(read(file, number, merged)?);
    }
    rounds.sort_unstable_by_key(|round| round.first);
    let mut expected = merged.saturating_add(1);
    for round in &rounds {
        if round.first != expected {
            return Err(files[round.number].damaged(missing(expected)));
        }
        expected = round.last.saturating_add(1);
    }
    let Some(young) = rounds.pop() else {
        return Ok(Recovered {
            position: Position {
                current: 0,
                end: ROUND_START,
                sequence: expected,
                round: expected,
            },
            young: Vec::new(),
            old: None,
        });
    };
    // A process that was killed may not have synced the last one. All before it were synced before it was written.
    let (offset, end) = young.last_at;
    files[young.number].write_again(offset, to_usize(end.saturating_sub(offset)))?;
    Ok(Recovered {
        position: Position {
            current: young.number,
            end,
            sequence: expected,
            round: young.round,
        },
        young: young.rows,
        old: rounds.pop().map(|old| (old.rows, old.last)),
    })
}

fn missing(frame: u64) -> String {
    format!("frame {frame} is missing, and there is a later one")
}

/// What `file` has above the frame `merged`; none when there is nothing.
fn read(file: &Arc<RowFile>, number: usize, merged: u64) -> Result<Option<Round>, StorageError> {
    let length = file.length()?;
    let mut found: Option<Round> = None;
    let mut begun: Option<SortedRows> = None;
    let mut offset = ROUND_START;
    while offset.saturating_add(FRAME_BYTES) <= length {
        let Some(frame) = file.frame_at(offset, length)? else {
            offset = offset.saturating_add(FRAME_BYTES);
            continue;
        };
        offset = frame.end();
        if frame.sequence() <= merged {
            continue;
        }
        let sequence = frame.sequence();
        let round = found.get_or_insert_with(|| Round {
            number,
            round: frame.round,
            first: sequence,
            last: sequence.saturating_sub(1),
            last_at: (0, 0),
            rows: Vec::new(),
        });
        let damaged = |fault: &str| file.damaged(format!("frame {sequence} {fault}"));
        if sequence != round.last.saturating_add(1) {
            return Err(file.damaged(missing(round.last.saturating_add(1))));
        }
        if frame.round != round.round {
            return Err(damaged("is of another round than the one before it"));
        }
        round.last = sequence;
        round.last_at = (frame.offset, frame.end());
        if frame.is_first() {
            begun = Some(SortedRows::new(file, frame.round, 0));
        }
        let Some(mut rows) = begun.take() else {
            return Err(damaged("goes on with no batch"));
        };
        for row in frame.rows() {
            let Some((key, place)) = row else {
                return Err(damaged("has a row that is not what was written"));
            };
            if rows.last_key().is_some_and(|last| last >= key) {
                return Err(damaged("has rows that are not in order"));
            }
            rows.push(key, place);
        }
        if frame.is_last() {
            let mut rows = absorb(&mut round.rows, rows);
            rows.shrink();
            round.rows.insert(0, rows);
        } else {
            begun = Some(rows);
        }
    }
    Ok(found)
}
