//! An export: blocks, transactions, postings and accounts as tables, and the blocks themselves, in a folder with a manifest.
//!
//! ```text
//! archive/             the blocks with their certificates and receipts (crate::archive): audit replay --from-export
//! blocks.csv, .jsonl   and so on for every table (table), in both forms (form)
//! columns.en.txt, .zh  what the columns mean
//! manifest.json        the files with their hashes, signed by the auditor, beside the proof of the key
//! ```
//!
//! What always holds: the folder is there as a whole or not at all: it is written under a hidden name beside its own, and
//! renamed when everything in it is durable. Blocks are read one after the other, so a chain of any length takes the memory of
//! one block beside the book's state.

mod form;
mod table;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ledger_core::id::Height;
use ledger_core::message::{Arguments, Catalogue, Language};
use ledger_core::state::StateError;

pub use form::{BYTE_ORDER_MARK, CSV_ROWS_MAX, Form, csv_cell};
pub(crate) use table::posting_row;
pub use table::{Accounts, Row, Table};

use crate::archive::{ArchiveError, Writer, create_private};
use crate::book::Book;
use crate::manifest::{About, MadeOf, Manifest, SealError, Signing, seal};
use crate::whole_file;

/// The folder of the blocks in an export.
pub const ARCHIVE_FOLDER: &str = "archive";
/// What the columns mean, in Chinese: Fluent.
pub const CHINESE: &str = include_str!("../../messages/export.zh.ftl");
/// What the columns mean, in English: Fluent.
pub const ENGLISH: &str = include_str!("../../messages/export.en.ftl");
const LOCK_FILE: &str = "lock";

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Something is there already.
    #[error("{} is there already; name another folder", folder.display())]
    Exists {
        /// Where.
        folder: PathBuf,
    },
    /// Another process writes the same export.
    #[error("another process writes {}; wait for it", folder.display())]
    InUse {
        /// Where.
        folder: PathBuf,
    },
    /// The blocks asked for are not in the book.
    #[error("the book reaches from block 1 to {height}; there is no block {from}")]
    NoBlocks {
        /// The first block asked for.
        from: Height,
        /// The last block of the book.
        height: Height,
    },
    /// Whoever was told of the progress broke it off. Nothing is left of it.
    #[error("it was broken off; nothing is left of it")]
    Stopped,
    /// The system refuses. Nothing is left of the export.
    #[error("cannot {action} {}: {source}", path.display())]
    System {
        /// What was to be done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The book's archive, or the export's.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The book's state.
    #[error(transparent)]
    State(#[from] StateError),
    /// The manifest.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl ExportError {
    fn system(action: &'static str, path: &Path, source: io::Error) -> ExportError {
        ExportError::System {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

/// What was exported.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The manifest.
    pub manifest: Manifest,
    /// The rows of each table, in the order of [`Table::ALL`].
    pub rows: [u64; 4],
}

/// Exports the blocks of `book` from `from` on, and its accounts, to the new folder `to`. `progress` is told of each block,
/// and may break it off.
///
/// # Errors
/// See [`ExportError`]; nothing is at `to` then.
pub fn export(
    book: &Book,
    from: Height,
    to: &Path,
    signing: Option<Signing<'_>>,
    progress: &mut dyn FnMut(Height) -> ControlFlow<()>,
) -> Result<Exported, ExportError> {
    let height = book.height();
    if from == Height::GENESIS || from > height {
        return Err(ExportError::NoBlocks { from, height });
    }
    let folder = to.to_owned();
    if to.symlink_metadata().is_ok() {
        return Err(ExportError::Exists { folder });
    }
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let partial = to.with_file_name(format!(".{name}.partial"));
    let lock = begin(&partial, &folder)?;
    let written = write_all(book, from, &partial, signing, progress).and_then(|exported| {
        let lock = partial.join(LOCK_FILE);
        fs::remove_file(&lock).map_err(|it| ExportError::system("remove", &lock, it))?;
        // If we crash before this, a hidden folder is left, which the next export to the same place removes.
        fs::rename(&partial, to).map_err(|it| ExportError::system("rename", &partial, it))?;
        whole_file::sync_folder_of(to).map_err(|it| ExportError::system("sync", to, it))?;
        Ok(exported)
    });
    if written.is_err() {
        // What matters is the first error; a full disk gets its room back.
        let _ = fs::remove_dir_all(&partial);
    }
    drop(lock);
    written
}

/// Makes the hidden folder anew, and takes its lock.
fn begin(partial: &Path, folder: &Path) -> Result<File, ExportError> {
    let failed = |action| move |it| ExportError::system(action, partial, it);
    // For its owner alone, as the book is: what is in it is about people.
    create_private(partial)?;
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(partial.join(LOCK_FILE))
        .map_err(failed("lock"))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let folder = folder.to_owned();
            return Err(ExportError::InUse { folder });
        }
        Err(TryLockError::Error(error)) => return Err(failed("lock")(error)),
    }
    for entry in fs::read_dir(partial).map_err(failed("read"))? {
        let path = entry.map_err(failed("read"))?.path();
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false if path.ends_with(LOCK_FILE) => Ok(()),
            false => fs::remove_file(&path),
        };
        removed.map_err(|it| ExportError::system("remove", &path, it))?;
    }
    Ok(lock)
}

