//! A file in memory: its bytes as they are read, its bytes as a crash would leave them, and the difference.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustix::io::Errno;

use super::fault::{DiskCounts, Survival, hash, number_of};
use crate::storage::lengths::{to_u64, to_usize};

/// Bytes are kept, and survive a crash, by the page.
const PAGE: usize = 4096;
const PAGE_BYTES: u64 = PAGE as u64;
/// A page is torn between sectors of so many bytes.
const SECTOR: usize = 512;

type Page = [u8; PAGE];

/// What a decision is about, so that one seed decides differently about each.
const ABOUT_PAGE: u64 = 0;
const ABOUT_SECTORS: u64 = 1;
const ABOUT_CUT: u64 = 2;
const ABOUT_LENGTH: u64 = 3;
const ABOUT_LENGTH_BETWEEN: u64 = 4;
const ABOUT_ROT: u64 = 5;

/// The bytes of a file. A page never written takes no memory, and pages are shared between copies.
#[derive(Clone, Debug, Default)]
struct Content {
    length: u64,
    pages: Vec<Option<Arc<Page>>>,
}

impl Content {
    fn read(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.saturating_add(to_u64(out.len()));
        if end > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut offset = offset;
        let mut rest = out;
        while !rest.is_empty() {
            let (index, within) = place_of(offset);
            let (part, after) = rest.split_at_mut(rest.len().min(PAGE - within));
            match self.page(index) {
                Some(page) => part.copy_from_slice(&page[within..within + part.len()]),
                None => part.fill(0),
            }
            offset += to_u64(part.len());
            rest = after;
        }
        Ok(())
    }

    fn page(&self, index: usize) -> Option<&Arc<Page>> {
        self.pages.get(index).and_then(Option::as_ref)
    }

    fn set_page(&mut self, index: usize, page: Option<Arc<Page>>) {
        if self.pages.len() <= index {
            self.pages.resize(index + 1, None);
        }
        self.pages[index] = page;
    }

    fn page_mut(&mut self, index: usize) -> &mut Page {
        if self.pages.len() <= index {
            self.pages.resize(index + 1, None);
        }
        Arc::make_mut(self.pages[index].get_or_insert_with(|| Arc::new([0; PAGE])))
    }

    /// Cuts the content, or lets it grow by zeros.
    fn resize(&mut self, length: u64) {
        if length < self.length {
            let (index, within) = place_of(length);
            self.pages.truncate(index + usize::from(within > 0));
            if within > 0 && self.page(index).is_some() {
                self.page_mut(index)[within..].fill(0);
            }
        }
        self.length = length;
    }

    fn allocated(&self) -> usize {
        self.pages.iter().flatten().count()
    }
}

/// A file.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    /// What is read.
    now: Content,
    /// What was synced.
    durable: Content,
    /// Pages that differ, or may.
    changed: BTreeSet<usize>,
    /// Pages that differ and that no later sync makes durable, because a sync of them has failed.
    abandoned: BTreeSet<usize>,
    /// The shortest the file was since the last sync.
    shortest: u64,
}

impl Image {
    /// A durable file with these bytes.
    pub(super) fn holding(bytes: &[u8]) -> Image {
        let mut image = Image::default();
        // No limit of space: this cannot fail.
        let _ = image.write(bytes, 0, None);
        image.sync();
        image
    }

    /// A durable file with what is read now.
    pub(super) fn as_durable(&self) -> Image {
        Image {
            now: self.now.clone(),
            durable: self.now.clone(),
            shortest: self.now.length,
            ..Image::default()
        }
    }

    pub(super) const fn length(&self) -> u64 {
        self.now.length
    }

    pub(super) fn allocated_bytes(&self) -> u64 {
        to_u64(self.now.allocated()) * PAGE_BYTES
    }

    pub(super) fn read(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        self.now.read(out, offset)
    }

    /// Writes; `space` is how many bytes may be allocated.
    pub(super) fn write(
        &mut self,
        bytes: &[u8],
        offset: u64,
        space: Option<u64>,
    ) -> io::Result<()> {
        let mut space = space.map_or(u64::MAX, |space| space / PAGE_BYTES);
        let (mut offset, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let (index, within) = place_of(offset);
            let (part, after) = rest.split_at(rest.len().min(PAGE - within));
            if self.now.page(index).is_none() {
                space = space.checked_sub(1).ok_or(Errno::NOSPC)?;
            }
            self.now.page_mut(index)[within..within + part.len()].copy_from_slice(part);
            self.changed.insert(index);
            offset += to_u64(part.len());
            self.now.length = self.now.length.max(offset);
            rest = after;
        }
        Ok(())
    }

    /// The length grows as by a write, and no bytes arrive.
    pub(super) fn write_nothing(&mut self, offset: u64, length: usize) {
        self.now.length = self.now.length.max(offset.saturating_add(to_u64(length)));
    }

    /// Where `length` bytes land that were to go to `offset`: at another page of the file.
    pub(super) fn elsewhere(&self, offset: u64, length: usize, seed: u64) -> u64 {
        let room = self.now.length.saturating_sub(to_u64(length)) / PAGE_BYTES + 1;
        let page = hash(&[seed, offset]) % room;
        if page == offset / PAGE_BYTES {
            // The file may end here; then it grows.
            (page + 1) * PAGE_BYTES
        } else {
            page * PAGE_BYTES
        }
    }

    pub(super) fn resize(&mut self, length: u64) {
        if length < self.now.length {
            self.now.resize(length);
            let (index, within) = place_of(length);
            let kept = index + usize::from(within > 0);
            self.changed.split_off(&kept);
            self.abandoned.split_off(&kept);
            if within > 0 {
                self.changed.insert(index);
            }
            self.shortest = self.shortest.min(length);
        } else {
            self.now.resize(length);
        }
    }

