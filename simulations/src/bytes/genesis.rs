//! The genesis document, as nodes and wallets read it from a file: JSON; and as auditors fetch it: bytes.

use ledger_core::codec::encode;
use ledger_core::genesis::{GENESIS_BYTES_MAX, Genesis};
use timebank_wallet::verify::read_genesis;

use super::world::{OFFICE, TOWN};
use super::{Allowance, Outcome, Target, decoded};

/// The target.
pub static TARGET: Target = Target {
    name: "genesis",
    run,
    samples,
    length_max: 128 * 1024,
    inputs: 250,
    allowance: Allowance {
        // A listed account becomes a record, an entry of the index of identities, and their places in the tree.
        bytes_per_byte: 48,
        bytes: 128 * 1024,
    },
};

/// Reads `data` as a document, and makes it the state before the first block if it may begin a chain.
pub fn run(data: &[u8]) -> Outcome {
    let genesis = decoded::<Genesis>(data, GENESIS_BYTES_MAX).or_else(|| {
        let genesis = read_genesis(std::str::from_utf8(data).ok()?).ok()?;
        let text = serde_json::to_string(&genesis).expect("a document has text keys only");
        assert_eq!(read_genesis(&text).ok().as_ref(), Some(&genesis));
        Some(genesis)
    });
    let Some(genesis) = genesis else {
        return Outcome::Refused;
    };
    match genesis.state() {
        Ok(state) => {
            assert!(genesis.city().is_ok());
            assert!(state.records().next().is_some());
            Outcome::Taken
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            Outcome::Refused
        }
    }
}

/// Both chains', in both forms.
pub fn samples() -> Vec<Vec<u8>> {
    [&TOWN.genesis, &OFFICE.genesis]
        .into_iter()
        .flat_map(|it| {
            let json = serde_json::to_vec_pretty(it).expect("a document has text keys only");
            [encode(it), json]
        })
        .collect()
}
