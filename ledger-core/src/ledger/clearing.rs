//! Clearing between districts (区际清算): the counters behind it, the close of a month, and the auditors' co-signatures.
//!
//! Minutes are counted where they move, under the month of block time, so that a month's counters stand still from the
//! first block after it; the chain then closes the month, late or not, with the same figures. What always holds: a
//! district's closing figure of the last closed month, and what was counted since, is what its people and pools have
//! (checked after every block, [`super::invariants`]); the nets of all districts sum to zero; every month has a record.

use std::collections::{BTreeMap, BTreeSet};

use borsh::{BorshDeserialize, BorshSerialize};

use super::apply::Tip;
use super::context::{BlockContext, Context};
use super::rejection::{Refusal, Rejection};
use crate::amount::{AmountError, Minutes};
use crate::codec;
use crate::id::OrganisationId;
use crate::record::clearing::{
    CLEARING_COSIGNATURES_MAX, ClearingCosignatures, ClearingRecord, DistrictClearing,
    DistrictMonth, Flow, MonthEnd,
};
use crate::record::organisation::{Level, OrganisationRecord, Role};
use crate::state::key::{district_of_month_key, districts_of_month_key, organisation_of_key};
use crate::state::overlay::RECORD_BYTES_MAX;
use crate::state::{DueEntry, Overlay, StateError, StateKey, tree};
use crate::time::Month;
use crate::transaction::Signer;
use crate::transaction::government::CosignClearing;

/// Confirms a closed month in an auditor's name. The auditor begins the transaction.
pub(crate) fn cosign(
    context: &mut Context<'_, '_>,
    signer: Signer,
    operation: &CosignClearing,
) -> Result<(), Refusal> {
    let Signer::Staff(auditor) = signer else {
        return Err(Rejection::SignerNotEntitled { signer }.into());
    };
    let staff = context.staff(auditor)?;
    if !staff.has(Role::Auditor) {
        let organisation = auditor.organisation;
        let role = Role::Auditor;
        return Err(Rejection::RoleMissing { role, organisation }.into());
    }
    context.signers.require(signer)?;
    let month = operation.month;
    let record: ClearingRecord = context
        .load(&StateKey::Clearing(month))?
        .ok_or(Rejection::ClearingUnknown { month })?;
    let (expected, given) = (record.clearing_hash(), operation.hash);
    if given != expected {
        return Err(Rejection::ClearingHashOther {
            month,
            expected,
            given,
        }
        .into());
    }
    let key = StateKey::ClearingCosignatures(month);
    let mut cosigned: ClearingCosignatures = context.load(&key)?.unwrap_or_default();
    let person = staff.person;
    if cosigned.auditors.iter().any(|(_, other)| *other == person) {
        return Err(Rejection::ClearingCosigned { month, person }.into());
    }
    let limit = CLEARING_COSIGNATURES_MAX;
    if cosigned.auditors.len() >= limit {
        return Err(Rejection::ClearingCosignaturesTooMany { month, limit }.into());
    }
    cosigned.auditors.push((auditor, person));
    context.store(&key, &cosigned);
    Ok(())
}

/// Notes that the block after `tip` lies in a later month, so that the last block of the month before is known whenever
/// that month is closed. To be called before anything else changes the state.
pub(crate) fn note_month_end(
    state: &mut Overlay<'_>,
    tip: &Tip,
    block: &BlockContext,
) -> Result<(), StateError> {
    let ended = block.chain.calendar.month(tip.time_ms);
    if ended < block.month() {
        let end = MonthEnd {
            height: tip.height,
            state_root: tree::root(state.base())?,
        };
        state.store(&StateKey::MonthEnd(ended), &end);
        state.keep();
    }
    Ok(())
}

