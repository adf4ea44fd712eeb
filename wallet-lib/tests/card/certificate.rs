//! The service record certificate: from the real ledger, over a wallet, to a reader without a network; and everything that
//! somebody could do to it on the way.

use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, ChainId};
use ledger_core::proof::{BlockClaim, Clock, TrustChain};
use ledger_core::record::order::ReversalReason;
use ledger_core::signature::Purpose;
use ledger_core::time::{DAY_MS, Month, TimestampMs};
use ledger_core::transaction::account::Freeze;
use ledger_core::transaction::dispute::ReverseOrder;
use serde_json::{Value, json};
use timebank_wallet::qr::{Collector, Kind, Progress};
use timebank_wallet::service_record::{
    Certificate, Checked, Figures, MadeFor, Reader, VALID_MS_MAX, Wish,
};
use timebank_wallet::{Error, Wallet};

use super::*;

const NAME: &str = "江北建设公司";

struct Volunteer {
    city: TrialCity,
    wallet: Wallet,
    account: AccountId,
}

/// A volunteer who has served twice, in November and in December 2026.
fn volunteer() -> Volunteer {
    let city = TrialCity::new();
    let (wallet, _, account) = city.wallet("volunteer");
    city.earn(&wallet, 60);
    city.pass_days(10);
    city.earn(&wallet, 90);
    Volunteer {
        city,
        wallet,
        account,
    }
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

impl Volunteer {
    fn certificate_for(&self, reader: Option<&str>) -> Result<Certificate, Error> {
        self.certificate_of("2026-01", "2026-12", reader)
    }

    fn certificate_of(
        &self,
        from: &str,
        to: &str,
        reader: Option<&str>,
    ) -> Result<Certificate, Error> {
        let until = self.city.time_ms().plus_ms(30 * DAY_MS);
        self.wallet
            .service_record_certificate("我", month(from), month(to), reader, until)
    }

    fn certificate(&self) -> Certificate {
        self.certificate_for(None).unwrap()
    }

    fn check(&self, certificate: &Certificate) -> Result<Checked, Error> {
        check_at(certificate, self.city.time_ms(), None)
    }
}

/// What somebody finds who has the genesis document and nothing more.
fn check_at(
    certificate: &Certificate,
    now_ms: TimestampMs,
    reader: Option<&str>,
) -> Result<Checked, Error> {
    let trust = TrustChain::genesis(&genesis());
    certificate.check(&trust, Clock::at(now_ms), reader)
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn a_volunteer_shows_what_they_gave_and_a_stranger_checks_it_without_a_network() {
    let volunteer = volunteer();
    let certificate = volunteer.certificate();
    volunteer.city.go_away();
    let json = certificate.to_json().unwrap();
    let read = Certificate::from_json(json.as_bytes()).unwrap();
    assert_eq!(read, certificate);
    let checked = volunteer.check(&read).unwrap();
    let figures = &checked.figures;
    assert_eq!(figures.account, volunteer.account);
    assert_eq!(figures.served.0, 150);
    let months: Vec<String> = figures
        .months
        .iter()
        .map(|it| format!("{} {}", it.month, it.given.served().0))
        .collect();
    assert_eq!(months, ["2026-11 60", "2026-12 90"]);
    assert_eq!(figures.services[0].1.times, 2);
    assert_eq!(figures.lifetime.served.0, 150);
    assert_eq!((checked.made_for, figures.stars), (MadeFor::Anyone, 0));
    assert_eq!((checked.signers, checked.validators), (4, 4));
    for secret in ["spendable", "lots", "mother", "budget", "order"] {
        assert!(!json.contains(secret), "{secret}");
    }
    let recipient = account("mother").to_string();
    assert!(!json.contains(&recipient), "whom they served is not shown");
}

#[test]
fn its_codes_carry_all_of_it() {
    let volunteer = volunteer();
    let certificate = volunteer.certificate();
    let parts = certificate.qr_parts(600).unwrap();
    assert!(parts.len() <= 12, "{} codes", parts.len());
    let mut collector = Collector::new();
    let mut scanned = None;
    for part in parts.iter().rev() {
        if let Progress::Complete(whole) = collector.add(part).unwrap() {
            scanned = Some(whole);
        }
    }
    let bytes = scanned.unwrap().into_bytes_of(Kind::Certificate).unwrap();
    let read = Certificate::from_bytes(&bytes).unwrap();
    assert_eq!(volunteer.check(&read).unwrap().figures.served.0, 150);
}

#[test]
fn a_period_shows_its_months_and_leaves_other_years_out() {
    let volunteer = volunteer();
    let november = volunteer
        .certificate_of("2026-11", "2026-11", None)
        .unwrap();
    let figures = volunteer.check(&november).unwrap().figures;
    assert_eq!((figures.served.0, figures.lifetime.served.0), (60, 150));
    let next_year = volunteer
        .certificate_of("2027-01", "2027-12", None)
        .unwrap();
    assert!(next_year.statement.years.is_empty());
    let figures = volunteer.check(&next_year).unwrap().figures;
    assert_eq!((figures.served.0, figures.lifetime.served.0), (0, 150));
    assert_eq!(
        code(volunteer.certificate_of("2026-12", "2026-11", None)),
        "service_certificate_period"
    );
    assert_eq!(
        code(volunteer.certificate_of("2010-01", "2026-12", None)),
        "service_certificate_period"
    );
}

/// Every value within `json` that is neither list nor map, by its path.
fn leaves(json: &Value, path: &str, found: &mut Vec<String>) {
    match json {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, it)| leaves(it, &format!("{path}/{key}"), found)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, it)| leaves(it, &format!("{path}/{index}"), found)),
        _ => found.push(path.to_owned()),
    }
}

