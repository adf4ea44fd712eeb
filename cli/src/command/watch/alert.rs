//! The program that is told of alarms: gets the event's code as its argument and the event as JSON on standard input.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The longest an alert program may take; then it is ended.
const ALERT_TIME_MAX: Duration = Duration::from_secs(30);
/// How often it is looked at while it runs.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Runs `program` for one event.
///
/// # Errors
/// Why it was not told, or did not say that it was.
pub(super) fn run(program: &Path, code: &str, json: &str) -> Result<(), String> {
    let mut child = Command::new(program)
        .arg(code)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    if let Some(mut input) = child.stdin.take() {
        // An event is shorter than a pipe holds, so this waits for nobody. A program that does not read it is none the worse.
        let _ = input.write_all(json.as_bytes());
    }
    match wait(&mut child) {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(status.to_string()),
        Ok(None) => Err(format!("> {} s", ALERT_TIME_MAX.as_secs())),
        Err(error) => Err(error.to_string()),
    }
}

/// How it ended; none when it had to be ended.
fn wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + ALERT_TIME_MAX;
    while Instant::now() < until {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}
