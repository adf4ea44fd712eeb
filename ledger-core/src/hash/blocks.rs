//! Many short inputs under one domain, hashed side by side.
//!
//! A BLAKE3 hasher takes the 64-byte blocks of an input one after another; the processor could do up to sixteen inputs at
//! once. The library does that within a long input, and offers it for many short ones of one length (`hash_many`), not for
//! whole hashes; so the little that makes a hash of it stands here: an input of up to 1,024 bytes is one chunk, a longer
//! one is halved into chunks whose values are hashed as a pair (the BLAKE3 paper, section 2.1). The outcome is that of
//! [`super::hash`], which the tests compare for every length. `hash_many` is outside what the library promises to
//! keep, and the library is pinned.

use blake3::IncrementCounter;
use blake3::platform::Platform;

use super::{Domain, Hash};

/// The length of a block, in bytes.
const BLOCK_BYTES: usize = 64;
/// The blocks of a chunk.
const CHUNK_BLOCKS: usize = 16;
/// The most blocks of an input.
pub(crate) const INPUT_BLOCKS_MAX: usize = 2 * CHUNK_BLOCKS;
/// How many inputs of one length are gathered before they are hashed: as many as the widest processor does at once.
const TOGETHER: usize = 16;

// The flags of BLAKE3's compression (the paper, table 3).
const CHUNK_START: u8 = 1 << 0;
const CHUNK_END: u8 = 1 << 1;
const PARENT: u8 = 1 << 2;
const ROOT: u8 = 1 << 3;
const DERIVE_KEY_MATERIAL: u8 = 1 << 6;

/// Where a chunk stands in its input.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the input.
    Only,
    /// Another follows.
    First,
    /// It follows another.
    Second,
}

/// Inputs gathered by length, and the hashes so far.
pub(crate) struct BlockHashes {
    platform: Platform,
    key: [u32; 8],
    /// The hash of each input, or, while it is of two chunks, the value of the first.
    hashes: Vec<Hash>,
    /// The value of the second chunk of those inputs that have two.
    seconds: Vec<(usize, Hash)>,
    /// By the blocks in a chunk, less one: whole chunks that are the input, and second ones.
    groups: Box<[[Group; CHUNK_BLOCKS]; 2]>,
    firsts: Group,
}

/// Chunks of one length and place, and whose they are.
#[derive(Clone, Default)]
struct Group {
    inputs: Vec<usize>,
    bytes: Vec<u8>,
}

impl BlockHashes {
    /// None yet, under `domain`.
    pub(crate) fn new(domain: Domain) -> BlockHashes {
        BlockHashes {
            platform: Platform::detect(),
            key: domain.key_words(),
            hashes: Vec::new(),
            seconds: Vec::new(),
            groups: Default::default(),
            firsts: Group::default(),
        }
    }

    /// Adds an input of whole blocks, to be hashed: `pairs` one after another. Its place among the hashes.
    ///
    /// # Panics
    /// When there are none, or more than [`INPUT_BLOCKS_MAX`].
    pub(crate) fn push<'p>(
        &mut self,
        pairs: impl ExactSizeIterator<Item = [&'p Hash; 2]>,
    ) -> usize {
        let blocks = pairs.len();
        assert!(
            (1..=INPUT_BLOCKS_MAX).contains(&blocks),
            "{blocks} blocks, where 1 to {INPUT_BLOCKS_MAX} can be hashed"
        );
        let input = self.hashes.len();
        self.hashes.push(Hash::ZERO);
        let mut pairs = pairs;
        let last = if blocks > CHUNK_BLOCKS {
            self.firsts.add(input, pairs.by_ref().take(CHUNK_BLOCKS));
            if self.firsts.inputs.len() >= TOGETHER {
                self.compress(Place::First, CHUNK_BLOCKS);
            }
            Place::Second
        } else {
            Place::Only
        };
        let left = pairs.len();
        self.group(last, left).add(input, pairs);
        if self.group(last, left).inputs.len() >= TOGETHER {
            self.compress(last, left);
        }
        input
    }

    /// The hashes, in the order in which the inputs were added; what is added after is counted from zero again.
    pub(crate) fn finish(&mut self) -> Vec<Hash> {
        self.compress(Place::First, CHUNK_BLOCKS);
        for place in [Place::Only, Place::Second] {
            for blocks in 1..=CHUNK_BLOCKS {
                self.compress(place, blocks);
            }
        }
        let mut bytes = Vec::with_capacity(self.seconds.len().saturating_mul(BLOCK_BYTES));
        let mut hashes = std::mem::take(&mut self.hashes);
        for (input, second) in &self.seconds {
            bytes.extend_from_slice(hashes[*input].as_bytes());
            bytes.extend_from_slice(second.as_bytes());
        }
        let flags = Flags {
            always: PARENT,
            start: 0,
            end: ROOT,
        };
        let whole = self.many::<BLOCK_BYTES>(&bytes, 0, flags);
        for ((input, _), hash) in self.seconds.drain(..).zip(whole) {
            hashes[input] = hash;
        }
        hashes
    }

    fn group(&mut self, place: Place, blocks: usize) -> &mut Group {
        let index = blocks.saturating_sub(1);
        match place {
            Place::First => &mut self.firsts,
            Place::Only => &mut self.groups[0][index],
            Place::Second => &mut self.groups[1][index],
        }
    }

