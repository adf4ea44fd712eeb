//! Tests of messages between nodes: their encodings stay as they are, and what is malformed is refused.

use expect_test::expect;
use ledger_core::amount::Minutes;
use ledger_core::block::{Block, Header};
use ledger_core::certificate::{CommitCertificate, CommitSignature, SignedVote, Vote, VoteStep};
use ledger_core::id::{AccountId, BudgetId, ChainId, OrganisationId, StaffId};
use ledger_core::signature::Signature;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::attendance::{Attendance, RecordCampaign};
use ledger_core::transaction::government::AdvanceTime;
use ledger_core::transaction::{Envelope, Operation, SignedBy, Signer, Transaction};
use ledger_core::validator::ValidatorAddress;
use proptest::prelude::*;

use super::*;

fn envelope() -> Arc<SealedEnvelope> {
    let signer = Signer::Staff(StaffId {
        organisation: OrganisationId(1),
        number: 2,
    });
    let transaction = Transaction {
        chain_id: ChainId(Hash([3; 32])),
        version: 1,
        signer,
        valid_until_ms: TimestampMs(4),
        nonce: [5; 16],
        operation: Operation::AdvanceTime(AdvanceTime {
            to_ms: TimestampMs(6),
        }),
    };
    let signature = Signature([7; 64]);
    let signatures = [SignedBy { signer, signature }];
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
}

fn body() -> ProposalBody {
    ProposalBody {
        height: Height(1),
        block_id: BlockId(Hash([2; 32])),
        envelope_hashes: vec![envelope().envelope_hash()],
        carried: vec![envelope()],
    }
}

fn committed() -> CommittedBlock {
    let header = Header {
        version: 1,
        chain_id: ChainId(Hash([3; 32])),
        height: Height(1),
        time_ms: TimestampMs(2),
        parent: BlockId::default(),
        proposer: ValidatorAddress([4; 20]),
        transactions_root: Hash([5; 32]),
        receipts_root: Hash([6; 32]),
        state_root: Hash([7; 32]),
        validators_hash: Hash([8; 32]),
        next_validators_hash: Hash([9; 32]),
        last_set_change: Height(0),
    };
    let certificate = CommitCertificate {
        height: Height(1),
        round: 0,
        block_id: header.id(),
        signatures: vec![CommitSignature {
            validator: ValidatorAddress([4; 20]),
            signature: Signature([1; 64]),
        }],
    };
    let block = Block {
        header,
        transactions: vec![envelope()],
    };
    CommittedBlock {
        block: Arc::new(block),
        certificate,
    }
}

fn vote() -> ConsensusMessage {
    ConsensusMessage::Vote(SignedVote {
        vote: Vote {
            chain_id: ChainId(Hash([3; 32])),
            height: Height(1),
            round: 0,
            step: VoteStep::Prevote,
            block_id: None,
            validator: ValidatorAddress([4; 20]),
        },
        signature: Signature([5; 64]),
    })
}

/// One message of each kind.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let (height, block_id) = (Height(1), BlockId(Hash([2; 32])));
    let envelope_hashes = vec![Hash([1; 32])];
    vec![
        (
            "consensus",
            codec::encode(&ValidatorMessage::Consensus(Box::new(vote()))),
        ),
        ("body", codec::encode(&ValidatorMessage::Body(body()))),
        (
            "transactions",
            TransactionGroup::encode_all(&[envelope()]).remove(0),
        ),
        ("announcement", codec::encode(&Announcement { height })),
        (
            "ask blocks",
            codec::encode(&PeerRequest::Blocks {
                from: height,
                count_max: 64,
            }),
        ),
        (
            "ask body",
            codec::encode(&PeerRequest::Body { height, block_id }),
        ),
        (
            "ask envelopes",
            codec::encode(&PeerRequest::Envelopes {
                height,
                block_id,
                envelope_hashes,
            }),
        ),
        (
            "blocks",
            codec::encode(&PeerResponse::Blocks(vec![committed()])),
        ),
        ("no body", codec::encode(&PeerResponse::Body(None))),
        (
            "envelopes",
            codec::encode(&PeerResponse::Envelopes(vec![envelope()])),
        ),
    ]
}

/// Whether the bytes are a message of any kind. None may panic.
fn decode_as_everything(bytes: &[u8]) -> usize {
    usize::from(ValidatorMessage::decode(bytes).is_ok())
        + usize::from(TransactionGroup::decode(bytes).is_ok())
        + usize::from(Announcement::decode(bytes).is_ok())
        + usize::from(PeerRequest::decode(bytes).is_ok())
        + usize::from(PeerResponse::decode(bytes).is_ok())
}

