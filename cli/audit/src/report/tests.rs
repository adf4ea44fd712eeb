//! The report of a small city, kept as files that were looked at in a browser and on paper.
//!
//! The files are made anew by `UPDATE_EXPECT=1 cargo test -p timebank-audit report`; look at them in a browser afterwards.

use expect_test::expect_file;
use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, OrderId, OrganisationId, ServiceCode, TransactionId};
use ledger_core::receipt::Cause;
use ledger_core::record::clearing::{ClearingRecord, DistrictClearing};
use ledger_core::record::order::{OrderStatus, Payer, Provider, Ratings};
use ledger_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, Month};
use ledger_core::transaction::Signer;
use timebank_wallet::trial::{self, BEGIN_MS, DISTRICT, OTHER_DISTRICT, OTHER_STREET, STREET};

use super::*;
use crate::facts::{ClaimFacts, ClerkFacts, Event, OrderFacts, Origin, VerificationFacts};
use crate::screening::{Evidence, Figure, Severity, Subject, Unit};

const RULES: &str = r#"
form = 1
version = 3

[[rule]]
id = "gaps"
version = 2
severity = "medium"
kind = "two_places_at_once"
[rule.thresholds]
gap_minutes = 10
changes_count = 3

[[rule]]
id = "mutual"
version = 1
severity = "high"
kind = "mutual_verification"
[rule.thresholds]
each_way_count = 3

[[rule]]
id = "evidence"
version = 1
severity = "low"
kind = "repeated_evidence"
[rule.thresholds]
services_count = 2
"#;

fn order_id(number: u64) -> OrderId {
    OrderId::from_seed(&Hash([u8::try_from(number % 251).unwrap(); 32]))
}

fn event(number: u64) -> Event {
    Event {
        height: Height(10 + number * 3),
        time_ms: at(number),
        cause: Cause::Transaction(TransactionId(Hash(
            [u8::try_from(number % 251).unwrap(); 32],
        ))),
    }
}

/// When the service `number` began: every third day, between seven and seven.
fn at(number: u64) -> TimestampMs {
    BEGIN_MS.plus_ms(number * 3 * DAY_MS + (number * 5) % 12 * HOUR_MS)
}

fn settled(number: u64) -> OrderFacts {
    let (start_ms, minutes) = (at(number), 30 + number % 4 * 45);
    let (district, street) = match number % 3 {
        0 => (OTHER_DISTRICT, OTHER_STREET),
        _ => (DISTRICT, STREET),
    };
    let (server, social) = (trial::account("li"), trial::staff("social"));
    OrderFacts {
        origin: Origin::Posted,
        recipient: trial::account("mother"),
        recipient_home: street,
        service: ServiceCode(1),
        district,
        window_start_ms: start_ms,
        window_end_ms: start_ms.plus_ms(4 * HOUR_MS),
        minutes: Minutes(minutes),
        payer: Payer::Recipient,
        backdating_days: 7,
        dual_verification_above: Minutes(240),
        quantum: Minutes(15),
        poster: Signer::Account(trial::account("mother")),
        poster_person: trial::account("mother"),
        clerks: Vec::new(),
        provider: Some(Provider {
            account: server,
            server,
        }),
        claim: Some(ClaimFacts {
            start_ms,
            end_ms: start_ms.plus_ms(minutes * MINUTE_MS),
            minutes: Minutes(minutes),
            evidence: Hash([7; 32]),
        }),
        verification: Some(VerificationFacts {
            event: event(number),
            verifiers: vec![ClerkFacts {
                staff: social,
                person: trial::account("social"),
            }],
            verdict: Ok(Minutes(minutes)),
        }),
        status: OrderStatus::Settled,
        posted: event(number),
        accepted: Some(event(number)),
        withdrawals: 0,
        started: Some(event(number)),
        completed: Some(event(number)),
        escalated: None,
        disputes: Vec::new(),
        ended: Some(event(number)),
        reversed: None,
        served: Minutes(minutes),
        paid: Minutes(minutes),
        ratings: Ratings {
            of_provider: None,
            of_recipient: None,
        },
    }
}

