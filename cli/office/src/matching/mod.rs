//! Who could take on an open order: able volunteers in an order of rank, with the reason for every point, and who could not,
//! and why.
//!
//! A volunteer is a person of whom the ledger knows service, training or a promise. Who may not serve is decided by the
//! ledger's own rules, which are asked whether the volunteer's acceptance would apply ([`check_transaction`]), and by what
//! would stop the service later: kin of the recipient or of the payer, the pair's monthly limit, no free time in the window.
//! Whoever is left is given points by the [`scoring`], each with the figure it comes from.
//!
//! Fairness. Points fall with every hour served or promised of late and rise with every week of waiting, so whoever is asked
//! moves down; and volunteers within one band of points are equals, in an order that is drawn anew for each order: by the
//! hash of the order's and the volunteer's ids, so that anybody can draw it again. What always holds: the same book, order
//! and scoring give the same ranks, and no rank depends on the order of accounts.

pub mod free;
mod reasons;
pub mod scoring;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, Height, OrderId, OrganisationId};
use ledger_core::ledger::{
    Refusal, Rejection, Tip, VerifiedSignatures, check_transaction, least_time, policy_in_force,
};
use ledger_core::record::account::AccountRecord;
use ledger_core::record::kin::{KinRecord, Relation};
use ledger_core::record::order::{
    OpenOrder, OrderRecord, OrderStage, OrderStatus, Payer, ProviderDay,
};
use ledger_core::record::policy::{PolicyParameter, PolicyValue};
use ledger_core::signature::Signature;
use ledger_core::state::{Overlay, StateError, StateKey, StateView};
use ledger_core::time::{Day, TimestampMs};
use ledger_core::transaction::service::AcceptOrder;
use ledger_core::transaction::{Envelope, SealedEnvelope, SignedBy, Signer};
use serde::Serialize;
use timebank_audit::facts::{Holder, OrderFacts};
use timebank_audit::{Book, Facts};
use timebank_wallet::TransactionBuilder;

use free::{Time, Work};
pub use reasons::Reason;
use reasons::{Record, points};
use scoring::Scoring;

/// Why nobody is matched.
#[derive(Debug, thiserror::Error)]
pub enum MatchError {
    /// No such order.
    #[error("there is no order {order} up to block {height}; bring the book up to date")]
    OrderUnknown {
        /// Which.
        order: OrderId,
        /// The last block that was looked at.
        height: Height,
    },
    /// Somebody has taken it on, or it has ended.
    #[error("order {order} is {status:?}; only an order that waits for a provider is matched")]
    OrderTaken {
        /// Which.
        order: OrderId,
        /// Where it stands.
        status: OrderStatus,
    },
    /// A record cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// There is no randomness for a nonce.
    #[error(transparent)]
    Wallet(#[from] timebank_wallet::Error),
}

/// Who could take on an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// The order.
    pub order: OrderId,
    /// The last block that was looked at.
    pub height: Height,
    /// Its time.
    pub time_ms: TimestampMs,
    /// The version of the scoring.
    pub scoring: u32,
    /// Able volunteers, the first in rank first.
    pub able: Vec<Candidate>,
    /// Volunteers who cannot serve, and why; in order of account.
    pub unable: Vec<Unable>,
}

/// An able volunteer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Who.
    pub account: AccountId,
    /// The home street.
    pub home: OrganisationId,
    /// Points in all.
    pub points: i64,
    /// The band of points within which the lot decides; a higher one comes first.
    pub band: i64,
    /// The lot: the lower one comes first within a band.
    pub lot: u64,
    /// When it could begin at the earliest, for all the ledger knows.
    pub free_ms: TimestampMs,
    /// Where the points come from.
    pub reasons: Vec<Reason>,
}

/// A volunteer who cannot serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unable {
    /// Who.
    pub account: AccountId,
    /// Why not.
    pub why: Why,
}

