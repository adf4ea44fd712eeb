//! Whom a wallet believes, kept in its storage.
//!
//! A [`Trust`] is a [`TrustChain`] with what a wallet needs around it: changes of the validator set are fetched from the
//! node that was asked as far as a header says, and each once; when the wallet slept longer than validators can be held to
//! account, the node is asked for the city's checkpoints. Nothing a node says is believed by that: each change is certified
//! by the set before it, and a checkpoint signed by the city's administrators and an auditor.
//!
//! What always holds: no lock is held while a node is asked. Reads of one wallet do not go back, also across a restart when
//! the trust is kept: what was the newest block when a read *began* bounds what it may answer. Two blocks signed for one
//! height are noticed when the wallet knows one of them: the newest, or one of the last [`BLOCKS_KNOWN_MAX`] it proved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::Header;
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::genesis::Genesis;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::proof::{
    Checkpoint, Clock, Head, ProofError, SetChange, TRUST_BYTES_MAX, TRUSTING_PERIOD_MS, TrustChain,
};
use ledger_core::signature::Purpose;
use ledger_core::time::TimestampMs;
use ledger_core::validator::ValidatorAddress;

use crate::error::{Error, ReadError};
use crate::storage::{MemoryStorage, Storage};

/// The most changes of the validator set followed for one read.
pub const SET_CHANGES_MAX: usize = 10_000;
/// How many of the newest proven blocks are remembered with their certificates.
pub const BLOCKS_KNOWN_MAX: usize = 128;
/// The form of kept trust that this build writes and reads.
const KEPT_VERSION: u16 = 1;
/// The longest kept trust, in bytes: a header and a certificate beside the chain of trust.
const KEPT_BYTES_MAX: usize = TRUST_BYTES_MAX + 1024 * 1024;

/// Where changes of the validator set, and checkpoints, come from.
pub(crate) trait Handovers {
    /// The changes above `after`, oldest first; not necessarily all.
    fn changes(&self, after: Height) -> Result<Vec<SetChange>, Error>;

    /// The city's checkpoints, oldest first; none when the node has none.
    fn checkpoints(&self) -> Result<Vec<Checkpoint>, Error>;
}

/// What changes whom one believes.
enum Handover {
    Change(Box<SetChange>),
    Checkpoint(Box<Checkpoint>),
}

/// Now, by the system's clock.
pub(crate) fn system_time() -> TimestampMs {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    TimestampMs(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}

/// A wallet's clock.
type WalletClock = Box<dyn Fn() -> TimestampMs + Send + Sync>;

/// Whom a wallet believes.
pub struct Trust {
    chain_id: ChainId,
    /// The genesis document's, with nothing followed.
    root: TrustChain,
    storage: Arc<dyn Storage>,
    clock: WalletClock,
    trusting_period_ms: u64,
    inside: Mutex<Inside>,
    /// Held while trust is stored, so that an older one is never written over a newer one.
    storing: Mutex<()>,
}

struct Inside {
    chain: Arc<TrustChain>,
    known: BTreeMap<Height, KnownBlock>,
}

#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct KnownBlock {
    header: Header,
    certificate: CommitCertificate,
}

/// Trust as it is stored.
#[derive(BorshSerialize, BorshDeserialize)]
struct KeptTrust {
    version: u16,
    chain: Vec<u8>,
    /// The newest block, once one was proven by a certificate: evidence if there is ever another one of its height.
    newest: Option<KnownBlock>,
}

impl fmt::Debug for Trust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Trust")
            .field("chain_id", &self.chain_id)
            .field("seen", &self.seen())
            .finish_non_exhaustive()
    }
}

impl Trust {
    /// In the validators of a genesis document, which the wallet got from someone it trusts; forgotten with the process.
    pub fn genesis(genesis: &Genesis) -> Trust {
        let storage = Arc::new(MemoryStorage::new());
        Trust::of(genesis, TrustChain::genesis(genesis), None, storage)
    }

