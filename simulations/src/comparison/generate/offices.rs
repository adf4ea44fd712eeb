//! What the city and its offices decide: organisations, staff, policy, catalogue, upgrades, time, clearing.

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{OrganisationId, ServiceCode};
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use ledger_core::time::{DAY_MS, Day, HOUR_MS, Month};
use ledger_core::transaction::government::{
    AdvanceTime, CosignClearing, RegisterOrganisation, ScheduleUpgrade, SetCatalogue, SetPolicy,
    SetStaff, StaffChange,
};

use super::{Draft, Scene};

/// How far ahead upgrades are announced: further than any history goes, since no ledger can follow an unknown version.
const UPGRADE_DAYS: u32 = 50_000;

impl Scene<'_> {
    pub(super) fn by_offices(&mut self) -> Option<Draft> {
        match self.random.below(100) {
            0..8 => self.register_organisation(),
            8..28 => self.set_staff(),
            28..64 => self.set_policy(),
            64..72 => self.set_catalogue(),
            72..78 => self.schedule_upgrade(),
            78..84 => self.advance_time(),
            _ => self.cosign_clearing(),
        }
    }

    fn register_organisation(&mut self) -> Option<Draft> {
        let parent = self.office();
        let level = match self.books.organisations.get(&parent)?.level {
            _ if self.random.happens(60) => Level::Street,
            Level::City => Level::District,
            Level::District => Level::Street,
            Level::Street | Level::ServicePoint => Level::ServicePoint,
        };
        let organisation = OrganisationId(parent.0 * 1_000 + 1 + self.random.below(6));
        let signers = self.administrators(parent);
        Some(Draft::new(
            RegisterOrganisation {
                organisation,
                parent,
                level,
            },
            signers,
        ))
    }

    fn staff_record(&mut self) -> StaffRecord {
        let mut roles = vec![self.one_of(&[
            Role::Administrator,
            Role::Registrar,
            Role::Clerk,
            Role::SocialWorker,
            Role::Treasurer,
            Role::Arbiter,
            Role::Auditor,
            Role::IdentityRegistry,
        ])];
        if self.random.happens(300) {
            roles.push(Role::SocialWorker);
        }
        if !self.random.happens(50) {
            roles.sort();
            roles.dedup();
        }
        StaffRecord {
            key: self.key(),
            roles,
            person: self.person(),
        }
    }

    fn set_staff(&mut self) -> Option<Draft> {
        let organisation = self.office();
        let threshold = self.books.organisations.get(&organisation)?.threshold;
        let known: Vec<(u32, StaffRecord)> = self
            .books
            .staff
            .iter()
            .filter(|(id, _)| id.organisation == organisation)
            .map(|(id, record)| (id.number, record.clone()))
            .collect();
        let change = match (self.some_of(&known), self.random.below(10)) {
            (Some((number, _)), 0) => StaffChange {
                number,
                entry: None,
            },
            (Some((number, mut record)), 1..4) => {
                record.key = self.key();
                StaffChange {
                    number,
                    entry: Some(record),
                }
            }
            (Some((number, mut record)), 4) => {
                record.person = self.person();
                StaffChange {
                    number,
                    entry: Some(record),
                }
            }
            (Some((number, _)), 5) => StaffChange {
                number,
                entry: Some(self.staff_record()),
            },
            _ => StaffChange {
                number: 20 + u32::try_from(self.random.below(6)).unwrap_or(0),
                entry: Some(self.staff_record()),
            },
        };
        let becomes_administrator = change
            .entry
            .as_ref()
            .is_some_and(|it| it.roles.contains(&Role::Administrator));
        let threshold = match self.random.below(20) {
            0 => threshold + 1,
            1 => threshold.saturating_sub(1),
            _ if becomes_administrator => threshold.max(1),
            _ => threshold,
        };
        let mut changes = vec![change];
        if self.random.happens(120) {
            let number = 18 + u32::try_from(self.random.below(10)).unwrap_or(0);
            changes.push(StaffChange {
                number,
                entry: None,
            });
            if !self.random.happens(300) {
                changes.sort_by_key(|it| it.number);
            }
        }
        let parent = self.books.organisations.get(&organisation)?.parent;
        let by = match parent {
            Some(parent) if threshold == 0 || self.random.happens(400) => parent,
            _ => organisation,
        };
        let signers = self.administrators(by);
        Some(Draft::new(
            SetStaff {
                organisation,
                changes,
                threshold,
            },
            signers,
        ))
    }

    fn set_policy(&mut self) -> Option<Draft> {
        let scope = if self.random.happens(450) {
            self.books.city
        } else if self.random.happens(30) {
            self.street()
        } else {
            self.district()
        };
        let parameter = self.one_of(&PolicyParameter::ALL);
        let value = (!self.random.happens(120)).then(|| self.policy_value(parameter));
        let from_day = self.day_to_act();
        let signers = self.administrators(scope);
        Some(Draft::new(
            SetPolicy {
                scope,
                parameter,
                value,
                from_day,
            },
            signers,
        ))
    }

    fn day_to_act(&mut self) -> Day {
        let today = self.today().0;
        Day(match self.random.below(12) {
            0 => today.saturating_sub(1),
            1..6 => today,
            6..9 => today + 1,
            _ => today + 2 + u32::try_from(self.random.below(20)).unwrap_or(0),
        })
    }

    fn policy_value(&mut self, parameter: PolicyParameter) -> PolicyValue {
        use PolicyParameter as P;
        if parameter == P::RedemptionProgrammes {
            let count = self.random.index(3);
            let mut programmes: Vec<_> = (0..count).map(|_| self.programme()).collect();
            programmes.sort();
            if !self.random.happens(50) {
                programmes.dedup();
            }
            return PolicyValue::Programmes(programmes);
        }
        if self.random.happens(10) {
            return PolicyValue::Programmes(Vec::new());
        }
        let (least, greatest) = parameter.bounds();
        let edge = self.random.below(40);
        let number = match (edge, parameter) {
            (0, _) => least,
            (1, _) => greatest.saturating_add(1),
            (2, _) => greatest,
            (3, _) => least.saturating_sub(1),
            (_, P::Cap) => 100 * (1 + self.random.below(8)),
            (_, P::DailyLimit) => 60 * (1 + self.random.below(6)),
            (_, P::Quantum) => self.one_of(&[1, 15, 15, 30, 60]),
            (_, P::RedemptionThreshold) => 60 * self.random.below(4),
            (_, P::BackdatingDays) => self.random.below(60),
            (_, P::DisputeWindowMs | P::AppealWindowMs) => HOUR_MS * self.random.below(80),
            (_, P::OrderLapseMs) => HOUR_MS * self.random.below(200),
            (_, P::ProxyMonthlyLimit | P::PairMonthlyLimit) => 60 * self.random.below(6),
            (_, P::DualVerificationAbove) => 30 * self.random.below(6),
            (_, P::PersonTransactionsPerDay) => 2 + self.random.below(10),
            (_, P::StaffTransactionsPerDay) => 4 + self.random.below(10),
            (_, P::OpenOrdersMax) => 1 + self.random.below(4),
            (_, P::KinMax) => 1 + self.random.below(4),
            (_, P::ProxiesMax) => self.random.below(3),
            (_, P::EarnedExpiryDays) => self.random.below(30),
            (_, P::TrainingCreditablePercent) => 10 * self.random.below(11),
            (_, P::GroupMaySpend) => self.random.below(2),
            (_, P::RecoveryDelayMs) => HOUR_MS * self.random.below(100),
            (_, P::RedemptionProgrammes) => 0,
        };
        PolicyValue::Number(number)
    }

    fn set_catalogue(&mut self) -> Option<Draft> {
        let code = ServiceCode(1 + u16::try_from(self.random.below(5)).unwrap_or(0));
        let entry = CatalogueEntry {
            minutes_min: Minutes(15 * self.random.below(4)),
            minutes_max: Minutes(60 * (1 + self.random.below(4))),
            multiplier_percent: self.one_of(&[0, 50, 100, 133, 200, 1_000, 1_001]),
        };
        let entry = (!self.random.happens(80)).then_some(entry);
        let from_day = self.day_to_act();
        let city = self.books.city;
        let signers = self.administrators(city);
        Some(Draft::new(
            SetCatalogue {
                code,
                entry,
                from_day,
            },
            signers,
        ))
    }

    fn schedule_upgrade(&mut self) -> Option<Draft> {
        let version = u16::try_from(1 + self.random.below(4)).unwrap_or(2);
        let from_day = match self.random.below(5) {
            0 => self.today(),
            _ => self.today().plus_days(UPGRADE_DAYS),
        };
        let city = self.books.city;
        let signers = self.administrators(city);
        Some(Draft::new(ScheduleUpgrade { version, from_day }, signers))
    }

    fn advance_time(&mut self) -> Option<Draft> {
        let to_ms = match self.random.below(10) {
            0 => self.now_ms.minus_ms(1),
            1 => self.now_ms,
            2 => self.now_ms.plus_ms(1_000 * DAY_MS),
            _ => self.now_ms.plus_ms(self.random.below(36) * HOUR_MS),
        };
        let city = self.books.city;
        let signers = self.administrators(city);
        Some(Draft::new(AdvanceTime { to_ms }, signers))
    }

    fn cosign_clearing(&mut self) -> Option<Draft> {
        let closed: Vec<Month> = self.books.clearings.keys().copied().collect();
        let month = match self.some_of(&closed) {
            Some(month) if !self.random.happens(100) => month,
            _ => self.today().month(),
        };
        let hash = match self.books.clearings.get(&month) {
            Some(record) if !self.random.happens(100) => record.clearing_hash(),
            _ => Hash([9; 32]),
        };
        let place = self.district();
        let auditor = self.staff(Role::Auditor, place)?;
        Some(Draft::new(CosignClearing { month, hash }, vec![auditor]))
    }
}
