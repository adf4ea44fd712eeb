//! Auditing a chain from its blocks alone.
//!
//! An [`Audit`] begins with the genesis document and is fed every block with its certificate. It believes nothing else: each
//! certificate is checked against the validators of the state it has arrived at, each block is executed again and its
//! header compared with the outcome. Beside that, [`tally`] adds up what the districts' people gave and took from
//! transactions and postings, by code that shares nothing with the counters of the rules; so whoever finds the clearing
//! record of a month equal to the chain's has checked the rules' arithmetic, not repeated it. After every block the tally
//! also knows where every minute is, and must agree with the supply.

pub mod tally;

use crate::amount::{AmountError, Minutes};
use crate::block::Block;
use crate::certificate::{CertificateError, CommitCertificate};
use crate::genesis::{Genesis, GenesisError};
use crate::hash::Hash;
use crate::id::{BlockId, Height};
use crate::ledger::{ApplyError, NothingVerified, Tip, apply_block};
use crate::record::clearing::ClearingRecord;
use crate::record::supply::SupplyRecord;
use crate::state::{MemoryState, Overlay, StateError, StateKey};
use crate::time::{Calendar, Month, TimestampMs};
use crate::validator::ValidatorSet;
use tally::{Tally, TallyError};

/// Why blocks are not those of the chain, or do not add up.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A quorum did not decide the block.
    #[error("block {height} is not certified: {reason}")]
    Certificate {
        /// The block.
        height: Height,
        /// Why.
        reason: CertificateError,
    },
    /// Executing the block again does not give what its header says.
    #[error("block {height} does not execute: {reason}")]
    Execution {
        /// The block.
        height: Height,
        /// Why.
        reason: ApplyError,
    },
    /// The postings of a block do not add up.
    #[error("the postings of block {height} do not add up: {reason}")]
    Tally {
        /// The block.
        height: Height,
        /// Why.
        reason: TallyError,
    },
    /// What the postings leave in accounts and pools is not what the supply says.
    #[error("after block {height} the postings leave {tallied} min, the supply says {supply} min")]
    Supply {
        /// The block.
        height: Height,
        /// By the postings.
        tallied: u64,
        /// By the supply.
        supply: u64,
    },
}

/// What two computations of a closed month came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedMonth {
    /// Recomputed from transactions and postings.
    pub recomputed: ClearingRecord,
    /// What the chain has recorded, in the state the audit has arrived at; none while the close waits its turn.
    pub recorded: Option<ClearingRecord>,
}

impl AuditedMonth {
    /// The hash an auditor co-signs; none unless both computations agree.
    pub fn agreed_hash(&self) -> Option<Hash> {
        let recorded = self.recorded.as_ref()?;
        (*recorded == self.recomputed).then(|| recorded.clearing_hash())
    }
}

/// An audit under way: everything up to and including some block.
#[derive(Debug)]
pub struct Audit {
    genesis: Genesis,
    state: MemoryState,
    tip: Tip,
    validators: ValidatorSet,
    tally: Tally,
}

impl Audit {
    /// Before the first block of the chain that `genesis` begins.
    ///
    /// # Errors
    /// When the document cannot begin a chain.
    pub fn begin(genesis: &Genesis) -> Result<Audit, GenesisError> {
        let state = genesis.state()?;
        let tally = Tally::begin(genesis, state.root())?;
        Ok(Audit {
            state,
            tip: Tip::genesis(genesis.chain_id(), genesis.time_ms),
            validators: genesis.validators.clone(),
            tally,
            genesis: genesis.clone(),
        })
    }

    /// The last block audited; genesis before the first.
    pub const fn height(&self) -> Height {
        self.tip.height
    }

    /// Its id.
    pub const fn block_id(&self) -> BlockId {
        self.tip.block_id
    }

    /// Its time.
    pub const fn time_ms(&self) -> TimestampMs {
        self.tip.time_ms
    }

    /// The chain's calendar.
    pub const fn calendar(&self) -> Calendar {
        self.genesis.calendar
    }

    /// The state after the last block audited.
    pub const fn state(&self) -> &MemoryState {
        &self.state
    }

    /// Audits the next block.
    ///
    /// # Errors
    /// See [`AuditError`]. What follows a block that fails cannot be audited.
    pub fn follow(
        &mut self,
        block: &Block,
        certificate: &CommitCertificate,
    ) -> Result<(), AuditError> {
        let height = self.tip.height.next();
        certificate
            .verify(self.tip.chain_id, height, block.id(), &self.validators)
            .map_err(|reason| AuditError::Certificate { height, reason })?;
        let execution = apply_block(&self.state, &self.tip, block, &NothingVerified)
            .map_err(|reason| AuditError::Execution { height, reason })?;
        self.tally
            .follow(block, &execution.receipts)
            .map_err(|reason| AuditError::Tally { height, reason })?;
        self.state.apply(&execution.writes);
        self.tip = Tip::of(&block.header);
        self.validators = execution.next_validators;
        self.check_supply()
    }

    /// A month whose last block has been audited, and a block after it; none before that.
    ///
    /// # Errors
    /// When the chain's record cannot be read, which a state in memory excludes.
    pub fn month(&self, month: Month) -> Result<Option<AuditedMonth>, StateError> {
        let Some(recomputed) = self.tally.closed(month) else {
            return Ok(None);
        };
        Ok(Some(AuditedMonth {
            recomputed: recomputed.clone(),
            recorded: Overlay::new(&self.state).load(&StateKey::Clearing(month))?,
        }))
    }

    fn check_supply(&self) -> Result<(), AuditError> {
        let height = self.tip.height;
        let unreadable = |error: StateError| AuditError::Execution {
            height,
            reason: error.into(),
        };
        let supply: Option<SupplyRecord> = Overlay::new(&self.state)
            .load(&StateKey::Supply)
            .map_err(unreadable)?;
        let supply = supply.unwrap_or_default();
        let sum = Minutes::sum([supply.spendable, supply.held, supply.pools]);
        let wrong = |reason: AmountError| AuditError::Tally {
            height,
            reason: reason.into(),
        };
        let (supply, tallied) = (sum.map_err(wrong)?, self.tally.total().map_err(wrong)?);
        if supply != tallied {
            return Err(AuditError::Supply {
                height,
                tallied: tallied.0,
                supply: supply.0,
            });
        }
        Ok(())
    }
}
