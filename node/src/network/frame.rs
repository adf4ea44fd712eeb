//! Frames on a direct stream: four bytes of length (little-endian, of the data), one byte of topic, the data.
//!
//! The length is checked against the topic's bound before anything is allocated, and memory grows with the bytes that
//! have arrived, never with the bytes that were promised.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use futures::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;

use crate::replica::Topic;

/// Frames that wait for one peer; the next one is dropped, and consensus' rebroadcast makes up for it.
pub const PEER_QUEUE_FRAMES_MAX: usize = 512;
/// Bytes that wait for one peer; more are dropped likewise.
pub const PEER_QUEUE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Groups of transactions that wait for one peer, in a queue of their own, so that they never take the place of a vote. The
/// next one is dropped, and sending again what is not committed makes up for it.
pub const PEER_TRANSACTIONS_FRAMES_MAX: usize = 512;
/// Bytes of transactions that wait for one peer; more are dropped likewise.
pub const PEER_TRANSACTIONS_BYTES_MAX: usize = 8 * 1024 * 1024;

const HEADER_BYTES: usize = 5;
/// How far the buffer of a frame grows ahead of what has arrived.
const READ_AHEAD_BYTES: usize = 16 * 1024;

const TAG_CONSENSUS: u8 = 1;
const TAG_STATUS: u8 = 2;
const TAG_TRANSACTIONS: u8 = 3;

/// A frame as it goes over the wire, shared by the queues of all peers.
pub type FrameBytes = Arc<[u8]>;

/// What a peer sent that no honest node sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The tag names no topic.
    #[error("a frame of unknown kind {tag}")]
    UnknownTopic {
        /// The tag.
        tag: u8,
    },
    /// Longer than messages of the topic may be.
    #[error("a frame of {length} bytes, at most {length_max} are allowed")]
    TooLong {
        /// The length announced.
        length: usize,
        /// What is allowed.
        length_max: usize,
    },
}

/// Why reading ended.
#[derive(Debug)]
pub enum ReadEnd {
    /// The stream closed or failed.
    Closed(io::Error),
    /// The peer broke the protocol.
    Violation(FrameError),
}

/// The wire form of `data`; nothing when the data is too long.
pub fn frame(topic: Topic, data: &[u8]) -> Option<FrameBytes> {
    let tag = match topic {
        Topic::Consensus => TAG_CONSENSUS,
        Topic::Status => TAG_STATUS,
        Topic::Transactions => TAG_TRANSACTIONS,
    };
    if data.len() > topic.bytes_max() {
        return None;
    }
    let length = u32::try_from(data.len()).ok()?;
    let mut bytes = Vec::with_capacity(HEADER_BYTES + data.len());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.push(tag);
    bytes.extend_from_slice(data);
    Some(bytes.into())
}

fn parse_header(header: [u8; HEADER_BYTES]) -> Result<(Topic, usize), FrameError> {
    let [a, b, c, d, tag] = header;
    let topic = match tag {
        TAG_CONSENSUS => Topic::Consensus,
        TAG_STATUS => Topic::Status,
        TAG_TRANSACTIONS => Topic::Transactions,
        tag => return Err(FrameError::UnknownTopic { tag }),
    };
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let length_max = topic.bytes_max();
    if length > length_max {
        return Err(FrameError::TooLong { length, length_max });
    }
    Ok((topic, length))
}

/// Reads frames from a stream, across as many polls as it takes.
#[derive(Debug, Default)]
pub struct FrameReader {
    header: [u8; HEADER_BYTES],
    header_filled: usize,
    body: Vec<u8>,
    body_filled: usize,
}

