//! No operation has a field into which somebody could write a name: nothing an [`Operation`] reaches holds text, or bytes of
//! a length of the writer's choosing.
//!
//! The source of the types is read, from `Operation` on: every type of a field is one of the fixed shapes below, or is declared
//! in the files below and looked into. Whoever adds a type that is neither is told so. A field of chosen length that is
//! not text, such as a list of accounts, is a list of fixed shapes.

use std::collections::{BTreeMap, BTreeSet};

/// Where the types that operations reach are declared.
const SOURCES: &[(&str, &str)] = &[
    ("amount.rs", include_str!("../src/amount.rs")),
    ("certificate.rs", include_str!("../src/certificate.rs")),
    ("hash.rs", include_str!("../src/hash.rs")),
    ("id.rs", include_str!("../src/id.rs")),
    (
        "record/account.rs",
        include_str!("../src/record/account.rs"),
    ),
    ("record/budget.rs", include_str!("../src/record/budget.rs")),
    ("record/kin.rs", include_str!("../src/record/kin.rs")),
    ("record/order.rs", include_str!("../src/record/order.rs")),
    (
        "record/organisation.rs",
        include_str!("../src/record/organisation.rs"),
    ),
    ("record/policy.rs", include_str!("../src/record/policy.rs")),
    ("record/proxy.rs", include_str!("../src/record/proxy.rs")),
    (
        "record/recovery.rs",
        include_str!("../src/record/recovery.rs"),
    ),
    ("signature.rs", include_str!("../src/signature.rs")),
    ("time.rs", include_str!("../src/time.rs")),
    (
        "transaction/account.rs",
        include_str!("../src/transaction/account.rs"),
    ),
    (
        "transaction/attendance.rs",
        include_str!("../src/transaction/attendance.rs"),
    ),
    (
        "transaction/dispute.rs",
        include_str!("../src/transaction/dispute.rs"),
    ),
    (
        "transaction/government.rs",
        include_str!("../src/transaction/government.rs"),
    ),
    (
        "transaction/mod.rs",
        include_str!("../src/transaction/mod.rs"),
    ),
    (
        "transaction/recovery.rs",
        include_str!("../src/transaction/recovery.rs"),
    ),
    (
        "transaction/service.rs",
        include_str!("../src/transaction/service.rs"),
    ),
    (
        "transaction/value.rs",
        include_str!("../src/transaction/value.rs"),
    ),
    ("validator.rs", include_str!("../src/validator.rs")),
];

/// Shapes that hold no text: numbers, and as many bytes as the type says.
const FIXED: &[&str] = &["u8", "u16", "u32", "u64", "i64", "bool"];

/// Ids whose declaration a macro of `id.rs` writes: some bytes, or a number.
const DECLARED_BY_MACROS: &[(&str, &str)] = &[
    ("AccountId", "[u8; 20]"),
    ("OrderId", "[u8; 20]"),
    ("BudgetId", "[u8; 20]"),
    ("ChainId", "Hash"),
    ("TransactionId", "Hash"),
    ("BlockId", "Hash"),
    ("ServiceCode", "u16"),
    ("ItemCode", "u16"),
    ("ProgrammeCode", "u16"),
];

/// The declaration of `name`: the types of its fields, of all variants.
fn fields(name: &str, sources: &[(&str, &str)]) -> Option<Vec<String>> {
    if let Some((_, inner)) = DECLARED_BY_MACROS.iter().find(|(known, _)| *known == name) {
        return Some(vec![(*inner).to_owned()]);
    }
    for (_, source) in sources {
        for kind in ["struct", "enum"] {
            for end in [" {", "(", ";"] {
                let start = format!("pub {kind} {name}{end}");
                let Some(at) = source.find(&start) else {
                    continue;
                };
                let declaration = source.get(at..).expect("found there");
                return Some(match end {
                    "(" => {
                        let (_, inside) = declaration.split_once('(').expect("found");
                        let (inside, _) = inside.split_once(");").expect("a tuple ends");
                        vec![inside.trim_start_matches("pub ").to_owned()]
                    }
                    " {" => {
                        let (body, _) = declaration.split_once("\n}").expect("a body ends");
                        body.lines().skip(1).flat_map(types_in_line).collect()
                    }
                    _ => Vec::new(),
                });
            }
        }
    }
    None
}

/// The types a line of a body, as `rustfmt` leaves it, declares: `name: Type,` of a field, `Variant(Type),` of a variant.
fn types_in_line(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches("pub ");
    if line.starts_with("//") || line.starts_with('#') {
        return Vec::new();
    }
    let line = line.trim_end_matches(',');
    if let Some((_, of)) = line.split_once(": ") {
        return vec![of.to_owned()];
    }
    match line.split_once('(') {
        Some((_, inside)) => {
            let inside = inside.strip_suffix(')').expect("a variant ends");
            inside.split(", ").map(str::to_owned).collect()
        }
        None => Vec::new(),
    }
}