    /// As it is kept in `storage`; beginning with the genesis document when nothing is kept yet.
    ///
    /// # Errors
    /// The storage's; [`Error::StoredDamaged`] when what is kept is no trust in the chain of `genesis`. It is left alone then:
    /// trust that was lost is not begun anew in silence, since it would forget how far the wallet had read.
    pub fn open(storage: Arc<dyn Storage>, genesis: &Genesis) -> Result<Trust, Error> {
        let name = kept_name(genesis.chain_id());
        let Some(bytes) = storage.load(&name)? else {
            return Ok(Trust::of(
                genesis,
                TrustChain::genesis(genesis),
                None,
                storage,
            ));
        };
        let damaged = |reason: &str| Error::StoredDamaged {
            name: name.clone(),
            reason: reason.to_owned(),
        };
        let kept: KeptTrust = codec::decode(&bytes, KEPT_BYTES_MAX)
            .map_err(|error| damaged(&format!("it cannot be read: {error}")))?;
        if kept.version != KEPT_VERSION {
            return Err(damaged("it is of another version of the program"));
        }
        let chain = TrustChain::from_bytes(&kept.chain)
            .map_err(|error| damaged(&format!("the chain of trust cannot be read: {error}")))?;
        if chain.chain_id() != genesis.chain_id() {
            return Err(damaged("it is about another chain"));
        }
        let head = chain.head().block_id;
        let newest = kept.newest.as_ref();
        if newest.is_some_and(|newest| newest.header.id() != head) {
            return Err(damaged("its newest block is not the one it says"));
        }
        Ok(Trust::of(genesis, chain, kept.newest, storage))
    }

    fn of(
        genesis: &Genesis,
        chain: TrustChain,
        newest: Option<KnownBlock>,
        storage: Arc<dyn Storage>,
    ) -> Trust {
        let known = newest.map(|newest| (newest.header.height, newest));
        Trust {
            chain_id: chain.chain_id(),
            root: TrustChain::genesis(genesis),
            storage,
            clock: Box::new(system_time),
            trusting_period_ms: TRUSTING_PERIOD_MS,
            inside: Mutex::new(Inside {
                chain: Arc::new(chain),
                known: known.into_iter().collect(),
            }),
            storing: Mutex::new(()),
        }
    }

