//! Rules as data: what counts as unusual, in TOML.
//!
//! The rules that come with the program are `rules/screening.toml`; an auditor may use a file of their own. Every threshold
//! of a kind must be given, none else may be: a misspelt one would silently change what is found. Names end with their
//! unit.

use std::collections::BTreeSet;
use std::fmt;

use ledger_core::hash::Hash;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The longest file of rules, in bytes.
pub const RULES_BYTES_MAX: usize = 256 * 1024;
/// The most rules in one file.
const RULES_MAX: usize = 100;
/// The longest id of a rule, in bytes.
const ID_BYTES_MAX: usize = 48;
/// The form of rule files that this build reads.
const FORM: u32 = 1;
/// The rules that come with the program.
const BUILT_IN: &str = include_str!("../../rules/screening.toml");

/// How grave a finding is if there is no honest explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look when there is time.
    Low,
    /// Worth asking about.
    Medium,
    /// Look first.
    High,
}

impl Severity {
    /// All, the gravest first.
    pub const ALL: [Severity; 3] = [Severity::High, Severity::Medium, Severity::Low];

    /// Its name, as in rule files and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
    }
}

/// A set of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The version of the set, for reports.
    pub version: u32,
    /// Rules with different ids.
    pub rules: Vec<Rule>,
    /// The BLAKE3 hash of the file.
    pub hash: Hash,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id within the set.
    pub id: String,
    /// Grows with every change of its thresholds.
    pub version: u32,
    /// How grave its findings are.
    pub severity: Severity,
    /// What it measures, and from where on that is unusual.
    pub kind: Kind,
}

/// Why a file of rules cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// Too long.
    #[error("the rules are {bytes} bytes long; at most {RULES_BYTES_MAX} are read")]
    TooLong {
        /// Their length.
        bytes: usize,
    },
    /// Not TOML, or with unknown, missing or mistyped entries.
    #[error("the rules cannot be read: {reason}")]
    Malformed {
        /// What and where.
        reason: String,
    },
    /// A form this build does not know.
    #[error("the rules are of form {form}; this program reads form {FORM}")]
    Form {
        /// The form given.
        form: u32,
    },
    /// None, or too many.
    #[error("{count} rules; between 1 and {RULES_MAX} are needed")]
    Count {
        /// How many there are.
        count: usize,
    },
    /// An id twice, or with characters that file names and messages do not take.
    #[error(
        "rule id `{id}` is there twice, or is not of the form a-z, 0-9 and _, at most {ID_BYTES_MAX} long"
    )]
    Id {
        /// Which.
        id: String,
    },
    /// A kind this build cannot measure.
    #[error("rule `{id}` is of kind `{kind}`, which this program does not know; it knows {known}")]
    Kind {
        /// The rule.
        id: String,
        /// The kind given.
        kind: String,
        /// The kinds there are.
        known: String,
    },
    /// A threshold that is missing, unknown or no number of its kind.
    #[error("rule `{id}`: {reason}")]
    Threshold {
        /// The rule.
        id: String,
        /// What is wrong.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesText {
    form: u32,
    version: u32,
    rule: Vec<RuleText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    version: u32,
    severity: Severity,
    kind: String,
    thresholds: toml::Table,
}

impl Rules {
    /// The rules that come with the program.
    pub fn built_in() -> Rules {
        Rules::read(BUILT_IN).expect("the built-in rules are read by the tests")
    }