/// Another value of the same sort.
fn altered(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_u64().unwrap() + 1),
        Value::Null => json!(7),
        Value::Bool(it) => json!(!it),
        other => {
            let mut text = other.as_str().unwrap().to_owned();
            let last = text.pop();
            // A month, a day or hexadecimal digits.
            text.push(if last == Some('1') { '2' } else { '1' });
            json!(text)
        }
    }
}

#[test]
fn whatever_is_altered_it_is_refused() {
    let volunteer = volunteer();
    let certificate = volunteer.certificate_for(Some(NAME)).unwrap();
    let json: Value = serde_json::from_str(&certificate.to_json().unwrap()).unwrap();
    let mut paths = Vec::new();
    leaves(&json, "", &mut paths);
    assert!(paths.iter().filter(|it| it.starts_with("/figures")).count() > 20);
    assert!(paths.iter().filter(|it| it.starts_with("/consent")).count() > 8);
    for path in &paths {
        let mut forged = json.clone();
        let place = forged.pointer_mut(path).unwrap();
        *place = altered(place);
        let refused = Certificate::from_json(forged.to_string().as_bytes())
            .and_then(|it| check_at(&it, volunteer.city.time_ms(), Some(NAME)));
        let error = refused
            .err()
            .unwrap_or_else(|| panic!("{path} was altered"));
        if path.starts_with("/figures") && !path.ends_with("account") && !path.ends_with("home") {
            let named = ["service_certificate_figure", "service_certificate_damaged"];
            assert!(named.contains(&error.code()), "{path}: {error}");
        }
    }
    let mut with_more = json;
    with_more["name"] = json!("张三");
    let refused = Certificate::from_json(with_more.to_string().as_bytes());
    assert_eq!(
        code(refused),
        "service_certificate_damaged",
        "nobody vouches for it"
    );
}

#[test]
fn figures_and_statement_altered_together_miss_the_holders_signature() {
    let volunteer = volunteer();
    let certificate = volunteer.certificate_for(Some(NAME)).unwrap();
    let longer = |change: &dyn Fn(&mut Certificate)| {
        let mut forged = certificate.clone();
        change(&mut forged);
        code(volunteer.check(&forged))
    };
    assert_eq!(
        longer(&|it| it.statement.valid_until_ms = it.statement.valid_until_ms.plus_ms(DAY_MS)),
        "service_certificate_signature"
    );
    assert_eq!(
        longer(&|it| it.statement.from = month("2026-06")),
        "service_certificate_signature"
    );
    assert_eq!(
        longer(&|it| it.statement.reader = None),
        "service_certificate_signature",
        "one made for somebody does not become one for everybody"
    );
    // The worse year is not left out: the holder signed which years are shown.
    assert_eq!(
        longer(&|it| {
            it.statement.years.clear();
            it.bundle.blocks[0].claims.retain(
                |claim| !matches!(claim, BlockClaim::Record { key, .. } if key.len() == 25),
            );
        }),
        "service_certificate_signature"
    );
    assert_eq!(
        longer(&|it| {
            it.bundle.blocks[0].claims.pop();
        }),
        "service_certificate_other_records"
    );
}

#[test]
fn a_certificate_of_somebody_else_cannot_be_passed_off() {
    let volunteer = volunteer();
    let certificate = volunteer.certificate();
    let mut mine = certificate.clone();
    mine.statement.account = account("chen");
    assert_eq!(
        code(volunteer.check(&mine)),
        "service_certificate_other_records"
    );
    // Signed anew, by one's own key.
    let mut signed = certificate.clone();
    signed.signature = key("chen").sign(Purpose::ServiceRecord, &codec::encode(&signed.statement));
    assert_eq!(
        code(volunteer.check(&signed)),
        "service_certificate_signature"
    );
    let wish = Wish {
        from: month("2026-01"),
        to: month("2026-12"),
        reader: None,
        valid_until_ms: certificate.statement.valid_until_ms,
    };
    let made = Certificate::make(volunteer.account, certificate.bundle, &key("chen"), &wish);
    assert_eq!(code(made), "service_certificate_key_replaced");
}

