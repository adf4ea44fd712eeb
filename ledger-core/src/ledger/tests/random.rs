//! Random sequences of operations, valid and invalid, over a small city.
//!
//! [`City::block`] checks after every block that another state agrees to the byte, that the books balance, that histories
//! hold what was posted, and that what was refused left no trace. Here the sequences come from, and at the end every
//! minute is counted one by one and the whole is played again.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::city::City;

const PROLOGUE: &str = "chen opens at gulou -> ok
    wang opens at xuanwu -> ok
    li opens at gulou/2 -> ok
    cao opens keyless at gulou -> ok
    rice registers at gulou -> ok
    rice lists I01=60 I02=480 -> ok
    chen links wang as spouse -> ok
    cao appoints clerk@gulou/1 for both 600 until +90 -> ok
    budget care opens for fund of 900 in gulou until +30 -> ok
    budget winter opens for service of 600 in gulou until +30 -> ok
    chen allows wang 200 until +30 -> ok
    budget alms opens for grant of 2000 in nanjing until +30 -> ok
    gulou sets earned_expiry_days to 2 from +0 -> ok
    chen belongs to P01
    wang belongs to P01
    24 hours pass
    chen is granted 600
    wang is granted 89990
    cao is granted 300";

fn pick(names: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(names)
}

/// People, one of whom nobody opened an account for.
fn person() -> impl Strategy<Value = &'static str> {
    pick(&[
        "chen", "chen", "chen", "wang", "wang", "wang", "li", "cao", "ma", "nobody",
    ])
}

fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0u64),
        1..700u64,
        Just(60),
        Just(100_000),
        Just(u64::MAX)
    ]
}

fn day() -> impl Strategy<Value = &'static str> {
    pick(&["-1", "+0", "+1", "+40"])
}

fn office() -> impl Strategy<Value = &'static str> {
    pick(&["gulou", "xuanwu", "gulou/2", "nanjing", "320199"])
}

fn signers() -> impl Strategy<Value = String> {
    let one = pick(&[
        "chen",
        "wang",
        "li",
        "rice",
        "chen~wang",
        "clerk@gulou/1",
        "registrar@gulou/1",
        "registrar@xuanwu/1",
        "social@gulou/1",
        "registry@nanjing",
        "treasurer@gulou",
        "treasurer2@gulou",
        "administrator@gulou",
        "administrator2@gulou",
        "administrator@nanjing",
        "administrator2@nanjing",
        "key:blue",
        "key:ma",
    ]);
    prop::collection::vec(one, 1..5).prop_map(|names| {
        let mut distinct = Vec::new();
        for name in names {
            if !distinct.contains(&name) {
                distinct.push(name);
            }
        }
        distinct.join(", ")
    })
}

/// What people do with their accounts and minutes.
fn said_by_people() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => (person(), person(), amount()).prop_map(|(a, b, n)| format!("{a} gives {b} {n}")),
        2 => (person(), amount(), office()).prop_map(|(a, n, o)| format!("{a} donates {n} to {o}:donation")),
        3 => (person(), pick(&["I01 for 60", "I01 for 60", "I02 for 480", "I01 for 480", "I03 for 60"])).prop_map(|(a, item)| format!("{a} redeems {item} at rice")),
        1 => amount().prop_map(|n| format!("rice lists I01=60 I02={n}")),
        2 => (person(), person()).prop_map(|(a, b)| format!("{a} links {b} as sibling")),
        1 => (person(), person()).prop_map(|(a, b)| format!("{a} unlinks {b}")),
        1 => (person(), person(), amount(), day()).prop_map(|(a, b, n, d)| format!("{a} allows {b} {n} until {d}")),
        1 => (person(), person(), amount(), day())
            .prop_map(|(a, b, n, d)| format!("{a} appoints {b} for both {n} until {d}")),
        1 => (person(), person()).prop_map(|(a, b)| format!("{a} revokes {b}")),
        1 => (person(), pick(&["blue", "green", "weak"])).prop_map(|(a, key)| format!("{a} rotates to {key}")),
        1 => (pick(&["ma", "li", "he"]), office()).prop_map(|(a, o)| format!("{a} opens at {o}")),
    ]
}

fn order() -> impl Strategy<Value = &'static str> {
    pick(&["o1", "o2"])
}