fn finding(rule: &str, kind: &'static str, severity: Severity, entries: u64) -> Finding {
    let count = |name, value| Figure {
        name,
        value,
        unit: Unit::Count,
    };
    Finding {
        rule: rule.to_owned(),
        kind,
        version: 1,
        severity,
        score: 100 + entries * 25,
        subjects: vec![
            Subject::Account(trial::account("li")),
            Subject::Staff(trial::staff("social")),
            Subject::Organisation(STREET),
        ],
        figures: vec![
            count("services_each_way", entries),
            Figure {
                name: "shortest_gap",
                value: 5,
                unit: Unit::Minutes,
            },
        ],
        evidence: (0..entries)
            .map(|number| Evidence {
                event: event(number),
                order: (number % 5 != 4).then(|| order_id(number)),
            })
            .collect(),
        evidence_total: entries + 2,
    }
}

fn month(month: &str, net: i64, agrees: bool) -> AuditedMonth {
    let district = |district, net| DistrictClearing {
        district,
        opening: Minutes(0),
        closing: Minutes(600),
        granted: Minutes(0),
        expired: Minutes(0),
        net,
    };
    let month: Month = month.parse().unwrap();
    let recomputed = ClearingRecord {
        month,
        height: Height(99),
        state_root: Hash([3; 32]),
        flows: Vec::new(),
        moves: Vec::new(),
        districts: vec![district(DISTRICT, net), district(OTHER_DISTRICT, -net)],
    };
    let mut recorded = recomputed.clone();
    recorded.height = Height(if agrees { 99 } else { 98 });
    AuditedMonth {
        recomputed,
        recorded: Some(recorded),
    }
}

/// Facts of a small city, with services from 2026-11 on.
fn facts() -> Facts {
    let mut facts = Facts::begin(&trial::genesis());
    for number in 0..40 {
        facts.orders.insert(order_id(number), settled(number));
    }
    // Neither of these counts: one was taken back, one was not approved.
    let mut reversed = settled(40);
    reversed.reversed = Some(event(41));
    let mut rejected = settled(41);
    rejected.verification = None;
    facts.orders.insert(order_id(40), reversed);
    facts.orders.insert(order_id(41), rejected);
    facts.height = Height(150);
    facts.time_ms = at(42);
    facts
}

fn audited<'a>(facts: &'a Facts, rules: &'a Rules, findings: &'a [Finding]) -> Audited<'a> {
    let calendar = facts.calendar;
    Audited {
        chain_id: trial::genesis().chain_id(),
        height: facts.height,
        block_id: BlockId(Hash([9; 32])),
        time_ms: facts.time_ms,
        state_root: Hash([5; 32]),
        calendar,
        supply: SupplyRecord {
            issued_service: Minutes(3_000),
            issued_grant: Minutes(1_200),
            spendable: Minutes(3_000),
            held: Minutes(600),
            pools: Minutes(300),
            redeemed: Minutes(180),
            expired: Minutes(90),
            voided: Minutes(30),
            ..SupplyRecord::default()
        },
        months: vec![month("2026-11", 735, true), month("2026-12", 240, false)],
        facts,
        period: Period {
            from: calendar.day(BEGIN_MS),
            to: calendar.day(facts.time_ms),
        },
        rules,
        findings,
    }
}

fn findings() -> Vec<Finding> {
    vec![
        finding("mutual", "mutual_verification", Severity::High, 14),
        finding("mutual", "mutual_verification", Severity::High, 3),
        finding("gaps", "two_places_at_once", Severity::Medium, 5),
    ]
}

