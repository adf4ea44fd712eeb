//! The scene of every lie: a city with history, orders and a changed validator set, honest nodes, and one that lies.

use std::sync::Arc;

use ledger_core::amount::Minutes;
use ledger_core::block::Header;
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::id::{BudgetId, OrderId, ServiceCode, TransactionId};
use ledger_core::proof::RecordProof;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::kin::Relation;
use ledger_core::record::order::Payer;
use ledger_core::signature::Purpose;
use ledger_core::time::MINUTE_MS;
use ledger_core::transaction::account::LinkKin;
use ledger_core::transaction::government::{OpenBudget, SetValidators};
use ledger_core::transaction::service::{AcceptOrder, OrderTerms, PostOrder};
use ledger_core::transaction::{Operation, Signer};
use ledger_core::validator::ValidatorAddress;
use serde_json::{Value, json};
use timebank_wallet::client::{Patience, Request, Response, Transport, TransportError};
use timebank_wallet::verify::Trust;
use timebank_wallet::{Client, Freshness, TransactionBuilder, builder};

use timebank_wallet::trial::{DISTRICT, TrialCity, account, genesis, key, set_of, staff};

/// The validators from the first change of the set on; the first four are the genesis document's.
pub(crate) const VALIDATORS: [&str; 5] = ["one", "two", "three", "four", "five"];

/// A city in which there is something to lie about.
pub(crate) struct Stage {
    pub(crate) city: TrialCity,
    /// What a node said of Chen some blocks ago.
    pub(crate) old_account: Value,
    /// What it said of the supply then.
    pub(crate) old_supply: Value,
    /// What a node says of Li.
    pub(crate) li: Value,
    /// Chen's postings.
    pub(crate) history: Vec<Value>,
    /// A transaction that is alone in its block.
    pub(crate) transaction: TransactionId,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        let city = TrialCity::new();
        for kin in ["mother", "li", "social"] {
            link(&city, kin);
        }
        let operation = SetValidators {
            validators: set_of(&VALIDATORS).as_slice().to_vec(),
        };
        submit(
            &city,
            operation,
            &[(Signer::Staff(staff("admin")), "admin")],
        );
        city.certify_as(&VALIDATORS);
        city.pass_a_block();
        let old_account = said(
            &city,
            &format!("/v1/accounts/{}?proof=true", account("chen")),
        );
        let old_supply = said(&city, "/v1/supply?proof=true");
        for kin in ["clerk", "registry"] {
            link(&city, kin);
        }
        post_orders(&city);
        let transaction = link(&city, "auditor");
        let history = (0..6).flat_map(|from| {
            let path = format!(
                "/v1/accounts/{}/history?from={from}&limit=1",
                account("chen")
            );
            let mut answer = said(&city, &path);
            answer["postings"]
                .as_array_mut()
                .unwrap()
                .drain(..1)
                .collect::<Vec<_>>()
        });
        Stage {
            old_account,
            old_supply,
            li: said(&city, &format!("/v1/accounts/{}?proof=true", account("li"))),
            history: history.collect(),
            transaction,
            city,
        }
    }

    /// A wallet's trust, by the city's clock.
    pub(crate) fn trust(&self) -> Arc<Trust> {
        let city = self.city.clone();
        Arc::new(Trust::genesis(&genesis()).with_clock(move || city.time_ms()))
    }

    /// Fresh within a minute of the last block.
    pub(crate) fn now(&self) -> Freshness {
        Freshness {
            now_ms: self.city.time_ms(),
            age_ms_max: 60_000,
        }
    }

    /// An honest node.
    pub(crate) fn honest<'s>(&'s self, name: &'static str) -> Node<'s> {
        Node {
            name,
            stage: self,
            alter: None,
        }
    }
}

/// What a node answers.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// In place of the body, when it is no JSON.
    pub(crate) bytes: Option<Vec<u8>>,
}

/// Changes the answer to the request for a path.
pub(crate) type Alter = fn(&Stage, &str, &mut Answer);

/// A node of the city.
#[derive(Clone)]
pub(crate) struct Node<'s> {
    pub(crate) name: &'static str,
    pub(crate) stage: &'s Stage,
    pub(crate) alter: Option<Alter>,
}

impl Transport for Node<'_> {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        let mut response = self.stage.city.request(request)?;
        response.node = self.name.to_owned();
        if let Some(alter) = self.alter {
            let body = serde_json::from_slice(&response.body).unwrap_or_default();
            let mut answer = Answer {
                status: response.status,
                body,
                bytes: None,
            };
            alter(self.stage, &request.path, &mut answer);
            response.status = answer.status;
            response.body = answer
                .bytes
                .unwrap_or_else(|| answer.body.to_string().into_bytes());
        }
        Ok(response)
    }
}

