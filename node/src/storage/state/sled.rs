//! The derived state in a sled database (cargo feature `sled`), for comparison; ADR 0004 says why it is not the default.
//!
//! sled has no snapshots. A [`SledView`] that must outlive a batch gets the values the batch overwrites before they are
//! overwritten, and looks among those after it has read the database: a new value it may have read was put there only
//! after the old one was kept. Each value carries a checksum, because sled checks its log when it opens and not later.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use ledger_core::state::RecordBytes;

use super::engine::{Batch, EngineView, OlderReaders, StateEngine};
use super::key::Key;
use crate::storage::StorageError;
use crate::storage::lengths::to_u64;
use crate::storage::locks::lock;
use crate::storage::volume::{SystemVolume, Volume};

/// How much of the database is kept in memory, in bytes.
const CACHE_BYTES: u64 = 192 * 1024 * 1024;
const CHECKSUM_BYTES: usize = 8;
/// How often, and how far apart, sled's lock is tried.
const LOCK_ATTEMPTS_MAX: u32 = 200;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// A sled database with the derived state.
pub(in crate::storage) struct SledEngine {
    path: PathBuf,
    database: sled::Db,
    views: Mutex<Vec<Weak<SledView>>>,
}

struct SledView {
    path: PathBuf,
    database: sled::Db,
    /// What the database held when this view was made, of keys that were overwritten since.
    kept: RwLock<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
}

impl SledEngine {
    /// Opens the database in the directory at `path`, or makes it.
    ///
    /// # Errors
    /// When it is damaged, or the disk fails or is full.
    pub(in crate::storage) fn open(path: &Path) -> Result<SledEngine, StorageError> {
        let database = open_unlocked(path).map_err(|error| translate(path, error))?;
        sync_all(path)?;
        Ok(SledEngine {
            path: path.to_path_buf(),
            database,
            views: Mutex::new(Vec::new()),
        })
    }

