//! The vectors of `docs/protocol.md`, recomputed: the page that strangers write clients from cannot drift from the code.
//!
//! To write them anew after a deliberate change of the protocol: `TIMEBANK_WRITE_VECTORS=1 cargo test -p ledger-core
//! --test protocol_vectors`, and look at the difference.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::arithmetic_side_effects, reason = "the numbers are small")]

mod bundle;
mod samples;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::amount::Minutes;
use ledger_core::block::{HEADER_VERSION, Header, list};
use ledger_core::certificate::{Vote, VoteStep};
use ledger_core::codec::{decode, encode};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, BlockId, ChainId, Height, OrganisationId, TransactionId};
use ledger_core::receipt::{Cause, Entry, Owner, Posting};
use ledger_core::record::account::History;
use ledger_core::record::budget::{PoolId, PoolKind};
use ledger_core::signature::{Purpose, SecretKey};
use ledger_core::state::{StateKey, tree};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::value::Donate;
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};

const ACCOUNT: AccountId = AccountId([0xaa; 20]);
const CHAIN: ChainId = ChainId(Hash([0x11; 32]));

fn key() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

fn donate() -> Transaction {
    Transaction {
        chain_id: CHAIN,
        version: TRANSACTION_VERSION,
        signer: Signer::Account(ACCOUNT),
        valid_until_ms: TimestampMs(1_800_000_000_000),
        nonce: [0x22; 16],
        operation: Operation::Donate(Donate {
            from: ACCOUNT,
            pool: PoolId {
                organisation: OrganisationId(320_102),
                kind: PoolKind::Donation,
            },
            minutes: Minutes(60),
        }),
    }
}

fn header() -> Header {
    Header {
        version: HEADER_VERSION,
        chain_id: CHAIN,
        height: Height(7),
        time_ms: TimestampMs(1_700_000_000_000),
        parent: BlockId(Hash([0x01; 32])),
        proposer: ValidatorAddress::of(&key().public_key()),
        transactions_root: Hash([0x02; 32]),
        receipts_root: Hash([0x03; 32]),
        state_root: Hash([0x04; 32]),
        validators_hash: Hash([0x05; 32]),
        next_validators_hash: Hash([0x06; 32]),
        last_set_change: Height(0),
    }
}

fn vote() -> Vote {
    Vote {
        chain_id: CHAIN,
        height: Height(7),
        round: 0,
        step: VoteStep::Precommit,
        block_id: Some(header().id()),
        validator: ValidatorAddress::of(&key().public_key()),
    }
}

fn primitives() -> Vec<(&'static str, Vec<u8>)> {
    let transaction = donate();
    let signature = transaction.sign(&key());
    let signed = SignedBy {
        signer: Signer::Account(ACCOUNT),
        signature,
    };
    let sealed = SealedEnvelope::new(Envelope::new(transaction.clone(), [signed]));
    let leaves: Vec<Hash> = (1..=3).map(|byte| Hash([byte; 32])).collect();
    let validators = ValidatorSet::new(vec![Validator {
        organisation: OrganisationId(320_102_001),
        consensus_key: key().public_key(),
        peer_key: SecretKey::from_seed(&[2; 32]).public_key(),
        power: 1,
    }])
    .unwrap();
    let posting = Posting {
        height: Height(1),
        time_ms: TimestampMs(1_000),
        cause: Cause::Transaction(TransactionId(Hash([0x33; 32]))),
        owner: Owner::Account(ACCOUNT),
        entry: Entry::Opened,
    };
    vec![
        (
            "hash.transaction.of.abc",
            hash(Domain::Transaction, &[b"abc"]).0.to_vec(),
        ),
        (
            "hash.state-key.of.empty-input",
            hash(Domain::StateKey, &[]).0.to_vec(),
        ),
        (
            "id.account.bytes",
            AccountId::derive(TransactionId(Hash([0x33; 32])))
                .0
                .to_vec(),
        ),
        (
            "id.account.text-as-ascii",
            AccountId::derive(TransactionId(Hash([0x33; 32])))
                .to_string()
                .into_bytes(),
        ),
        (
            "id.organisation.320102.text-as-ascii",
            OrganisationId(320_102).to_string().into_bytes(),
        ),
        ("transaction.donate.bytes", transaction.signed_bytes()),
        ("transaction.donate.id", transaction.id().0.0.to_vec()),
        ("transaction.donate.signature", signature.0.to_vec()),
        ("transaction.donate.envelope", sealed.bytes().to_vec()),
        (
            "transaction.donate.envelope-hash",
            sealed.envelope_hash().0.to_vec(),
        ),
        ("header.bytes", encode(&header())),
        ("header.block-id", header().id().0.0.to_vec()),
        ("list.empty", list::root(&[]).0.to_vec()),
        ("list.one", list::root(&leaves[..1]).0.to_vec()),
        ("list.three", list::root(&leaves).0.to_vec()),
        ("vote.bytes", vote().signed_bytes()),
        (
            "vote.signature",
            key().sign(Purpose::Vote, &vote().signed_bytes()).0.to_vec(),
        ),
        (
            "validator.address",
            ValidatorAddress::of(&key().public_key()).0.to_vec(),
        ),
        ("validator-set.hash", validators.set_hash().0.to_vec()),
        (
            "state-value-hash.of.abc",
            tree::value_hash(b"abc").0.to_vec(),
        ),
        (
            "history.one-posting.head",
            History::EMPTY.with(&posting).unwrap().head.0.to_vec(),
        ),
    ]
}

