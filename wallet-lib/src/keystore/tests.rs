//! The keystore: what is kept, what is refused, and that damage is never taken for anything else.

use ledger_core::message::Language;

use super::*;
use crate::mnemonic::WordCount;
use crate::storage::MemoryStorage;

const NAME: &str = KEYSTORE_NAME;
const WORDS: &str = "枪疫霉尝俩闹饿贤枪疫霉卿";
const ACCOUNT: AccountId = AccountId([7; 20]);

fn password() -> Password {
    Password::from("correct horse")
}

fn make(storage: &Arc<MemoryStorage>) -> Keystore {
    let mnemonic = Mnemonic::parse(WORDS).unwrap();
    let new = NewKeystore {
        mnemonic: &mnemonic,
        passphrase: "",
        password: &password(),
        cost: Cost::LEAST,
        label: "陈",
    };
    Keystore::create(storage.clone(), NAME, &new).unwrap()
}

fn opened(storage: &Arc<MemoryStorage>) -> Keystore {
    let mut keystore = Keystore::open(storage.clone(), NAME).unwrap();
    keystore.unlock(&password()).unwrap();
    keystore
}

fn code<T: std::fmt::Debug>(result: Result<T, impl Into<Error>>) -> &'static str {
    result.unwrap_err().into().code()
}

#[test]
fn words_keys_and_entries_survive_closing() {
    let storage = Arc::new(MemoryStorage::default());
    let mut made = make(&storage);
    let office = key::generate().unwrap();
    made.add_account("mother").unwrap();
    made.import("office", &office, None).unwrap();
    made.watch("li", ACCOUNT, None).unwrap();
    made.set_account("陈", Some(ACCOUNT)).unwrap();

    let locked = Keystore::open(storage.clone(), NAME).unwrap();
    assert_eq!(locked.entries(), made.entries(), "entries need no password");
    assert_eq!(code(locked.words()), "keystore_locked");
    assert_eq!(code(locked.secret_key("陈")), "keystore_locked");

    let keystore = opened(&storage);
    let mnemonic = Mnemonic::parse(WORDS).unwrap();
    assert_eq!(keystore.words().unwrap(), mnemonic);
    let seed = mnemonic.seed("");
    for (label, account) in [("陈", 0), ("mother", 1)] {
        let expected = seed.key(KeyPath::first(account)).unwrap().public_key();
        assert_eq!(keystore.secret_key(label).unwrap().public_key(), expected);
        assert_eq!(keystore.entry(label).unwrap().public_key, Some(expected));
    }
    let key = keystore.secret_key("office").unwrap();
    assert_eq!(key.public_key(), office.public_key());
    assert_eq!(code(keystore.secret_key("li")), "keystore_watches");
    assert_eq!(code(keystore.secret_key("nobody")), "label_unknown");
    assert_eq!(keystore.entry("陈").unwrap().account, Some(ACCOUNT));
}

#[test]
fn a_wrong_password_is_told_and_changes_nothing() {
    let storage = Arc::new(MemoryStorage::default());
    make(&storage);
    let before = storage.load(NAME).unwrap();
    let mut keystore = Keystore::open(storage.clone(), NAME).unwrap();
    for wrong in ["", "correct horsf", "Correct horse", "correct horse "] {
        assert_eq!(
            code(keystore.unlock(&Password::from(wrong))),
            "password_wrong"
        );
        assert!(!keystore.is_unlocked());
    }
    assert_eq!(storage.load(NAME).unwrap(), before);
    assert_eq!(
        keystore.unlock(&Password::from("ｃｏｒｒｅｃｔ\u{3000}ｈｏｒｓｅ")),
        Ok(())
    );
}

#[test]
fn what_is_missing_empty_or_torn_is_never_an_empty_keystore() {
    let storage = Arc::new(MemoryStorage::default());
    let open = || Keystore::open(storage.clone(), NAME).map(|_| ());
    assert_eq!(code(open()), "keystore_missing");
    make(&storage);
    let whole = storage.load(NAME).unwrap().unwrap();
    for length in 0..whole.len() {
        storage.store(NAME, &whole[..length]).unwrap();
        assert_eq!(code(open()), "keystore_damaged", "the first {length} bytes");
        // And nothing new takes the place of what may be mended.
        let new = Keystore::create_watching(storage.clone(), NAME).map(|_| ());
        assert_eq!(code(new), "keystore_exists");
    }
    for other in [
        vec![0; 500],
        [whole.as_slice(), &[0]].concat(),
        b"{}".to_vec(),
    ] {
        storage.store(NAME, &other).unwrap();
        assert_eq!(code(open()), "keystore_damaged");
    }
    storage
        .store(NAME, &vec![0; KEYSTORE_BYTES_MAX + 1])
        .unwrap();
    assert_eq!(code(open()), "keystore_damaged");
}

