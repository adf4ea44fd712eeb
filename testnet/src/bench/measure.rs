//! A network under measurement: prepared once, then run at one rate after another.

use std::iter;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use ledger_core::id::Height;
use ledger_core::message::Arguments;
use ledger_core::time::TimestampMs;

use super::arrivals::{self, Sending};
use super::knee::{self, Length};
use super::mixes::{Arrival, Mix, RAMP, Stream};
use super::people::{self, Heard, People};
use super::read_back;
use super::results::{Asked, RunResult, Used};
use super::usage::{self, Usage};
use crate::driver::Driver;
use crate::network::Network;
use crate::say::{Voice, count, grouped};

/// How long the nodes may take to start. A large genesis document takes a while.
pub(super) const START_TIMEOUT: Duration = Duration::from_secs(300);
/// Pause between two looks.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// What is left out at the beginning of each run: orders have come to all their steps, and a second more.
const LEAD_IN: Duration = RAMP.saturating_add(Duration::from_secs(1));
/// The longest window of a run in the search for the knee.
const SHORT: Duration = Duration::from_secs(10);
/// How much of a run is made at a time, when it is made while it is sent.
const SLICE: Duration = Duration::from_secs(10);

/// A network under measurement.
pub(super) struct Bench {
    pub(super) network: Network,
    pub(super) driver: Driver,
    pub(super) people: People,
    /// How long runs of full length are measured.
    pub(super) window: Duration,
}

/// How large a network is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Offices, each with a node.
    pub(super) offices: usize,
    /// Accounts.
    pub(super) accounts: usize,
    /// Pairs of kin among them.
    pub(super) pairs: usize,
}

impl Size {
    /// A network of `offices` with as many accounts as its pairs have.
    pub(super) const fn of_pairs(offices: usize, accounts: usize) -> Size {
        Size {
            offices,
            accounts,
            pairs: accounts / 2,
        }
    }
}

impl Bench {
    /// Starts a network in `directory` and prepares its people.
    ///
    /// # Errors
    /// When a node fails or refuses.
    pub(super) fn prepare(
        directory: &Path,
        size: Size,
        window: Duration,
        now_ms: TimestampMs,
        voice: &mut Voice,
    ) -> Result<Bench> {
        let said = Arguments::NONE
            .text("nodes", size.offices)
            .text("accounts", grouped(count(size.accounts)))
            .text("pairs", grouped(count(size.pairs)));
        voice.step("bench-prepare", &said);
        let genesis = people::genesis(size.offices, size.accounts, size.pairs, now_ms);
        let listed = genesis.accounts.len();
        let program = std::env::current_exe()?;
        let mut network = Network::prepare(directory, &program, genesis, size.offices)?;
        network.start_all()?;
        network.wait_ready(START_TIMEOUT)?;
        voice.step("bench-started", &Arguments::NONE);
        let mut driver = Driver::new(&network, "bench");
        let pairs = people::listed_pairs(size.pairs);
        let people = telling(voice, |heard| {
            People::prepare(&network.doors(), &mut driver, pairs, heard)
        })?;
        let mut bench = Bench {
            network,
            driver,
            people,
            window,
        };
        bench.grow(size.accounts.saturating_sub(listed) / 2, voice)?;
        bench.settle()?;
        voice.step("bench-prepared", &Arguments::NONE);
        Ok(bench)
    }

    /// Opens the accounts of `more` pairs by transactions.
    ///
    /// # Errors
    /// When a node fails or refuses.
    pub(super) fn grow(&mut self, more: usize, voice: &mut Voice) -> Result<()> {
        if more == 0 {
            return Ok(());
        }
        telling(voice, |heard| {
            self.people
                .grow(&self.network.doors(), &mut self.driver, more, heard)
        })?;
        self.settle()?;
        Ok(())
    }

    /// The greatest rate the network keeps up with, as [`knee`] finds it.
    ///
    /// # Errors
    /// When a node fails.
    pub(super) fn knee(&mut self, mix: Mix, voice: &mut Voice) -> Result<RunResult> {
        let knee = knee::search(|rate, length| {
            let result = self.once(mix, rate, length, voice)?;
            let kept = result.kept_up();
            Ok((result, kept))
        })?;
        let said = Arguments::NONE
            .text("mix", &knee.mix)
            .text("rate", grouped(u64::from(knee.offered)));
        voice.step("bench-knee", &said);
        Ok(knee)
    }

    /// A run of `mix` at `rate`, measured for `window` after the usual beginning.
    pub(super) const fn asked(mix: Mix, rate: u32, window: Duration) -> Asked {
        Asked {
            mix,
            rate,
            lead_in: LEAD_IN,
            window,
        }
    }

    /// One run: sent at its times, read back. One of full length begins and ends with a network whose state is durable, so
    /// that its cost is its own and all of it.
    ///
    /// # Errors
    /// When a node fails, nodes hold different blocks, or the ledger refuses what depends on nothing.
    pub(super) fn once(
        &mut self,
        mix: Mix,
        rate: u32,
        length: Length,
        voice: &mut Voice,
    ) -> Result<RunResult> {
        let window = match length {
            Length::Short => self.window.min(SHORT),
            Length::Full => self.window,
        };
        let asked = Bench::asked(mix, rate, window);
        let now_ms = self.driver.refresh_time(0)?;
        let mut stream = Stream::new(&mut self.people, mix, rate, now_ms);
        let mut arrivals = stream.until(&mut self.people, LEAD_IN + window)?;
        arrivals.extend(stream.rest());
        let after = self.settle_for(length)?;
        let before = usage::of_all(&self.network)?;
        let sending = arrivals::send(&self.network.doors(), [arrivals])?;
        let result = self.result_of(asked, length, &before, after, &sending)?;
        voice.step("bench-run", &arguments_of(&result));
        if let Some(reason) = sending.refusal {
            voice.step("bench-refused", &Arguments::NONE.text("reason", reason));
        }
        Ok(result)
    }

