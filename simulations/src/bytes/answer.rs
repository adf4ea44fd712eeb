//! The answers of a node that lies, to every question a wallet asks: what is said to be verified is so.

use std::cell::RefCell;
use std::collections::VecDeque;

use axum::body::Body;
use borsh::BorshDeserialize;
use ledger_core::id::{AccountId, BudgetId, Height, OrderId, TransactionId};
use ledger_core::state::tree::NodePath;
use ledger_core::state::{StateKey, StateView};
use ledger_core::transaction::SealedEnvelope;
use timebank_wallet::client::{
    Client, Content, Method, OrderFilter, Patience, Request, Response, Transport, TransportError,
};
use timebank_wallet::verify::Trust;
use timebank_wallet::{Error, Freshness};

use super::world::TOWN;
use super::{Allowance, BYTES_RESERVED, Outcome, Target, api, document};

/// The target.
pub static TARGET: Target = Target {
    name: "answer",
    run,
    samples,
    length_max: 256 * 1024,
    inputs: 1_500,
    allowance: Allowance {
        // A body, what it says, and proofs or receipts of it decoded; lists of bytes in JSON are read number by number, and
        // a record of the state is bytes in borsh.
        bytes_per_byte: 48,
        bytes: BYTES_RESERVED + 256 * 1024,
    },
};

/// Gives the answers it was told to give, one after another, and then none.
#[derive(Debug)]
struct Liar(RefCell<VecDeque<(u16, Vec<u8>)>>);

impl Transport for Liar {
    fn request(&self, _: &Request) -> Result<Response, TransportError> {
        let (status, body) = self.0.borrow_mut().pop_front().ok_or_else(gone)?;
        Ok(Response {
            node: "liar".to_owned(),
            status,
            retry_after_s: None,
            body,
        })
    }
}

fn gone() -> TransportError {
    TransportError {
        node: "liar".to_owned(),
        reason: "it has said everything".to_owned(),
    }
}

/// Asks the real routes, and keeps what they answer.
#[derive(Debug, Default)]
struct Honest(RefCell<Vec<(u16, Vec<u8>)>>);

impl Transport for &Honest {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let (content, body) = match &request.body {
            Some((content, body)) => (*content, body.clone()),
            None => (Content::Json, Vec::new()),
        };
        let request = axum::http::Request::builder()
            .method(method)
            .uri(&request.path)
            .header("accept", request.accept.media_type())
            .header("content-type", content.media_type())
            .body(Body::from(body))
            .expect("wallets build requests");
        let (status, body) = api::ask(request);
        self.0.borrow_mut().push((status.as_u16(), body.clone()));
        Ok(Response {
            node: "honest".to_owned(),
            status: status.as_u16(),
            retry_after_s: None,
            body,
        })
    }
}

/// What everything is asked about.
#[derive(Clone, Copy)]
struct About {
    account: AccountId,
    order: OrderId,
    transaction: TransactionId,
    freshness: Freshness,
}

fn about() -> About {
    About {
        account: TOWN.genesis.accounts[0].id(),
        order: api::order(),
        transaction: envelope().id(),
        // Time stands still for the wallet, as in `trust`: the town lives longer than trust lasts.
        freshness: Freshness {
            now_ms: TOWN.genesis.time_ms,
            age_ms_max: u64::MAX,
        },
    }
}

/// The first transaction of the town.
fn envelope() -> &'static SealedEnvelope {
    TOWN.envelopes().next().expect("the town has transactions")
}

/// What a wallet took for proven is what the state holds.
fn assert_true<R: BorshDeserialize + PartialEq + std::fmt::Debug>(key: &StateKey, value: &R) {
    let bytes = api::state()
        .read(&key.to_bytes())
        .expect("a state in memory is readable");
    let bytes = bytes.expect("what does not exist is not verified");
    assert_eq!(R::try_from_slice(&bytes).ok().as_ref(), Some(value));
}

/// How many questions [`question`] knows.
const QUESTIONS: u8 = 39;

/// Asks question `number`.
fn question<T: Transport>(number: u8, client: &Client<T>, about: &About) -> Result<(), Error> {
    if number < 8 {
        verified(number, client, about)
    } else {
        believed(number, client, about)
    }
}

/// Those whose answers are proven.
fn verified<T: Transport>(number: u8, client: &Client<T>, about: &About) -> Result<(), Error> {
    let freshness = about.freshness;
    match number {
        0 => {
            let found = client.account(about.account, freshness)?;
            assert_true(&StateKey::Account(about.account), &found.value);
        }
        1 => {
            let found = client.order(about.order, freshness)?;
            assert_true(&StateKey::Order(about.order), &found.value);
        }
        2 => {
            let found = client.supply(freshness)?;
            assert_true(&StateKey::Supply, &found.value);
        }
        3 => {
            let found = client.history(about.account, freshness)?;
            let postings = TOWN.receipts().flat_map(|it| &it.postings);
            let true_ones: Vec<_> = postings.collect();
            assert!(found.value.iter().all(|it| true_ones.contains(&it)));
        }
        4 | 5 => {
            let height = (number == 4).then_some(Height(7));
            let found = client.block(height)?;
            let index = usize::try_from(found.height.0 - 1).expect("a height of the town");
            assert_eq!(&found.value.block, TOWN.blocks[index].block.as_ref());
        }
        6 => {
            let found = client.transaction(about.transaction)?;
            assert_eq!(found.value.envelope.as_ref(), envelope());
        }
        _ => {
            client.members(about.account, freshness)?;
        }
    }
    Ok(())
}

