//! Pages of made-up statements, kept as files.
//!
//! The files are made anew by `UPDATE_EXPECT=1 cargo test -p timebank-office`; look at them in a browser afterwards.

use expect_test::{ExpectFile, expect_file};
use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{
    AccountId, BudgetId, Height, ItemCode, OrderId, OrganisationId, ServiceCode, TransactionId,
};
use ledger_core::message::Language;
use ledger_core::receipt::{Cause, Entry, Owner, Posting};
use ledger_core::record::account::{AccountKind, AccountRecord};
use ledger_core::record::lot::{Lot, Source};
use ledger_core::time::{Calendar, DAY_MS, HOUR_MS, TimestampMs};

use super::account::KindSum;
use super::district::{Clearing, Counterpart, People, ServiceSum};
use super::*;

const DISTRICT: OrganisationId = OrganisationId(320_102);
const STREET: OrganisationId = OrganisationId(320_102_005);
const HOLDER: AccountId = AccountId([7; 20]);

fn month() -> Month {
    "2026-11".parse().unwrap()
}

/// An instant of November: so many hours after its beginning.
fn at(hours: u64) -> TimestampMs {
    Calendar::CHINA
        .start_of(month().first_day())
        .plus_ms(hours * HOUR_MS)
}

fn postings(entries: Vec<(u64, Entry)>) -> Vec<Posting> {
    let numbered = (1_u8..).zip(entries);
    let posting = |(number, (hours, entry))| Posting {
        height: Height(100 + hours),
        time_ms: at(hours),
        cause: Cause::Transaction(TransactionId(Hash([number; 32]))),
        owner: Owner::Account(HOLDER),
        entry,
    };
    numbered.map(posting).collect()
}

fn earned(order: u8, minutes: u64) -> Entry {
    Entry::Earned {
        order: OrderId([order; 20]),
        credited: Minutes(minutes),
        repaid: Minutes::ZERO,
        overflow: Minutes::ZERO,
        served: Minutes(minutes),
    }
}

fn account() -> AccountStatement {
    let order = OrderId([11; 20]);
    let minutes = Minutes;
    let postings = postings(vec![
        (0, Entry::Opened),
        (30, earned(1, 480)),
        (
            31,
            Entry::Rated {
                order: OrderId([1; 20]),
                stars: 5,
            },
        ),
        (200, earned(2, 90)),
        (
            260,
            Entry::Held {
                order,
                minutes: minutes(120),
            },
        ),
        (
            300,
            Entry::GiftSent {
                to: AccountId([8; 20]),
                minutes: minutes(60),
            },
        ),
        (
            310,
            Entry::Redeemed {
                merchant: AccountId([9; 20]),
                item: ItemCode(3),
                minutes: minutes(30),
            },
        ),
        (
            400,
            Entry::Paid {
                order,
                minutes: minutes(90),
            },
        ),
        (
            400,
            Entry::Released {
                order,
                minutes: minutes(30),
            },
        ),
        (
            500,
            Entry::Granted {
                budget: BudgetId([5; 20]),
                credited: minutes(600),
                repaid: minutes(0),
                overflow: minutes(0),
            },
        ),
        (
            600,
            Entry::HomeMoved {
                from: OrganisationId(320_106_001),
                to: STREET,
                minutes: minutes(990),
            },
        ),
    ]);
    let person = AccountKind::Person {
        identity: Hash::ZERO,
    };
    let mut record = AccountRecord::new(person, STREET, DISTRICT, None);
    let lot = Lot {
        source: Source::Earned,
        expiry: None,
        minutes: minutes(990),
    };
    record.lots.add(lot).unwrap();
    record.service_given = minutes(570);
    let known = Known {
        account: HOLDER,
        record: &record,
        postings: &postings,
        time_ms: at(0).plus_ms(40 * DAY_MS),
        calendar: Calendar::CHINA,
    };
    AccountStatement::of(&known, month()).unwrap()
}

