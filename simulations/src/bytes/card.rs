//! Membership cards, the questions they answer, and what a phone and a shop's device keep: nobody passes for a member.

use ledger_core::codec::encode;
use ledger_core::id::AccountId;
use ledger_core::proof::TrustChain;
use ledger_core::record::membership::Membership;
use ledger_core::signature::SecretKey;
use ledger_core::state::StateKey;
use timebank_wallet::card::{
    CARD_AGE_MS_MAX_DEFAULT, CARD_BYTES_MAX, CLOCK_DIFFERENCE_MS_MAX, Card, CardProof, CardReader,
    Question, READER_BYTES_MAX, WINDOW_MS_DEFAULT,
};

use super::proven::{self, clock, town_trust};
use super::world::TOWN;
use super::{Allowance, BYTES_RESERVED, Outcome, Target, document};
use crate::comparison::founding;

/// The target.
pub static TARGET: Target = Target {
    name: "card",
    run,
    samples,
    length_max: 2 * CARD_BYTES_MAX,
    inputs: 2_000,
    allowance: Allowance {
        bytes_per_byte: 16,
        bytes: BYTES_RESERVED + 64 * 1024,
    },
};

/// Reads `data` as a byte that says what it is, and that.
pub fn run(data: &[u8]) -> Outcome {
    let Some((kind, bytes)) = data.split_first() else {
        return Outcome::Refused;
    };
    let read = match kind {
        0 => Card::from_bytes(bytes).map(|card| {
            assert_eq!(card.to_bytes(), bytes);
            assert!(bytes.len() <= CARD_BYTES_MAX);
            for mut reader in [windows(), asked()] {
                show(&mut reader, &card);
            }
        }),
        1 => Question::from_bytes(bytes).map(|question| {
            assert_eq!(question.to_bytes(), bytes);
            if let Err(error) = Card::answer(sample_proof(), &holder().1, &question) {
                document::check(&error);
            }
        }),
        2 => CardProof::from_bytes(bytes).map(|proof| {
            assert_eq!(proof.to_bytes(), bytes);
            let shown = Card::show(proof, &holder().1, TOWN.tip.time_ms, u64::MAX);
            match shown {
                Ok(card) => show(&mut windows(), &card),
                Err(error) => document::check(&error),
            }
        }),
        3 => CardReader::from_bytes(bytes).map(|mut reader| {
            assert!(bytes.len() <= READER_BYTES_MAX);
            let limits = reader.limits();
            assert!(limits.clock_difference_ms_max <= CLOCK_DIFFERENCE_MS_MAX);
            assert_eq!(
                CardReader::from_bytes(&reader.to_bytes()).as_ref(),
                Ok(&reader)
            );
            show(&mut reader, &windowed());
            show(&mut reader, &answered());
        }),
        _ => return Outcome::Refused,
    };
    match read {
        Ok(()) => Outcome::Taken,
        Err(error) => {
            document::check(&error);
            Outcome::Refused
        }
    }
}

/// Who is accepted is a member, once.
fn show(reader: &mut CardReader, card: &Card) {
    let clock = clock(&TOWN);
    match reader.check(&TRUST, clock, card) {
        Ok(member) => {
            let held = proven::read(&TOWN, &StateKey::Membership(member.account).to_bytes());
            let home = member.home;
            let key = member.key;
            assert_eq!(held, Some(encode(&Membership { key, home })));
            assert!(reader.check(&TRUST, clock, card).is_err(), "accepted twice");
        }
        Err(error) => document::check(&error.into()),
    }
}

static TRUST: std::sync::LazyLock<TrustChain> = std::sync::LazyLock::new(|| {
    let mut trust = town_trust(&[]);
    for change in &TOWN.changes {
        let followed = trust.follow(change, clock(&TOWN));
        followed.unwrap_or_else(|error| panic!("{error}"));
    }
    trust
});

/// A member whose key is of the ring.
fn holder() -> (AccountId, SecretKey) {
    let mut members = TOWN.genesis.accounts.iter().filter_map(|it| {
        let id = it.id();
        let held = proven::read(&TOWN, &StateKey::Membership(id).to_bytes())?;
        let member: Membership = borsh::from_slice(&held).ok()?;
        Some((id, founding::secret_of(&member.key)?.clone()))
    });
    members.next().expect("a founder is still a member")
}

fn sample_proof() -> CardProof {
    let account = holder().0;
    let proof = proven::record(&TOWN, &StateKey::Membership(account));
    let card = CardProof::of(account, &proof, &TRUST, clock(&TOWN));
    card.unwrap_or_else(|error| panic!("{error}"))
}

/// A question whose random bytes are known, so that a seed gives the same inputs again.
fn question() -> Question {
    let bytes = [&[1][..], TOWN.chain_id().0.as_bytes(), &[7; 16]].concat();
    Question::from_bytes(&bytes).unwrap_or_else(|error| panic!("{error}"))
}

fn answered() -> Card {
    let card = Card::answer(sample_proof(), &holder().1, &question());
    card.unwrap_or_else(|error| panic!("{error}"))
}

fn windowed() -> Card {
    let (now_ms, key) = (TOWN.tip.time_ms, holder().1);
    let card = Card::show(sample_proof(), &key, now_ms, WINDOW_MS_DEFAULT);
    card.unwrap_or_else(|error| panic!("{error}"))
}

/// A reader that takes windows.
fn windows() -> CardReader {
    CardReader::new(timebank_wallet::card::CardLimits::default())
}

/// The memory of a reader, which says its question as [`question`] does and has seen `seen` windows.
fn memory(question: Option<Question>, seen: usize) -> Vec<u8> {
    let now_ms = TOWN.tip.time_ms;
    let asked = question.map(|it| (it, now_ms));
    let seen: Vec<(u64, u64, AccountId)> = (0..seen as u64)
        .map(|at| (now_ms.0 + at, now_ms.0, holder().0))
        .collect();
    let limits = (CARD_AGE_MS_MAX_DEFAULT, CLOCK_DIFFERENCE_MS_MAX);
    encode(&(limits, asked, seen))
}

/// A reader that asked [`question`].
fn asked() -> CardReader {
    let read = CardReader::from_bytes(&memory(Some(question()), 0));
    read.unwrap_or_else(|error| panic!("{error}"))
}

/// A card of each occasion, the question, the proof alone, and memories.
pub fn samples() -> Vec<Vec<u8>> {
    let tagged = |kind: u8, bytes: &[u8]| [&[kind], bytes].concat();
    vec![
        tagged(0, &windowed().to_bytes()),
        tagged(0, &answered().to_bytes()),
        tagged(1, &question().to_bytes()),
        tagged(2, &sample_proof().to_bytes()),
        tagged(3, &memory(None, 0)),
        tagged(3, &memory(None, 3)),
        tagged(3, &memory(Some(question()), 1)),
    ]
}

#[cfg(test)]
mod tests {
    use timebank_wallet::card::CARDS_SEEN_MAX;

    use super::*;

    #[test]
    fn the_samples_are_accepted_where_they_belong() {
        let now = clock(&TOWN);
        assert!(windows().check(&TRUST, now, &windowed()).is_ok());
        assert!(asked().check(&TRUST, now, &answered()).is_ok());
        assert!(windows().check(&TRUST, now, &answered()).is_err());
        let full = CardReader::from_bytes(&memory(None, CARDS_SEEN_MAX));
        let full = full.unwrap_or_else(|error| panic!("{error}"));
        assert!(full.clone().check(&TRUST, now, &windowed()).is_err());
        assert!(CardReader::from_bytes(&memory(None, CARDS_SEEN_MAX + 1)).is_err());
    }
}
