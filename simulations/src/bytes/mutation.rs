//! Turning good bytes into bad ones: the smoke run's share of what a fuzzer does, determined by a seed.
//!
//! What always holds: the same seed and the same samples give the same inputs in the same order; no input is longer than
//! the bound it was asked for.

use super::random::Random;

/// The most changes made to one sample.
const CHANGES_MAX: usize = 4;
/// One input of so many is not made from a sample at all.
const ARBITRARY_EVERY: u64 = 24;
/// The longest run of bytes inserted at once.
const INSERTED_MAX: usize = 24;
/// How often a part is repeated at most.
const REPEATED_MAX: usize = 64;

/// What a length that lies says: the greatest, those around signs, and those that a careless reader would still reserve.
const CLAIMS: [u64; 8] = [
    u64::MAX,
    i64::MAX as u64,
    u32::MAX as u64,
    1 << 31,
    1 << 24,
    1 << 20,
    1 << 16,
    0,
];
/// Bytes that mean something in most formats.
const TELLING: &[u8] = b"\0\x01\x7f\x80\xff{}[]\",:/+-.?&%=#\n\r 019aAxX";
/// Texts that mean something in most textual formats.
const WORDS: [&str; 17] = [
    "18446744073709551616",
    "-1",
    "1e999",
    "0.5",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "[[[[[[[[[[[[[[[[",
    "%00",
    "%ff",
    "\u{feff}",
    "\\ud800",
    "时间",
    "..",
    "9999-12-31",
];

/// Makes bad bytes out of good ones.
#[derive(Clone, Debug)]
pub struct Mutator {
    random: Random,
}

impl Mutator {
    /// The one of `seed`.
    pub const fn new(seed: u64) -> Mutator {
        Mutator {
            random: Random::new(seed),
        }
    }

    /// The next input, made from `samples`; at most `length_max` bytes.
    pub fn next(&mut self, samples: &[Vec<u8>], length_max: usize) -> Vec<u8> {
        let mut bytes = if samples.is_empty() || self.random.below(ARBITRARY_EVERY) == 0 {
            let length = self.random.index(length_max.min(300) + 1);
            self.arbitrary(length)
        } else {
            let mut bytes = samples[self.random.index(samples.len())].clone();
            for _ in 0..=self.random.index(CHANGES_MAX) {
                self.change(&mut bytes, samples, length_max);
            }
            bytes
        };
        bytes.truncate(length_max);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, samples: &[Vec<u8>], length_max: usize) {
        if bytes.is_empty() {
            let length = 1 + self.random.index(INSERTED_MAX);
            *bytes = self.arbitrary(length);
            return;
        }
        let place = self.random.index(bytes.len());
        match self.random.below(12) {
            0 | 1 => bytes[place] ^= 1 << self.random.below(8),
            2 => bytes[place] = self.telling(),
            3 | 4 => self.claim(bytes, place),
            5 => bytes.truncate(place),
            6 => {
                let length = 1 + self.random.index(INSERTED_MAX);
                let inserted = self.arbitrary(length);
                bytes.splice(place..place, inserted);
            }
            7 => {
                let end = self.end_after(place, bytes.len());
                bytes.drain(place..end);
            }
            8 => {
                let end = self.end_after(place, bytes.len());
                let room = length_max.saturating_sub(bytes.len()) / (end - place);
                let times = (1 + self.random.index(REPEATED_MAX)).min(room);
                let part = bytes[place..end].repeat(times);
                bytes.splice(place..place, part);
            }
            9 => {
                let other = &samples[self.random.index(samples.len())];
                let from = self.random.index(other.len() + 1);
                bytes.truncate(place);
                bytes.extend_from_slice(&other[from..]);
            }
            10 => {
                let other = &samples[self.random.index(samples.len())];
                let from = self.random.index(other.len() + 1);
                for (byte, theirs) in bytes[place..].iter_mut().zip(&other[from..]).take(64) {
                    *byte = *theirs;
                }
            }
            _ => self.word(bytes, place),
        }
    }

    /// Overwrites four or eight bytes with a length that lies, in either byte order.
    fn claim(&mut self, bytes: &mut [u8], place: usize) {
        let value = CLAIMS[self.random.index(CLAIMS.len())];
        let [wide, narrow] = [
            value.to_le_bytes().to_vec(),
            // Cut to the width on purpose: the greatest claims are the greatest at each width.
            value.to_le_bytes()[..4].to_vec(),
        ];
        let mut claim = if self.random.happens(700) {
            narrow
        } else {
            wide
        };
        if self.random.happens(100) {
            claim.reverse();
        }
        for (byte, claimed) in bytes[place..].iter_mut().zip(claim) {
            *byte = claimed;
        }
    }

    /// Replaces the digits at `place`, or nothing, by a word that textual formats trip over.
    fn word(&mut self, bytes: &mut Vec<u8>, place: usize) {
        let digits = bytes[place..].iter().take_while(|it| it.is_ascii_digit());
        let end = place + digits.count();
        let word = WORDS[self.random.index(WORDS.len())];
        bytes.splice(place..end, word.bytes());
    }

    fn end_after(&mut self, place: usize, length: usize) -> usize {
        let longest = if self.random.happens(800) { 16 } else { length };
        place + 1 + self.random.index((length - place).min(longest))
    }

    fn telling(&mut self) -> u8 {
        TELLING[self.random.index(TELLING.len())]
    }

    fn arbitrary(&mut self, length: usize) -> Vec<u8> {
        (0..length)
            .map(|_| self.random.next().to_le_bytes()[0])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_inputs_again_and_another_seed_others() {
        let samples = vec![b"{\"a\": 17}".to_vec(), vec![0; 100]];
        let made = |seed| {
            let mut mutator = Mutator::new(seed);
            (0..200)
                .map(|_| mutator.next(&samples, 400))
                .collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
    }

    #[test]
    fn inputs_keep_their_bound_and_seldom_equal_a_sample() {
        let samples = vec![(0..=255).collect::<Vec<u8>>()];
        let mut mutator = Mutator::new(7);
        let inputs: Vec<_> = (0..2_000).map(|_| mutator.next(&samples, 300)).collect();
        assert!(inputs.iter().all(|it| it.len() <= 300));
        let unchanged = inputs.iter().filter(|it| **it == samples[0]).count();
        assert!(
            unchanged < 100,
            "{unchanged} of 2,000 inputs are the sample"
        );
        assert!(inputs.iter().any(|it| it.len() == 300), "none was repeated");
        assert!(inputs.iter().any(|it| it.len() < 20), "none was cut");
    }
}
