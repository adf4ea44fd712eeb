//! Contents that travel as QR codes, from one screen to another phone's camera, without a network.
//!
//! A content (a document, a card, a proof) is cut into numbered **parts**, each the text of one QR code:
//!
//! ```text
//! TB1:<kind>:<n>/<m>:<id>:<payload>      for example  TB1:DOC:1/2:5A0C91FE:7WE QE…
//! ```
//!
//! `id` is the first four bytes of the content's hash, in hex, so that parts of two contents are not mixed; the payload is
//! base45 (RFC 9285). Every character is one of QR's alphanumeric mode, which carries 16 bits in three characters of 5.5
//! bits, 97 % of what raw bytes would, and which every scanner returns as text unchanged. No payload ends in a space, so
//! one that trims what it read does no harm.
//!
//! **Size.** A part holds at most [`PART_BYTES_MAX`] bytes: with them a code has version 25, 117 modules a side, about half
//! a millimetre each on a phone's screen, which a phone's camera reads at a hand's length. Codes carry error correction of
//! level M (15 % of the code may be unreadable) where that fits into version 25, and L (7 %) otherwise: screens are clean, and
//! a code that is small is read sooner than one that is robust. Contents of several parts are cut evenly, so that the codes
//! shown one after another look alike. Codes that must fit a terminal of 80 columns hold [`TERMINAL_PART_BYTES_MAX`].
//!
//! What always holds: [`Collector`] gives a content only when its hash begins with the id that every part names. That
//! guards against mixing and misreading and nothing else: who made the content is for its own signatures to say.

mod collector;
mod symbol;

use std::fmt;
use std::str::FromStr;

use ledger_core::hash::{Domain, hash};

use crate::error::Error;

pub use collector::{Collector, Progress, Scanned};
pub use symbol::{MODULES_MAX, QUIET_ZONE_MODULES, svg, terminal};

/// What every part begins with: the format's name and version.
pub const PREFIX: &str = "TB1";
/// The most parts of one content.
pub const PARTS_MAX: u8 = 64;
/// The most bytes of a content in one part: what fits into a code of version 25 at level L, with the longest heading.
pub const PART_BYTES_MAX: usize = 1_200;
/// The most bytes in a part whose code fits a terminal of 80 columns: version 13 at level M, 69 modules and a quiet zone.
pub const TERMINAL_PART_BYTES_MAX: usize = 300;
/// The longest content, in bytes.
pub const CONTENT_BYTES_MAX: usize = PART_BYTES_MAX * PARTS_MAX as usize;
/// The longest text of a part: [`PART_BYTES_MAX`] in base45 behind the longest heading.
pub const PART_TEXT_MAX: usize = 1_840;

/// What a content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A transaction to be signed or submitted: [`crate::Document`] in its binary form.
    Document,
    /// A membership card.
    Card,
    /// What a merchant asks a card to sign.
    Challenge,
    /// A `.tbproof`.
    Proof,
    /// A checkpoint.
    Checkpoint,
    /// A service record certificate.
    Certificate,
    /// The id of an account, as text: what a payer scans.
    Account,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 7] = [
        Kind::Document,
        Kind::Card,
        Kind::Challenge,
        Kind::Proof,
        Kind::Checkpoint,
        Kind::Certificate,
        Kind::Account,
    ];

    /// Its name in a part.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::Document => "DOC",
            Kind::Card => "CARD",
            Kind::Challenge => "ASK",
            Kind::Proof => "PROOF",
            Kind::Checkpoint => "POINT",
            Kind::Certificate => "CERT",
            Kind::Account => "ACC",
        }
    }

    /// Its word in the message catalogues.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Document => "qr_document",
            Kind::Card => "qr_card",
            Kind::Challenge => "qr_challenge",
            Kind::Proof => "qr_proof",
            Kind::Checkpoint => "qr_checkpoint",
            Kind::Certificate => "qr_certificate",
            Kind::Account => "qr_account",
        }
    }

    fn of_code(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Which content a part belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// What it is.
    pub kind: Kind,
    /// How many parts it has.
    pub parts: u8,
    /// The beginning of its hash.
    pub id: ContentId,
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind.code(), self.id, self.parts)
    }
}

/// The first four bytes of a content's hash: upper-case hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentId([u8; 4]);