    /// The file of the rules that come with the program, to begin one's own from.
    pub const fn built_in_text() -> &'static str {
        BUILT_IN
    }

    /// Reads a file of rules.
    ///
    /// # Errors
    /// See [`RulesError`].
    pub fn read(text: &str) -> Result<Rules, RulesError> {
        if text.len() > RULES_BYTES_MAX {
            return Err(RulesError::TooLong { bytes: text.len() });
        }
        let read: RulesText = toml::from_str(text).map_err(|error| RulesError::Malformed {
            reason: error.to_string(),
        })?;
        if read.form != FORM {
            return Err(RulesError::Form { form: read.form });
        }
        let count = read.rule.len();
        if count == 0 || count > RULES_MAX {
            return Err(RulesError::Count { count });
        }
        let mut ids = BTreeSet::new();
        let mut rules = Vec::with_capacity(count);
        for rule in read.rule {
            if !is_id(&rule.id) || !ids.insert(rule.id.clone()) {
                return Err(RulesError::Id { id: rule.id });
            }
            rules.push(Rule {
                version: rule.version,
                severity: rule.severity,
                kind: Kind::read(&rule.id, &rule.kind, rule.thresholds)?,
                id: rule.id,
            });
        }
        Ok(Rules {
            version: read.version,
            rules,
            hash: Hash(*blake3::hash(text.as_bytes()).as_bytes()),
        })
    }
}

fn is_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(plain)
}

fn thresholds<T: DeserializeOwned>(id: &str, table: toml::Table) -> Result<T, RulesError> {
    table.try_into().map_err(|error| RulesError::Threshold {
        id: id.to_owned(),
        reason: error.to_string(),
    })
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal {
        $($(#[$field_doc:meta])* $field:ident,)*
    })*) => {
        /// What a rule measures, with its thresholds.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Kind {
            $($(#[$doc])* $name($name),)*
        }

        $($(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: u64,)*
        })*

        /// The names of all kinds, as in rule files and messages.
        pub const KIND_NAMES: &[&str] = &[$($text),*];

        impl Kind {
            /// Its name, as in rule files and messages.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Kind::$name(_) => $text,)*
                }
            }

            /// Its thresholds by name, in the order of the file.
            pub fn thresholds(&self) -> Vec<(&'static str, u64)> {
                match self {
                    $(Kind::$name(it) => vec![$((stringify!($field), it.$field)),*],)*
                }
            }

            fn read(id: &str, kind: &str, table: toml::Table) -> Result<Kind, RulesError> {
                match kind {
                    $($text => thresholds(id, table).map(Kind::$name),)*
                    _ => Err(RulesError::Kind {
                        id: id.to_owned(),
                        kind: kind.to_owned(),
                        known: KIND_NAMES.join(", "),
                    }),
                }
            }
        }
    };
}

