//! The process that watches over a trial: it chooses the shelter, starts the one that does the work in there, and clears away
//! what is left, however that one ends.
//!
//! The one inside stops in order when its standard input ends, so it does not outlive this one. It is asked to stop by closing
//! its standard input, and is killed when it is asked twice or takes longer than it may.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ledger_core::message::Arguments;

use super::interrupt::Interrupt;
use super::leftovers;
use super::options::Options;
use super::shelter::Shelter;
use crate::say::{Voice, count};

/// What a trial may take beyond the time for its faults: the last one, coming to rest, and reading every block of every node.
const ENDING_MAX: Duration = Duration::from_secs(15 * 60);
/// The pause between two looks at the one that works.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// Runs the trial `options` asks for; `arguments` are those of this process, its name first.
pub(super) fn watch(options: &Options, arguments: &[OsString], voice: &Voice) -> Result<ExitCode> {
    let interrupt = Interrupt::listen()?;
    for directory in leftovers::sweep_dead() {
        let path = Arguments::NONE.text("path", directory.display());
        voice.say("chaos-leftover", &path);
    }
    let shelter = choose(options, voice)?;
    let process = std::process::id();
    let directory = leftovers::directory(process);
    fs::create_dir(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let cleared = Cleared {
        directory: &directory,
        keep: options.keep,
    };
    let mut words: Vec<OsString> = arguments.iter().skip(1).cloned().collect();
    words.extend(
        [
            "--inside",
            &process.to_string(),
            "--shelter",
            shelter.word(),
        ]
        .map(Into::into),
    );
    let child = shelter
        .command(&std::env::current_exe()?, &words)
        .stdin(Stdio::piped())
        // Ctrl-C reaches this process alone, which then asks.
        .process_group(0)
        .spawn()
        .context("cannot start the process that does the work")?;
    let status = wait(child, &interrupt, options.time + ENDING_MAX)?;
    let stray = leftovers::end_nodes(&directory);
    if !stray.is_empty() {
        let number = count(stray.len());
        voice.say("chaos-stray", &Arguments::NONE.number("count", number));
    }
    if options.keep {
        // Under a name that the next trial does not take for something left behind.
        let kept = leftovers::kept(process);
        fs::rename(&directory, &kept)?;
        voice.say("chaos-kept", &Arguments::NONE.text("path", kept.display()));
    }
    drop(cleared);
    Ok(
        match status.code().and_then(|code| u8::try_from(code).ok()) {
            Some(0) if !stray.is_empty() => ExitCode::FAILURE,
            Some(code) => ExitCode::from(code),
            None => {
                voice.say("chaos-killed", &Arguments::NONE.text("status", status));
                ExitCode::FAILURE
            }
        },
    )
}

fn choose(options: &Options, voice: &Voice) -> Result<Shelter> {
    let (shelter, refusals) = Shelter::choose(options.best_shelter());
    if options.needs_network() && shelter != Shelter::Network {
        bail!("namespaces are not allowed here: {}", refusals.join("; "));
    }
    for reason in refusals {
        voice.say("chaos-refused", &Arguments::NONE.text("reason", reason));
    }
    let id = format!("chaos-shelter-{}", shelter.word());
    voice.say(&id, &Arguments::NONE);
    Ok(shelter)
}

/// The trial's directory, emptied when dropped.
struct Cleared<'d> {
    directory: &'d Path,
    keep: bool,
}

impl Drop for Cleared<'_> {
    fn drop(&mut self) {
        leftovers::end_nodes(self.directory);
        if !self.keep {
            // What cannot be removed now is found by the next trial.
            let _ = fs::remove_dir_all(self.directory);
        }
    }
}

/// Waits until the one inside has ended, by itself or because it was asked to.
fn wait(mut child: Child, interrupt: &Interrupt, bound: Duration) -> Result<ExitStatus> {
    let deadline = Instant::now() + bound;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        match interrupt.count() {
            0 => {}
            1 => drop(child.stdin.take()),
            _ => child.kill()?,
        }
        if Instant::now() >= deadline {
            child.kill()?;
        }
        std::thread::sleep(LOOK_INTERVAL);
    }
}