pub(crate) fn said(city: &TrialCity, path: &str) -> Value {
    let response = city.request(&Request::get(path.to_owned())).unwrap();
    serde_json::from_slice(&response.body).unwrap()
}

pub(crate) fn submit(
    city: &TrialCity,
    operation: impl Into<Operation>,
    signers: &[(Signer, &str)],
) -> TransactionId {
    let builder = TransactionBuilder::new(genesis().chain_id(), signers[0].0, city.time_ms());
    let keys: Vec<_> = signers
        .iter()
        .map(|(signer, name)| (*signer, key(name)))
        .collect();
    let pairs: Vec<_> = keys.iter().map(|(signer, key)| (*signer, key)).collect();
    let envelope = builder::seal(builder.build(operation).unwrap(), &pairs);
    let client = Client::without_trust(city.clone());
    let patience = Patience::Final { timeout_ms: 1_000 };
    client.submit(&envelope, patience).unwrap();
    envelope.transaction.id()
}

pub(crate) fn link(city: &TrialCity, kin: &str) -> TransactionId {
    let operation = LinkKin {
        account: account("chen"),
        kin: account(kin),
        relation: Relation::Parent,
    };
    let signers = [
        (Signer::Account(account("chen")), "chen"),
        (Signer::Account(account(kin)), kin),
        (Signer::Staff(staff("registrar")), "registrar"),
    ];
    submit(city, operation, &signers)
}

/// The mother posts three orders that a budget line pays; Li accepts one.
fn post_orders(city: &TrialCity) {
    let treasurers = ["treasurer1", "treasurer2"].map(|name| (Signer::Staff(staff(name)), name));
    let line = OpenBudget {
        scope: DISTRICT,
        purpose: BudgetPurpose::Service,
        minutes: Minutes(6_000),
        last_day: "2027-12-31".parse().unwrap(),
    };
    let line = BudgetId::derive(submit(city, line, &treasurers));
    let mut orders = Vec::new();
    for hours in 1..4 {
        let begin = city.time_ms().plus_ms(hours * 60 * MINUTE_MS);
        let terms = OrderTerms {
            recipient: account("mother"),
            service: ServiceCode(1),
            district: DISTRICT,
            window_start_ms: begin,
            window_end_ms: begin.plus_ms(120 * MINUTE_MS),
            minutes: Minutes(60),
            payer: Payer::Budget(line),
        };
        let mother = [(Signer::Account(account("mother")), "mother")];
        let id = submit(city, PostOrder { terms }, &mother);
        orders.push(OrderId::derive(id));
    }
    let accept = AcceptOrder {
        order: orders[1],
        provider: account("li"),
        member: None,
    };
    submit(city, accept, &[(Signer::Account(account("li")), "li")]);
}

/// The certificate that `signers` make for the block of `header`.
pub(crate) fn certify(header: &Header, signers: &[&str]) -> CommitCertificate {
    certify_in(header, 0, signers)
}

/// The certificate that `signers` make for the block of `header` in `round`.
pub(crate) fn certify_in(header: &Header, round: u32, signers: &[&str]) -> CommitCertificate {
    let mut certificate = CommitCertificate {
        height: header.height,
        round,
        block_id: header.id(),
        signatures: Vec::new(),
    };
    let mut signatures: Vec<CommitSignature> = signers
        .iter()
        .map(|name| {
            let validator = ValidatorAddress::of(&key(name).public_key());
            let vote = certificate.vote(header.chain_id, validator);
            CommitSignature {
                validator,
                signature: key(name).sign(Purpose::Vote, &vote.signed_bytes()),
            }
        })
        .collect();
    signatures.sort_by_key(|commit| commit.validator);
    certificate.signatures = signatures;
    certificate
}

/// Gives the proof in `answer` another header, certified by `signers`.
pub(crate) fn forge(answer: &mut Answer, signers: &[&str], change: impl FnOnce(&mut Header)) {
    if answer.body.get("proof").is_none_or(Value::is_null) {
        return;
    }
    let mut proof: RecordProof = serde_json::from_value(answer.body["proof"].take()).unwrap();
    change(&mut proof.header);
    proof.certificate = certify(&proof.header, signers);
    answer.body["proof"] = json!(proof);
}
