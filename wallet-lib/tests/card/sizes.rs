//! How large a card is, in cities of different sizes: the table of `docs/card.md`, computed anew; and cards of a city whose
//! chain is no trial.
//!
//! To write the table anew: `TIMEBANK_WRITE_TABLES=1 cargo test -p timebank-wallet --test card sizes`.

use std::fmt::Write as _;
use std::path::PathBuf;

use ledger_core::block::{HEADER_VERSION, Header};
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::genesis::{Genesis, GenesisAccount};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, BlockId, Height};
use ledger_core::proof::{Clock, DRIFT_MS_MAX, RecordProof, TrustChain};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::signature::{Purpose, SecretKey};
use ledger_core::state::tree::prove;
use ledger_core::state::{MemoryState, StateKey, StateView};
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};
use timebank_wallet::card::{Card, CardProof, WINDOW_MS_DEFAULT};
use timebank_wallet::qr;

use super::reader;
use timebank_wallet::trial::{STREET, genesis, key};

/// Members of the city measured; a larger city's proof has one hash of 32 bytes more for each doubling.
const MEMBERS: usize = 4_000;
/// Of whom cards are measured.
const SAMPLE: usize = 50;
/// How many doublings there are from [`MEMBERS`] to a million, rounded up.
const DOUBLINGS_TO_A_MILLION: usize = 8;

struct City {
    genesis: Genesis,
    state: MemoryState,
    validators: Vec<SecretKey>,
}

fn identity(member: usize) -> Hash {
    hash(Domain::Identity, &[b"member", &member.to_be_bytes()])
}

impl City {
    /// With so many members, and one street's offices as validators of equal power.
    fn new(members: usize, validators: usize) -> City {
        let keys: Vec<_> = (0..validators)
            .map(|number| key(&format!("validator {number}")))
            .collect();
        let mut set: Vec<Validator> = keys
            .iter()
            .enumerate()
            .map(|(number, secret)| Validator {
                organisation: STREET,
                consensus_key: secret.public_key(),
                peer_key: key(&format!("peer {number}")).public_key(),
                power: 1,
            })
            .collect();
        set.sort_by_key(|validator| validator.consensus_key);
        let mut genesis = genesis();
        genesis.purpose = ChainPurpose::Production;
        genesis.validators = ValidatorSet::new(set).unwrap();
        let holder = key("member").public_key();
        genesis
            .accounts
            .extend((0..members).map(|member| GenesisAccount {
                identity: identity(member),
                home: STREET,
                key: holder,
            }));
        City {
            state: genesis.state().unwrap(),
            genesis,
            validators: keys,
        }
    }

    fn trust(&self) -> TrustChain {
        TrustChain::genesis(&self.genesis)
    }

    /// The first block, an hour after the beginning, as every validator has certified it.
    fn block(&self) -> (Header, CommitCertificate) {
        let set_hash = self.genesis.validators.set_hash();
        let chain_id = self.genesis.chain_id();
        let header = Header {
            version: HEADER_VERSION,
            chain_id,
            height: Height(1),
            time_ms: self.genesis.time_ms.plus_ms(HOUR_MS),
            parent: BlockId(Hash::ZERO),
            proposer: ValidatorAddress::of(&self.validators[0].public_key()),
            transactions_root: Hash::ZERO,
            receipts_root: Hash::ZERO,
            state_root: self.state.root(),
            validators_hash: set_hash,
            next_validators_hash: set_hash,
            last_set_change: Height::GENESIS,
        };
        let mut certificate = CommitCertificate {
            height: header.height,
            round: 0,
            block_id: header.id(),
            signatures: Vec::new(),
        };
        let mut signatures: Vec<_> = self
            .validators
            .iter()
            .map(|secret| {
                let validator = ValidatorAddress::of(&secret.public_key());
                let vote = certificate.vote(chain_id, validator).signed_bytes();
                CommitSignature {
                    validator,
                    signature: secret.sign(Purpose::Vote, &vote),
                }
            })
            .collect();
        signatures.sort_by_key(|commit| commit.validator);
        certificate.signatures = signatures;
        (header, certificate)
    }

