//! Frauds of every kind, as those who commit them would go about it, each labelled with who and what belongs to it.
//!
//! Nothing here knows by which rules or thresholds anybody looks for it. Each kind comes in three degrees of care: blatant,
//! middling, and careful, which spreads over months and stays close to what honest people do. Every fraud keeps the ledger's
//! own rules; what breaks those is refused and never gets into a block.
//!
//! - [`serving`]: services that nobody gave: long days, each other's, back-dated, at night, one photograph for many, too fast.
//! - [`staff`]: with somebody of an office: approved in one go, always by the same, by clerk and social worker, for another
//!   district's people, campaigns that never were.
//! - [`minutes`]: with minutes: rings of gifts, dormant accounts emptied, cashed with a merchant, collected from straw men.

mod minutes;
mod serving;
mod staff;

use std::collections::BTreeSet;

use ledger_core::id::{AccountId, OrderId, OrganisationId, StaffId, TransactionId};
use ledger_core::time::MINUTE_MS;

use super::city::{Life, Staff, Who, at, chance};
use super::scene::{Pace, Paying, Reported, Scene, Visit};
use crate::random::Random;

/// A kind of fraud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Somebody claims whole days, day after day.
    LongDays,
    /// Two people claim for serving each other, at the city's cost.
    BothWays,
    /// Granted minutes that would expire go round among pretended kin and come back without a last day.
    GiftRing,
    /// A social worker approves a heap of services at once that nobody looked at.
    VerifierBurst,
    /// A provider's services all end up with the one social worker who asks nothing.
    VerifierConcentration,
    /// Papers dated as far back as the rules allow, when nobody remembers any more.
    Backdated,
    /// Housework in the middle of the night, because the days are taken.
    NightWork,
    /// An account that nobody used for months is emptied by somebody else.
    DormantDrained,
    /// One photograph for many services.
    RepeatedEvidence,
    /// An office lets its own people earn with services to another district's.
    InterDistrict,
    /// Orders posted when the service was allegedly over already, or minutes before.
    TooFast,
    /// A clerk orders for people without a phone, and a social worker approves at once.
    ClerkVerifier,
    /// Several people turn all they get into goods of one merchant, who shares.
    MerchantCashOut,
    /// Campaigns that never were, always with the same people.
    PhantomCampaign,
    /// Straw men earn, and one person collects.
    StrawMen,
    /// Each claims for serving the next, in a circle, at the city's cost.
    ServiceRing,
}

impl Kind {
    /// All kinds; the first.
    pub const ALL: [Kind; 16] = [
        Kind::LongDays,
        Kind::BothWays,
        Kind::GiftRing,
        Kind::VerifierBurst,
        Kind::VerifierConcentration,
        Kind::Backdated,
        Kind::NightWork,
        Kind::DormantDrained,
        Kind::RepeatedEvidence,
        Kind::InterDistrict,
        Kind::TooFast,
        Kind::ClerkVerifier,
        Kind::MerchantCashOut,
        Kind::PhantomCampaign,
        Kind::StrawMen,
        Kind::ServiceRing,
    ];

    /// How tables name it.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::LongDays => "long days",
            Kind::BothWays => "same pair both ways",
            Kind::GiftRing => "ring of gifts",
            Kind::VerifierBurst => "burst by one verifier",
            Kind::VerifierConcentration => "verifier concentration",
            Kind::Backdated => "back-dated at the limit",
            Kind::NightWork => "night work",
            Kind::DormantDrained => "dormant then drained",
            Kind::RepeatedEvidence => "repeated evidence",
            Kind::InterDistrict => "inter-district imbalance",
            Kind::TooFast => "implausibly fast",
            Kind::ClerkVerifier => "clerk and verifier",
            Kind::MerchantCashOut => "cashed with a merchant",
            Kind::PhantomCampaign => "campaigns that never were",
            Kind::StrawMen => "straw men",
            Kind::ServiceRing => "services in a circle",
        }
    }
}

/// How careful those who do it are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Care {
    /// Much in little time.
    Blatant,
    /// Less.
    Middling,
    /// Little, over months, among honest services.
    Careful,
}

impl Care {
    const ALL: [Care; 3] = [Care::Blatant, Care::Middling, Care::Careful];