    pub(super) fn sync(&mut self) {
        self.durable.resize(self.shortest.min(self.durable.length));
        for index in std::mem::take(&mut self.changed) {
            self.abandoned.remove(&index);
            let page = self.now.page(index).cloned();
            self.durable.set_page(index, page);
        }
        self.durable.length = self.now.length;
        self.shortest = self.now.length;
    }

    /// A sync that failed: the system takes the pages for clean all the same, and writes them no more.
    pub(super) fn fail_to_sync(&mut self) {
        let changed = std::mem::take(&mut self.changed);
        self.abandoned.extend(changed);
    }

    /// Leaves what `survival` says. `path` is what the file was called when it was made.
    pub(super) fn crash(&mut self, path: &Path, survival: Survival, counts: &mut DiskCounts) {
        match survival {
            // The system runs on: what was not synced still waits, and a later loss of power takes it.
            Survival::Everything => return,
            Survival::Synced => {
                counts.dropped += to_u64(self.changed.union(&self.abandoned).count());
                self.now = self.durable.clone();
            }
            Survival::Torn { seed } => self.now = self.torn([seed, number_of(path)], counts),
        }
        *self = self.as_durable();
    }

    fn torn(&self, place: [u64; 2], counts: &mut DiskCounts) -> Content {
        let decide =
            |about: u64, at: u64, of: u64| hash(&[place[0], place[1], about, at]) % of.max(1);
        let mut left = self.durable.clone();
        let was_cut = self.shortest < self.durable.length;
        let cut_is_kept = was_cut && decide(ABOUT_CUT, 0, 2) == 0;
        if cut_is_kept {
            left.resize(self.shortest);
        }
        // What was written beyond a cut belongs to a file that was cut: it is not there if the cut is not.
        let reach = if was_cut && !cut_is_kept {
            self.shortest
        } else {
            u64::MAX
        };
        for index in self.changed.union(&self.abandoned).copied() {
            let at = to_u64(index);
            match (at * PAGE_BYTES < reach, decide(ABOUT_PAGE, at, 3)) {
                (true, 0) => left.set_page(index, self.now.page(index).cloned()),
                (true, 1) => {
                    let sectors = decide(ABOUT_SECTORS, at, u64::MAX);
                    tear(&mut left, &self.now, index, sectors);
                    counts.torn += 1;
                }
                _ => counts.dropped += 1,
            }
        }
        if was_cut && !cut_is_kept {
            return left;
        }
        let (low, high) = (left.length, self.now.length);
        let length = match decide(ABOUT_LENGTH, 0, 4) {
            0 => low,
            1 => {
                let sectors = high.saturating_sub(low) / to_u64(SECTOR);
                low + decide(ABOUT_LENGTH_BETWEEN, 0, sectors) * to_u64(SECTOR)
            }
            _ => high,
        };
        // Pages beyond the length that counts are not part of the file.
        left.length = u64::MAX;
        left.resize(length);
        left
    }

    /// Flips a bit of what is durable, and of what is read unless something newer was written over it.
    pub(super) fn rot(&mut self, seed: u64) -> bool {
        let used: Vec<usize> = (0..self.durable.pages.len())
            .filter(|index| self.durable.page(*index).is_some())
            .collect();
        if used.is_empty() {
            return false;
        }
        let page = decide_rot(seed, 0, used.len());
        self.flip(used[page], seed);
        true
    }

    /// The same in one page; whether it was ever written.
    #[cfg(test)]
    pub(super) fn rot_page(&mut self, page: u64, seed: u64) -> bool {
        let index = to_usize(page);
        let used = self.durable.page(index).is_some();
        if used {
            self.flip(index, seed);
        }
        used
    }

    fn flip(&mut self, index: usize, seed: u64) {
        let end = usize::try_from(self.durable.length).unwrap_or(usize::MAX);
        let within = decide_rot(seed, 1, end.saturating_sub(index * PAGE).clamp(1, PAGE));
        let bit = 1 << decide_rot(seed, 2, 8);
        self.durable.page_mut(index)[within] ^= bit;
        // What was written since lies over it.
        let covered = self.changed.contains(&index) || self.abandoned.contains(&index);
        if !covered && self.now.page(index).is_some() {
            self.now.page_mut(index)[within] ^= bit;
        }
    }

    pub(super) fn hash_durable(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.durable.length.to_le_bytes());
        for (index, page) in self.durable.pages.iter().enumerate() {
            // A page of zeros and one never written are the same file.
            if let Some(page) = page.as_ref().filter(|page| ***page != [0; PAGE]) {
                hasher.update(&to_u64(index).to_le_bytes());
                hasher.update(page.as_slice());
            }
        }
    }
}

fn decide_rot(seed: u64, about: u64, of: usize) -> usize {
    let drawn = hash(&[seed, ABOUT_ROT, about]) % to_u64(of);
    usize::try_from(drawn).unwrap_or(0)
}

/// Puts those sectors of a page of `newer` into `content` whose bit is set in `sectors`.
fn tear(content: &mut Content, newer: &Content, index: usize, sectors: u64) {
    let zeros = [0; PAGE];
    let newer = newer.page(index).map_or(&zeros, |page| page.as_ref());
    let page = content.page_mut(index);
    for (number, (to, from)) in page
        .chunks_exact_mut(SECTOR)
        .zip(newer.chunks_exact(SECTOR))
        .enumerate()
    {
        if sectors >> number & 1 == 1 {
            to.copy_from_slice(from);
        }
    }
}

/// The page at `offset`, and the place within it.
fn place_of(offset: u64) -> (usize, usize) {
    (to_usize(offset / PAGE_BYTES), to_usize(offset % PAGE_BYTES))
}