#[test]
fn it_counts_for_its_time_and_its_reader_only() {
    let volunteer = volunteer();
    let city = &volunteer.city;
    let certificate = volunteer.certificate_for(Some(NAME)).unwrap();
    let until_ms = certificate.statement.valid_until_ms;
    let at = |now_ms, reader| check_at(&certificate, now_ms, reader);
    let made_for = |reader| at(city.time_ms(), reader).map(|it| it.made_for);
    assert_eq!(made_for(None), Ok(MadeFor::SomeReader));
    assert_eq!(made_for(Some(NAME)), Ok(MadeFor::ThisReader));
    assert_eq!(
        code(made_for(Some("另一家公司"))),
        "service_certificate_other_reader",
        "passed on to another employer"
    );
    let longest = city.time_ms().plus_ms(VALID_MS_MAX + DAY_MS);
    let too_long = volunteer.wallet.service_record_certificate(
        "我",
        month("2026-01"),
        month("2026-12"),
        None,
        longest,
    );
    assert_eq!(code(too_long), "service_certificate_valid_too_long");
    // Weeks later the reader needs trust that was renewed meanwhile.
    let mut trust = trust(city);
    let mut renew = || {
        let newest = record_proof(city, account("chen"));
        let accepted = trust.accept(&newest.header, &newest.certificate, now(city));
        accepted.unwrap();
    };
    renew();
    city.pass_days(25);
    renew();
    let later = |now_ms| certificate.check(&trust, Clock::at(now_ms), None);
    assert!(later(until_ms).is_ok());
    assert_eq!(
        code(later(until_ms.plus_ms(1))),
        "service_certificate_expired"
    );
    assert_eq!(code(Reader::named("  ")), "service_certificate_reader_name");
    assert_ne!(
        Reader::named(NAME).unwrap(),
        Reader::named(NAME).unwrap(),
        "two certificates do not show that they were for the same reader"
    );
}

#[test]
fn one_of_another_chain_is_refused() {
    let volunteer = volunteer();
    let mut certificate = volunteer.certificate();
    let mut elsewhere = genesis();
    elsewhere.time_ms = elsewhere.time_ms.plus_ms(1);
    let trust = TrustChain::genesis(&elsewhere);
    let clock = Clock::at(volunteer.city.time_ms());
    assert_eq!(
        code(certificate.check(&trust, clock, None)),
        "service_certificate_other_city"
    );
    certificate.statement.chain_id = ChainId(Hash([9; 32]));
    assert_eq!(
        code(volunteer.check(&certificate)),
        "service_certificate_other_city"
    );
}

#[test]
fn what_was_taken_back_is_not_shown_any_more() {
    let volunteer = volunteer();
    let city = &volunteer.city;
    let order = city.earn(&volunteer.wallet, 120);
    assert_eq!(
        volunteer
            .check(&volunteer.certificate())
            .unwrap()
            .figures
            .served
            .0,
        270
    );
    let arbiter = (Signer::Staff(staff("arbiter")), "arbiter");
    let treasurer = (Signer::Staff(staff("treasurer1")), "treasurer1");
    let reason = ReversalReason::Fraud;
    city.perform(ReverseOrder { order, reason }, &[arbiter, treasurer]);
    let after = volunteer.check(&volunteer.certificate()).unwrap().figures;
    assert_eq!((after.served.0, after.lifetime.served.0), (150, 150));
}

#[test]
fn a_node_that_leaves_out_a_year_is_caught() {
    let volunteer = volunteer();
    volunteer.city.spoil(|path, answer| {
        if path.contains("service-record") {
            answer["years"] = json!([]);
        }
    });
    assert_eq!(
        code(volunteer.certificate_for(None)),
        "service_certificate_years_missing"
    );
}

#[test]
fn old_services_are_proven_by_the_validators_of_today() {
    let volunteer = volunteer();
    change_set(&volunteer.city, &["two", "three", "four", "five"]);
    volunteer.city.pass_days(2);
    change_set(&volunteer.city, &["three", "four", "five", "six"]);
    let figures: Figures = volunteer.check(&volunteer.certificate()).unwrap().figures;
    assert_eq!(figures.served.0, 150);
}

#[test]
fn nothing_is_shown_of_whoever_gave_nothing_or_cannot_consent() {
    let volunteer = volunteer();
    let (newcomer, _, _) = volunteer.city.wallet("newcomer");
    let until = volunteer.city.time_ms().plus_ms(DAY_MS);
    let nothing =
        newcomer.service_record_certificate("我", month("2026-01"), month("2026-12"), None, until);
    assert_eq!(code(nothing), "service_certificate_no_service");
    let account = volunteer.account;
    submit(
        &volunteer.city,
        Freeze { account },
        &registrar_and_arbiter(),
    );
    assert_eq!(
        code(volunteer.certificate_for(None)),
        "service_certificate_no_holder"
    );
}
