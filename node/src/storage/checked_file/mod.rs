//! A file for redb in which every byte read back is checked first.
//!
//! redb trusts its file: one flipped bit in an inner page can make it answer wrongly or panic. This backend lies between
//! the two. It keeps a checksum of every 4 KiB page and refuses a page that does not fit, so that redb only ever parses
//! what redb wrote, and damage becomes an error (ADR 0004).
//!
//! ```text
//! header slot 0 │ header slot 1 │ group 0 │ group 1 │ …             a slot is two pages
//! slot:   magic 8 │ sequence 8 │ checksum 32 │ zeros to 4096 ║ redb's page 0
//! group:  table 0 │ table 1 │ up to 510 of redb's pages, from its page 1 on
//! table:  sequence 4 │ sync 4 │ checksum 8 │ 510 page checksums of 8 bytes; 0 for a page never written
//! ```
//!
//! redb rewrites its page 0 in place and every other page elsewhere before it drops the old one. So page 0 and the tables
//! are kept twice, and [`CheckedFile::sync_data`] writes the older copy of those that changed. After a crash the newest
//! whole copy counts. A table names the sync that wrote it, which the header counts: a table from later than the sync that
//! may have been cut off tells of a header that the disk has lost, and with it the pages the older header leads to may be
//! overwritten. What always holds: the copies not being written agree with every page of the last sync; a page that
//! was written after it is not part of redb's committed state, and redb writes it anew before it reads it. Pages at the end that
//! redb gives back leave the file only after another header was synced, for the copy before leads to them.

mod layout;

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use layout::{
    GROUP_PAGES, GROUPS_OFFSET, MAGIC, PAGE, PAGE_BYTES, SLOT_BYTES, SLOT_CHECKSUM, Table,
    file_length, group_offset, low_half, page_checksum, page_format, page_offset, place_of,
    run_length, slot_checksum,
};

pub(super) use layout::PAGE_FORMAT;

use super::lengths::{to_u64, to_usize};
use super::locks::lock;
use super::volume::Medium;

/// The most bytes written before they are synced, whoever asks or not. A large batch left to one sync at its end fills the
/// disk's queue, and the log of consensus, whose syncs are small, waits behind all of it.
const UNSYNCED_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// Why a file stopped working: the first thing that went wrong, for those who only hear of redb's error after it.
#[derive(Debug)]
pub(super) enum FileFault {
    /// The system refused an operation.
    Io(&'static str, Arc<io::Error>),
    /// What is on disk is not what was written.
    Damaged(String),
    /// Another release laid the file out, in the format of this number.
    Format(u32),
}

/// The first fault of a file; none while it is well.
pub(super) type FaultCell = Arc<Mutex<Option<FileFault>>>;

/// A checked file.
#[derive(Debug)]
pub(super) struct CheckedFile {
    medium: Box<dyn Medium>,
    inner: RwLock<Inner>,
    /// Bytes of pages written since the last sync.
    unsynced: AtomicU64,
    fault: FaultCell,
}

#[derive(Debug)]
struct Inner {
    /// Pages redb sees, page 0 included; 0 for a file that was never written.
    pages: u64,
    /// The sequence of the header after which redb gave pages at the end back that are still in the file.
    cut_after: Option<u64>,
    /// redb's page 0.
    first_page: Box<[u8]>,
    /// The sequence of the newest header slot; its parity says which slot.
    sequence: u64,
    /// The sequence this file was opened with. Tables read later are as they were then.
    opened: u64,
    first_page_changed: bool,
    /// Tables of groups, as far as they were needed.
    tables: Vec<Option<Table>>,
}

impl CheckedFile {
    /// Reads the header of what is in `medium`.
    ///
    /// # Errors
    /// When the disk fails, or the file is not empty and neither header slot is whole.
    pub(super) fn open(medium: Box<dyn Medium>, fault: FaultCell) -> io::Result<CheckedFile> {
        let length = medium.length()?;
        let mut checked = CheckedFile {
            medium,
            inner: RwLock::new(Inner {
                pages: 0,
                cut_after: None,
                first_page: vec![0; PAGE].into(),
                sequence: 0,
                opened: 0,
                first_page_changed: false,
                tables: Vec::new(),
            }),
            unsynced: AtomicU64::new(0),
            fault,
        };
        if length > 0 {
            checked.read_header(length)?;
        }
        Ok(checked)
    }

