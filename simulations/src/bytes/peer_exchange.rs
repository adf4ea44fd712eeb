//! What peers ask each other and answer.

use ledger_core::block::BLOCK_TRANSACTIONS_MAX;
use ledger_core::codec::encode;
use ledger_core::id::Height;
use timebank_node::replica::messages::{
    BLOCKS_IN_RESPONSE_MAX, PeerRequest, PeerResponse, REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX,
};
use timebank_node::storage::CommittedBlock;

use super::peer_message::{body, check_body};
use super::world::TOWN;
use super::{Allowance, Outcome, Target};

/// The target.
pub static TARGET: Target = Target {
    name: "peer_exchange",
    run,
    samples,
    length_max: REQUEST_BYTES_MAX,
    inputs: 5_000,
    allowance: Allowance {
        bytes_per_byte: 16,
        bytes: 32 * 1024,
    },
};

/// Reads `data` as a byte that says whether a request or a response follows.
pub fn run(data: &[u8]) -> Outcome {
    let Some((kind, bytes)) = data.split_first() else {
        return Outcome::Refused;
    };
    let encoded = match kind {
        0 => PeerRequest::decode(bytes).map(|request| {
            assert!(bytes.len() <= REQUEST_BYTES_MAX);
            if let PeerRequest::Envelopes {
                envelope_hashes, ..
            } = &request
            {
                assert!(envelope_hashes.len() <= BLOCK_TRANSACTIONS_MAX);
            }
            encode(&request)
        }),
        1 => PeerResponse::decode(bytes).map(|response| {
            assert!(bytes.len() <= RESPONSE_BYTES_MAX);
            match &response {
                PeerResponse::Blocks(blocks) => {
                    assert!(blocks.len() <= usize::from(BLOCKS_IN_RESPONSE_MAX));
                }
                PeerResponse::Body(Some(body)) => check_body(body),
                PeerResponse::Body(None) => {}
                PeerResponse::Envelopes(envelopes) => {
                    assert!(envelopes.len() <= BLOCK_TRANSACTIONS_MAX);
                }
            }
            encode(&response)
        }),
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

/// Every kind of request and response.
pub fn samples() -> Vec<Vec<u8>> {
    let body = body();
    let (height, block_id) = (body.height, body.block_id);
    let requests = [
        PeerRequest::Blocks {
            from: Height(1),
            count_max: u16::MAX,
        },
        PeerRequest::Body { height, block_id },
        PeerRequest::Envelopes {
            height,
            block_id,
            envelope_hashes: body.envelope_hashes.clone(),
        },
    ];
    let blocks = TOWN.blocks.iter().take(3).map(|it| CommittedBlock {
        block: it.block.clone(),
        certificate: it.certificate.clone(),
    });
    let responses = [
        PeerResponse::Blocks(blocks.collect()),
        PeerResponse::Blocks(Vec::new()),
        PeerResponse::Envelopes(TOWN.envelopes().take(4).cloned().collect()),
        PeerResponse::Body(Some(body)),
        PeerResponse::Body(None),
    ];
    let requests = requests.iter().map(|it| [vec![0], encode(it)].concat());
    let responses = responses.iter().map(|it| [vec![1], encode(it)].concat());
    requests.chain(responses).collect()
}
