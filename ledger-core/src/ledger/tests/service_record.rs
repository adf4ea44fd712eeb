//! Service records: what a volunteer can show, through everything that counts and takes back service.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::city::City;
use crate::amount::Minutes;
use crate::ledger::invariants::{self, Imbalance};
use crate::ledger::{NothingVerified, apply_block};
use crate::record::account::AccountRecord;
use crate::record::service_record::{ServiceRecord, ServiceYear, Tally};
use crate::state::key::kinds::is_service_record_key;
use crate::state::key::service_year_of_key;
use crate::state::{Overlay, StateKey};
use crate::time::DAY_MS;

fn city(script: &str) -> City {
    let mut city = City::new();
    city.play(script);
    city
}

fn record(city: &City, name: &str) -> Option<ServiceRecord> {
    city.load(&StateKey::ServiceRecord(city.account_id(name)))
}

fn tally(text: &mut String, what: &str, tally: &Tally) {
    if !tally.is_empty() {
        let Tally { times, minutes } = tally;
        write!(text, " {what} {times}x{}", minutes.0).expect("text grows");
    }
}

/// What `name` shows, a line for the whole and one for each month, counted in months before the newest.
fn shown(city: &City, name: &str) -> String {
    let Some(record) = record(city, name) else {
        return "nothing\n".into();
    };
    let ServiceRecord {
        served,
        honorary,
        trained,
        rating,
    } = record;
    let mut text = format!(
        "served {} honorary {} trained {} rated {}/{}\n",
        served.0, honorary.0, trained.0, rating.stars, rating.count
    );
    let id = city.account_id(name);
    for (key, value) in city.state.records() {
        let Some((account, year)) = service_year_of_key(key) else {
            continue;
        };
        if account != id {
            continue;
        }
        let record: ServiceYear = crate::codec::decode(value, value.len()).unwrap();
        assert!(record.is_in_order());
        for (number, month) in &record.months {
            write!(text, "{year}-{number:02}").expect("text grows");
            for (code, services) in &month.services {
                tally(&mut text, &code.to_string(), services);
            }
            tally(&mut text, "campaigns", &month.campaigns);
            tally(&mut text, "honorary", &month.honorary);
            tally(&mut text, "trainings", &month.trainings);
            text.push('\n');
        }
    }
    text
}

fn check(script: &str, name: &str, expected: &Expect) {
    expected.assert_eq(&shown(&city(script), name));
}

const PEOPLE: &str = "chen opens at xuanwu -> ok
    cao opens at gulou -> ok
    wang opens at jiangbei -> ok
    cao is granted 600
    budget winter opens for service of 6000 in nanjing until +400 -> ok
    budget snow opens for campaign of 60 in nanjing until +400 -> ok
    budget school opens for training of 600 in nanjing until +400 -> ok
    ";

