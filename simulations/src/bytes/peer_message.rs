//! What peers send to all: messages of the three topics.

use std::sync::Arc;

use ledger_core::block::BLOCK_TRANSACTIONS_MAX;
use ledger_core::codec::encode;
use ledger_core::hash::Hash;
use ledger_core::id::Height;
use ledger_core::transaction::{ENVELOPE_BYTES_MAX, SealedEnvelope};
use timebank_node::replica::Topic;
use timebank_node::replica::messages::{
    Announcement, ProposalBody, TransactionGroup, ValidatorMessage,
};

use super::world::TOWN;
use super::{Allowance, Outcome, Target, consensus_message};

/// The target.
pub static TARGET: Target = Target {
    name: "peer_message",
    run,
    samples,
    length_max: 256 * 1024 + 64,
    inputs: 5_000,
    allowance: Allowance {
        bytes_per_byte: 16,
        bytes: 32 * 1024,
    },
};

/// Reads `data` as a byte for the topic, and a message.
pub fn run(data: &[u8]) -> Outcome {
    let Some((topic, bytes)) = data.split_first() else {
        return Outcome::Refused;
    };
    let encoded = match topic {
        0 => ValidatorMessage::decode(bytes).map(|message| {
            assert!(bytes.len() <= Topic::Consensus.bytes_max());
            match &message {
                ValidatorMessage::Consensus(message) => consensus_message::check(message),
                ValidatorMessage::Body(body) => check_body(body),
            }
            encode(&message)
        }),
        1 => TransactionGroup::decode(bytes).map(|group| {
            assert!(bytes.len() <= Topic::Transactions.bytes_max());
            assert!(are_short(&group.envelopes));
            encode(&group)
        }),
        2 => Announcement::decode(bytes).map(|announcement| encode(&announcement)),
        _ => return Outcome::Refused,
    };
    match encoded {
        Ok(encoded) => {
            assert_eq!(encoded, bytes);
            Outcome::Taken
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            Outcome::Refused
        }
    }
}

fn are_short(envelopes: &[Arc<SealedEnvelope>]) -> bool {
    envelopes
        .iter()
        .all(|it| it.bytes().len() <= ENVELOPE_BYTES_MAX)
}

/// What whoever gathers a body relies on.
pub(super) fn check_body(body: &ProposalBody) {
    assert!(body.envelope_hashes.len() <= BLOCK_TRANSACTIONS_MAX);
    assert!(
        body.carried
            .iter()
            .all(|it| it.bytes().len() <= ENVELOPE_BYTES_MAX)
    );
    body.matches(&Hash::ZERO);
}

/// The body of a block of the town.
pub(super) fn body() -> ProposalBody {
    let decided = TOWN
        .blocks
        .iter()
        .max_by_key(|it| it.block.transactions.len())
        .expect("the town has blocks");
    let transactions = &decided.block.transactions;
    ProposalBody {
        height: decided.block.header.height,
        block_id: decided.block.id(),
        envelope_hashes: transactions.iter().map(|it| it.envelope_hash()).collect(),
        carried: transactions.iter().take(2).cloned().collect(),
    }
}

/// Some of each topic.
pub fn samples() -> Vec<Vec<u8>> {
    let under = |topic: u8, bytes: Vec<u8>| [&[topic][..], &bytes].concat();
    let mut samples: Vec<Vec<u8>> = consensus_message::messages()
        .into_iter()
        .map(|it| under(0, encode(&ValidatorMessage::Consensus(Box::new(it)))))
        .collect();
    samples.push(under(0, encode(&ValidatorMessage::Body(body()))));
    let envelopes: Vec<_> = TOWN.envelopes().take(12).cloned().collect();
    for count in [1, 3, 12] {
        let groups = TransactionGroup::encode_all(&envelopes[..count]);
        samples.extend(groups.into_iter().map(|it| under(1, it)));
    }
    samples.push(under(2, encode(&Announcement { height: Height(7) })));
    samples
}
