//! Being asked to stop: Ctrl-C, a signal, or the end of whoever watches. A trial looks here in every loop, and ends in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, ensure};
use tokio::signal::unix::{SignalKind, signal};

/// How often this process was asked to stop.
#[derive(Clone, Debug)]
pub(super) struct Interrupt(Arc<AtomicU32>);

impl Interrupt {
    /// Begins to listen; from here on no signal to stop ends this process by itself.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn listen() -> Result<Interrupt> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot listen for signals")?;
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        let (mut interrupt, mut terminate, mut hang_up) = {
            let _inside = runtime.enter();
            (
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            )
        };
        std::thread::spawn(move || {
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                        _ = hang_up.recv() => {}
                    }
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
        });
        Ok(Interrupt(asked))
    }

    /// How often it was asked.
    pub(super) fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    /// Goes on unless it was asked to stop.
    ///
    /// # Errors
    /// When it was.
    pub(super) fn check(&self) -> Result<()> {
        ensure!(self.count() == 0, "it was asked to stop");
        Ok(())
    }
}
