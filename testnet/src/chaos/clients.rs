//! The load: clients that submit one transaction after the other, and what they know of each.
//!
//! A client that got no answer submits the same envelope again, at the next node, until it is acknowledged. Every transaction
//! either puts one minute into the city's reserve pool or opens an account, so that the pool and the number of accounts say
//! how many applied, beside the ids. Clients have little patience: a node that says nothing for a while is left alone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Result, bail};
use ledger_core::amount::Minutes;
use ledger_core::id::{BudgetId, Height, TransactionId};
use ledger_core::record::budget::{PoolId, PoolKind};
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::transaction::account::OpenAccount;
use ledger_core::transaction::government::FundPool;
use ledger_core::transaction::{Operation, SealedEnvelope};
use timebank_wallet::answer::Progress;
use timebank_wallet::client::{Client, Patience, Request, Response, Transport, TransportError};
use timebank_wallet::http::HttpTransport;

use crate::city::{
    self, CITY, Person, Signatory, city_staff, small_street, staff_id, street_staff,
};
use crate::driver::city_treasurers;
use crate::network::Network;

/// How many clients submit at once.
const CLIENTS: usize = 6;
/// How long a client lets a node wait for finality, in milliseconds.
const FINALITY_MS_MAX: u64 = 2_000;
/// How long any answer may take, in milliseconds.
const ANSWER_MS_MAX: u64 = 3_000;
/// The pause before the next node is tried.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);
/// How long transactions are valid: longer than any trial.
const VALIDITY_MS: u64 = 20 * HOUR_MS;
/// One of so many transactions opens an account.
const OPENINGS: usize = 4;
/// Where the minutes go.
pub(super) const POOL: PoolId = PoolId {
    organisation: CITY,
    kind: PoolKind::Reserve,
};

/// Nodes over HTTP, with little patience.
#[derive(Debug)]
pub(super) struct Impatient(HttpTransport);

impl Transport for Impatient {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        let mut request = request.clone();
        request.timeout_ms = request.timeout_ms.min(ANSWER_MS_MAX);
        self.0.request(&request)
    }
}

/// A client of one node with little patience.
pub(super) type ImpatientClient = Client<Impatient>;

/// A client of the node at `index` with little patience, who believes what it says.
pub(super) fn impatient(network: &Network, index: usize) -> ImpatientClient {
    Client::without_trust(Impatient(HttpTransport::new([network.url(index)])))
}

/// What a transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Puts a minute into [`POOL`].
    Fund,
    /// Opens an account.
    Open,
}

/// What the clients know of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it does.
    pub(super) purpose: Purpose,
    /// In which block a node said it is.
    pub(super) acknowledged: Option<Height>,
}

/// What the clients know.
#[derive(Debug, Default)]
pub(super) struct Book {
    entries: Mutex<BTreeMap<TransactionId, Entry>>,
    acknowledged: AtomicUsize,
    surprises: Mutex<Vec<String>>,
}

impl Book {
    fn submit(&self, id: TransactionId, purpose: Purpose) {
        let entry = Entry {
            purpose,
            acknowledged: None,
        };
        unpoisoned(&self.entries).insert(id, entry);
    }