fn payer() -> impl Strategy<Value = &'static str> {
    pick(&[
        "",
        "",
        "payer chen",
        "payer wang",
        "budget winter",
        "budget winter service S02",
        "budget care",
    ])
}

/// What people and offices do about orders.
fn said_about_orders() -> impl Strategy<Value = String> {
    let served = || pick(&["60", "60", "60", "60", "60", "30", "90", "480", "7"]);
    let district = || pick(&["gulou", "gulou", "gulou", "xuanwu"]);
    let times = || {
        pick(&[
            "-60..+0",
            "-90..-30",
            "-300..-240",
            "-1440..-1380",
            "-90000..-89940",
            "+10..+70",
        ])
    };
    let social = pick(&[
        "social@gulou/1",
        "social@gulou",
        "social2@gulou/1",
        "social@xuanwu/1",
        "social@gulou/1/1",
    ]);
    prop_oneof![
        4 => (person(), served(), district(), order(), payer())
            .prop_map(|(a, n, d, o, p)| format!("{a} posts {n} in {d} as {o} {p}")),
        4 => (person(), order()).prop_map(|(a, o)| format!("{a} accepts {o}")),
        2 => (person(), order()).prop_map(|(a, o)| format!("{a} starts {o}")),
        4 => (person(), order(), times()).prop_map(|(a, o, t)| format!("{a} completes {o} {t}")),
        1 => (person(), order()).prop_map(|(a, o)| format!("{a} cancels {o}")),
        6 => (person(), served(), person(), district(), order(), times(), payer())
            .prop_map(|(a, n, b, d, o, t, p)| format!("{a} records {n} for {b} in {d} as {o} {t} {p}")),
        8 => (social, served(), order()).prop_map(|(s, n, o)| format!("{s} approves {n} of {o}")),
        2 => (served(), order()).prop_map(|(n, o)| format!("cao posts {n} in gulou as {o} by clerk@gulou/1")),
        1 => order().prop_map(|o| format!("social@gulou/1 rejects {o} as not_served")),
    ]
}

/// What offices give and take back.
fn said_by_treasurers() -> impl Strategy<Value = String> {
    let to = || pick(&["chen", "wang", "chen,wang", "chen,li", "chen,chen"]);
    let few = || pick(&["60", "5", "600", "0"]);
    prop_oneof![
        3 => (few(), to(), day()).prop_map(|(n, to, d)| format!("alms grants {n} to {to} of P01 until {d}")),
        1 => (few(), to()).prop_map(|(n, to)| format!("alms grants {n} to {to} of P01")),
        2 => (office(), pick(&["donation", "grant", "reserve"]), few(), to(), day())
            .prop_map(|(o, kind, n, to, d)| format!("{o}:{kind} gives {n} to {to} of P01 until {d}")),
        1 => (amount(), pick(&["rice", "rice", "chen"])).prop_map(|(n, m)| format!("{m} is settled for {n}")),
        6 => order().prop_map(|o| format!("{o} is reversed")),
        2 => pick(&["gulou", "xuanwu"]).prop_map(|o| {
            format!("pool {o}:reserve gets 20 from care by treasurer@gulou, treasurer2@gulou")
        }),
    ]
}

/// What the city and its offices do.
fn said_by_offices() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => (pick(&["care", "more"]), amount(), office()).prop_map(|(b, n, o)| format!("pool {o}:reserve gets {n} from {b}")),
        1 => (amount(), office(), day()).prop_map(|(n, o, d)| format!("budget more opens for fund of {n} in {o} until {d}")),
        1 => (pick(&["gulou", "nanjing"]), amount(), day()).prop_map(|(o, n, d)| format!("{o} sets cap to {n} from {d}")),
        1 => pick(&["xuanwu", "jiangbei"]).prop_map(|o| format!("{o} sets redemption_programmes to P01 from +1")),
        1 => pick(&["7=clerk:chen", "7=gone", "21=social:chen", "1=gone"])
            .prop_map(|change| format!("gulou/1 sets staff {change} threshold 1")),
        1 => Just("gulou/3 registers as street under gulou".to_owned()),
        1 => pick(&["v4=10 v5=1", "v4=9", "v5=10"]).prop_map(|rest| format!("validators become v1=10 v2=10 v3=10 {rest}")),
        1 => (1..40u64).prop_map(|height| format!("v2 is accused at {height}")),
        1 => (0..3u64).prop_map(|days| format!("time moves {days} days")),
    ]
}

