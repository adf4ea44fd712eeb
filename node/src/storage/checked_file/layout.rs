//! Where pages lie in a checked file, and their checksums; the picture is in [`super`].
//!
//! Pages and tables have 64 bits of XXH3, seeded with where they belong: enough to notice damage, which nobody aims, and
//! several times cheaper than a cryptographic hash cut to 64 bits, which would not keep out anybody either.

use twox_hash::XxHash3_64;

use crate::storage::lengths::to_usize;

pub(super) const PAGE: usize = 4096;
pub(super) const PAGE_BYTES: u64 = PAGE as u64;
pub(super) const GROUP_PAGES: u64 = 510;
const GROUP_BYTES: u64 = (GROUP_PAGES + 2) * PAGE_BYTES;
pub(super) const SLOT_BYTES: u64 = 2 * PAGE_BYTES;
/// Where the groups begin.
pub(super) const GROUPS_OFFSET: u64 = 2 * SLOT_BYTES;
pub(super) const MAGIC: [u8; 8] = *b"TBPAGE3\n";
/// The number in [`MAGIC`]: how pages, tables and headers lie in the file.
pub(in crate::storage) const PAGE_FORMAT: u32 = 3;

/// The number in a header of this or another format; none when there is no such header.
pub(super) fn page_format(header: &[u8]) -> Option<u32> {
    let [digit, b'\n', ..] = header.strip_prefix(b"TBPAGE")? else {
        return None;
    };
    char::from(*digit).to_digit(10)
}
pub(super) const SLOT_CHECKSUM: std::ops::Range<usize> = 16..48;

/// The checksums of a group's pages.
#[derive(Debug)]
pub(super) struct Table {
    /// Of the newest copy; its parity says which. 0 when none was written.
    pub(super) sequence: u32,
    /// The sync that wrote it, as the header counts them.
    pub(super) sync: u32,
    pub(super) changed: bool,
    pub(super) checksums: Box<[u64]>,
}

impl Table {
    pub(super) fn new() -> Table {
        Table {
            sequence: 0,
            sync: 0,
            changed: false,
            checksums: vec![0; to_usize(GROUP_PAGES)].into(),
        }
    }

    pub(super) fn encode(&self, group: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PAGE);
        bytes.extend_from_slice(&self.sequence.to_le_bytes());
        bytes.extend_from_slice(&self.sync.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        for checksum in &self.checksums {
            bytes.extend_from_slice(&checksum.to_le_bytes());
        }
        let checksum = table_checksum(group, &bytes);
        bytes[8..16].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// A whole copy; none when it was never written, torn or damaged.
    pub(super) fn decode(group: u64, bytes: &[u8]) -> Option<Table> {
        let mut numbers = bytes.chunks_exact(8).map(|chunk| {
            let mut number = [0; 8];
            number.copy_from_slice(chunk);
            u64::from_le_bytes(number)
        });
        let (counts, checksum) = (numbers.next()?, numbers.next()?);
        let (sequence, sync) = (low_half(counts), low_half(counts >> 32));
        let whole = sequence > 0 && checksum == table_checksum(group, bytes);
        whole.then(|| Table {
            sequence,
            sync,
            changed: false,
            checksums: numbers.collect(),
        })
    }
}

/// The lower 32 bits.
pub(super) fn low_half(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// The group of a page, and its place within it. Page 0 is in none.
pub(super) const fn place_of(page: u64) -> (u64, u64) {
    let data_page = page.saturating_sub(1);
    (data_page / GROUP_PAGES, data_page % GROUP_PAGES)
}

pub(super) const fn group_offset(group: u64) -> u64 {
    GROUPS_OFFSET + group * GROUP_BYTES
}

pub(super) const fn page_offset(page: u64) -> u64 {
    let (group, position) = place_of(page);
    group_offset(group) + (2 + position) * PAGE_BYTES
}

/// How long the file is when redb sees so many pages, in bytes.
pub(super) const fn file_length(pages: u64) -> u64 {
    let data_pages = pages.saturating_sub(1);
    let groups = data_pages.div_ceil(GROUP_PAGES);
    GROUPS_OFFSET + (data_pages + 2 * groups) * PAGE_BYTES
}

/// How many pages from `page` on, before `last`, lie side by side in the file.
pub(super) fn run_length(page: u64, last: u64) -> u64 {
    if page == 0 {
        return 1;
    }
    (GROUP_PAGES - place_of(page).1).min(last - page)
}

/// Never 0, which stands for a page never written.
pub(super) fn page_checksum(page: u64, bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(page, bytes).max(1)
}

fn table_checksum(group: u64, bytes: &[u8]) -> u64 {
    let mut content = bytes.to_vec();
    content[8..16].fill(0);
    // The other half of the seeds: a table never passes for a page.
    XxHash3_64::oneshot_with_seed(!group, &content)
}

pub(super) fn slot_checksum(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[..SLOT_CHECKSUM.start]);
    hasher.update(&bytes[PAGE..]);
    *hasher.finalize().as_bytes()
}
