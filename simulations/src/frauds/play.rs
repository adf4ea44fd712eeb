//! Puts what was planned into blocks, by the real rules.
//!
//! A block comes at the end of each minute in which somebody hands something in, and one every midnight, so that the chain does
//! what falls due; four validators certify it. Signatures are not verified a second time here, because they were made a
//! moment ago; whoever follows the blocks verifies them.

use std::sync::Arc;

use anyhow::{Context, Result};
use ledger_core::block::Block;
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::genesis::Genesis;
use ledger_core::hash::Hash;
use ledger_core::ledger::{Built, Rejection, Tip, VerifiedSignatures, build_block};
use ledger_core::signature::{Purpose, SecretKey};
use ledger_core::state::MemoryState;
use ledger_core::time::{MINUTE_MS, TimestampMs};
use ledger_core::transaction::SealedEnvelope;
use ledger_core::validator::ValidatorAddress;
use timebank_audit::BookedBlock;

use super::city::{self, VALIDATORS};
use super::scene::Asked;

/// A transaction the ledger refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// The planted fraud it belongs to.
    pub(crate) case: Option<usize>,
    /// Why.
    pub(crate) rejection: Rejection,
}

/// Every signature was verified.
#[derive(Debug)]
struct MadeHere;

impl VerifiedSignatures for MadeHere {
    fn contains(&self, _: &Hash) -> bool {
        true
    }
}

/// The chain while it grows.
struct Chain {
    state: MemoryState,
    tip: Tip,
    validators: Vec<(ValidatorAddress, SecretKey)>,
    transactions: u64,
}

/// What became of a plan.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) blocks: u64,
    pub(crate) transactions: u64,
    pub(crate) refused: Vec<Refused>,
}

/// Plays `asked` from `genesis` on to the end of day `last_day`, and hands each block on.
///
/// # Errors
/// When the books do not balance, or whoever gets the blocks fails.
pub(crate) fn play(
    genesis: &Genesis,
    mut asked: Vec<Asked>,
    last_day: u32,
    follow: &mut dyn FnMut(BookedBlock) -> Result<()>,
) -> Result<Played> {
    // The sort is stable: what was planned for the same instant keeps its order.
    asked.sort_by_key(|asked| asked.at_ms);
    let mut chain = Chain::begin(genesis)?;
    let mut played = Played {
        blocks: 0,
        transactions: 0,
        refused: Vec::new(),
    };
    let mut rest = asked.as_slice();
    for day in 0..=last_day {
        // Minutes before midnight, then midnight itself.
        let end_ms = city::at(day + 1, 0);
        while let Some(first) = rest.first().filter(|first| first.at_ms < end_ms) {
            let minute_ms = (first.at_ms / MINUTE_MS + 1) * MINUTE_MS;
            let count = rest.partition_point(|asked| asked.at_ms < minute_ms);
            let (now, later) = rest.split_at(count);
            rest = later;
            follow(chain.block(minute_ms - 1, now, &mut played)?)?;
        }
        follow(chain.block(end_ms, &[], &mut played)?)?;
    }
    played.transactions = chain.transactions;
    played.blocks = chain.tip.height.0;
    Ok(played)
}

impl Chain {
    fn begin(genesis: &Genesis) -> Result<Chain> {
        let validators = (0..VALIDATORS).map(city::consensus_key).map(|key| {
            let address = ValidatorAddress::of(&key.public_key());
            (address, key)
        });
        let mut validators: Vec<_> = validators.collect();
        validators.sort_by_key(|(address, _)| *address);
        Ok(Chain {
            state: genesis.state().context("the generated genesis")?,
            tip: Tip::genesis(genesis.chain_id(), genesis.time_ms),
            validators,
            transactions: 0,
        })
    }

    fn block(&mut self, at_ms: u64, asked: &[Asked], played: &mut Played) -> Result<BookedBlock> {
        let candidates: Vec<Arc<SealedEnvelope>> = asked
            .iter()
            .map(|asked| Arc::clone(&asked.sealed))
            .collect();
        let (proposer, _) = self.validators[0];
        let Built {
            block,
            execution,
            refused,
        } = build_block(
            &self.state,
            &self.tip,
            proposer,
            TimestampMs(at_ms),
            &candidates,
            &MadeHere,
        )
        .context("the generated city's book does not balance")?;
        for (id, rejection) in refused {
            let case = asked
                .iter()
                .find(|asked| asked.sealed.id() == id)
                .and_then(|asked| asked.case);
            played.refused.push(Refused { case, rejection });
        }
        self.transactions += block.transactions.len() as u64;
        let certificate = self.certify(&block);
        self.state.apply(&execution.writes);
        self.tip = Tip::of(&block.header);
        Ok(BookedBlock {
            block,
            certificate,
            receipts: execution.receipts,
        })
    }

    fn certify(&self, block: &Block) -> CommitCertificate {
        let mut certificate = CommitCertificate {
            height: block.header.height,
            round: 0,
            block_id: block.id(),
            signatures: Vec::new(),
        };
        let signatures = self.validators.iter().map(|(validator, key)| {
            let vote = certificate.vote(self.tip.chain_id, *validator);
            CommitSignature {
                validator: *validator,
                signature: key.sign(Purpose::Vote, &vote.signed_bytes()),
            }
        });
        certificate.signatures = signatures.collect();
        certificate
    }
}
