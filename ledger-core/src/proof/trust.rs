//! Whom one believes, and until when: a light client's memory.
//!
//! A [`TrustChain`] begins with the genesis document's validator set, or with a checkpoint's, and follows it change by
//! change. What it rests on is the newest header it has seen proven, its *head*. The rules:
//!
//! - **A word counts for a time.** Headers count until a trusting period after the head's time; whoever comes back later
//!   needs a checkpoint ([`TrustChain::renew`]). Until then validators who sign a lie can be held to account; after that
//!   nobody knows who holds their keys.
//! - **A set that is retired signs nothing more.** A header is the business of exactly the set of its height: by its
//!   `last_set_change`, above the height at which that set came and not above the one at which it went. What a retired set
//!   decided in its own time counts for a trusting period after it was retired.
//! - **No header is from the future.** On a production chain a header more than the drift ahead of now is refused, so that
//!   nobody can prolong trust by a wrong clock. Test chains move time as they like.
//! - **Two truths are a fork.** A header proven at a height where another is known, or that cannot stand in one chain with
//!   what is known, is refused as such, even though a quorum signed it.
//!
//! A `TrustChain` is plain data: a wallet keeps its bytes and reads no clock here.

use borsh::{BorshDeserialize, BorshSerialize};

use super::checkpoint::{Checkpoint, CheckpointBody, CheckpointKeys};
use super::error::{CheckpointError, ProofError};
use super::record::{SetChange, check_certificate, check_chain, check_set};
use crate::block::Header;
use crate::certificate::CommitCertificate;
use crate::codec::{self, DecodeError};
use crate::genesis::Genesis;
use crate::hash::Hash;
use crate::id::{BlockId, ChainId, Height};
use crate::record::chain::ChainPurpose;
use crate::time::{DAY_MS, MINUTE_MS, TimestampMs};
use crate::validator::ValidatorSet;

/// For how long a header counts after its time, unless something else is asked for.
pub const TRUSTING_PERIOD_MS: u64 = 30 * DAY_MS;
/// How far a header may lie ahead of now on a production chain, unless something else is asked for.
pub const DRIFT_MS_MAX: u64 = 10 * MINUTE_MS;
/// The most former validator sets kept; the oldest go first.
pub const FORMER_SETS_MAX: usize = 256;
/// The longest encoding of a [`TrustChain`], in bytes: every set with as many validators as it can have.
pub const TRUST_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The format of kept trust that this build writes and the only one it reads.
const TRUST_VERSION: u16 = 1;

/// What time it is, and how long trust lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Now, by the clock of whoever checks.
    pub now_ms: TimestampMs,
    /// For how long a header counts after its time.
    pub trusting_period_ms: u64,
    /// How far a header may lie ahead of now on a production chain.
    pub drift_ms_max: u64,
}

impl Clock {
    /// At `now_ms`, with [`TRUSTING_PERIOD_MS`] and [`DRIFT_MS_MAX`].
    pub const fn at(now_ms: TimestampMs) -> Clock {
        Clock {
            now_ms,
            trusting_period_ms: TRUSTING_PERIOD_MS,
            drift_ms_max: DRIFT_MS_MAX,
        }
    }

    /// The same instant with another trusting period: `u64::MAX` for a replayed test chain, whose time is its own.
    #[must_use]
    pub const fn with_trusting_period_ms(self, trusting_period_ms: u64) -> Clock {
        Clock {
            trusting_period_ms,
            ..self
        }
    }

    /// Under which time plays no part: for checking that things fit together before asking whether they still count.
    pub(super) const TIMELESS: Clock = Clock {
        now_ms: TimestampMs(0),
        trusting_period_ms: u64::MAX,
        drift_ms_max: u64::MAX,
    };

    /// By how much the period after `time_ms` is over; none while it lasts.
    fn overdue_ms(&self, time_ms: TimestampMs) -> Option<u64> {
        let overdue_ms = self
            .now_ms
            .since_ms(time_ms)
            .saturating_sub(self.trusting_period_ms);
        (overdue_ms > 0).then_some(overdue_ms)
    }
}

/// A block that was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Head {
    /// Its height; 0 stands for the genesis document.
    pub height: Height,
    /// The block; zero at height 0.
    pub block_id: BlockId,
    /// Its time.
    pub time_ms: TimestampMs,
}

impl Head {
    fn of(header: &Header) -> Head {
        Head {
            height: header.height,
            block_id: header.id(),
            time_ms: header.time_ms,
        }
    }
}

/// The set in force.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct CurrentSet {
    /// The block that made it the set.
    since: Height,
    set: ValidatorSet,
}

/// A set that decided the blocks above `since` up to and including `until`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct FormerSet {
    since: Height,
    set: ValidatorSet,
    until: Head,
}

