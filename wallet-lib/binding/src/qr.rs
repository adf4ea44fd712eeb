//! Contents as QR codes: cut into parts on one phone, put together on another.

use std::sync::{Arc, Mutex, PoisonError};

use timebank_wallet::qr::{self, Collector, Kind, Progress};

use crate::error::WalletError;

/// What a content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum QrKind {
    /// A document to be signed or submitted: `Document::to_bytes`.
    Document,
    /// A membership card.
    Card,
    /// What a merchant asks a card to sign.
    Challenge,
    /// A `.tbproof`.
    Proof,
    /// A checkpoint of the city.
    Checkpoint,
    /// A service record certificate.
    Certificate,
    /// The id of an account, as text.
    Account,
}

macro_rules! same_kinds {
    ($($kind:ident),*) => {
        impl From<QrKind> for Kind {
            fn from(kind: QrKind) -> Kind {
                match kind { $(QrKind::$kind => Kind::$kind,)* }
            }
        }

        impl From<Kind> for QrKind {
            fn from(kind: Kind) -> QrKind {
                match kind { $(Kind::$kind => QrKind::$kind,)* }
            }
        }
    };
}
same_kinds!(
    Document,
    Card,
    Challenge,
    Proof,
    Checkpoint,
    Certificate,
    Account
);

/// The texts of the codes for a content, each for one code that a phone's screen shows.
///
/// # Errors
/// When the content is too long for codes: send it as a file.
#[uniffi::export]
pub fn qr_parts(kind: QrKind, bytes: &[u8]) -> Result<Vec<String>, WalletError> {
    Ok(qr::parts(kind.into(), bytes)?)
}

/// The code of one part as an SVG image.
///
/// # Errors
/// When `part` is not one of [`qr_parts`].
#[uniffi::export]
pub fn qr_svg(part: &str) -> Result<String, WalletError> {
    Ok(qr::svg(part)?)
}

/// A content as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct QrContent {
    /// What it is.
    pub kind: QrKind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// How far the scanning is.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum QrProgress {
    /// Some parts are missing.
    Missing {
        /// Their numbers, in order.
        missing: Vec<u16>,
        /// How many parts there are.
        parts: u16,
    },
    /// The whole content is there.
    Complete {
        /// The content.
        content: QrContent,
    },
}

/// Puts the parts of one content together, in whatever order a camera sees them.
#[derive(Debug, Default, uniffi::Object)]
pub struct QrCollector(Mutex<Collector>);

#[uniffi::export]
impl QrCollector {
    /// With no parts yet.
    #[uniffi::constructor]
    pub fn new() -> Arc<QrCollector> {
        Arc::default()
    }

    /// Takes the text of one scanned code; one that was there already changes nothing.
    ///
    /// # Errors
    /// When it is no part, a part of another content, or the parts do not make up what they name.
    pub fn add(&self, text: &str) -> Result<QrProgress, WalletError> {
        let mut collector = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match collector.add(text)? {
            Progress::Missing { missing, parts } => QrProgress::Missing {
                missing: missing.into_iter().map(u16::from).collect(),
                parts: u16::from(parts),
            },
            Progress::Complete(scanned) => QrProgress::Complete {
                content: QrContent {
                    kind: scanned.kind.into(),
                    bytes: scanned.bytes,
                },
            },
        })
    }

    /// Forgets every part, to collect another content.
    pub fn restart(&self) {
        let mut collector = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        collector.restart();
    }
}
