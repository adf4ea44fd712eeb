//! The codes of broken links in `docs/proofs.md`, compared with the source: each stands there once, and no other does.

use std::collections::BTreeSet;

/// The codes between quotes in the source.
fn codes_of_the_source() -> BTreeSet<&'static str> {
    let source = include_str!("../src/proof/error.rs");
    let quoted = source.split('"').skip(1).step_by(2);
    quoted
        .filter(|text| text.starts_with("proof_") && !text.contains(' '))
        .collect()
}

#[test]
fn every_code_of_a_broken_link_is_explained_and_no_other() {
    let page = include_str!("../../docs/proofs.md");
    let rows: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `proof_")?.split_once("` | "))
        .map(|(code, _)| code)
        .collect();
    let explained: BTreeSet<String> = rows.iter().map(|code| format!("proof_{code}")).collect();
    assert_eq!(rows.len(), explained.len(), "a code is explained twice");
    let codes: BTreeSet<String> = codes_of_the_source()
        .into_iter()
        .map(str::to_owned)
        .collect();
    assert!(codes.len() > 40, "the codes were not found in the source");
    assert_eq!(explained, codes);
}