    /// Gives every view still read what is about to be overwritten under `keys`.
    fn keep<'k>(&self, keys: impl Iterator<Item = &'k Key>) -> Result<(), sled::Error> {
        let mut before = Vec::new();
        for key in keys {
            let value = self.database.get(&**key)?;
            before.push((key.to_vec(), value.map(|value| value.to_vec())));
        }
        let mut views = lock(&self.views);
        views.retain(|view| view.strong_count() > 0);
        for view in views.iter().filter_map(Weak::upgrade) {
            let mut kept = view.kept.write().unwrap_or_else(PoisonError::into_inner);
            for (key, value) in &before {
                kept.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        Ok(())
    }

    fn apply(&self, batch: &Batch, older: OlderReaders) -> Result<(), sled::Error> {
        if older == OlderReaders::Some {
            self.keep(batch.entries.iter().map(|(key, _)| key))?;
        }
        let mut sled_batch = sled::Batch::default();
        for (key, value) in &batch.entries {
            match value {
                Some(value) => sled_batch.insert(&**key, seal(key, &value.bytes())),
                None => sled_batch.remove(&**key),
            }
        }
        self.database.apply_batch(sled_batch)?;
        self.database.flush()?;
        Ok(())
    }
}

impl StateEngine for SledEngine {
    fn view(&self) -> Result<Arc<dyn EngineView>, StorageError> {
        let view = Arc::new(SledView {
            path: self.path.clone(),
            database: self.database.clone(),
            kept: RwLock::default(),
        });
        let mut views = lock(&self.views);
        views.push(Arc::downgrade(&view));
        Ok(view)
    }

    fn persist(&self, batch: &Batch, older: OlderReaders) -> Result<(), StorageError> {
        self.apply(batch, older)
            .map_err(|error| translate(&self.path, error))?;
        // sled's flush leaves the last step to the kernel (`sync_file_range`), and does not say so.
        sync_all(&self.path)
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl SledView {
    fn unseal(&self, key: &[u8], value: &[u8]) -> Result<Vec<u8>, StorageError> {
        value
            .split_at_checked(CHECKSUM_BYTES)
            .filter(|(sum, content)| *sum == checksum(key, content))
            .map(|(_, content)| content.to_vec())
            .ok_or_else(|| StorageError::StateDamaged {
                path: self.path.clone(),
                reason: "a value does not fit its checksum".to_string(),
            })
    }

    /// Up to `limit` sealed records as the database holds them now.
    fn raw(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StorageError> {
        let records = self.database.range(from..to).take(limit);
        records
            .map(|record| {
                let (key, value) = record.map_err(|error| translate(&self.path, error))?;
                Ok((key.to_vec(), value.to_vec()))
            })
            .collect()
    }

    /// What was kept of a range.
    fn kept(&self, from: &[u8], to: &[u8]) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.range(from.to_vec()..to.to_vec())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

impl EngineView for SledView {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let now = self.database.get(key);
        let now = now.map_err(|error| translate(&self.path, error))?;
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let value = match kept.get(key) {
            Some(before) => before.clone(),
            None => now.map(|value| value.to_vec()),
        };
        value.map(|value| self.unseal(key, &value)).transpose()
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StorageError> {
        if from >= to {
            return Ok(Vec::new());
        }
        loop {
            // Each key that was kept may be one too many in the database.
            let expected = self.kept(from, to).len();
            let raw = self.raw(from, to, limit.saturating_add(expected))?;
            let kept = self.kept(from, to);
            if kept.len() > expected {
                // A batch came in between. It ends, and the next starts only after the next flush.
                continue;
            }
            let mut merged: BTreeMap<_, _> = raw
                .into_iter()
                .map(|(key, value)| (key, Some(value)))
                .collect();
            merged.extend(kept);
            let records = merged
                .into_iter()
                .filter_map(|(key, value)| Some((key, value?)));
            return records
                .take(limit)
                .map(|(key, value)| {
                    let content = self.unseal(&key, &value)?;
                    Ok((key, content))
                })
                .collect();
        }
    }
}

/// The data directory's own lock is held, so that whoever still holds sled's is an earlier instance of this process: sled
/// lets go of its lock from a thread of its own, some time after it was dropped.
fn open_unlocked(path: &Path) -> Result<sled::Db, sled::Error> {
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(CACHE_BYTES)
        // Flushed by `persist` alone.
        .flush_every_ms(None);
    for _ in 1..LOCK_ATTEMPTS_MAX {
        match config.open() {
            Err(sled::Error::Io(error)) if error.to_string().contains("could not acquire lock") => {
                std::thread::sleep(LOCK_PAUSE);
            }
            outcome => return outcome,
        }
    }
    config.open()
}

fn seal(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = checksum(key, value).to_vec();
    sealed.extend_from_slice(value);
    sealed
}

fn checksum(key: &[u8], value: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&to_u64(key.len()).to_le_bytes());
    hasher.update(key);
    hasher.update(value);
    let mut checksum = [0; CHECKSUM_BYTES];
    checksum.copy_from_slice(&hasher.finalize().as_bytes()[..CHECKSUM_BYTES]);
    checksum
}

/// Syncs every file of the database, which sled itself does not.
fn sync_all(path: &Path) -> Result<(), StorageError> {
    let failed = |source| StorageError::io(path, "sync", source);
    let mut directories = vec![path.to_path_buf()];
    while let Some(current) = directories.pop() {
        for entry in std::fs::read_dir(&current).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_type().map_err(failed)?.is_dir() {
                directories.push(entry.path());
                continue;
            }
            let file = std::fs::File::open(entry.path());
            match file.and_then(|file| file.sync_all()) {
                // sled removes its own old snapshots while we look.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                synced => synced.map_err(failed)?,
            }
        }
        SystemVolume
            .sync_directory(&current)
            .map_err(|source| StorageError::io(&current, "sync", source))?;
    }
    Ok(())
}

fn translate(path: &Path, error: sled::Error) -> StorageError {
    match error {
        sled::Error::Io(source) => StorageError::io(path, "use", source),
        other => StorageError::StateDamaged {
            path: path.to_path_buf(),
            reason: other.to_string(),
        },
    }
}