/// What the genesis document says: where every chain of trust begins.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Root {
    chain_id: ChainId,
    purpose: ChainPurpose,
    time_ms: TimestampMs,
    set: ValidatorSet,
    keys: CheckpointKeys,
}

/// Whom one believes, followed from the genesis document or from a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TrustChain {
    version: u16,
    root: Root,
    /// Who signs the next checkpoint.
    keys: CheckpointKeys,
    /// The height of the checkpoint that said so; 0 for the genesis document.
    keys_since: Height,
    /// Ascending; each was retired where the next one came.
    former: Vec<FormerSet>,
    current: CurrentSet,
    /// The newest block proven.
    head: Head,
}

impl TrustChain {
    /// Trust in the validators of a genesis document, which one got from somebody one trusts. It counts from the
    /// document's time.
    pub fn genesis(genesis: &Genesis) -> TrustChain {
        TrustChain::of_root(Root {
            chain_id: genesis.chain_id(),
            purpose: genesis.purpose,
            time_ms: genesis.time_ms,
            set: genesis.validators.clone(),
            keys: CheckpointKeys::of_genesis(genesis),
        })
    }

    /// Trust that begins with a checkpoint of the chain of `genesis`.
    ///
    /// # Errors
    /// When the checkpoint is not to be believed.
    pub fn from_checkpoint(
        genesis: &Genesis,
        checkpoint: &Checkpoint,
        clock: Clock,
    ) -> Result<TrustChain, ProofError> {
        let mut trust = TrustChain::genesis(genesis);
        trust.renew(checkpoint, clock)?;
        Ok(trust)
    }

    /// Where this chain of trust began, with nothing followed.
    pub(super) fn begun(&self) -> TrustChain {
        TrustChain::of_root(self.root.clone())
    }

    fn of_root(root: Root) -> TrustChain {
        TrustChain {
            version: TRUST_VERSION,
            keys: root.keys.clone(),
            keys_since: Height::GENESIS,
            former: Vec::new(),
            current: CurrentSet {
                since: Height::GENESIS,
                set: root.set.clone(),
            },
            head: Head {
                height: Height::GENESIS,
                block_id: BlockId(Hash::ZERO),
                time_ms: root.time_ms,
            },
            root,
        }
    }

    /// Its bytes, to be kept and read back by [`Self::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads what [`Self::to_bytes`] wrote. Who can write there can make one believe anything: keep it where only its owner
    /// can.
    ///
    /// # Errors
    /// When the bytes are not such, or cannot belong together.
    pub fn from_bytes(bytes: &[u8]) -> Result<TrustChain, DecodeError> {
        let trust: TrustChain = codec::decode(bytes, TRUST_BYTES_MAX)?;
        if trust.is_in_order() {
            Ok(trust)
        } else {
            Err(DecodeError::Malformed)
        }
    }

    /// Whether each set was retired where the next one came, and the head lies at the end.
    fn is_in_order(&self) -> bool {
        let next_since = self
            .former
            .iter()
            .skip(1)
            .map(|former| former.since)
            .chain([self.current.since]);
        let follows = self.former.iter().zip(next_since).all(|(former, next)| {
            former.since < former.until.height && former.until.height == next
        });
        follows
            && self.version == TRUST_VERSION
            && self.former.len() <= FORMER_SETS_MAX
            && self.current.since <= self.head.height
    }

    /// The chain.
    pub const fn chain_id(&self) -> ChainId {
        self.root.chain_id
    }

    /// Whether time may be moved on this chain.
    pub const fn purpose(&self) -> ChainPurpose {
        self.root.purpose
    }

    /// The newest block proven; height 0 when none was yet.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// The block that made the set in force the set: changes above it are to be followed.
    pub const fn set_since(&self) -> Height {
        self.current.since
    }

    /// The set in force.
    pub const fn set(&self) -> &ValidatorSet {
        &self.current.set
    }

    /// The set that decides the block at `height`, as far as is known here: the set in force decides whatever lies above
    /// the last change. None for heights before trust began.
    pub fn set_at(&self, height: Height) -> Option<&ValidatorSet> {
        if height > self.current.since {
            return Some(&self.current.set);
        }
        self.former
            .iter()
            .find(|former| former.since < height && height <= former.until.height)
            .map(|former| &former.set)
    }

    /// Who signs the next checkpoint.
    pub const fn checkpoint_keys(&self) -> &CheckpointKeys {
        &self.keys
    }

    /// The height of the checkpoint that said who signs the next one; 0 for the genesis document. Checkpoints up to it are
    /// of no use any more.
    pub const fn checkpoint_height(&self) -> Height {
        self.keys_since
    }

    /// When trust ends if nothing newer is proven until then.
    pub fn expires_ms(&self, trusting_period_ms: u64) -> TimestampMs {
        self.head.time_ms.plus_ms(trusting_period_ms)
    }

