//! Signing and submitting for everybody of a trial city.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ledger_core::genesis::Genesis;
use ledger_core::id::{AccountId, BudgetId, OrderId, TransactionId};
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::transaction::government::AdvanceTime;
use ledger_core::transaction::{Operation, SealedEnvelope};
use timebank_wallet::client::{BATCH_BYTES_MAX, BATCH_TRANSACTIONS_MAX, Patience};
use timebank_wallet::error::Error;

use crate::city::{self, CITY, Person, Signatory, city_staff, staff_id};
use crate::network::{Network, NodeClient};

/// How long a transaction may take to be final.
pub const FINALITY_MS_MAX: u64 = 30_000;
/// How long transactions of a trial are valid.
const VALIDITY_MS: u64 = 24 * HOUR_MS;
/// How long the chain may take to do the work that fell due.
const DUE_TIMEOUT: Duration = Duration::from_secs(120);

/// What is asked for, and who signs; the first asks.
pub type Request<'p> = (Operation, Vec<&'p Person>);

/// Drives one chain through the nodes' interfaces.
#[derive(Debug)]
pub struct Driver {
    clients: Vec<NodeClient>,
    signatory: Signatory,
    administrators: [Person; 2],
    /// The chain's time when it was last asked.
    now_ms: TimestampMs,
}

impl Driver {
    /// For the nodes of `network`. `label` must differ between the drivers of one chain.
    pub fn new(network: &Network, label: &str) -> Driver {
        let clients = (0..network.len())
            .map(|index| network.client(index))
            .collect();
        Driver::of_clients(clients, network.genesis(), label)
    }

    /// For the nodes behind `clients`.
    pub fn of_clients(clients: Vec<NodeClient>, genesis: &Genesis, label: &str) -> Driver {
        let administrators =
            city_staff::ADMINISTRATORS.map(|number| Person::staff(staff_id(CITY, number)));
        let signatory = Signatory::new(genesis.chain_id(), label);
        Driver {
            clients,
            signatory,
            administrators,
            now_ms: genesis.time_ms,
        }
    }

    /// The client of the node at `index`.
    pub fn client(&self, index: usize) -> &NodeClient {
        &self.clients[index]
    }

    /// The city's administrators.
    pub fn administrators(&self) -> Vec<Person> {
        self.administrators.to_vec()
    }

    /// The chain's time now, asked of the node at `index`.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn refresh_time(&mut self, index: usize) -> Result<TimestampMs> {
        self.now_ms = self.clients[index].status()?.now_ms;
        Ok(self.now_ms)
    }

    /// The chain's time when it was last asked.
    pub const fn now_ms(&self) -> TimestampMs {
        self.now_ms
    }

    /// `operation` signed by `people`, the first of whom asks.
    pub fn seal(&mut self, operation: Operation, people: &[&Person]) -> SealedEnvelope {
        self.signatory
            .seal(operation, people, self.now_ms.plus_ms(VALIDITY_MS))
    }

    /// Applies one operation through the node at `index` and waits for finality.
    ///
    /// # Errors
    /// The ledger's refusal, or the network's failure.
    pub fn apply(
        &mut self,
        index: usize,
        operation: Operation,
        people: &[&Person],
    ) -> Result<TransactionId, Error> {
        let sealed = self.seal(operation, people);
        let patience = Patience::Final {
            timeout_ms: FINALITY_MS_MAX,
        };
        self.clients[index]
            .submit(sealed.envelope(), patience)
            .map(|submission| submission.id)
    }

    /// Applies all of `requests`, which do not depend on each other, through the node at `index`; their ids, in order.
    ///
    /// # Errors
    /// At the first that is refused.
    pub fn apply_all(
        &mut self,
        index: usize,
        requests: Vec<Request<'_>>,
    ) -> Result<Vec<TransactionId>> {
        let sealed: Vec<Arc<SealedEnvelope>> = requests
            .into_iter()
            .map(|(operation, people)| Arc::new(self.seal(operation, &people)))
            .collect();
        submit_all(&self.clients[index], &sealed)
    }

    /// Raises the chain's time to `to_ms` and waits until the work that falls due by then is done.
    ///
    /// # Errors
    /// When it is refused or takes too long.
    pub fn advance_to(&mut self, index: usize, to_ms: TimestampMs) -> Result<()> {
        let [first, second] = self.administrators.clone();
        self.apply(
            index,
            Operation::AdvanceTime(AdvanceTime { to_ms }),
            &[&first, &second],
        )?;
        let deadline = Instant::now() + DUE_TIMEOUT;
        loop {
            let status = self.clients[index].status()?;
            self.now_ms = status.now_ms;
            // The chain goes on by itself while work is due.
            if status.now_ms >= to_ms && status.next_due_ms.is_none_or(|due| due > status.now_ms) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                bail!(
                    "the work due by {to_ms} was not done within {} s",
                    DUE_TIMEOUT.as_secs()
                );
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Submits envelopes that do not depend on each other, in batches, and waits for finality.
///
/// # Errors
/// At the first that is refused.
pub fn submit_all(
    client: &NodeClient,
    envelopes: &[Arc<SealedEnvelope>],
) -> Result<Vec<TransactionId>> {
    let mut ids = Vec::with_capacity(envelopes.len());
    let mut rest = envelopes;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |sealed: &&Arc<SealedEnvelope>| {
            bytes += sealed.bytes().len() + 4;
            bytes < BATCH_BYTES_MAX / 2
        };
        let count = rest
            .iter()
            .take(BATCH_TRANSACTIONS_MAX)
            .take_while(fits)
            .count()
            .max(1);
        let (batch, later) = rest.split_at(count);
        rest = later;
        let bodies: Vec<&SealedEnvelope> = batch.iter().map(AsRef::as_ref).collect();
        let items = client.submit_batch(
            &bodies,
            Patience::Final {
                timeout_ms: FINALITY_MS_MAX,
            },
        )?;
        for (item, sealed) in items.into_iter().zip(batch) {
            if let Some(refusal) = item.error {
                let kind = operation_name(sealed);
                bail!(
                    "{kind} {} was refused: {} ({})",
                    sealed.id(),
                    refusal.code,
                    refusal.message_en
                );
            }
            ids.push(item.id.context("an item without id")?);
        }
    }
    Ok(ids)
}

/// The operation's name as it stands in JSON.
fn operation_name(sealed: &SealedEnvelope) -> String {
    let json = serde_json::to_value(&sealed.transaction().operation).unwrap_or_default();
    json["kind"].as_str().unwrap_or_default().to_owned()
}

/// The account opened by a transaction.
pub fn account_of(transaction: TransactionId) -> AccountId {
    AccountId::derive(transaction)
}

/// The order posted by a transaction.
pub fn order_of(transaction: TransactionId) -> OrderId {
    OrderId::derive(transaction)
}

/// The budget line opened by a transaction.
pub fn budget_of(transaction: TransactionId) -> BudgetId {
    BudgetId::derive(transaction)
}

/// The city's treasurers.
pub fn city_treasurers() -> [Person; 2] {
    city_staff::TREASURERS.map(|number| Person::staff(staff_id(CITY, number)))
}

/// The city's registrar and identity registry.
pub fn city_registry() -> [Person; 2] {
    [city_staff::REGISTRAR, city_staff::REGISTRY]
        .map(|number| Person::staff(city::staff_id(CITY, number)))
}