    /// How tables name it.
    pub const fn name(self) -> &'static str {
        match self {
            Care::Blatant => "blatant",
            Care::Middling => "middling",
            Care::Careful => "careful",
        }
    }

    /// What belongs to this degree.
    const fn of<T: Copy>(self, degrees: [T; 3]) -> T {
        match self {
            Care::Blatant => degrees[0],
            Care::Middling => degrees[1],
            Care::Careful => degrees[2],
        }
    }
}

/// A planted fraud: the label by which screening is measured.
#[derive(Clone, Debug)]
pub struct Case {
    /// What kind.
    pub kind: Kind,
    /// How careful.
    pub care: Care,
    /// The accounts of those who do it, of staff among them too; of an emptied account, that one.
    pub people: BTreeSet<AccountId>,
    /// The staff entries of those who do it.
    pub staff: BTreeSet<StaffId>,
    /// The district that gains, where it is about districts.
    pub districts: BTreeSet<OrganisationId>,
    /// The orders that never were.
    pub orders: BTreeSet<OrderId>,
    /// Every transaction that was made for it, whoever was deceived into signing it.
    pub transactions: BTreeSet<TransactionId>,
}

/// How often others are drawn for a fraud when the first cannot do it together.
const ATTEMPTS_MAX: usize = 8;

/// Plants every kind of fraud into `scene`, the size's number of times each.
pub(crate) fn plant(scene: &mut Scene, seed: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    for round in 0..scene.city.size.cases {
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            // A city with one of each has all degrees among them.
            let care = Care::ALL[(round + number + usize::try_from(seed % 3).unwrap_or(0)) % 3];
            let found = (0..ATTEMPTS_MAX).find_map(|attempt| {
                let random = chance(seed, &format!("{} {round} {attempt}", kind.name()));
                scene.case = Some(cases.len());
                plot(scene, kind, care, random)
            });
            cases.extend(found);
        }
    }
    scene.case = None;
    cases
}

/// Plans a fraud; none when those who were drawn for it cannot do it together.
fn plot(scene: &mut Scene, kind: Kind, care: Care, random: Random) -> Option<Case> {
    let first = scene.asked.len();
    let mut plot = Plot {
        scene,
        random,
        care,
        case: Case {
            kind,
            care,
            people: BTreeSet::new(),
            staff: BTreeSet::new(),
            districts: BTreeSet::new(),
            orders: BTreeSet::new(),
            transactions: BTreeSet::new(),
        },
    };
    plot.carry_out()?;
    let Plot {
        scene, mut case, ..
    } = plot;
    let asked = &scene.asked[first..];
    case.transactions = asked.iter().map(|asked| asked.sealed.id()).collect();
    Some(case)
}

/// A fraud while it is being planned.
struct Plot<'s> {
    scene: &'s mut Scene,
    random: Random,
    care: Care,
    case: Case,
}

