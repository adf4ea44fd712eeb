//! What can go wrong with words, keys and the file that keeps them: one variant per cause, as in [`crate::error`].
//!
//! What always holds: no error shows a password, a key or more than one word.

use crate::error::errors;

errors! {
    /// An error of words, keys and the keystore.
    enum KeystoreError {}

    /// No mnemonic has so many words.
    #[error("a mnemonic has 12, 15, 18, 21 or 24 words, not {count}")]
    Local "mnemonic_length" MnemonicLength {
        /// How many words there are.
        count: usize,
    },
    /// The text is longer than any mnemonic.
    #[error("the text has {length} bytes; a mnemonic has at most {length_max}")]
    Local "mnemonic_long" MnemonicLong {
        /// Its bytes.
        length: usize,
        /// The most bytes.
        length_max: usize,
    },
    /// A word is in no list. Only the first such word is named, so that an error that is kept gives little away.
    #[error("word {position} of the mnemonic, {word:?}, is not in the list; near it are: {suggestions}")]
    Local "mnemonic_word" MnemonicWord {
        /// Which word, from 1.
        position: usize,
        /// The word as it was understood.
        word: String,
        /// The nearest words of the list, with spaces between them.
        suggestions: String,
    },
    /// All words are in the list, and they do not belong together.
    #[error("the words of the mnemonic are all known, and do not belong together: one is wrong, or their order")]
    Local "mnemonic_checksum" MnemonicChecksum {},
    /// No key has such an index.
    #[error("index {index} of a key's path; it must be below {end}")]
    Local "key_index" KeyIndex {
        /// The index.
        index: u32,
        /// The first that is too large.
        end: u32,
    },
    /// There is no keystore under this name.
    #[error("there is no keystore {name}")]
    NotFound "keystore_missing" Missing {
        /// Its name.
        name: String,
    },
    /// A keystore is never written over another.
    #[error("there is a keystore {name} already; a new one never takes its place")]
    Local "keystore_exists" Exists {
        /// Its name.
        name: String,
    },
    /// The file is not what was written. Nothing in it is used, and it is not taken for an empty one.
    #[error("keystore {name} is damaged: {reason}")]
    Local "keystore_damaged" Damaged {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is of a version this build does not know.
    #[error("keystore {name} has version {version}; this build reads {known}")]
    Local "keystore_version" Version {
        /// Its name.
        name: String,
        /// Its version.
        version: u16,
        /// The version this build reads.
        known: u16,
    },
    /// The cost of deriving a key from the password is out of bounds.
    #[error("a password cost of {memory_kib} KiB, {iterations} iterations and {lanes} lanes is out of bounds ({bounds})")]
    Local "keystore_cost" Cost {
        /// Memory, in KiB.
        memory_kib: u32,
        /// Passes over it.
        iterations: u32,
        /// Lanes.
        lanes: u32,
        /// What is allowed.
        bounds: String,
    },
    /// There is not enough memory to derive the key from the password.
    #[error("{memory_kib} KiB of memory are needed to check the password, and there are not so many")]
    Local "keystore_memory" Memory {
        /// Memory, in KiB.
        memory_kib: u32,
    },
    /// The password is not the one the keystore was closed with.
    #[error("the password is wrong")]
    Local "password_wrong" PasswordWrong {},
    /// A new password is too short.
    #[error("the password has {length} characters; it has at least {length_min}")]
    Local "password_short" PasswordShort {
        /// Its characters.
        length: usize,
        /// The fewest.
        length_min: usize,
    },
    /// What was asked for needs the password first.
    #[error("the keystore is locked; unlock it with its password")]
    Local "keystore_locked" Locked {},
    /// The entry has no secret key: it only watches.
    #[error("{label:?} only watches: this wallet has no key for it")]
    Local "keystore_watches" Watches {
        /// The entry.
        label: String,
    },
    /// The keystore has no words to derive keys from.
    #[error("this keystore has no mnemonic; its keys cannot be derived")]
    Local "keystore_wordless" Wordless {},
    /// Somebody else wrote the keystore since it was read.
    #[error("keystore {name} was changed by another program since it was opened")]
    Local "keystore_changed" Changed {
        /// Its name.
        name: String,
    },
    /// What was written is not what is read back.
    #[error("keystore {name} was written and reads differently; the storage is broken")]
    Local "keystore_unwritten" Unwritten {
        /// Its name.
        name: String,
    },
    /// No room for another entry.
    #[error("the keystore has {entries_max} entries, and no room for another")]
    Local "keystore_full" Full {
        /// The most entries.
        entries_max: usize,
    },
    /// A label no entry may have.
    #[error("a label has 1 to {length_max} bytes without control characters or spaces at its ends")]
    Local "label_unfit" LabelUnfit {
        /// The longest label, in bytes.
        length_max: usize,
    },
    /// Another entry has the label.
    #[error("there is an entry {label:?} already")]
    Local "label_taken" LabelTaken {
        /// The label.
        label: String,
    },
    /// No entry has the label.
    #[error("the keystore has no entry {label:?}")]
    NotFound "label_unknown" LabelUnknown {
        /// The label.
        label: String,
    },
}
