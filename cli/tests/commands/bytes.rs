//! Bad bytes in what commands read: files of every kind, configuration, and the command line itself. The inputs are made as
//! those of the other decoders are (`simulations/src/bytes/mutation.rs`).

use serde_json::Value;
use timebank::exit;

use crate::desk::{Desk, Printed};
use crate::mutation::Mutator;
use timebank_wallet::trial::{account, genesis};

/// Every exit code there is.
const CODES: [u8; 7] = [
    exit::OK,
    exit::FAILURE,
    exit::USAGE,
    exit::NOT_FOUND,
    exit::REFUSED,
    exit::NETWORK,
    exit::VERIFICATION,
];
/// Bad inputs for each kind of file.
const INPUTS: u64 = 40;
/// The longest input, in bytes.
const INPUT_BYTES_MAX: usize = 64 * 1024;

/// Whatever happens, the exit code is one of those described, and a failure says its code and what happened.
fn check(what: &str, input: &[u8], printed: &Printed) {
    let shown = || format!("{what}: {printed:?} for {}", String::from_utf8_lossy(input));
    assert!(CODES.contains(&printed.code), "{}", shown());
    if printed.code == exit::OK {
        return;
    }
    let Ok(error) = serde_json::from_str::<Value>(&printed.err) else {
        // Before the command line is understood, nobody has asked for JSON.
        assert_eq!(printed.code, exit::USAGE, "{}", shown());
        assert!(!printed.err.trim().is_empty(), "{}", shown());
        return;
    };
    for field in ["code", "message"] {
        let text = error["error"][field].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{}", shown());
    }
}

/// Puts bad content into `file` and runs `line`.
fn spoil(desk: &Desk, file: &str, line: &str, samples: &[Vec<u8>]) {
    let mut mutator = Mutator::new(1);
    let path = desk.path(file);
    for sample in samples {
        std::fs::write(&path, sample).unwrap();
        check(line, sample, &desk.run(&format!("{line} -o json")));
    }
    let good = samples.last().unwrap();
    for _ in 0..INPUTS {
        let input = mutator.next(samples, INPUT_BYTES_MAX);
        std::fs::write(&path, &input).unwrap();
        check(line, &input, &desk.run(&format!("{line} -o json")));
    }
    std::fs::write(&path, good).unwrap();
}

#[test]
fn no_content_of_a_file_makes_a_command_panic() {
    let desk = Desk::new();
    let content = |file: &str| std::fs::read(desk.path(file)).unwrap();
    let configuration = content("timebank/config.toml");
    spoil(&desk, "timebank/config.toml", "status", &[configuration]);
    spoil(&desk, "genesis.json", "status", &[content("genesis.json")]);
    let key = content("chen.key");
    spoil(&desk, "chen.key", "gift @mother 60", &[key]);
    let validators = serde_json::to_vec(genesis().validators.as_slice()).unwrap();
    let line = "validators set ~validators.json --document ~set.json";
    spoil(&desk, "validators.json", line, &[validators]);
    desk.run("gift @mother 60 --document ~gift.json");
    let document = content("gift.json");
    spoil(&desk, "gift.json", "doc show ~gift.json", &[document]);
    let list = format!("account\n{}\n{}\n", account("li"), account("chen"));
    let line = "pool spend 320102:donation --file ~list.csv --programme P07 --minutes 600 --expiry 2027-12-31 %treasurer1";
    spoil(&desk, "list.csv", line, &[list.into_bytes()]);
}

#[test]
fn no_command_line_makes_the_program_panic() {
    let desk = Desk::new();
    let (chen, mother) = (account("chen"), account("mother"));
    let samples: Vec<Vec<u8>> = [
        "status".to_owned(),
        format!("account show {chen} --lang zh"),
        format!("account history {chen} -o json"),
        "order list --status posted --district 320102".to_owned(),
        format!("order post {mother} S01 --minutes 60 --payer kin:{chen}"),
        "policy show --day 2026-11-22".to_owned(),
        "time 2026-11-22T14:05".to_owned(),
        "block show 1".to_owned(),
        format!("gift {mother} 60"),
        "budget open 320102 --purpose service --minutes 6000 --last-day 2027-12-31".to_owned(),
        "completions bash".to_owned(),
        "--help".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec();
    let mut mutator = Mutator::new(2);
    for _ in 0..INPUTS * 4 {
        let input = mutator.next(&samples, 300);
        let line = String::from_utf8_lossy(&input);
        // The desk has a shorthand of its own; and no file is named outside of it.
        let line = line.replace(['@', '%', '~', '/'], "-");
        check("a command line", &input, &desk.run(&line));
    }
}
