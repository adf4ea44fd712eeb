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
use crate::block::{Block, Header};
use crate::certificate::{CertificateError, CommitCertificate};
use crate::genesis::{Genesis, GenesisError};
use crate::hash::Hash;
use crate::id::{BlockId, Height};
use crate::ledger::{ApplyError, Execution, NothingVerified, Tip, VerifiedSignatures, apply_block};
use crate::receipt::Receipt;
use crate::record::chain::ValidatorsRecord;
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

/// Why an earlier audit cannot be gone on with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// The header is another chain's.
    #[error("it belongs to another chain")]
    Chain,
    /// The state is not that of the header.
    #[error("its state has the root {actual}, the header says {expected}")]
    Root {
        /// The header's.
        expected: Hash,
        /// The state's.
        actual: Hash,
    },
    /// The tally is not that of the header, or does not agree with the supply.
    #[error("its tally does not belong to its state")]
    Tally,
    /// The state names no validators.
    #[error("its state names no validators")]
    Validators,
}

/// The next block, executed and found to be what its header says.
#[derive(Clone, Debug)]
pub struct Examined {
    block: BlockId,
    execution: Execution,
}

impl Examined {
    /// What the block did.
    pub fn receipts(&self) -> &[Receipt] {
        &self.execution.receipts
    }
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

    /// Goes on after the block with `header`, where `state` and `tally` are those of an earlier audit.
    ///
    /// # Errors
    /// When they do not belong together. That the block was decided, and that nobody changed the tally since, is for the
    /// caller to know.
    pub fn resume(
        genesis: &Genesis,
        header: &Header,
        state: MemoryState,
        tally: Tally,
    ) -> Result<Audit, ResumeError> {
        if header.chain_id != genesis.chain_id() {
            return Err(ResumeError::Chain);
        }
        if state.root() != header.state_root {
            return Err(ResumeError::Root {
                expected: header.state_root,
                actual: state.root(),
            });
        }
        if tally.last() != (header.height, header.state_root) {
            return Err(ResumeError::Tally);
        }
        let validators: Option<ValidatorsRecord> = Overlay::new(&state)
            .load(&StateKey::Validators)
            .map_err(|_| ResumeError::Validators)?;
        let audit = Audit {
            genesis: genesis.clone(),
            validators: validators.ok_or(ResumeError::Validators)?.current,
            tip: Tip::of(header),
            state,
            tally,
        };
        audit.check_supply().map_err(|_| ResumeError::Tally)?;
        Ok(audit)
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

    /// The genesis document.
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The block the next one is built on.
    pub const fn tip(&self) -> &Tip {
        &self.tip
    }

    /// Who decides the next block.
    pub const fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// The sums so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The state after the last block audited.
    pub const fn state(&self) -> &MemoryState {
        &self.state
    }

    /// Audits the next block; what it did.
    ///
    /// # Errors
    /// See [`AuditError`]. What follows a block that fails cannot be audited.
    pub fn follow(
        &mut self,
        block: &Block,
        certificate: &CommitCertificate,
    ) -> Result<Vec<Receipt>, AuditError> {
        let examined = self.examine(block, certificate, &NothingVerified)?;
        self.take(block, examined)
    }

    /// Checks the next block's certificate, executes it and compares its header, and changes nothing: most of the work of
    /// [`Audit::follow`], which others may read beside. Signatures in `verified` are not verified again.
    ///
    /// # Errors
    /// [`AuditError::Certificate`] and [`AuditError::Execution`].
    pub fn examine(
        &self,
        block: &Block,
        certificate: &CommitCertificate,
        verified: &dyn VerifiedSignatures,
    ) -> Result<Examined, AuditError> {
        let height = self.tip.height.next();
        certificate
            .verify(self.tip.chain_id, height, block.id(), &self.validators)
            .map_err(|reason| AuditError::Certificate { height, reason })?;
        let execution = apply_block(&self.state, &self.tip, block, verified)
            .map_err(|reason| AuditError::Execution { height, reason })?;
        Ok(Examined {
            block: block.id(),
            execution,
        })
    }

    /// Takes in `block`, which was examined last; what it did.
    ///
    /// # Errors
    /// [`AuditError::Tally`] and [`AuditError::Supply`]. What follows a block that fails cannot be audited.
    ///
    /// # Panics
    /// When another block was examined.
    pub fn take(&mut self, block: &Block, examined: Examined) -> Result<Vec<Receipt>, AuditError> {
        assert_eq!(examined.block, block.id(), "the block examined is taken in");
        assert_eq!(
            block.header.parent, self.tip.block_id,
            "it was examined after the last block"
        );
        let height = self.tip.height.next();
        let execution = examined.execution;
        self.tally
            .follow(block, &execution.receipts)
            .map_err(|reason| AuditError::Tally { height, reason })?;
        self.state.apply(&execution.writes);
        self.tip = Tip::of(&block.header);
        self.validators = execution.next_validators;
        self.check_supply()?;
        Ok(execution.receipts)
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