fn merchant() -> MerchantStatement {
    let given = |holder: u8, item, minutes| Entry::ItemGiven {
        holder: AccountId([holder; 20]),
        item: ItemCode(item),
        minutes: Minutes(minutes),
    };
    let postings = postings(vec![
        (20, given(1, 3, 480)),
        (90, given(2, 1, 60)),
        (91, given(3, 1, 60)),
        (
            300,
            Entry::OwedSettled {
                minutes: Minutes(480),
            },
        ),
        (420, given(1, 1, 60)),
    ]);
    let owed = Minutes(180);
    let record = AccountRecord::new(AccountKind::Merchant { owed }, STREET, DISTRICT, None);
    let known = Known {
        account: HOLDER,
        record: &record,
        postings: &postings,
        // The month goes on.
        time_ms: at(500),
        calendar: Calendar::CHINA,
    };
    MerchantStatement::of(&known, month()).unwrap()
}

fn district() -> DistrictStatement {
    let sum = |kind: &str, count, received, left| KindSum {
        kind: kind.to_owned(),
        count,
        received: Minutes(received),
        left: Minutes(left),
    };
    let service = |service, orders, minutes, reversed| ServiceSum {
        service: ServiceCode(service),
        orders,
        minutes: Minutes(minutes),
        reversed,
    };
    let with = |district, given, taken| Counterpart {
        district: OrganisationId(district),
        given,
        taken,
    };
    let kinds = vec![
        sum("earned", 1_204, 48_160, 0),
        sum("expired", 12, 0, 745),
        sum("granted", 300, 18_000, 0),
        sum("home_moved", 4, 1_260, 3_600),
        sum("paid", 388, 0, 15_520),
        sum("pool_received", 2, 90, 0),
        sum("redeemed", 71, 0, 20_460),
    ];
    DistrictStatement {
        district: DISTRICT,
        period: Period::of(month(), Calendar::CHINA, at(0).plus_ms(33 * DAY_MS)).unwrap(),
        opening: Minutes(180_615),
        received: Minutes(67_510),
        left: Minutes(40_325),
        closing: Minutes(207_800),
        kinds,
        people: People {
            at_home: 8_412,
            opened: 37,
            closed: 3,
            served: 412,
            were_served: 655,
        },
        services: vec![
            service(1, 820, 32_800, 2),
            service(2, 301, 12_040, 0),
            service(7, 83, 3_320, 0),
        ],
        clearing: Some(Clearing {
            net: -1_335,
            with: vec![with(320_104, 2_400, 1_935), with(320_106, 0, 1_800)],
            agrees: Some(true),
        }),
    }
}

fn check(paper: &dyn Paperwork, zh: &ExpectFile, en: &ExpectFile, csv: &ExpectFile) {
    zh.assert_eq(&paper.page(Language::Chinese));
    en.assert_eq(&paper.page(Language::English));
    // Kept files have no carriage returns.
    csv.assert_eq(&paper.table().replace("\r\n", "\n"));
}

#[test]
fn an_accounts_statement_looks_as_it_did() {
    check(
        &account(),
        &expect_file!["../../tests/snapshots/account.zh.html"],
        &expect_file!["../../tests/snapshots/account.en.html"],
        &expect_file!["../../tests/snapshots/account.csv"],
    );
}

#[test]
fn a_merchants_statement_looks_as_it_did() {
    check(
        &merchant(),
        &expect_file!["../../tests/snapshots/merchant.zh.html"],
        &expect_file!["../../tests/snapshots/merchant.en.html"],
        &expect_file!["../../tests/snapshots/merchant.csv"],
    );
}

#[test]
fn a_districts_statement_looks_as_it_did() {
    check(
        &district(),
        &expect_file!["../../tests/snapshots/district.zh.html"],
        &expect_file!["../../tests/snapshots/district.en.html"],
        &expect_file!["../../tests/snapshots/district.csv"],
    );
}
