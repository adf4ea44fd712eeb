//! A full disk: a node's data moves to a small volume, the volume fills up, the node says so and stops, the others go on; with
//! space it goes on where it was. Afterwards its data moves back.
//!
//! The volume is mounted in the mount namespace of the trial alone, so it is gone with the trial, however that ends. Data that
//! was copied is a copy to the node as well: it observes for two heights before it votes again.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::super::kind::Kind;
use super::super::switch::run;
use super::super::trial::{RECOVERY_MAX, Trial};

/// What the volume is larger than the data on it.
const ROOM_BYTES: u64 = 16 * 1024 * 1024;
/// What the volume is filled up with in one go.
const FILLING_BYTES: usize = 64 * 1024;
/// How long a node may take to notice that its disk is full.
const NOTICE_MAX: Duration = Duration::from_secs(60);
/// What it must say then, beside where.
const SENTENCES: [&str; 3] = [
    "There is no space left to",
    "Nothing acknowledged is lost.",
    "Free space or enlarge the volume, then start the node again.",
];

pub(super) fn round(trial: &mut Trial<'_>) -> Result<()> {
    let victim = trial.any_node();
    let data = trial.network.home(victim).join("data");
    let volume = move_to_volume(trial, victim, &data)?;
    let mark = log_of(trial, victim)?.len();
    let filling = fill(&data)?;
    trial.memory.leave(victim);
    wait_for_end(trial, victim)?;
    let log = log_of(trial, victim)?;
    let said = log.get(mark..).unwrap_or_default();
    let place = data.display().to_string();
    for sentence in SENTENCES.into_iter().chain([place.as_str()]) {
        ensure!(
            said.contains(sentence),
            "node {} ended on a full disk without saying `{sentence}`, but:\n{said}",
            victim + 1
        );
    }
    trial.progress(1)?;
    fs::remove_file(&filling)?;
    let since = Instant::now();
    trial.start(victim)?;
    trial.recover(Kind::Disk, since)?;
    move_back(trial, victim, &data, volume)
}

/// A volume that is unmounted when dropped.
struct Volume {
    at: PathBuf,
}

impl Volume {
    fn mount(at: &Path, bytes: u64) -> Result<Volume> {
        let size = format!("size={bytes}");
        let place = at.display().to_string();
        run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", &place])?;
        Ok(Volume {
            at: at.to_path_buf(),
        })
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Lazily: when a trial fails, its node may still use it, and ends a moment later.
        let _ = run("umount", &["-l", &self.at.display().to_string()]);
    }
}

fn move_to_volume(trial: &mut Trial<'_>, victim: usize, data: &Path) -> Result<Volume> {
    trial.stop(victim)?;
    let aside = data.with_file_name("data-before");
    fs::rename(data, &aside)?;
    fs::create_dir(data)?;
    let used = bytes_in(&aside)?;
    let volume = Volume::mount(data, used + used / 2 + ROOM_BYTES)?;
    copy(&aside, data)?;
    fs::remove_dir_all(&aside)?;
    trial.start(victim)?;
    wait_until_up(trial, victim)?;
    Ok(volume)
}

fn move_back(trial: &mut Trial<'_>, victim: usize, data: &Path, volume: Volume) -> Result<()> {
    trial.stop(victim)?;
    let aside = data.with_file_name("data-after");
    copy(data, &aside)?;
    drop(volume);
    fs::remove_dir(data)?;
    fs::rename(&aside, data)?;
    trial.start(victim)?;
    wait_until_up(trial, victim)
}

/// Waits until the node runs with the others again; not counted as a recovery.
fn wait_until_up(trial: &mut Trial<'_>, victim: usize) -> Result<()> {
    trial.wait(
        "a node whose data moved is not ready",
        RECOVERY_MAX,
        |trial| Ok(trial.observers[victim].is_ready().unwrap_or(false)),
    )?;
    trial.progress(1)
}

/// Waits until the node has ended with the code for a failure. The others go on meanwhile.
fn wait_for_end(trial: &mut Trial<'_>, victim: usize) -> Result<()> {
    let deadline = Instant::now() + NOTICE_MAX;
    loop {
        trial.interrupt.check()?;
        trial.clients.book().check()?;
        match trial.network.wait_end(victim, Duration::from_millis(100)) {
            Ok(status) => {
                ensure!(
                    status.code() == Some(1),
                    "node {} ended with {status} on a full disk",
                    victim + 1
                );
                return Ok(());
            }
            Err(error) if Instant::now() >= deadline => return Err(error),
            Err(_) => {}
        }
    }
}

/// Writes a file until nothing more fits; its path.
fn fill(volume: &Path) -> Result<PathBuf> {
    let path = volume.join("filling");
    let mut file = File::create(&path)?;
    let mut length = FILLING_BYTES;
    while length > 0 {
        match file.write_all(&vec![1; length]) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::StorageFull => length /= 2,
            Err(error) => return Err(error).context("cannot fill the volume"),
        }
    }
    Ok(path)
}

fn log_of(trial: &Trial<'_>, node: usize) -> Result<String> {
    let bytes = fs::read(trial.network.log_path(node))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn bytes_in(directory: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            bytes_in(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
