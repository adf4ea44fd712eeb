//! Frames on a direct stream between peers, and requests and responses with their length in front: in any pieces.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures::AsyncRead;
use futures::executor::block_on;
use timebank_node::network::requests::read_bounded;
use timebank_node::network::{FrameReader, ReadEnd, frame};
use timebank_node::replica::Topic;
use timebank_node::replica::messages::REQUEST_BYTES_MAX;

use super::{Allowance, Outcome, Target, peer_message};

/// The most frames read from one input.
const FRAMES_MAX: usize = 4_096;

/// The target.
pub static TARGET: Target = Target {
    name: "frame",
    run,
    samples,
    length_max: 64 * 1024,
    inputs: 1_500,
    allowance: Allowance {
        // The frames read in pieces and at once, side by side, and a message read for its length.
        bytes_per_byte: 8,
        // What a frame's buffer grows ahead of what has arrived, twice, and lists of frames.
        bytes: 160 * 1024,
    },
};

/// A stream that gives at most so many bytes at a time, and between two pieces nothing.
struct Pieces<'a> {
    rest: &'a [u8],
    sizes: &'a [u8],
    next: usize,
    wait: bool,
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.wait = !self.wait && !self.sizes.is_empty();
        if self.wait {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let size = match self.sizes.get(self.next % self.sizes.len().max(1)) {
            Some(size) => usize::from(*size).max(1),
            None => usize::MAX,
        };
        self.next += 1;
        let count = size.min(buffer.len()).min(self.rest.len());
        let (now, later) = self.rest.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.rest = later;
        Poll::Ready(Ok(count))
    }
}

/// Whether reading ended because the peer broke the protocol, and what was read before.
type Read = (Vec<(Topic, Vec<u8>)>, Option<String>);

fn read(stream: &[u8], sizes: &[u8]) -> Read {
    let mut pieces = Pieces {
        rest: stream,
        sizes,
        next: 0,
        wait: false,
    };
    let mut reader = FrameReader::default();
    let mut context = Context::from_waker(Waker::noop());
    let mut frames = Vec::new();
    while frames.len() < FRAMES_MAX {
        match reader.poll_frame(&mut pieces, &mut context) {
            Poll::Pending => {}
            Poll::Ready(Ok(frame)) => frames.push(frame),
            Poll::Ready(Err(ReadEnd::Closed(_))) => return (frames, None),
            Poll::Ready(Err(ReadEnd::Violation(error))) => {
                return (frames, Some(error.to_string()));
            }
        }
    }
    (frames, None)
}

/// Reads `data` as the number of sizes, the sizes of pieces, and a stream; what is read does not depend on the pieces.
pub fn run(data: &[u8]) -> Outcome {
    let Some((count, rest)) = data.split_first() else {
        return Outcome::Refused;
    };
    let (sizes, stream) = rest.split_at(usize::from(*count).min(rest.len()));
    let (frames, violation) = read(stream, sizes);
    assert_eq!(read(stream, &[]), (frames.clone(), violation.clone()));
    let mut again = Vec::new();
    for (topic, bytes) in &frames {
        let framed = frame(*topic, bytes).expect("what was read is within the topic's bound");
        again.extend_from_slice(&framed);
    }
    assert!(stream.starts_with(&again));

    let mut pieces = Pieces {
        rest: stream,
        sizes,
        next: 0,
        wait: false,
    };
    let message = block_on(read_bounded(&mut pieces, REQUEST_BYTES_MAX));
    if let Ok(message) = &message {
        assert!(message.len() <= REQUEST_BYTES_MAX);
        assert!(stream[4..].starts_with(message));
    }
    if message.is_ok() || (violation.is_none() && !frames.is_empty()) {
        Outcome::Taken
    } else {
        Outcome::Refused
    }
}

/// Frames of real messages, one after another, in pieces and whole; and a request with its length.
pub fn samples() -> Vec<Vec<u8>> {
    let frames: Vec<u8> = peer_message::samples()
        .iter()
        .filter_map(|it| {
            let (topic, bytes) = it.split_first()?;
            let topic = match topic {
                0 => Topic::Consensus,
                1 => Topic::Transactions,
                _ => Topic::Status,
            };
            frame(topic, bytes)
        })
        .flat_map(|it| it.to_vec())
        .collect();
    let empty = frame(Topic::Status, &[]).expect("nothing is short enough");
    let request = [&5_u32.to_le_bytes()[..], b"block"].concat();
    [
        [&[0][..], &frames].concat(),
        [&[3, 1, 7, 255][..], &frames].concat(),
        [&[1, 1][..], &frames[..2_000]].concat(),
        [&[0][..], &empty, &empty].concat(),
        [&[1, 2][..], &request].concat(),
    ]
    .to_vec()
}