fn write_all(
    book: &Book,
    from: Height,
    folder: &Path,
    signing: Option<Signing<'_>>,
    progress: &mut dyn FnMut(Height) -> ControlFlow<()>,
) -> Result<Exported, ExportError> {
    let mut tables: Vec<TableFiles<'_>> = Vec::new();
    for table in Table::ALL {
        for form in Form::ALL {
            tables.push(TableFiles::begin(folder, table, form)?);
        }
    }
    let (mut archive, _) = Writer::open(&folder.join(ARCHIVE_FOLDER), book.chain_id(), None)?;
    let calendar = book.calendar();
    for booked in book.blocks(Height(from.0.saturating_sub(1)))? {
        let booked = booked?;
        archive.append(&booked)?;
        for table in Table::ALL {
            for row in table.rows(&booked, calendar) {
                add(&mut tables, table, &row)?;
            }
        }
        if progress(booked.block.header.height).is_break() {
            return Err(ExportError::Stopped);
        }
    }
    archive.sync()?;
    for row in Accounts::of(book.state()) {
        add(&mut tables, Table::Accounts, &row?)?;
    }
    let mut names = BTreeSet::new();
    let mut rows = [0; 4];
    for files in tables {
        let at = Table::ALL.iter().position(|it| *it == files.table);
        rows[at.expect("it is one of all")] = files.rows;
        names.extend(files.end()?);
    }
    for first in crate::archive::segments(&folder.join(ARCHIVE_FOLDER))? {
        let path = crate::archive::segment_path(Path::new(ARCHIVE_FOLDER), first);
        names.insert(path.to_string_lossy().into_owned());
    }
    for language in Language::ALL {
        let name = format!("columns.{}.txt", language.code());
        let path = folder.join(&name);
        whole_file::write(&path, columns(language).as_bytes())
            .map_err(|it| ExportError::system("write", &path, it))?;
        names.insert(name);
    }
    let about = About {
        chain_id: book.chain_id(),
        from_height: from,
        height: book.height(),
        block_id: book.block_id(),
        made_of: MadeOf::Export,
    };
    let manifest = seal(book, folder, about, &names, signing)?;
    Ok(Exported { manifest, rows })
}

fn add(tables: &mut [TableFiles<'_>], table: Table, row: &Row) -> Result<(), ExportError> {
    tables
        .iter_mut()
        .filter(|files| files.table == table)
        .try_for_each(|files| files.add(row))
}

/// What the columns mean, as text.
pub fn columns(language: Language) -> String {
    let source = match language {
        Language::Chinese => CHINESE,
        Language::English => ENGLISH,
    };
    let catalogue = Catalogue::new(language, &[source]).expect("the tests read it");
    let mut text = catalogue.render("export-about", &Arguments::NONE);
    text.push('\n');
    for table in Table::ALL {
        let about = catalogue.render(&format!("table-{}", table.name()), &Arguments::NONE);
        text.push_str(&format!("\n{}: {about}\n", table.name()));
        for column in table.columns() {
            let id = format!("column-{}-{column}", table.name());
            let meaning = catalogue.render(&id, &Arguments::NONE);
            text.push_str(&format!("  {column}: {meaning}\n"));
        }
    }
    text
}

/// The files of one table in one form.
struct TableFiles<'f> {
    folder: &'f Path,
    table: Table,
    form: Form,
    part: u64,
    path: PathBuf,
    file: BufWriter<File>,
    rows: u64,
}

impl<'f> TableFiles<'f> {
    fn begin(folder: &'f Path, table: Table, form: Form) -> Result<TableFiles<'f>, ExportError> {
        let (path, file) = TableFiles::open(folder, table, form, 1)?;
        Ok(TableFiles {
            folder,
            table,
            form,
            part: 1,
            path,
            file,
            rows: 0,
        })
    }

    fn open(
        folder: &Path,
        table: Table,
        form: Form,
        part: u64,
    ) -> Result<(PathBuf, BufWriter<File>), ExportError> {
        let path = folder.join(form.file_name(table, part));
        let file = File::create_new(&path).and_then(|file| {
            let mut file = BufWriter::new(file);
            file.write_all(&form.beginning(table))?;
            Ok(file)
        });
        match file {
            Ok(file) => Ok((path, file)),
            Err(error) => Err(ExportError::system("write", &path, error)),
        }
    }

    fn add(&mut self, row: &Row) -> Result<(), ExportError> {
        let is_full = self.rows > 0 && self.rows.is_multiple_of(CSV_ROWS_MAX);
        if self.form == Form::Csv && is_full {
            self.sync()?;
            self.part += 1;
            let opened = TableFiles::open(self.folder, self.table, self.form, self.part)?;
            (self.path, self.file) = opened;
        }
        let line = self.form.line(self.table, row);
        let written = self.file.write_all(line.as_bytes());
        written.map_err(|it| ExportError::system("write", &self.path, it))?;
        self.rows += 1;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), ExportError> {
        let synced = self
            .file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(|it| ExportError::system("write", &self.path, it))
    }

    /// Makes the last file durable; the names of all.
    fn end(mut self) -> Result<Vec<String>, ExportError> {
        self.sync()?;
        let parts = 1..=self.part;
        Ok(parts
            .map(|part| self.form.file_name(self.table, part))
            .collect())
    }
}