    fn record_proof(&self, id: AccountId) -> RecordProof {
        let (header, certificate) = self.block();
        let key = StateKey::Membership(id).to_bytes();
        RecordProof {
            value: self.state.read(&key).unwrap(),
            tree_proof: prove(&self.state, &key).unwrap(),
            key,
            header,
            certificate,
        }
    }

    fn card(&self, member: usize, at_ms: TimestampMs) -> Card {
        let id = AccountId::from_seed(&identity(member));
        let clock = Clock::at(at_ms);
        let proof = CardProof::of(id, &self.record_proof(id), &self.trust(), clock).unwrap();
        Card::show(proof, &key("member"), at_ms, WINDOW_MS_DEFAULT).unwrap()
    }
}

/// Mean and most bytes of the cards of a sample.
fn measure(validators: usize) -> (usize, usize) {
    let city = City::new(MEMBERS, validators);
    let at_ms = city.genesis.time_ms.plus_ms(2 * HOUR_MS);
    let (trust, clock) = (city.trust(), Clock::at(at_ms));
    let lengths: Vec<usize> = (0..SAMPLE)
        .map(|member| {
            let card = city.card(member, at_ms);
            reader().check(&trust, clock, &card).unwrap();
            card.to_bytes().len()
        })
        .collect();
    let most = lengths.iter().copied().max().unwrap();
    (lengths.iter().sum::<usize>() / SAMPLE, most)
}

#[test]
fn sizes_are_those_of_the_document() {
    let mut table = String::from(
        "| validators | signatures | bytes, 4,000 members: mean, most | codes | bytes, a million members | codes | codes in a terminal |\n|---|---|---|---|---|---|---|\n",
    );
    let codes = |bytes: usize, each: usize| bytes.div_ceil(each);
    for validators in [4, 31, 100] {
        let (mean, most) = measure(validators);
        let million = mean + 32 * DOUBLINGS_TO_A_MILLION;
        let quorum = validators * 2 / 3 + 1;
        writeln!(
            table,
            "| {validators} | {quorum} | {mean}, {most} | {} | {million} | {} | {} |",
            codes(mean, qr::PART_BYTES_MAX),
            codes(million, qr::PART_BYTES_MAX),
            codes(million, qr::TERMINAL_PART_BYTES_MAX),
        )
        .unwrap();
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/card.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let start = text.find("| validators |").expect("the table's head");
    let end = start + text[start..].find("\n\n").expect("the table's end") + 1;
    if std::env::var_os("TIMEBANK_WRITE_TABLES").is_some() {
        let written = format!("{}{table}{}", &text[..start], &text[end..]);
        std::fs::write(&path, written).unwrap();
        return;
    }
    assert_eq!(&text[start..end], table, "docs/card.md");
}

#[test]
fn a_small_certificate_is_no_larger_than_it_must_be_and_still_verifies() {
    for validators in [1, 4, 8, 9, 31] {
        let city = City::new(1, validators);
        let (header, certificate) = city.block();
        let set = &city.genesis.validators;
        let minimal = certificate.minimal(set);
        assert_eq!(minimal.signatures.len(), validators * 2 / 3 + 1);
        let chain_id = header.chain_id;
        let verified = minimal.verify(chain_id, header.height, header.id(), set);
        assert_eq!(verified, Ok(()));
        let at_ms = header.time_ms;
        let card = city.card(0, at_ms);
        assert!(
            reader()
                .check(&city.trust(), Clock::at(at_ms), &card)
                .is_ok()
        );
    }
}

#[test]
fn a_block_from_the_future_is_a_wrong_clock() {
    let city = City::new(1, 4);
    let (header, _) = city.block();
    let card = |at_ms| city.card(0, at_ms);
    let before_ms = TimestampMs(header.time_ms.0 - DRIFT_MS_MAX);
    let check = |at_ms: TimestampMs, card: &Card| {
        let checked = reader().check(&city.trust(), Clock::at(at_ms), card);
        checked.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(check(before_ms, &card(before_ms)), Ok(()));
    let earlier_ms = TimestampMs(before_ms.0 - 1);
    let refused = check(earlier_ms, &card(before_ms));
    assert_eq!(refused, Err("card_from_the_future"));
}
