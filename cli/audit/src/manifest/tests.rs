//! Manifests: altered files, altered lists, and whose word they are.

use ledger_core::audit::Audit;
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::proof::{Clock, ProofBundle, TrustChain, VerifiedBundle};
use ledger_core::transaction::Signer;
use ledger_core::transaction::government::SetValidators;
use std::ops::ControlFlow;
use tempfile::TempDir;
use timebank_wallet::client::Patience;
use timebank_wallet::trial::{self, TrialCity};
use timebank_wallet::{Client, TransactionBuilder, builder};

use super::*;
use crate::book::Book;

fn about() -> About {
    About {
        chain_id: trial::genesis().chain_id(),
        from_height: Height(1),
        height: Height(3),
        block_id: "07".repeat(32).parse().unwrap(),
        made_of: MadeOf::Export,
    }
}

fn folder() -> (TempDir, BTreeSet<String>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("raw")).unwrap();
    let files = ["accounts.csv", "postings.csv", "raw/1.blocks"];
    for file in files {
        std::fs::write(folder.path().join(file), file.repeat(1_000)).unwrap();
    }
    (folder, files.map(str::to_owned).into())
}

fn signed() -> (TempDir, Manifest) {
    let (folder, names) = folder();
    let body = ManifestBody::over(folder.path(), about(), &names).unwrap();
    let manifest = body.signed(trial::staff("auditor"), &trial::key("auditor"));
    manifest.write(folder.path()).unwrap();
    (folder, manifest)
}

#[test]
fn a_folder_as_it_was_signed_is_accepted() {
    let (folder, manifest) = signed();
    let read = Manifest::read(&folder.path().join(MANIFEST_NAME)).unwrap();
    assert_eq!(read, manifest);
    assert_eq!(read.check_files(folder.path()), Ok(Vec::new()));
    let signature = read.check_signature().unwrap().unwrap();
    assert_eq!(signature.signer, trial::staff("auditor"));
}

#[test]
fn a_file_altered_missing_longer_or_added_is_named() {
    let (folder, manifest) = signed();
    let path = folder.path().join("postings.csv");
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    bad[5_000] ^= 1;
    std::fs::write(&path, &bad).unwrap();
    let error = manifest.check_files(folder.path()).unwrap_err();
    assert!(matches!(&error, ManifestError::Altered { name, .. } if name == "postings.csv"));
    std::fs::write(&path, &good[1..]).unwrap();
    let error = manifest.check_files(folder.path()).unwrap_err();
    assert!(matches!(&error, ManifestError::Length { name, .. } if name == "postings.csv"));
    std::fs::remove_file(&path).unwrap();
    let error = manifest.check_files(folder.path()).unwrap_err();
    assert!(matches!(&error, ManifestError::Unreadable { path: of, .. } if *of == path));
    std::fs::write(&path, &good).unwrap();
    for stranger in ["more.csv", "raw/2.blocks"] {
        std::fs::write(folder.path().join(stranger), "").unwrap();
    }
    let strangers = manifest.check_files(folder.path()).unwrap();
    assert_eq!(strangers, ["more.csv", "raw/2.blocks"]);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_not_followed() {
    let (folder, manifest) = signed();
    let (outside, path) = (
        tempfile::tempdir().unwrap(),
        folder.path().join("postings.csv"),
    );
    let moved = outside.path().join("postings.csv");
    std::fs::copy(&path, &moved).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&moved, &path).unwrap();
    let error = manifest.check_files(folder.path()).unwrap_err();
    assert!(matches!(error, ManifestError::Unreadable { .. }));
}

