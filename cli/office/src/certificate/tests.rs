//! A certificate's page shows its figures and nothing else; how it looks is kept as a picture of its HTML.

use expect_test::expect_file;
use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{OrderId, ServiceCode};
use ledger_core::message::Language;
use ledger_core::proof::{Clock, TrustChain};
use ledger_core::record::order::Payer;
use ledger_core::time::{DAY_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::Signer;
use ledger_core::transaction::service::RecordService;
use timebank_wallet::service_record::Wish;
use timebank_wallet::trial::{DISTRICT, TrialCity, account, genesis, key};
use timebank_wallet::verify::Trust;
use timebank_wallet::{Client, Freshness};

use super::*;

/// Chen serves the mother of somebody, paid by a budget line.
fn serve(city: &TrialCity, minutes: u64) {
    let end_ms = city.time_ms();
    let service = RecordService {
        recipient: account("mother"),
        provider: account("chen"),
        member: None,
        service: ServiceCode(1),
        district: DISTRICT,
        start_ms: TimestampMs(end_ms.0 - minutes * MINUTE_MS),
        end_ms,
        minutes: Minutes(minutes),
        payer: Payer::Budget(city.open_budget(minutes)),
        evidence: Hash::ZERO,
    };
    let signer = |name| (Signer::Account(account(name)), name);
    let id = city.perform(service, &[signer("chen"), signer("mother")]);
    city.verify(OrderId::derive(id), minutes);
    city.pass_days(4);
}

fn checked() -> (Certificate, Checked) {
    let city = TrialCity::new();
    serve(&city, 60);
    city.pass_days(10);
    serve(&city, 90);
    let client = Client::new(city.clone(), Trust::genesis(&genesis()));
    let freshness = Freshness {
        now_ms: city.time_ms(),
        age_ms_max: DAY_MS,
    };
    let bundle = client
        .prove_service_record(account("chen"), freshness)
        .expect("the city answers truly");
    let month = |text: &str| text.parse::<Month>().expect("a month");
    let wish = Wish {
        from: month("2026-01"),
        to: month("2026-12"),
        reader: None,
        valid_until_ms: city.time_ms().plus_ms(30 * DAY_MS),
    };
    let certificate = Certificate::make(account("chen"), bundle, &key("chen"), &wish)
        .expect("the volunteer has served");
    let trust = TrustChain::genesis(&genesis());
    let checked = certificate
        .check(&trust, Clock::at(city.time_ms()), None)
        .expect("it was just made");
    (certificate, checked)
}

/// The page up to its codes, which differ each time: signatures and random numbers are in them.
fn without_codes(page: &str) -> String {
    let (text, _) = page
        .split_once("<section class=\"sheet\">")
        .expect("the codes have a sheet");
    text.to_owned() + "\n"
}

#[test]
fn the_page_is_as_it_was_looked_at() {
    let (certificate, checked) = checked();
    let shown = |language| without_codes(&page(&certificate, &checked, language).unwrap());
    expect_file!["../../tests/snapshots/certificate.zh.html"].assert_eq(&shown(Language::Chinese));
    expect_file!["../../tests/snapshots/certificate.en.html"].assert_eq(&shown(Language::English));
}

#[test]
fn the_page_shows_the_figures_in_both_languages_and_every_code() {
    let (certificate, checked) = checked();
    let codes = certificate.qr_parts(PRINTED_PART_BYTES).unwrap();
    for (language, hours) in [
        (Language::Chinese, "2 小时 30 分"),
        (Language::English, "2 h 30 min"),
    ] {
        let page = page(&certificate, &checked, language).unwrap();
        assert!(page.contains(hours));
        assert!(page.contains(&checked.figures.account.to_string()));
        assert_eq!(page.matches("<svg").count(), codes.len());
        assert_eq!(
            page.matches("viewBox").count(),
            codes.len(),
            "they fit the paper"
        );
        // Neither a recipient nor anything to fetch.
        assert!(!page.contains(&account("mother").to_string()));
        assert!(!page.contains("src="));
        assert!(!page.contains("<?xml"));
    }
}

#[test]
fn stars_are_five_at_most() {
    assert_eq!(star_text(2, Language::English), "★★☆☆☆");
    assert_eq!(star_text(5, Language::Chinese), "★★★★★");
    assert_eq!(star_text(0, Language::English), "none yet");
}
