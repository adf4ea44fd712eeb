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

/// The life of a generated city, block by block.
pub(crate) struct Play {
    state: MemoryState,
    tip: Tip,
    validators: Vec<(ValidatorAddress, SecretKey)>,
    asked: Vec<Asked>,
    /// How many of `asked` are in blocks.
    done: usize,
    day: u32,
    last_day: u32,
    pub(crate) transactions: u64,
    pub(crate) refused: Vec<Refused>,
}

impl Play {
    /// Before the first block of `genesis`; the last one ends day `last_day`.
    pub(crate) fn begin(genesis: &Genesis, mut asked: Vec<Asked>, last_day: u32) -> Result<Play> {
        // The sort is stable: what was planned for the same instant keeps its order.
        asked.sort_by_key(|asked| asked.at_ms);
        let validators = (0..VALIDATORS).map(city::consensus_key).map(|key| {
            let address = ValidatorAddress::of(&key.public_key());
            (address, key)
        });
        let mut validators: Vec<_> = validators.collect();
        validators.sort_by_key(|(address, _)| *address);
        Ok(Play {
            state: genesis.state().context("the generated genesis")?,
            tip: Tip::genesis(genesis.chain_id(), genesis.time_ms),
            validators,
            asked,
            done: 0,
            day: 0,
            last_day,
            transactions: 0,
            refused: Vec::new(),
        })
    }

    /// How many blocks there were.
    pub(crate) const fn blocks(&self) -> u64 {
        self.tip.height.0
    }

    /// The next block; none after the last day.
    ///
    /// # Errors
    /// When the books do not balance.
    pub(crate) fn next_block(&mut self) -> Result<Option<BookedBlock>> {
        if self.day > self.last_day {
            return Ok(None);
        }
        let midnight_ms = city::at(self.day + 1, 0);
        let first = self.asked.get(self.done).map(|first| first.at_ms);
        let (at_ms, end) = match first.filter(|first_ms| *first_ms < midnight_ms) {
            Some(first_ms) => {
                let minute_ms = (first_ms / MINUTE_MS + 1) * MINUTE_MS;
                let end = self.asked.partition_point(|asked| asked.at_ms < minute_ms);
                (minute_ms - 1, end)
            }
            None => {
                self.day += 1;
                (midnight_ms, self.done)
            }
        };
        let candidates: Vec<Arc<SealedEnvelope>> = self.asked[self.done..end]
            .iter()
            .map(|asked| Arc::clone(&asked.sealed))
            .collect();
        let built = self.build(at_ms, &candidates)?;
        for (id, rejection) in built.refused {
            let mut here = self.asked[self.done..end].iter();
            let case = here
                .find(|asked| asked.sealed.id() == id)
                .and_then(|asked| asked.case);
            self.refused.push(Refused { case, rejection });
        }
        self.done = end;
        let (block, execution) = (built.block, built.execution);
        self.transactions += block.transactions.len() as u64;
        let certificate = self.certify(&block);
        self.state.apply(&execution.writes);
        self.tip = Tip::of(&block.header);
        Ok(Some(BookedBlock {
            block,
            certificate,
            receipts: execution.receipts,
        }))
    }

    fn build(&self, at_ms: u64, candidates: &[Arc<SealedEnvelope>]) -> Result<Built> {
        let (proposer, _) = self.validators[0];
        build_block(
            &self.state,
            &self.tip,
            proposer,
            TimestampMs(at_ms),
            candidates,
            &MadeHere,
        )
        .context("the generated city's book does not balance")
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
