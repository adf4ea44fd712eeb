//! Tests that every command and argument is explained in both languages, and every sentence exists.

use std::collections::BTreeSet;

use ledger_core::message::check;

use super::*;
use crate::sentence::{CHINESE, ENGLISH, HELP_CHINESE, HELP_ENGLISH};

/// What the help of `command`, whose message is `id`, and of those below it needs.
fn needed(command: &clap::Command, id: &str, names: &mut BTreeSet<String>) {
    names.insert(id.to_owned());
    names.insert(format!("{id}.examples"));
    let global = |arg: &&Arg| arg.is_global_set() && id != "help";
    for arg in command.get_arguments().filter(|arg| !global(arg)) {
        names.insert(format!("{id}.{}", arg.get_id()));
    }
    for below in command.get_subcommands() {
        needed(below, &format!("{id}-{}", below.get_name()), names);
    }
}

#[test]
fn every_command_and_argument_is_explained_with_examples_and_nothing_else_is() {
    let mut names = BTreeSet::from(
        [
            "usage",
            "commands",
            "arguments",
            "options",
            "everywhere",
            "examples",
        ]
        .map(|heading| format!("help-{heading}")),
    );
    needed(&command(Language::English), "help", &mut names);
    for source in [HELP_CHINESE, HELP_ENGLISH] {
        let present: BTreeSet<String> = check::definitions(source).unwrap().into_keys().collect();
        let missing: Vec<_> = names.difference(&present).collect();
        let surplus: Vec<_> = present.difference(&names).collect();
        assert!(
            missing.is_empty() && surplus.is_empty(),
            "add {missing:#?}, remove {surplus:#?}"
        );
    }
}

#[test]
fn both_languages_say_the_same_things() {
    assert_eq!(check::differences(CHINESE, ENGLISH), Vec::<String>::new());
    assert_eq!(
        check::differences(HELP_CHINESE, HELP_ENGLISH),
        Vec::<String>::new()
    );
    for language in Language::ALL {
        catalogue(language);
    }
}

#[test]
fn the_examples_are_commands_that_can_be_read() {
    let mut lines = Vec::new();
    for (name, _) in check::definitions(HELP_ENGLISH).unwrap() {
        if let Some(id) = name.strip_suffix(".examples") {
            let text = attribute(catalogue(Language::English), id, "examples");
            let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(
                longest <= 96,
                "help would break it at another place: {text}"
            );
            lines.extend(text.replace("\\\n", " ").lines().map(str::to_owned));
        }
    }
    assert!(lines.len() > 60, "{lines:#?}");
    for line in lines {
        let words = shell_words(&line);
        let parsed = command(Language::English).try_get_matches_from(&words);
        assert!(parsed.is_ok(), "{line}\n{}", parsed.unwrap_err());
    }
}

/// The words of a line, with ids and keys in the places of those cut short.
fn shell_words(line: &str) -> Vec<String> {
    use ledger_core::id::{AccountId, BudgetId, OrderId};
    let line = line.split(" > ").next().unwrap();
    let digits = "ab".repeat(32);
    let filled = line
        .replace("tba1…", &AccountId([1; 20]).to_string())
        .replace("tbs1…", &OrderId([1; 20]).to_string())
        .replace("tbb1…", &BudgetId([1; 20]).to_string());
    let filled = ["9f…", "3b…", "77…", "5e…"]
        .iter()
        .fold(filled, |text, short| text.replace(short, &digits));
    let mut words = Vec::new();
    for (index, part) in filled.split('"').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

#[test]
fn complaints_are_in_the_readers_language() {
    let cases = [
        (vec!["timebank", "gift", "tba1nobody", "60"], "usage_value"),
        (vec!["timebank", "gift"], "usage_missing"),
        (vec!["timebank", "gfit"], "usage_command"),
        (vec!["timebank", "status", "--nod", "x"], "usage_argument"),
        (vec!["timebank", "status", "--node"], "usage_value_missing"),
        (vec!["timebank", "status", "-o", "xml"], "usage_value"),
        (
            vec![
                "timebank",
                "order",
                "verify",
                "x",
                "--approve",
                "1",
                "--reject",
                "y",
            ],
            "usage_value",
        ),
    ];
    for (arguments, code) in cases {
        for language in Language::ALL {
            let error = command(language)
                .try_get_matches_from(&arguments)
                .unwrap_err();
            let failure = complaint(&error, catalogue(language));
            let text = format!("{failure:?}");
            assert!(text.contains(code), "{arguments:?}: {text}");
            let explanation = failure.explain(language);
            assert!(
                !explanation.message.contains("expected-"),
                "{explanation:?}"
            );
            assert!(explanation.remedy.is_some());
        }
    }
}

#[test]
fn options_are_found_before_the_command_line_is_read() {
    let find = |line: &str| {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        given(&words, &["--output", "-o"])
    };
    assert_eq!(find("timebank status -o json"), Some("json".into()));
    assert_eq!(find("timebank status -ojson"), Some("json".into()));
    assert_eq!(find("timebank --output=json status"), Some("json".into()));
    assert_eq!(find("timebank status --output"), None);
    assert_eq!(find("timebank status"), None);
}