/// Why a volunteer cannot serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The ledger would refuse the acceptance.
    Refused(Box<Rejection>),
    /// Kin of the recipient, who is this to the volunteer.
    KinOfRecipient(Relation),
    /// Kin of whoever pays, who is this to the volunteer.
    KinOfPayer(Relation),
    /// Pays for the order.
    Payer,
    /// The pair's monthly limit leaves no room.
    PairLimit {
        /// Minutes served or promised in the month.
        taken: Minutes,
        /// The limit.
        limit: Minutes,
    },
    /// Nothing free within the window, or no day of it with room under the daily limit.
    NoTime,
}

/// Signatures that nobody has made, but whom they would be from might: the other rules are what is asked for.
struct AsIfSigned;

impl VerifiedSignatures for AsIfSigned {
    fn contains(&self, _: &Hash) -> bool {
        true
    }
}

/// Matches `order` with the volunteers of the city.
///
/// # Errors
/// See [`MatchError`]. `facts` have followed the book's blocks.
pub fn matched(
    book: &Book,
    facts: &Facts,
    order: OrderId,
    scoring: &Scoring,
) -> Result<Matched, MatchError> {
    Matching::new(book.state(), book.tip(), facts, order, scoring)?.all()
}

/// An order, and what is known of those who might take it on.
struct Matching<'m> {
    view: &'m dyn StateView,
    tip: &'m Tip,
    facts: &'m Facts,
    scoring: &'m Scoring,
    id: OrderId,
    order: OpenOrder,
    /// The recipient's home street.
    street: OrganisationId,
    now_ms: TimestampMs,
    /// The orders of each volunteer, by who serves.
    served_by: BTreeMap<AccountId, Vec<&'m OrderFacts>>,
}