    fn read_header(&mut self, length: u64) -> io::Result<()> {
        let slots = [self.read_slot(0, length)?, self.read_slot(1, length)?];
        let newest = slots
            .into_iter()
            .flatten()
            .max_by_key(|(sequence, _)| *sequence);
        let Some((sequence, first_page)) = newest else {
            if let Some(actual) = self.other_format(length)? {
                self.note(FileFault::Format(actual));
            }
            return Err(self.damaged("neither copy of its header is whole".to_string()));
        };
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner);
        inner.sequence = sequence;
        inner.opened = sequence;
        inner.first_page = first_page;
        let physical = length.saturating_sub(GROUPS_OFFSET) / PAGE_BYTES;
        let tables = 2 * physical.div_ceil(GROUP_PAGES + 2);
        inner.pages = 1 + physical.saturating_sub(tables);
        Ok(())
    }

    fn read_slot(&self, slot: u64, length: u64) -> io::Result<Option<(u64, Box<[u8]>)>> {
        if length < (slot + 1) * SLOT_BYTES {
            return Ok(None);
        }
        let mut bytes = vec![0; 2 * PAGE];
        self.medium.read(&mut bytes, slot * SLOT_BYTES)?;
        let sequence = bytes[8..]
            .first_chunk()
            .map_or(0, |s| u64::from_le_bytes(*s));
        let whole = bytes.starts_with(&MAGIC)
            && bytes[SLOT_CHECKSUM] == slot_checksum(&bytes)
            && bytes[SLOT_CHECKSUM.end..PAGE].iter().all(|byte| *byte == 0);
        Ok(whole.then(|| (sequence, bytes[PAGE..].into())))
    }

    /// The format that both headers of the file name, if it is not the one read here.
    fn other_format(&self, length: u64) -> io::Result<Option<u32>> {
        let mut formats = [None; 2];
        for (slot, format) in (0..).zip(&mut formats) {
            let mut magic = MAGIC;
            if length >= (slot + 1) * SLOT_BYTES {
                self.medium.read(&mut magic, slot * SLOT_BYTES)?;
                *format = page_format(&magic);
            }
        }
        let [first, second] = formats;
        Ok(first.filter(|format| *format != PAGE_FORMAT && first == second))
    }

    fn damaged(&self, reason: String) -> io::Error {
        let error = io::Error::new(io::ErrorKind::InvalidData, reason.clone());
        self.note(FileFault::Damaged(reason));
        error
    }

    /// Remembers the first fault: redb tells its later callers only that there was one.
    fn note(&self, fault: FileFault) {
        let mut first = lock(&self.fault);
        first.get_or_insert(fault);
    }

