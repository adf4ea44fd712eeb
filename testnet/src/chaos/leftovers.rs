//! What a trial leaves behind when it is killed together with whoever watches over it: found by name, and removed.
//!
//! A trial's files are in one directory whose name carries the id of the process that was started first. A process is taken
//! for a node of that trial only if its own command line says that its home is in there; it is then ended by its id.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

use crate::network::TRIAL_NODE;

/// Before the process id in a directory's name.
const PREFIX: &str = "timebank-chaos-";
/// The word on the command line of a trial.
pub(super) const COMMAND: &str = "chaos";

/// The directory of the trial that was started as `process`.
pub(super) fn directory(process: u32) -> PathBuf {
    std::env::temp_dir().join(format!("{PREFIX}{process}"))
}

/// Where its files go when they are to stay.
pub(super) fn kept(process: u32) -> PathBuf {
    std::env::temp_dir().join(format!("{PREFIX}kept-{process}"))
}

/// Removes what trials left behind that no longer run; their directories.
pub(super) fn sweep_dead() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return Vec::new();
    };
    let mut dead: Vec<PathBuf> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name();
            let process: u32 = name.to_str()?.strip_prefix(PREFIX)?.parse().ok()?;
            let is_trial = arguments(process).iter().any(|word| word == COMMAND);
            (!is_trial && entry.file_type().ok()?.is_dir()).then(|| entry.path())
        })
        .collect();
    dead.sort();
    // Another's directory cannot be removed, and is not this trial's business.
    dead.retain(|directory| {
        end_nodes(directory);
        fs::remove_dir_all(directory).is_ok()
    });
    dead
}

/// Ends the nodes whose homes are in `directory`, wherever they were started; their process ids.
pub(super) fn end_nodes(directory: &Path) -> Vec<u32> {
    let nodes = nodes_in(directory);
    for node in &nodes {
        let id = i32::try_from(*node).ok().and_then(Pid::from_raw);
        // It may end by itself at this moment.
        let _ = id.map(|id| kill_process(id, Signal::KILL));
    }
    nodes
}

/// The ids of the processes that are nodes with a home in `directory`.
pub(super) fn nodes_in(directory: &Path) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|process| is_node_in(&arguments(*process), directory))
        .collect()
}

fn is_node_in(arguments: &[String], directory: &Path) -> bool {
    arguments.get(1).is_some_and(|word| word == TRIAL_NODE)
        && arguments
            .windows(2)
            .any(|pair| pair[0] == "--home" && Path::new(&pair[1]).parent() == Some(directory))
}

/// The command line of a process; empty when there is none, or it has ended.
fn arguments(process: u32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    text.split_terminator('\0').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_node_with_its_home_in_the_directory_is_taken_for_one() {
        let words =
            |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
        let directory = Path::new("/tmp/timebank-chaos-7");
        for (line, expected) in [
            (
                "testnet trial-node run --home /tmp/timebank-chaos-7/office-1 --lang en",
                true,
            ),
            (
                "testnet trial-node run --home /tmp/timebank-chaos-77/office-1",
                false,
            ),
            ("testnet trial-node run --home /tmp/timebank-chaos-7", false),
            (
                "testnet node run --home /tmp/timebank-chaos-7/office-1",
                false,
            ),
            ("less /tmp/timebank-chaos-7/office-1", false),
            ("", false),
        ] {
            assert_eq!(is_node_in(&words(line), directory), expected, "{line}");
        }
    }

    #[test]
    fn this_process_is_no_node() {
        assert!(!arguments(std::process::id()).is_empty());
        assert!(!nodes_in(Path::new("/")).contains(&std::process::id()));
    }
}