impl<'m> Matching<'m> {
    fn new(
        view: &'m dyn StateView,
        tip: &'m Tip,
        facts: &'m Facts,
        id: OrderId,
        scoring: &'m Scoring,
    ) -> Result<Matching<'m>, MatchError> {
        let height = tip.height;
        let found: Option<OrderRecord> = Overlay::new(view).load(&StateKey::Order(id))?;
        let order = match found {
            None => return Err(MatchError::OrderUnknown { order: id, height }),
            Some(OrderRecord::Open(order)) if order.stage == OrderStage::Posted => *order,
            Some(other) => {
                let status = other.status();
                return Err(MatchError::OrderTaken { order: id, status });
            }
        };
        let recipient: Option<AccountRecord> =
            Overlay::new(view).load(&StateKey::Account(order.recipient))?;
        let mut served_by: BTreeMap<AccountId, Vec<&OrderFacts>> = BTreeMap::new();
        for known in facts.orders.values() {
            if let Some(server) = known.server() {
                served_by.entry(server).or_default().push(known);
            }
        }
        Ok(Matching {
            now_ms: least_time(view, tip)?,
            street: recipient.map_or(order.district, |record| record.home),
            view,
            tip,
            facts,
            scoring,
            id,
            order,
            served_by,
        })
    }

    fn all(&self) -> Result<Matched, MatchError> {
        let (mut able, mut unable) = (Vec::new(), Vec::new());
        for (account, known) in &self.facts.accounts {
            if !matches!(known.holder, Holder::Person | Holder::Keyless) {
                continue;
            }
            let record: Option<AccountRecord> = self.load(&StateKey::Account(*account))?;
            let Some(record) = record.filter(is_volunteer) else {
                continue;
            };
            match self.fit(*account, &record)? {
                Ok(candidate) => able.push(candidate),
                Err(why) => unable.push(Unable {
                    account: *account,
                    why,
                }),
            }
        }
        able.sort_by_key(|candidate| {
            let band = std::cmp::Reverse(candidate.band);
            (band, candidate.lot, candidate.account)
        });
        Ok(Matched {
            order: self.id,
            height: self.tip.height,
            time_ms: self.tip.time_ms,
            scoring: self.scoring.version,
            able,
            unable,
        })
    }

    /// The volunteer as a candidate, or why not.
    fn fit(
        &self,
        account: AccountId,
        record: &AccountRecord,
    ) -> Result<Result<Candidate, Why>, MatchError> {
        if let Some(why) = self.too_close(account)? {
            return Ok(Err(why));
        }
        if let Some(rejection) = self.refusal(account, record)? {
            return Ok(Err(Why::Refused(Box::new(rejection))));
        }
        let Some(free_ms) = self.free(account, record)? else {
            return Ok(Err(Why::NoTime));
        };
        if let Some(why) = self.pair_limit(account, record, free_ms)? {
            return Ok(Err(why));
        }
        let reasons = points(self.scoring, &self.record_of(account, record));
        let sum = reasons.iter().map(Reason::points);
        let points = sum.fold(0_i64, i64::saturating_add);
        Ok(Ok(Candidate {
            account,
            home: record.home,
            points,
            band: points.div_euclid(self.scoring.fairness.band),
            lot: lot(self.id, account),
            free_ms,
            reasons,
        }))
    }

    /// Whether the volunteer pays, or is kin of the recipient or the payer.
    fn too_close(&self, account: AccountId) -> Result<Option<Why>, StateError> {
        let kin = |of: AccountId| -> Result<Option<Relation>, StateError> {
            let link: Option<KinRecord> = self.load(&StateKey::Kin(account, of))?;
            Ok(link.map(|link| link.relation))
        };
        if let Some(relation) = kin(self.order.recipient)? {
            return Ok(Some(Why::KinOfRecipient(relation)));
        }
        let Payer::Kin(payer) = self.order.payer else {
            return Ok(None);
        };
        if payer == account {
            return Ok(Some(Why::Payer));
        }
        Ok(kin(payer)?.map(Why::KinOfPayer))
    }

    /// Why the ledger would refuse the volunteer's acceptance if it were signed now.
    fn refusal(
        &self,
        account: AccountId,
        record: &AccountRecord,
    ) -> Result<Option<Rejection>, MatchError> {
        let accept = AcceptOrder {
            order: self.id,
            provider: account,
            member: None,
        };
        let signer = Signer::Account(account);
        let builder = TransactionBuilder::new(self.tip.chain_id, signer, self.now_ms);
        let mut signers = vec![signer];
        signers.extend(record.legal_guardian.map(Signer::Account));
        let signatures = signers.into_iter().map(|signer| SignedBy {
            signer,
            signature: Signature([0; 64]),
        });
        let envelope = Envelope::new(builder.build(accept)?, signatures.collect::<Vec<_>>());
        let sealed = SealedEnvelope::new(envelope);
        match check_transaction(self.view, self.tip, self.now_ms, &sealed, &AsIfSigned) {
            Ok(()) => Ok(None),
            Err(Refusal::Rejected(rejection)) => Ok(Some(rejection)),
            Err(Refusal::State(error)) => Err(error.into()),
        }
    }

    /// When the volunteer could begin.
    fn free(
        &self,
        account: AccountId,
        record: &AccountRecord,
    ) -> Result<Option<TimestampMs>, StateError> {
        let calendar = self.facts.calendar;
        let wanted = Work {
            from_ms: self.order.window_start_ms.max(self.now_ms),
            until_ms: self.order.window_end_ms,
            minutes: self.order.minutes,
        };
        let first = calendar.day(wanted.from_ms);
        let limit = self.policy(record, PolicyParameter::DailyLimit, first)?;
        let mut time = Time::new(calendar, Minutes(limit));
        let last = calendar.day(wanted.until_ms).next();
        for day in (first.0.saturating_sub(1)..=last.0).map(Day) {
            let served: Option<ProviderDay> = self.load(&StateKey::ProviderDay(account, day))?;
            for interval in served.unwrap_or_default().intervals {
                time.served(day, interval.start_ms, interval.end_ms, interval.minutes);
            }
        }
        let promised = self.promised(account).map(|order| Work {
            from_ms: order.window_start_ms.max(self.now_ms),
            until_ms: order.window_end_ms,
            minutes: order.minutes,
        });
        time.promised(promised.collect());
        Ok(time.free_for(&wanted))
    }

    /// Whether the pair's monthly limit leaves room.
    fn pair_limit(
        &self,
        account: AccountId,
        record: &AccountRecord,
        start_ms: TimestampMs,
    ) -> Result<Option<Why>, StateError> {
        let calendar = self.facts.calendar;
        let (day, month) = (calendar.day(start_ms), calendar.month(start_ms));
        let limit = Minutes(self.policy(record, PolicyParameter::PairMonthlyLimit, day)?);
        let key = StateKey::PairMonth(account, self.order.recipient, month);
        let served: Option<Minutes> = self.load(&key)?;
        let promised = self.promised(account);
        let of_pair = promised.filter(|order| {
            let begins = calendar.month(order.window_start_ms.max(self.now_ms));
            order.recipient == self.order.recipient && begins == month
        });
        let taken = of_pair.fold(served.unwrap_or_default(), |sum, order| {
            sum.saturating_plus(order.minutes)
        });
        let fits = taken.saturating_plus(self.order.minutes) <= limit;
        Ok((!fits).then_some(Why::PairLimit { taken, limit }))
    }

    /// The orders a volunteer has accepted and not done yet.
    fn promised(&self, account: AccountId) -> impl Iterator<Item = &'m OrderFacts> + '_ {
        let orders = self.served_by.get(&account).into_iter().flatten();
        orders
            .copied()
            .filter(|it| matches!(it.status, OrderStatus::Accepted | OrderStatus::Started))
    }

    /// What the points come from.
    fn record_of(&self, account: AccountId, record: &AccountRecord) -> Record {
        let orders = self.served_by.get(&account).map_or(&[][..], Vec::as_slice);
        let paid = || orders.iter().filter(|it| it.status == OrderStatus::Settled);
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let days = u64::from(self.scoring.load.days);
        let since_ms = self
            .now_ms
            .minus_ms(days.saturating_mul(ledger_core::time::DAY_MS));
        let claims = || {
            let valid = orders
                .iter()
                .filter(|it| !matches!(it.status, OrderStatus::Rejected | OrderStatus::Reversed));
            valid.filter_map(|it| it.claim)
        };
        let lately = claims().filter(|claim| claim.start_ms >= since_ms);
        let served = lately.fold(Minutes::ZERO, |sum, it| sum.saturating_plus(it.minutes));
        let load = self
            .promised(account)
            .fold(served, |sum, it| sum.saturating_plus(it.minutes));
        let same_district = record.home_district == self.order.district;
        Record {
            same_street: record.home == self.street,
            same_district,
            same_service: count(paid().filter(|it| it.service == self.order.service).count()),
            acquainted: count(
                paid()
                    .filter(|it| it.recipient == self.order.recipient)
                    .count(),
            ),
            rating: record.rating,
            absences: u64::from(record.no_shows),
            load,
            last_served_ms: claims().map(|claim| claim.end_ms).max(),
            now_ms: self.now_ms,
            trained: record.training_given,
            served: record.service_given,
        }
    }

    fn policy(
        &self,
        record: &AccountRecord,
        parameter: PolicyParameter,
        day: Day,
    ) -> Result<u64, StateError> {
        let (city, district) = (self.facts.city, record.home_district);
        let (value, _) = policy_in_force(self.view, city, district, parameter, day)?;
        match value {
            PolicyValue::Number(number) => Ok(number),
            PolicyValue::Programmes(_) => Ok(0),
        }
    }

    fn load<T: ledger_core::state::Record>(&self, key: &StateKey) -> Result<Option<T>, StateError> {
        Overlay::new(self.view).load(key)
    }
}

/// Whether the ledger knows service, training or a promise of somebody.
const fn is_volunteer(record: &AccountRecord) -> bool {
    !record.service_given.is_zero() || !record.training_given.is_zero() || record.serving > 0
}

/// The lot of a volunteer for an order: the first eight bytes of a hash of both, which anybody can draw again.
fn lot(order: OrderId, account: AccountId) -> u64 {
    let mut hasher = blake3::Hasher::new_derive_key("timebank-office matching lot v1");
    hasher.update(&order.0);
    hasher.update(&account.0);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_be_bytes(bytes)
}