#[test]
fn the_report_is_as_it_was_looked_at() {
    let (facts, rules, findings) = (facts(), Rules::read(RULES).unwrap(), findings());
    let audited = audited(&facts, &rules, &findings);
    let page = |language| html(&audited, language);
    expect_file!["../../tests/snapshots/report.zh.html"].assert_eq(&page(Language::Chinese));
    expect_file!["../../tests/snapshots/report.en.html"].assert_eq(&page(Language::English));
    // Snapshots are read with the line ends of text files; those of the tables are as RFC 4180 has them.
    let (findings, evidence) = (findings_csv(&audited), evidence_csv(&audited));
    let text = |table: &str| table.replace("\r\n", "\n");
    expect_file!["../../tests/snapshots/findings.csv"].assert_eq(&text(&findings));
    expect_file!["../../tests/snapshots/evidence.csv"].assert_eq(&text(&evidence));
    assert!(
        [findings, evidence]
            .iter()
            .all(|table| table.ends_with("\r\n"))
    );
}

#[test]
fn sums_count_what_was_approved_and_not_taken_back_within_the_period() {
    let (facts, rules) = (facts(), Rules::read(RULES).unwrap());
    let mut audited = audited(&facts, &rules, &[]);
    let all = measures::Measures::of(&audited);
    assert_eq!((all.services, all.minutes), (40, 40 * 30 + 10 * 45 * 6));
    assert_eq!(all.hours.iter().sum::<u64>(), 40);
    assert_eq!(all.served.values().sum::<u64>(), all.minutes);
    let (servers, recipients) = (&all.servers, &all.recipients);
    assert_eq!(servers.iter().collect::<Vec<_>>(), [&trial::account("li")]);
    assert_eq!(recipients.len(), 1);
    assert_eq!(all.verifiers[&trial::staff("social")].services, 40);
    audited.period.to = audited.period.from;
    assert_eq!(measures::Measures::of(&audited).services, 1);
}

#[test]
fn a_city_in_which_nothing_was_found_or_nothing_happened_has_a_report() {
    let (facts, rules) = (Facts::begin(&trial::genesis()), Rules::built_in());
    let mut audited = audited(&facts, &rules, &[]);
    audited.months.clear();
    let page = html(&audited, Language::English);
    for words in [
        "The rules found nothing in this period.",
        "There is nothing to draw.",
        "No month of the period is closed yet.",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn minutes_that_are_nowhere_are_called_out() {
    let (facts, rules) = (facts(), Rules::read(RULES).unwrap());
    let mut audited = audited(&facts, &rules, &[]);
    audited.supply.issued_grant = Minutes(1_201);
    let page = html(&audited, Language::English);
    assert!(page.contains("Conservation does not hold: 4,201 minutes were issued, 4,200"));
}

#[test]
fn what_the_pages_leave_out_is_in_the_tables() {
    let (facts, rules) = (facts(), Rules::read(RULES).unwrap());
    let many: Vec<Finding> = (0..60)
        .map(|_| finding("gaps", "two_places_at_once", Severity::Medium, 12))
        .collect();
    let audited = audited(&facts, &rules, &many);
    let page = html(&audited, Language::English);
    assert_eq!(page.matches("<article>").count(), FINDINGS_SHOWN_MAX);
    assert!(page.contains("And 10 more of this rule: findings.csv."));
    assert!(page.contains("And 8 more: evidence.csv."));
    assert_eq!(findings_csv(&audited).lines().count(), 1 + 60);
    assert_eq!(evidence_csv(&audited).lines().count(), 1 + 60 * 12);
}

#[test]
fn nobody_is_named_but_by_an_account() {
    let (facts, rules, findings) = (facts(), Rules::read(RULES).unwrap(), findings());
    let audited = audited(&facts, &rules, &findings);
    let page = html(&audited, Language::English);
    let accounts: Vec<AccountId> = vec![trial::account("li")];
    for account in accounts {
        assert!(page.contains(&account.to_string()));
    }
    // Whoever verified is shown by the office's entry, not by the account of the person behind it.
    assert!(page.contains("320102005/2"));
    assert!(!page.contains(&trial::account("social").to_string()));
    let offices = [DISTRICT, OTHER_DISTRICT].map(|OrganisationId(code)| code.to_string());
    assert!(offices.iter().all(|office| page.contains(office)));
}
