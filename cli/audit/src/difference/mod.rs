//! What differs between an export and the chain, row by row.
//!
//! Nothing in the export is believed, its manifest neither: the rows are made again from the blocks of the book, and compared
//! with the lines of the files. A row is known by its key, so that one that is missing or added puts no other out of step; an
//! altered one is told by file, line, block, field and both values. The exported blocks themselves are compared byte by byte,
//! and what differs is named by the receipt and posting, or the transaction, that it lies in.
//!
//! The memory this takes is that of one block and a few rows beside the book's state.

mod raw;
mod rows;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ledger_core::id::{ChainId, Height};
use ledger_core::state::StateError;
use serde::Serialize;
use serde_json::Value;

use crate::archive::{ArchiveError, Blocks};
use crate::book::{Book, BookError};
use crate::booked::BookedBlock;
use crate::export::{Accounts, BYTE_ORDER_MARK, Form, Row, Table};
use crate::manifest::{MANIFEST_NAME, Manifest, ManifestError};
use crate::source::ArchiveSource;

/// The longest line of a table, in bytes: a row of a transaction as large as it may be, a few times over.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Where a book is executed again as far as the export reaches, when the book reaches further.
const SCRATCH_FOLDER: &str = "at-export";

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The file of the export.
    pub file: String,
    /// The line in it, from 1; none in the blocks themselves.
    pub line: Option<u64>,
    /// The byte in it, from 0, of the blocks themselves.
    pub byte: Option<u64>,
    /// The block.
    pub height: Option<Height>,
    /// Which transaction, posting, block or account.
    pub item: String,
    /// What.
    #[serde(flatten)]
    pub what: Differs,
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Differs {
    /// The chain has it, the export does not.
    Missing,
    /// The export has it, the chain does not.
    Added,
    /// A field has another value.
    Altered {
        /// Which.
        field: String,
        /// The chain's value.
        chain: String,
        /// The export's.
        export: String,
    },
    /// It cannot be read.
    Malformed {
        /// Why, for developers.
        reason: String,
    },
}

impl Differs {
    /// Its stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Differs::Missing => "missing",
            Differs::Added => "added",
            Differs::Altered { .. } => "altered",
            Differs::Malformed { .. } => "malformed",
        }
    }
}

/// Why an export cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum DifferenceError {
    /// There is no manifest, or it cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// It is of another chain.
    #[error("the export is of chain {actual}, not of {expected}")]
    OtherChain {
        /// The book's.
        expected: ChainId,
        /// The export's.
        actual: ChainId,
    },
    /// The book does not reach as far as the export.
    #[error(
        "the book has blocks up to {height}, the export up to {export}; follow the chain first"
    )]
    BookBehind {
        /// The book's last block.
        height: Height,
        /// The export's.
        export: Height,
    },
    /// The system refuses.
    #[error("cannot read {}: {source}", path.display())]
    System {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The book's archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The book's state.
    #[error(transparent)]
    State(#[from] StateError),
    /// Executing the chain again up to the export's height failed.
    #[error(transparent)]
    Book(#[from] BookError),
}

/// Where what is found goes.
type Found<'f> = &'f mut dyn FnMut(Difference);

/// Compares the export in `folder` with the chain in `book`, and gives `found` everything that differs, file after file.
///
/// # Errors
/// See [`DifferenceError`]. That files are damaged or missing is a difference, not an error.
pub fn compare(folder: &Path, book: &Book, found: Found<'_>) -> Result<(), DifferenceError> {
    let manifest = Manifest::read(&folder.join(MANIFEST_NAME))?;
    let about = manifest.body.about;
    if about.chain_id != book.chain_id() {
        return Err(DifferenceError::OtherChain {
            expected: book.chain_id(),
            actual: about.chain_id,
        });
    }
    if about.height > book.height() {
        return Err(DifferenceError::BookBehind {
            height: book.height(),
            export: about.height,
        });
    }
    let above = Height(about.from_height.0.saturating_sub(1));
    let compared = Compared {
        folder,
        book,
        above,
        height: about.height,
    };
    compared.block_id(&about.block_id.to_string(), found)?;
    for table in [Table::Blocks, Table::Transactions, Table::Postings] {
        for form in Form::ALL {
            let expected = compared.rows(table)?;
            compared.table(table, form, expected, found)?;
        }
    }
    raw::compare(&compared, found)?;
    compared.accounts(found)
}

/// What is compared with what.
struct Compared<'c> {
    folder: &'c Path,
    book: &'c Book,
    /// The blocks above this one,
    above: Height,
    /// and up to this one.
    height: Height,
}

type RowResult = Result<Row, DifferenceError>;

impl Compared<'_> {
    /// The chain's blocks.
    fn blocks(
        &self,
    ) -> Result<impl Iterator<Item = Result<BookedBlock, ArchiveError>>, DifferenceError> {
        let blocks: Blocks = self.book.blocks(self.above)?;
        let count = self.height.0.saturating_sub(self.above.0);
        Ok(blocks.take(usize::try_from(count).unwrap_or(usize::MAX)))
    }

    /// The rows that the chain's blocks give `table`.
    fn rows(&self, table: Table) -> Result<impl Iterator<Item = RowResult>, DifferenceError> {
        let calendar = self.book.calendar();
        Ok(self.blocks()?.flat_map(move |booked| match booked {
            Ok(booked) => table
                .rows(&booked, calendar)
                .into_iter()
                .map(Ok)
                .collect::<Vec<RowResult>>(),
            Err(error) => vec![Err(error.into())],
        }))
    }

    /// Compares the last block that the manifest names.
    fn block_id(&self, named: &str, found: Found<'_>) -> Result<(), DifferenceError> {
        let last = Height(self.height.0.saturating_sub(1));
        let Some(booked) = self.book.blocks(last)?.next() else {
            return Ok(());
        };
        let id = booked?.block.id().to_string();
        if id != named {
            found(Difference {
                file: MANIFEST_NAME.to_owned(),
                line: None,
                byte: None,
                height: Some(self.height),
                item: id.clone(),
                what: Differs::Altered {
                    field: "block_id".to_owned(),
                    chain: id,
                    export: named.to_owned(),
                },
            });
        }
        Ok(())
    }

    fn table(
        &self,
        table: Table,
        form: Form,
        expected: impl Iterator<Item = RowResult>,
        found: Found<'_>,
    ) -> Result<(), DifferenceError> {
        let lines = Lines::new(self.folder, table, form);
        rows::compare(table, form, expected, lines, found)
    }

    /// Compares the accounts with the state after the export's last block.
    fn accounts(&self, found: Found<'_>) -> Result<(), DifferenceError> {
        if self.book.height() == self.height {
            return self.accounts_in(self.book, found);
        }
        // The book has gone on since: what its state was then is found by executing its own blocks again.
        let scratch = self.book.folder().join(SCRATCH_FOLDER);
        let remove = || match fs::remove_dir_all(&scratch) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(DifferenceError::System {
                path: scratch.clone(),
                source: error,
            }),
            _ => Ok(()),
        };
        remove()?;
        let compared = self.accounts_then(&scratch, found);
        remove()?;
        compared
    }

    fn accounts_then(&self, scratch: &Path, found: Found<'_>) -> Result<(), DifferenceError> {
        let mut then = Book::open(scratch, self.book.genesis())?;
        let mut own = ArchiveSource::open(&self.book.archive_folder(), self.book.chain_id());
        let go_on = &mut |_: &_| ControlFlow::Continue(());
        then.follow(&mut own, Some(self.height), go_on)?;
        self.accounts_in(&then, found)
    }

    fn accounts_in(&self, book: &Book, found: Found<'_>) -> Result<(), DifferenceError> {
        for form in Form::ALL {
            let expected = Accounts::of(book.state()).map(|row| Ok(row?));
            self.table(Table::Accounts, form, expected, found)?;
        }
        Ok(())
    }
}