#[test]
fn every_flipped_bit_is_damage_and_not_a_wrong_password() {
    let storage = Arc::new(MemoryStorage::default());
    make(&storage).watch("li", ACCOUNT, None).unwrap();
    let whole = storage.load(NAME).unwrap().unwrap();
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        storage.store(NAME, &bytes).unwrap();
        let opened = Keystore::open(storage.clone(), NAME).map(|_| ());
        assert_eq!(code(opened), "keystore_damaged", "bit {bit}");
    }
}

/// Somebody who alters the file and mends the checksum gets past reading at most, never past the password.
#[test]
fn every_flipped_bit_under_a_mended_checksum_is_refused() {
    let storage = Arc::new(MemoryStorage::default());
    let mut made = make(&storage);
    made.watch("li", ACCOUNT, None).unwrap();
    let right = made.unlocked.as_ref().unwrap().key.clone();
    let sealed = made.file.sealed.clone().unwrap();
    let whole = storage.load(NAME).unwrap().unwrap();
    let content = &whole[..whole.len() - 32];
    let other = PasswordKey::derive("other", &sealed.salt, Cost::LEAST).unwrap();
    let mut causes = std::collections::BTreeMap::new();
    for bit in 0..content.len() * 8 {
        let mut bytes = content.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes.extend_from_slice(&Sha256::digest(&bytes));
        let outcome = KeystoreFile::from_bytes(NAME, &bytes).and_then(|file| {
            let asked = file.sealed.as_ref().map(|it| (it.salt, it.cost));
            // Another salt or cost gives another key; deriving it thousands of times over would prove no more.
            let same = asked == Some((sealed.salt, sealed.cost));
            file.open(NAME, if same { &right } else { &other })
                .map(|_| ())
        });
        *causes.entry(code(outcome)).or_insert(0) += 1;
    }
    let known = [
        "keystore_cost",
        "keystore_damaged",
        "keystore_locked",
        "keystore_version",
        "password_wrong",
    ];
    assert!(
        causes.keys().all(|cause| known.contains(cause)),
        "{causes:?}"
    );
    // Only salt, cost and check value can make the right password look wrong.
    assert!(causes["password_wrong"] <= 8 * (16 + 12 + 16), "{causes:?}");
}

#[test]
fn entries_cannot_be_exchanged_between_two_keystores() {
    let (one, other) = (
        Arc::new(MemoryStorage::default()),
        Arc::new(MemoryStorage::default()),
    );
    make(&one).watch("li", ACCOUNT, None).unwrap();
    make(&other).watch("li", AccountId([8; 20]), None).unwrap();
    let read = |storage: &Arc<MemoryStorage>| {
        KeystoreFile::from_bytes(NAME, &storage.load(NAME).unwrap().unwrap()).unwrap()
    };
    let mixed = KeystoreFile::new(read(&other).entries, read(&one).sealed);
    one.store(NAME, &mixed.to_bytes()).unwrap();
    let mut keystore = Keystore::open(one, NAME).unwrap();
    assert_eq!(code(keystore.unlock(&password())), "keystore_damaged");
}

#[test]
fn a_changed_password_is_the_only_one_under_a_new_salt() {
    let storage = Arc::new(MemoryStorage::default());
    let mut keystore = make(&storage);
    let salt = keystore.file.sealed.clone().unwrap().salt;
    let (short, new) = (
        Password::from("一寸光阴一寸金"),
        Password::from("一寸光阴一寸金，"),
    );
    let wrong = Password::from("wrong password");
    let dear = Cost {
        iterations: 2,
        ..Cost::LEAST
    };
    assert_eq!(
        code(keystore.change_password(&wrong, &new, dear)),
        "password_wrong"
    );
    assert_eq!(
        code(keystore.change_password(&password(), &short, dear)),
        "password_short"
    );
    keystore.change_password(&password(), &new, dear).unwrap();
    let sealed = keystore.file.sealed.clone().unwrap();
    assert_eq!(sealed.cost, dear);
    assert_ne!(sealed.salt, salt);
    let mut again = Keystore::open(storage, NAME).unwrap();
    assert_eq!(code(again.unlock(&password())), "password_wrong");
    again.unlock(&new).unwrap();
    assert_eq!(
        *again.words().unwrap().phrase(),
        *keystore.words().unwrap().phrase()
    );
}

