//! The canonical encoding: borsh, strict, bounded and injective.
//!
//! Every value that is signed or hashed has exactly one encoding. [`decode`] refuses anything longer than the named
//! bound before it looks at it, anything left over, and anything that does not encode back to the same bytes
//! (ADR 0002; `docs/protocol.md`, section "Encoding").

use std::io::{self, Write};

use borsh::{BorshDeserialize, BorshSerialize};

/// Why bytes were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The input is longer than this kind of value may be.
    #[error("{length} bytes given, at most {length_max} allowed")]
    TooLong {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        length_max: usize,
    },
    /// The input ends too early, or a field holds a value that does not exist.
    #[error("the bytes are cut short or malformed")]
    Malformed,
    /// Bytes are left over after the value.
    #[error("bytes are left over after the value")]
    TrailingBytes,
    /// The bytes decode, but are not the one encoding of what they decode to.
    #[error("the bytes are not in canonical form")]
    NotCanonical,
}

/// Why [`encode`] and its like cannot fail.
const WRITES: &str = "writing to memory cannot fail, and every list is far below 2^32 entries";

/// The one encoding of `value`, in exactly as many bytes of memory: many encodings are kept for long.
pub fn encode<T: BorshSerialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(borsh::object_length(value).expect(WRITES));
    value.serialize(&mut bytes).expect(WRITES);
    bytes
}

/// Whether `bytes` are the encoding of `value`.
pub fn encodes_to<T: BorshSerialize>(value: &T, bytes: &[u8]) -> bool {
    let mut rest = Expected(bytes);
    value.serialize(&mut rest).is_ok() && rest.0.is_empty()
}

/// Takes exactly the bytes it was made with; refuses all others.
struct Expected<'a>(&'a [u8]);

impl Write for Expected<'_> {
    fn write(&mut self, given: &[u8]) -> io::Result<usize> {
        self.write_all(given).map(|()| given.len())
    }

    fn write_all(&mut self, given: &[u8]) -> io::Result<()> {
        match self.0.strip_prefix(given) {
            Some(rest) => {
                self.0 = rest;
                Ok(())
            }
            None => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Parses `bytes`, which come from somewhere that is not trusted.
///
/// # Errors
/// Every way in which `bytes` is not the one encoding of a `T` of at most `length_max` bytes.
pub fn decode<T: BorshSerialize + BorshDeserialize>(
    bytes: &[u8],
    length_max: usize,
) -> Result<T, DecodeError> {
    if bytes.len() > length_max {
        return Err(DecodeError::TooLong {
            length: bytes.len(),
            length_max,
        });
    }
    let mut rest = bytes;
    let value = T::deserialize(&mut rest).map_err(|_| DecodeError::Malformed)?;
    if !rest.is_empty() {
        return Err(DecodeError::TrailingBytes);
    }
    if !encodes_to(&value, bytes) {
        return Err(DecodeError::NotCanonical);
    }
    Ok(value)
}

/// Implements serde for a type through its `Display` and `FromStr`: text in JSON and TOML.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text =
                    <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(<D::Error as serde::de::Error>::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_long_cut_trailing_and_odd_bytes() {
        let bytes = encode(&(7u32, vec![1u8, 2]));
        assert_eq!(decode::<(u32, Vec<u8>)>(&bytes, 64), Ok((7, vec![1, 2])));
        assert_eq!(
            decode::<(u32, Vec<u8>)>(&bytes, 3),
            Err(DecodeError::TooLong {
                length: 10,
                length_max: 3
            })
        );
        assert_eq!(
            decode::<(u32, Vec<u8>)>(&bytes[..9], 64),
            Err(DecodeError::Malformed)
        );
        assert_eq!(decode::<u32>(&bytes, 64), Err(DecodeError::TrailingBytes));
        assert_eq!(decode::<bool>(&[2], 64), Err(DecodeError::Malformed));
    }

    #[test]
    fn only_the_encoding_is_the_encoding() {
        let value = (7u32, vec![1u8, 2], Some(9u64));
        let bytes = encode(&value);
        assert_eq!(bytes, borsh::to_vec(&value).unwrap());
        assert!(encodes_to(&value, &bytes));
        assert!(!encodes_to(&value, &[bytes.as_slice(), &[0]].concat()));
        for index in 0..bytes.len() {
            assert!(!encodes_to(&value, &bytes[..index]));
            let mut other = bytes.clone();
            other[index] ^= 1;
            assert!(!encodes_to(&value, &other));
        }
    }

    /// A flag whose reader takes any byte but 0 for true: the mistake that reading back guards against.
    #[derive(Debug, PartialEq)]
    struct Lenient(bool);

    impl BorshSerialize for Lenient {
        fn serialize<W: std::io::Write>(&self, writer: &mut W) -> std::io::Result<()> {
            self.0.serialize(writer)
        }
    }

    impl BorshDeserialize for Lenient {
        fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
            u8::deserialize_reader(reader).map(|byte| Lenient(byte != 0))
        }
    }

    #[test]
    fn refuses_a_second_encoding_that_a_type_would_read() {
        assert_eq!(decode(&[1], 64), Ok(Lenient(true)));
        assert_eq!(decode::<Lenient>(&[2], 64), Err(DecodeError::NotCanonical));
    }
}
