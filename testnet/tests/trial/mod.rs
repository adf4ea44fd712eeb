//! Runs `timebank-testnet chaos` as a user does, and looks at what it says and leaves behind.

#![allow(dead_code, reason = "every test program uses a part of it")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// A trial under way.
pub(crate) struct Trial {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    said: String,
}

/// How a trial ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// Everything it said, on both streams.
    pub(crate) said: String,
    process: u32,
}

/// Begins a trial with the options `line`.
pub(crate) fn begin(line: &str) -> Trial {
    let mut child = Command::new(env!("CARGO_BIN_EXE_timebank-testnet"))
        .args(["chaos", "--lang", "en"])
        .args(line.split_whitespace())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    Trial {
        child,
        output,
        said: String::new(),
    }
}

/// Runs a trial with the options `line` to its end.
pub(crate) fn chaos(line: &str) -> Ended {
    begin(line).wait()
}

impl Trial {
    /// The process id of the one that watches.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Reads what it says until a line contains `sentence`.
    pub(crate) fn wait_for(&mut self, sentence: &str) {
        loop {
            let from = self.said.len();
            let length = self.output.read_line(&mut self.said).unwrap();
            assert!(length > 0, "it ended without `{sentence}`:\n{}", self.said);
            if self.said[from..].contains(sentence) {
                return;
            }
        }
    }

    /// Waits until it has ended.
    pub(crate) fn wait(mut self) -> Ended {
        while self.output.read_line(&mut self.said).unwrap() > 0 {}
        eprintln!("{}", self.said);
        Ended {
            status: self.child.wait().unwrap(),
            said: self.said,
            process: self.child.id(),
        }
    }
}

impl Ended {
    /// Checks that it passed in full and left nothing behind.
    pub(crate) fn assert_passed(&self) {
        assert!(self.status.success(), "{}\n{}", self.status, self.said);
        assert!(self.said.contains("\nPASSED: "), "{}", self.said);
        self.assert_nothing_left();
    }

    /// Checks that there is no node of it, and no directory.
    pub(crate) fn assert_nothing_left(&self) {
        let directory = directory_of(self.process);
        assert_eq!(nodes_in(&directory), Vec::<u32>::new());
        assert!(!directory.exists(), "{} is there", directory.display());
    }
}

/// Where the trial that `process` watches keeps its files.
pub(crate) fn directory_of(process: u32) -> PathBuf {
    std::env::temp_dir().join(format!("timebank-chaos-{process}"))
}

/// The processes with that directory on their command line.
pub(crate) fn nodes_in(directory: &Path) -> Vec<u32> {
    processes_with(&format!("{}/", directory.display()))
}

/// The processes that do the work for the one that is `process`.
pub(crate) fn workers_of(process: u32) -> Vec<u32> {
    processes_with(&format!("--inside\0{process}\0"))
}

fn processes_with(text: &str) -> Vec<u32> {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|process| {
            let line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(text)
        })
        .collect()
}