    /// One long run, made while it is sent. `meanwhile` runs beside it from the beginning until it is over, which its argument
    /// tells; what it says is given back with the result. When it fails, the run ends early.
    ///
    /// # Errors
    /// As [`Self::once`], and those of `meanwhile`.
    pub(super) fn long<T: Send>(
        &mut self,
        asked: Asked,
        meanwhile: impl FnOnce(&Network, &dyn Fn() -> bool) -> Result<T> + Send,
    ) -> Result<(RunResult, T)> {
        let now_ms = self.driver.refresh_time(0)?;
        let end = asked.lead_in + asked.window;
        let mut stream = Stream::new(&mut self.people, asked.mix, asked.rate, now_ms);
        // The first slice is there before the clock starts.
        let mut until = SLICE.min(end);
        let first = stream.until(&mut self.people, until)?;
        let after = self.settle_durably()?;
        let before = usage::of_all(&self.network)?;
        let (network, people) = (&self.network, &mut self.people);
        let (over, failed) = (AtomicBool::new(false), AtomicBool::new(false));
        // One slice is being sent, one is ready, one is being made.
        let (slices, ready) = sync_channel::<Vec<Arrival>>(1);
        let (sending, seen, made) = thread::scope(|scope| {
            let maker = scope.spawn(move || -> Result<()> {
                while until < end {
                    until = (until + SLICE).min(end);
                    // Nobody takes it any more when sending has ended early, which is told there.
                    if slices.send(stream.until(people, until)?).is_err() {
                        return Ok(());
                    }
                }
                let _ = slices.send(stream.rest());
                Ok(())
            });
            let (over, failed) = (&over, &failed);
            let watcher = scope.spawn(move || {
                let seen = meanwhile(network, &|| over.load(Ordering::Relaxed));
                failed.store(seen.is_err(), Ordering::Relaxed);
                seen
            });
            let parts = iter::once(first)
                .chain(ready)
                .take_while(|_| !failed.load(Ordering::Relaxed));
            let sending = arrivals::send(&network.doors(), parts);
            over.store(true, Ordering::Relaxed);
            let made = maker
                .join()
                .expect("what makes transactions does not panic");
            let seen = watcher.join().expect("what looks on does not panic");
            (sending, seen, made)
        });
        made?;
        let (sending, seen) = (sending?, seen?);
        let result = self.result_of(asked, Length::Full, &before, after, &sending)?;
        Ok((result, seen))
    }

    /// What `sending` came to, which began above the height `after` when the nodes had used `before`: once they have nothing
    /// left to do, it is read back. Of a run of full length the last flush is in the cost.
    fn result_of(
        &self,
        asked: Asked,
        length: Length,
        before: &[Usage],
        after: Height,
        sending: &Sending,
    ) -> Result<RunResult> {
        let until = self.settle_for(length)?;
        let used = Used {
            node: usage::mean_between(before, &usage::of_all(&self.network)?),
            driver: sending.processor,
        };
        let read = read_back::read(&self.network.doors(), after, until)?;
        check_refusals(asked.mix, sending)?;
        Ok(RunResult::of(asked, sending, &read, used))
    }

    /// Stops every node.
    ///
    /// # Errors
    /// When one does not stop in time.
    pub(super) fn stop(mut self) -> Result<()> {
        for index in 0..self.network.len() {
            self.network.stop(index)?;
        }
        Ok(())
    }
}

/// What `prepare` gives, while whoever watches is told now and then how far it is.
fn telling<T>(voice: &mut Voice, prepare: impl FnOnce(&Heard<'_>) -> T) -> T {
    let voice = Mutex::new(voice);
    prepare(&|step, done, all| {
        let mut voice = voice.lock().unwrap_or_else(PoisonError::into_inner);
        voice.progress(step.message(), || {
            Arguments::NONE
                .text("done", grouped(count(done)))
                .text("all", grouped(count(all)))
        });
    })
}

/// Gifts do not depend on each other: when the ledger refuses one, the measurement is of something else. Steps of an order are
/// refused when the one before came too late, which belongs to what is measured.
fn check_refusals(mix: Mix, sending: &Sending) -> Result<()> {
    match (&sending.refusal, mix) {
        (Some(reason), Mix::Gifts) => bail!("a gift was refused: {reason}"),
        _ => Ok(()),
    }
}

fn arguments_of(result: &RunResult) -> Arguments {
    Arguments::NONE
        .text("mix", &result.mix)
        .text("offered", grouped(u64::from(result.offered)))
        .text("finalised", format!("{:.0}", result.finalised))
        .text("p50", format!("{:.1}", result.latency_ms.p50))
        .text("p99", format!("{:.1}", result.latency_ms.p99))
        .text("lost", grouped(count(result.lost())))
}
