//! The layouts of `docs/protocol.md`, compared with the source: every type that a stranger meets in an envelope, a block,
//! a proof, a record or the genesis document stands there with its fields and variants in order, and so does every
//! operation with its number.
//!
//! To write the layouts anew after a deliberate change of the protocol: `TIMEBANK_WRITE_VECTORS=1 cargo test -p ledger-core
//! --test protocol_layouts`, and look at the difference. The source is read as `rustfmt` leaves it.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "positions in texts of some hundred lines"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The files in which the protocol's types are declared.
const SOURCES: &[&str] = &[
    include_str!("../src/amount.rs"),
    include_str!("../src/block.rs"),
    include_str!("../src/certificate.rs"),
    include_str!("../src/genesis.rs"),
    include_str!("../src/hash.rs"),
    include_str!("../src/id.rs"),
    include_str!("../src/proof/bundle.rs"),
    include_str!("../src/proof/checkpoint.rs"),
    include_str!("../src/proof/claim.rs"),
    include_str!("../src/proof/list_path.rs"),
    include_str!("../src/proof/record.rs"),
    include_str!("../src/receipt.rs"),
    include_str!("../src/record/account.rs"),
    include_str!("../src/record/budget.rs"),
    include_str!("../src/record/chain.rs"),
    include_str!("../src/record/clearing.rs"),
    include_str!("../src/record/daily_count.rs"),
    include_str!("../src/record/kin.rs"),
    include_str!("../src/record/lot.rs"),
    include_str!("../src/record/membership.rs"),
    include_str!("../src/record/order.rs"),
    include_str!("../src/record/organisation.rs"),
    include_str!("../src/record/policy.rs"),
    include_str!("../src/record/proxy.rs"),
    include_str!("../src/record/recovery.rs"),
    include_str!("../src/record/reserve.rs"),
    include_str!("../src/record/service_record.rs"),
    include_str!("../src/record/supply.rs"),
    include_str!("../src/signature.rs"),
    include_str!("../src/state/key.rs"),
    include_str!("../src/state/tree/proof.rs"),
    include_str!("../src/time.rs"),
    include_str!("../src/transaction/account.rs"),
    include_str!("../src/transaction/attendance.rs"),
    include_str!("../src/transaction/dispute.rs"),
    include_str!("../src/transaction/government.rs"),
    include_str!("../src/transaction/mod.rs"),
    include_str!("../src/transaction/recovery.rs"),
    include_str!("../src/transaction/service.rs"),
    include_str!("../src/transaction/value.rs"),
    include_str!("../src/validator.rs"),
];

/// Newtypes that macros in `id.rs` declare.
const DECLARED_BY_MACROS: &[(&str, &str)] = &[
    ("AccountId", "[u8; 20]"),
    ("OrderId", "[u8; 20]"),
    ("BudgetId", "[u8; 20]"),
    ("ChainId", "Hash"),
    ("TransactionId", "Hash"),
    ("BlockId", "Hash"),
    ("ServiceCode", "u16"),
    ("ProgrammeCode", "u16"),
    ("ItemCode", "u16"),
];

/// What a client sends, receives or proves; every type inside these is documented too.
const ROOTS: &[&str] = &[
    "Envelope",
    "Block",
    "CommitCertificate",
    "Receipt",
    "RecordProof",
    "SetChange",
    "Checkpoint",
    "ProofBundle",
    "Genesis",
    // The records of the state, in the order of their tags.
    "ChainRecord",
    "ValidatorsRecord",
    "SupplyRecord",
    "OrganisationRecord",
    "StaffRecord",
    "PolicyHistory",
    "CatalogueHistory",
    "AccountRecord",
    "KinRecord",
    "ProxyRecord",
    "ItemCatalogue",
    "BudgetRecord",
    "PoolRecord",
    "OrderRecord",
    "ProviderDay",
    "DailyCount",
    "RememberedHour",
    "EvidenceRecord",
    "DueEntry",
    "Members",
    "RecoveryRecord",
    "UpgradeRecord",
    "Flow",
    "DistrictMonth",
    "ClearingRecord",
    "ClearingCosignatures",
    "ReserveQueue",
    "ReserveClaim",
    "MonthEnd",
    "Membership",
    "ServiceRecord",
    "ServiceYear",
];

/// Layout lines are broken here.
const LINE_LENGTH_MAX: usize = 120;

/// A type's layout in the document's notation, and the types it names.
struct Layout {
    text: String,
    names: BTreeSet<String>,
}

