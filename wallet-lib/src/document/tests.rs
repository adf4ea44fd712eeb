//! Tests of documents: signatures in any order, tampering, wrong keys, files.

use super::*;
use crate::builder::{TransactionBuilder, seal};
use crate::key;
use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, OrganisationId, StaffId};
use ledger_core::record::kin::Relation;
use ledger_core::transaction::account::LinkKin;
use ledger_core::transaction::value::Gift;

const CHEN: AccountId = AccountId([1; 20]);
const MOTHER: AccountId = AccountId([2; 20]);
const REGISTRAR: Signer = Signer::Staff(StaffId {
    organisation: OrganisationId(320_102_005),
    number: 7,
});

fn document() -> Document {
    let chain_id = ChainId(Hash([3; 32]));
    let builder = TransactionBuilder::new(chain_id, Signer::Account(CHEN), TimestampMs(5_000));
    let operation = LinkKin {
        account: CHEN,
        kin: MOTHER,
        relation: Relation::Parent,
    };
    Document::new(builder.build(operation).unwrap())
}

fn parties() -> [(Signer, SecretKey); 3] {
    [Signer::Account(CHEN), Signer::Account(MOTHER), REGISTRAR]
        .map(|signer| (signer, key::generate().unwrap()))
}

#[test]
fn every_order_of_signing_gives_the_same_envelope() {
    let (blank, parties) = (document(), parties());
    let keys: Vec<_> = parties.iter().map(|(signer, key)| (*signer, key)).collect();
    let expected = seal(blank.transaction().clone(), &keys);
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let mut document = blank.clone();
        for index in order {
            // Each of them gets the file from the one before.
            document = Document::from_json(&document.to_json()).unwrap();
            let (signer, key) = &parties[index];
            document.sign(*signer, key).unwrap();
        }
        assert_eq!(document.into_envelope().unwrap(), expected, "{order:?}");
    }
}

#[test]
fn copies_that_went_different_ways_are_merged() {
    let (blank, parties) = (document(), parties());
    let copies = parties.each_ref().map(|(signer, key)| {
        let mut copy = blank.clone();
        copy.sign(*signer, key).unwrap();
        copy
    });
    let mut merged = copies[2].clone();
    merged.merge(&copies[0]).unwrap();
    merged.merge(&copies[1]).unwrap();
    merged.merge(&copies[1]).unwrap();
    assert_eq!(merged.signatures().len(), 3);
    assert_eq!(
        Document::from_json(&merged.to_json()).unwrap(),
        merged,
        "a merged document reads back"
    );
}

#[test]
fn refuses_to_merge_another_transaction_or_another_key_of_one_signer() {
    let (mut one, other) = (document(), document());
    assert!(matches!(
        one.merge(&other),
        Err(Error::DocumentOther { .. })
    ));
    let mut forged = one.clone();
    one.sign(REGISTRAR, &key::generate().unwrap()).unwrap();
    forged.sign(REGISTRAR, &key::generate().unwrap()).unwrap();
    let before = one.clone();
    assert!(matches!(
        one.merge(&forged),
        Err(Error::DocumentConflict {
            signer: REGISTRAR,
            ..
        })
    ));
    assert_eq!(one, before);
    assert!(forged.remove(REGISTRAR) && !forged.remove(REGISTRAR));
    assert_eq!(one.merge(&forged), Ok(()));
}

#[test]
fn refuses_a_readable_part_that_is_not_what_the_bytes_say() {
    let gift = Gift {
        from: CHEN,
        to: MOTHER,
        minutes: Minutes(600),
    };
    let builder = TransactionBuilder::new(
        ChainId(Hash::ZERO),
        Signer::Account(CHEN),
        TimestampMs(5_000),
    );
    let text = Document::new(builder.build(gift).unwrap()).to_json();
    assert!(Document::from_json(&text).is_ok());
    let reads = |from: &str, to: &str| {
        assert!(text.contains(from), "{text}");
        Document::from_json(&text.replacen(from, to, 1))
    };
    let altered = |field: &str| {
        Err(Error::DocumentAltered {
            field: field.to_owned(),
        })
    };
    assert_eq!(
        reads("\"minutes\": 600", "\"minutes\": 60"),
        altered("operation.minutes")
    );
    assert_eq!(
        reads("\"kind\": \"gift\"", "\"kind\": \"donate\""),
        altered("operation.kind")
    );
    assert_eq!(
        reads(
            "\"minutes\": 600",
            "\"minutes\": 600, \"note\": \"approved by the city\""
        ),
        altered("operation.note")
    );
    assert_eq!(
        reads("\"minutes\": 600", "\"minutes\": 60, \"minutes\": 600"),
        altered("*"),
        "a field given twice shows one thing and means another"
    );
    assert_eq!(
        reads(
            "\"valid_until\": \"1970-01-02",
            "\"valid_until\": \"2070-01-02"
        ),
        altered("valid_until")
    );
    assert!(
        Document::from_json(&text.replace('\n', "\r\n")).is_ok(),
        "mail programs change the ends of lines"
    );
}

