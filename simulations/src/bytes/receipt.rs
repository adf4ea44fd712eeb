//! Receipts, as nodes keep and answer them: as bytes and as JSON.

use ledger_core::codec::encode;
use ledger_core::receipt::{Posting, Receipt};
use ledger_core::record::account::History;

use super::world::TOWN;
use super::{Allowance, Outcome, Target, decoded};

/// The longest encoding read here, in bytes.
const BYTES_MAX: usize = 64 * 1024;

/// The target.
pub static TARGET: Target = Target {
    name: "receipt",
    run,
    samples,
    length_max: BYTES_MAX,
    inputs: 4_000,
    allowance: Allowance {
        bytes_per_byte: 24,
        bytes: 32 * 1024,
    },
};

/// Decodes `data` as a receipt, a posting, or a receipt in JSON.
pub fn run(data: &[u8]) -> Outcome {
    if let Some(posting) = decoded::<Posting>(data, BYTES_MAX) {
        assert!(History::EMPTY.with(&posting).is_ok());
        return Outcome::Taken;
    }
    let receipt = decoded::<Receipt>(data, BYTES_MAX).or_else(|| {
        let receipt: Receipt = serde_json::from_slice(data).ok()?;
        let text = serde_json::to_vec(&receipt).expect("a receipt has text keys only");
        let again: Receipt = serde_json::from_slice(&text).expect("it was written as JSON");
        assert_eq!(again, receipt);
        Some(receipt)
    });
    let Some(receipt) = receipt else {
        return Outcome::Refused;
    };
    assert_eq!(receipt.receipt_hash(), receipt.receipt_hash());
    Outcome::Taken
}

/// Receipts of the town, some of them as JSON, and postings.
pub fn samples() -> Vec<Vec<u8>> {
    let bytes = TOWN.receipts().map(encode);
    let postings = TOWN.receipts().flat_map(|it| &it.postings).step_by(3);
    let json = TOWN
        .receipts()
        .step_by(7)
        .map(|it| serde_json::to_vec(it).expect("a receipt has text keys only"));
    bytes.chain(postings.map(encode)).chain(json).collect()
}
