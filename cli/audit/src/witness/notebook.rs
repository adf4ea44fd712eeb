//! What a witness notes of the nodes and of itself between rounds, and what it has told.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ledger_core::id::{ChainId, Height};
use ledger_core::time::{DAY_MS, TimestampMs};
use serde::{Deserialize, Serialize};
use timebank_wallet::nodes::NODES_MAX;
use timebank_wallet::storage::{FileStorage, Storage};

use super::{Event, WitnessError};

const NOTEBOOK: &str = "notebook.json";
const VERSION: u16 = 1;
/// The most reports remembered, so that the same is not told twice a day.
const TOLD_MAX: usize = 4_096;
/// The longest record of events, in bytes; it becomes the former one then, and the one before that goes.
const EVENTS_BYTES_MAX: u64 = 16 * 1024 * 1024;
const EVENTS: &str = "events.jsonl";
const EVENTS_FORMER: &str = "events.former.jsonl";

/// What is known of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// Up to where it has borne out what the witness has seen.
    pub(super) agreed: Height,
    /// The old block it is asked for next, downwards; genesis begins again at the top.
    pub(super) patrol: Height,
    /// Since when it gives no answer.
    pub(super) away_since_ms: Option<TimestampMs>,
    /// For how many rounds it has not come nearer to the tip.
    pub(super) behind_rounds: u32,
}

/// What is noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notebook {
    version: u16,
    chain_id: ChainId,
    pub(super) nodes: BTreeMap<String, Standing>,
    pub(super) last_round_ms: Option<TimestampMs>,
    /// When the newest block was first seen, by the witness's clock.
    pub(super) newest_at_ms: TimestampMs,
    pub(super) silent: bool,
    pub(super) alarms: u64,
    /// When a checkpoint was last made at the interval.
    pub(super) checkpoint_ms: Option<TimestampMs>,
    told: VecDeque<(String, TimestampMs)>,
    /// Whether this process has told that it began.
    #[serde(skip)]
    pub(super) began: bool,
}

impl Notebook {
    pub(super) fn load(
        storage: &FileStorage,
        folder: &Path,
        chain_id: ChainId,
    ) -> Result<Notebook, WitnessError> {
        let Some(bytes) = storage.load(NOTEBOOK)? else {
            return Ok(Notebook {
                version: VERSION,
                chain_id,
                nodes: BTreeMap::new(),
                last_round_ms: None,
                newest_at_ms: TimestampMs(0),
                silent: false,
                alarms: 0,
                checkpoint_ms: None,
                told: VecDeque::new(),
                began: false,
            });
        };
        let path = folder.join(NOTEBOOK);
        let notebook: Notebook = serde_json::from_slice(&bytes)
            .map_err(|error| WitnessError::damaged(&path, error.to_string()))?;
        if notebook.version != VERSION {
            let reason = format!("it is of version {}, not {VERSION}", notebook.version);
            return Err(WitnessError::damaged(&path, reason));
        }
        if notebook.chain_id != chain_id {
            return Err(WitnessError::OtherChain {
                folder: folder.to_owned(),
                expected: chain_id,
                actual: notebook.chain_id,
            });
        }
        Ok(notebook)
    }

    pub(super) fn store(&mut self, storage: &FileStorage) -> Result<(), WitnessError> {
        // Nodes that are named no more go first; those that are will be in it again after the next round.
        while self.nodes.len() > 4 * NODES_MAX {
            self.nodes.pop_first();
        }
        let bytes = serde_json::to_vec_pretty(self).expect("a notebook has only text keys");
        Ok(storage.store(NOTEBOOK, &bytes)?)
    }

    /// Whether `report` was not told within a day before `now_ms`; it is from now on.
    pub(super) fn is_new(&mut self, report: String, now_ms: TimestampMs) -> bool {
        self.told
            .retain(|(_, told_ms)| now_ms.since_ms(*told_ms) < DAY_MS);
        if self.told.iter().any(|(told, _)| *told == report) {
            return false;
        }
        if self.told.len() == TOLD_MAX {
            self.told.pop_front();
        }
        self.told.push_back((report, now_ms));
        true
    }
}

/// The record of everything told, one JSON object a line.
#[derive(Debug)]
pub(super) struct EventLog {
    folder: PathBuf,
    file: File,
    length: u64,
}

impl EventLog {
    pub(super) fn open(folder: &Path) -> Result<EventLog, WitnessError> {
        let path = folder.join(EVENTS);
        let file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&path);
        let opened = file.and_then(|mut file| {
            let mut length = file.metadata()?.len();
            if length > 0 {
                // If we crashed while writing a line, the next one must not become a part of it.
                let mut last = [0];
                file.seek(SeekFrom::End(-1))?;
                file.read_exact(&mut last)?;
                if last != *b"\n" {
                    file.write_all(b"\n")?;
                    length += 1;
                }
            }
            Ok((file, length))
        });
        let (file, length) = opened.map_err(|it| WitnessError::writing(&path, it))?;
        Ok(EventLog {
            folder: folder.to_owned(),
            file,
            length,
        })
    }

    /// Writes `event` down, durably.
    pub(super) fn append(&mut self, event: &Event) -> Result<(), WitnessError> {
        let path = self.folder.join(EVENTS);
        if self.length > EVENTS_BYTES_MAX {
            let former = self.folder.join(EVENTS_FORMER);
            fs::rename(&path, &former).map_err(|it| WitnessError::writing(&former, it))?;
            *self = EventLog::open(&self.folder)?;
        }
        let mut line = serde_json::to_vec(event).expect("an event has only text keys");
        line.push(b'\n');
        let written = self
            .file
            .write_all(&line)
            .and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            // As much of the line as reached the disk goes again.
            let _ = self.file.set_len(self.length);
            return Err(WitnessError::writing(&path, source));
        }
        self.length += u64::try_from(line.len()).unwrap_or(u64::MAX);
        Ok(())
    }
}