/// Every vector as it is written: bytes in hex, and the JSON form of those whose name ends in `.json`.
fn computed() -> BTreeMap<String, String> {
    let mut computed: BTreeMap<String, String> = primitives()
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), hex::encode(bytes)))
        .collect();
    for (name, state_key) in samples::state_keys() {
        let bytes = state_key.to_bytes();
        assert_eq!(StateKey::of_bytes(&bytes), Some(state_key), "{name}");
        let bytes = hex::encode(bytes);
        computed.insert(format!("state-key.{name}"), bytes);
    }
    for (name, operation) in samples::operations() {
        insert_both(&mut computed, name, &operation);
    }
    insert_both(&mut computed, "record.account", &samples::account());
    insert_both(&mut computed, "record.membership", &samples::membership());
    insert_both(
        &mut computed,
        "record.service-record",
        &samples::service_record(),
    );
    insert_both(
        &mut computed,
        "record.service-year",
        &samples::service_year(),
    );
    insert_both(&mut computed, "record.order", &samples::order());
    insert_both(&mut computed, "record.supply", &samples::supply());
    insert_both(&mut computed, "posting.earned", &samples::earned());
    insert_both(&mut computed, "genesis", &samples::genesis());
    let signed = SignedBy {
        signer: Signer::Account(ACCOUNT),
        signature: donate().sign(&key()),
    };
    let json = serde_json::to_string(&Envelope::new(donate(), [signed])).unwrap();
    computed.insert("transaction.donate.envelope.json".to_owned(), json);
    let header = samples::header_over_state();
    let (proof, absent) = (samples::proof(ACCOUNT), samples::absent_proof());
    for (name, bytes) in [
        ("certificate.set", encode(&samples::set())),
        ("certificate.set-hash", encode(&samples::set().set_hash())),
        ("certificate.header", encode(&header)),
        ("certificate.block-id", encode(&header.id())),
        ("certificate.bytes", encode(&samples::certificate())),
        ("evidence.bytes", encode(&samples::evidence())),
        ("proof.state-root", encode(&header.state_root)),
        ("proof.key", proof.key.clone()),
        ("proof.bytes", encode(&proof)),
        ("proof.absent-key", absent.key.clone()),
        ("proof.absent-bytes", encode(&absent)),
        ("genesis.chain-id", encode(&samples::genesis().chain_id())),
        ("checkpoint.genesis", encode(&bundle::genesis())),
        (
            "checkpoint.signed-bytes",
            bundle::checkpoint().body.signed_bytes(),
        ),
        ("checkpoint.bytes", encode(&bundle::checkpoint())),
        ("bundle.file", bundle::bundle().to_file()),
        ("remembered.one-id.running", encode(&samples::remembered())),
    ] {
        computed.insert(name.to_owned(), hex::encode(bytes));
    }
    computed
}

/// A value's bytes and its JSON, both of which read back as the same value.
fn insert_both<T>(computed: &mut BTreeMap<String, String>, name: &str, value: &T)
where
    T: BorshSerialize + BorshDeserialize + serde::Serialize + serde::de::DeserializeOwned,
    T: PartialEq + Debug,
{
    let (bytes, json) = (encode(value), serde_json::to_string(value).unwrap());
    assert_eq!(&decode::<T>(&bytes, bytes.len()).unwrap(), value);
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
    computed.insert(name.to_owned(), hex::encode(bytes));
    computed.insert(format!("{name}.json"), json);
}

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md")
}

#[test]
fn every_vector_of_the_protocol_document_is_right_and_none_is_missing() {
    let text = std::fs::read_to_string(document()).unwrap();
    let computed = computed();
    let mut written = String::new();
    let mut found = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "```vectors" => inside = true,
            "```" => inside = false,
            _ => {}
        }
        let vector = line.split_once(" = ").filter(|_| inside);
        let Some((name, value)) = vector else {
            written.push_str(line);
            written.push('\n');
            continue;
        };
        let bytes = computed
            .get(name)
            .unwrap_or_else(|| panic!("nothing computes the vector {name}"));
        written.push_str(&format!("{name} = {bytes}\n"));
        found.push((name.to_owned(), value.to_owned()));
    }
    if std::env::var_os("TIMEBANK_WRITE_VECTORS").is_some() {
        std::fs::write(document(), &written).unwrap();
        return;
    }
    for (name, value) in &found {
        assert_eq!(
            *value,
            computed[name.as_str()],
            "{name} in docs/protocol.md"
        );
    }
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let missing: Vec<_> = computed
        .keys()
        .filter(|name| !names.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "docs/protocol.md lacks {missing:?}");
}
