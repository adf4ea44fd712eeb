//! Whoever sits at the terminal: what is shown to them before they answer, what they type, and passwords.
//!
//! Questions and answers go to the terminal itself, never through standard input or output, so that a pipe neither answers
//! nor overhears. A password comes from the terminal without being shown, or from a file only its owner can read; never
//! from the command line or a variable, where others could see it.

use std::io::{self, Read, Write};
use std::path::Path;

use ledger_core::message::Arguments;
use timebank_wallet::Error;
use timebank_wallet::keystore::{PASSWORD_CHARACTERS_MIN, Password};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::sentence::catalogue;
use crate::session::Session;

/// The longest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 4096;
/// How often a new password is asked for when it is too short or the two do not agree.
const REPETITIONS_MAX: usize = 3;

/// Whether what is typed can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// As usual.
    Shown,
    /// A password.
    Hidden,
}

/// Something to be shown and answered.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// What is shown first; empty when nothing is.
    pub shown: &'q str,
    /// What stands before the answer.
    pub prompt: &'q str,
    /// Whether the answer can be seen.
    pub echo: Echo,
}

/// How somebody at the terminal is asked; fails when nobody is there.
pub type Ask = Box<dyn Fn(&Question<'_>) -> io::Result<Zeroizing<String>>>;

/// Asks at the process's terminal.
pub(crate) fn ask_at_terminal(question: &Question<'_>) -> io::Result<Zeroizing<String>> {
    let mut terminal = terminal()?;
    terminal.write_all(question.shown.as_bytes())?;
    match question.echo {
        Echo::Hidden => rpassword::prompt_password(question.prompt).map(Zeroizing::new),
        Echo::Shown => {
            terminal.write_all(question.prompt.as_bytes())?;
            terminal.flush()?;
            read_line(&mut terminal)
        }
    }
}

/// A line, read byte by byte so that nothing after it is taken away from the next question.
fn read_line(terminal: &mut impl Read) -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(Vec::with_capacity(ANSWER_BYTES_MAX));
    let mut byte = Zeroizing::new([0_u8]);
    while line.len() < ANSWER_BYTES_MAX {
        match terminal.read(&mut *byte)? {
            0 if line.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
            0 => break,
            _ if byte[0] == b'\n' => break,
            _ => line.push(byte[0]),
        }
    }
    let text = std::str::from_utf8(&line).map_err(io::Error::other)?;
    Ok(Zeroizing::new(text.trim_end_matches('\r').to_owned()))
}

#[cfg(unix)]
fn terminal() -> io::Result<std::fs::File> {
    std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
}

#[cfg(not(unix))]
fn terminal() -> io::Result<Console> {
    use std::io::IsTerminal;
    match io::stdin().is_terminal() {
        true => Ok(Console),
        false => Err(io::ErrorKind::NotConnected.into()),
    }
}

/// Standard input and error, where a terminal is no file.
#[cfg(not(unix))]
struct Console;

#[cfg(not(unix))]
impl Read for Console {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        io::stdin().read(bytes)
    }
}

#[cfg(not(unix))]
impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl Session<'_> {
    /// Shows `shown`, then asks for what the sentence `prompt` says.
    pub(crate) fn ask(
        &self,
        shown: &str,
        prompt: &str,
        about: &Arguments,
        echo: Echo,
    ) -> Result<Zeroizing<String>, Failure> {
        let prompt = format!("{} ", catalogue(self.language()).render(prompt, about));
        let question = Question {
            shown,
            prompt: &prompt,
            echo,
        };
        let answer = (self.environment().ask)(&question).map_err(|error| {
            Failure::usage("terminal_missing", Arguments::NONE.text("reason", error))
        })?;
        Ok(match echo {
            Echo::Shown => Zeroizing::new(answer.trim().to_owned()),
            // Spaces are a part of a password.
            Echo::Hidden => answer,
        })
    }

    /// Shows `shown` and goes on only if the answer is yes.
    pub(crate) fn confirm(&self, shown: &str, prompt: &str) -> Result<(), Failure> {
        let answer = self.ask(shown, prompt, &Arguments::NONE, Echo::Shown)?;
        let yes = ["y", "yes", "是", "好", "同意"];
        if yes.contains(&answer.to_lowercase().as_str()) {
            return Ok(());
        }
        Err(Failure::local("not_confirmed", Arguments::NONE))
    }

    /// The wallet's password: from the file named, or asked for after showing `shown`.
    pub(crate) fn password(&self, shown: &str) -> Result<Zeroizing<String>, Failure> {
        match self.password_file() {
            Some(file) => read_password(file),
            None => self.ask(shown, "password", &Arguments::NONE, Echo::Hidden),
        }
    }

    /// A new password: from `file`, or asked for twice.
    pub(crate) fn new_password(&self, file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
        if let Some(file) = file {
            return read_password(file);
        }
        let least = u64::try_from(PASSWORD_CHARACTERS_MIN).unwrap_or(u64::MAX);
        let about = Arguments::NONE.number("length_min", least);
        let mut shown = String::new();
        let mut failure = Failure::local("passwords_differ", Arguments::NONE);
        for _ in 0..REPETITIONS_MAX {
            let first = self.ask(&shown, "password-new", &about, Echo::Hidden)?;
            // Told at once: whoever made a wallet has its words on paper by now.
            if let Err(error) = Password::new(first.as_str()).check_new() {
                failure = Error::from(error).into();
                let explanation = failure.explain(self.language());
                let remedy = explanation.remedy.unwrap_or_default();
                shown = format!("{}\n{remedy}\n", explanation.message);
                continue;
            }
            let second = self.ask("", "password-again", &Arguments::NONE, Echo::Hidden)?;
            if first == second {
                return Ok(first);
            }
            failure = Failure::local("passwords_differ", Arguments::NONE);
            let differ = catalogue(self.language()).render("password-differ", &Arguments::NONE);
            shown = format!("{differ}\n");
        }
        Err(failure)
    }
}

/// The password in a file: its first line, when nobody else can read it.
fn read_password(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| Error::FileUnreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let file = std::fs::File::open(path).map_err(|error| unreadable(&error))?;
    check_mode(&file, path)?;
    // Reserved at once, so that no half of it is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(ANSWER_BYTES_MAX + 1));
    let limit = u64::try_from(ANSWER_BYTES_MAX).expect("a small constant");
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| unreadable(&error))?;
    let line = text.lines().next().unwrap_or_default();
    Ok(Zeroizing::new(line.to_owned()))
}

#[cfg(unix)]
fn check_mode(file: &std::fs::File, path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(|error| Error::FileUnreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let about = Arguments::NONE
        .text("path", path.display())
        .text("mode", format!("{mode:04o}"));
    Err(Failure::local("password_file_mode", about))
}

#[cfg(not(unix))]
fn check_mode(_: &std::fs::File, _: &Path) -> Result<(), Failure> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_without_what_comes_after_it() {
        let mut input = io::Cursor::new("同意\r\nnext\n".as_bytes());
        assert_eq!(*read_line(&mut input).unwrap(), "同意");
        assert_eq!(*read_line(&mut input).unwrap(), "next");
        assert!(read_line(&mut input).is_err(), "nobody is there any more");
    }
}