    fn noted<T>(&self, action: &'static str, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            match error.kind() {
                // Noted where it was found.
                io::ErrorKind::InvalidData => return error,
                io::ErrorKind::UnexpectedEof => {
                    return self.damaged("the file is shorter than it was".to_string());
                }
                _ => {}
            }
            let error = Arc::new(error);
            self.note(FileFault::Io(action, Arc::clone(&error)));
            io::Error::new(error.kind(), error)
        })
    }

    /// The table of `group`, read from disk the first time.
    fn load_table<'i>(&self, inner: &'i mut Inner, group: u64) -> io::Result<&'i mut Table> {
        let index = to_usize(group);
        if inner.tables.len() <= index {
            inner.tables.resize_with(index + 1, || None);
        }
        let place = &mut inner.tables[index];
        let table = match place.take() {
            Some(table) => table,
            None => self.read_table(inner.opened, group)?,
        };
        Ok(place.insert(table))
    }

    fn read_table(&self, opened: u64, group: u64) -> io::Result<Table> {
        let offset = group_offset(group);
        let end = self.medium.length()?;
        if end < offset + 2 * PAGE_BYTES {
            return Ok(Table::new());
        }
        let mut bytes = vec![0; 2 * PAGE];
        self.medium.read(&mut bytes, offset)?;
        let copies = bytes.chunks_exact(PAGE);
        let newest = copies
            .filter_map(|copy| Table::decode(group, copy))
            .max_by_key(|table| table.sequence);
        match newest {
            Some(table) => {
                // The counts wrap around; what is compared is never far apart.
                let ahead = table.sync.wrapping_sub(low_half(opened));
                if ahead > 1 && ahead < u32::MAX / 2 {
                    return Err(self.damaged(format!(
                        "both copies of its header are {ahead} syncs older than its table {group}"
                    )));
                }
                Ok(table)
            }
            // If we crashed before the first sync of this group, both are unwritten or the first is torn; redb has
            // committed nothing in it. Any page it believes to have here is refused below, for its checksum is missing.
            None => Ok(Table::new()),
        }
    }

    fn check(&self, page: u64, bytes: &[u8], expected: u64) -> io::Result<()> {
        let fits = if expected == 0 {
            bytes.iter().all(|byte| *byte == 0)
        } else {
            page_checksum(page, bytes) == expected
        };
        if fits {
            return Ok(());
        }
        Err(self.damaged(format!(
            "the page at byte {} does not fit its checksum",
            page_offset(page)
        )))
    }

    /// Reads whole pages from `first` on into `out`.
    fn read_pages(&self, first: u64, out: &mut [u8]) -> io::Result<()> {
        let last = first + to_u64(out.len() / PAGE);
        let mut inner = self.read_inner();
        // Tables that were not read yet are read under the exclusive lock, once.
        if (first.max(1)..last).any(|page| !inner.has_table(place_of(page).0)) {
            drop(inner);
            let mut exclusive = self.inner.write().unwrap_or_else(PoisonError::into_inner);
            for group in place_of(first.max(1)).0..=place_of(last - 1).0 {
                self.load_table(&mut exclusive, group)?;
            }
            drop(exclusive);
            inner = self.read_inner();
        }
        let (mut page, mut rest) = (first, out);
        while page < last {
            let run = run_length(page, last);
            let (part, after) = rest.split_at_mut(to_usize(run) * PAGE);
            if page == 0 {
                part.copy_from_slice(&inner.first_page);
            } else {
                self.medium.read(part, page_offset(page))?;
                for (number, bytes) in (page..).zip(part.chunks_exact(PAGE)) {
                    self.check(number, bytes, inner.checksum(number))?;
                }
            }
            page += run;
            rest = after;
        }
        Ok(())
    }

    /// Writes whole pages from `first` on. What is written is written outside of the lock, so that readers of other pages do
    /// not wait for the disk: redb has one writer, and reads no page before the call that wrote it has returned.
    fn write_pages(&self, first: u64, bytes: &[u8]) -> io::Result<()> {
        let last = first + to_u64(bytes.len() / PAGE);
        let (mut page, mut rest) = (first, bytes);
        while page < last {
            let run = run_length(page, last);
            let (part, after) = rest.split_at(to_usize(run) * PAGE);
            if page > 0 {
                self.medium.write(part, page_offset(page))?;
            }
            self.note_pages(page, part)?;
            page += run;
            rest = after;
        }
        let unsynced = self
            .unsynced
            .fetch_add(to_u64(bytes.len()), Ordering::Relaxed);
        if unsynced.saturating_add(to_u64(bytes.len())) >= UNSYNCED_BYTES_MAX {
            // If we crash here, these pages are on disk and no copy of a table or header that leads to them: as before.
            self.sync_medium()?;
        }
        Ok(())
    }

    /// Takes the checksums of `bytes`, written to pages of one group from `page` on; or redb's page 0, which is kept here.
    fn note_pages(&self, page: u64, bytes: &[u8]) -> io::Result<()> {
        if page == 0 {
            let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
            inner.first_page.copy_from_slice(bytes);
            inner.first_page_changed = true;
            return Ok(());
        }
        let pages = (page..).zip(bytes.chunks_exact(PAGE));
        let checksums: Vec<u64> = pages
            .map(|(number, content)| page_checksum(number, content))
            .collect();
        let (group, position) = place_of(page);
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let table = self.load_table(&mut inner, group)?;
        table.changed = true;
        let places = table.checksums.iter_mut().skip(to_usize(position));
        for (place, checksum) in places.zip(checksums) {
            *place = checksum;
        }
        Ok(())
    }

    fn sync_medium(&self) -> io::Result<()> {
        self.unsynced.store(0, Ordering::Relaxed);
        self.medium.sync()
    }

    fn read_inner(&self) -> std::sync::RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_range(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let end = offset.saturating_add(to_u64(out.len()));
        if end > self.read_inner().pages * PAGE_BYTES {
            return Err(self.damaged(format!("the file ends before byte {end} of the database")));
        }
        if out.is_empty() {
            return Ok(());
        }
        let (first, last) = (offset / PAGE_BYTES, end.div_ceil(PAGE_BYTES));
        let skip = to_usize(offset % PAGE_BYTES);
        if skip == 0 && out.len().is_multiple_of(PAGE) {
            return self.read_pages(first, out);
        }
        let mut pages = vec![0; to_usize(last - first) * PAGE];
        self.read_pages(first, &mut pages)?;
        out.copy_from_slice(&pages[skip..skip + out.len()]);
        Ok(())
    }

    fn write_range(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let end = offset.saturating_add(to_u64(data.len()));
        let (first, last) = (offset / PAGE_BYTES, end.div_ceil(PAGE_BYTES));
        let skip = to_usize(offset % PAGE_BYTES);
        if skip == 0 && data.len().is_multiple_of(PAGE) {
            return self.write_pages(first, data);
        }
        // redb has one writer, so nobody writes the rest of these pages between the read and the write.
        let mut pages = vec![0; to_usize(last - first) * PAGE];
        self.read_pages(first, &mut pages)?;
        pages[skip..skip + data.len()].copy_from_slice(data);
        self.write_pages(first, &pages)
    }

    fn resize(&self, length: u64) -> io::Result<()> {
        if !length.is_multiple_of(PAGE_BYTES) || length == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{length} bytes are not a number of pages"),
            ));
        }
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let (pages, data_pages) = (length / PAGE_BYTES, length / PAGE_BYTES - 1);
        if pages < inner.pages {
            // What lies beyond the new end was never written, should the file grow again.
            let groups = data_pages.div_ceil(GROUP_PAGES);
            inner.tables.truncate(to_usize(groups));
            let kept = data_pages % GROUP_PAGES;
            if kept > 0 {
                let table = self.load_table(&mut inner, groups - 1)?;
                table.changed = true;
                table.checksums[to_usize(kept)..].fill(0);
            }
            inner.pages = pages;
            // The header says so since the last sync. If the disk lost that one, the copy before counts, and leads to these pages.
            inner.cut_after = Some(inner.sequence);
            return Ok(());
        }
        let length = file_length(pages);
        // What it grows into may be in the file still, for the sake of a copy of the header; redb writes it anew before it reads it.
        if inner.cut_after.take().is_none() || self.medium.length()? < length {
            // If we crash here, or before the next sync, the length may be the old or the new one; redb compares it with its
            // header and repairs.
            self.medium.resize(length)?;
        }
        inner.pages = pages;
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let changed = |table: &Option<Table>| table.as_ref().is_some_and(|table| table.changed);
        if inner.first_page_changed || inner.tables.iter().any(changed) {
            self.write_copies(&mut inner)?;
        }
        let sequence = inner.sequence;
        let is_cut = inner.cut_after.is_some_and(|header| header < sequence);
        let length = file_length(inner.pages);
        // Readers go on while the disk works. redb, which has one writer, writes nothing more before this returns.
        drop(inner);
        self.sync_medium()?;
        if is_cut {
            // Both copies of the header are from after it now. If we crash here, the file is longer than redb needs.
            self.medium.resize(length)?;
            let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
            inner.cut_after = None;
        }
        Ok(())
    }

    fn write_copies(&self, inner: &mut Inner) -> io::Result<()> {
        let sequence = inner.sequence + 1;
        for (group, table) in (0..).zip(&mut inner.tables) {
            let Some(table) = table.as_mut().filter(|table| table.changed) else {
                continue;
            };
            // If we crash while this copy is written, the other one counts, which knows every page of the last sync.
            // A table written each second is written so often in a century.
            table.sequence = table.sequence.saturating_add(1);
            table.sync = low_half(sequence);
            let copy = u64::from(table.sequence % 2);
            let bytes = table.encode(group);
            self.medium
                .write(&bytes, group_offset(group) + copy * PAGE_BYTES)?;
            table.changed = false;
        }
        // If we crash while this copy is written, the other one counts: redb's header as of the last sync. It is written also
        // when only tables were, so that no table is ever more than one sync ahead of it.
        inner.sequence = sequence;
        let mut bytes = vec![0; PAGE];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..16].copy_from_slice(&sequence.to_le_bytes());
        bytes.extend_from_slice(&inner.first_page);
        let checksum = slot_checksum(&bytes);
        bytes[SLOT_CHECKSUM].copy_from_slice(&checksum);
        self.medium.write(&bytes, (sequence % 2) * SLOT_BYTES)?;
        inner.first_page_changed = false;
        Ok(())
    }
}

impl Inner {
    fn has_table(&self, group: u64) -> bool {
        matches!(self.tables.get(to_usize(group)), Some(Some(_)))
    }

    fn checksum(&self, page: u64) -> u64 {
        let (group, position) = place_of(page);
        let table = self.tables.get(to_usize(group)).and_then(Option::as_ref);
        table.map_or(0, |table| table.checksums[to_usize(position)])
    }
}

impl redb::StorageBackend for CheckedFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.read_inner().pages * PAGE_BYTES)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.noted("read", self.read_range(offset, out))
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.noted("resize", self.resize(length))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.noted("sync", self.sync())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.noted("write", self.write_range(offset, data))
    }
}
