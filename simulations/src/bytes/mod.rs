//! Bad bytes: every decoder that faces peers, clients or files, each behind one function that takes any bytes.
//!
//! A [`Target`] is run in two ways that share its code: by a coverage-guided fuzzer (`simulations/fuzz`, one program a
//! target, `docs/fuzzing.md`) and by the smoke run of the tests (`simulations/tests/bytes`), which makes its inputs with
//! [`mutation`] and measures what each of them makes the decoder allocate. What always holds of a target: it never
//! panics, whatever the input; what it takes, it gives back as the same bytes, where the format has one encoding of
//! everything; what it refuses has an error, with a code where people see it; the bounds of what it takes are kept. Its
//! samples are made by code from real transactions, blocks and answers, so that no binary file is kept anywhere.
//!
//! | file | faces | what |
//! |---|---|---|
//! | `envelope.rs`, `block.rs`, `certificate.rs`, `receipt.rs`, `record.rs`, `proof.rs` | all three | what is on the ledger |
//! | `genesis.rs`, `text.rs`, `audit.rs` | clients, files | the genesis document; ids, dates and amounts as text; chains to audit |
//! | `consensus_message.rs`, `peer_message.rs`, `peer_exchange.rs`, `frame.rs` | peers | messages, requests and responses, frames |
//! | `log.rs`, `recovery.rs`, `last_signed.rs`, `database.rs` | files | what a node keeps |
//! | `configuration.rs`, `key_file.rs` | files | what an operator writes |
//! | `api.rs` | clients | requests over HTTP |
//! | `answer.rs` | peers of wallets | what a node that lies answers |
//! | `document.rs`, `document_binary.rs`, `vault.rs`, `list.rs` | files | what wallets and offices keep |
//! | `bundle.rs`, `checkpoint.rs` | files | what people who trust no node hand to each other |
//! | `card.rs`, `qr.rs` | cameras | what one phone shows to another |
//! | `keystore.rs`, `mnemonic.rs`, `trust_chain.rs` | files, people | what brings a wallet back, and whom it trusts |

pub mod answer;
pub mod api;
pub mod audit;
pub mod block;
pub mod bundle;
pub mod card;
pub mod certificate;
pub mod checkpoint;
pub mod configuration;
pub mod consensus_message;
pub mod database;
mod disk;
pub mod document;
pub mod document_binary;
pub mod envelope;
mod files;
pub mod frame;
pub mod genesis;
pub mod key_file;
pub mod keystore;
pub mod last_signed;
pub mod list;
pub mod log;
pub mod mnemonic;
pub mod mutation;
pub mod peer_exchange;
pub mod peer_message;
pub mod proof;
mod proven;
pub mod qr;
pub mod receipt;
pub mod record;
pub mod recovery;
pub mod text;
pub mod trust_chain;
pub mod vault;
pub mod world;

/// What mutation draws from.
use crate::random;

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is what it should be, at least in form.
    Taken,
    /// It is not.
    Refused,
}

/// What decoding may allocate at once, by the length of the input.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// For each byte of input.
    pub bytes_per_byte: usize,
    /// Whatever the input.
    pub bytes: usize,
}

impl Allowance {
    /// For an input of so many bytes.
    pub const fn of(self, length: usize) -> usize {
        self.bytes
            .saturating_add(self.bytes_per_byte.saturating_mul(length))
    }
}

/// What borsh reserves for a list of bytes by its claim alone, before it finds out that fewer follow; once, because it
/// then stops.
pub const BYTES_RESERVED: usize = 1024 * 1024;

/// One decoder.
#[derive(Debug)]
pub struct Target {
    /// Also the name of the fuzzer's program and of its corpus.
    pub name: &'static str,
    /// Feeds it.
    pub run: fn(&[u8]) -> Outcome,
    /// Good inputs.
    pub samples: fn() -> Vec<Vec<u8>>,
    /// The longest input worth giving, in bytes: somewhat above its own bound where that is small.
    pub length_max: usize,
    /// How many bad inputs the smoke run gives.
    pub inputs: u64,
    /// What it may allocate.
    pub allowance: Allowance,
}

/// Every target.
pub static TARGETS: [&Target; 32] = [
    &envelope::TARGET,
    &block::TARGET,
    &certificate::TARGET,
    &receipt::TARGET,
    &record::TARGET,
    &proof::TARGET,
    &genesis::TARGET,
    &text::TARGET,
    &audit::TARGET,
    &consensus_message::TARGET,
    &peer_message::TARGET,
    &peer_exchange::TARGET,
    &frame::TARGET,
    &log::TARGET,
    &recovery::TARGET,
    &database::TARGET,
    &last_signed::TARGET,
    &configuration::TARGET,
    &key_file::TARGET,
    &api::TARGET,
    &answer::TARGET,
    &document::TARGET,
    &vault::TARGET,
    &list::TARGET,
    &bundle::TARGET,
    &checkpoint::TARGET,
    &trust_chain::TARGET,
    &card::TARGET,
    &keystore::TARGET,
    &qr::TARGET,
    &document_binary::TARGET,
    &mnemonic::TARGET,
];

/// Decodes `bytes` as a `T` of at most `length_max` bytes, strictly.
///
/// # Panics
/// When what was decoded has another encoding, which the codec promises to refuse.
fn decoded<T: borsh::BorshSerialize + borsh::BorshDeserialize>(
    bytes: &[u8],
    length_max: usize,
) -> Option<T> {
    let value = ledger_core::codec::decode::<T>(bytes, length_max).ok()?;
    assert!(bytes.len() <= length_max, "taken beyond its bound");
    assert_eq!(borsh::to_vec(&value).ok().as_deref(), Some(bytes));
    Some(value)
}

/// [`Outcome::Taken`] when there is something.
const fn outcome<T>(taken: Option<&T>) -> Outcome {
    match taken {
        Some(_) => Outcome::Taken,
        None => Outcome::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_program_of_the_fuzzer() {
        let programs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let read = |path: &str| {
            std::fs::read_to_string(programs.join(path))
                .unwrap_or_else(|error| panic!("{path}: {error}"))
        };
        let manifest = read("Cargo.toml");
        for target in TARGETS {
            let name = target.name;
            let program = read(&format!("fuzz_targets/{name}.rs"));
            assert!(program.contains(&format!("bytes::{name}::run(data)")));
            assert!(manifest.contains(&format!("[[bin]]\nname = \"{name}\"")));
        }
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    }
}