/// A line of a table in an export.
struct Line {
    file: String,
    number: u64,
    cells: Result<Vec<Value>, String>,
}

/// The lines of a table, over all its files.
struct Lines {
    folder: PathBuf,
    table: Table,
    form: Form,
    part: u64,
    name: String,
    file: Option<BufReader<File>>,
    number: u64,
    /// That a file does not begin as it should, to be told before its lines.
    beginning: Option<String>,
}

impl Lines {
    fn new(folder: &Path, table: Table, form: Form) -> Lines {
        Lines {
            folder: folder.to_owned(),
            table,
            form,
            part: 0,
            name: form.file_name(table, 1),
            file: None,
            number: 0,
            beginning: None,
        }
    }

    /// Opens the next file; whether there is one.
    fn open(&mut self) -> Result<bool, DifferenceError> {
        let name = self.form.file_name(self.table, self.part + 1);
        let path = self.folder.join(&name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(DifferenceError::System { path, source }),
        };
        (self.part, self.name, self.number) = (self.part + 1, name, 0);
        self.file = Some(BufReader::new(file));
        if self.form == Form::Csv {
            let expected = self.form.beginning(self.table);
            let mut beginning = self.line()?.unwrap_or_default();
            beginning.push(b'\n');
            if beginning != expected {
                let what = match beginning.starts_with(BYTE_ORDER_MARK) {
                    true => "its columns are others",
                    false => "it does not begin with a byte order mark",
                };
                self.beginning = Some(what.to_owned());
            }
        }
        Ok(true)
    }

    /// The next line of the file without its line feed; none at the end.
    fn line(&mut self) -> Result<Option<Vec<u8>>, DifferenceError> {
        let Some(file) = &mut self.file else {
            return Ok(None);
        };
        let mut line = Vec::new();
        let read = file.take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        let count = read.map_err(|source| DifferenceError::System {
            path: self.folder.join(&self.name),
            source,
        })?;
        self.number += 1;
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        Ok((count > 0).then_some(line))
    }

    fn read(&mut self) -> Result<Option<Line>, DifferenceError> {
        loop {
            let is_first = self.file.is_none() && self.part == 0;
            if is_first && !self.open()? {
                return Ok(None);
            }
            if let Some(reason) = self.beginning.take() {
                let cells = Err(reason);
                return Ok(Some(self.numbered(cells)));
            }
            let Some(line) = self.line()? else {
                self.file = None;
                if self.form == Form::Csv && self.open()? {
                    continue;
                }
                return Ok(None);
            };
            let line = match (self.form, line.strip_suffix(b"\r")) {
                (Form::Csv, Some(line)) => line,
                (Form::Csv, None) => {
                    let cells = Err("it does not end in CR LF".to_owned());
                    return Ok(Some(self.numbered(cells)));
                }
                (Form::JsonLines, _) => &line,
            };
            let cells = std::str::from_utf8(line)
                .map_err(|error| error.to_string())
                .and_then(|line| self.form.read(self.table, line));
            return Ok(Some(self.numbered(cells)));
        }
    }

    fn numbered(&self, cells: Result<Vec<Value>, String>) -> Line {
        Line {
            file: self.name.clone(),
            number: self.number,
            cells,
        }
    }
}

impl Iterator for Lines {
    type Item = Result<Line, DifferenceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
