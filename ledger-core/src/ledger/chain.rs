//! What the whole chain shares: its validators, the offences on record, and, on test chains, its time.
//!
//! Within any 24 hours less than a third of the voting power comes, and less than a third goes, so that a quorum of the
//! old set and one of the new always have honest validators in common.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::id::OrganisationId;
use crate::record::chain::{
    ChainPurpose, ChainRecord, EvidenceRecord, RECENT_SETS_MAX, RetiredSet, ValidatorsRecord,
};
use crate::record::daily_count::{CountedSigner, DailyCount};
use crate::signature::PublicKey;
use crate::state::{StateError, StateKey};
use crate::time::DAY_MS;
use crate::transaction::Signer;
use crate::transaction::government as operation;
use crate::validator::{ValidatorAddress, ValidatorSet};

/// For how long a set that was replaced still bounds the next change, and its validators can be accused.
const RECENT_MS: u64 = DAY_MS;

/// How far one `AdvanceTime` moves a test chain at most: beyond a year, so that anything yearly can be tried in one step.
const ADVANCE_MS_MAX: u64 = 400 * DAY_MS;

/// How much evidence against one validator goes on record in a day: one piece proves the offence, and a key that
/// contradicts itself could otherwise fill the book for ever with votes made up for the purpose.
pub(crate) const EVIDENCE_PER_DAY_MAX: u64 = 32;

/// Replaces the validator set, from the next block on.
pub(crate) fn set_validators(
    context: &mut Context<'_, '_>,
    operation: &operation::SetValidators,
) -> Result<(), Refusal> {
    let next = ValidatorSet::new(operation.validators.clone())
        .map_err(|reason| Rejection::ValidatorsMalformed { reason })?;
    for validator in next.as_slice() {
        context.organisation(validator.organisation)?;
    }
    context.require_threshold(context.block.chain.city)?;
    let mut record = validators(context)?;
    if record.current == next {
        return Err(Rejection::ValidatorsUnchanged.into());
    }
    if record.changed_at == context.block.height {
        return Err(Rejection::ValidatorsChangedNow.into());
    }
    let now_ms = context.block.time_ms;
    record
        .recent
        .retain(|retired| retired.until_ms.plus_ms(RECENT_MS) > now_ms);
    for retired in &record.recent {
        check_change(&retired.set, &next)?;
    }
    check_change(&record.current, &next)?;
    if record.recent.len() >= RECENT_SETS_MAX {
        return Err(Rejection::ValidatorsChangedTooOften {
            limit: RECENT_SETS_MAX,
        }
        .into());
    }
    record.recent.push(RetiredSet {
        until_ms: now_ms,
        set: std::mem::replace(&mut record.current, next),
    });
    record.changed_at = context.block.height;
    context.store(&StateKey::Validators, &record);
    Ok(())
}

fn validators(context: &Context<'_, '_>) -> Result<ValidatorsRecord, StateError> {
    context
        .load(&StateKey::Validators)?
        .ok_or_else(|| StateError {
            reason: "the validators record is missing".into(),
        })
}

/// Checks that less than a third of the power of `old` goes and less than a third of that of `new` comes. Power belongs
/// to a consensus key; a power that changes comes or goes by the difference.
fn check_change(old: &ValidatorSet, new: &ValidatorSet) -> Result<(), Rejection> {
    let (removed, total) = (power_missing(old, new), old.total_power());
    if removed.saturating_mul(3) >= total {
        return Err(Rejection::ValidatorsRemoved { removed, total });
    }
    let (added, total) = (power_missing(new, old), new.total_power());
    if added.saturating_mul(3) >= total {
        return Err(Rejection::ValidatorsAdded { added, total });
    }
    Ok(())
}

/// The power in `from` that the same keys do not have in `to`.
fn power_missing(from: &ValidatorSet, to: &ValidatorSet) -> u64 {
    from.as_slice().iter().fold(0, |sum: u64, validator| {
        let kept = to
            .as_slice()
            .binary_search_by_key(&validator.consensus_key, |other| other.consensus_key)
            .map_or(0, |index| to.as_slice()[index].power);
        sum.saturating_add(validator.power.saturating_sub(kept))
    })
}

