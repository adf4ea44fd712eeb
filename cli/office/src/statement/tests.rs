//! Statements of a trial city over two months, and histories that are not whole.

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, ItemCode};
use ledger_core::message::Language;
use ledger_core::receipt::{Owner, Posting};
use ledger_core::record::account::{AccountRecord, Item};
use ledger_core::record::order::Payer;
use ledger_core::state::{Overlay, StateKey};
use ledger_core::transaction::Signer;
use ledger_core::transaction::account::MoveHome;
use ledger_core::transaction::value::{Gift, Redeem, SettleMerchant};
use timebank_wallet::trial::{
    DISTRICT, OTHER_DISTRICT, OTHER_STREET, TrialCity, account, genesis, staff,
};

use super::*;
use crate::trial_book::{Booked, booked, person, serve};

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

/// What a history read from the blocks and the state say of an account.
fn known(booked: &Booked, account: AccountId) -> (AccountRecord, Vec<Posting>) {
    let state = Overlay::new(booked.book.state());
    let record = state.load(&StateKey::Account(account)).unwrap().unwrap();
    let receipts = booked.blocks.iter().flat_map(|it| &it.receipts);
    let postings = receipts.flat_map(|it| &it.postings);
    let own = postings.filter(|it| it.owner == Owner::Account(account));
    (record, own.cloned().collect())
}

fn statement(
    booked: &Booked,
    account: AccountId,
    of: &str,
) -> Result<AccountStatement, StatementError> {
    let (record, postings) = known(booked, account);
    AccountStatement::of(&as_known(booked, account, &record, &postings), month(of))
}

fn as_known<'k>(
    booked: &Booked,
    account: AccountId,
    record: &'k AccountRecord,
    postings: &'k [Posting],
) -> Known<'k> {
    Known {
        account,
        record,
        postings,
        time_ms: booked.book.time_ms(),
        calendar: booked.book.calendar(),
    }
}

fn district_statement(
    booked: &Booked,
    district: OrganisationId,
    of: &str,
) -> Result<DistrictStatement, StatementError> {
    let mut facts = timebank_audit::Facts::begin(&genesis());
    let mut statements = DistrictStatements::begin(month(of));
    for block in &booked.blocks {
        facts.follow(block).unwrap();
        statements.follow(&facts, block)?;
    }
    let closed = booked.book.month(month(of)).unwrap();
    statements.of(district, &facts, closed.as_ref())
}

/// A city with two months of life: services at both districts' cost, a gift, a shop, a move.
fn lively() -> (TrialCity, AccountId) {
    let city = TrialCity::new();
    serve(&city, ("chen", "registrar"), 240, DISTRICT, None);
    city.pass_minutes(300);
    serve(&city, ("li", "mother"), 120, DISTRICT, None);
    city.pass_days(4);
    city.link_kin((account("chen"), "chen"), (account("mother"), "mother"));
    let gift = Gift {
        from: account("chen"),
        to: account("mother"),
        minutes: Minutes(90),
    };
    city.perform(gift, &[(person("chen"), "chen")]);
    // In the other district, paid by the one who was served.
    let own = Some(Payer::Recipient);
    serve(&city, ("li", "mother"), 45, OTHER_DISTRICT, own);
    city.pass_days(10);
    let code = ItemCode(7);
    let minutes = Minutes(30);
    let shop = city.open_shop("shop", vec![Item { code, minutes }]);
    let redeem = Redeem {
        holder: account("chen"),
        merchant: shop,
        item: code,
        minutes,
    };
    for _ in 0..3 {
        let signers = [(person("chen"), "chen"), (Signer::Account(shop), "shop")];
        city.perform(redeem.clone(), &signers);
    }
    let settle = SettleMerchant {
        merchant: shop,
        minutes: Minutes(60),
    };
    let office = |name| Signer::Staff(staff(name));
    let treasurers = ["treasurer1", "treasurer2"].map(|name| (office(name), name));
    let signers = [
        treasurers[0],
        treasurers[1],
        (Signer::Account(shop), "shop"),
    ];
    city.perform(settle, &signers);
    let moving = MoveHome {
        account: account("li"),
        new_home: OTHER_STREET,
    };
    let registrar = (office("other_registrar"), "other_registrar");
    city.perform(moving, &[(person("li"), "li"), registrar]);
    (city, shop)
}

#[test]
fn opening_and_what_came_less_what_went_is_closing_from_month_to_month() {
    let (city, _) = lively();
    let booked = booked(&city);
    for name in ["chen", "mother", "li", "registrar"] {
        let november = statement(&booked, account(name), "2026-11").unwrap();
        let december = statement(&booked, account(name), "2026-12").unwrap();
        assert_eq!(november.opening, Figures::default());
        assert_eq!(november.closing, december.opening, "{name}");
        assert!(november.period.is_over && !december.period.is_over);
        let (record, _) = known(&booked, account(name));
        assert_eq!(december.closing, Figures::of(&record).unwrap(), "{name}");
    }
    let november = statement(&booked, account("chen"), "2026-11").unwrap();
    assert_eq!(
        (november.received, november.left),
        (Minutes(240), Minutes(90))
    );
    assert_eq!(november.closing.service_given, Minutes(240));
    let kinds: Vec<&str> = november.kinds.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["earned", "gift_sent", "kin_linked"]);
    let mother = statement(&booked, account("mother"), "2026-11").unwrap();
    assert_eq!(
        (mother.closing.spendable, mother.closing.held),
        (Minutes(45), Minutes(45))
    );
    let early = statement(&booked, account("chen"), "2027-01");
    assert!(
        matches!(early, Err(StatementError::Early { .. })),
        "{early:?}"
    );
}

