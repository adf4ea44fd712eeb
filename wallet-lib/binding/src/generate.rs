//! Writes the bindings for Python, Kotlin and Swift.
//!
//! What a language needs is read from the compiled library itself, so bindings and library always belong together; the
//! generated code compares a checksum of every function when it loads the library.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use uniffi::{GenerateOptions, TargetLanguage};

/// The languages and the folders their code goes into.
const LANGUAGES: [(TargetLanguage, &str); 3] = [
    (TargetLanguage::Python, "python"),
    (TargetLanguage::Kotlin, "kotlin"),
    (TargetLanguage::Swift, "swift"),
];

/// The names of modules and packages in each language.
const NAMES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bindings.toml");

/// The compiled library beside `program`, a program of the same build: cargo keeps it in the folder of dependencies.
///
/// # Errors
/// When there is none.
pub fn library_beside(program: &Path) -> Result<PathBuf> {
    let name = format!(
        "{}timebank_wallet_binding{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    let folder = program.parent().context("a program lies in a folder")?;
    // `target/debug/timebank-bindgen`, or a test in `target/debug/deps`. What lies in `deps` is of this build; what lies
    // above is copied there only when the library itself was asked for.
    let places = [folder.join("deps").join(&name), folder.join(&name)];
    let found = places.iter().find(|place| place.is_file()).cloned();
    found.with_context(|| {
        format!(
            "no {name} beside {}; build it: cargo build -p timebank-wallet-binding",
            program.display()
        )
    })
}

/// Writes the bindings of `library` into `python`, `kotlin` and `swift` below `output`, and the library itself beside
/// the Python module, where Python looks for it.
///
/// # Errors
/// When the library holds no bindings of ours, or `output` cannot be written.
pub fn generate(library: &Path, output: &Path) -> Result<()> {
    let path = |path: &Path| {
        let text = path.to_str();
        let text = text.with_context(|| format!("{} is no text", path.display()))?;
        anyhow::Ok(text.to_owned())
    };
    for (language, folder) in LANGUAGES {
        let folder = output.join(folder);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        uniffi::generate(GenerateOptions {
            languages: vec![language],
            source: path(library)?.into(),
            out_dir: path(&folder)?.into(),
            config_override: Some(NAMES.into()),
            crate_filter: None,
            metadata_no_deps: true,
            // Formatters of other languages need not be installed; the code is for compilers.
            format: false,
        })
        .with_context(|| format!("no bindings could be made from {}", library.display()))?;
    }
    let name = library.file_name().context("a library has a name")?;
    let beside = output.join("python").join(name);
    std::fs::copy(library, &beside)
        .with_context(|| format!("cannot write {}", beside.display()))?;
    Ok(())
}
