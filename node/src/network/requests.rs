//! Requests and responses: one substream each, bytes with a length in front.
//!
//! The length is checked against the bound before anything is allocated, and memory grows with what arrives. What the
//! bytes mean is the business of whoever asked and whoever answers.

use std::io;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::StreamProtocol;
use libp2p::request_response;

use crate::replica::messages::{REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX};

/// Requests under way on one connection, in and out.
pub const CONNECTION_REQUESTS_MAX: usize = 32;

/// Why a request got no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No connection to the peer.
    #[error("not connected to the peer")]
    NotConnected,
    /// The request is longer than [`REQUEST_BYTES_MAX`].
    #[error("the request has {length} bytes, at most {REQUEST_BYTES_MAX} are allowed")]
    TooLong {
        /// Its bytes.
        length: usize,
    },
    /// Too many requests of this node are under way.
    #[error("{} requests are under way already", super::REQUESTS_MAX)]
    TooMany,
    /// The peer did not answer in time.
    #[error("no response in time")]
    Timeout,
    /// The connection broke, or the peer refused to answer.
    #[error("the connection broke before the response")]
    Broken,
}

/// Reads and writes the bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Codec;

impl request_response::Codec for Codec {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read_bounded(io, REQUEST_BYTES_MAX).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read_bounded(io, RESPONSE_BYTES_MAX).await
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        request: Vec<u8>,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_bounded(io, &request, REQUEST_BYTES_MAX).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        response: Vec<u8>,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_bounded(io, &response, RESPONSE_BYTES_MAX).await
    }
}

/// Reads bytes with a length in front: four bytes, little-endian.
///
/// # Errors
/// When the stream fails or ends too early, or the length is above `length_max`.
pub async fn read_bounded<T: AsyncRead + Unpin>(
    io: &mut T,
    length_max: usize,
) -> io::Result<Vec<u8>> {
    let mut prefix = [0; 4];
    io.read_exact(&mut prefix).await?;
    let length = u32::from_le_bytes(prefix);
    if length as usize > length_max {
        return Err(too_long(length as usize, length_max));
    }
    let mut data = Vec::new();
    io.take(u64::from(length)).read_to_end(&mut data).await?;
    if data.len() != length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(data)
}

async fn write_bounded<T: AsyncWrite + Unpin>(
    io: &mut T,
    data: &[u8],
    length_max: usize,
) -> io::Result<()> {
    let length = u32::try_from(data.len())
        .ok()
        .filter(|_| data.len() <= length_max)
        .ok_or_else(|| too_long(data.len(), length_max))?;
    io.write_all(&length.to_le_bytes()).await?;
    io.write_all(data).await
}

fn too_long(length: usize, length_max: usize) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("{length} bytes announced, at most {length_max} are allowed"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::io::Cursor;

    #[tokio::test]
    async fn bytes_come_back_as_they_were_written() {
        let mut wire = Vec::new();
        write_bounded(&mut wire, b"block 7, please", 64)
            .await
            .unwrap();
        let read = read_bounded(&mut Cursor::new(wire), 64).await.unwrap();
        assert_eq!(read, b"block 7, please");
    }

    #[tokio::test]
    async fn refuses_a_length_above_the_bound_and_a_cut_body() {
        let huge = u32::MAX.to_le_bytes().to_vec();
        let error = read_bounded(&mut Cursor::new(huge), 64).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);

        let cut = vec![9, 0, 0, 0, 1, 2];
        let error = read_bounded(&mut Cursor::new(cut), 64).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);

        let error = write_bounded(&mut Vec::new(), &[0; 65], 64)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