    /// Checks that trusted validators decided `header`'s block, and that it may still, or already, be believed.
    ///
    /// # Errors
    /// Naming the first broken link.
    pub fn check_header(
        &self,
        header: &Header,
        certificate: &CommitCertificate,
        clock: Clock,
    ) -> Result<(), ProofError> {
        let set = self.admit(header, clock)?;
        check_certificate(set, header, certificate)?;
        self.check_not_ahead(header, clock)?;
        self.check_against_known(header)
    }

    /// Raises the head to `header`, which [`Self::check_header`] has accepted; an older one changes nothing.
    pub fn note(&mut self, header: &Header) {
        if header.height > self.head.height {
            self.head = Head::of(header);
        }
    }

    /// [`Self::check_header`], and then [`Self::note`].
    ///
    /// # Errors
    /// Naming the first broken link.
    pub fn accept(
        &mut self,
        header: &Header,
        certificate: &CommitCertificate,
        clock: Clock,
    ) -> Result<(), ProofError> {
        self.check_header(header, certificate, clock)?;
        self.note(header);
        Ok(())
    }

    /// Follows a change of the set in force. A change that was followed before is accepted and changes nothing.
    ///
    /// # Errors
    /// When the set in force did not decide that block, the block does not change it, or trust has ended.
    pub fn follow(&mut self, change: &SetChange, clock: Clock) -> Result<(), ProofError> {
        let set = self.admit(&change.header, clock)?;
        check_certificate(set, &change.header, &change.certificate)?;
        self.check_not_ahead(&change.header, clock)?;
        self.succeed(change)
    }

    /// [`Self::follow`] for a change whose certificate was found right under the set that its header names.
    pub(super) fn follow_certified(
        &mut self,
        change: &SetChange,
        clock: Clock,
    ) -> Result<(), ProofError> {
        self.admit(&change.header, clock)?;
        self.check_not_ahead(&change.header, clock)?;
        self.succeed(change)
    }

    /// [`Self::accept`] for a header whose certificate was found right under the set that the header names.
    pub(super) fn accept_certified(
        &mut self,
        header: &Header,
        clock: Clock,
    ) -> Result<(), ProofError> {
        self.admit(header, clock)?;
        self.check_not_ahead(header, clock)?;
        self.check_against_known(header)?;
        self.note(header);
        Ok(())
    }

    /// The set that has to have decided `header`'s block, if that may still be believed; nothing of the header is proven by
    /// this, its time neither: what somebody just says is no reason to doubt the clock.
    fn admit(&self, header: &Header, clock: Clock) -> Result<&ValidatorSet, ProofError> {
        check_chain(self.root.chain_id, header)?;
        let set = self.set_of(header, clock)?;
        check_set(set, header)?;
        Ok(set)
    }

    /// The set that `header` names by its `last_set_change`, if its word counts at that height and now.
    fn set_of(&self, header: &Header, clock: Clock) -> Result<&ValidatorSet, ProofError> {
        let (height, last_set_change) = (header.height, header.last_set_change);
        let current = &self.current;
        if last_set_change > current.since || height <= last_set_change {
            return Err(ProofError::SetNotFollowed {
                height,
                last_set_change,
                trusted_since: current.since,
            });
        }
        if last_set_change == current.since {
            if let Some(overdue_ms) = clock.overdue_ms(self.head.time_ms) {
                return Err(ProofError::TrustExpired {
                    height: self.head.height,
                    time_ms: self.head.time_ms,
                    overdue_ms,
                });
            }
            return Ok(&current.set);
        }
        let found = self
            .former
            .iter()
            .find(|former| former.since == last_set_change);
        let Some(former) = found else {
            let trusted_from = self.former.first().map_or(current.since, |set| set.since);
            return Err(ProofError::BeforeTrust {
                height,
                last_set_change,
                trusted_from,
            });
        };
        let retired_at = former.until.height;
        if height > retired_at {
            return Err(ProofError::RetiredSet { height, retired_at });
        }
        if let Some(overdue_ms) = clock.overdue_ms(former.until.time_ms) {
            return Err(ProofError::RetiredTooLong {
                height,
                retired_at,
                overdue_ms,
            });
        }
        Ok(&former.set)
    }

    /// Checks that `header` is not from the future, where that means something.
    fn check_not_ahead(&self, header: &Header, clock: Clock) -> Result<(), ProofError> {
        let ahead_ms = header.time_ms.since_ms(clock.now_ms);
        if self.root.purpose == ChainPurpose::Production && ahead_ms > clock.drift_ms_max {
            return Err(ProofError::FromTheFuture {
                height: header.height,
                time_ms: header.time_ms,
                ahead_ms,
                drift_ms_max: clock.drift_ms_max,
            });
        }
        Ok(())
    }

