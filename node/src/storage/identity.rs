//! What every file says of itself first: which format it is of, and which chain it belongs to.
//!
//! The format comes before all else, in every format there will ever be: a file that another release wrote is told from a
//! damaged one, whatever follows there.

use std::path::Path;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::id::ChainId;

use super::StorageError;

/// A format and a chain. What else a file says of itself follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Identity {
    pub(super) format: u32,
    pub(super) chain_id: ChainId,
}

impl Identity {
    /// What follows this identity in `bytes`, at most `bytes_max` of them, which the file at `path` says of itself.
    ///
    /// # Errors
    /// When they are of another format, or name another chain; when they cannot be read, the error that `damaged` makes of
    /// the reason ("is cut short", or "cannot be read" and why).
    pub(super) fn read_after<T: BorshSerialize + BorshDeserialize>(
        self,
        bytes: &[u8],
        bytes_max: usize,
        path: &Path,
        damaged: impl FnOnce(String) -> StorageError,
    ) -> Result<T, StorageError> {
        let Some(format) = bytes.first_chunk() else {
            return Err(damaged("is cut short".to_string()));
        };
        let format = u32::from_le_bytes(*format);
        if format != self.format {
            return Err(StorageError::WrongFormat {
                path: path.to_path_buf(),
                expected: self.format,
                actual: format,
            });
        }
        let (found, rest): (Identity, T) = codec::decode(bytes, bytes_max)
            .map_err(|error| damaged(format!("cannot be read: {error}")))?;
        if found.chain_id != self.chain_id {
            return Err(StorageError::WrongChain {
                path: path.to_path_buf(),
                expected: self.chain_id,
                actual: found.chain_id,
            });
        }
        Ok(rest)
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::hash::Hash;

    use super::*;

    const IDENTITY: Identity = Identity {
        format: 3,
        chain_id: ChainId(Hash([7; 32])),
    };

    fn read(bytes: &[u8]) -> Result<u8, StorageError> {
        let path = Path::new("file");
        IDENTITY.read_after(bytes, 64, path, |reason| StorageError::StateDamaged {
            path: path.to_path_buf(),
            reason,
        })
    }

    #[test]
    fn the_format_is_judged_before_what_follows_and_then_the_chain() {
        let bytes = [3_u32.to_le_bytes().as_slice(), &[7; 32], &[9]].concat();
        assert_eq!(codec::encode(&(IDENTITY, 9_u8)), bytes);
        assert_eq!(read(&bytes).unwrap(), 9);
        assert!(matches!(
            read(&[4, 0, 0, 0, 0xff]),
            Err(StorageError::WrongFormat { actual: 4, .. })
        ));
        let mut elsewhere = bytes.clone();
        elsewhere[4] ^= 1;
        assert!(matches!(
            read(&elsewhere),
            Err(StorageError::WrongChain { .. })
        ));
        let cut = "cannot be read: the bytes are cut short or malformed";
        for (length, expected) in [(3, "is cut short"), (36, cut)] {
            match read(&bytes[..length]) {
                Err(StorageError::StateDamaged { reason, .. }) => assert_eq!(reason, expected),
                outcome => panic!("{outcome:?}"),
            }
        }
    }
}
