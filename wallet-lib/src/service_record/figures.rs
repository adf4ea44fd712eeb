//! What a certificate says, worked out from its records: nothing here is taken from anywhere else.

use std::collections::BTreeMap;

use ledger_core::amount::Minutes;
use ledger_core::block::Header;
use ledger_core::id::{AccountId, Height, OrganisationId, ServiceCode};
use ledger_core::record::membership::Membership;
use ledger_core::record::service_record::{ServiceMonth, ServiceRecord, ServiceYear, Tally};
use ledger_core::time::{Month, TimestampMs};
use serde::{Deserialize, Serialize};

use super::Statement;

/// From how many hours of service on a volunteer has one star, two and so on (domain.md: "100 h … 1,500 h").
pub const STAR_HOURS: [u64; 5] = [100, 300, 600, 1_000, 1_500];

/// The stars for `served`, all of a volunteer's service.
pub fn stars(served: Minutes) -> u8 {
    let hours = served.0 / 60;
    let reached = STAR_HOURS.iter().filter(|needed| hours >= **needed).count();
    u8::try_from(reached).expect("there are five stars")
}

/// What was given in one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonthFigures {
    /// The month.
    pub month: Month,
    /// By kind.
    pub given: ServiceMonth,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Whose service.
    pub account: AccountId,
    /// The holder's home street.
    pub home: OrganisationId,
    /// As of which block.
    pub height: Height,
    /// That block's time.
    pub time_ms: TimestampMs,
    /// The first month of the period.
    pub from: Month,
    /// The last month of the period.
    pub to: Month,
    /// The last instant at which the certificate counts.
    pub valid_until_ms: TimestampMs,
    /// Service in the period, campaigns included.
    pub served: Minutes,
    /// Services of the period by kind.
    pub services: Vec<(ServiceCode, Tally)>,
    /// Campaigns of the period that count as service.
    pub campaigns: Tally,
    /// Campaigns of the period that no budget line covered, beside it.
    pub honorary: Tally,
    /// Trainings of the period.
    pub trainings: Tally,
    /// Each month of the period in which there was anything.
    pub months: Vec<MonthFigures>,
    /// Everything since the account was opened, whatever the period.
    pub lifetime: ServiceRecord,
    /// The stars for all of it.
    pub stars: u8,
}

impl Figures {
    pub(super) fn of(
        statement: &Statement,
        header: &Header,
        membership: &Membership,
        record: &ServiceRecord,
        years: &[(u32, ServiceYear)],
    ) -> Figures {
        let months: Vec<MonthFigures> = years
            .iter()
            .flat_map(|(year, record)| record.months.iter().map(move |it| (*year, it)))
            .map(|(year, (number, given))| MonthFigures {
                month: Month(
                    year.saturating_mul(12)
                        .saturating_add(u32::from(number.saturating_sub(1))),
                ),
                given: given.clone(),
            })
            .filter(|figures| (statement.from..=statement.to).contains(&figures.month))
            .collect();
        let mut services = BTreeMap::<ServiceCode, Tally>::new();
        let (mut campaigns, mut honorary, mut trainings) =
            (Tally::default(), Tally::default(), Tally::default());
        let mut served = Minutes::ZERO;
        for MonthFigures { given, .. } in &months {
            for (code, tally) in &given.services {
                sum(services.entry(*code).or_default(), tally);
            }
            sum(&mut campaigns, &given.campaigns);
            sum(&mut honorary, &given.honorary);
            sum(&mut trainings, &given.trainings);
            served = served.saturating_plus(given.served());
        }
        Figures {
            account: statement.account,
            home: membership.home,
            height: header.height,
            time_ms: header.time_ms,
            from: statement.from,
            to: statement.to,
            valid_until_ms: statement.valid_until_ms,
            served,
            services: services.into_iter().collect(),
            campaigns,
            honorary,
            trainings,
            months,
            lifetime: *record,
            stars: stars(record.served),
        }
    }
}

fn sum(total: &mut Tally, more: &Tally) {
    total.times = total.times.saturating_add(more.times);
    total.minutes = total.minutes.saturating_plus(more.minutes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_for_full_hours() {
        for (minutes, expected) in [
            (0, 0),
            (100 * 60 - 1, 0),
            (100 * 60, 1),
            (300 * 60, 2),
            (999 * 60, 3),
            (1_000 * 60, 4),
            (1_500 * 60, 5),
            (u64::MAX, 5),
        ] {
            assert_eq!(stars(Minutes(minutes)), expected, "{minutes}");
        }
    }
}
