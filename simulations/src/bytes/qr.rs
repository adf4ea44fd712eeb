//! Texts of QR codes as a camera reads them, in any order: what is put together is what was cut, and bounded.

use timebank_wallet::Document;
use timebank_wallet::qr::{
    self, CONTENT_BYTES_MAX, Collector, ContentId, Kind, PARTS_MAX, Part, Progress, Scanned,
    TERMINAL_PART_BYTES_MAX,
};

use super::world::TOWN;
use super::{Allowance, Outcome, Target, document};

/// The most texts scanned of one input.
const TEXTS_MAX: usize = 256;

/// The target.
pub static TARGET: Target = Target {
    name: "qr",
    run,
    samples,
    length_max: 128 * 1024,
    inputs: 1_500,
    allowance: Allowance {
        bytes_per_byte: 16,
        bytes: 32 * 1024,
    },
};

/// Scans each line of `data`.
pub fn run(data: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(data) else {
        return Outcome::Refused;
    };
    let (mut collector, mut taken) = (Collector::new(), false);
    for text in text.split('\n').take(TEXTS_MAX) {
        if let Ok(part) = text.parse::<Part>() {
            assert_eq!(part.to_string(), text);
            assert!((1..=part.content.parts).contains(&part.number));
        }
        let before = collector.content();
        match collector.add(text) {
            Ok(progress) => {
                taken = true;
                let content = collector.content().expect("a part was taken");
                assert!(before.is_none_or(|before| before == content));
                match progress {
                    Progress::Missing { missing, parts } => {
                        assert!(parts <= PARTS_MAX && missing.len() <= usize::from(parts));
                        assert!(missing.is_sorted() && !missing.is_empty());
                    }
                    Progress::Complete(scanned) => {
                        assert_eq!(ContentId::of(scanned.kind, &scanned.bytes), content.id);
                        check_whole(&scanned);
                        collector.restart();
                    }
                }
            }
            Err(error) => {
                document::check(&error);
                let after = collector.content();
                assert!(after == before || after.is_none(), "a bad part is kept");
            }
        }
    }
    if taken {
        Outcome::Taken
    } else {
        Outcome::Refused
    }
}

/// What was put together can be shown again, and is put together again.
fn check_whole(scanned: &Scanned) {
    assert!(scanned.bytes.len() <= CONTENT_BYTES_MAX);
    let parts = qr::parts(scanned.kind, &scanned.bytes).unwrap_or_else(|error| panic!("{error}"));
    let mut collector = Collector::new();
    let mut last = None;
    for part in parts.iter().rev() {
        last = collector.add(part).ok();
    }
    assert_eq!(last, Some(Progress::Complete(scanned.clone())));
}

/// Contents of each kind, in large and in small parts, in order and the other way round, and two of them mixed.
pub fn samples() -> Vec<Vec<u8>> {
    let envelope = TOWN.envelopes().next().expect("the town has transactions");
    let bytes = Document::new(envelope.transaction().clone()).to_bytes();
    let mut samples: Vec<Vec<u8>> = Kind::ALL
        .into_iter()
        .map(|kind| parts(kind, &bytes, qr::PART_BYTES_MAX).join("\n"))
        .map(String::into_bytes)
        .collect();
    let mut backwards = parts(Kind::Document, &bytes.repeat(4), TERMINAL_PART_BYTES_MAX);
    backwards.reverse();
    backwards.push(backwards[0].clone());
    samples.push(backwards.join("\n").into_bytes());
    let others = parts(Kind::Card, &bytes.repeat(3), TERMINAL_PART_BYTES_MAX);
    let mixed: Vec<String> = backwards
        .into_iter()
        .zip(others)
        .flat_map(|(a, b)| [a, b])
        .collect();
    samples.push(mixed.join("\n").into_bytes());
    samples.push(parts(Kind::Account, &[], 1)[0].clone().into_bytes());
    samples
}

fn parts(kind: Kind, bytes: &[u8], each: usize) -> Vec<String> {
    qr::parts_within(kind, bytes, each).unwrap_or_else(|error| panic!("{error}"))
}