/// `Vec<crate::x::Y>` as `[Y]`; boxes and shared pointers leave no trace in bytes.
fn type_in_notation(source: &str) -> String {
    let mut text = source.trim().to_owned();
    for path in [
        "government::",
        "account::",
        "attendance::",
        "dispute::",
        "recovery::",
        "service::",
        "value::",
    ] {
        text = text.replace(path, "");
    }
    for (prefix, open, close) in [("Box<", "", ""), ("Arc<", "", ""), ("Vec<", "[", "]")] {
        while let Some(start) = text.find(prefix) {
            let inner = start + prefix.len();
            let mut depth = 1;
            let end = text[inner..]
                .char_indices()
                .find_map(|(index, letter)| {
                    match letter {
                        '<' => depth += 1,
                        '>' => depth -= 1,
                        _ => {}
                    }
                    (depth == 0).then_some(inner + index)
                })
                .expect("brackets are closed");
            text = format!(
                "{}{open}{}{close}{}",
                &text[..start],
                &text[inner..end],
                &text[end + 1..]
            );
        }
    }
    text.replace("SealedEnvelope", "Envelope")
}

/// The fields of a braced list, one a line, `pub` or not.
fn field(line: &str) -> Option<String> {
    let line = line.trim().strip_suffix(',')?;
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let (name, kind) = line.split_once(": ")?;
    name.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        .then(|| format!("{name}: {}", type_in_notation(kind)))
}

/// The declaration that begins with `header`, up to the brace that closes it at the line's beginning.
fn body<'a>(lines: &[&'a str], from: usize) -> Vec<&'a str> {
    lines[from + 1..]
        .iter()
        .take_while(|line| **line != "}")
        .filter(|line| {
            let line = line.trim_start();
            !line.starts_with("//") && !line.starts_with('#') && !line.is_empty()
        })
        .copied()
        .collect()
}

fn variants(lines: &[&str]) -> Vec<String> {
    let mut variants = Vec::new();
    let mut open: Option<(String, Vec<String>)> = None;
    for line in lines {
        let line = line.trim();
        if let Some((name, fields)) = &mut open {
            match field(line) {
                Some(field) => fields.push(field),
                None => {
                    assert_eq!(line, "},", "in variant {name}");
                    variants.push(format!("{name} {{ {} }}", fields.join(", ")));
                    open = None;
                }
            }
        } else if let Some(name) = line.strip_suffix(" {") {
            open = Some((name.to_owned(), Vec::new()));
        } else {
            let line = line.strip_suffix(',').expect("a variant ends in a comma");
            variants.push(match line.split_once('(') {
                Some((name, payload)) => {
                    let payload = payload.strip_suffix(')').expect("one payload");
                    format!("{name}({})", type_in_notation(payload))
                }
                None => line.to_owned(),
            });
        }
    }
    variants
}

/// `parts` in lines of bounded length; later lines are indented.
fn broken(head: &str, parts: &[String], separator: &str, tail: &str) -> String {
    let mut text = String::new();
    let mut line = head.to_owned();
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        let piece = format!("{part}{}", if last { tail } else { separator });
        if line.len() + piece.trim_end().len() > LINE_LENGTH_MAX {
            text.push_str(line.trim_end());
            text.push('\n');
            line = "    ".to_owned();
        }
        line.push_str(&piece);
    }
    text + line.trim_end()
}

fn names_in(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| word.starts_with(|first: char| first.is_ascii_uppercase()))
        .map(str::to_owned)
        .collect()
}

fn enumeration(name: &str, lines: &[&str]) -> Layout {
    let variants = variants(lines);
    let payloads: Vec<&str> = variants
        .iter()
        .filter_map(|variant| variant.split_once(['(', '{']).map(|(_, payload)| payload))
        .collect();
    let names = names_in(&payloads.join(" "));
    let numbered: Vec<String> = variants
        .iter()
        .enumerate()
        .map(|(number, variant)| format!("{number} {variant}"))
        .collect();
    Layout {
        text: broken(&format!("{name} = "), &numbered, " | ", ""),
        names,
    }
}

/// Every structure and enumeration of the sources.
fn layouts() -> BTreeMap<String, Layout> {
    let mut layouts = BTreeMap::new();
    for (name, inner) in DECLARED_BY_MACROS {
        let text = format!("{name} = {inner}");
        let names = names_in(inner);
        layouts.insert((*name).to_owned(), Layout { text, names });
    }
    for source in SOURCES {
        let lines: Vec<&str> = source.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            if let Some(declared) = line.strip_prefix("pub struct ") {
                if let Some(name) = declared.strip_suffix(" {") {
                    let fields: Vec<String> = body(&lines, index)
                        .iter()
                        .filter_map(|line| field(line))
                        .collect();
                    let names = names_in(&fields.join(" "));
                    let text = broken(&format!("{name} {{ "), &fields, ", ", " }");
                    layouts.insert(name.to_owned(), Layout { text, names });
                } else if let Some((name, inner)) = declared.split_once('(') {
                    let inner = inner.trim_end_matches(");").trim_start_matches("pub ");
                    let inner = type_in_notation(inner);
                    let names = names_in(&inner);
                    let text = format!("{name} = {inner}");
                    layouts.insert(name.to_owned(), Layout { text, names });
                }
            } else if let Some(name) = line
                .strip_prefix("pub enum ")
                .and_then(|declared| declared.strip_suffix(" {"))
                && !name.ends_with("Error")
            {
                layouts.insert(name.to_owned(), enumeration(name, &body(&lines, index)));
            }
        }
    }
    layouts
}

