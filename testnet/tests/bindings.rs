//! A program in another language, with nothing but the generated bindings and that language's own library, against four
//! real node processes: `tests/python/program.py` does what an app and an office's counter do, and meets a node that lies.
//!
//! The compiled library lies beside this test, because cargo builds it for this test; the bindings are made from it here,
//! so they are never older than the code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::json;
use support::{OFFICES, Trial, registrar, registry, street_of};
use timebank_testnet::city::{CITY, Person, city_staff, staff_id, street_staff};
use timebank_wallet_binding::generate;

/// The program.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/program.py");
/// How an app maker uses the bindings.
const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/bindings.md");
/// What it prints last when everything was as it should be.
const DONE: &str = "everything was as it should be";

/// Bindings in all three languages, made from the library beside this test.
fn bindings(directory: &Path) -> PathBuf {
    let output = directory.join("bindings");
    let library = generate::library_beside(&std::env::current_exe().unwrap()).unwrap();
    generate::generate(&library, &output).unwrap();
    output
}

/// Whether this machine has Python 3; says loudly what is not tested when it has not.
fn python_is_there() -> bool {
    let asked = Command::new("python3").arg("--version").output();
    if asked.is_ok_and(|output| output.status.success()) {
        return true;
    }
    // Past the capture of the test runner, so that it is seen in a run that passes, too.
    let line = "NOT TESTED: the Python bindings. There is no python3 on this machine; install it and run\n    \
                cargo test -p timebank-testnet --test bindings\n";
    use std::io::Write as _;
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    false
}

/// The key files of an office's desk, by signer.
fn staff(desk: &Path) -> BTreeMap<String, String> {
    fs::create_dir_all(desk).unwrap();
    let city = |number| Person::staff(staff_id(CITY, number));
    let mut people = vec![
        registrar(0),
        registry(),
        Person::staff(staff_id(street_of(0), street_staff::SOCIAL_WORKER)),
    ];
    people.extend(city_staff::TREASURERS.map(city));
    people.extend(city_staff::ADMINISTRATORS.map(city));
    let file = |person: Person| {
        let signer = person.signer.to_string();
        let path = desk.join(format!("{}.key", signer.replace('/', "-")));
        timebank_wallet::key::save(&person.key, &path).unwrap();
        (signer, path.display().to_string())
    };
    people.into_iter().map(file).collect()
}

#[test]
fn a_python_program_creates_a_wallet_co_signs_a_service_and_catches_a_node_that_lies() {
    if !python_is_there() {
        return;
    }
    let mut trial = Trial::prepare("bindings");
    trial.start();
    let directory = trial.directory.path().to_path_buf();
    let modules = bindings(&directory).join("python");
    let urls: Vec<String> = (0..OFFICES).map(|index| trial.network.url(index)).collect();
    let organisations = &trial.network.genesis().organisations;
    let district = organisations
        .iter()
        .find(|it| it.organisation == street_of(0))
        .and_then(|street| street.parent)
        .unwrap();
    let given = json!({
        "nodes": urls,
        "genesis": trial.network.home(0).join("genesis.json"),
        "directory": directory.join("app"),
        "manual": MANUAL,
        "staff": staff(&directory.join("desk")),
        "city": CITY.to_string(),
        "street": street_of(0).to_string(),
        "district": district.to_string(),
    });
    let settings = directory.join("settings.json");
    fs::write(&settings, given.to_string()).unwrap();

    let Output {
        status,
        stdout,
        stderr,
    } = Command::new("python3")
        .arg("-B")
        .arg(PROGRAM)
        .arg(&settings)
        .env("PYTHONPATH", &modules)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&stdout);
    let complained = String::from_utf8_lossy(&stderr);
    println!("{said}");
    assert!(
        status.success(),
        "{status}; the program said:\n{said}\n{complained}"
    );
    assert!(said.trim_end().ends_with(DONE), "{said}\n{complained}");
}

#[test]
fn one_command_writes_python_kotlin_and_swift() {
    let directory = tempfile::tempdir().unwrap();
    let output = bindings(directory.path());
    let classes = [
        ("python/timebank.py", "class Wallet"),
        ("kotlin/timebank/timebank.kt", "class Wallet"),
        ("swift/Timebank.swift", "class Wallet"),
        ("swift/TimebankFFI.h", "uniffi_timebank_wallet_binding"),
        ("swift/TimebankFFI.modulemap", "TimebankFFI"),
    ];
    for (file, text) in classes {
        let path = output.join(file);
        let written =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(written.contains(text), "{file} has no `{text}`");
    }
}

/// What stands in the manual's fences of `language`.
fn fenced(language: &str) -> String {
    let manual = fs::read_to_string(MANUAL).unwrap();
    let opening = format!("```{language}\n");
    let blocks = manual.split(&opening).skip(1);
    let code: Vec<&str> = blocks.filter_map(|rest| rest.split("```").next()).collect();
    assert!(!code.is_empty(), "{MANUAL} shows no {language}");
    code.join("\n")
}

/// The names that `code` calls on something: `inFolder` of `Ground.inFolder(…)`.
fn called(code: &str) -> BTreeSet<&str> {
    let words = code.split('.').skip(1);
    words
        .filter_map(|rest| {
            let end = rest.find(|letter: char| !letter.is_alphanumeric())?;
            rest[end..].starts_with('(').then_some(&rest[..end])
        })
        .collect()
}

#[test]
fn the_kotlin_and_swift_of_the_manual_call_what_is_generated() {
    let directory = tempfile::tempdir().unwrap();
    let output = bindings(directory.path());
    for (language, file, keyword, of_the_platform) in [
        (
            "kotlin",
            "kotlin/timebank/timebank.kt",
            "fun",
            &["resolve"][..],
        ),
        ("swift", "swift/Timebank.swift", "func", &[][..]),
    ] {
        let generated = fs::read_to_string(output.join(file)).unwrap();
        // Backticks only say that a name is no keyword there.
        let generated = generated.replace('`', "");
        let code = fenced(language);
        let called = called(&code);
        assert!(called.len() >= 8, "{language} calls too little: {called:?}");
        for name in called {
            let mut forms = [keyword, "case"]
                .map(|word| format!("{word} {name}("))
                .into_iter();
            let made = forms.any(|form| generated.contains(&form));
            assert!(
                made || of_the_platform.contains(&name),
                "no {name} in {file}"
            );
        }
    }
}