#[test]
fn a_history_in_which_something_is_missing_or_altered_makes_no_statement() {
    let (city, _) = lively();
    let booked = booked(&city);
    let (record, postings) = known(&booked, account("chen"));
    let mut refused = 0;
    for at in 0..postings.len() {
        let before = Figures::default().after(&postings[at].entry);
        let moves = before != Ok(Figures::default());
        let mut fewer = postings.clone();
        fewer.remove(at);
        let mut doubled = postings.clone();
        doubled.insert(at, postings[at].clone());
        for wrong in [fewer, doubled] {
            let of = as_known(&booked, account("chen"), &record, &wrong);
            let made = AccountStatement::of(&of, month("2026-11"));
            assert_eq!(
                made.is_err(),
                moves,
                "posting {at}: {:?}",
                postings[at].entry
            );
            refused += usize::from(made.is_err());
        }
    }
    assert_eq!(refused, 2 * 5, "one service, one gift, three redemptions");
}

#[test]
fn a_merchants_statement_says_what_is_owed() {
    let (city, shop) = lively();
    let booked = booked(&city);
    let (record, postings) = known(&booked, shop);
    let known = as_known(&booked, shop, &record, &postings);
    let made = MerchantStatement::of(&known, month("2026-12")).unwrap();
    assert_eq!((made.given, made.settled), (Minutes(90), Minutes(60)));
    assert_eq!(
        (made.opening_owed, made.closing_owed),
        (Minutes::ZERO, Minutes(30))
    );
    assert_eq!((made.items.len(), made.items[0].count), (1, 3));
    assert_eq!(made.lines.len(), 4);
    let short = &postings[..postings.len() - 1];
    let cut = as_known(&booked, shop, &record, short);
    assert!(MerchantStatement::of(&cut, month("2026-12")).is_err());
    let (record, postings) = self::known(&booked, account("chen"));
    let person = as_known(&booked, account("chen"), &record, &postings);
    let made = MerchantStatement::of(&person, month("2026-12"));
    assert!(matches!(made, Err(StatementError::NoMerchant { .. })));
}

#[test]
fn a_districts_statement_agrees_with_the_clearing_that_other_code_computed() {
    let (city, _) = lively();
    city.pass_days(30);
    let booked = booked(&city);
    for of in ["2026-11", "2026-12"] {
        let mut net = 0;
        for district in [DISTRICT, OTHER_DISTRICT] {
            let made = district_statement(&booked, district, of).unwrap();
            let clearing = made.clearing.unwrap();
            assert_eq!(clearing.agrees, Some(true), "{of}");
            let with = clearing.with.iter().map(|it| it.given - it.taken);
            assert_eq!(clearing.net, with.sum::<i64>());
            net += clearing.net;
        }
        assert_eq!(net, 0);
    }
    let november = district_statement(&booked, DISTRICT, "2026-11").unwrap();
    assert_eq!(november.services.len(), 1);
    assert_eq!(november.services[0].minutes, Minutes(360));
    assert_eq!(
        (november.people.served, november.people.were_served),
        (2, 2)
    );
    let december = district_statement(&booked, DISTRICT, "2026-12").unwrap();
    let moved = december
        .kinds
        .iter()
        .find(|it| it.kind == "home_moved")
        .unwrap();
    assert_eq!(moved.left, Minutes(165), "li took 120 and 45 along");
    assert_eq!(november.people.at_home - december.people.at_home, 1);
    let other = district_statement(&booked, OTHER_DISTRICT, "2026-12").unwrap();
    assert_eq!(other.closing, Minutes(165));
    assert_eq!(other.people.at_home, 1);
}

#[test]
fn a_month_that_is_not_closed_is_stated_without_clearing_and_a_street_is_no_district() {
    let (city, _) = lively();
    let booked = booked(&city);
    let made = district_statement(&booked, DISTRICT, "2026-12").unwrap();
    assert_eq!(made.clearing, None);
    assert!(!made.period.is_over);
    let street = district_statement(&booked, OTHER_STREET, "2026-12");
    assert!(matches!(street, Err(StatementError::NoDistrict { .. })));
}

#[test]
fn every_statement_is_a_page_in_both_languages_and_a_sheet() {
    let (city, shop) = lively();
    let booked = booked(&city);
    let chen = statement(&booked, account("chen"), "2026-11").unwrap();
    let (record, postings) = known(&booked, shop);
    let known = as_known(&booked, shop, &record, &postings);
    let merchant = MerchantStatement::of(&known, month("2026-12")).unwrap();
    let district = district_statement(&booked, DISTRICT, "2026-11").unwrap();
    let balances = [
        (
            "0 min + 4 h − 1 h 30 min = 2 h 30 min",
            &chen as &dyn Paperwork,
        ),
        ("0 min + 1 h 30 min − 1 h = 30 min", &merchant),
        ("0 min + ", &district),
    ];
    for (balance, paper) in balances {
        let page = paper.page(Language::English);
        assert!(page.contains(balance), "{page}");
        for language in Language::ALL {
            let page = paper.page(language);
            // A message without its text is shown as its name.
            for prefix in ["statement-", "word-", "print-"] {
                let shown = page.split("</style>").nth(1).unwrap();
                assert!(!shown.contains(prefix), "{prefix} in {shown}");
            }
        }
        assert!(paper.table().starts_with('\u{feff}'));
    }
    assert_eq!(chen.table().lines().count(), 1 + chen.lines.len());
}