    fn acknowledge(&self, id: TransactionId, height: Height) {
        if let Some(entry) = unpoisoned(&self.entries).get_mut(&id) {
            entry.acknowledged = Some(height);
            self.acknowledged.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn surprise(&self, what: String) {
        unpoisoned(&self.surprises).push(what);
    }

    /// How many transactions were acknowledged so far.
    pub(super) fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Everything submitted so far.
    pub(super) fn entries(&self) -> BTreeMap<TransactionId, Entry> {
        unpoisoned(&self.entries).clone()
    }

    /// Goes on unless a client met something that must not be.
    ///
    /// # Errors
    /// When one did.
    pub(super) fn check(&self) -> Result<()> {
        match unpoisoned(&self.surprises).first() {
            None => Ok(()),
            Some(first) => bail!("{first}"),
        }
    }
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Clients at work, each in a thread of its own, until dropped.
#[derive(Debug)]
pub(super) struct Clients {
    book: Arc<Book>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Clients {
    /// Sets clients to work on the nodes of `network`, taking minutes from `budget`.
    pub(super) fn begin(network: &Network, budget: BudgetId, now_ms: TimestampMs) -> Clients {
        let book = Arc::new(Book::default());
        let stop = Arc::new(AtomicBool::new(false));
        let threads = (0..CLIENTS)
            .map(|number| {
                let label = format!("client {number}");
                let mut worker = Worker {
                    nodes: (0..network.len())
                        .map(|index| impatient(network, index))
                        .collect(),
                    signatory: Signatory::new(network.genesis().chain_id(), &label),
                    label,
                    budget,
                    valid_until_ms: now_ms.plus_ms(VALIDITY_MS),
                    at: number,
                    made: 0,
                    book: Arc::clone(&book),
                    stop: Arc::clone(&stop),
                };
                std::thread::spawn(move || worker.work())
            })
            .collect();
        Clients {
            book,
            stop,
            threads,
        }
    }

    /// What they know.
    pub(super) fn book(&self) -> &Book {
        &self.book
    }

    /// Sends them home, and waits until the last has gone.
    ///
    /// # Errors
    /// When one of them has ended by itself.
    pub(super) fn stop(&mut self) -> Result<()> {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                bail!("a client has panicked");
            }
        }
        Ok(())
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        // Whoever drops them without having asked has another failure to tell.
        let _ = self.stop();
    }
}

struct Worker {
    nodes: Vec<ImpatientClient>,
    signatory: Signatory,
    label: String,
    budget: BudgetId,
    valid_until_ms: TimestampMs,
    at: usize,
    made: usize,
    book: Arc<Book>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    fn work(&mut self) {
        while !self.is_stopped() {
            let (purpose, sealed) = self.next();
            self.book.submit(sealed.id(), purpose);
            self.insist(&sealed);
            self.at += 1;
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn next(&mut self) -> (Purpose, SealedEnvelope) {
        self.made += 1;
        if self.made.is_multiple_of(OPENINGS) {
            (Purpose::Open, self.opening())
        } else {
            (Purpose::Fund, self.funding())
        }
    }

    fn funding(&mut self) -> SealedEnvelope {
        let [one, other] = city_treasurers();
        let fill = Operation::FundPool(FundPool {
            budget: self.budget,
            pool: POOL,
            minutes: Minutes(1),
        });
        self.signatory
            .seal(fill, &[&one, &other], self.valid_until_ms)
    }

    fn opening(&mut self) -> SealedEnvelope {
        let label = format!("resident {} of {}", self.made, self.label);
        let street = small_street(self.at % self.nodes.len());
        let registrar = Person::staff(staff_id(street, street_staff::REGISTRAR));
        let registry = Person::staff(staff_id(CITY, city_staff::REGISTRY));
        let holder = Person::bare(&label);
        let open = Operation::OpenAccount(OpenAccount {
            home: street,
            key: Some(holder.key.public_key()),
            identity: city::identity(&label),
            legal_guardian: None,
        });
        self.signatory
            .seal(open, &[&registrar, &registry, &holder], self.valid_until_ms)
    }

    /// Submits until it is acknowledged, from node to node.
    fn insist(&mut self, sealed: &SealedEnvelope) {
        while !self.is_stopped() {
            let node = self.at % self.nodes.len();
            let patience = Patience::Final {
                timeout_ms: FINALITY_MS_MAX,
            };
            match self.nodes[node].submit(sealed.envelope(), patience) {
                Ok(submission) => {
                    if let Progress::Applied { height, .. } = submission.progress {
                        self.book.acknowledge(sealed.id(), height);
                        return;
                    }
                }
                Err(error) if error.code() == "refused" => {
                    self.book.surprise(format!(
                        "node {} refused an honest transaction {}: {error}",
                        node + 1,
                        sealed.id()
                    ));
                    return;
                }
                Err(_) => {}
            }
            self.at += 1;
            std::thread::sleep(RETRY_INTERVAL);
        }
    }
}