#[test]
fn the_encodings_of_all_messages_are_pinned() {
    let lines: Vec<String> = samples()
        .into_iter()
        .map(|(name, bytes)| {
            // The long ones by their hash, which shows any change as well.
            let text = if bytes.len() > 100 {
                format!(
                    "{} bytes, BLAKE3 {}",
                    bytes.len(),
                    blake3::hash(&bytes).to_hex()
                )
            } else {
                hex::encode(&bytes)
            };
            format!("{name}: {text}\n")
        })
        .collect();
    expect![[r#"
        consensus: 132 bytes, BLAKE3 3a3a9055c88b7856d9f85d70c77177a4dfbd573d43ed9c247de34f3c25388624
        body: 242 bytes, BLAKE3 cfe26395936b5493597f73f7f8f9bbb0eda4258256cfe9e78c86241169b36c94
        transactions: 165 bytes, BLAKE3 d3521bb92e17151c6f51bb8413208f53deb980205501557cb287cec3211ce9b6
        announcement: 0100000000000000
        ask blocks: 0001000000000000004000
        ask body: 0101000000000000000202020202020202020202020202020202020202020202020202020202020202
        ask envelopes: 0201000000000000000202020202020202020202020202020202020202020202020202020202020202010000000101010101010101010101010101010101010101010101010101010101010101
        blocks: 572 bytes, BLAKE3 c8cd6243fa3cbc73f4b64f8863b982bb73630dfb058b6674d7566862876d2c24
        no body: 0100
        envelopes: 166 bytes, BLAKE3 10686388fb0c7a232f1953b6ae3ebf44b776bb16aebe058fdbee1bdaf25f7601
    "#]].assert_eq(&lines.concat());
}

#[test]
fn every_sample_decodes_and_none_with_a_byte_more_or_less() {
    for (name, mut bytes) in samples() {
        assert!(decode_as_everything(&bytes) > 0, "{name}");
        bytes.push(0);
        assert_eq!(decode_as_everything(&bytes), 0, "{name} with a byte more");
        bytes.truncate(bytes.len() - 2);
        assert_eq!(decode_as_everything(&bytes), 0, "{name} with a byte less");
    }
}

#[test]
fn a_group_is_cut_into_as_few_messages_as_the_bound_allows() {
    let envelopes: Vec<_> = (0..3_000).map(|_| envelope()).collect();
    let messages = TransactionGroup::encode_all(&envelopes);
    let bytes: usize = envelopes.iter().map(|sealed| sealed.bytes().len()).sum();
    assert_eq!(
        messages.len(),
        bytes.div_ceil(Topic::Transactions.bytes_max())
    );
    let mut back = Vec::new();
    for message in &messages {
        assert!(message.len() <= Topic::Transactions.bytes_max());
        back.extend(TransactionGroup::decode(message).unwrap().envelopes);
    }
    assert_eq!(back, envelopes);
    assert!(TransactionGroup::encode_all(&[]).is_empty());
}

#[test]
fn lists_beyond_any_honest_length_are_refused() {
    let envelope_hashes = vec![Hash::ZERO; BLOCK_TRANSACTIONS_MAX + 1];
    let body = ProposalBody {
        envelope_hashes: envelope_hashes.clone(),
        ..body()
    };
    let request = PeerRequest::Envelopes {
        height: Height(1),
        block_id: BlockId::default(),
        envelope_hashes,
    };
    let blocks = vec![committed(); usize::from(BLOCKS_IN_RESPONSE_MAX) + 1];
    let too_many = |result: Result<(), PeerMessageError>| {
        assert!(
            matches!(result, Err(PeerMessageError::TooMany { .. })),
            "{result:?}"
        );
    };
    let bytes = codec::encode(&ValidatorMessage::Body(body));
    too_many(ValidatorMessage::decode(&bytes).map(|_| ()));
    too_many(PeerRequest::decode(&codec::encode(&request)).map(|_| ()));
    let bytes = codec::encode(&PeerResponse::Blocks(blocks));
    too_many(PeerResponse::decode(&bytes).map(|_| ()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn garbage_and_mutations_never_panic(
        garbage in proptest::collection::vec(any::<u8>(), 0..400),
        sample in 0..10usize,
        position in any::<prop::sample::Index>(),
        flip in 1..=255u8,
    ) {
        decode_as_everything(&garbage);
        let mut bytes = samples().swap_remove(sample).1;
        let position = position.index(bytes.len());
        bytes[position] ^= flip;
        decode_as_everything(&bytes);
    }
}

#[test]
fn an_envelope_longer_than_any_honest_one_is_refused() {
    let with = |count: usize| {
        let mut envelope = envelope().envelope().clone();
        let attendance = Attendance {
            district: OrganisationId(1),
            start_ms: TimestampMs(0),
            end_ms: TimestampMs(1),
            participants: vec![AccountId([5; 20]); count],
            minutes: Minutes(1),
            budget: BudgetId([6; 20]),
        };
        envelope.transaction.operation = Operation::RecordCampaign(RecordCampaign { attendance });
        Arc::new(SealedEnvelope::new(envelope))
    };
    let longest = with((ENVELOPE_BYTES_MAX - with(0).bytes().len()) / 20);
    assert!(longest.bytes().len() > ENVELOPE_BYTES_MAX - 20);
    assert_eq!(check_envelopes(std::slice::from_ref(&longest)), Ok(()));
    let longer = with((ENVELOPE_BYTES_MAX - with(0).bytes().len()) / 20 + 1);
    assert_eq!(
        check_envelopes(std::slice::from_ref(&longer)),
        Err(PeerMessageError::Encoding(DecodeError::TooLong {
            length: longer.bytes().len(),
            length_max: ENVELOPE_BYTES_MAX,
        }))
    );
}
