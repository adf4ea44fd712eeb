//! What the city and its offices say.
//!
//! ```text
//! gulou/3 registers as street under gulou
//! gulou/1 sets staff 7=clerk+social:cao 8=gone threshold 1      (`7=clerk:cao:blue` with the key called blue)
//! gulou sets cap to 600 from +0                                  nanjing sets redemption_programmes to P01,P02 from +1
//! nanjing sets S03 to 30..240x150 from +0                        nanjing retires S01 from +1
//! validators become v1=10 v2=10 v5=10@xuanwu/1
//! gulou withdraws cap from +1
//! version 2 acts from +30
//! v1 is accused at 1                                             (of two precommits at that height)
//! v1 is slandered at 1                                           (by someone who has not v1's key)
//! time moves 3 days                                              (by the city; `3 days pass` moves it from outside)
//! budget winter opens for service of 3000 in gulou until +30
//! pool gulou:reserve gets 600 from winter
//! ```

use super::super::city::{
    CITY, City, Creates, Draft, Party, organisation, pool, public, role, secret, staff_secret,
    validators,
};
use super::minutes;
use super::statement::duration;
use crate::certificate::{Evidence, SignedVote, Vote, VoteStep};
use crate::id::{BlockId, Height, OrganisationId, StaffId};
use crate::record::budget::BudgetPurpose;
use crate::record::organisation::{Level, Role, StaffRecord};
use crate::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use crate::signature::{Purpose, SecretKey};
use crate::transaction::Operation;
use crate::transaction::government::{
    AdvanceTime, FundPool, OpenBudget, RegisterOrganisation, ScheduleUpgrade, SetCatalogue,
    SetPolicy, SetStaff, SetValidators, StaffChange, SubmitEvidence,
};
use crate::validator::ValidatorAddress;

impl City {
    pub(super) fn government(&self, words: &[&str]) -> Option<Draft> {
        let (operation, parties) = match words {
            [name, "registers", "as", level, "under", parent] => {
                let operation = RegisterOrganisation {
                    organisation: organisation(name),
                    parent: organisation(parent),
                    level: named::<Level>(level),
                };
                let parties = self.administrators(operation.parent);
                (Operation::RegisterOrganisation(operation), parties)
            }
            [place, "sets", "staff", changes @ .., "threshold", threshold] => {
                let organisation = organisation(place);
                let operation = SetStaff {
                    organisation,
                    changes: changes
                        .iter()
                        .map(|it| self.change(organisation, it))
                        .collect(),
                    threshold: threshold.parse().expect("a threshold"),
                };
                let parties = self.administrators(organisation);
                (Operation::SetStaff(operation), parties)
            }
            [_, "sets" | "retires" | "withdraws", ..] => self.rules(words)?,
            ["version", version, "acts", "from", day] => {
                let operation = ScheduleUpgrade {
                    version: version.parse().expect("a version"),
                    from_day: self.day(day),
                };
                let parties = self.administrators(CITY);
                (Operation::ScheduleUpgrade(operation), parties)
            }
            ["validators", "become", powers @ ..] => {
                let operation = SetValidators {
                    validators: validators(powers),
                };
                (
                    Operation::SetValidators(operation),
                    self.administrators(CITY),
                )
            }
            [name, "is", how @ ("accused" | "slandered"), "at", height] => {
                let height = Height(height.parse().expect("a height"));
                let signed_by = if *how == "accused" { name } else { "slanderer" };
                let evidence = self.contradiction(name, &secret(signed_by), height);
                let operation = SubmitEvidence { evidence };
                let parties = self.parties(["key:witness"]);
                (Operation::SubmitEvidence(Box::new(operation)), parties)
            }
            ["time", "moves", count, unit] => {
                let to_ms = self.block_time().plus_ms(duration(count, unit));
                let operation = Operation::AdvanceTime(AdvanceTime { to_ms });
                (operation, self.administrators(CITY))
            }
            _ => return self.budgets(words),
        };
        Some(Draft {
            operation,
            parties,
            creates: Creates::Nothing,
        })
    }

    /// Policy and catalogue.
    fn rules(&self, words: &[&str]) -> Option<(Operation, Vec<Party>)> {
        Some(match words {
            [_, "sets", code, "to", bounds, "from", day] if code.starts_with('S') => {
                let operation = SetCatalogue {
                    code: code.parse().ok()?,
                    entry: Some(entry(bounds)),
                    from_day: self.day(day),
                };
                (
                    Operation::SetCatalogue(operation),
                    self.administrators(CITY),
                )
            }
            [_, "retires", code, "from", day] => {
                let operation = SetCatalogue {
                    code: code.parse().ok()?,
                    entry: None,
                    from_day: self.day(day),
                };
                (
                    Operation::SetCatalogue(operation),
                    self.administrators(CITY),
                )
            }
            [scope, "sets", parameter, "to", value, "from", day] => {
                let operation = SetPolicy {
                    scope: organisation(scope),
                    parameter: named::<PolicyParameter>(parameter),
                    value: Some(policy_value(value)),
                    from_day: self.day(day),
                };
                let parties = self.administrators(operation.scope);
                (Operation::SetPolicy(operation), parties)
            }
            [scope, "withdraws", parameter, "from", day] => {
                let operation = SetPolicy {
                    scope: organisation(scope),
                    parameter: named::<PolicyParameter>(parameter),
                    value: None,
                    from_day: self.day(day),
                };
                let parties = self.administrators(operation.scope);
                (Operation::SetPolicy(operation), parties)
            }
            _ => return None,
        })
    }

