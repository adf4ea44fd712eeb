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

/// Where distributions put PostgreSQL's programs, newest first.
const FOLDERS: [&str; 5] = [
    "/usr/lib/postgresql/17/bin",
    "/usr/lib/postgresql/16/bin",
    "/usr/lib/postgresql/15/bin",
    "/usr/bin",
    "/usr/local/bin",
];
/// The account that PostgreSQL runs under when this program runs as root.
const SERVER_ACCOUNT: &str = "postgres";
/// Clients of pgbench.
const CLIENTS: u32 = 16;
/// How long the server may take to start or to stop.
const SERVER_TIMEOUT: Duration = Duration::from_secs(30);
const SCHEMA: &str = include_str!("../../postgres/schema.sql");
const GIFT: &str = include_str!("../../postgres/gift.sql");

/// Where the programs are; none when PostgreSQL is not installed.
pub(super) fn find() -> Option<PathBuf> {
    let complete = |folder: &str| {
        let programs = ["initdb", "postgres", "pgbench", "psql"];
        programs
            .iter()
            .all(|program| Path::new(folder).join(program).is_file())
    };
    FOLDERS
        .iter()
        .find(|folder| complete(folder))
        .map(PathBuf::from)
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
        let clients = CLIENTS.to_string();
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
                "2",
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
            std::thread::sleep(Duration::from_millis(50));
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
            std::thread::sleep(Duration::from_millis(20));
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
    fn the_account_is_found_by_its_name() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres:x:107:115:PostgreSQL:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(find_account(users, "postgres"), Some((107, 115)));
        assert_eq!(find_account(users, "nobody"), None);
    }
}
