//! The words that bring a wallet back: BIP-39, in Chinese (simplified) and English.
//!
//! Twelve words unless more are asked for. They carry 128 bits, which is what an Ed25519 key withstands, and an elder who
//! writes twelve characters on paper makes half the mistakes of one who writes twenty-four. The short checksum of twelve
//! words lets one wrong phrase in sixteen pass; a wallet finds that out all the same, because the keys of a wrong phrase
//! are not those on record for the account.
//!
//! Reading is lenient about form (full-width spaces and letters, no spaces between Chinese characters, the numbers and
//! rows of the sheet, capitals) and strict about content: the first word that is not in the list is named with its place
//! and the nearest words, and a phrase of known words that do not belong together is told apart from that. The language
//! is found from the words.
//!
//! What always holds: a mnemonic in memory has a right checksum; it is wiped when it is dropped and not shown by `Debug`.

use std::borrow::Cow;
use std::cmp::Reverse;

use ledger_core::message::Language;
use zeroize::Zeroizing;

use crate::derivation::Seed;
use crate::error::Error;
use crate::key;
use crate::keystore::KeystoreError;

/// The longest text that is read as a mnemonic, in bytes: 24 long words on a sheet with numbers and spaces.
pub const MNEMONIC_BYTES_MAX: usize = 2_048;
/// How many words are suggested in place of one that is not in the list.
pub const SUGGESTIONS_MAX: usize = 5;
/// How many words stand in a row of the sheet; every length is a multiple of it.
const SHEET_COLUMNS: usize = 3;
/// The longest English word of the list, in letters.
const ENGLISH_LETTERS_MAX: usize = 8;

/// How many words a mnemonic has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordCount {
    /// 12 words, 128 bits.
    #[default]
    Twelve,
    /// 15 words, 160 bits.
    Fifteen,
    /// 18 words, 192 bits.
    Eighteen,
    /// 21 words, 224 bits.
    TwentyOne,
    /// 24 words, 256 bits.
    TwentyFour,
}

impl WordCount {
    /// All of them, ascending.
    pub const ALL: [WordCount; 5] = [
        WordCount::Twelve,
        WordCount::Fifteen,
        WordCount::Eighteen,
        WordCount::TwentyOne,
        WordCount::TwentyFour,
    ];

    /// The number.
    pub const fn words(self) -> usize {
        match self {
            WordCount::Twelve => 12,
            WordCount::Fifteen => 15,
            WordCount::Eighteen => 18,
            WordCount::TwentyOne => 21,
            WordCount::TwentyFour => 24,
        }
    }

    /// How many random bytes they carry: 4 for every 3 words.
    pub const fn entropy_bytes(self) -> usize {
        self.words() / 3 * 4
    }

    /// The count of `words` words.
    ///
    /// # Errors
    /// When no mnemonic has so many.
    pub fn of(words: usize) -> Result<WordCount, Error> {
        let known = WordCount::ALL.into_iter();
        let mut found = known.filter(|count| count.words() == words);
        found
            .next()
            .ok_or(KeystoreError::MnemonicLength { count: words }.into())
    }
}

/// The words that bring a wallet back.
#[derive(Clone, PartialEq, Eq)]
pub struct Mnemonic(bip39::Mnemonic);

impl std::fmt::Debug for Mnemonic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mnemonic(…)")
    }
}