/// Nothing is made of an answer that is not proven.
fn heard<A>(_: A) {}

/// Those answered by the node's word.
fn believed<T: Transport>(number: u8, client: &Client<T>, about: &About) -> Result<(), Error> {
    let organisation = TOWN.genesis.organisations[0].organisation;
    let pool = ledger_core::record::budget::PoolId {
        organisation,
        kind: ledger_core::record::budget::PoolKind::Reserve,
    };
    let month = TOWN.genesis.calendar.month(TOWN.genesis.time_ms);
    match number {
        8 => heard(client.status()?),
        9 => heard(client.is_ready()?),
        10 => heard(client.transaction_unverified(about.transaction)?),
        11 => heard(client.blocks(None)?),
        12 => heard(client.account_unverified(about.account)?),
        13 => heard(client.history_unverified(about.account, 0)?),
        14 => heard(client.account_orders_unverified(about.account, None)?),
        15 => heard(client.members_unverified(about.account)?),
        16 => heard(client.recovery_unverified(about.account)?),
        17 => heard(client.items(about.account)?),
        18 => heard(client.identity(TOWN.genesis.accounts[0].identity)?),
        19 => heard(client.order_unverified(about.order)?),
        20 => heard(client.orders(OrderFilter::default(), None)?),
        21 => heard(client.organisations(None)?),
        22 => heard(client.organisation(organisation)?),
        23 => heard(client.validators()?),
        24 => heard(client.evidence(None)?),
        25 => heard(client.supply_unverified()?),
        26 => heard(client.policies(None, None)?),
        27 => heard(client.policy_history(None)?),
        28 => heard(client.catalogue(None)?),
        29 => heard(client.budget(BudgetId([1; 20]))?),
        30 => heard(client.queue(pool, None)?),
        31 => heard(client.clearings()?),
        32 => heard(client.clearing_unverified(month)?),
        33 => heard(client.archive_unverified(Height(155))?),
        34 => heard(client.submit(envelope().envelope(), Patience::Accepted)?),
        35 => heard(client.state_node_unverified(&NodePath::ROOT)?),
        36 => heard(client.state_record_unverified(&[0])?),
        37 => heard(client.receipts_unverified(Height(7))?),
        _ => heard(client.submit_batch(&[envelope()], Patience::Accepted)?),
    }
    Ok(())
}

/// Trust in the town, whose time stands still.
fn trust() -> Trust {
    Trust::genesis(&TOWN.genesis).with_clock(|| TOWN.genesis.time_ms)
}

/// Reads `data` as a byte for the question, and answers: a status in two bytes, a length in four, a body.
pub fn run(data: &[u8]) -> Outcome {
    let Some((number, mut rest)) = data.split_first() else {
        return Outcome::Refused;
    };
    let mut answers = VecDeque::new();
    while let Some((head, after)) = rest.split_first_chunk::<6>() {
        let status = u16::from_le_bytes([head[0], head[1]]);
        let length = u32::from_le_bytes([head[2], head[3], head[4], head[5]]);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (body, after) = after.split_at(length.min(after.len()));
        answers.push_back((status, body.to_vec()));
        rest = after;
    }
    let client = Client::new(Liar(RefCell::new(answers)), trust());
    match question(*number % QUESTIONS, &client, &about()) {
        Ok(()) => Outcome::Taken,
        Err(error) => {
            document::check(&error);
            Outcome::Refused
        }
    }
}

/// What the real routes answer to every question that they have an answer to.
pub fn samples() -> Vec<Vec<u8>> {
    let about = about();
    (0..QUESTIONS)
        .filter_map(|number| {
            let honest = Honest::default();
            let client = Client::new(&honest, trust());
            let answered = question(number, &client, &about);
            drop(client);
            answered.ok()?;
            let mut sample = vec![number];
            for (status, body) in honest.0.into_inner() {
                sample.extend(status.to_le_bytes());
                let length = u32::try_from(body.len()).expect("answers have a bound");
                sample.extend(length.to_le_bytes());
                sample.extend(body);
            }
            Some(sample)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_questions_have_an_answer_of_the_real_routes() {
        let answered: Vec<u8> = samples().iter().map(|it| it[0]).collect();
        assert!(answered.len() >= 24, "{answered:?}");
        let proven: Vec<u8> = (0..7).collect();
        assert!(answered.starts_with(&proven), "{answered:?}");
    }
}