impl Plot<'_> {
    /// None when the city has nobody for it.
    fn carry_out(&mut self) -> Option<()> {
        match self.case.kind {
            Kind::LongDays => self.long_days(),
            Kind::BothWays => self.both_ways(),
            Kind::GiftRing => self.gift_ring(),
            Kind::VerifierBurst => self.verifier_burst(),
            Kind::VerifierConcentration => self.verifier_concentration(),
            Kind::Backdated => self.backdated(),
            Kind::NightWork => self.night_work(),
            Kind::DormantDrained => self.dormant_drained(),
            Kind::RepeatedEvidence => self.repeated_evidence(),
            Kind::InterDistrict => self.inter_district(),
            Kind::TooFast => self.too_fast(),
            Kind::ClerkVerifier => self.clerk_verifier(),
            Kind::MerchantCashOut => self.merchant_cash_out(),
            Kind::PhantomCampaign => self.phantom_campaign(),
            Kind::StrawMen => self.straw_men(),
            Kind::ServiceRing => self.service_ring(),
        }
    }

    /// A day on which something can begin that takes `days`.
    fn some_day(&mut self, days: u32) -> u32 {
        let last = self.scene.city.size.days.saturating_sub(days).max(31);
        30 + u32::try_from(self.random.below(u64::from(last - 30))).unwrap_or(0)
    }

    /// Somebody with a phone who lives as `lives` say, has been there from the beginning and has no part in another fraud.
    fn person(&mut self, lives: &[Life], fits: impl Fn(&Scene, Who) -> bool) -> Option<Who> {
        let candidates: Vec<Who> = self
            .scene
            .everybody()
            .filter(|who| {
                let person = self.scene.person(*who);
                lives.contains(&person.life)
                    && person.key.is_some()
                    && person.opened_day <= 15
                    && !self.scene.taken.contains(who)
            })
            .filter(|who| fits(self.scene, *who))
            .collect();
        if candidates.is_empty() {
            return None;
        }
        let chosen = candidates[self.random.index(candidates.len())];
        self.scene.taken.insert(chosen);
        Some(chosen)
    }

    /// [`Plot::person`], who does it.
    fn culprit(&mut self, lives: &[Life], fits: impl Fn(&Scene, Who) -> bool) -> Option<Who> {
        let who = self.person(lives, fits)?;
        self.case.people.insert(self.scene.account(who));
        Some(who)
    }

    /// Several of [`Plot::culprit`].
    fn culprits(
        &mut self,
        count: usize,
        lives: &[Life],
        fits: impl Fn(&Scene, Who) -> bool + Copy,
    ) -> Option<Vec<Who>> {
        (0..count).map(|_| self.culprit(lives, fits)).collect()
    }

    /// Elders who are used for it and need not know, at most `count`.
    fn elders(&mut self, count: usize, fits: impl Fn(&Scene, Who) -> bool) -> Vec<Who> {
        let mut elders: Vec<Who> = self
            .scene
            .everybody()
            .filter(|who| {
                let person = self.scene.person(*who);
                person.life == Life::Elder && person.opened_day <= 15
            })
            .filter(|who| fits(self.scene, *who))
            .collect();
        self.random.shuffle(&mut elders);
        elders.truncate(count);
        elders
    }

    /// Marks a member of staff as one who does it.
    fn corrupt(&mut self, staff: &Staff) {
        self.scene.taken_staff.insert(staff.account);
        self.case.people.insert(staff.account);
        self.case.staff.insert(staff.id);
    }

    /// A service at the city's cost in the recipient's district, which never was.
    fn claim(
        &self,
        provider: Who,
        recipient: Who,
        service: u16,
        start_ms: u64,
        minutes: u64,
    ) -> Visit {
        Visit {
            provider,
            recipient,
            service,
            district: self.scene.district_of(recipient),
            start_ms,
            minutes,
            paying: Paying::Budget,
            evidence: None,
        }
    }

    /// Whether both sides have time for `visit` as far as the book knows.
    fn is_possible(&self, visit: &Visit) -> bool {
        let (start_ms, end_ms) = (visit.start_ms, visit.end_ms());
        let day = super::city::day_of(start_ms);
        visit.provider != visit.recipient
            && self.scene.is_about(visit.provider, day)
            && self.scene.is_about(visit.recipient, day)
            && self
                .scene
                .diary
                .can_meet(visit.provider, visit.recipient, start_ms, end_ms)
    }

    /// Puts `visit` into the book as honest people would.
    fn order(&mut self, visit: &Visit) -> Option<Reported> {
        if !self.is_possible(visit) {
            return None;
        }
        let pace = Pace::usual(&mut self.random, visit, at(20, 0));
        let reported = self.scene.order(visit, &pace)?;
        self.case.orders.insert(reported.order);
        Some(reported)
    }

    /// [`Plot::order`], and leaves it to the social workers of the street, who are deceived.
    fn deceive(&mut self, visit: &Visit) -> Option<()> {
        let reported = self.order(visit)?;
        self.scene.leave(visit.recipient, reported);
        Some(())
    }

    /// [`Plot::order`], which a social worker of the recipient's street looks at two days later, deceived.
    fn soon_approved(&mut self, visit: &Visit) -> Option<Reported> {
        let reported = self.order(visit)?;
        let workers = self.scene.street_of(visit.recipient).social_workers.clone();
        let worker = &workers[self.random.index(workers.len())];
        let day = super::city::day_of(reported.done_ms) + 2;
        let at_ms = at(day, 9 * 60 + self.random.below(7 * 60));
        self.scene.approve(&reported, worker, visit.minutes, at_ms);
        Some(reported)
    }

    /// A quarter of an hour between `first` and `end`, hours after midnight.
    fn quarter(&mut self, day: u32, first: u64, end: u64) -> u64 {
        at(day, 60 * first) + 15 * MINUTE_MS * self.random.below((end - first) * 4)
    }
}