/// Every way from `name` to something that may hold text; empty when there is none.
fn texts(name: &str, sources: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let declared = fields(name, sources).unwrap_or_else(|| panic!("{name} is not declared"));
    let mut open: Vec<(String, String)> = declared
        .into_iter()
        .map(|of| (of, name.to_owned()))
        .collect();
    while let Some((of, path)) = open.pop() {
        for inner in parts(&of) {
            if FIXED.contains(&inner.as_str()) || seen.contains_key(&inner) {
                continue;
            }
            let path = format!("{path} > {inner}");
            seen.insert(inner.clone(), path.clone());
            match fields(&inner, sources) {
                Some(declared) => {
                    open.extend(declared.into_iter().map(|of| (of, path.clone())));
                }
                None => found.push(path),
            }
        }
    }
    found
}

/// The types a type is made of. `Vec<u8>` counts as one that is declared nowhere: bytes of any length may be text.
fn parts(of: &str) -> Vec<String> {
    let of = of.trim();
    for wrapper in ["Option<", "Vec<", "Box<"] {
        if let Some(inside) = of.strip_prefix(wrapper).and_then(|it| it.strip_suffix('>')) {
            if wrapper == "Vec<" && inside == "u8" {
                return vec!["Vec<u8>".to_owned()];
            }
            return parts(inside);
        }
    }
    if let Some(inside) = of.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        let (item, length) = inside
            .split_once("; ")
            .unwrap_or_else(|| panic!("{of} has no fixed length"));
        assert!(!length.is_empty(), "{of}");
        return parts(item);
    }
    if let Some(inside) = of.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
        return inside.split(", ").flat_map(parts).collect();
    }
    // A module's path before the name, as in `account::OpenAccount`.
    vec![of.rsplit("::").next().unwrap_or(of).to_owned()]
}

#[test]
fn no_operation_reaches_text() {
    assert_eq!(texts("Operation", SOURCES), Vec::<String>::new());
}

/// The walk does reach what operations carry, down to the last record.
#[test]
fn the_walk_reaches_every_operation_and_what_they_carry() {
    let operations: BTreeSet<String> = fields("Operation", SOURCES)
        .expect("declared")
        .iter()
        .flat_map(|of| parts(of))
        .collect();
    assert!(operations.len() > 50, "{operations:?}");
    for name in [
        "SetStaff",
        "CosignClearing",
        "RecordCampaign",
        "SubmitEvidence",
    ] {
        assert!(operations.contains(name), "{name}");
    }
    for name in ["StaffRecord", "Grantees", "PolicyValue", "Evidence", "Rest"] {
        let renamed: Vec<(&str, String)> = SOURCES
            .iter()
            .map(|(file, source)| {
                let hidden =
                    ["struct", "enum"]
                        .iter()
                        .fold((*source).to_owned(), |source, kind| {
                            let declared = format!("pub {kind} {name} {{");
                            source.replace(&declared, &format!("pub {kind} Hidden {{"))
                        });
                (*file, hidden)
            })
            .collect();
        let renamed: Vec<(&str, &str)> = renamed
            .iter()
            .map(|(file, source)| (*file, source.as_str()))
            .collect();
        let lost = texts("Operation", &renamed);
        assert!(
            lost.len() == 1 && lost[0].ends_with(&format!("> {name}")),
            "without its declaration the walk must stop at {name}: {lost:?}"
        );
    }
}

/// A text smuggled into a record that an operation carries is found, in whatever shape.
#[test]
fn a_text_anywhere_below_an_operation_is_found() {
    for (shape, named) in [
        ("String", "String"),
        ("Option<String>", "String"),
        ("Vec<u8>", "Vec<u8>"),
        ("Option<Vec<u8>>", "Vec<u8>"),
        ("[char; 8]", "char"),
        ("&'static str", "&'static str"),
        ("Box<str>", "str"),
        ("(u8, String)", "String"),
        ("SomethingNew", "SomethingNew"),
    ] {
        let spoiled: Vec<(&str, String)> = SOURCES
            .iter()
            .map(|(name, source)| {
                let marked = "pub struct StaffRecord {\n";
                let with = format!("{marked}    /// A note.\n    pub note: {shape},\n");
                (*name, source.replace(marked, &with))
            })
            .collect();
        let spoiled: Vec<(&str, &str)> = spoiled
            .iter()
            .map(|(name, source)| (*name, source.as_str()))
            .collect();
        let found = texts("Operation", &spoiled);
        assert_eq!(found.len(), 1, "{shape}: {found:?}");
        assert!(
            found[0].ends_with(&format!("> StaffRecord > {named}")),
            "{shape}: {found:?}"
        );
    }
}