#[test]
fn a_nonce_is_never_used_twice() {
    let storage = Arc::new(MemoryStorage::default());
    let mut keystore = make(&storage);
    let mut nonces = std::collections::BTreeSet::new();
    for number in 0..20 {
        keystore
            .set_account("陈", Some(AccountId([number; 20])))
            .unwrap();
        nonces.insert(keystore.file.sealed.clone().unwrap().nonce);
    }
    assert_eq!(nonces.len(), 20);
}

#[test]
fn another_programs_work_is_not_written_over() {
    let storage = Arc::new(MemoryStorage::default());
    make(&storage);
    let (mut one, mut other) = (opened(&storage), opened(&storage));
    one.watch("li", ACCOUNT, None).unwrap();
    assert_eq!(
        code(other.watch("mother", ACCOUNT, None)),
        "keystore_changed"
    );
    assert_eq!(
        other.entries().len(),
        1,
        "in memory, too, nothing was changed"
    );
    assert_eq!(opened(&storage).entries().len(), 2);
    storage.remove(NAME).unwrap();
    assert_eq!(code(one.watch("mother", ACCOUNT, None)), "keystore_changed");
}

/// A storage that fails, or keeps something else than it was given.
struct Failing {
    inside: Arc<MemoryStorage>,
    tears: bool,
}

impl Storage for Failing {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inside.load(name)
    }
    fn store(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        if self.tears {
            return self.inside.store(name, &bytes[1..]);
        }
        Err(Error::FileUnwritable {
            path: name.into(),
            reason: "no space".to_owned(),
        })
    }
    fn remove(&self, name: &str) -> Result<(), Error> {
        self.inside.remove(name)
    }
    fn names(&self, prefix: &str) -> Result<Vec<String>, Error> {
        self.inside.names(prefix)
    }
}

#[test]
fn a_full_disk_leaves_the_old_password_and_a_torn_write_is_noticed() {
    let inside = Arc::new(MemoryStorage::default());
    make(&inside);
    let failing = |tears| Failing {
        inside: inside.clone(),
        tears,
    };
    let mut keystore = Keystore::open(Arc::new(failing(false)), NAME).unwrap();
    let new = Password::from("another password");
    let changed = keystore.change_password(&password(), &new, Cost::LEAST);
    assert_eq!(code(changed), "file_unwritable");
    opened(&inside);
    let mut keystore = Keystore::open(Arc::new(failing(true)), NAME).unwrap();
    let changed = keystore.change_password(&password(), &new, Cost::LEAST);
    assert_eq!(code(changed), "keystore_unwritten");
}

#[test]
fn a_watching_keystore_has_no_password_and_no_keys() {
    let storage = Arc::new(MemoryStorage::default());
    let mut keystore = Keystore::create_watching(storage.clone(), NAME).unwrap();
    keystore.watch("陈", ACCOUNT, None).unwrap();
    keystore.rename("陈", "chen").unwrap();
    let mut again = Keystore::open(storage, NAME).unwrap();
    assert_eq!(again.entries(), keystore.entries());
    assert!(!again.has_secrets());
    again.unlock(&password()).unwrap();
    assert_eq!(code(again.secret_key("chen")), "keystore_watches");
    assert_eq!(code(again.words()), "keystore_wordless");
    assert_eq!(code(again.add_account("new")), "keystore_wordless");
    let key = key::generate().unwrap();
    assert_eq!(
        code(again.import("office", &key, None)),
        "keystore_wordless"
    );
    assert_eq!(again.entries().len(), 1);
}