#[test]
fn services_are_counted_by_kind_and_by_the_month_in_which_they_began() {
    check(
        &format!(
            "{PEOPLE}chen serves 60 for cao in gulou as o1 -> settled
            chen serves 30 for cao in gulou as o2 -> settled
            cao posts 60 in xuanwu as o3 service S02 budget winter -> ok
            chen accepts o3 -> ok
            2 hours pass
            chen completes o3 -60..+0 -> ok
            social@xuanwu/1 approves 60 of o3 -> ok
            40 days pass
            chen serves 45 for cao in gulou as o4 -> settled
            cao rates provider of o4 with 4 -> ok
            cao rates provider of o1 with 5 -> ok
            chen rates recipient of o1 with 1 -> ok"
        ),
        "chen",
        &expect![[r#"
            served 195 honorary 0 trained 0 rated 9/2
            2026-03 S01 2x90 S02 1x60
            2026-04 S01 1x45
        "#]],
    );
}

#[test]
fn whoever_gave_nothing_shows_nothing() {
    let city = city(&format!(
        "{PEOPLE}chen serves 60 for cao in gulou as o1 -> settled
        chen rates recipient of o1 with 5 -> ok
        cao posts 60 in gulou as o2 -> ok
        wang accepts o2 -> ok
        wang reports recipient absent from o2 -> ok"
    ));
    assert_eq!(shown(&city, "cao"), "nothing\n", "served and rated");
    assert_eq!(shown(&city, "wang"), "nothing\n", "came in vain");
}

#[test]
fn trainings_and_campaigns_count_and_so_does_what_no_line_covered() {
    let script = format!(
        "{PEOPLE}5 hours pass
        training of chen,wang in gulou -290..-230 for 60 from school -> ok
        campaign of chen,wang in gulou -200..-140 for 60 from snow -> ok"
    );
    check(
        &script,
        "chen",
        &expect![[r#"
        served 60 honorary 0 trained 60 rated 0/0
        2026-03 campaigns 1x60 trainings 1x60
    "#]],
    );
    check(
        &script,
        "wang",
        &expect![[r#"
        served 0 honorary 60 trained 60 rated 0/0
        2026-03 honorary 1x60 trainings 1x60
    "#]],
    );
}

#[test]
fn what_a_member_serves_for_a_group_is_the_members_alone() {
    let script = format!(
        "{PEOPLE}team opens as group at gulou/2 -> ok
        team adds chen,wang -> ok
        cao posts 60 in gulou as o1 -> ok
        team accepts o1 with chen -> ok
        chen starts o1 -> ok
        1 hour passes
        chen completes o1 -60..+0 -> ok
        social@gulou/1 approves 60 of o1 -> ok
        3 days pass
        cao rates provider of o1 with 5 -> ok"
    );
    check(
        &script,
        "chen",
        &expect![[r#"
        served 60 honorary 0 trained 0 rated 0/0
        2026-03 S01 1x60
    "#]],
    );
    let city = city(&script);
    assert_eq!(shown(&city, "team"), "nothing\n");
    assert_eq!(shown(&city, "wang"), "nothing\n");
}

#[test]
fn what_is_taken_back_is_gone_from_where_it_was_counted() {
    let script = format!(
        "{PEOPLE}chen serves 60 for cao in gulou as o1 -> settled
        chen serves 30 for cao in gulou as o2 -> settled
        40 days pass
        chen serves 45 for cao in gulou as o3 -> settled
        o1 is reversed -> ok"
    );
    check(
        &script,
        "chen",
        &expect![[r#"
        served 75 honorary 0 trained 0 rated 0/0
        2026-03 S01 1x30
        2026-04 S01 1x45
    "#]],
    );
    let all = format!(
        "{script}
        o2 is reversed -> ok
        o3 is reversed -> ok"
    );
    check(
        &all,
        "chen",
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn what_is_paid_and_taken_back_in_one_block_leaves_no_trace() {
    let mut city = city(&format!(
        "{PEOPLE}chen serves 60 for cao in gulou as o1 -> verified"
    ));
    // No block until then: the first one pays the order before it reverses it.
    city.now_ms = city.now_ms.plus_ms(4 * DAY_MS);
    city.play("o1 is reversed -> ok");
    assert_eq!(shown(&city, "chen"), "nothing\n");
}

#[test]
fn a_block_that_counts_no_service_writes_no_service_record() {
    let mut city = city(PEOPLE);
    let mut written_by = |line: &str| {
        let (state, tip) = (city.state.clone(), city.tip);
        city.play(line);
        let block = city.history.last().expect("it was played");
        let execution = apply_block(&state, &tip, block, &NothingVerified).unwrap();
        let keys = execution.writes.records.keys();
        keys.filter(|key| is_service_record_key(key)).count()
    };
    for (line, written) in [
        ("cao donates 10 to gulou:donation -> ok", 0),
        ("cao posts 60 in gulou as o1 -> ok", 0),
        ("chen accepts o1 -> ok && wang rotates to blue -> ok", 0),
        ("cao cancels o1 -> ok", 0),
    ] {
        assert_eq!(written_by(line), written, "{line}");
    }
}

#[test]
fn a_service_record_that_is_not_what_the_account_counts_is_noticed() {
    let city = city(&format!(
        "{PEOPLE}chen serves 60 for cao in gulou as o1 -> settled"
    ));
    let account = city.account_id("chen");
    let now = record(&city, "chen").unwrap();
    let (year, whole) = city
        .state
        .records()
        .find_map(|(key, value)| {
            let (_, year) = service_year_of_key(key)?;
            Some((
                year,
                crate::codec::decode::<ServiceYear>(value, value.len()).ok()?,
            ))
        })
        .expect("the year was counted");
    let check = |write: &dyn Fn(&mut Overlay<'_>, AccountRecord)| {
        let mut state = Overlay::new(&city.state);
        write(&mut state, city.account("chen"));
        state.keep();
        invariants::check(&state, &[]).unwrap().err()
    };
    let wrong = Some(Imbalance::ServiceRecord { account });
    let (record_key, year_key) = (
        StateKey::ServiceRecord(account),
        StateKey::ServiceYear(account, year),
    );
    let more = ServiceRecord {
        served: Minutes(120),
        ..now
    };
    let mut more_in_year = whole.clone();
    let number = whole.months[0].0;
    more_in_year.change(number, |month| month.campaigns.add(Minutes(60)));
    // Less, more, and the year alone.
    assert_eq!(check(&|state, _| state.delete(&record_key)), wrong);
    assert_eq!(check(&|state, _| state.store(&record_key, &more)), wrong);
    assert_eq!(check(&|state, _| state.delete(&year_key)), wrong);
    assert_eq!(
        check(&|state, _| state.store(&year_key, &more_in_year)),
        wrong
    );
    // Record and year together, without the account; and the account without them.
    assert_eq!(
        check(&|state, _| {
            state.store(&record_key, &more);
            state.store(&year_key, &more_in_year);
        }),
        wrong
    );
    assert_eq!(
        check(&|state, mut account_record| {
            account_record.service_given = Minutes(120);
            state.store(&StateKey::Account(account), &account_record);
        }),
        wrong
    );
    // All three.
    let followed = check(&|state, mut account_record| {
        account_record.service_given = Minutes(120);
        state.store(&StateKey::Account(account), &account_record);
        state.store(&record_key, &more);
        state.store(&year_key, &more_in_year);
    });
    assert_eq!(followed, None);
}
