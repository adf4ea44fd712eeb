//! One frame of a segment: a booked block with its length, height and checksum.

use std::io::{self, ErrorKind, Read};

use ledger_core::id::{ChainId, Height};

use super::FRAME_BYTES_MAX;

/// The context of the checksums.
pub const FRAME_CONTEXT: &str = "timebank audit archive frame v1";
/// The length of what stands before a frame's content.
pub(super) const HEAD_BYTES: usize = 4 + 8 + 32;

/// What stands before a frame's content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) length: u32,
    pub(super) height: Height,
    checksum: [u8; 32],
}

/// What was found where a frame should begin.
pub(super) enum Found<T> {
    /// It.
    Frame(T),
    /// The end of the file.
    End,
    /// Something that is none.
    Broken(&'static str),
}

impl Head {
    fn of(chain: ChainId, length: u32, height: Height, content: &[u8]) -> Head {
        let mut hasher = blake3::Hasher::new_derive_key(FRAME_CONTEXT);
        hasher
            .update(chain.0.as_bytes())
            .update(&length.to_le_bytes())
            .update(&height.0.to_le_bytes())
            .update(content);
        Head {
            length,
            height,
            checksum: *hasher.finalize().as_bytes(),
        }
    }

    fn parse(bytes: &[u8; HEAD_BYTES]) -> Head {
        let (length, rest) = bytes.split_at(4);
        let (height, checksum) = rest.split_at(8);
        let part = "a part of the head";
        Head {
            length: u32::from_le_bytes(length.try_into().expect(part)),
            height: Height(u64::from_le_bytes(height.try_into().expect(part))),
            checksum: checksum.try_into().expect(part),
        }
    }

    /// Whether the frame of `content` has this head.
    pub(super) fn fits(&self, chain: ChainId, content: &[u8]) -> bool {
        Head::of(chain, self.length, self.height, content).checksum == self.checksum
    }
}

/// The frame of `content`; none when it is too long for one.
pub(super) fn frame(chain: ChainId, height: Height, content: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(content.len()).ok()?;
    if length > FRAME_BYTES_MAX {
        return None;
    }
    let head = Head::of(chain, length, height, content);
    let mut bytes = Vec::with_capacity(HEAD_BYTES + content.len());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&height.0.to_le_bytes());
    bytes.extend_from_slice(&head.checksum);
    bytes.extend_from_slice(content);
    Some(bytes)
}

/// Reads the head of the next frame, of which at most `left` bytes are there with its content.
///
/// # Errors
/// The system's.
pub(super) fn read_head(file: &mut impl Read, left: u64) -> io::Result<Found<Head>> {
    if left == 0 {
        return Ok(Found::End);
    }
    let mut bytes = [0; HEAD_BYTES];
    if left < u64::try_from(HEAD_BYTES).expect("a small constant") {
        return Ok(Found::Broken("it ends within the head of a frame"));
    }
    file.read_exact(&mut bytes)?;
    let head = Head::parse(&bytes);
    let length = u64::try_from(HEAD_BYTES).expect("a small constant") + u64::from(head.length);
    Ok(if head.length == 0 || head.length > FRAME_BYTES_MAX {
        Found::Broken("a frame has an impossible length")
    } else if length > left {
        Found::Broken("it ends within a frame")
    } else {
        Found::Frame(head)
    })
}

/// Reads the content that belongs to `head`.
///
/// # Errors
/// The system's.
pub(super) fn read_content(
    file: &mut impl Read,
    chain: ChainId,
    head: &Head,
) -> io::Result<Found<Vec<u8>>> {
    let length =
        usize::try_from(head.length).map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
    let mut content = vec![0; length];
    file.read_exact(&mut content)?;
    Ok(if head.fits(chain, &content) {
        Found::Frame(content)
    } else {
        Found::Broken("a frame does not fit its checksum")
    })
}