#[test]
fn every_field_of_the_list_is_signed() {
    let (_folder, manifest) = signed();
    let alterations: [&dyn Fn(&mut Manifest); 9] = [
        &|it| it.body.about.height = Height(4),
        &|it| it.body.about.from_height = Height(2),
        &|it| it.body.about.block_id = "08".repeat(32).parse().unwrap(),
        &|it| it.body.about.chain_id = "09".repeat(32).parse().unwrap(),
        &|it| it.body.about.made_of = MadeOf::Report,
        &|it| it.body.files[0].bytes += 1,
        &|it| it.body.files[0].blake3.0[0] ^= 1,
        &|it| drop(it.body.files.remove(1)),
        &|it| it.signature.as_mut().unwrap().signer = trial::staff("registrar"),
    ];
    for (index, alter) in alterations.into_iter().enumerate() {
        let mut altered = manifest.clone();
        alter(&mut altered);
        let error = altered.check_signature().unwrap_err();
        assert!(matches!(error, ManifestError::Signature { .. }), "{index}");
    }
}

#[test]
fn names_that_lead_elsewhere_and_lists_out_of_order_are_refused() {
    let (_folder, manifest) = signed();
    let reread = |manifest: &Manifest| Manifest::parse(manifest.to_text().as_bytes());
    for name in [
        "../x",
        "/etc/passwd",
        "a//b",
        "",
        ".hidden",
        "a/..",
        "a\\b",
        "c:x",
        "表.csv",
    ] {
        let mut altered = manifest.clone();
        altered.body.files[0].name = name.to_owned();
        let error = reread(&altered).unwrap_err();
        assert!(
            matches!(error, ManifestError::Name { .. }),
            "{name}: {error}"
        );
    }
    let mut altered = manifest.clone();
    altered.body.files.swap(0, 1);
    assert!(matches!(reread(&altered), Err(ManifestError::Order { .. })));
    altered.body.files = vec![manifest.body.files[0].clone(); 2];
    assert!(matches!(reread(&altered), Err(ManifestError::Order { .. })));
    altered.body.files.clear();
    assert!(matches!(reread(&altered), Err(ManifestError::Count { .. })));
    let mut altered = manifest;
    altered.body.version = 2;
    assert!(matches!(
        reread(&altered),
        Err(ManifestError::Version { version: 2, .. })
    ));
    for text in ["", "{}", "[]", "\u{0}"] {
        let error = Manifest::parse(text.as_bytes()).unwrap_err();
        assert!(matches!(error, ManifestError::Malformed { .. }), "{text}");
    }
}

/// A city audited to its second block: audit, last block, and how it was decided.
fn audited() -> (Audit, Block, CommitCertificate) {
    let (city, genesis) = (TrialCity::new(), trial::genesis());
    city.pass_a_block();
    let client = Client::without_trust(city);
    let mut audit = Audit::begin(&genesis).unwrap();
    let blocks = client.archive_unverified(Height::GENESIS).unwrap();
    for (block, certificate) in &blocks {
        audit.follow(block, certificate).unwrap();
    }
    let (block, certificate) = blocks.into_iter().last().unwrap();
    (audit, block, certificate)
}

/// The proof of the staff entry of `name`, verified as its reader will.
fn proven(name: &str) -> (VerifiedBundle, About) {
    let (audit, block, certificate) = audited();
    let signer = trial::staff(name);
    let header = &block.header;
    let bundle = auditor_proof(audit.state(), header, &certificate, Vec::new(), signer).unwrap();
    let bytes = bundle.to_file();
    let trust = TrustChain::genesis(&trial::genesis());
    let clock = Clock::at(header.time_ms.plus_ms(60_000));
    let verified = ProofBundle::verify_file(&bytes, &trust, clock).unwrap();
    let about = About {
        height: audit.height(),
        block_id: audit.block_id(),
        ..about()
    };
    (verified, about)
}

