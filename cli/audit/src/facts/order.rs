//! Facts of one service order: terms, people, times and signatures from posting to its end.

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, OrganisationId, ServiceCode, StaffId};
use ledger_core::record::order::{OrderStatus, Payer, Provider, Ratings, RejectionReason};
use ledger_core::time::{Calendar, Day, MINUTE_MS, TimestampMs};
use ledger_core::transaction::Signer;

use super::Event;

/// How an order came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Posted before the service.
    Posted,
    /// Recorded from paper after it.
    Recorded,
}

/// A service order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFacts {
    /// How it came to be.
    pub origin: Origin,
    /// Whom it serves.
    pub recipient: AccountId,
    /// The recipient's home street when it was posted.
    pub recipient_home: OrganisationId,
    /// The kind of service.
    pub service: ServiceCode,
    /// The district it takes place in.
    pub district: OrganisationId,
    /// When it may begin; of a paper record, when it began.
    pub window_start_ms: TimestampMs,
    /// Before when it must begin; of a paper record, when it ended.
    pub window_end_ms: TimestampMs,
    /// Reserved at most.
    pub minutes: Minutes,
    /// Who pays.
    pub payer: Payer,
    /// How many days back a service may have begun when it is reported, copied at posting.
    pub backdating_days: u32,
    /// Above this two social workers verify, copied at posting.
    pub dual_verification_above: Minutes,
    /// Minutes are multiples of this, copied at posting.
    pub quantum: Minutes,
    /// Who signed for the recipient.
    pub poster: Signer,
    /// The person behind it.
    pub poster_person: AccountId,
    /// Staff who signed in the recipient's place, or at check-in, each once.
    pub clerks: Vec<ClerkFacts>,
    /// Who serves and who is paid; none while nobody has accepted.
    pub provider: Option<Provider>,
    /// What was reported.
    pub claim: Option<ClaimFacts>,
    /// What the social workers found.
    pub verification: Option<VerificationFacts>,
    /// Where it stands.
    pub status: OrderStatus,
    /// When it was posted, or recorded from paper.
    pub posted: Event,
    /// When it was accepted last.
    pub accepted: Option<Event>,
    /// How often a provider accepted and withdrew again.
    pub withdrawals: u32,
    /// When the provider checked in.
    pub started: Option<Event>,
    /// When the service was reported.
    pub completed: Option<Event>,
    /// When its district was told that nobody verifies it.
    pub escalated: Option<Event>,
    /// Disputes, decisions and appeals, oldest first.
    pub disputes: Vec<Event>,
    /// When it was paid, withdrawn, or ran out of time.
    pub ended: Option<Event>,
    /// When it was reversed.
    pub reversed: Option<Event>,
    /// Minutes of service that were paid for; 0 until it is settled.
    pub served: Minutes,
    /// Minutes that the provider's account was credited, overflow and what it repaid included.
    pub paid: Minutes,
    /// What the parties thought of each other.
    pub ratings: Ratings,
}

/// A member of staff who signed in the recipient's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClerkFacts {
    /// The entry.
    pub staff: StaffId,
    /// The person behind it then.
    pub person: AccountId,
}

/// What a provider claims to have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimFacts {
    /// When the service began.
    pub start_ms: TimestampMs,
    /// When it ended (exclusive).
    pub end_ms: TimestampMs,
    /// Minutes claimed: the lesser of the order's and the interval's, by the quantum.
    pub minutes: Minutes,
    /// The salted commitment to evidence.
    pub evidence: Hash,
}

/// What social workers found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationFacts {
    /// When.
    pub event: Event,
    /// The one or two who signed, with the people behind them.
    pub verifiers: Vec<ClerkFacts>,
    /// Minutes that count, or why none.
    pub verdict: Result<Minutes, RejectionReason>,
}

impl OrderFacts {
    /// Whether it was verified with minutes that count, and was not taken back since.
    pub fn is_approved(&self) -> bool {
        self.approved().is_some() && self.reversed.is_none()
    }

    /// Minutes that social workers approved.
    pub fn approved(&self) -> Option<Minutes> {
        self.verification.as_ref()?.verdict.ok()
    }

    /// Whether a budget line pays, so that minutes are minted.
    pub const fn is_minted(&self) -> bool {
        matches!(self.payer, Payer::Budget(_))
    }

    /// The person who serves.
    pub fn server(&self) -> Option<AccountId> {
        self.provider.map(|provider| provider.server)
    }

    /// The account whose home pays in clearing: the payer's, or the recipient's when a budget line pays.
    pub const fn paying_account(&self) -> AccountId {
        match self.payer {
            Payer::Recipient | Payer::Budget(_) => self.recipient,
            Payer::Kin(kin) => kin,
        }
    }

    /// The day on which the service began.
    pub fn service_day(&self, calendar: Calendar) -> Option<Day> {
        self.claim.map(|claim| calendar.day(claim.start_ms))
    }

    /// Days from the day of the service to the day on which it was reported.
    pub fn days_late(&self, calendar: Calendar) -> Option<u32> {
        let reported = calendar.day(self.completed?.time_ms);
        Some(reported.0.saturating_sub(self.service_day(calendar)?.0))
    }
}

impl ClaimFacts {
    /// The claim of an order: the lesser of its minutes and the interval's whole quanta.
    pub(crate) fn new(
        (start_ms, end_ms): (TimestampMs, TimestampMs),
        reserved: Minutes,
        quantum: Minutes,
        evidence: Hash,
    ) -> ClaimFacts {
        let whole = end_ms.since_ms(start_ms) / MINUTE_MS;
        let beyond = whole.checked_rem(quantum.0).unwrap_or(0);
        ClaimFacts {
            start_ms,
            end_ms,
            minutes: reserved.min(Minutes(whole.saturating_sub(beyond))),
            evidence,
        }
    }
}