    /// Works out the values of the chunks gathered so far in one group.
    fn compress(&mut self, place: Place, blocks: usize) {
        let Group {
            mut inputs,
            mut bytes,
        } = std::mem::take(self.group(place, blocks));
        let (counter, end) = match place {
            Place::Only => (0, CHUNK_END | ROOT),
            Place::First => (0, CHUNK_END),
            Place::Second => (1, CHUNK_END),
        };
        let flags = Flags {
            always: 0,
            start: CHUNK_START,
            end,
        };
        let values = self.of_length(blocks, &bytes, counter, flags);
        for (input, value) in inputs.iter().zip(values) {
            match place {
                Place::Only | Place::First => self.hashes[*input] = value,
                Place::Second => self.seconds.push((*input, value)),
            }
        }
        // The memory serves the next ones.
        inputs.clear();
        bytes.clear();
        *self.group(place, blocks) = Group { inputs, bytes };
    }

    fn of_length(&self, blocks: usize, bytes: &[u8], counter: u64, flags: Flags) -> Vec<Hash> {
        macro_rules! by_length {
            ($($blocks:literal)*) => {
                match blocks {
                    $($blocks => self.many::<{ $blocks * BLOCK_BYTES }>(bytes, counter, flags),)*
                    _ => unreachable!("a chunk has 1 to 16 blocks"),
                }
            };
        }
        by_length!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
    }

    /// How many inputs to hash together when `count` are left: the library takes the last ones in fours, and less than four
    /// singly, where a few more beside them cost nothing.
    fn lanes(&self, count: usize) -> usize {
        let degree = self.platform.simd_degree().min(TOGETHER);
        let rest = count.checked_rem(degree).unwrap_or(0);
        if rest <= 1 {
            return count;
        }
        let lanes = rest.next_power_of_two().max(4).min(degree);
        count.saturating_sub(rest).saturating_add(lanes)
    }

    /// The values of inputs of `N` bytes each, which lie one after another.
    fn many<const N: usize>(&self, bytes: &[u8], counter: u64, flags: Flags) -> Vec<Hash> {
        let (inputs, rest) = bytes.as_chunks::<N>();
        assert!(rest.is_empty(), "only whole inputs are gathered");
        let mut values = Vec::with_capacity(inputs.len());
        for part in inputs.chunks(TOGETHER) {
            let mut references = [&part[0]; TOGETHER];
            for (reference, input) in references.iter_mut().zip(part) {
                *reference = input;
            }
            let mut out = [0; TOGETHER * size_of::<Hash>()];
            self.platform.hash_many(
                &references[..self.lanes(part.len())],
                &self.key,
                counter,
                IncrementCounter::No,
                DERIVE_KEY_MATERIAL | flags.always,
                flags.start,
                flags.end,
                &mut out,
            );
            let (out, _) = out.as_chunks();
            values.extend(out.iter().take(part.len()).map(|value| Hash(*value)));
        }
        values
    }
}

/// Flags of all blocks of an input, of its first and of its last.
#[derive(Clone, Copy)]
struct Flags {
    always: u8,
    start: u8,
    end: u8,
}

impl Group {
    fn add<'p>(&mut self, input: usize, pairs: impl ExactSizeIterator<Item = [&'p Hash; 2]>) {
        if self.inputs.capacity() == 0 {
            let bytes = pairs.len().saturating_mul(BLOCK_BYTES);
            self.inputs.reserve_exact(TOGETHER);
            self.bytes.reserve_exact(bytes.saturating_mul(TOGETHER));
        }
        self.inputs.push(input);
        for [left, right] in pairs {
            self.bytes.extend_from_slice(left.as_bytes());
            self.bytes.extend_from_slice(right.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash;
    use super::*;

    fn input(blocks: usize, salt: usize) -> Vec<Hash> {
        (0..blocks.saturating_mul(2))
            .map(|number| {
                hash(
                    Domain::Identity,
                    &[&number.to_le_bytes(), &salt.to_le_bytes()],
                )
            })
            .collect()
    }

    fn check(inputs: &[Vec<Hash>]) {
        let mut hashes = BlockHashes::new(Domain::StateBucket);
        let mut expected = Vec::new();
        for input in inputs {
            hashes.push(input.chunks(2).map(|pair| [&pair[0], &pair[1]]));
            let bytes: Vec<u8> = input.iter().flat_map(|hash| hash.0).collect();
            expected.push(hash(Domain::StateBucket, &[&bytes]));
        }
        assert_eq!(hashes.finish(), expected);
    }

    #[test]
    fn every_length_alone_is_the_plain_hash() {
        for blocks in 1..=INPUT_BLOCKS_MAX {
            check(&[input(blocks, 0)]);
        }
    }

    #[test]
    fn lengths_together_in_any_number_are_the_plain_hashes() {
        check(&[]);
        let mixed = (0..400).map(|number| input(number * 7 % INPUT_BLOCKS_MAX + 1, number));
        check(&mixed.collect::<Vec<_>>());
        for count in [1, 2, 15, 16, 17, 31, 32, 33] {
            for blocks in [1, 16, 17, 32] {
                let same = (0..count).map(|number| input(blocks, number));
                check(&same.collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn every_kind_of_processor_agrees() {
        let kinds = [
            Some(Platform::portable()),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Platform::sse2(),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Platform::sse41(),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Platform::avx2(),
        ];
        let inputs: Vec<Vec<Hash>> = (0..200)
            .map(|number| input(number % INPUT_BLOCKS_MAX + 1, number))
            .collect();
        let outcome = |platform| {
            let mut hashes = BlockHashes::new(Domain::StateNode);
            hashes.platform = platform;
            for input in &inputs {
                hashes.push(input.chunks(2).map(|pair| [&pair[0], &pair[1]]));
            }
            hashes.finish()
        };
        let here = outcome(Platform::detect());
        for kind in kinds.into_iter().flatten() {
            assert_eq!(outcome(kind), here, "{kind:?}");
        }
    }
}
