//! Putting the parts of a content together, in whatever order a camera sees them.
//!
//! What always holds: parts of one content only; at most [`super::PARTS_MAX`] parts of [`super::PART_BYTES_MAX`] are kept; a
//! content is given out only when its hash begins with the id its parts name.

use std::collections::BTreeMap;

use super::{Content, ContentId, Kind, Part};
use crate::error::Error;

/// Parts scanned so far.
#[derive(Clone, Debug, Default)]
pub struct Collector {
    content: Option<Content>,
    shares: BTreeMap<u8, Vec<u8>>,
}

/// How far the scanning is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Some parts are missing.
    Missing {
        /// Their numbers, in order.
        missing: Vec<u8>,
        /// How many parts there are.
        parts: u8,
    },
    /// The whole content is there.
    Complete(Scanned),
}

/// A content as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Scanned {
    /// Its bytes when it is of `kind`.
    ///
    /// # Errors
    /// When it is of another kind.
    pub fn into_bytes_of(self, kind: Kind) -> Result<Vec<u8>, Error> {
        if self.kind == kind {
            return Ok(self.bytes);
        }
        Err(Error::QrKind {
            expected: kind.word().to_owned(),
            actual: self.kind.word().to_owned(),
        })
    }
}

impl Collector {
    /// With no parts yet.
    pub fn new() -> Collector {
        Collector::default()
    }

    /// What is being collected; none before the first part.
    pub const fn content(&self) -> Option<Content> {
        self.content
    }

    /// Takes the text of one scanned code. A part that was there already changes nothing.
    ///
    /// # Errors
    /// - `QrMalformed`: it is no part; `QrOther`: a part of another content. What was collected stays as it was.
    /// - `QrDamaged`: the parts do not make up the content they name. All are forgotten, to be scanned again.
    pub fn add(&mut self, text: &str) -> Result<Progress, Error> {
        let part: Part = text.parse()?;
        match self.content {
            Some(content) if content != part.content => {
                return Err(Error::QrOther {
                    expected: content.to_string(),
                    actual: part.content.to_string(),
                    part: part.number,
                });
            }
            _ => self.content = Some(part.content),
        }
        match self.shares.get(&part.number) {
            Some(share) if *share != part.bytes => return Err(self.damaged(part.content)),
            Some(_) => {}
            None => {
                self.shares.insert(part.number, part.bytes);
            }
        }
        self.progress(part.content)
    }

    /// Forgets every part, to collect another content.
    pub fn restart(&mut self) {
        *self = Collector::new();
    }

    fn progress(&mut self, content: Content) -> Result<Progress, Error> {
        let numbers = 1..=content.parts;
        let missing: Vec<u8> = numbers
            .filter(|number| !self.shares.contains_key(number))
            .collect();
        if !missing.is_empty() {
            return Ok(Progress::Missing {
                missing,
                parts: content.parts,
            });
        }
        let shares: Vec<&[u8]> = self.shares.values().map(Vec::as_slice).collect();
        let bytes = shares.concat();
        if ContentId::of(content.kind, &bytes) != content.id {
            return Err(self.damaged(content));
        }
        Ok(Progress::Complete(Scanned {
            kind: content.kind,
            bytes,
        }))
    }

    fn damaged(&mut self, content: Content) -> Error {
        self.restart();
        Error::QrDamaged {
            id: content.id.to_string(),
        }
    }
}
