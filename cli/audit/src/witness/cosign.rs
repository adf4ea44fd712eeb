//! Co-signing checkpoints: those that lie in a folder to be signed, and new ones at an interval.
//!
//! What always holds: a signature goes only under a block that this witness has seen and checked itself, with the validators
//! after it and with the keys that sign checkpoints now. A checkpoint that hands over to other keys is for a person to sign.

use std::fs;
use std::path::{Path, PathBuf};

use ledger_core::id::Height;
use ledger_core::proof::{
    CHECKPOINT_VERSION, Checkpoint, CheckpointBody, CheckpointError, CheckpointSigner,
};
use ledger_core::signature::SecretKey;
use ledger_core::time::TimestampMs;

use super::{Event, What, Witness, WitnessError};
use crate::whole_file;

/// The most files of a folder that are looked at in a round, and of checkpoints made at an interval that are left there.
pub const CHECKPOINTS_MAX: usize = 256;
/// The longest checkpoint, in bytes.
const CHECKPOINT_BYTES_MAX: u64 = 1024 * 1024;
const PREFIX: &str = "checkpoint-";

/// Who co-signs, and what.
pub struct Cosigner<'k> {
    /// The folder of checkpoints: those in it are signed, new ones are put there.
    pub folder: PathBuf,
    /// The signer, an auditor or administrator of the city.
    pub signer: CheckpointSigner,
    /// Its key.
    pub key: &'k SecretKey,
    /// How often a new checkpoint is made, in milliseconds; never when none.
    pub every_ms: Option<u64>,
}

impl std::fmt::Debug for Cosigner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cosigner")
            .field("folder", &self.folder)
            .field("staff", &self.signer.staff)
            .field("every_ms", &self.every_ms)
            .finish_non_exhaustive()
    }
}

impl Witness {
    /// Who may sign checkpoints with `key`, by the genesis document and the checkpoints since.
    pub fn checkpoint_signer(&self, key: &SecretKey) -> Option<CheckpointSigner> {
        let keys = self.trust.checkpoint_keys();
        let mut known = keys.auditors.iter().chain(&keys.administrators);
        known.find(|it| it.key == key.public_key()).copied()
    }

