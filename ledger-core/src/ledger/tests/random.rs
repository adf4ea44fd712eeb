//! Random sequences of operations, valid and invalid, over a small city.
//!
//! [`City::block`] checks after every block that another state agrees to the byte, that the books balance, that histories
//! hold what was posted, and that what was refused left no trace. Here the sequences come from, and at the end every
//! minute is counted one by one and the whole is played again.

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
    24 hours pass
    chen is granted 600
    wang is granted 89990
    cao is granted 300";

fn pick(names: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(names)
}

/// People, one of whom nobody opened an account for.
fn person() -> impl Strategy<Value = &'static str> {
    pick(&["chen", "wang", "li", "cao", "ma", "nobody"])
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
        4 => (person(), person(), amount()).prop_map(|(a, b, n)| format!("{a} gives {b} {n}")),
        2 => (person(), amount(), office()).prop_map(|(a, n, o)| format!("{a} donates {n} to {o}:donation")),
        3 => (person(), pick(&["I01", "I02", "I03"]), pick(&["60", "480"]))
            .prop_map(|(a, item, n)| format!("{a} redeems {item} for {n} at rice")),
        1 => (pick(&["I01", "I02", "I03"]), amount()).prop_map(|(item, n)| format!("rice lists {item}={n}")),
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

/// What the city and its offices do.
fn said_by_offices() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => (pick(&["care", "more"]), amount(), office()).prop_map(|(b, n, o)| format!("pool {o}:reserve gets {n} from {b}")),
        1 => (amount(), office(), day()).prop_map(|(n, o, d)| format!("budget more opens for fund of {n} in {o} until {d}")),
        1 => (pick(&["gulou", "nanjing"]), amount(), day()).prop_map(|(o, n, d)| format!("{o} sets cap to {n} from {d}")),
        1 => (pick(&["gulou", "nanjing"]), day()).prop_map(|(o, d)| format!("{o} sets redemption_programmes to P01 from {d}")),
        1 => pick(&["7=clerk:chen", "7=gone", "21=social:chen", "1=gone"])
            .prop_map(|change| format!("gulou/1 sets staff {change} threshold 1")),
        1 => Just("gulou/3 registers as street under gulou".to_owned()),
        1 => pick(&["v4=10 v5=1", "v4=9", "v5=10"]).prop_map(|rest| format!("validators become v1=10 v2=10 v3=10 {rest}")),
        1 => (1..40u64).prop_map(|height| format!("v2 is accused at {height}")),
        1 => (0..3u64).prop_map(|days| format!("time moves {days} days")),
    ]
}

fn said() -> impl Strategy<Value = String> {
    let rightly = prop_oneof![3 => said_by_people(), 1 => said_by_offices()];
    let (again, signers) = (
        prop_oneof![3 => said_by_people(), 1 => said_by_offices()],
        signers(),
    );
    prop_oneof![
        3 => rightly,
        1 => (again, signers).prop_map(|(said, signers)| format!("{said} by {signers}")),
    ]
}

fn play(blocks: &[Vec<String>]) -> City {
    let mut city = City::new();
    city.play(PROLOGUE);
    for block in blocks {
        let said: Vec<&str> = block.iter().map(String::as_str).collect();
        city.attempt(&said);
    }
    city.check_supply();
    city
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_keeps_the_books_and_gives_one_root(
        blocks in prop::collection::vec(prop::collection::vec(said(), 1..5), 1..16),
    ) {
        let (once, again) = (play(&blocks), play(&blocks));
        prop_assert_eq!(once.tip, again.tip);
        prop_assert_eq!(once.state.root(), again.state.root());
    }
}

#[test]
fn the_random_sequences_do_apply_and_are_refused() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = prop::collection::vec(said(), 300);
    let lines = strategy.new_tree(&mut runner).expect("lines").current();
    let mut city = City::new();
    city.play(PROLOGUE);
    let mut codes = std::collections::BTreeSet::new();
    let mut applied = 0;
    for line in &lines {
        match city.attempt(&[line])[0].as_ref() {
            None => applied += 1,
            Some(rejection) => {
                codes.insert(rejection.code());
            }
        }
    }
    assert!(applied > 30, "only {applied} of 300 applied");
    assert!(codes.len() > 25, "only {codes:?}");
}
