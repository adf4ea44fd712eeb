//! `run`: the node, until it is told to stop.

use std::fs;
use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};

use super::check::{listen_failed, prepare};
use super::{Outcome, Terminal};
use crate::config::NodeConfig;
use crate::message::Message;
use crate::network::NetworkError;
use crate::replica::Fault;
use crate::runtime::{self, Addresses, NodeSetup, RuntimeError};
use crate::storage::directory::{Directory, STATE_DAMAGED_FILE};
use crate::storage::{Storage, StorageError};
use crate::telemetry;

/// Threads for sockets and HTTP; the replica has one of its own beside them.
const ASYNC_THREADS_MAX: usize = 4;
/// Threads that verify signatures, write the state, and read for HTTP requests.
const BLOCKING_THREADS_MAX: usize = 32;

/// What is to be done before the node starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Set everything that comes from the chain aside and fetch it anew from the peers.
    pub resync: bool,
    /// Throw the derived state away and rebuild it from the blocks.
    pub rebuild_state: bool,
}

pub(super) fn run(home: &Path, options: RunOptions, terminal: &mut Terminal<'_>) -> Outcome {
    let Some(setup) = prepare(home, terminal) else {
        return Outcome::Misconfigured;
    };
    if let Err(message) = start_over(&setup.config, options, terminal) {
        terminal.complain(&message);
        return Outcome::Failed;
    }
    if let Err(error) = telemetry::start(&setup.config.log) {
        terminal.complain(&Message::new("run_no_logs").text("reason", error));
        return Outcome::Failed;
    }
    match serve(setup, terminal) {
        Ok(()) => {
            terminal.say(&Message::new("run_stopped"));
            Outcome::Done
        }
        Err(error) => {
            terminal.complain(&explain(&error));
            match error {
                RuntimeError::Fault(Fault::RulesUnknown { .. }) => Outcome::UpgradeNeeded,
                _ => Outcome::Failed,
            }
        }
    }
}

/// Does what `options` ask for with the data directory.
fn start_over(
    config: &NodeConfig,
    options: RunOptions,
    terminal: &mut Terminal<'_>,
) -> Result<(), Message> {
    if options.resync {
        let aside = Storage::set_aside(&config.data).map_err(|error| error.message())?;
        terminal.say(&Message::new("run_set_aside").path("path", &aside));
    } else if options.rebuild_state {
        let data = Directory::lock(&config.data).map_err(|error| error.message())?;
        // The storage throws away a state that is marked as damaged; so does one that an operator does not trust.
        let marker = data.file(STATE_DAMAGED_FILE);
        fs::write(&marker, "the operator asked for it (--rebuild-state)")
            .map_err(|source| StorageError::io(&marker, "write", source).message())?;
    }
    Ok(())
}

fn serve(setup: NodeSetup, terminal: &mut Terminal<'_>) -> Result<(), RuntimeError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let executor = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.min(ASYNC_THREADS_MAX))
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .enable_all()
        .build()
        .map_err(RuntimeError::Start)?;
    let outcome = executor.block_on(async {
        // Before anything starts, so that no signal finds the node without an ear for it.
        let mut terminate = signal(SignalKind::terminate()).map_err(RuntimeError::Start)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(RuntimeError::Start)?;
        // A write beyond a limit on the size of files is to fail like one to a full disk, not to end the process.
        let _file_too_large = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))
            .map_err(RuntimeError::Start)?;
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping");
        };
        let started = |addresses: Addresses| {
            terminal.say(
                &Message::new("run_started")
                    .text("network", addresses.network)
                    .text("api", addresses.api),
            );
        };
        runtime::run(setup, stop, started).await
    });
    executor.shutdown_timeout(runtime::STOP_TIMEOUT);
    outcome
}

fn explain(error: &RuntimeError) -> Message {
    match error {
        RuntimeError::Network(NetworkError::Listen { address, source }) => {
            listen_failed("network.listen", *address, source)
        }
        RuntimeError::ApiListen { address, source } => {
            listen_failed("api.listen", *address, source)
        }
        RuntimeError::Storage(error) | RuntimeError::Fault(Fault::Storage(error)) => {
            error.message()
        }
        RuntimeError::Fault(Fault::RulesUnknown {
            height,
            required,
            known,
        }) => Message::new("run_upgrade_needed")
            .text("height", height)
            .text("required", required)
            .text("known", known),
        RuntimeError::Fault(fault) => Message::new("run_halted").text("reason", fault),
        RuntimeError::Network(error) => Message::new("run_failed").text("reason", error),
        RuntimeError::Start(error) => Message::new("run_failed").text("reason", error),
        RuntimeError::PartEnded { .. } => Message::new("run_failed").text("reason", error),
    }
}