fn said() -> impl Strategy<Value = String> {
    let anything = || {
        prop_oneof![
            3 => said_by_people(),
            4 => said_about_orders(),
            1 => said_by_offices(),
            1 => said_by_treasurers(),
        ]
    };
    prop_oneof![
        4 => anything(),
        1 => (anything(), signers()).prop_map(|(said, signers)| {
            let said = said.split(" by ").next().unwrap_or_default();
            format!("{said} by {signers}")
        }),
    ]
}

/// The life of an order as it should go, up to some point.
fn life() -> impl Strategy<Value = Vec<Vec<String>>> {
    let pair = pick(&["chen wang", "wang chen", "li chen", "chen li"]);
    let verdict = pick(&["approves 60 of", "approves 30 of", "rejects"]);
    let choices = (
        pair,
        pick(&["60", "90"]),
        order(),
        payer(),
        verdict,
        1..9usize,
    );
    choices.prop_map(|(pair, n, o, p, verdict, steps)| {
        let reason = if verdict == "rejects" {
            "as not_served"
        } else {
            ""
        };
        let (a, b) = pair.split_once(' ').expect("two names");
        let mut lines = vec![
            format!("{b} posts {n} in gulou as {o} {p}"),
            format!("{a} accepts {o}"),
            format!("{a} starts {o}"),
            format!("{a} completes {o} -{n}..+0"),
            format!("social@gulou {verdict} {o} {reason}"),
            "time moves 3 days".to_owned(),
            format!("{a} donates 60 to gulou:donation"),
            format!("{o} is reversed"),
        ];
        lines.truncate(steps);
        lines.into_iter().map(|line| vec![line]).collect()
    })
}

/// Blocks of anything, between orders that go as they should.
fn blocks() -> impl Strategy<Value = Vec<Vec<String>>> {
    let block = prop::collection::vec(said(), 1..5);
    let part = prop_oneof![3 => block.prop_map(|block| vec![block]), 1 => life()];
    prop::collection::vec(part, 1..24).prop_map(|parts| parts.concat())
}

fn play(blocks: &[Vec<String>]) -> City {
    let mut city = City::new();
    city.play(PROLOGUE);
    for block in blocks {
        let said: Vec<&str> = block.iter().map(String::as_str).collect();
        city.attempt(&said);
    }
    city.check_supply();
    city.check_due();
    city
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_keeps_the_books_and_gives_one_root(
        blocks in blocks(),
    ) {
        let (once, again) = (play(&blocks), play(&blocks));
        prop_assert_eq!(once.tip, again.tip);
        prop_assert_eq!(once.state.root(), again.state.root());
    }
}

/// A property over sequences that never do anything would hold as well, so this looks at what they do.
#[test]
fn the_random_sequences_do_much_and_are_refused_much() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut applied, mut codes) = (BTreeSet::new(), BTreeSet::new());
    let (mut settled, mut expired, mut voided, mut reversed) = (false, false, false, false);
    for _ in 0..40 {
        let blocks = blocks().new_tree(&mut runner).expect("nothing is filtered");
        let mut city = City::new();
        city.play(PROLOGUE);
        for line in blocks.current().concat() {
            match city.attempt(&[&line])[0].as_ref() {
                None => {
                    applied.extend(line.split_whitespace().nth(1).map(str::to_owned));
                    reversed |= line.ends_with("is reversed");
                }
                Some(rejection) => {
                    codes.insert(rejection.code());
                }
            }
        }
        let supply = city.supply();
        settled |= !supply.issued_service.is_zero();
        expired |= !supply.expired.is_zero();
        voided |= !supply.voided.is_zero();
    }
    for verb in [
        "gives",
        "donates",
        "redeems",
        "posts",
        "accepts",
        "starts",
        "completes",
        "records",
        "cancels",
        "approves",
        "rejects",
        "moves",
        "grants",
    ] {
        assert!(applied.contains(verb), "no {verb:?}, only {applied:?}");
    }
    assert!(codes.len() > 40, "only {codes:?}");
    assert!(settled, "no budget line paid for a service");
    assert!(reversed, "no order was reversed");
    assert!(expired, "nothing expired");
    assert!(voided, "nothing minted was taken back");
}
