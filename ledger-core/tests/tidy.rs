//! The source as a whole: headers, lengths, layers, and the links between documents.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The most lines of a source file.
const LINES_MAX: usize = 700;
/// Files that may be longer, with the reason.
const LONGER: &[(&str, &str, usize)] = &[(
    "ledger-core/src/ledger/rejection.rs",
    "one list of every refusal, so that none is found in two places",
    1_600,
)];
/// Which crates of the workspace each may use; nothing points up.
const LAYERS: &[(&str, &[&str])] = &[
    ("ledger-core", &[]),
    ("timebank-node", &["ledger-core"]),
    ("timebank-wallet", &["ledger-core"]),
    (
        "timebank-wallet-binding",
        &["ledger-core", "timebank-wallet"],
    ),
    ("timebank-print", &["ledger-core"]),
    (
        "timebank-audit",
        &["ledger-core", "timebank-print", "timebank-wallet"],
    ),
    (
        "timebank-office",
        &[
            "ledger-core",
            "timebank-audit",
            "timebank-print",
            "timebank-wallet",
        ],
    ),
    (
        "timebank",
        &[
            "ledger-core",
            "timebank-audit",
            "timebank-office",
            "timebank-print",
            "timebank-wallet",
        ],
    ),
    (
        "timebank-simulations",
        &[
            "ledger-core",
            "timebank-audit",
            "timebank-model",
            "timebank-node",
            "timebank-wallet",
        ],
    ),
    // The reference model is independent of all others.
    ("timebank-model", &[]),
    (
        "timebank-testnet",
        &[
            "ledger-core",
            "timebank",
            "timebank-audit",
            "timebank-node",
            "timebank-wallet",
            // Its tests run a program of another language against real nodes.
            "timebank-wallet-binding",
        ],
    ),
];
/// What an app that embeds the wallet never gets, however deep.
const NOT_IN_WALLETS: &[&str] = &[
    "tokio", "libp2p", "redb", "sled", "rusqlite", "axum", "hyper",
];

/// What a path named in a document begins with.
const DIRECTORIES: &[&str] = &[
    "docs/",
    "ledger-core/",
    "node/",
    "wallet-lib/",
    "cli/",
    "simulations/",
    "testnet/",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// Every file of the repository with this ending, by its path from the root.
fn files(ending: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![root()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    open.push(path);
                }
            } else if name.ends_with(ending) {
                let place = path.strip_prefix(root()).unwrap();
                let text = std::fs::read_to_string(&path).unwrap();
                found.insert(place.to_str().unwrap().to_owned(), text);
            }
        }
    }
    assert!(!found.is_empty(), "no file ends in {ending}");
    found
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_source_file_says_what_it_is_and_none_is_too_long() {
    let mut faults = Vec::new();
    let files = files(".rs");
    for (path, text) in &files {
        if !text.starts_with("//! ") {
            faults.push(format!("{path} does not begin with a //! header"));
        }
        let exception = LONGER.iter().find(|(longer, ..)| longer == path);
        let lines_max = exception.map_or(LINES_MAX, |(.., lines)| *lines);
        let lines = text.lines().count();
        if lines > lines_max {
            faults.push(format!("{path} has {lines} lines, at most {lines_max}"));
        }
    }
    for (path, reason, _) in LONGER {
        let long = files
            .get(*path)
            .is_some_and(|text| text.lines().count() > LINES_MAX);
        if !long {
            faults.push(format!("{path} is no exception any more ({reason})"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn crates_depend_downwards_only() {
    let metadata = cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--offline",
    ]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name_of = |value: &serde_json::Value| value["name"].as_str().unwrap().to_owned();
    let members: BTreeSet<String> = packages.iter().map(name_of).collect();
    let layered: BTreeSet<String> = LAYERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(members, layered, "a crate without a layer");
    for package in packages {
        let name = name_of(package);
        let (_, allowed) = LAYERS.iter().find(|(layer, _)| *layer == name).unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = name_of(dependency);
            if members.contains(&used) && used != name {
                assert!(
                    allowed.contains(&used.as_str()),
                    "{name} must not depend on {used}"
                );
            }
        }
    }
}

#[test]
fn a_wallet_brings_no_runtime_network_stack_or_database_along() {
    let tree = cargo(&[
        "tree",
        "--package=timebank-wallet",
        "--edges=normal",
        "--all-features",
        "--prefix=none",
        "--format={lib}",
        "--offline",
    ]);
    let crates: BTreeSet<&str> = tree.lines().map(str::trim).collect();
    assert!(crates.contains("ledger_core"), "not a tree: {tree}");
    for unwanted in NOT_IN_WALLETS {
        assert!(!crates.contains(unwanted), "wallets would carry {unwanted}");
    }
}

/// The targets of `[text](target)` outside code.
fn links(text: &str) -> Vec<&str> {
    let mut links = Vec::new();
    let mut code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            links.extend(
                line.split("](")
                    .skip(1)
                    .filter_map(|rest| rest.split([')', ' ']).next()),
            );
        }
    }
    links
}

/// Words in backticks that name a file of this repository.
fn named_files(text: &str) -> Vec<&str> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| {
            let known = [".md", ".rs", ".ftl", ".toml", ".csv"];
            word.contains('/')
                && !word.contains([' ', '*', '…', '<', '{', '\n'])
                && known.iter().any(|ending| word.ends_with(ending))
                && DIRECTORIES
                    .iter()
                    .any(|directory| word.starts_with(directory))
        })
        .collect()
}

#[test]
fn every_link_and_every_file_named_in_a_document_is_there() {
    let mut faults = Vec::new();
    let mut count = 0_usize;
    for (path, text) in files(".md") {
        let directory = root().join(&path).parent().unwrap().to_path_buf();
        for link in links(&text) {
            if link.contains("://") || link.starts_with('#') || link.starts_with("mailto:") {
                continue;
            }
            count = count.saturating_add(1);
            let target = link.split('#').next().unwrap();
            if !directory.join(target).exists() {
                faults.push(format!("{path} links to {target}"));
            }
        }
        // Fences would shift the pairs of backticks.
        let prose: String = text.split("```").step_by(2).collect::<Vec<_>>().join("\n");
        for file in named_files(&prose) {
            count = count.saturating_add(1);
            if !root().join(file).exists() {
                faults.push(format!("{path} names {file}"));
            }
        }
    }
    assert!(count > 20, "the documents' links were not found");
    assert!(faults.is_empty(), "not there:\n{}", faults.join("\n"));
}
