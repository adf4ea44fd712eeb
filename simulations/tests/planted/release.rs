//! No release build can have an error planted.

use std::path::{Path, PathBuf};
use std::process::Command;

const REFUSAL: &str =
    "the feature planted-errors is for tests only and never part of a release build";
/// The files that declare the errors; each is the first that a compiler with the feature looks at.
const DECLARATIONS: [&str; 2] = ["ledger-core/src/planted.rs", "node/src/planted.rs"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What the compiler says to a file by itself, with the feature.
fn compile(file: &Path, debug_assertions: bool) -> String {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let switch = if debug_assertions { "on" } else { "off" };
    // Never to /dev/null: the compiler replaces what its output is to be named, and whoever is root replaces the device.
    let directory = tempfile::tempdir().expect("a directory for what the compiler writes");
    let output = Command::new(compiler)
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata"])
        .args(["--cfg", "feature=\"planted-errors\"", "--out-dir"])
        .arg(directory.path())
        .arg(format!("-Cdebug-assertions={switch}"))
        .arg(file)
        .output()
        .expect("the compiler that built this test is there");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_compiler_refuses_planted_errors_without_debug_assertions() {
    for declaration in DECLARATIONS {
        let file = workspace().join(declaration);
        let (release, debug) = (compile(&file, false), compile(&file, true));
        assert!(release.contains(REFUSAL), "{declaration}: {release}");
        assert!(!debug.contains(REFUSAL), "{declaration}: {debug}");
    }
}

#[test]
fn only_tests_ask_for_planted_errors() {
    let manifests = std::fs::read_dir(workspace())
        .unwrap()
        .map(|entry| entry.unwrap().path().join("Cargo.toml"))
        .chain([workspace().join("Cargo.toml")])
        .filter(|manifest| manifest.is_file());
    let mut mentions = 0;
    for manifest in manifests {
        let text = std::fs::read_to_string(&manifest).unwrap();
        let mut section = "";
        for line in text.lines() {
            if line.starts_with('[') {
                section = line;
            }
            if line.contains("planted-errors") {
                mentions += 1;
                assert!(
                    ["[features]", "[dev-dependencies]"].contains(&section),
                    "{}: {section} asks for planted errors: {line}",
                    manifest.display()
                );
            }
        }
    }
    assert!(
        mentions >= 4,
        "two crates declare the feature and one asks for both"
    );
}
