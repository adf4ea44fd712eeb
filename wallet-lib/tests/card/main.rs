//! The membership card, from the real ledger to a shop that has no network.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail loudly, like the tests"
)]

mod certificate;
mod document;
mod shop;
mod sizes;

use ledger_core::id::{AccountId, Height};
use ledger_core::proof::{Clock, RecordProof, SetChange, TrustChain};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::government::SetValidators;
use ledger_core::transaction::{Operation, Signer};
use serde_json::Value;
use timebank_wallet::card::{Card, CardLimits, CardProof, CardReader, WINDOW_MS_DEFAULT};
use timebank_wallet::client::{Patience, Request, Transport};
use timebank_wallet::trial::{TrialCity, account, genesis, key, set_of, staff};
use timebank_wallet::verify::Trust;
use timebank_wallet::{Client, Error, TransactionBuilder, builder};

fn submit(city: &TrialCity, operation: impl Into<Operation>, signers: &[(Signer, &str)]) {
    let chain_id = genesis().chain_id();
    let transaction = TransactionBuilder::new(chain_id, signers[0].0, city.time_ms())
        .build(operation)
        .unwrap();
    let keys: Vec<_> = signers
        .iter()
        .map(|(signer, name)| (*signer, key(name)))
        .collect();
    let pairs: Vec<_> = keys.iter().map(|(signer, key)| (*signer, key)).collect();
    Client::new(city.clone(), Trust::genesis(&genesis()))
        .submit(
            &builder::seal(transaction, &pairs),
            Patience::Final { timeout_ms: 1_000 },
        )
        .unwrap();
}

fn registrar_and_arbiter() -> [(Signer, &'static str); 2] {
    ["registrar", "arbiter"].map(|name| (Signer::Staff(staff(name)), name))
}

fn change_set(city: &TrialCity, names: &[&'static str]) {
    let validators = set_of(names).as_slice().to_vec();
    let admin = Signer::Staff(staff("admin"));
    submit(city, SetValidators { validators }, &[(admin, "admin")]);
    city.certify_as(names);
    city.pass_a_block();
}

fn answer(city: &TrialCity, path: &str) -> Value {
    let request = Request::get(path.to_owned());
    serde_json::from_slice(&city.request(&request).unwrap().body).unwrap()
}

/// Trust of a device that has followed every change of the set so far.
fn trust(city: &TrialCity) -> TrustChain {
    let mut trust = TrustChain::genesis(&genesis());
    let changes = answer(city, "/v1/validators/changes?after=0");
    let changes: Vec<SetChange> = serde_json::from_value(changes["changes"].clone()).unwrap();
    for change in &changes {
        trust.follow(change, now(city)).unwrap();
    }
    trust
}

fn now(city: &TrialCity) -> Clock {
    Clock::at(city.time_ms())
}

fn record_proof(city: &TrialCity, id: AccountId) -> RecordProof {
    let answer = answer(city, &format!("/v1/accounts/{id}/membership?proof=true"));
    serde_json::from_value(answer["proof"].clone()).unwrap()
}

/// What the holder's app does when it is online.
fn fetch(city: &TrialCity, name: &str) -> Result<CardProof, Error> {
    let id = account(name);
    CardProof::of(id, &record_proof(city, id), &trust(city), now(city))
}

fn show(city: &TrialCity, name: &str, at_ms: TimestampMs) -> Card {
    let proof = fetch(city, name).unwrap();
    Card::show(proof, &key(name), at_ms, WINDOW_MS_DEFAULT).unwrap()
}

fn reader() -> CardReader {
    CardReader::new(CardLimits::default())
}

/// What a new reader says of the card's bytes, at the time of the city's last block.
fn verdict(city: &TrialCity, card: &Card) -> Result<Height, &'static str> {
    let card = Card::from_bytes(&card.to_bytes()).unwrap();
    let checked = reader().check(&trust(city), now(city), &card);
    checked
        .map(|member| member.height)
        .map_err(|error| error.code())
}