    fn budgets(&self, words: &[&str]) -> Option<Draft> {
        match words {
            [
                "budget",
                name,
                "opens",
                "for",
                purpose,
                "of",
                amount,
                "in",
                scope,
                "until",
                day,
            ] => {
                let operation = OpenBudget {
                    scope: organisation(scope),
                    purpose: named::<BudgetPurpose>(purpose),
                    minutes: minutes(amount),
                    last_day: self.day(day),
                };
                Some(Draft {
                    parties: self.treasurers(operation.scope),
                    operation: Operation::OpenBudget(operation),
                    creates: Creates::Budget((*name).into()),
                })
            }
            ["pool", name, "gets", amount, "from", budget] => {
                let operation = FundPool {
                    budget: self.budget_id(budget),
                    pool: pool(name),
                    minutes: minutes(amount),
                };
                Some(Draft {
                    parties: self.treasurers(operation.pool.organisation),
                    operation: Operation::FundPool(operation),
                    creates: Creates::Nothing,
                })
            }
            _ => None,
        }
    }

    /// As many administrators as sign for `organisation` in the genesis: two for the city and a district, one below.
    fn administrators(&self, organisation: OrganisationId) -> Vec<Party> {
        let code = organisation.0;
        let first = self.party(&format!("administrator@{code}"));
        if code < 1_000_000 {
            vec![first, self.party(&format!("administrator2@{code}"))]
        } else {
            vec![first]
        }
    }

    /// Two treasurers of `organisation`, or of the street a service point belongs to.
    pub(super) fn treasurers(&self, organisation: OrganisationId) -> Vec<Party> {
        let code = organisation.0;
        let code = if code > 999_999_999 {
            code / 1_000
        } else {
            code
        };
        let name = |title| self.party(&format!("{title}@{code}"));
        vec![name("treasurer"), name("treasurer2")]
    }

    /// `7=clerk+social:cao`, `7=clerk:cao:blue` or `8=gone`.
    fn change(&self, organisation: OrganisationId, text: &str) -> StaffChange {
        let (number, entry) = text.split_once('=').expect("a number and an entry");
        let number: u32 = number.parse().expect("a staff number");
        let entry = (entry != "gone").then(|| {
            let mut parts = entry.split(':');
            let roles = parts.next().unwrap_or_default();
            let person = parts.next().expect("roles and a person");
            let id = StaffId {
                organisation,
                number,
            };
            let own = || staff_secret(id).public_key();
            StaffRecord {
                key: parts.next().map_or_else(own, public),
                roles: roles
                    .split('+')
                    .filter(|it| !it.is_empty())
                    .map(role)
                    .collect::<Vec<Role>>(),
                person: self.account_id(person),
            }
        });
        StaffChange { number, entry }
    }

    /// Two precommits in the name of one validator at `height`, for two values, signed by `key`.
    fn contradiction(&self, name: &str, key: &SecretKey, height: Height) -> Evidence {
        let vote = |block_id| {
            let vote = Vote {
                chain_id: self.tip.chain_id,
                height,
                round: 0,
                step: VoteStep::Precommit,
                block_id,
                validator: ValidatorAddress::of(&public(name)),
            };
            let signature = key.sign(Purpose::Vote, &vote.signed_bytes());
            SignedVote { vote, signature }
        };
        Evidence::new(vote(None), vote(Some(BlockId::default())))
    }
}

/// A thing by the name its JSON form has.
pub(super) fn named<T: serde::de::DeserializeOwned>(text: &str) -> T {
    let quoted = serde_json::Value::String(text.into());
    serde_json::from_value(quoted).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// `30..240x150`: from 30 to 240 minutes, minted at 150 percent.
fn entry(text: &str) -> CatalogueEntry {
    let (bounds, percent) = text.split_once('x').expect("bounds and a multiplier");
    let (least, greatest) = bounds.split_once("..").expect("two bounds");
    CatalogueEntry {
        minutes_min: minutes(least),
        minutes_max: minutes(greatest),
        multiplier_percent: percent.parse().expect("a percentage"),
    }
}

/// A number, `everyone`, or programmes like `P01,P02`.
fn policy_value(text: &str) -> PolicyValue {
    match text.parse() {
        Ok(number) => PolicyValue::Number(number),
        Err(_) if text == "everyone" => PolicyValue::Programmes(Vec::new()),
        Err(_) => {
            let codes = text.split(',').map(|it| it.parse().expect("a programme"));
            PolicyValue::Programmes(codes.collect())
        }
    }
}
