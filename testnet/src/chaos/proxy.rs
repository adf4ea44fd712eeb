//! Lines between nodes that this program can cut, slow down and break: TCP proxies in user space, one a direction of
//! calling.
//!
//! A line that is cut holds everything back, as a cable does that was pulled out: connections stay open and silent, new ones
//! are taken and lead nowhere until the line is whole again. A line in bad weather delays every piece, now and then holds one
//! back for as long as a lost segment takes to be sent again, and now and then breaks the connection. What always holds: bytes
//! are never changed, reordered or left out within a connection; every queue, every wait and the number of connections have
//! a bound.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::Instant;

use crate::nanjing::Random;

/// Bytes carried in one piece.
const PIECE_BYTES_MAX: usize = 16 * 1024;
/// Pieces on their way in one direction of a connection.
const PIECES_MAX: usize = 128;
/// Connections over one line at once.
const CONNECTIONS_MAX: usize = 64;
/// How long the far end may take to answer a call.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Rolls of the dice are out of this many.
const DICE: u64 = 1_000;

/// How a line carries what it carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weather {
    /// Every piece takes at least this long, in milliseconds.
    pub(super) delay_ms: u64,
    /// And up to this much longer.
    pub(super) jitter_ms: u64,
    /// How many of a thousand pieces are held back.
    pub(super) held_permille: u64,
    /// For how long, in milliseconds.
    pub(super) held_ms: u64,
    /// How many of a thousand pieces break the connection.
    pub(super) broken_permille: u64,
}

/// A line as it is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    cut: bool,
    weather: Weather,
}

/// A line by which one node calls another.
#[derive(Debug)]
pub(super) struct Line {
    state: watch::Sender<State>,
}

impl Line {
    /// Cuts the line, or mends it.
    pub(super) fn set_cut(&self, cut: bool) {
        self.state.send_modify(|state| state.cut = cut);
    }

    /// Changes the weather.
    pub(super) fn set_weather(&self, weather: Weather) {
        self.state.send_modify(|state| state.weather = weather);
    }
}

/// The thread pool in which lines carry.
#[derive(Debug)]
pub(super) struct Exchange {
    // An option only because shutting it down without waiting takes it.
    runtime: Option<Runtime>,
    seed: u64,
    lines: u64,
}

impl Exchange {
    /// With dice that follow `seed`.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn open(seed: u64) -> Result<Exchange> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("cannot start a thread for the lines")?;
        Ok(Exchange {
            runtime: Some(runtime),
            seed,
            lines: 0,
        })
    }

    /// A line from whoever calls `listener` to `target`.
    ///
    /// # Errors
    /// When the socket cannot be used.
    pub(super) fn line(&mut self, listener: TcpListener, target: SocketAddr) -> Result<Line> {
        let runtime = self.runtime.as_ref().context("the exchange is closed")?;
        listener.set_nonblocking(true)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        self.lines += 1;
        let (state, changes) = watch::channel(State::default());
        runtime.spawn(serve(
            listener,
            target,
            changes,
            self.seed ^ (self.lines << 32),
        ));
        Ok(Line { state })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(
    listener: tokio::net::TcpListener,
    target: SocketAddr,
    changes: watch::Receiver<State>,
    seed: u64,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut taken = 0_u64;
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let Ok((near, _)) = listener.accept().await else {
            // Out of descriptors, or a call given up before it was taken: the next one may do better.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        taken += 1;
        let (changes, seed) = (changes.clone(), seed ^ taken);
        tokio::spawn(async move {
            // However it ends, both ends hear of it when the streams are dropped.
            let _ = carry(near, target, changes, seed).await;
            drop(permit);
        });
    }
}

/// Carries one connection until either end closes it or the weather breaks it.
async fn carry(
    near: TcpStream,
    target: SocketAddr,
    mut changes: watch::Receiver<State>,
    seed: u64,
) -> io::Result<()> {
    whole(&mut changes).await?;
    let far = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(target)).await??;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    // The first direction to end ends the other: nodes never close one half of a connection only.
    tokio::select! {
        ended = one_way(near_read, far_write, changes.clone(), Random::new(seed)) => ended,
        ended = one_way(far_read, near_write, changes.clone(), Random::new(seed ^ (1 << 63))) => ended,
    }
}

