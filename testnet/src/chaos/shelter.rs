//! What this process can be shut up in, so that nothing of a trial stays behind and nothing of the machine is touched.
//!
//! With namespaces of its own for mounts and processes, volumes vanish and nodes end when the trial does, even if it is
//! killed; with one for the network as well, cables can be pulled. Root may make them, and so may others where the system
//! allows user namespaces. What may be is found out by doing it once, in a shelter that ends at once.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Command;

/// How far this process is shut up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shelter {
    /// Not at all.
    Open,
    /// Mounts and processes of its own.
    Private,
    /// And a network of its own.
    Network,
}

impl Shelter {
    /// Every shelter, the best first.
    const ALL: [Shelter; 3] = [Shelter::Network, Shelter::Private, Shelter::Open];

    /// The word by which the inner process is told.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Shelter::Open => "open",
            Shelter::Private => "private",
            Shelter::Network => "network",
        }
    }

    /// The shelter of that word.
    pub(super) fn of_word(word: &str) -> Option<Shelter> {
        Shelter::ALL
            .into_iter()
            .find(|shelter| shelter.word() == word)
    }

    /// The words before a program's own that start it in this shelter; none when it just starts.
    fn entrance(self) -> Vec<&'static str> {
        if self == Shelter::Open {
            return Vec::new();
        }
        let mut words = vec![
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
        ];
        if self == Shelter::Network {
            words.push("--net");
        }
        if !rustix::process::geteuid().is_root() {
            words.extend(["--user", "--map-root-user"]);
        }
        words.push("--");
        words
    }

    /// A command that starts `program` with `arguments` in this shelter.
    pub(super) fn command(self, program: &Path, arguments: &[OsString]) -> Command {
        let mut command = match self.entrance().split_first() {
            None => Command::new(program),
            Some((entrance, words)) => {
                let mut command = Command::new(entrance);
                command.args(words).arg(program);
                command
            }
        };
        command.args(arguments);
        command
    }

    /// Checks that this process, by its own count number `process`, can be in this shelter, so that no mistake on the command
    /// line makes it mount or wire anything outside of one.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn check(self, process: u32) -> Result<(), &'static str> {
        // The first process of its own namespace of processes; the machine's first is not this program.
        if self == Shelter::Open || process == 1 {
            Ok(())
        } else {
            Err("this process is in no shelter; leave out --inside and --shelter")
        }
    }

    /// What a trial needs of this shelter, as a script for the system's shell. Its objects end with it.
    const fn proof(self) -> &'static str {
        match self {
            Shelter::Open => "true",
            Shelter::Private => "mount -t tmpfs tmpfs /run",
            Shelter::Network => {
                "mount -t tmpfs tmpfs /run && ip link add tb-bridge type bridge \
                 && ip link add tb-one type veth peer name tb-two && ip netns add tb-three \
                 && ip link set tb-two netns tb-three \
                 && nsenter --net=/run/netns/tb-three -- ip link set lo up \
                 && echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore"
            }
        }
    }

    /// The best shelter up to `best` that the system allows, and why it did not allow better ones.
    pub(super) fn choose(best: Shelter) -> (Shelter, Vec<String>) {
        let mut refusals = Vec::new();
        for shelter in Shelter::ALL {
            if shelter > best {
                continue;
            }
            match shelter.try_out() {
                Ok(()) => return (shelter, refusals),
                // A tool that is missing is missing for every shelter; said once.
                Err(reason) if refusals.contains(&reason) => {}
                Err(reason) => refusals.push(reason),
            }
        }
        (Shelter::Open, refusals)
    }

    fn try_out(self) -> Result<(), String> {
        if self == Shelter::Open {
            return Ok(());
        }
        let words = ["-c", self.proof()].map(OsString::from);
        let output = self
            .command(Path::new("/bin/sh"), &words)
            .output()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => "unshare (of util-linux) is not installed".to_owned(),
                _ => format!("unshare: {error}"),
            })?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or("it failed without a word");
        Err(last.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shelter_is_known_by_its_word() {
        for shelter in Shelter::ALL {
            assert_eq!(Shelter::of_word(shelter.word()), Some(shelter));
        }
        assert_eq!(Shelter::of_word("cave"), None);
    }

    #[test]
    fn nobody_outside_is_taken_for_somebody_in_a_shelter() {
        for shelter in [Shelter::Private, Shelter::Network] {
            shelter.check(std::process::id()).unwrap_err();
            assert_eq!(shelter.check(1), Ok(()));
        }
        assert_eq!(Shelter::Open.check(2), Ok(()));
    }

    #[test]
    fn the_best_shelter_is_no_better_than_asked_for() {
        assert_eq!(Shelter::choose(Shelter::Open), (Shelter::Open, Vec::new()));
        assert_ne!(Shelter::choose(Shelter::Private).0, Shelter::Network);
    }
}
