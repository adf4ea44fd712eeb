//! What travels between people (documents, cards, challenges, proofs): as a file, or as QR codes, whose texts a scanner types
//! one a line. Wherever a command reads such a thing, both are taken.

use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ledger_core::message::Arguments;
use serde_json::{Value, json};
use timebank_wallet::Error;
use timebank_wallet::qr::{self, Collector, Kind, PREFIX, Progress, Scanned};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

/// The longest lines of a scanner, in bytes: every part twice and some more.
const SCANNED_BYTES_MAX: u64 = 512 * 1024;

/// A content as QR codes.
pub(crate) struct Codes {
    parts: Vec<String>,
    images: Vec<PathBuf>,
}

impl Codes {
    /// The codes of a content of `kind`, sized for a terminal; also as images, the first at `svg`, when that is given.
    pub(crate) fn of(kind: Kind, bytes: &[u8], svg: Option<&Path>) -> Result<Codes, Failure> {
        let Some(first) = svg else {
            let parts = qr::parts_within(kind, bytes, qr::TERMINAL_PART_BYTES_MAX)?;
            let images = Vec::new();
            return Ok(Codes { parts, images });
        };
        let parts = qr::parts(kind, bytes)?;
        let mut images = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let path = numbered(first, index);
            write(&path, qr::svg(part)?.as_bytes())?;
            images.push(path);
        }
        Ok(Codes { parts, images })
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        json!({"parts": self.parts, "images": self.images})
    }

    /// What a scanner would type, one code a line.
    pub(crate) fn text(&self) -> String {
        self.parts.join("\n") + "\n"
    }

    /// `output` with the codes: on the terminal, or where their images are.
    pub(crate) fn shown(&self, mut output: Output) -> Result<Output, Failure> {
        if !self.images.is_empty() {
            let rows = self.images.iter().map(|path| vec![json!(path)]);
            return Ok(output.rows(&["file"], rows));
        }
        let count = u64::try_from(self.parts.len()).unwrap_or(u64::MAX);
        for (number, part) in (1_u64..).zip(&self.parts) {
            if count > 1 {
                let about = Arguments::NONE.number("number", number);
                output = output.say("qr-part", about.number("count", count));
            }
            output = output.text_block(qr::terminal(part)?);
        }
        Ok(output)
    }
}

/// `path` for the first, and with a number before the ending for those after it.
fn numbered(path: &Path, index: usize) -> PathBuf {
    if index == 0 {
        return path.to_owned();
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}-{}.{ending}", index.saturating_add(1)))
}

/// Writes a file that may replace another: the former one stays as it is when that fails. What is no file, such as a
/// device, is written to.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = match std::fs::symlink_metadata(path) {
        Ok(former) if !former.is_file() => std::fs::write(path, bytes),
        former => write_beside(path, bytes, former.ok()),
    };
    written.map_err(|error| {
        Failure::from(Error::FileUnwritable {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    })
}

/// Writes a file beside `path` and puts it in the place of the `former` one, whose permissions it takes.
fn write_beside(path: &Path, bytes: &[u8], former: Option<Metadata>) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let mut file = File::create_new(&beside)?;
    let outcome = file
        .write_all(bytes)
        .and_then(|()| former.map_or(Ok(()), |former| file.set_permissions(former.permissions())))
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&beside, path));
    if outcome.is_err() {
        // What matters is the first error.
        let _ = std::fs::remove_file(&beside);
    }
    outcome
}

impl Session<'_> {
    /// The content of `kind` in the file at `path`, or on standard input for `-`: its bytes, or a scanner's lines.
    pub(crate) fn content(
        &self,
        path: &Path,
        kind: Kind,
        length_max: u64,
    ) -> Result<Vec<u8>, Failure> {
        let bytes = self.read(path, length_max.max(SCANNED_BYTES_MAX))?;
        match std::str::from_utf8(&bytes) {
            Ok(text) if text.trim_start().starts_with(PREFIX) => scanned(text, kind),
            _ => Ok(bytes),
        }
    }

    /// The content of one of `kinds`, the first of which is named when it is none of them, and which of them a scanner's
    /// lines say it is; a file does not say.
    pub(crate) fn content_of_any(
        &self,
        path: &Path,
        kinds: &[Kind],
        length_max: u64,
    ) -> Result<(Option<Kind>, Vec<u8>), Failure> {
        let bytes = self.read(path, length_max.max(SCANNED_BYTES_MAX))?;
        match std::str::from_utf8(&bytes) {
            Ok(text) if text.trim_start().starts_with(PREFIX) => {
                let scanned = collected(text)?;
                let kind = kinds.iter().copied().find(|kind| *kind == scanned.kind);
                let expected = kind.unwrap_or(kinds[0]);
                Ok((kind, scanned.into_bytes_of(expected)?))
            }
            _ => Ok((None, bytes)),
        }
    }
}

/// The content of `kind` whose parts the lines of `text` are, in any order.
pub(crate) fn scanned(text: &str, kind: Kind) -> Result<Vec<u8>, Failure> {
    Ok(collected(text)?.into_bytes_of(kind)?)
}

/// The content whose parts the lines of `text` are, in any order.
fn collected(text: &str) -> Result<Scanned, Failure> {
    let mut collector = Collector::new();
    let mut left = String::from("1");
    for line in text.lines() {
        // Only the ends: a payload has spaces within, and none at its end.
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        match collector.add(line)? {
            Progress::Complete(scanned) => return Ok(scanned),
            Progress::Missing { missing, .. } => {
                let numbers: Vec<String> = missing.iter().map(u8::to_string).collect();
                left = numbers.join(", ");
            }
        }
    }
    let about = Arguments::NONE.text("missing", left);
    Err(Failure::local("qr_incomplete", about))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_scanner_are_put_together_in_any_order() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1_000).collect();
        let codes = Codes::of(Kind::Proof, &bytes, None).unwrap();
        assert!(codes.parts.len() > 2);
        let mut lines = codes.parts.clone();
        lines.reverse();
        assert_eq!(scanned(&lines.join("\r\n"), Kind::Proof).unwrap(), bytes);
        let failure = scanned(&lines[1..].join("\n"), Kind::Proof).unwrap_err();
        assert!(format!("{failure:?}").contains("qr_incomplete"));
        assert!(scanned(&lines.join("\n"), Kind::Card).is_err());
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("city.tbcheckpoint");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        let nowhere = folder.path().join("none/city.tbcheckpoint");
        assert!(write(&nowhere, b"three").is_err());
        assert!(write(folder.path(), b"three").is_err(), "a folder");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn images_after_the_first_are_numbered() {
        let path = Path::new("folder/card.svg");
        assert_eq!(numbered(path, 0), path);
        assert_eq!(numbered(path, 1), Path::new("folder/card-2.svg"));
    }
}
