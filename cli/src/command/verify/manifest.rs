//! Checking a folder that an auditor handed over: every file, the signature, and whether the chain knows the signer's key as
//! an auditor's.
//!
//! What is always so: "in order" is said only when all three are; hashes alone show accidents, not intentions.

use std::path::Path;

use ledger_core::message::Arguments;
use ledger_core::proof::{BUNDLE_BYTES_MAX, Clock, ProofBundle, TrustChain};
use serde_json::{Value, json};
use timebank_audit::manifest::{
    AUDITOR_PROOF_NAME, Manifest, ManifestError, ManifestSignature, Shown, proven_auditor,
};
use timebank_wallet::Error;

use crate::failure::Failure;
use crate::output::Output;

/// Whether `bytes` look like a manifest, which is JSON, and not like a proof or another document.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes)
        .is_ok_and(|json| json["body"]["about"]["made_of"].is_string())
}

/// Checks the folder in which the manifest at `file` lies.
pub(super) fn verify(
    bytes: &[u8],
    file: &Path,
    trust: &TrustChain,
    clock: Clock,
) -> Result<Output, Failure> {
    let Some(folder) = file.parent().filter(|_| file != Path::new("-")) else {
        return Err(Failure::usage("manifest-folder", Arguments::NONE));
    };
    // The folder of a bare name is the current one.
    let folder = match folder == Path::new("") {
        true => Path::new("."),
        false => folder,
    };
    let wrong = |error: ManifestError| failure(&error);
    let manifest = Manifest::parse(bytes).map_err(wrong)?;
    let about = &manifest.body.about;
    if about.chain_id != trust.chain_id() {
        let chains = Arguments::NONE.text("actual", about.chain_id);
        let chains = chains.text("expected", trust.chain_id());
        return Err(Failure::unproven("manifest-other_chain", chains));
    }
    let strangers = manifest.check_files(folder).map_err(wrong)?;
    let signature = manifest.check_signature().map_err(wrong)?;
    let signature =
        signature.ok_or_else(|| Failure::unproven("manifest-unsigned", Arguments::NONE))?;
    let by = auditor(&manifest, signature, folder, trust, clock)?;
    Ok(shown(&manifest, signature, &strangers, by))
}

/// How it is known that the signer is an auditor: the id of the sentence that says so.
fn auditor(
    manifest: &Manifest,
    signature: &ManifestSignature,
    folder: &Path,
    trust: &TrustChain,
    clock: Clock,
) -> Result<&'static str, Failure> {
    let path = folder.join(AUDITOR_PROOF_NAME);
    let bytes = match read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut known = trust.checkpoint_keys().auditors.iter();
            let named = known.any(|it| it.staff == signature.signer && it.key == signature.key);
            let about = Arguments::NONE.text("signer", signature.signer);
            return match named {
                true => Ok("manifest-by_genesis"),
                false => Err(Failure::unproven(
                    "manifest-unknown_key",
                    about.text("key", signature.key),
                )),
            };
        }
        Err(error) => {
            let reason = error.to_string();
            return Err(Error::FileUnreadable { path, reason }.into());
        }
    };
    let proven = ProofBundle::verify_file(&bytes, trust, clock);
    let proven = proven.map_err(|error| Failure::broken(&error))?;
    let shown = proven_auditor(manifest, signature, &proven)
        .map_err(|error| Failure::unproven(error.code(), error.arguments()))?;
    Ok(match shown {
        Shown::TheBlock => "manifest-by_proof",
        Shown::Later(_) => "manifest-by_later_proof",
    })
}

/// A proof's file, as much of it as a proof can be long.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let limit = u64::try_from(BUNDLE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The failure of a manifest that is not in order, or could not be checked.
pub(crate) fn failure(error: &ManifestError) -> Failure {
    match error.is_verdict() {
        true => Failure::unproven(error.code(), error.arguments()),
        false => Failure::local(error.code(), error.arguments()),
    }
}

fn shown(
    manifest: &Manifest,
    signature: &ManifestSignature,
    strangers: &[String],
    by: &'static str,
) -> Output {
    let (about, files) = (&manifest.body.about, &manifest.body.files);
    let json =
        json!({"verified": true, "manifest": manifest, "auditor_by": by, "not_listed": strangers});
    let rows = files
        .iter()
        .map(|file| vec![json!(file.name), json!(file.bytes), json!(file.blake3)]);
    let mut output = Output::of(&json)
        .say("manifest-verified", Arguments::NONE)
        .fields([
            ("made_of", json!(about.made_of)),
            ("chain_id", json!(about.chain_id)),
            ("from_height", json!(about.from_height)),
            ("height", json!(about.height)),
            ("block_id", json!(about.block_id)),
            ("signer", json!(signature.signer)),
            ("key", json!(signature.key)),
        ])
        .rows(&["file", "bytes", "blake3"], rows)
        .say(by, Arguments::NONE.text("signer", signature.signer));
    if !strangers.is_empty() {
        let names = Arguments::NONE.text("names", strangers.join(", "));
        output = output.say("manifest-not_listed", names);
    }
    output.say("verify-offline", Arguments::NONE)
}