    /// With another clock than the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> TimestampMs + Send + Sync + 'static) -> Trust {
        self.clock = Box::new(clock);
        self
    }

    /// With another trusting period than [`TRUSTING_PERIOD_MS`], in milliseconds.
    #[must_use]
    pub const fn with_trusting_period_ms(mut self, trusting_period_ms: u64) -> Trust {
        self.trusting_period_ms = trusting_period_ms;
        self
    }

    /// The chain.
    pub const fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    /// Where this wallet keeps what it must not forget.
    pub fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    /// Now, by the wallet's clock.
    pub fn now_ms(&self) -> TimestampMs {
        (self.clock)()
    }

    /// By which trust is checked at `now_ms`.
    pub const fn clock_at(&self, now_ms: TimestampMs) -> Clock {
        Clock::at(now_ms).with_trusting_period_ms(self.trusting_period_ms)
    }

    /// The chain of trust as it stands.
    pub fn chain(&self) -> Arc<TrustChain> {
        Arc::clone(&self.inside().chain)
    }

    /// Where whoever has nothing but the genesis document begins.
    pub const fn root(&self) -> &TrustChain {
        &self.root
    }

    /// The newest block that anything was proven against.
    pub fn seen(&self) -> Height {
        self.inside().chain.head().height
    }

    /// When trust ends if nothing newer is proven until then.
    pub fn expires_ms(&self) -> TimestampMs {
        self.inside().chain.expires_ms(self.trusting_period_ms)
    }

    /// Begins anew with a checkpoint that somebody handed over, such as a file from the office.
    ///
    /// # Errors
    /// When the checkpoint is not to be believed, and the storage's.
    pub fn renew(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let clock = self.clock_at(self.now_ms());
        let mut inside = self.inside();
        Arc::make_mut(&mut inside.chain).renew(checkpoint, clock)?;
        drop(inside);
        self.store()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that trusted validators decided the block of `header`, and that it may still be believed at `now_ms`. What
    /// hands trust over to its validators is asked of `node`. The block is remembered, as one that another of its height
    /// would contradict.
    pub(crate) fn check_header(
        &self,
        header: &Header,
        certificate: &CommitCertificate,
        now_ms: TimestampMs,
        node: &dyn Handovers,
    ) -> Result<(), Error> {
        let clock = self.clock_at(now_ms);
        let chain = self.chain_for(header, clock, node)?;
        if let Err(error) = chain.check_header(header, certificate, clock) {
            return Err(self
                .fork(&chain, header, certificate, &error)
                .unwrap_or_else(|| error.into()));
        }
        let known = self.inside().known.get(&header.height).cloned();
        if let Some(known) = known
            && known.header.id() != header.id()
        {
            return Err(fork_between(&chain, &known, header, certificate));
        }
        let mut inside = self.inside();
        inside
            .known
            .entry(header.height)
            .or_insert_with(|| KnownBlock {
                header: header.clone(),
                certificate: certificate.clone(),
            });
        if inside.known.len() > BLOCKS_KNOWN_MAX {
            inside.known.pop_first();
        }
        Ok(())
    }

    /// Takes a block that [`Self::check_header`] accepted for the newest, if it is.
    pub(crate) fn note(
        &self,
        header: &Header,
        certificate: &CommitCertificate,
    ) -> Result<(), Error> {
        let mut inside = self.inside();
        // It was checked against what was known then. If another read has followed a change of the set since, a header of the
        // set retired by it must not become what trust rests on.
        let is_of_set_in_force = header.last_set_change == inside.chain.set_since();
        if header.height <= inside.chain.head().height || !is_of_set_in_force {
            return Ok(());
        }
        Arc::make_mut(&mut inside.chain).note(header);
        let block = KnownBlock {
            header: header.clone(),
            certificate: certificate.clone(),
        };
        inside.known.insert(header.height, block);
        drop(inside);
        self.store()
    }

    /// The chain of trust followed as far as `header` says. Nothing in the header is believed by that: if it lies, the check
    /// of its certificate fails.
    fn chain_for(
        &self,
        header: &Header,
        clock: Clock,
        node: &dyn Handovers,
    ) -> Result<Arc<TrustChain>, Error> {
        let mut chain = self.chain();
        let mut handovers = Vec::new();
        if clock.now_ms > chain.expires_ms(self.trusting_period_ms) {
            for checkpoint in node.checkpoints()? {
                if checkpoint.height() > chain.checkpoint_height() {
                    Arc::make_mut(&mut chain).renew(&checkpoint, clock)?;
                    handovers.push(Handover::Checkpoint(Box::new(checkpoint)));
                }
            }
        }
        while header.last_set_change > chain.set_since() && handovers.len() < SET_CHANGES_MAX {
            let before = chain.set_since();
            for change in node.changes(before)? {
                Arc::make_mut(&mut chain).follow(&change, clock)?;
                handovers.push(Handover::Change(Box::new(change)));
            }
            if chain.set_since() == before {
                break;
            }
        }
        if !handovers.is_empty() {
            self.take(&handovers, clock)?;
        }
        Ok(chain)
    }

    /// Takes in what was followed. Another read may have followed the same, or more, since.
    fn take(&self, handovers: &[Handover], clock: Clock) -> Result<(), Error> {
        let mut inside = self.inside();
        let chain = Arc::make_mut(&mut inside.chain);
        for handover in handovers {
            match handover {
                Handover::Change(change) => {
                    chain.follow(change, clock)?;
                }
                Handover::Checkpoint(checkpoint) => {
                    if checkpoint.height() > chain.checkpoint_height() {
                        chain.renew(checkpoint, clock)?;
                    }
                }
            }
        }
        for handover in handovers {
            if let Handover::Change(change) = handover {
                let block = KnownBlock {
                    header: change.header.clone(),
                    certificate: change.certificate.clone(),
                };
                inside.known.entry(block.header.height).or_insert(block);
            }
        }
        while inside.known.len() > BLOCKS_KNOWN_MAX {
            inside.known.pop_first();
        }
        drop(inside);
        self.store()
    }

    /// Keeps what is trusted now, unless another program with the same storage has kept what goes further: what was read
    /// once bounds what is read later, whoever read it.
    fn store(&self) -> Result<(), Error> {
        let _storing = self.storing.lock().unwrap_or_else(PoisonError::into_inner);
        let inside = self.inside();
        let chain = Arc::clone(&inside.chain);
        let Head {
            height, block_id, ..
        } = chain.head();
        let newest = inside.known.get(&height).cloned();
        drop(inside);
        if self.is_behind_kept(&chain)? {
            return Ok(());
        }
        let kept = KeptTrust {
            version: KEPT_VERSION,
            chain: chain.to_bytes(),
            newest: newest.filter(|newest| newest.header.id() == block_id),
        };
        self.storage
            .store(&kept_name(self.chain_id), &codec::encode(&kept))
    }

    /// Whether what is kept goes further than `chain` in one respect, and is behind it in none.
    fn is_behind_kept(&self, chain: &TrustChain) -> Result<bool, Error> {
        let Some(bytes) = self.storage.load(&kept_name(self.chain_id))? else {
            return Ok(false);
        };
        let kept = codec::decode::<KeptTrust>(&bytes, KEPT_BYTES_MAX)
            .ok()
            .and_then(|kept| TrustChain::from_bytes(&kept.chain).ok())
            .filter(|kept| kept.chain_id() == self.chain_id);
        let reach = |chain: &TrustChain| (chain.head().height, chain.checkpoint_height());
        Ok(kept.is_some_and(|kept| {
            let (ours, theirs) = (reach(chain), reach(&kept));
            theirs != ours && theirs.0 >= ours.0 && theirs.1 >= ours.1
        }))
    }

    /// The fork that `error` comes of, if it does: a block of a height at which another one is known, decided by trusted
    /// validators; or one that too few of them precommitted, in the round that decided the known one. A precommit of another
    /// round is no lie: whoever sees more than two thirds of the prevotes for another block goes over to that one.
    fn fork(
        &self,
        chain: &TrustChain,
        header: &Header,
        certificate: &CommitCertificate,
        error: &ProofError,
    ) -> Option<Error> {
        let known = self.inside().known.get(&header.height).cloned();
        match (error, known) {
            (_, Some(known))
                if known.header.id() != header.id()
                    && certificate.block_id == header.id()
                    && certificate.round == known.certificate.round =>
            {
                let fork = fork_between(chain, &known, header, certificate);
                matches!(&fork, Error::Read(ReadError::Fork { signers, .. }) if !signers.is_empty())
                    .then_some(fork)
            }
            (ProofError::Fork { known, .. }, _) => {
                Some(fork_of(chain, *known, &[], header, certificate))
            }
            _ => None,
        }
    }
}