kinds! {
    /// More hours than a person serves.
    HoursADay = "hours_a_day" {
        /// Days over which hours are added up.
        window_days,
        /// A day is long from this share of the daily limit on.
        long_day_percent,
        /// But not below so many minutes.
        long_day_minutes,
        /// So many long days in a window are unusual.
        long_days_count,
        /// A long day of at least so many services for different people is crowded.
        crowded_day_count,
        /// So many crowded long days in a window are unusual.
        crowded_days_count,
        /// A service up to this long is a short one; a longer one is a shift.
        short_service_minutes,
        /// So much in short services in a window is unusual.
        short_services_minutes,
        /// So much in all services in a window is unusual.
        all_services_minutes,
        /// And at least this multiple of what all but a tenth of the peers reach.
        peers_percent,
    }
    /// Two people who serve each other.
    PairBothWays = "pair_both_ways" {
        /// Services each way that a budget pays, at least.
        each_way_count,
        /// The lesser direction has at least this share of the minutes of the greater.
        balance_percent,
        /// At least this share of what one of the two served went to the other.
        devotion_percent,
        /// The same for linked kin.
        kin_each_way_count,
    }
    /// Three or more people who serve each other in a circle.
    ServiceRing = "service_ring" {
        /// Services of each to the next, at least.
        each_count,
        /// The longest circle looked for.
        members_count_max,
        /// At least this share of what each served went to the next.
        devotion_percent,
    }
    /// Two people who verify each other's services.
    MutualVerification = "mutual_verification" {
        /// Services of each that the other verified, at least.
        each_way_count,
    }
    /// Gifts that come back.
    GiftRing = "gift_ring" {
        /// From the first gift to the return, at most.
        window_days,
        /// The longest circle looked for.
        members_count_max,
        /// A gift of the circle has at least so many minutes.
        gift_minutes,
        /// And at least this share of the one before.
        passed_on_percent,
        /// Circles of three and more, at least.
        rings_count,
        /// Circles of two, at least.
        returns_count,
    }
    /// Many verifications at once.
    VerifierBurst = "verifier_burst" {
        /// A burst has no pause longer than this.
        pause_minutes,
        /// Verifications in a burst, at least.
        burst_count,
        /// And this multiple of the verifier's usual number.
        own_usual_percent,
        /// From this multiple on it is unusual whomever it is about.
        own_extreme_percent,
        /// The few people whom most of it is about.
        few_servers_count,
        /// Their share.
        few_servers_percent,
        /// A verifier with fewer bursts than this has no usual number; the peers' counts.
        history_count,
        /// From so many a minute on nobody has read them; a slower burst is a low finding.
        unread_a_minute_count,
        /// Verifications in a burst of that pace, at least.
        unread_count,
        /// Below so many a minute there is no hurry, and nothing is found.
        hurried_a_minute_count,
    }
    /// One verifier for one provider, although others were there.
    VerifierConcentration = "verifier_concentration" {
        /// Services of the provider, at least.
        services_count,
        /// Verified by this verifier, at least.
        share_percent,
        /// This multiple of what is expected, at least.
        expected_percent,
        /// So many standard deviations above it.
        deviations_count,
        /// The provider has at least this share of what the verifier verified.
        portfolio_percent,
        /// A rate is taken from at least so many other services, else from a wider area.
        base_count,
        /// Services for people in whose street the verifier does not work, at least.
        foreign_services_count,
        /// Their share of what the provider served in those streets.
        foreign_share_percent,
        /// This multiple of what is expected there, at least.
        foreign_expected_percent,
        /// So many standard deviations above it.
        foreign_deviations_count,
    }
    /// One verifier for the orders of one clerk, although others were there.
    ClerkVerifierPair = "clerk_verifier_pair" {
        /// Services that the clerk signed for, at least.
        services_count,
        /// Verified by this verifier, at least.
        share_percent,
        /// This multiple of what is expected, at least.
        expected_percent,
        /// So many standard deviations above it.
        deviations_count,
        /// A rate is taken from at least so many other services, else from a wider area.
        base_count,
        /// From this share of one server in the pair's services on, the next threshold counts in place of the first.
        one_server_percent,
        /// Services, at least, when one server has that share.
        one_server_services_count,
        /// A verdict is hurried that took less than this share of what is usual in the street.
        hurried_wait_percent,
        /// Hurried services of clerk, server and verifier together, at least.
        hurried_services_count,
        /// Their share of what the server did on the clerk's word.
        hurried_share_percent,
        /// This multiple of what is expected, at least.
        hurried_expected_percent,
        /// So many standard deviations above it.
        hurried_deviations_count,
    }
    /// Services reported when it was almost too late to report them.
    BackdatedAtLimit = "backdated_at_limit" {
        /// So many days before the limit count as at the limit.
        margin_days,
        /// Later than this is late.
        late_days,
        /// Services at the limit, at least.
        services_count,
        /// Their share of the person's late ones, at least.
        late_share_percent,
        /// So many standard deviations above what is usual in the city.
        deviations_count,
    }
    /// Orders that were reported done sooner than the service takes.
    ImplausiblyFast = "implausibly_fast" {
        /// From posting to the report in less than this share of the minutes claimed.
        elapsed_percent,
        /// Such services of one person, at least.
        services_count,
        /// Their share of the person's services ordered beforehand.
        share_percent,
        /// So many standard deviations above what is usual in the city.
        deviations_count,
    }
    /// Work at night.
    NightWork = "night_work" {
        /// The night begins at this hour of the city's clocks.
        from_hour,
        /// And ends at this one.
        to_hour,
        /// A service has at least so many minutes at night.
        night_minutes,
        /// From this share of others' services of a code on, night is usual for it.
        usual_percent,
        /// A usual night has at most so many services by one person.
        services_a_night_count,
        /// Unusual nights of one person, at least.
        nights_count,
        /// So many nights in 28 days are unusual even where night is usual.
        usual_nights_count,
    }
    /// An account that was silent and then emptied.
    DormantDrained = "dormant_drained" {
        /// Without a sign of life.
        dormant_days,
        /// Then emptied within so many days.
        drain_days,
        /// Of so many minutes, at least.
        drained_minutes,
        /// And this share of what could be spent.
        drained_percent,
        /// A new key, or a kin link of the receiver, is fresh for so many days.
        fresh_days,
        /// Silence, when there is something fresh.
        fresh_dormant_days,
        /// Emptied within so many days, when there is something fresh.
        fresh_drain_days,
        /// Share, when there is something fresh.
        fresh_drained_percent,
    }
    /// One commitment to evidence for several services.
    RepeatedEvidence = "repeated_evidence" {
        /// Services with the same commitment, at least.
        services_count,
    }
    /// A month's payments from one district to another that do not fit the others.
    DistrictImbalance = "district_imbalance" {
        /// Paid in a month, at least.
        month_minutes,
        /// This multiple of what came back.
        opposite_percent,
        /// This multiple of the median of the city's other pairs and months.
        usual_percent,
        /// The few people who served most of it.
        few_servers_count,
        /// Their share.
        few_servers_percent,
    }
    /// Services in two districts with no time to get from one to the other.
    TwoPlacesAtOnce = "two_places_at_once" {
        /// Less than so many minutes between them.
        gap_minutes,
        /// So often.
        changes_count,
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_rules_have_every_kind_with_usable_thresholds() {
        let rules = Rules::built_in();
        let kinds: BTreeSet<&str> = rules.rules.iter().map(|rule| rule.kind.name()).collect();
        assert_eq!(kinds, KIND_NAMES.iter().copied().collect());
        for rule in &rules.rules {
            for (name, value) in rule.kind.thresholds() {
                let unit = ["_days", "_minutes", "_count", "_percent", "_hour", "_max"];
                assert!(
                    unit.iter().any(|unit| name.ends_with(unit)),
                    "{}: {name} has no unit",
                    rule.id
                );
                assert!(value > 0, "{}: {name} is nothing", rule.id);
            }
        }
    }

    #[test]
    fn a_misspelt_missing_or_unknown_entry_is_refused() {
        let good = Rules::built_in_text();
        assert!(Rules::read(good).is_ok());
        let refused = |text: &str| Rules::read(text).unwrap_err();
        assert!(matches!(
            refused(&good.replacen("gap_minutes", "gap_minute", 1)),
            RulesError::Threshold { id, .. } if id == "two_places_at_once"
        ));
        assert!(matches!(
            refused(&good.replacen("kind = \"night_work\"", "kind = \"day_work\"", 1)),
            RulesError::Kind { kind, .. } if kind == "day_work"
        ));
        assert!(matches!(
            refused(&good.replacen("id = \"night_work\"", "id = \"gift_ring\"", 1)),
            RulesError::Id { id } if id == "gift_ring"
        ));
        assert_eq!(
            refused(&good.replacen("form = 1", "form = 2", 1)),
            RulesError::Form { form: 2 }
        );
        assert!(matches!(
            refused(&good.replacen("severity = \"high\"", "severity = \"grave\"", 1)),
            RulesError::Malformed { .. }
        ));
        assert!(matches!(
            refused(&"#".repeat(RULES_BYTES_MAX + 1)),
            RulesError::TooLong { .. }
        ));
    }
}