impl Mnemonic {
    /// New words, from the system's random numbers.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn generate(language: Language, count: WordCount) -> Result<Mnemonic, Error> {
        let entropy = key::random::<32>()?;
        Mnemonic::from_entropy(language, &entropy[..count.entropy_bytes()])
    }

    /// The words for 16, 20, 24, 28 or 32 random bytes.
    ///
    /// # Errors
    /// For any other number of bytes.
    pub fn from_entropy(language: Language, entropy: &[u8]) -> Result<Mnemonic, Error> {
        bip39::Mnemonic::from_entropy_in(list_of(language), entropy)
            .map(Mnemonic)
            .map_err(|_| {
                let count = entropy.len().saturating_mul(3) / 4;
                KeystoreError::MnemonicLength { count }.into()
            })
    }

    /// Reads words as a person writes them, in either language.
    ///
    /// # Errors
    /// When a word is not in the list, there are too few or too many, or they do not belong together.
    pub fn parse(text: &str) -> Result<Mnemonic, Error> {
        if text.len() > MNEMONIC_BYTES_MAX {
            return Err(KeystoreError::MnemonicLong {
                length: text.len(),
                length_max: MNEMONIC_BYTES_MAX,
            }
            .into());
        }
        let words = split(text);
        let language = language_of(&words);
        let list = list_of(language);
        for (index, word) in words.iter().enumerate() {
            if list.find_word(word).is_none() {
                return Err(KeystoreError::MnemonicWord {
                    position: index.saturating_add(1),
                    word: word.to_string(),
                    suggestions: suggestions(language, word).join(" "),
                }
                .into());
            }
        }
        WordCount::of(words.len())?;
        let mut joined = Zeroizing::new(String::with_capacity(text.len()));
        for word in &words {
            joined.push_str(word);
            joined.push(' ');
        }
        bip39::Mnemonic::parse_in_normalized(list, &joined)
            .map(Mnemonic)
            .map_err(|_| KeystoreError::MnemonicChecksum {}.into())
    }

    /// The language of the words.
    pub fn language(&self) -> Language {
        match self.0.language() {
            bip39::Language::SimplifiedChinese => Language::Chinese,
            _ => Language::English,
        }
    }

    /// How many words there are.
    pub fn count(&self) -> WordCount {
        WordCount::of(self.0.word_count()).expect("checked when the mnemonic was made")
    }

    /// The words, in order. They stand in a list everybody has; which ones, and in which order, is the secret.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.words()
    }

    /// The words with a space between them, as BIP-39 has them.
    pub fn phrase(&self) -> Zeroizing<String> {
        let mut phrase = Zeroizing::new(String::with_capacity(MNEMONIC_BYTES_MAX));
        for word in self.words() {
            if !phrase.is_empty() {
                phrase.push(' ');
            }
            phrase.push_str(word);
        }
        phrase
    }

    /// The words numbered, three in a row, to be written on paper. [`Mnemonic::parse`] reads it back.
    pub fn sheet(&self) -> Zeroizing<String> {
        let mut sheet = Zeroizing::new(String::with_capacity(MNEMONIC_BYTES_MAX));
        for (index, word) in self.words().enumerate() {
            let number = index.saturating_add(1);
            sheet.push_str(&format!("{number:>2}. {word}"));
            if number % SHEET_COLUMNS == 0 {
                sheet.push('\n');
            } else if self.language() == Language::Chinese {
                sheet.push_str("    ");
            } else {
                let letters = ENGLISH_LETTERS_MAX.saturating_sub(word.len());
                sheet.push_str(&" ".repeat(letters.saturating_add(2)));
            }
        }
        sheet
    }

    /// The random bytes the words stand for.
    pub fn entropy(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_entropy())
    }

    /// The seed of the keys. Another passphrase gives other keys, none gives none of its own: whoever chose one needs it
    /// besides the words.
    pub fn seed(&self, passphrase: &str) -> Seed {
        let normal = normal(passphrase);
        let bytes = Zeroizing::new(self.0.to_seed_normalized(&normal));
        Seed::new(*bytes)
    }
}

/// The words of the list that are nearest to `word`, nearest first: the fewest letters to change for English; for Chinese the
/// closest in the order of Unicode, which is by radical and strokes, so that characters that look alike are close; before
/// them, for a traditional character, the simplified one.
pub fn suggestions(language: Language, word: &str) -> Vec<&'static str> {
    let mut ranked: Vec<((usize, Reverse<usize>), &'static str)> = list_of(language)
        .word_list()
        .iter()
        .map(|known| {
            let distance = match language {
                Language::English => changes(word, known),
                Language::Chinese => apart(word, known),
            };
            let alike = word.chars().zip(known.chars());
            let alike = alike.take_while(|(one, other)| one == other).count();
            ((distance, Reverse(alike)), *known)
        })
        .collect();
    // Of equally near words, those that begin alike come first; then the list's order decides.
    ranked.sort_by_key(|(rank, _)| *rank);
    let nearest = ranked.into_iter().map(|(_, known)| known);
    match (language, simplified(word)) {
        (Language::Chinese, Some(meant)) => std::iter::once(meant)
            .chain(nearest.filter(|known| *known != meant))
            .take(SUGGESTIONS_MAX)
            .collect(),
        _ => nearest.take(SUGGESTIONS_MAX).collect(),
    }
}