impl FrameReader {
    /// The next frame, once all of it has arrived.
    ///
    /// # Errors
    /// See [`ReadEnd`]; nothing more is read then.
    pub fn poll_frame<R: AsyncRead + Unpin>(
        &mut self,
        reader: &mut R,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(Topic, Vec<u8>), ReadEnd>> {
        while self.header_filled < HEADER_BYTES {
            let rest = &mut self.header[self.header_filled..];
            match ready!(poll_some(reader, cx, rest)) {
                Ok(count) => self.header_filled += count,
                Err(error) => return Poll::Ready(Err(ReadEnd::Closed(error))),
            }
        }
        let (topic, length) = match parse_header(self.header) {
            Ok(parsed) => parsed,
            Err(error) => return Poll::Ready(Err(ReadEnd::Violation(error))),
        };
        while self.body_filled < length {
            if self.body_filled == self.body.len() {
                self.body
                    .resize(length.min(self.body_filled + READ_AHEAD_BYTES), 0);
            }
            let rest = &mut self.body[self.body_filled..];
            match ready!(poll_some(reader, cx, rest)) {
                Ok(count) => self.body_filled += count,
                Err(error) => return Poll::Ready(Err(ReadEnd::Closed(error))),
            }
        }
        self.header_filled = 0;
        self.body_filled = 0;
        Poll::Ready(Ok((topic, std::mem::take(&mut self.body))))
    }
}

/// Reads at least one byte; the end of the stream is an error.
fn poll_some<R: AsyncRead + Unpin>(
    reader: &mut R,
    cx: &mut Context<'_>,
    buffer: &mut [u8],
) -> Poll<io::Result<usize>> {
    match ready!(Pin::new(reader).poll_read(cx, buffer)) {
        Ok(0) => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
        other => Poll::Ready(other),
    }
}

/// Writes queued frames to a stream and flushes when the queue is empty.
#[derive(Debug, Default)]
pub(crate) struct FrameWriter {
    current: Option<FrameBytes>,
    written: usize,
    unflushed: bool,
}

impl FrameWriter {
    /// Writes what there is. Ready only when the stream has failed.
    pub(crate) fn poll_write_all<W: AsyncWrite + Unpin>(
        &mut self,
        writer: &mut W,
        queue: &mut FrameQueue,
        cx: &mut Context<'_>,
    ) -> Poll<io::Error> {
        loop {
            let Some(frame) = &self.current else {
                match queue.poll_next(cx) {
                    Poll::Ready(Some(next)) => {
                        self.current = Some(next);
                        self.written = 0;
                        continue;
                    }
                    Poll::Ready(None) | Poll::Pending if self.unflushed => {
                        match ready!(Pin::new(&mut *writer).poll_flush(cx)) {
                            Ok(()) => self.unflushed = false,
                            Err(error) => return Poll::Ready(error),
                        }
                        return Poll::Pending;
                    }
                    Poll::Ready(None) | Poll::Pending => return Poll::Pending,
                }
            };
            match ready!(Pin::new(&mut *writer).poll_write(cx, &frame[self.written..])) {
                Ok(0) => return Poll::Ready(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.written += count,
                Err(error) => return Poll::Ready(error),
            }
            self.unflushed = true;
            if self.written == frame.len() {
                self.current = None;
            }
        }
    }
}

/// The sending end of one connection's queues.
#[derive(Debug)]
pub(crate) struct FrameSender {
    urgent: LaneSender,
    transactions: LaneSender,
}

/// The receiving end of one connection's queues.
#[derive(Debug)]
pub(crate) struct FrameQueue {
    urgent: Lane,
    transactions: Lane,
}

/// Queues for one peer, bounded by [`PEER_QUEUE_FRAMES_MAX`] and [`PEER_QUEUE_BYTES_MAX`], for transactions by
/// [`PEER_TRANSACTIONS_FRAMES_MAX`] and [`PEER_TRANSACTIONS_BYTES_MAX`].
pub(crate) fn frame_queue() -> (FrameSender, FrameQueue) {
    let (urgent_in, urgent) = lane(PEER_QUEUE_FRAMES_MAX, PEER_QUEUE_BYTES_MAX);
    let (transactions_in, transactions) =
        lane(PEER_TRANSACTIONS_FRAMES_MAX, PEER_TRANSACTIONS_BYTES_MAX);
    (
        FrameSender {
            urgent: urgent_in,
            transactions: transactions_in,
        },
        FrameQueue {
            urgent,
            transactions,
        },
    )
}

impl FrameSender {
    /// Queues a frame; false when its queue is full and the frame is dropped.
    pub(crate) fn try_send(&self, topic: Topic, frame: FrameBytes) -> bool {
        match topic {
            Topic::Consensus | Topic::Status => self.urgent.try_send(frame),
            Topic::Transactions => self.transactions.try_send(frame),
        }
    }
}

impl FrameQueue {
    /// The next frame to write: transactions when nothing else waits.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<FrameBytes>> {
        match self.urgent.poll_next(cx) {
            Poll::Pending => self.transactions.poll_next(cx),
            ready => ready,
        }
    }
}

#[derive(Debug)]
struct LaneSender {
    frames: mpsc::Sender<FrameBytes>,
    bytes: Arc<AtomicUsize>,
    bytes_max: usize,
}

#[derive(Debug)]
struct Lane {
    frames: mpsc::Receiver<FrameBytes>,
    bytes: Arc<AtomicUsize>,
}

fn lane(frames_max: usize, bytes_max: usize) -> (LaneSender, Lane) {
    let (sender, receiver) = mpsc::channel(frames_max);
    let bytes = Arc::new(AtomicUsize::new(0));
    (
        LaneSender {
            frames: sender,
            bytes: Arc::clone(&bytes),
            bytes_max,
        },
        Lane {
            frames: receiver,
            bytes,
        },
    )
}

impl LaneSender {
    fn try_send(&self, frame: FrameBytes) -> bool {
        let length = frame.len();
        // One sender, so the sum can only shrink between the check and the addition.
        if self.bytes.load(Ordering::Relaxed).saturating_add(length) > self.bytes_max {
            return false;
        }
        self.bytes.fetch_add(length, Ordering::Relaxed);
        if self.frames.try_send(frame).is_err() {
            self.bytes.fetch_sub(length, Ordering::Relaxed);
            return false;
        }
        true
    }
}

impl Lane {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<FrameBytes>> {
        let next = ready!(self.frames.poll_recv(cx));
        if let Some(frame) = &next {
            self.bytes.fetch_sub(frame.len(), Ordering::Relaxed);
        }
        Poll::Ready(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::poll_fn;
    use futures::io::Cursor;

    async fn read_all(bytes: Vec<u8>) -> (Vec<(Topic, Vec<u8>)>, ReadEnd) {
        let mut input = Cursor::new(bytes);
        let mut reader = FrameReader::default();
        let mut frames = Vec::new();
        loop {
            match poll_fn(|cx| reader.poll_frame(&mut input, cx)).await {
                Ok(frame) => frames.push(frame),
                Err(end) => return (frames, end),
            }
        }
    }

    #[tokio::test]
    async fn frames_come_back_as_they_were_sent() {
        let long = vec![9; 40_000];
        let mut bytes = frame(Topic::Consensus, b"vote").unwrap().to_vec();
        bytes.extend_from_slice(&frame(Topic::Status, b"").unwrap());
        bytes.extend_from_slice(&frame(Topic::Consensus, &long).unwrap());
        let (frames, end) = read_all(bytes).await;
        assert_eq!(
            frames,
            [
                (Topic::Consensus, b"vote".to_vec()),
                (Topic::Status, Vec::new()),
                (Topic::Consensus, long),
            ]
        );
        assert!(matches!(end, ReadEnd::Closed(_)));
    }

    #[tokio::test]
    async fn a_promised_length_above_the_bound_is_refused_before_the_data_arrives() {
        let mut bytes = u32::MAX.to_le_bytes().to_vec();
        bytes.push(TAG_STATUS);
        let (_, end) = read_all(bytes).await;
        assert!(matches!(
            end,
            ReadEnd::Violation(FrameError::TooLong {
                length_max: 4096,
                ..
            })
        ));
    }

    #[tokio::test]
    async fn an_unknown_kind_is_refused() {
        let (_, end) = read_all(vec![0, 0, 0, 0, 7]).await;
        assert!(matches!(
            end,
            ReadEnd::Violation(FrameError::UnknownTopic { tag: 7 })
        ));
    }

    #[tokio::test]
    async fn memory_for_a_frame_grows_only_with_what_arrives() {
        let mut bytes = 500_000u32.to_le_bytes().to_vec();
        bytes.extend_from_slice(&[TAG_CONSENSUS, 1, 2, 3]);
        let mut input = Cursor::new(bytes);
        let mut reader = FrameReader::default();
        let end = poll_fn(|cx| reader.poll_frame(&mut input, cx)).await;
        assert!(matches!(end, Err(ReadEnd::Closed(_))));
        assert!(reader.body.capacity() <= READ_AHEAD_BYTES);
    }

    fn filled(topic: Topic, data: &[u8]) -> (usize, FrameSender, FrameQueue) {
        let (sender, queue) = frame_queue();
        let frame = frame(topic, data).unwrap();
        let sent = (0..10_000)
            .take_while(|_| sender.try_send(topic, Arc::clone(&frame)))
            .count();
        (sent, sender, queue)
    }

    #[test]
    fn a_full_queue_drops_the_next_frame() {
        for (topic, frames_max, bytes_max) in [
            (
                Topic::Consensus,
                PEER_QUEUE_FRAMES_MAX,
                PEER_QUEUE_BYTES_MAX,
            ),
            (
                Topic::Transactions,
                PEER_TRANSACTIONS_FRAMES_MAX,
                PEER_TRANSACTIONS_BYTES_MAX,
            ),
        ] {
            assert_eq!(filled(topic, b"x").0, frames_max);
            let long = vec![0; topic.bytes_max()];
            assert_eq!(
                filled(topic, &long).0,
                bytes_max / (HEADER_BYTES + long.len())
            );
        }
    }

    #[tokio::test]
    async fn a_vote_overtakes_transactions_and_finds_room_however_many_wait() {
        let (_, sender, mut queue) = filled(Topic::Transactions, b"a group");
        let vote = frame(Topic::Consensus, b"vote").unwrap();
        assert!(sender.try_send(Topic::Consensus, Arc::clone(&vote)));
        assert_eq!(poll_fn(|cx| queue.poll_next(cx)).await, Some(vote));
        let group = frame(Topic::Transactions, b"a group");
        assert_eq!(poll_fn(|cx| queue.poll_next(cx)).await, group);
    }
}