/// Every type inside the roots, the roots included.
fn reachable(layouts: &BTreeMap<String, Layout>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<String> = ROOTS.iter().map(|root| (*root).to_owned()).collect();
    while let Some(name) = open.pop() {
        if name == "Option" || !seen.insert(name.clone()) {
            continue;
        }
        let layout = layouts
            .get(&name)
            .unwrap_or_else(|| panic!("the sources listed here do not declare {name}"));
        open.extend(layout.names.iter().cloned());
    }
    seen
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md")
}

fn document() -> String {
    std::fs::read_to_string(path()).expect("docs/protocol.md is there")
}

/// `PostOrder` as `post_order`, by serde's rule.
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[test]
fn every_layout_of_the_protocol_document_is_the_sources_and_none_is_missing() {
    let layouts = layouts();
    let text = document();
    let mut written = String::new();
    let mut documented = BTreeMap::new();
    let mut inside = false;
    let mut current: Option<String> = None;
    for line in text.lines() {
        match line {
            "```layout" => inside = true,
            "```" => inside = false,
            _ if inside && line.starts_with(' ') => {
                let name = current
                    .as_ref()
                    .expect("a layout begins at the line's beginning");
                let known: &mut String = documented.get_mut(name).expect("inserted below");
                known.push('\n');
                known.push_str(line);
                continue;
            }
            _ if inside && !line.is_empty() => {
                let name = line.split(' ').next().expect("a line has a first word");
                let layout = layouts.get(name).unwrap_or_else(|| {
                    panic!("docs/protocol.md lays out {name}, which is not in the sources")
                });
                let twice = documented.insert(name.to_owned(), line.to_owned());
                assert!(twice.is_none(), "docs/protocol.md lays out {name} twice");
                current = Some(name.to_owned());
                written.push_str(&layout.text);
                written.push('\n');
                continue;
            }
            _ => {}
        }
        written.push_str(line);
        written.push('\n');
    }
    if std::env::var_os("TIMEBANK_WRITE_VECTORS").is_some() {
        std::fs::write(path(), &written).expect("docs/protocol.md can be written");
    } else {
        for (name, known) in &documented {
            assert_eq!(*known, layouts[name].text, "{name} in docs/protocol.md");
        }
    }
    let missing: Vec<String> = reachable(&layouts)
        .into_iter()
        .filter(|name| !documented.contains_key(name))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/protocol.md lacks the layouts of {missing:?}"
    );
}

#[test]
fn every_operation_stands_in_the_protocol_document_with_its_number_and_signers() {
    let text = document();
    let operations = &layouts()["Operation"].text;
    let names: Vec<String> = operations
        .replace("\n", " ")
        .trim_start_matches("Operation = ")
        .split(" | ")
        .map(|variant| {
            let (_, named) = variant.trim().split_once(' ').expect("number and name");
            named.split('(').next().expect("a name").to_owned()
        })
        .collect();
    assert!(
        names.len() >= 53,
        "the operations were not found in the source"
    );
    for (number, name) in names.iter().enumerate() {
        let row = format!("| {number} | `{name}` | `{}` | ", snake_case(name));
        let signers: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix(&row))
            .collect();
        assert_eq!(
            signers.len(),
            1,
            "rows of docs/protocol.md that begin {row:?}"
        );
        assert!(
            !signers[0].trim_matches([' ', '|']).is_empty(),
            "docs/protocol.md does not say who signs {name}"
        );
    }
}

#[test]
fn every_state_key_stands_in_the_protocol_document() {
    let text = document();
    let source = include_str!("../src/state/key.rs");
    let lines: Vec<&str> = source.lines().collect();
    let start = lines
        .iter()
        .position(|line| *line == "pub enum StateKey {")
        .expect("the keys are declared there");
    for (tag, variant) in variants(&body(&lines, start)).iter().enumerate() {
        let name = variant.split('(').next().expect("a name");
        let row = format!("| {tag} | `{name}` | ");
        assert!(
            text.lines().any(|line| line.starts_with(&row)),
            "docs/protocol.md lacks a row that begins {row:?}"
        );
        let vector = format!("state-key.{} = ", snake_case(name).replace('_', "-"));
        assert!(
            text.contains(&vector),
            "docs/protocol.md lacks the vector {vector:?}"
        );
    }
}
