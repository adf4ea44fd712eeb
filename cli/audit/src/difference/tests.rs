//! Whatever is altered in an export is found, and where it is.

use ledger_core::block::list;
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::AccountId;
use ledger_core::receipt::{Entry, Receipt};

use super::*;
use crate::archive::{Writer, segment_path};
use crate::export::export;
use crate::export::tests::{booked, follow, go_on, link};

struct Scene {
    folder: tempfile::TempDir,
    city: timebank_wallet::trial::TrialCity,
    book: Book,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let (city, book) = booked(folder.path());
        let to = folder.path().join("export");
        export(&book, Height(1), &to, None, &mut go_on).unwrap();
        Scene { folder, city, book }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("export").join(name)
    }

    fn found(&self) -> Vec<Difference> {
        let mut found = Vec::new();
        let folder = self.folder.path().join("export");
        compare(&folder, &self.book, &mut |it| found.push(it)).unwrap();
        found
    }

    /// What is found once the text of a file was changed; the file is as before then.
    fn after(&self, name: &str, change: impl FnOnce(&str) -> String) -> Vec<Difference> {
        let path = self.path(name);
        let right = fs::read_to_string(&path).unwrap();
        let wrong = change(&right);
        assert_ne!(right, wrong);
        fs::write(&path, wrong).unwrap();
        let found = self.found();
        fs::write(&path, right).unwrap();
        found
    }
}

#[test]
fn an_untouched_export_is_the_same_also_after_the_chain_has_gone_on() {
    let mut scene = Scene::new();
    assert_eq!(scene.found(), []);
    link(&scene.city, "auditor");
    follow(&mut scene.book, &scene.city);
    assert_eq!(scene.found(), []);
    assert!(!scene.book.folder().join(SCRATCH_FOLDER).exists());
}

#[test]
fn one_flipped_posting_is_located_in_both_forms() {
    let scene = Scene::new();
    for (name, header_lines) in [("postings.csv", 1), ("postings.jsonl", 0)] {
        let found = scene.after(name, |text| {
            let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
            let line = &mut lines[2 + header_lines];
            *line = line.replacen("kin_linked", "kin_unlinked", 1);
            lines.concat()
        });
        let [difference] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(difference.file, name);
        let line = 3 + u64::try_from(header_lines).unwrap();
        assert_eq!(difference.line, Some(line));
        assert!(
            difference.height.is_some() && difference.item.len() == 64,
            "{difference:?}"
        );
        let altered = Differs::Altered {
            field: "entry".to_owned(),
            chain: "kin_linked".to_owned(),
            export: "kin_unlinked".to_owned(),
        };
        assert_eq!(difference.what, altered);
    }
}

#[test]
fn lines_that_are_missing_added_doubled_or_no_lines_put_no_other_out_of_step() {
    let scene = Scene::new();
    let edit = |text: &str, edit: &dyn Fn(&mut Vec<String>)| {
        let mut lines = text.split_inclusive('\n').map(str::to_owned).collect();
        edit(&mut lines);
        lines.concat()
    };
    let codes = |found: &[Difference]| -> Vec<&'static str> {
        found.iter().map(|it| it.what.code()).collect()
    };
    let tables = ["blocks", "transactions", "postings", "accounts"];
    for name in tables
        .iter()
        .flat_map(|it| [format!("{it}.csv"), format!("{it}.jsonl")])
    {
        let removed = scene.after(&name, |text| {
            edit(text, &|lines| {
                lines.remove(2);
            })
        });
        assert_eq!(codes(&removed), ["missing"], "{name}");
        let doubled = scene.after(&name, |text| {
            edit(text, &|lines| lines.insert(3, lines[2].clone()))
        });
        assert_eq!(codes(&doubled), ["added"], "{name}");
        let broken = scene.after(&name, |text| {
            edit(text, &|lines| lines[2] = "{\"\r\n".to_owned())
        });
        assert_eq!(codes(&broken), ["malformed"], "{name}: {broken:?}");
        let cut = scene.after(&name, |text| text[..text.len() - 5].to_owned());
        assert_eq!(codes(&cut), ["malformed"], "{name}: {cut:?}");
        let swapped = scene.after(&name, |text| edit(text, &|lines| lines.swap(2, 3)));
        assert_eq!(swapped.len(), 2, "{name}: {swapped:?}");
    }
    // A key that was altered is one altered row or two, and no more.
    let found = scene.after("blocks.jsonl", |text| {
        text.replacen("\"height\":4,", "\"height\":400,", 1)
    });
    assert!(
        found.len() <= 2 && found.iter().any(|it| it.line == Some(4)),
        "{found:?}"
    );
    let beginning = scene.after("blocks.csv", |text| text.replacen("height", "heights", 1));
    assert_eq!(codes(&beginning), ["malformed"]);
    fs::remove_file(scene.path("accounts.csv")).unwrap();
    let found = scene.found();
    assert_eq!(found.len(), 14);
    assert!(codes(&found).iter().all(|it| *it == "missing"));
}

#[test]
fn every_flipped_byte_of_the_blocks_is_found_in_its_block() {
    let scene = Scene::new();
    let path = segment_path(&scene.path("archive"), Height(1));
    let right = fs::read(&path).unwrap();
    for at in (40..right.len()).step_by(61) {
        let mut wrong = right.clone();
        wrong[at] ^= 1;
        fs::write(&path, wrong).unwrap();
        let found = scene.found();
        assert!(!found.is_empty(), "byte {at}");
        assert!(
            found
                .iter()
                .all(|it| it.file == "archive/00000000000000000001.blocks"),
            "{found:?}"
        );
    }
    fs::write(&path, &right[..right.len() - 7]).unwrap();
    assert!(!scene.found().is_empty());
}

#[test]
fn one_posting_rewritten_with_every_hash_made_anew_is_located_in_the_blocks() {
    let scene = Scene::new();
    let archive = scene.path("archive");
    let blocks: Vec<BookedBlock> = scene
        .book
        .blocks(Height::GENESIS)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    fs::remove_dir_all(&archive).unwrap();
    let (mut writer, _) = Writer::open(&archive, scene.book.chain_id(), None).unwrap();
    let mut flipped = None;
    for mut booked in blocks {
        let postings = booked.receipts.iter_mut().flat_map(|it| &mut it.postings);
        for posting in postings {
            if let Entry::KinLinked { kin } = &mut posting.entry
                && flipped.is_none()
            {
                *kin = AccountId([9; 20]);
                flipped = Some(booked.block.header.height);
            }
        }
        // As somebody would who wants it to look right.
        let leaves: Vec<Hash> = booked.receipts.iter().map(Receipt::receipt_hash).collect();
        booked.block.header.receipts_root = list::root(&leaves);
        writer.append(&booked).unwrap();
        assert!(!codec::encode(&booked).is_empty());
    }
    writer.sync().unwrap();
    let found = scene.found();
    let posting = found
        .iter()
        .find(|it| it.item.contains("posting"))
        .unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(posting.height, flipped);
    assert!(
        matches!(&posting.what, Differs::Altered { field, .. } if field == "details"),
        "{posting:?}"
    );
    assert!(found.iter().all(|it| it.height == flipped), "{found:?}");
}