#[test]
fn labels_are_bounded_and_each_is_used_once() {
    let storage = Arc::new(MemoryStorage::default());
    let mut keystore = make(&storage);
    let long = "陈".repeat(22);
    for label in ["", " 陈", "陈\n", "a\u{7}b", &long] {
        assert_eq!(
            code(keystore.add_account(label)),
            "label_unfit",
            "{label:?}"
        );
        assert_eq!(
            code(keystore.rename("陈", label)),
            "label_unfit",
            "{label:?}"
        );
    }
    assert_eq!(code(keystore.add_account("陈")), "label_taken");
    for number in 1..ENTRIES_MAX {
        let label = format!("{number}");
        keystore.watch(&label, ACCOUNT, None).unwrap();
    }
    assert_eq!(
        code(keystore.watch("one more", ACCOUNT, None)),
        "keystore_full"
    );
    keystore.remove("1").unwrap();
    keystore.add_account("one more").unwrap();
    assert_eq!(opened(&storage).entries().len(), ENTRIES_MAX);
}

#[test]
fn a_replaced_key_is_the_next_of_the_same_account() {
    let storage = Arc::new(MemoryStorage::default());
    let mut keystore = make(&storage);
    let next = KeyPath { account: 0, key: 1 };
    let key = keystore.derived_key(next).unwrap().public_key();
    keystore.set_path("陈", next).unwrap();
    let again = opened(&storage);
    assert_eq!(again.secret_key("陈").unwrap().public_key(), key);
    assert_eq!(again.entry("陈").unwrap().source, KeySource::Derived(next));
    keystore.watch("li", ACCOUNT, None).unwrap();
    assert_eq!(code(keystore.set_path("li", next)), "keystore_wordless");
}

#[test]
fn a_passphrase_gives_other_keys_and_is_not_kept() {
    let mnemonic = Mnemonic::generate(Language::English, WordCount::TwentyFour).unwrap();
    let with = |passphrase| {
        let new = NewKeystore {
            mnemonic: &mnemonic,
            passphrase,
            password: &password(),
            cost: Cost::LEAST,
            label: "chen",
        };
        Keystore::create(Arc::new(MemoryStorage::default()), NAME, &new).unwrap()
    };
    let (plain, other) = (with(""), with("南京"));
    assert_eq!(plain.words().unwrap(), other.words().unwrap());
    assert_ne!(plain.entries()[0].public_key, other.entries()[0].public_key);
}

#[test]
fn nothing_secret_is_shown_and_nothing_plain_is_written() {
    let storage = Arc::new(MemoryStorage::default());
    let keystore = make(&storage);
    let shown = format!("{keystore:?} {:?}", password());
    let mnemonic = Mnemonic::parse(WORDS).unwrap();
    let secret = keystore.secret_key("陈").unwrap().to_seed();
    for secret in [
        hex::encode(*secret),
        hex::encode(mnemonic.seed("").as_bytes()),
        "correct".to_owned(),
        "霉".to_owned(),
    ] {
        assert!(!shown.contains(&secret), "{shown}");
    }
    let file = storage.load(NAME).unwrap().unwrap();
    for secret in [
        secret.as_slice(),
        &mnemonic.entropy(),
        mnemonic.seed("").as_bytes(),
    ] {
        assert!(!file.windows(secret.len()).any(|part| part == secret));
    }
}

/// The example of docs/keystore.md, so that another implementation has something to compare with.
#[test]
fn the_example_of_the_documentation_comes_out_and_opens() {
    let secrets = Secrets {
        words: Some(Words::new(&Mnemonic::parse(WORDS).unwrap(), "")),
        imported: Vec::new(),
    };
    let path = KeyPath::first(0);
    let public_key = derived(&secrets, path).unwrap().public_key();
    let entries = vec![entry(
        "陈",
        Some(ACCOUNT),
        Some(public_key),
        KeySource::Derived(path),
    )];
    let (salt, nonce) = ([0x11; SALT_BYTES], [0x22; NONCE_BYTES]);
    let key = PasswordKey::derive("correct horse", &salt, Cost::LEAST).unwrap();
    let file = KeystoreFile::seal(entries, &secrets, &key, (Cost::LEAST, salt, nonce));
    let bytes = file.to_bytes();
    let document = include_str!("../../../docs/keystore.md");
    let example = document.split("```hex\n").nth(1).unwrap();
    let example: String = example
        .split("```")
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(hex::encode(&bytes), example);
    let storage = Arc::new(MemoryStorage::default());
    storage.store(NAME, &hex::decode(example).unwrap()).unwrap();
    assert_eq!(
        *opened(&storage).words().unwrap().phrase(),
        *Mnemonic::parse(WORDS).unwrap().phrase()
    );
}