fn fork_between(
    chain: &TrustChain,
    known: &KnownBlock,
    header: &Header,
    certificate: &CommitCertificate,
) -> Error {
    // Of two rounds, nobody is named as having signed both: it need not be a lie.
    let signed: Vec<ValidatorAddress> = if known.certificate.round == certificate.round {
        signers(chain, &known.certificate).into_iter().collect()
    } else {
        Vec::new()
    };
    fork_of(chain, known.header.id(), &signed, header, certificate)
}

fn fork_of(
    chain: &TrustChain,
    known: BlockId,
    signed_known: &[ValidatorAddress],
    header: &Header,
    certificate: &CommitCertificate,
) -> Error {
    let signers = signers(chain, certificate);
    Error::Read(ReadError::Fork {
        height: header.height,
        blocks: Box::new([known, header.id()]),
        double_signers: signed_known
            .iter()
            .filter(|validator| signers.contains(validator))
            .copied()
            .collect(),
        signers: signers.into_iter().collect(),
    })
}

/// Which of the trusted validators of its height signed the block of `certificate`, each signature checked.
fn signers(chain: &TrustChain, certificate: &CommitCertificate) -> BTreeSet<ValidatorAddress> {
    let Some(set) = chain.set_at(certificate.height) else {
        return BTreeSet::new();
    };
    let signed = certificate.signatures.iter().filter(|commit| {
        let vote = certificate.vote(chain.chain_id(), commit.validator);
        set.by_address(&commit.validator).is_some_and(|validator| {
            validator
                .consensus_key
                .verifies(Purpose::Vote, &vote.signed_bytes(), &commit.signature)
        })
    });
    signed.map(|commit| commit.validator).collect()
}