/// Closes a month, as work of the chain: gathers what was counted into its record, gives the counters up, and queues the
/// close of the next. Months are closed in order, each in a block of its own when several are over.
pub(crate) fn close_month(context: &mut Context<'_, '_>, month: Month) -> Result<(), Refusal> {
    let previous: Option<ClearingRecord> = context.load(&StateKey::Clearing(month.previous()))?;
    let end = take_month_end(context, month, previous.as_ref())?;
    let flows: Vec<_> = take_pairs::<Flow>(context, month, StateKey::flow_range, StateKey::Flow)?;
    let moves: Vec<_> = take_pairs::<Minutes>(
        context,
        month,
        StateKey::home_moves_range,
        StateKey::HomeMoves,
    )?;
    let counted = take_counted(context, month)?;
    let nets = nets(&flows)?;
    let mut districts = Vec::new();
    for district in districts_and_city(context)? {
        let before = previous.as_ref().and_then(|it| it.district(district));
        let opening = before.map_or(Minutes::ZERO, |before| before.closing);
        let counted = counted.get(&district).copied().unwrap_or_default();
        districts.push(DistrictClearing {
            district,
            opening,
            closing: opening.plus(counted.received)?.minus(counted.left)?,
            granted: counted.granted,
            expired: counted.expired,
            net: nets.get(&district).copied().unwrap_or_default(),
        });
    }
    let record = ClearingRecord {
        month,
        height: end.height,
        state_root: end.state_root,
        flows,
        moves,
        districts,
    };
    context.store(&StateKey::Clearing(month), &record);
    let next = DueEntry::month_close(context.block.chain.calendar, month.next());
    context.store(&StateKey::Due(next), &next);
    Ok(())
}

/// The last block of `month`; when the month had none, the one before it, which the month before names.
fn take_month_end(
    context: &mut Context<'_, '_>,
    month: Month,
    previous: Option<&ClearingRecord>,
) -> Result<MonthEnd, Refusal> {
    let key = StateKey::MonthEnd(month);
    if let Some(end) = context.load(&key)? {
        context.state.delete(&key);
        return Ok(end);
    }
    let before = previous.map(|record| MonthEnd {
        height: record.height,
        state_root: record.state_root,
    });
    before.ok_or_else(|| {
        StateError {
            reason: format!("neither the end of {month} nor the month before it is on record"),
        }
        .into()
    })
}

/// What was counted between districts in `month`, sorted; deleted.
fn take_pairs<T: BorshSerialize + BorshDeserialize>(
    context: &mut Context<'_, '_>,
    month: Month,
    range: fn(Month) -> (Vec<u8>, Vec<u8>),
    key: fn(Month, OrganisationId, OrganisationId) -> StateKey,
) -> Result<Vec<(OrganisationId, OrganisationId, T)>, StateError> {
    let (from, to) = range(month);
    let mut pairs = Vec::new();
    // As many as pairs of districts.
    for (bytes, value) in context.state.scan(&from, &to, usize::MAX)? {
        let (from, to) = districts_of_month_key(&bytes).ok_or_else(|| damaged(month))?;
        pairs.push((from, to, decode(&value)?));
        context.state.delete(&key(month, from, to));
    }
    Ok(pairs)
}

/// What was counted within districts in `month`; deleted.
fn take_counted(
    context: &mut Context<'_, '_>,
    month: Month,
) -> Result<BTreeMap<OrganisationId, DistrictMonth>, StateError> {
    let (from, to) = StateKey::district_month_range(month);
    let mut counted = BTreeMap::new();
    // As many as districts.
    for (bytes, value) in context.state.scan(&from, &to, usize::MAX)? {
        let district = district_of_month_key(&bytes).ok_or_else(|| damaged(month))?;
        counted.insert(district, decode(&value)?);
        context
            .state
            .delete(&StateKey::DistrictMonth(month, district));
    }
    Ok(counted)
}

fn decode<T: BorshSerialize + BorshDeserialize>(value: &[u8]) -> Result<T, StateError> {
    codec::decode(value, RECORD_BYTES_MAX).map_err(|error| StateError {
        reason: format!("a counter of clearing is damaged: {error}"),
    })
}

fn damaged(month: Month) -> StateError {
    StateError {
        reason: format!("a counter of {month} is kept under no counter's key"),
    }
}

/// Every district and the city. The whole tree of organisations is read, once a month.
fn districts_and_city(context: &Context<'_, '_>) -> Result<BTreeSet<OrganisationId>, StateError> {
    let (from, to) = StateKey::organisation_range();
    let mut found = BTreeSet::new();
    // As many as there are organisations.
    for (key, value) in context.state.scan(&from, &to, usize::MAX)? {
        let record: OrganisationRecord = decode(&value)?;
        if matches!(record.level, Level::City | Level::District) {
            let organisation = organisation_of_key(&key).ok_or_else(|| StateError {
                reason: "an organisation is kept under no organisation's key".into(),
            })?;
            found.insert(organisation);
        }
    }
    Ok(found)
}