impl ContentId {
    /// The id of `bytes` of `kind`: the same bytes of another kind have another.
    pub fn of(kind: Kind, bytes: &[u8]) -> ContentId {
        let whole = hash(Domain::QrContent, &[kind.code().as_bytes(), b":", bytes]);
        let [a, b, c, d, ..] = *whole.as_bytes();
        ContentId([a, b, c, d])
    }
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(self.0))
    }
}

/// One code's text, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it belongs to.
    pub content: Content,
    /// Which part, from 1.
    pub number: u8,
    /// Its share of the content.
    pub bytes: Vec<u8>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Content { kind, parts, id } = self.content;
        let payload = base45::encode(&self.bytes);
        let kind = kind.code();
        write!(f, "{PREFIX}:{kind}:{}/{parts}:{id}:{payload}", self.number)
    }
}

impl FromStr for Part {
    type Err = Error;

    fn from_str(text: &str) -> Result<Part, Error> {
        if text.len() > PART_TEXT_MAX {
            return Err(malformed("longer than any part"));
        }
        let mut fields = text.splitn(5, ':');
        let mut field = || fields.next().ok_or_else(|| malformed("a field is missing"));
        if field()? != PREFIX {
            return Err(malformed("it does not begin with TB1:"));
        }
        let kind = Kind::of_code(field()?).ok_or_else(|| malformed("of an unknown kind"))?;
        let (number, parts) = field()?
            .split_once('/')
            .ok_or_else(|| malformed("its number is not n/m"))?;
        let count = |text: &str| text.parse().map_err(|_| malformed("its number is not n/m"));
        let (number, parts): (u8, u8) = (count(number)?, count(parts)?);
        if parts == 0 || parts > PARTS_MAX || number == 0 || number > parts {
            return Err(malformed("its number is out of bounds"));
        }
        let mut id = [0; 4];
        hex::decode_to_slice(field()?, &mut id).map_err(|_| malformed("its id is not hex"))?;
        let bytes = base45::decode(field()?).map_err(|_| malformed("not base45"))?;
        if bytes.len() > PART_BYTES_MAX {
            return Err(malformed("longer than any part"));
        }
        let part = Part {
            content: Content {
                kind,
                parts,
                id: ContentId(id),
            },
            number,
            bytes,
        };
        // The decoder takes some texts that no encoder makes, and `01/2` is a number too.
        if part.to_string() != text {
            return Err(malformed("not in the form this wallet writes"));
        }
        Ok(part)
    }
}

fn malformed(reason: &str) -> Error {
    Error::QrMalformed {
        reason: reason.to_owned(),
    }
}

/// The parts of a content for screens: the text of each code.
///
/// # Errors
/// When it is longer than [`CONTENT_BYTES_MAX`].
pub fn parts(kind: Kind, bytes: &[u8]) -> Result<Vec<String>, Error> {
    parts_within(kind, bytes, PART_BYTES_MAX)
}

/// The parts of a content, each with at most `part_bytes` of it, of which at most [`PART_BYTES_MAX`] count: smaller codes
/// for a small screen or a terminal.
///
/// # Errors
/// When they would be more than [`PARTS_MAX`].
pub fn parts_within(kind: Kind, bytes: &[u8], part_bytes: usize) -> Result<Vec<String>, Error> {
    let each_max = part_bytes.clamp(1, PART_BYTES_MAX);
    let count = bytes.len().div_ceil(each_max).max(1);
    let parts = u8::try_from(count)
        .ok()
        .filter(|parts| *parts <= PARTS_MAX)
        .ok_or(Error::QrTooLong {
            length: bytes.len(),
            length_max: each_max * usize::from(PARTS_MAX),
        })?;
    let content = Content {
        kind,
        parts,
        id: ContentId::of(kind, bytes),
    };
    let text = |number: u8, share: &[u8]| {
        Part {
            content,
            number,
            bytes: share.to_vec(),
        }
        .to_string()
    };
    if bytes.is_empty() {
        return Ok(vec![text(1, &[])]);
    }
    // Exactly `count` shares: `count - 1` of them are too few, as `each` is at most `each_max`.
    let each = bytes.len().div_ceil(count);
    let shares = (1..=parts).zip(bytes.chunks(each));
    Ok(shares.map(|(number, share)| text(number, share)).collect())
}

#[cfg(test)]
mod tests;