#[test]
fn an_auditors_key_is_proven_by_the_very_block_and_nobody_elses_is() {
    let (folder, names) = folder();
    let check = |about: About, who: &str, key: &str, shown: &str| {
        let body = ManifestBody::over(folder.path(), about, &names).unwrap();
        let manifest = body.signed(trial::staff(who), &trial::key(key));
        let signature = *manifest.check_signature().unwrap().unwrap();
        proven_auditor(&manifest, &signature, &proven(shown).0)
    };
    let (_, right) = proven("auditor");
    let signer = trial::staff("auditor");
    assert_eq!(
        check(right, "auditor", "auditor", "auditor"),
        Ok(Shown::TheBlock)
    );
    let earlier = About {
        height: Height(1),
        ..right
    };
    assert_eq!(
        check(earlier, "auditor", "auditor", "auditor"),
        Ok(Shown::Later(right.height))
    );
    let other = About {
        block_id: about().block_id,
        ..right
    };
    let error = check(other, "auditor", "auditor", "auditor").unwrap_err();
    assert!(matches!(error, AuditorProofError::OtherBlock { .. }));
    assert_eq!(
        check(right, "auditor", "li", "auditor"),
        Err(AuditorProofError::OtherKey { signer })
    );
    assert_eq!(
        check(right, "auditor", "auditor", "registrar"),
        Err(AuditorProofError::NotShown { signer })
    );
    let clerk = trial::staff("clerk");
    assert_eq!(
        check(right, "clerk", "clerk", "clerk"),
        Err(AuditorProofError::NotAnAuditor { signer: clerk })
    );
    let error = check(about(), "auditor", "auditor", "auditor").unwrap_err();
    assert!(matches!(error, AuditorProofError::OtherBlock { .. }));
}

fn change_set(city: &TrialCity, names: &[&'static str]) {
    let validators = trial::set_of(names).as_slice().to_vec();
    let admin = Signer::Staff(trial::staff("admin"));
    let chain_id = trial::genesis().chain_id();
    let builder = TransactionBuilder::new(chain_id, admin, city.time_ms());
    let transaction = builder.build(SetValidators { validators }).unwrap();
    let envelope = builder::seal(transaction, &[(admin, &trial::key("admin"))]);
    let client = Client::without_trust(city.clone());
    client
        .submit(&envelope, Patience::Final { timeout_ms: 1_000 })
        .unwrap();
    city.certify_as(names);
    city.pass_a_block();
}

/// A book of the trial city whose validators changed, sealed and verified by somebody who has the genesis document only.
#[test]
fn a_folder_sealed_from_the_book_leads_over_changes_of_the_set() {
    let (city, genesis) = (TrialCity::new(), trial::genesis());
    for names in [
        ["one", "two", "three", "four", "five"],
        ["one", "two", "three", "four", "six"],
    ] {
        change_set(&city, &names);
    }
    let client = Client::without_trust(city);
    let place = tempfile::tempdir().unwrap();
    let mut book = Book::open(place.path(), &genesis).unwrap();
    book.follow(&mut &client, None, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    let (folder, names) = folder();
    let about = About {
        height: book.height(),
        block_id: book.block_id(),
        ..about()
    };
    let key = trial::key("auditor");
    let signing = Signing {
        signer: trial::staff("auditor"),
        key: &key,
    };
    let sealed = seal(&book, folder.path(), about, &names, Some(signing)).unwrap();
    assert_eq!(
        Manifest::read(&folder.path().join(MANIFEST_NAME)),
        Ok(sealed.clone())
    );
    let bytes = std::fs::read(folder.path().join(AUDITOR_PROOF_NAME)).unwrap();
    assert_eq!(ProofBundle::from_file(&bytes).unwrap().changes.len(), 2);
    let clock = Clock::at(book.time_ms().plus_ms(60_000));
    let verified = ProofBundle::verify_file(&bytes, &TrustChain::genesis(&genesis), clock).unwrap();
    let signature = sealed.check_signature().unwrap().unwrap();
    assert_eq!(
        proven_auditor(&sealed, signature, &verified),
        Ok(Shown::TheBlock)
    );
    let unsigned = seal(&book, folder.path(), about, &names, None).unwrap();
    assert_eq!(unsigned.check_signature(), Ok(None));
    assert_eq!(unsigned.check_files(folder.path()), Ok(Vec::new()));
    assert!(!folder.path().join(AUDITOR_PROOF_NAME).exists());
}