/// Which way a flow between districts is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counting {
    /// Something was paid for.
    Forward,
    /// It was reversed.
    Back,
}

impl Context<'_, '_> {
    /// Counts minutes that came into an account at home in `district`, or into a pool of one of its organisations.
    pub(crate) fn count_received(
        &mut self,
        district: OrganisationId,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        self.count(district, minutes, |counted| &mut counted.received)
    }

    /// Counts minutes that left an account at home in `district`, or a pool of one of its organisations.
    pub(crate) fn count_left(
        &mut self,
        district: OrganisationId,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        self.count(district, minutes, |counted| &mut counted.left)
    }

    /// Counts minutes granted to people of `district`; they are counted as received besides.
    pub(crate) fn count_granted(
        &mut self,
        district: OrganisationId,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        self.count(district, minutes, |counted| &mut counted.granted)
    }

    /// Counts minutes of people of `district` that expired; they are counted as having left besides.
    pub(crate) fn count_expired(
        &mut self,
        district: OrganisationId,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        self.count(district, minutes, |counted| &mut counted.expired)
    }

    fn count(
        &mut self,
        district: OrganisationId,
        minutes: Minutes,
        figure: fn(&mut DistrictMonth) -> &mut Minutes,
    ) -> Result<(), Refusal> {
        if minutes.is_zero() {
            return Ok(());
        }
        let key = StateKey::DistrictMonth(self.block.month(), district);
        let mut counted: DistrictMonth = self.load(&key)?.unwrap_or_default();
        let figure = figure(&mut counted);
        *figure = figure.plus(minutes)?;
        self.store(&key, &counted);
        Ok(())
    }

    /// Counts minutes that people at home in `payer` paid for a service or goods of the district `place`.
    pub(crate) fn count_flow(
        &mut self,
        payer: OrganisationId,
        place: OrganisationId,
        minutes: Minutes,
        counting: Counting,
    ) -> Result<(), Refusal> {
        if minutes.is_zero() {
            return Ok(());
        }
        let key = StateKey::Flow(self.block.month(), payer, place);
        let mut flow: Flow = self.load(&key)?.unwrap_or_default();
        match counting {
            Counting::Forward => flow.minutes = flow.minutes.plus(minutes)?,
            Counting::Back => flow.reversed = flow.reversed.plus(minutes)?,
        }
        self.store(&key, &flow);
        Ok(())
    }

    /// Counts the balance of an account that moves home from one district to another: it leaves the one and comes into
    /// the other.
    pub(crate) fn count_move(
        &mut self,
        from: OrganisationId,
        to: OrganisationId,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        if minutes.is_zero() || from == to {
            return Ok(());
        }
        let key = StateKey::HomeMoves(self.block.month(), from, to);
        let moved: Minutes = self.load(&key)?.unwrap_or_default();
        self.store(&key, &moved.plus(minutes)?);
        self.count_left(from, minutes)?;
        self.count_received(to, minutes)
    }
}

/// The district `organisation` belongs to: itself, if it is one, or the one above it; the city for the city. None when it,
/// or one above it, is missing.
pub(super) fn district_of(
    state: &Overlay<'_>,
    organisation: OrganisationId,
) -> Result<Option<OrganisationId>, StateError> {
    // The tree has four levels, so the walk up ends.
    let mut current = organisation;
    loop {
        let record: Option<OrganisationRecord> = state.load(&StateKey::Organisation(current))?;
        match record {
            None => return Ok(None),
            Some(record) => match (record.level, record.parent) {
                (Level::City | Level::District, _) | (_, None) => return Ok(Some(current)),
                (_, Some(parent)) => current = parent,
            },
        }
    }
}

/// What each district gave to others less what it took from them, where it is not zero on both sides.
fn nets(
    flows: &[(OrganisationId, OrganisationId, Flow)],
) -> Result<BTreeMap<OrganisationId, i64>, AmountError> {
    let mut nets: BTreeMap<OrganisationId, i64> = BTreeMap::new();
    for (payer, place, flow) in flows.iter().filter(|(payer, place, _)| payer != place) {
        let paid = flow.net()?;
        let gave = nets.entry(*place).or_default();
        *gave = gave.checked_add(paid).ok_or(AmountError)?;
        let took = nets.entry(*payer).or_default();
        *took = took.checked_sub(paid).ok_or(AmountError)?;
    }
    Ok(nets)
}
