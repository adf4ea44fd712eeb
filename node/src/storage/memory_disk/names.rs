//! Names and the files they lead to: as they are seen, and as a crash would leave them.
//!
//! A change of a name is durable when its directory is synced. Until then a crash keeps the changes up to some moment and
//! none after it, as a file system with a journal does; a renaming is one change, of both directories.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fault::{DiskCounts, Survival, hash};
use super::image::Image;

/// What a decision is about; see [`super::image`].
const ABOUT_NAMES: u64 = 100;

/// The number of a file, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileNumber(u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    File(FileNumber),
    Directory,
}

type Tree = BTreeMap<PathBuf, Entry>;

/// One step: names that lead somewhere else from now on, or nowhere.
#[derive(Clone, Debug)]
struct Change(Vec<(PathBuf, Option<Entry>)>);

impl Change {
    fn touches(&self, directory: &Path) -> bool {
        self.0
            .iter()
            .any(|(path, _)| path.parent() == Some(directory))
    }

    fn apply(&self, tree: &mut Tree) {
        for (path, entry) in &self.0 {
            match entry {
                Some(entry) => tree.insert(path.clone(), *entry),
                None => tree.remove(path),
            };
        }
    }
}

/// A file and who uses it.
#[derive(Debug)]
struct Stored {
    /// What it was called when it was made.
    first_path: PathBuf,
    image: Image,
    /// Held by everybody who has it open: it stays although nothing leads to it any more.
    open: Arc<()>,
}

/// All names and files of a disk.
#[derive(Debug)]
pub(super) struct Names {
    root: PathBuf,
    now: Tree,
    durable: Tree,
    /// Changes that are not durable, oldest first.
    pending: Vec<Change>,
    files: BTreeMap<FileNumber, Stored>,
    next: u64,
}

impl Names {
    /// An empty directory.
    pub(super) fn new(root: &Path) -> Names {
        let tree: Tree = [(root.to_path_buf(), Entry::Directory)].into();
        Names {
            root: root.to_path_buf(),
            now: tree.clone(),
            durable: tree,
            pending: Vec::new(),
            files: BTreeMap::new(),
            next: 0,
        }
    }

    /// What is seen now, durable, without what `left_out` names.
    pub(super) fn copy_without(&self, left_out: impl Fn(&Path) -> bool) -> Names {
        let mut copy = Names::new(&self.root);
        for (path, entry) in self.now.iter().filter(|(path, _)| !left_out(path)) {
            let image = match entry {
                Entry::File(number) => Some(self.files[number].image.as_durable()),
                Entry::Directory => None,
            };
            copy.put(path, image);
        }
        copy
    }

    pub(super) fn exists(&self, path: &Path) -> bool {
        self.now.contains_key(path)
    }

    /// The file at `path`.
    pub(super) fn file_mut(&mut self, path: &Path) -> Option<&mut Image> {
        match self.now.get(path)? {
            Entry::File(number) => self.image_mut(*number),
            Entry::Directory => None,
        }
    }

    /// A file that is open.
    pub(super) fn image_mut(&mut self, number: FileNumber) -> Option<&mut Image> {
        self.files.get_mut(&number).map(|stored| &mut stored.image)
    }

    /// Opens the file at `path`, made if it is missing; keep the second value while it is open.
    pub(super) fn open(&mut self, path: &Path) -> io::Result<(FileNumber, Arc<()>)> {
        let number = match self.now.get(path) {
            Some(Entry::File(number)) => *number,
            Some(Entry::Directory) => return Err(io::ErrorKind::IsADirectory.into()),
            None => {
                self.check_parent(path)?;
                let number = self.add_file(path, Image::default());
                self.change(vec![(path.to_path_buf(), Some(Entry::File(number)))]);
                number
            }
        };
        Ok((number, Arc::clone(&self.files[&number].open)))
    }

