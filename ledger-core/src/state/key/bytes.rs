//! The bytes of a key, in place: a key is made for each read of a record, and needs no memory of its own for that.

use std::io::{self, Write};
use std::ops::Deref;

use borsh::BorshSerialize;

/// The longest key, in bytes: longer than that of any [`super::StateKey`].
pub const KEY_BYTES_MAX: usize = 54;

/// The bytes of a key, up to [`KEY_BYTES_MAX`].
#[derive(Clone, Copy, Debug)]
pub struct KeyBytes {
    length: u8,
    /// Those beyond the length are zero.
    bytes: [u8; KEY_BYTES_MAX],
}

impl Default for KeyBytes {
    fn default() -> KeyBytes {
        KeyBytes {
            length: 0,
            bytes: [0; KEY_BYTES_MAX],
        }
    }
}

impl KeyBytes {
    /// The bytes of `value`'s encoding.
    pub(super) fn encoding<T: BorshSerialize>(value: &T) -> KeyBytes {
        let mut bytes = KeyBytes::default();
        value
            .serialize(&mut bytes)
            .expect("what keys are made of is far shorter than the longest key");
        bytes
    }

    /// These bytes; none when they are more than [`KEY_BYTES_MAX`].
    pub fn of(bytes: &[u8]) -> Option<KeyBytes> {
        let mut key = KeyBytes::default();
        key.write_all(bytes).ok().map(|()| key)
    }

    /// Puts `part` after what is there.
    ///
    /// # Panics
    /// When the key becomes longer than [`KEY_BYTES_MAX`], which that of no [`super::StateKey`] does.
    pub(super) fn push(&mut self, part: &[u8]) {
        self.write_all(part)
            .expect("no key of the state is longer than the longest key");
    }
}

impl Write for KeyBytes {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.write_all(part).map(|()| part.len())
    }

    fn write_all(&mut self, part: &[u8]) -> io::Result<()> {
        let from = usize::from(self.length);
        let to = from.saturating_add(part.len());
        let place = self.bytes.get_mut(from..to);
        let (Some(place), Ok(length)) = (place, u8::try_from(to)) else {
            return Err(io::ErrorKind::StorageFull.into());
        };
        place.copy_from_slice(part);
        self.length = length;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Deref for KeyBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.length))
            .unwrap_or(&self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_fits_and_refuses_what_does_not() {
        let longest = [7; KEY_BYTES_MAX];
        assert_eq!(*KeyBytes::of(&longest).unwrap(), longest);
        assert!(KeyBytes::of(&[7; KEY_BYTES_MAX + 1]).is_none());
        assert!(KeyBytes::of(&[]).unwrap().is_empty());
    }
}
