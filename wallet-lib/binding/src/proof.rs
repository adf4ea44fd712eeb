//! Proof files (`.tbproof`): what is proven in them, checked without a network.

use ledger_core::proof::{Clock, Fact, ProofBundle, TrustChain, VerifiedBundle};
use timebank_wallet::error::Error;
use timebank_wallet::verify::{Freshness, read_genesis};

use crate::error::WalletError;
use crate::text::json;

/// What a proof file says, found true.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct VerifiedProof {
    /// The newest block anything was proven against.
    pub height: u64,
    /// That block's id.
    pub block_id: String,
    /// That block's time: Unix time in milliseconds.
    pub time_ms: u64,
    /// What is proven, oldest block first.
    pub facts: Vec<ProofFact>,
}

/// Something proven.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ProofFact {
    /// An account after a block, or that there is none under this id.
    Account {
        /// The block.
        height: u64,
        /// Its id.
        account: String,
        /// Its record as JSON; none when it is proven that there is none.
        json: Option<String>,
    },
    /// An order after a block, or that there is none under this id.
    Order {
        /// The block.
        height: u64,
        /// Its id.
        order: String,
        /// Its record as JSON; none when it is proven that there is none.
        json: Option<String>,
    },
    /// Any other record after a block, or that there is none under this key.
    Record {
        /// The block.
        height: u64,
        /// The key's bytes.
        key: Vec<u8>,
        /// The record's bytes; none when it is proven that there is none.
        value: Option<Vec<u8>>,
    },
    /// A transaction that applied in a block.
    Transaction {
        /// The block.
        height: u64,
        /// Its id.
        id: String,
        /// It, with its signatures, as JSON.
        json: String,
    },
    /// What a transaction of a block, or the chain by itself, did.
    Receipt {
        /// The block.
        height: u64,
        /// It, as JSON.
        json: String,
    },
    /// A posting in the history of an account or pool.
    Posting {
        /// The block it was proven against.
        height: u64,
        /// How many postings came before it.
        position: u64,
        /// It, as JSON.
        json: String,
    },
}

impl ProofFact {
    fn new(height: u64, fact: &Fact) -> ProofFact {
        match fact {
            Fact::Account { account, record } => ProofFact::Account {
                height,
                account: account.to_string(),
                json: record.as_ref().map(json),
            },
            Fact::Order { order, record } => ProofFact::Order {
                height,
                order: order.to_string(),
                json: record.as_ref().map(json),
            },
            Fact::Record { key, value } => ProofFact::Record {
                height,
                key: key.clone(),
                value: value.clone(),
            },
            Fact::Transaction { id, envelope } => ProofFact::Transaction {
                height,
                id: id.to_string(),
                json: json(envelope),
            },
            Fact::Receipt(receipt) => ProofFact::Receipt {
                height,
                json: json(receipt),
            },
            Fact::Posting {
                position, posting, ..
            } => ProofFact::Posting {
                height,
                position: *position,
                json: json(posting),
            },
        }
    }
}

impl VerifiedProof {
    pub(crate) fn new(bundle: &VerifiedBundle) -> VerifiedProof {
        let newest = bundle.newest();
        let facts = bundle.blocks.iter().flat_map(|block| {
            let height = block.height.0;
            let facts = block.facts.iter();
            facts.map(move |fact| ProofFact::new(height, fact))
        });
        VerifiedProof {
            facts: facts.collect(),
            height: newest.height.0,
            block_id: newest.block_id.to_string(),
            time_ms: newest.time_ms.0,
        }
    }
}

/// Checks the bytes of a `.tbproof` file against nothing but the city's genesis document, by the machine's clock.
///
/// # Errors
/// Which link of the proof broke.
#[uniffi::export]
pub fn verify_proof(genesis: &str, proof: &[u8]) -> Result<VerifiedProof, WalletError> {
    let anchor = TrustChain::genesis(&read_genesis(genesis)?);
    let clock = Clock::at(Freshness::within(0).now_ms);
    let verified = ProofBundle::verify_file(proof, &anchor, clock).map_err(Error::from)?;
    Ok(VerifiedProof::new(&verified))
}