/// A directory may hold the trust in several chains.
fn kept_name(chain_id: ChainId) -> String {
    let chain: String = chain_id.0.to_string().chars().take(16).collect();
    format!("trust-{chain}")
}

#[cfg(all(test, feature = "trial"))]
mod tests {
    use ledger_core::block::HEADER_VERSION;
    use ledger_core::hash::Hash;
    use ledger_core::id::BlockId;
    use ledger_core::time::{DAY_MS, TimestampMs};
    use ledger_core::validator::ValidatorAddress;

    use super::*;
    use crate::trial::{TrialCity, genesis};
    use crate::{Client, Freshness};

    #[test]
    fn of_two_wallets_with_one_storage_neither_takes_the_other_back() {
        let city = TrialCity::new();
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
        let open = || {
            let clock = city.clone();
            let trust = Trust::open(Arc::clone(&storage), &genesis()).unwrap();
            Arc::new(trust.with_clock(move || clock.time_ms()))
        };
        let read = |trust: &Arc<Trust>| {
            let client = Client::new(city.clone(), Arc::clone(trust));
            let freshness = Freshness {
                now_ms: city.time_ms(),
                age_ms_max: DAY_MS,
            };
            client.supply(freshness).unwrap().height
        };
        let (one, other) = (open(), open());
        let before = read(&one);
        city.pass_days(1);
        let newest = read(&other);
        assert!(newest > before);
        // As if the first one's answer had come late.
        one.store().unwrap();
        assert_eq!(open().seen(), newest);
        assert_eq!(read(&one), newest);
    }
    /// A header of `height`, and a certificate without signatures: what `note` is given was checked before.
    fn checked(trust: &Trust, height: u64, last_set_change: u64) -> (Header, CommitCertificate) {
        let zero = Hash::ZERO;
        let header = Header {
            version: HEADER_VERSION,
            chain_id: trust.chain_id(),
            height: Height(height),
            time_ms: TimestampMs(1_795_305_600_000 + height),
            parent: BlockId(zero),
            proposer: ValidatorAddress([0; 20]),
            transactions_root: zero,
            receipts_root: zero,
            state_root: zero,
            validators_hash: zero,
            next_validators_hash: zero,
            last_set_change: Height(last_set_change),
        };
        let certificate = CommitCertificate {
            height: header.height,
            round: 0,
            block_id: header.id(),
            signatures: Vec::new(),
        };
        (header, certificate)
    }

    #[test]
    fn a_header_of_another_set_than_the_one_in_force_never_becomes_the_newest() {
        let trust = Trust::genesis(&genesis());
        let (of_another, certificate) = checked(&trust, 9, 3);
        trust.note(&of_another, &certificate).unwrap();
        assert_eq!(trust.seen(), Height::GENESIS);
        let (of_this, certificate) = checked(&trust, 9, 0);
        trust.note(&of_this, &certificate).unwrap();
        assert_eq!(trust.seen(), Height(9));
    }
}