    /// What a checkpoint of the block at `height` says, from what this witness has seen; none when it has not, or does not
    /// know the validators after it any more.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn checkpoint_body(&self, height: Height) -> Result<Option<CheckpointBody>, WitnessError> {
        let Some(seen) = self.chronicle.seen_at(height)? else {
            return Ok(None);
        };
        let Some(set) = self.trust.set_at(height.next()) else {
            return Ok(None);
        };
        Ok(Some(CheckpointBody {
            version: CHECKPOINT_VERSION,
            chain_id: self.chain_id(),
            header: seen.header,
            set: set.clone(),
            keys: self.trust.checkpoint_keys().clone(),
        }))
    }

    /// Signs the checkpoints in the folder of `cosigner` that may be signed, and makes a new one when it is time.
    ///
    /// # Errors
    /// When the disk fails. A file that is no checkpoint, or one of another block, is told of.
    pub fn cosign(
        &mut self,
        cosigner: &Cosigner<'_>,
        now_ms: TimestampMs,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<(), WitnessError> {
        let folder = &cosigner.folder;
        fs::create_dir_all(folder).map_err(|it| WitnessError::writing(folder, it))?;
        for file in requests(&cosigner.folder)? {
            let (height, signed) = match self.signed(&file, cosigner) {
                Ok(Some(signed)) => signed,
                Ok(None) => continue,
                Err(reason) => {
                    self.tell(What::NotCosigned { file, reason }, now_ms, tell)?;
                    continue;
                }
            };
            write(&file, &signed)?;
            let staff = cosigner.signer.staff;
            let cosigned = What::Cosigned {
                file,
                height,
                staff,
            };
            self.tell(cosigned, now_ms, tell)?;
        }
        let last_ms = self.notebook.checkpoint_ms;
        let is_time = cosigner
            .every_ms
            .is_some_and(|every_ms| last_ms.is_none_or(|last| now_ms.since_ms(last) >= every_ms));
        if is_time {
            self.make(cosigner, now_ms, tell)?;
        }
        Ok(())
    }

    /// The checkpoint in `file` with the signature; none when it is there already. The error says why it is not signed.
    fn signed(
        &self,
        file: &Path,
        cosigner: &Cosigner<'_>,
    ) -> Result<Option<(Height, Checkpoint)>, String> {
        let length = fs::metadata(file).map_err(|it| it.to_string())?.len();
        if length > CHECKPOINT_BYTES_MAX {
            return Err(format!(
                "{length} bytes; a checkpoint has at most {CHECKPOINT_BYTES_MAX}"
            ));
        }
        let text = fs::read(file).map_err(|it| it.to_string())?;
        let checkpoint: Checkpoint =
            serde_json::from_slice(&text).map_err(|it| format!("it is no checkpoint: {it}"))?;
        let staff = cosigner.signer.staff;
        if checkpoint.signatures.iter().any(|it| it.staff == staff) {
            return Ok(None);
        }
        let height = checkpoint.height();
        if height <= self.trust.checkpoint_height() {
            return Err(format!(
                "block {height} is not above the last checkpoint's, {}",
                self.trust.checkpoint_height()
            ));
        }
        let body = self.checkpoint_body(height).map_err(|it| it.to_string())?;
        let Some(body) = body else {
            return Err(format!("block {height} was not seen here"));
        };
        let shown = &checkpoint.body;
        if shown.header != body.header {
            return Err(format!(
                "block {height} is {} and not {}",
                body.header.id(),
                shown.header.id()
            ));
        }
        if shown.set != body.set {
            return Err(format!("the validators after block {height} are others"));
        }
        if shown.keys != body.keys {
            return Err("it hands over to other keys, which is for a person to sign".to_owned());
        }
        let CheckpointBody {
            version, chain_id, ..
        } = *shown;
        if (version, chain_id) != (body.version, body.chain_id) {
            return Err("it is of another version or chain".to_owned());
        }
        let signature = body.sign(staff, cosigner.key);
        let signatures = checkpoint.signatures.into_iter().chain([signature]);
        let signed = Checkpoint::new(body, signatures);
        match self.trust.checkpoint_keys().check(self.chain_id(), &signed) {
            Ok(())
            | Err(CheckpointError::TooFewAdministrators { .. } | CheckpointError::NoAuditor) => {
                Ok(Some((height, signed)))
            }
            // Whoever signed before spoilt it.
            Err(error) => Err(error.to_string()),
        }
    }

    /// Makes a checkpoint of the newest block, signed.
    fn make(
        &mut self,
        cosigner: &Cosigner<'_>,
        now_ms: TimestampMs,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<(), WitnessError> {
        let (height, _) = self.head();
        if height <= self.trust.checkpoint_height() {
            return Ok(());
        }
        let Some(body) = self.checkpoint_body(height)? else {
            return Ok(());
        };
        let staff = cosigner.signer.staff;
        let signature = body.sign(staff, cosigner.key);
        let file = cosigner
            .folder
            .join(format!("{PREFIX}{:020}.json", height.0));
        if !file.exists() {
            // Nobody has taken up the oldest ones in all that time.
            let mut made = requests(&cosigner.folder)?;
            made.retain(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
            });
            let too_many = made.len().saturating_sub(CHECKPOINTS_MAX.saturating_sub(1));
            for old in made.into_iter().take(too_many) {
                fs::remove_file(&old).map_err(|it| WitnessError::writing(&old, it))?;
            }
            write(&file, &Checkpoint::new(body, [signature]))?;
            let cosigned = What::Cosigned {
                file,
                height,
                staff,
            };
            self.tell(cosigned, now_ms, tell)?;
        }
        self.notebook.checkpoint_ms = Some(now_ms);
        self.keep()
    }
}

/// The files of `folder` that may be checkpoints, in order of their names.
fn requests(folder: &Path) -> Result<Vec<PathBuf>, WitnessError> {
    let unreadable = |it| WitnessError::reading(folder, it);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        let ends = path
            .extension()
            .is_some_and(|it| it == "json" || it == "tbcheckpoint");
        if ends && entry.file_type().map_err(unreadable)?.is_file() {
            files.push(path);
        }
    }
    files.sort_unstable();
    // Those at the end are the newest.
    let skipped = files.len().saturating_sub(CHECKPOINTS_MAX);
    Ok(files.split_off(skipped))
}

fn write(file: &Path, checkpoint: &Checkpoint) -> Result<(), WitnessError> {
    let mut text = serde_json::to_vec_pretty(checkpoint).expect("a checkpoint has only text keys");
    text.push(b'\n');
    whole_file::write(file, &text).map_err(|it| WitnessError::writing(file, it))
}
