//! The vectors of `docs/card.md`, recomputed, and the list of codes, compared with the source.
//!
//! To write the vectors anew: `TIMEBANK_WRITE_VECTORS=1 cargo test -p timebank-wallet --test card document`.

use std::fmt::Write as _;
use std::path::PathBuf;

use ledger_core::codec::encode;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, BlockId, ChainId};
use ledger_core::signature::{Purpose, SecretKey};
use ledger_core::time::TimestampMs;
use timebank_wallet::card::{CardError, Occasion, Question};

const FENCE: &str = "```vectors\n";

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/card.md")
}

/// What the holder signs, as the document lays it out.
fn statement(occasion: Occasion) -> Vec<u8> {
    let chain_id = ChainId(Hash([0x11; 32]));
    let account = AccountId([0xaa; 20]);
    let block_id = BlockId(Hash([0x33; 32]));
    encode(&(chain_id, account, block_id, occasion))
}

fn vectors() -> String {
    let random = [0x22; 16];
    let key = SecretKey::from_seed(&[1; 32]);
    let answer = statement(Occasion::Answer { random });
    let window = statement(Occasion::Window {
        from_ms: TimestampMs(1_700_000_000_000),
        until_ms: TimestampMs(1_700_000_060_000),
    });
    let question = encode(&(1u8, ChainId(Hash([0x11; 32])), random));
    let read = Question::from_bytes(&question).unwrap();
    assert_eq!(read.to_bytes(), question);
    let mut text = String::new();
    for (name, bytes) in [
        ("card.question", question),
        ("card.statement.answer", answer.clone()),
        (
            "card.signature.answer",
            key.sign(Purpose::Card, &answer).0.to_vec(),
        ),
        ("card.statement.window", window.clone()),
        (
            "card.signature.window",
            key.sign(Purpose::Card, &window).0.to_vec(),
        ),
    ] {
        let hex: String = bytes.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        writeln!(text, "{name} = {hex}").unwrap();
    }
    text
}

#[test]
fn the_vectors_of_the_document_are_right() {
    let text = std::fs::read_to_string(document()).unwrap();
    let start = text.find(FENCE).expect("the vectors") + FENCE.len();
    let end = start + text[start..].find("```").expect("their end");
    let vectors = vectors();
    if std::env::var_os("TIMEBANK_WRITE_VECTORS").is_some() {
        let written = format!("{}{vectors}{}", &text[..start], &text[end..]);
        std::fs::write(document(), written).unwrap();
        return;
    }
    assert_eq!(&text[start..end], vectors);
}

#[test]
fn every_way_to_be_refused_stands_in_the_document() {
    let text = std::fs::read_to_string(document()).unwrap();
    for (code, _) in CardError::FIELDS {
        assert!(
            text.contains(&format!("`{code}`")),
            "docs/card.md lacks {code}"
        );
    }
}
