//! The operator's documents, compared with what the program reads and shows: every configuration key, and every figure of
//! `/metrics`, in both languages.

use std::fs;
use std::path::{Path, PathBuf};

use timebank_node::config::KEYS;

const DOCUMENTS: [&str; 2] = ["docs/operations.md", "docs/operations.zh-CN.md"];

fn documents() -> Vec<(&'static str, String)> {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    DOCUMENTS
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(root.join(path)).expect("the document is there");
            (path, text)
        })
        .collect()
}

#[test]
fn every_configuration_key_has_one_row_in_both_documents() {
    for (path, text) in documents() {
        for key in KEYS {
            let row = format!("| `{key}` | ");
            let rows = text.lines().filter(|line| line.starts_with(&row)).count();
            assert_eq!(rows, 1, "rows of {path} for {key}");
        }
        let sections: Vec<&str> = KEYS
            .iter()
            .filter_map(|key| key.split('.').next())
            .collect();
        let unknown: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
            .filter(|word| {
                let section = word.split('.').next().unwrap_or_default();
                word.contains('.') && sections.contains(&section) && !KEYS.contains(word)
            })
            .collect();
        assert!(unknown.is_empty(), "{path} names {unknown:?}");
    }
}

/// The figures as `metrics.rs` lists them: a name in quotes at the beginning of each entry.
fn figures() -> Vec<String> {
    let source = include_str!("../src/api/metrics.rs");
    let list = source
        .split("let figures")
        .nth(1)
        .and_then(|rest| rest.split("];").next())
        .expect("the figures are listed there");
    list.split('(')
        .filter_map(|entry| entry.trim_start().strip_prefix('"')?.split('"').next())
        .map(|name| format!("timebank_{name}"))
        .collect()
}

#[test]
fn every_figure_stands_in_both_documents() {
    let figures = figures();
    assert!(figures.len() >= 16, "found only {figures:?}");
    for (path, text) in documents() {
        for figure in &figures {
            assert!(
                text.contains(&format!("`{figure}`")),
                "{path} lacks {figure}"
            );
        }
    }
}
