//! PostgreSQL on the same machine doing the same double entry durably: what one server that everybody has to trust can do.
//!
//! A cluster of its own in a folder of the trial, with `fsync` and `synchronous_commit` on as they are by default; `pgbench`
//! with 16 clients and prepared statements runs `testnet/postgres/gift.sql`. PostgreSQL does not run as root, so the
//! superuser lends its programs the account `postgres`.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// Folders under which distributions put one folder for each version, with the programs in its `bin`.
const FOLDERS_OF_VERSIONS: [&str; 2] = ["/usr/lib/postgresql", "/usr"];
/// Folders in which the programs may be themselves.
const FOLDERS: [&str; 2] = ["/usr/bin", "/usr/local/bin"];
/// The account that PostgreSQL runs under when this program runs as root.
const SERVER_ACCOUNT: &str = "postgres";
/// Clients of pgbench.
const CLIENTS: u32 = 16;
/// Threads of pgbench, which its clients share.
const THREADS: u32 = 2;
/// How long the server may take to start or to stop.
const SERVER_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause between two looks at whether the server answers.
const READY_INTERVAL: Duration = Duration::from_millis(50);
/// Pause between two looks at whether it has stopped.
const STOPPED_INTERVAL: Duration = Duration::from_millis(20);
const SCHEMA: &str = include_str!("../../postgres/schema.sql");
const GIFT: &str = include_str!("../../postgres/gift.sql");

/// Where the programs are, of the newest version there is; none when PostgreSQL is not installed.
pub(super) fn find() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = FOLDERS_OF_VERSIONS
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    // By number, so that 9.6 is not newer than 15; folders of other things have none and come last.
    folders.sort_by_key(|folder| std::cmp::Reverse(version_of(folder)));
    folders.extend(FOLDERS.map(PathBuf::from));
    folders.into_iter().find(|folder| is_complete(folder))
}

fn is_complete(folder: &Path) -> bool {
    let programs = ["initdb", "postgres", "pgbench", "psql"];
    programs
        .iter()
        .all(|program| folder.join(program).is_file())
}

/// The number in `/usr/lib/postgresql/15/bin` or `/usr/pgsql-15/bin`.
fn version_of(folder: &Path) -> Option<u32> {
    let name = folder.parent()?.file_name()?.to_str()?;
    let name = name.strip_prefix("pgsql-").unwrap_or(name);
    name.split('.').next()?.parse().ok()
}

/// What `postgres` says of its version.
///
/// # Errors
/// When it cannot be run.
pub(super) fn version(programs: &Path) -> Result<String> {
    let said = Command::new(programs.join("postgres"))
        .arg("--version")
        .output()
        .context("postgres --version")?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// A server in a folder of its own; it ends with this value.
pub(super) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    account: Option<(u32, u32)>,
    process: Child,
}

