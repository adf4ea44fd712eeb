//! A wallet's keystore, any content of its file: what opens is what was sealed, and no file says what opening it costs.

use std::sync::{Arc, LazyLock};

use ledger_core::id::AccountId;
use ledger_core::message::Language;
use ledger_core::signature::SecretKey;
use sha2::{Digest, Sha256};
use timebank_wallet::keystore::{
    Cost, ENTRIES_MAX, KEYSTORE_BYTES_MAX, KEYSTORE_NAME, KeySource, NewKeystore, Password,
};
use timebank_wallet::{Error, Keystore, MemoryStorage, Mnemonic, Storage};

use super::{Allowance, Outcome, Target, document};

/// The target.
pub static TARGET: Target = Target {
    name: "keystore",
    run,
    samples,
    length_max: KEYSTORE_BYTES_MAX + 1_024,
    inputs: 700,
    allowance: Allowance {
        bytes_per_byte: 24,
        // The memory of the least cost, which is what inputs are unlocked at.
        bytes: Cost::LEAST.memory_kib as usize * 1_024 + 128 * 1024,
    },
};

/// What every sample opens to.
static PASSWORD: LazyLock<Password> = LazyLock::new(|| Password::from("南京南京南京南京"));
static MNEMONIC: LazyLock<Mnemonic> = LazyLock::new(|| {
    let words = Mnemonic::from_entropy(Language::Chinese, &[7; 16]);
    words.unwrap_or_else(|error| panic!("{error}"))
});
/// A key that does not come from the words.
static IMPORTED: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::from_seed(&[9; 32]));

/// Reads `data` as a keystore, and once more with the checksum that an enemy would put there.
pub fn run(data: &[u8]) -> Outcome {
    match taken(data) {
        Outcome::Taken => Outcome::Taken,
        Outcome::Refused => {
            let Some((content, _)) = data.split_last_chunk::<32>() else {
                return Outcome::Refused;
            };
            let checksum = Sha256::digest(content);
            taken(&[content, checksum.as_slice()].concat())
        }
    }
}

fn taken(file: &[u8]) -> Outcome {
    let storage = Arc::new(MemoryStorage::new());
    let put = storage.store(KEYSTORE_NAME, file);
    put.unwrap_or_else(|error| panic!("{error}"));
    let mut keystore = match Keystore::open(storage.clone(), KEYSTORE_NAME) {
        Ok(keystore) => keystore,
        Err(error) => {
            document::check(&error);
            assert!(matches!(error, Error::Keystore(_)), "{error}");
            return Outcome::Refused;
        }
    };
    assert!(file.len() <= KEYSTORE_BYTES_MAX);
    assert!(keystore.entries().len() <= ENTRIES_MAX);
    assert!(keystore.secret_key("街道办事处").is_err(), "locked");
    let cost = keystore.cost();
    assert!(cost.is_none_or(|cost| cost.check().is_ok()), "{cost:?}");
    // Dearer ones are as good, and only take longer.
    if cost.is_none_or(|cost| cost == Cost::LEAST) {
        match keystore.unlock(&PASSWORD) {
            Ok(()) => assert_unlocked(&keystore),
            Err(error) => document::check(&error),
        }
    }
    // Nothing that was read is written over.
    let kept = storage.load(KEYSTORE_NAME);
    assert_eq!(
        kept.unwrap_or_else(|error| panic!("{error}")).as_deref(),
        Some(file)
    );
    Outcome::Taken
}

/// What was sealed, or nothing: whoever lacks the password cannot make another.
fn assert_unlocked(keystore: &Keystore) {
    assert_eq!(keystore.is_unlocked(), keystore.has_secrets());
    match keystore.words() {
        Ok(words) => assert!(words == *MNEMONIC, "other words"),
        Err(error) => {
            assert!(!keystore.has_secrets());
            document::check(&error);
        }
    }
    for entry in keystore.entries() {
        match keystore.secret_key(&entry.label) {
            Ok(key) => assert_eq!(Some(key.public_key()), entry.public_key),
            Err(error) => {
                assert_eq!(entry.source, KeySource::Watched);
                document::check(&error);
            }
        }
    }
}

/// With words alone, with each kind of entry, and one that only watches.
pub fn samples() -> Vec<Vec<u8>> {
    fn made(keystore: Result<Keystore, Error>) -> Keystore {
        keystore.unwrap_or_else(|error| panic!("{error}"))
    }
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let file = |name: &str| {
        let kept = storage.load(name).unwrap_or_else(|error| panic!("{error}"));
        kept.expect("it was just written")
    };
    let new = NewKeystore {
        mnemonic: &MNEMONIC,
        passphrase: "",
        password: &PASSWORD,
        cost: Cost::LEAST,
        label: "奶奶",
    };
    let mut keystore = made(Keystore::create(storage.clone(), KEYSTORE_NAME, &new));
    let mut samples = vec![file(KEYSTORE_NAME)];
    let account = AccountId([3; 20]);
    let mut watching = made(Keystore::create_watching(storage.clone(), "watching"));
    samples.push(file("watching"));
    for changed in [
        keystore.add_account("second"),
        keystore.import("街道办事处", &IMPORTED, Some(account)),
        keystore.watch("shop", account, Some(IMPORTED.public_key())),
        watching.watch("shop", account, None),
    ] {
        changed.unwrap_or_else(|error| panic!("{error}"));
    }
    samples.extend([file(KEYSTORE_NAME), file("watching")]);
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_open_to_their_password_and_a_hostile_cost_is_refused() {
        let sample = samples().swap_remove(2);
        assert_eq!(taken(&sample), Outcome::Taken);
        let cost = [8_192_u32, 1, 1].map(u32::to_le_bytes).concat();
        let mut places = sample.windows(cost.len()).enumerate();
        let place = places
            .find(|(_, it)| *it == cost)
            .expect("it stands there")
            .0;
        for byte in [3, 7, 11] {
            let mut hostile = sample.clone();
            hostile[place + byte] = 0x7f;
            assert_eq!(run(&hostile), Outcome::Refused);
        }
    }
}
