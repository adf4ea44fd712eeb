//! Short inputs under one domain, hashed one at a time.
//!
//! Nearly all that is hashed by itself is shorter than one chunk of BLAKE3, 1,024 bytes: ids, keys, records, postings. For
//! those the library's hasher, made for inputs of any length, sets up and passes through much that they do not need. A
//! chunk is its blocks, compressed one after another (the BLAKE3 paper, section 2.4); that stands here. The outcome is that of
//! the library, which the tests compare for every length. The compression is outside what the library promises to keep, and
//! the library is pinned.

use std::io::{self, Write};

use blake3::platform::Platform;

use super::{Domain, Hash};

/// The length of a block, in bytes.
const BLOCK_BYTES: usize = 64;
/// The longest input, in bytes.
const CHUNK_BYTES_MAX: usize = 1_024;

// The flags of BLAKE3's compression (the paper, table 3).
const CHUNK_START: u8 = 1 << 0;
const CHUNK_END: u8 = 1 << 1;
const ROOT: u8 = 1 << 3;
const DERIVE_KEY_MATERIAL: u8 = 1 << 6;

/// An input of up to [`CHUNK_BYTES_MAX`] bytes on its way.
pub(super) struct Chunk {
    platform: Platform,
    value: [u32; 8],
    /// What is not compressed yet, zeros after it.
    block: [u8; BLOCK_BYTES],
    /// How much of the block is filled.
    filled: usize,
    /// How much there was in all.
    length: usize,
    /// The flag of the first block, until that is compressed.
    start: u8,
}

impl Chunk {
    /// Nothing yet, under `domain`.
    pub(super) fn new(domain: Domain) -> Chunk {
        Chunk {
            platform: Platform::detect(),
            value: domain.key_words(),
            block: [0; BLOCK_BYTES],
            filled: 0,
            length: 0,
            start: CHUNK_START,
        }
    }

    /// The hash of what was written.
    pub(super) fn finish(mut self) -> Hash {
        self.compress(CHUNK_END | ROOT);
        let mut hash = Hash::ZERO;
        let (bytes, _) = hash.0.as_chunks_mut::<4>();
        for (bytes, word) in bytes.iter_mut().zip(self.value) {
            *bytes = word.to_le_bytes();
        }
        hash
    }

    fn compress(&mut self, end: u8) {
        let length = u8::try_from(self.filled).expect("a block has 64 bytes");
        let flags = DERIVE_KEY_MATERIAL | self.start | end;
        let (value, block) = (&mut self.value, &self.block);
        self.platform
            .compress_in_place(value, block, length, 0, flags);
        self.block = [0; BLOCK_BYTES];
        (self.filled, self.start) = (0, 0);
    }
}

impl Write for Chunk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    /// Takes `bytes`; refuses them when they are more than a chunk holds, and then the chunk is of no use any more.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.length = self.length.saturating_add(bytes.len());
        if self.length > CHUNK_BYTES_MAX {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.filled == BLOCK_BYTES {
                self.compress(0);
            }
            let room = self.block.get_mut(self.filled..).unwrap_or_default();
            let (now, later) = rest.split_at(rest.len().min(room.len()));
            if let Some(place) = room.get_mut(..now.len()) {
                place.copy_from_slice(now);
            }
            self.filled = self.filled.saturating_add(now.len());
            rest = later;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::hasher;
    use super::*;

    fn library(domain: Domain, bytes: &[u8]) -> Hash {
        Hash(*hasher(domain).update(bytes).finalize().as_bytes())
    }

    #[test]
    fn every_length_is_the_hash_of_the_library() {
        let bytes: Vec<u8> = (0..=255).cycle().take(CHUNK_BYTES_MAX).collect();
        for length in 0..=CHUNK_BYTES_MAX {
            let mut chunk = Chunk::new(Domain::Posting);
            chunk.write_all(&bytes[..length]).unwrap();
            assert_eq!(chunk.finish(), library(Domain::Posting, &bytes[..length]));
        }
    }

    #[test]
    fn however_it_is_cut_up_the_hash_is_the_same() {
        let bytes: Vec<u8> = (0..200).collect();
        for step in 1..=bytes.len() {
            let mut chunk = Chunk::new(Domain::History);
            for part in bytes.chunks(step) {
                chunk.write_all(part).unwrap();
            }
            assert_eq!(chunk.finish(), library(Domain::History, &bytes));
        }
    }

    #[test]
    fn refuses_what_is_longer_than_a_chunk() {
        let mut chunk = Chunk::new(Domain::Posting);
        chunk.write_all(&[1; CHUNK_BYTES_MAX]).unwrap();
        assert!(chunk.write_all(&[1]).is_err());
    }
}
