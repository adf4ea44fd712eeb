//! Every kind of fault on real processes for a short time, on loopback and, where that is allowed, in network namespaces; and
//! trials that are broken off leave nothing behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod trial;

use rustix::process::{Pid, Signal, kill_process};
use trial::{begin, chaos, directory_of, nodes_in, workers_of};

/// Sends a signal; nothing happens when the process has just ended.
fn signal(process: u32, signal: Signal) {
    let id = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    let _ = kill_process(id, signal);
}

#[test]
fn on_loopback_nothing_is_lost_whatever_happens_to_the_nodes() {
    let ended = chaos("--placement loopback --kill-rounds 4 --seed 7 --short");
    assert!(ended.status.success(), "{}\n{}", ended.status, ended.said);
    ended.assert_nothing_left();
    assert!(ended.said.contains(" 0 lost, 0 doubled;"), "{}", ended.said);
    for (kind, times) in [
        ("kill -9", 4),
        ("nodes standing still", 3),
        ("partition", 3),
        ("slow and lossy line", 1),
        ("rolling restart", 4),
        ("wiped node", 1),
        ("full disk", 1),
    ] {
        let row = |line: &&str| line.trim_start().starts_with(kind);
        let line = ended.said.lines().find(row).unwrap();
        let whole = line.contains(&format!("{times} / {times}"));
        // A volume cannot be mounted everywhere; then it must be said.
        let left_out = format!("NOT RUN: {kind}");
        assert!(whole || ended.said.contains(&left_out), "{line}");
    }
}

#[test]
fn in_namespaces_cables_are_pulled_and_disks_fill_up() {
    let ended = chaos(
        "--placement namespaces --only kill,partition,slow,disk --kill-rounds 2 --short --require-all",
    );
    if ended.said.contains("namespaces are not allowed here") {
        eprintln!("NOT CHECKED: network namespaces; {}", ended.said);
        assert!(!ended.status.success());
        return;
    }
    ended.assert_passed();
}

#[test]
fn a_trial_that_is_asked_to_stop_ends_in_order_and_leaves_nothing() {
    for (placement, word) in [("loopback", Signal::INT), ("auto", Signal::TERM)] {
        let mut trial = begin(&format!(
            "--placement {placement} --only pause,kill --kill-rounds 1000"
        ));
        trial.wait_for("1 of 1000");
        signal(trial.process(), word);
        let ended = trial.wait();
        assert_eq!(ended.status.code(), Some(1), "{}", ended.said);
        assert!(
            ended.said.contains("it was asked to stop"),
            "{}",
            ended.said
        );
        ended.assert_nothing_left();
    }
}

#[test]
fn nodes_that_stand_still_are_ended_when_the_trial_is_killed() {
    let mut trial = begin("--placement loopback --only pause");
    trial.wait_for("1 of 6");
    let directory = directory_of(trial.process());
    let nodes = nodes_in(&directory);
    signal(nodes[0], Signal::STOP);
    for worker in workers_of(trial.process()) {
        signal(worker, Signal::KILL);
    }
    let ended = trial.wait();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.said);
    ended.assert_nothing_left();
}

#[test]
fn what_a_killed_trial_leaves_behind_is_gone_after_the_next() {
    let mut trial = begin("--placement loopback --only pause");
    trial.wait_for("1 of 6");
    let process = trial.process();
    let directory = directory_of(process);
    assert_eq!(nodes_in(&directory).len(), 4);
    // Whoever watches is gone and cannot clear away; the one that works hears of it and ends its nodes.
    signal(process, Signal::KILL);
    assert!(!trial.wait().status.success());
    assert!(directory.exists());
    let ended = chaos("--placement loopback --only slow --short");
    let said = format!("removed: {}", directory.display());
    assert!(ended.said.contains(&said), "{}", ended.said);
    ended.assert_passed();
    assert!(!directory.exists());
    assert_eq!(nodes_in(&directory), Vec::<u32>::new());
}