    /// Checks that `header`, which a trusted set decided, can stand in one chain with what is known: with the head, and with
    /// the blocks at which sets changed.
    fn check_against_known(&self, header: &Header) -> Result<(), ProofError> {
        let height = header.height;
        let known = self.former.iter().map(|former| former.until);
        for known in known.chain([self.head]) {
            let fits = match height.cmp(&known.height) {
                std::cmp::Ordering::Less => header.time_ms < known.time_ms,
                std::cmp::Ordering::Greater => header.time_ms > known.time_ms,
                std::cmp::Ordering::Equal => {
                    let other = header.id();
                    if other != known.block_id {
                        return Err(ProofError::Fork {
                            height,
                            known: known.block_id,
                            other,
                        });
                    }
                    true
                }
            };
            if !fits {
                return Err(ProofError::Contradiction {
                    height,
                    known: known.height,
                });
            }
        }
        Ok(())
    }

    /// Puts the next set in force, after the set in force has decided the block of `change`.
    fn succeed(&mut self, change: &SetChange) -> Result<(), ProofError> {
        let header = &change.header;
        let height = header.height;
        self.check_against_known(header)?;
        change.check_next()?;
        if header.last_set_change != self.current.since {
            // Decided by a former set: it can only be the change that retired it, which is known then.
            let followed = self
                .former
                .iter()
                .any(|former| former.until.height == height);
            return if followed {
                Ok(())
            } else {
                Err(ProofError::NoChange { height })
            };
        }
        if height < self.head.height {
            // The head was decided by this set, which the change would have retired before.
            return Err(ProofError::Contradiction {
                height,
                known: self.head.height,
            });
        }
        let current = CurrentSet {
            since: height,
            set: change.next.clone(),
        };
        let CurrentSet { since, set } = std::mem::replace(&mut self.current, current);
        let until = Head::of(header);
        self.former.push(FormerSet { since, set, until });
        if self.former.len() > FORMER_SETS_MAX {
            self.former.remove(0);
        }
        self.note(header);
        Ok(())
    }

    /// Begins anew with a checkpoint: who signs the next one is what it says; and if it is of a newer block than the head,
    /// so is the set in force, whether or not trust has ended. The sets before are forgotten then, unless the set is still
    /// the same.
    ///
    /// Several checkpoints are taken in ascending order: each is signed by those whom the one before named. One that is
    /// older than the trusting period is believed, and leaves trust ended.
    ///
    /// # Errors
    /// When it is not to be believed, not newer than the last one, or contradicts what is known.
    pub fn renew(&mut self, checkpoint: &Checkpoint, clock: Clock) -> Result<(), ProofError> {
        let (body, height) = (&checkpoint.body, checkpoint.height());
        self.keys.check(self.root.chain_id, checkpoint)?;
        if height <= self.keys_since {
            let known = self.keys_since;
            return Err(CheckpointError::Old { height, known }.into());
        }
        self.check_not_ahead(&body.header, clock)?;
        self.check_against_known(&body.header)?;
        self.check_checkpoint_set(body)?;
        let since = body.set_since();
        if height > self.head.height {
            if since != self.current.since {
                self.former.clear();
                self.current = CurrentSet {
                    since,
                    set: body.set.clone(),
                };
            }
            self.head = Head::of(&body.header);
        }
        self.keys = body.keys.clone();
        self.keys_since = height;
        Ok(())
    }

    /// Checks that the set of a checkpoint can be the one after its block, by what is known.
    fn check_checkpoint_set(&self, body: &CheckpointBody) -> Result<(), ProofError> {
        let (height, since) = (body.header.height, body.set_since());
        let (current, head) = (&self.current, self.head.height);
        let former = self.former.iter().find(|former| former.since == since);
        let known_set = if since == current.since {
            Some(&current.set)
        } else {
            former.map(|former| &former.set)
        };
        // A newer block that goes back behind the set in force, or says that the head was by a set already retired.
        let goes_back =
            height > head && (since < current.since || (since > current.since && since < head));
        if goes_back || known_set.is_some_and(|set| *set != body.set) {
            let known = if goes_back { head } else { since };
            return Err(ProofError::Contradiction { height, known });
        }
        Ok(())
    }

    /// [`Self::renew`] with each of `checkpoints`, ascending, that is newer than the last one believed; whether there was any.
    ///
    /// # Errors
    /// At the first that is not to be believed; those before it are taken.
    pub fn renew_from(
        &mut self,
        checkpoints: &[Checkpoint],
        clock: Clock,
    ) -> Result<bool, ProofError> {
        let mut renewed = false;
        for checkpoint in checkpoints {
            if checkpoint.height() > self.keys_since {
                self.renew(checkpoint, clock)?;
                renewed = true;
            }
        }
        Ok(renewed)
    }
}