/// Puts a validator's equivocation on record. The bare key that signs says nothing about who found it.
pub(crate) fn submit_evidence(
    context: &mut Context<'_, '_>,
    signer: Signer,
    operation: &operation::SubmitEvidence,
) -> Result<(), Refusal> {
    let Signer::Key(_) = signer else {
        return Err(Rejection::SignerNotEntitled { signer }.into());
    };
    context.signers.require(signer)?;
    let evidence = &operation.evidence;
    let vote = &evidence.first.vote;
    let (height, now) = (vote.height, context.block.height);
    if height > now {
        return Err(Rejection::EvidenceHeight { height, now }.into());
    }
    let key = StateKey::Evidence(vote.validator, height, vote.round, vote.step);
    if context.load::<EvidenceRecord>(&key)?.is_some() {
        return Err(Rejection::EvidenceKnown.into());
    }
    let (consensus_key, organisation) = accused(context, vote.validator)?;
    evidence
        .verify(context.block.chain_id, &consensus_key)
        .map_err(|reason| Rejection::EvidenceInvalid { reason })?;
    count_evidence(context, vote.validator, consensus_key)?;
    let values = [&evidence.first, &evidence.second].map(|vote| vote.vote.block_id.map(|id| id.0));
    let record = EvidenceRecord {
        organisation,
        recorded_at: now,
        values,
    };
    context.store(&key, &record);
    Ok(())
}

/// Counts one more piece of evidence against a validator today, under its consensus key: a bare key's transactions are
/// counted nowhere else.
fn count_evidence(
    context: &mut Context<'_, '_>,
    validator: ValidatorAddress,
    consensus_key: PublicKey,
) -> Result<(), Refusal> {
    let key = StateKey::SignerDay(CountedSigner::Validator(consensus_key));
    let before: DailyCount = context.load(&key)?.unwrap_or_default();
    let limit = EVIDENCE_PER_DAY_MAX;
    let after = before
        .with_one_more(context.block.today(), limit)
        .ok_or(Rejection::EvidencePerDay { validator, limit })?;
    context.put(&key, after);
    Ok(())
}

/// The key and the office of a validator that is or was in force within the time on record.
fn accused(
    context: &Context<'_, '_>,
    validator: ValidatorAddress,
) -> Result<(PublicKey, OrganisationId), Refusal> {
    let record = validators(context)?;
    let recent = record.recent.iter().rev().map(|retired| &retired.set);
    std::iter::once(&record.current)
        .chain(recent)
        .find_map(|set| set.by_address(&validator))
        .map(|found| (found.consensus_key, found.organisation))
        .ok_or(Rejection::ValidatorUnknown { validator }.into())
}

/// Raises the floor of the next block's time.
pub(crate) fn advance_time(
    context: &mut Context<'_, '_>,
    operation: &operation::AdvanceTime,
) -> Result<(), Refusal> {
    if context.block.chain.purpose != ChainPurpose::Test {
        return Err(Rejection::NotATestChain.into());
    }
    context.require_threshold(context.block.chain.city)?;
    // Not the block's copy: another transaction of this block may have raised the floor.
    let mut chain: ChainRecord = context.load(&StateKey::Chain)?.ok_or_else(|| StateError {
        reason: "the chain record is missing".into(),
    })?;
    let to_ms = operation.to_ms;
    let least_ms = context.block.time_ms.max(chain.time_floor_ms).plus_ms(1);
    if to_ms < least_ms {
        return Err(Rejection::TimeNotLater { to_ms, least_ms }.into());
    }
    let latest_ms = context.block.time_ms.plus_ms(ADVANCE_MS_MAX);
    if to_ms > latest_ms {
        return Err(Rejection::TimeTooFar { to_ms, latest_ms }.into());
    }
    chain.time_floor_ms = to_ms;
    context.store(&StateKey::Chain, &chain);
    Ok(())
}