/// Waits until the line is whole; how it is then.
async fn whole(changes: &mut watch::Receiver<State>) -> io::Result<State> {
    match changes.wait_for(|state| !state.cut).await {
        Ok(state) => Ok(*state),
        Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
    }
}

async fn one_way(
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    changes: watch::Receiver<State>,
    random: Random,
) -> io::Result<()> {
    let (pieces, due) = mpsc::channel(PIECES_MAX);
    tokio::try_join!(
        take_in(from, pieces, changes.clone(), random),
        hand_out(to, due, changes)
    )?;
    Ok(())
}

/// Reads pieces and says when each is due at the other end.
async fn take_in(
    mut from: OwnedReadHalf,
    pieces: mpsc::Sender<(Instant, Vec<u8>)>,
    mut changes: watch::Receiver<State>,
    mut random: Random,
) -> io::Result<()> {
    let mut due = Instant::now();
    let mut buffer = vec![0; PIECE_BYTES_MAX];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        let Weather {
            delay_ms,
            jitter_ms,
            held_permille,
            held_ms,
            broken_permille,
        } = whole(&mut changes).await?.weather;
        if random.below(DICE) < broken_permille {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let mut wait_ms = delay_ms + random.below(jitter_ms + 1);
        if random.below(DICE) < held_permille {
            wait_ms += held_ms;
        }
        // In order, as TCP delivers: a piece that was held back holds back those behind it.
        due = due.max(Instant::now() + Duration::from_millis(wait_ms));
        let piece = (due, buffer[..length].to_vec());
        if pieces.send(piece).await.is_err() {
            return Ok(());
        }
    }
}

/// Writes pieces when they are due and the line is whole.
async fn hand_out(
    mut to: OwnedWriteHalf,
    mut pieces: mpsc::Receiver<(Instant, Vec<u8>)>,
    mut changes: watch::Receiver<State>,
) -> io::Result<()> {
    while let Some((due, piece)) = pieces.recv().await {
        tokio::time::sleep_until(due).await;
        whole(&mut changes).await?;
        to.write_all(&piece).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::time::Instant;

    use super::*;

    /// A line to somebody who sends everything back.
    fn echo_line() -> (Exchange, Line, std::net::TcpStream) {
        let echo = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = echo.local_addr().unwrap();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = echo.accept() {
                let mut copy = stream.try_clone().unwrap();
                std::thread::spawn(move || std::io::copy(&mut copy, &mut stream));
            }
        });
        let mut exchange = Exchange::open(1).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let line = exchange.line(listener, target).unwrap();
        let stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        (exchange, line, stream)
    }

    fn back_and_forth(stream: &mut std::net::TcpStream, bytes: &[u8]) -> io::Result<Duration> {
        let began = Instant::now();
        let mut answer = vec![0; bytes.len()];
        stream.write_all(bytes)?;
        stream.read_exact(&mut answer)?;
        assert_eq!(answer, bytes);
        Ok(began.elapsed())
    }

    #[test]
    fn a_line_that_is_cut_holds_everything_back_and_loses_nothing() {
        let (_exchange, line, mut stream) = echo_line();
        back_and_forth(&mut stream, b"before").unwrap();
        line.set_cut(true);
        stream.write_all(b"meanwhile").unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        let mut answer = [0; 9];
        stream.read_exact(&mut answer).unwrap_err();
        line.set_cut(false);
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"meanwhile");
    }

    #[test]
    fn a_slow_line_delays_and_keeps_the_order() {
        let (_exchange, line, mut stream) = echo_line();
        line.set_weather(Weather {
            delay_ms: 50,
            jitter_ms: 20,
            held_permille: 200,
            held_ms: 30,
            broken_permille: 0,
        });
        let bytes: Vec<u8> = (0..100_000_u32).map(|it| it.to_le_bytes()[0]).collect();
        let took = back_and_forth(&mut stream, &bytes).unwrap();
        assert!(took >= Duration::from_millis(100), "{took:?}");
    }

    #[test]
    fn bad_weather_breaks_connections() {
        let (_exchange, line, mut stream) = echo_line();
        back_and_forth(&mut stream, b"before").unwrap();
        line.set_weather(Weather {
            broken_permille: DICE,
            ..Weather::default()
        });
        back_and_forth(&mut stream, b"meanwhile").unwrap_err();
    }
}