/// The words of the list that begin with `beginning`: for completing while somebody types.
pub fn words_beginning(language: Language, beginning: &str) -> Vec<&'static str> {
    let beginning = beginning.to_lowercase();
    list_of(language).words_by_prefix_iter(&beginning).collect()
}

/// The simplified form of a traditional character. BIP-39's two Chinese lists have the same words in the same order.
fn simplified(word: &str) -> Option<&'static str> {
    let index = bip39::Language::TraditionalChinese.find_word(word)?;
    let list = bip39::Language::SimplifiedChinese.word_list();
    list.get(usize::from(index)).copied()
}

const fn list_of(language: Language) -> bip39::Language {
    match language {
        Language::Chinese => bip39::Language::SimplifiedChinese,
        Language::English => bip39::Language::English,
    }
}

/// Text in the form in which BIP-39 compares it (NFKD): full-width letters and spaces become ordinary ones.
pub(crate) fn normal(text: &str) -> Zeroizing<String> {
    let mut normal = Cow::Borrowed(text);
    bip39::Mnemonic::normalize_utf8_cow(&mut normal);
    Zeroizing::new(normal.into_owned())
}

/// What stands between digits, points and spaces: each Chinese character for itself, letters together.
fn split(text: &str) -> Vec<Zeroizing<String>> {
    let mut words: Vec<Zeroizing<String>> = Vec::new();
    let mut goes_on = false;
    for letter in normal(text).chars().flat_map(char::to_lowercase) {
        if is_han(letter) {
            words.push(Zeroizing::new(letter.to_string()));
            goes_on = false;
        } else if letter.is_alphabetic() {
            match words.last_mut() {
                Some(word) if goes_on => word.push(letter),
                _ => words.push(Zeroizing::new(letter.to_string())),
            }
            goes_on = true;
        } else {
            goes_on = false;
        }
    }
    words
}

/// Unicode's blocks of unified ideographs.
const fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// That of most of the words; Chinese when there are as many of one as of the other.
fn language_of(words: &[Zeroizing<String>]) -> Language {
    let chinese = words.iter().filter(|word| word.chars().all(is_han)).count();
    if chinese > 0 && chinese.saturating_mul(2) >= words.len() {
        Language::Chinese
    } else {
        Language::English
    }
}

/// How far two characters are apart in Unicode.
fn apart(word: &str, known: &str) -> usize {
    let point = |text: &str| text.chars().next().map_or(u32::MAX, u32::from);
    usize::try_from(point(word).abs_diff(point(known))).unwrap_or(usize::MAX)
}

/// How many letters must be changed, added, left out or exchanged with their neighbour to make one word of the other
/// (optimal string alignment).
fn changes(word: &str, known: &str) -> usize {
    // A long word is far from every known one; what it exceeds them by does not change the order.
    let from: Vec<char> = word.chars().take(4 * ENGLISH_LETTERS_MAX).collect();
    let to: Vec<char> = known.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.iter().enumerate() {
        let mut current = vec![row.saturating_add(1)];
        for (column, other) in to.iter().enumerate() {
            let replaced = last[column].saturating_add(usize::from(letter != other));
            let removed = last[column.saturating_add(1)].saturating_add(1);
            let added = current[column].saturating_add(1);
            let mut best = replaced.min(removed).min(added);
            let exchanged = row > 0
                && column > 0
                && from[row.saturating_sub(1)] == *other
                && to[column.saturating_sub(1)] == *letter;
            if exchanged {
                best = best.min(before_last[column.saturating_sub(1)].saturating_add(1));
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests;