    pub(super) fn create_directory(&mut self, path: &Path) -> io::Result<()> {
        if self.exists(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.check_parent(path)?;
        self.change(vec![(path.to_path_buf(), Some(Entry::Directory))]);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let entry = *self.now.get(from).ok_or(io::ErrorKind::NotFound)?;
        if entry == Entry::Directory || self.now.get(to) == Some(&Entry::Directory) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        self.check_parent(to)?;
        self.change(vec![
            (from.to_path_buf(), None),
            (to.to_path_buf(), Some(entry)),
        ]);
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        if !self.exists(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let within = self.now.keys().filter(|other| other.starts_with(path));
        let removed = within.map(|other| (other.clone(), None)).collect();
        self.change(removed);
        self.forget_unused();
        Ok(())
    }

    pub(super) fn sync_directory(&mut self, path: &Path) -> io::Result<()> {
        if self.now.get(path) != Some(&Entry::Directory) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let (synced, pending) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|change: &Change| change.touches(path));
        self.pending = pending;
        for change in &synced {
            change.apply(&mut self.durable);
        }
        self.forget_unused();
        Ok(())
    }

    /// Puts a file, or a directory, there, durably.
    pub(super) fn put(&mut self, path: &Path, image: Option<Image>) {
        let entry = match image {
            Some(image) => Entry::File(self.add_file(path, image)),
            None => Entry::Directory,
        };
        self.change_durably(&Change(vec![(path.to_path_buf(), Some(entry))]));
    }

    /// Removes a file, durably, if there is one.
    pub(super) fn discard(&mut self, path: &Path) {
        self.change_durably(&Change(vec![(path.to_path_buf(), None)]));
        self.forget_unused();
    }

    /// Makes `change` as if nothing had been pending for these names.
    fn change_durably(&mut self, change: &Change) {
        change.apply(&mut self.now);
        change.apply(&mut self.durable);
        for pending in &mut self.pending {
            pending
                .0
                .retain(|(path, _)| change.0.iter().all(|(changed, _)| changed != path));
        }
    }

    /// Leaves what `survival` says.
    pub(super) fn crash(&mut self, survival: Survival, counts: &mut DiskCounts) {
        let pending = std::mem::take(&mut self.pending);
        let total = pending.len();
        let kept = match survival {
            Survival::Synced => 0,
            Survival::Everything => total,
            Survival::Torn { seed } => {
                let drawn = hash(&[seed, ABOUT_NAMES]) % (total as u64 + 1);
                usize::try_from(drawn).unwrap_or(0)
            }
        };
        counts.names_dropped += (total - kept) as u64;
        for change in pending.iter().take(kept) {
            change.apply(&mut self.durable);
        }
        // Nothing leads to what is in a directory that is gone.
        let directories: Vec<PathBuf> = self.directories();
        self.durable.retain(|path, _| {
            path.parent().is_none_or(|parent| {
                parent == Path::new("") || directories.iter().any(|d| d == parent)
            })
        });
        self.now = self.durable.clone();
        for stored in self.files.values_mut() {
            stored.image.crash(&stored.first_path, survival, counts);
            // Whoever had it open is gone.
            stored.open = Arc::new(());
        }
        self.forget_unused();
    }

    fn directories(&self) -> Vec<PathBuf> {
        let directories = self.durable.iter();
        directories
            .filter(|(_, entry)| **entry == Entry::Directory)
            .map(|(path, _)| path.clone())
            .collect()
    }

    pub(super) fn allocated_bytes(&self) -> u64 {
        let entries = self.now.values();
        entries
            .filter_map(|entry| match entry {
                Entry::File(number) => Some(self.files[number].image.allocated_bytes()),
                Entry::Directory => None,
            })
            .sum()
    }

    pub(super) fn hash_durable(&self, hasher: &mut blake3::Hasher) {
        for (path, entry) in &self.durable {
            let name = path.as_os_str().as_encoded_bytes();
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name);
            if let Entry::File(number) = entry {
                self.files[number].image.hash_durable(hasher);
            }
        }
    }

    fn add_file(&mut self, path: &Path, image: Image) -> FileNumber {
        self.next += 1;
        let number = FileNumber(self.next);
        let stored = Stored {
            first_path: path.to_path_buf(),
            image,
            open: Arc::new(()),
        };
        self.files.insert(number, stored);
        number
    }

    fn change(&mut self, names: Vec<(PathBuf, Option<Entry>)>) {
        let change = Change(names);
        change.apply(&mut self.now);
        self.pending.push(change);
    }

    fn check_parent(&self, path: &Path) -> io::Result<()> {
        let parent = path.parent().and_then(|parent| self.now.get(parent));
        match parent {
            Some(Entry::Directory) => Ok(()),
            Some(Entry::File(_)) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Files that no name leads to, now, durably or after a crash, and that nobody has open.
    fn forget_unused(&mut self) {
        let pending = self.pending.iter().flat_map(|change| &change.0);
        let named: Vec<Entry> = self
            .now
            .values()
            .chain(self.durable.values())
            .copied()
            .chain(pending.filter_map(|(_, entry)| *entry))
            .collect();
        self.files.retain(|number, stored| {
            Arc::strong_count(&stored.open) > 1 || named.contains(&Entry::File(*number))
        });
    }
}