#[test]
fn refuses_bytes_exchanged_under_the_readable_part() {
    let (one, other) = (document(), document());
    let hex_of = |document: &Document| hex::encode(document.transaction().signed_bytes());
    let swapped = one.to_json().replace(&hex_of(&one), &hex_of(&other));
    assert_eq!(
        Document::from_json(&swapped),
        Err(Error::DocumentAltered { field: "id".into() })
    );
}

#[test]
fn refuses_a_wrong_signature_naming_its_signer() {
    let mut document = document();
    document.sign(REGISTRAR, &key::generate().unwrap()).unwrap();
    let text = document.to_json();
    let (right, stranger) = (
        document.signatures()[&REGISTRAR].key,
        key::generate().unwrap().public_key(),
    );
    let other_key = text.replace(&right.to_string(), &stranger.to_string());
    assert_eq!(
        Document::from_json(&other_key),
        Err(Error::DocumentSignature { signer: REGISTRAR })
    );
}

#[test]
fn a_bare_key_signs_for_itself_only() {
    let mut document = document();
    let (key, other) = (key::generate().unwrap(), key::generate().unwrap());
    let signer = Signer::Key(key.public_key());
    assert!(matches!(
        document.sign(signer, &other),
        Err(Error::SignerKey { .. })
    ));
    assert_eq!(document.sign(signer, &key), Ok(()));
}

#[test]
fn waits_for_the_signature_of_the_one_who_asks() {
    let mut document = document();
    document.sign(REGISTRAR, &key::generate().unwrap()).unwrap();
    assert_eq!(
        document.clone().into_envelope(),
        Err(Error::SignerUnsigned {
            signer: Signer::Account(CHEN)
        })
    );
    document
        .sign(Signer::Account(CHEN), &key::generate().unwrap())
        .unwrap();
    assert!(document.into_envelope().is_ok());
}

#[test]
fn refuses_what_is_no_document() {
    let text = document().to_json();
    for wrong in [
        "",
        "{}",
        "[]",
        &text[..text.len() / 2],
        &text.replacen("\"bytes\": \"", "\"bytes\": \"00", 1),
        &text.replacen("\"id\"", "\"extra\": 1, \"id\"", 1),
    ] {
        assert!(
            matches!(
                Document::from_json(wrong),
                Err(Error::DocumentMalformed { .. })
            ),
            "{wrong}"
        );
    }
    assert_eq!(
        Document::from_json(&text.replacen("_document\": 1", "_document\": 2", 1)),
        Err(Error::DocumentVersion {
            version: 2,
            known: 1
        })
    );
}

#[test]
fn a_document_is_replaced_as_a_whole_and_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kin.json");
    let mut document = document();
    document.save(&path).unwrap();
    document.sign(REGISTRAR, &key::generate().unwrap()).unwrap();
    document.save(&path).unwrap();
    assert_eq!(Document::load(&path).unwrap(), document);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    std::fs::write(
        &path,
        vec![b' '; usize::try_from(DOCUMENT_BYTES_MAX).unwrap() + 1],
    )
    .unwrap();
    assert!(matches!(
        Document::load(&path),
        Err(Error::FileUnreadable { .. })
    ));
    assert!(matches!(
        Document::load(&directory.path().join("none.json")),
        Err(Error::FileUnreadable { .. })
    ));
}

#[test]
fn a_document_for_another_chain_is_named_as_such() {
    let document = document();
    assert_eq!(document.check_chain(ChainId(Hash([3; 32]))), Ok(()));
    assert!(matches!(
        document.check_chain(ChainId(Hash::ZERO)),
        Err(Error::DocumentChain { .. })
    ));
}

proptest::proptest! {
    /// Whatever a document turns into on its way, what is read is what was written, or nothing is.
    #[test]
    fn a_document_damaged_on_its_way_is_refused_or_unchanged(place in 0usize..10_000, byte: u8, cut: bool) {
        let mut document = document();
        document.sign(REGISTRAR, &SecretKey::from_seed(&[7; 32])).unwrap();
        let mut bytes = document.to_json().into_bytes();
        let place = place % bytes.len();
        if cut {
            bytes.remove(place);
        } else {
            bytes[place] = byte;
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(read) = Document::from_json(&text) {
            proptest::prop_assert_eq!(read, document);
        }
    }

    #[test]
    fn garbage_is_no_document(text: String) {
        proptest::prop_assert!(Document::from_json(&text).is_err());
    }
}