impl Server {
    /// Makes a cluster in `folder` with 100,000 accounts, and starts it.
    ///
    /// # Errors
    /// When a program of PostgreSQL fails; with what it said.
    pub(super) fn start(programs: &Path, folder: &Path) -> Result<Server> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let account = server_account()?;
        if let Some((user, group)) = account {
            std::os::unix::fs::chown(folder, Some(user), Some(group))?;
        }
        let data = folder.join("data");
        let initdb = command(&programs.join("initdb"), account)
            .args([
                "--auth=trust",
                "--username=bench",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(&data)
            .output()
            .context("initdb")?;
        ensure!(
            initdb.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&initdb.stderr)
        );
        let process = command(&programs.join("postgres"), account)
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=", "-c", "fsync=on"])
            .args(["-c", "synchronous_commit=on", "-k"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log"))?)
            .spawn()
            .context("postgres")?;
        let mut server = Server {
            programs: programs.to_owned(),
            folder: folder.to_owned(),
            account,
            process,
        };
        server.wait_ready()?;
        for (name, text) in [("schema.sql", SCHEMA), ("gift.sql", GIFT)] {
            fs::write(folder.join(name), text)?;
        }
        server.run("psql", ["-q", "-v", "ON_ERROR_STOP=1", "-f", "schema.sql"])?;
        Ok(server)
    }

    /// Gifts a second over `length`.
    ///
    /// # Errors
    /// When pgbench fails; with what it said.
    pub(super) fn measure(&self, length: Duration) -> Result<f64> {
        let (clients, threads) = (CLIENTS.to_string(), THREADS.to_string());
        let seconds = length.as_secs().max(1).to_string();
        let said = self.run(
            "pgbench",
            [
                "--no-vacuum",
                "-M",
                "prepared",
                "-c",
                &clients,
                "-j",
                &threads,
                "-T",
                &seconds,
                "-f",
                "gift.sql",
            ],
        )?;
        read_rate(&said).with_context(|| format!("pgbench said no rate: {said}"))
    }

    fn wait_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + SERVER_TIMEOUT;
        loop {
            if self.run("psql", ["-c", "SELECT 1"]).is_ok() {
                return Ok(());
            }
            let ended = self.process.try_wait()?;
            if ended.is_some() || Instant::now() >= deadline {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("PostgreSQL does not answer: {log}");
            }
            std::thread::sleep(READY_INTERVAL);
        }
    }

    fn run<'a>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<String> {
        let output = command(&self.programs.join(program), self.account)
            .current_dir(&self.folder)
            .args(["-U", "bench", "-h"])
            .arg(&self.folder)
            .args(arguments)
            .arg("postgres")
            .output()
            .with_context(|| program.to_owned())?;
        ensure!(
            output.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let process = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw);
        // SIGINT is PostgreSQL's fast shutdown: sessions end, and it stops.
        let asked = process.is_some_and(|process| kill_process(process, Signal::INT).is_ok());
        let deadline = Instant::now() + SERVER_TIMEOUT;
        while asked && Instant::now() < deadline {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(STOPPED_INTERVAL);
        }
        // What could not be asked is ended; there is nobody left to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A command under `account`, or under this program's own.
fn command(program: &Path, account: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program.as_os_str() as &OsStr);
    if let Some((user, group)) = account {
        command.uid(user).gid(group);
    }
    command.current_dir("/");
    command
}

/// User and group for PostgreSQL: none unless this program runs as root.
fn server_account() -> Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").context("/etc/passwd")?;
    let found = find_account(&users, SERVER_ACCOUNT);
    found
        .with_context(|| {
            format!("PostgreSQL does not run as root, and there is no account {SERVER_ACCOUNT}")
        })
        .map(Some)
}

fn find_account(users: &str, name: &str) -> Option<(u32, u32)> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let user = fields.nth(1)?.parse().ok()?;
        Some((user, fields.next()?.parse().ok()?))
    })
}

/// The rate pgbench reports: `tps = 4050.1 (without initial connection time)`.
fn read_rate(said: &str) -> Option<f64> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_from_what_pgbench_says() {
        let said = "number of clients: 16\nlatency average = 3.9 ms\ntps = 4050.25 (without initial connection time)\n";
        assert_eq!(read_rate(said), Some(4050.25));
        assert_eq!(read_rate("nothing"), None);
    }

    #[test]
    fn the_newest_version_is_known_by_its_number() {
        let number = |folder: &str| version_of(Path::new(folder));
        assert_eq!(number("/usr/lib/postgresql/15/bin"), Some(15));
        assert_eq!(number("/usr/pgsql-9.6/bin"), Some(9));
        assert_eq!(number("/usr/share/bin"), None);
    }

    #[test]
    fn the_account_is_found_by_its_name() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres:x:107:115:PostgreSQL:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(find_account(users, "postgres"), Some((107, 115)));
        assert_eq!(find_account(users, "nobody"), None);
    }
}
