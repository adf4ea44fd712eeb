//! A trial city of four offices for the tests over real processes: its network, its people, raw submissions.

#![allow(dead_code, reason = "every test program uses a part of it")]

use std::time::{Duration, Instant};

use ledger_core::genesis::Genesis;
use ledger_core::hash::Hash;
use ledger_core::id::{Height, OrganisationId};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::account::OpenAccount;
use ledger_core::transaction::{Operation, SealedEnvelope};
use serde_json::Value;
use tempfile::TempDir;
use timebank_testnet::city::{self, CITY, Person, city_staff, staff_id, street_staff};
use timebank_testnet::driver::Driver;
use timebank_testnet::network::Network;
use timebank_wallet::answer::Mempool;
use timebank_wallet::client::{Content, Method, Request, Transport, TransportError};
use timebank_wallet::http::HttpTransport;

/// How many offices run nodes: one of them may fail.
pub(crate) const OFFICES: usize = 4;
/// How long anything a test waits for may take. Generous, because machines that test are busy; nothing waits that long
/// unless it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Hands a transaction in and waits until it is final.
const FINAL: &str = "/v1/transactions?wait=finality&timeout_ms=30000";
/// Pause between two looks.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A network under test with everybody who may sign.
pub(crate) struct Trial {
    // Before the directory: the processes end before their files go.
    pub(crate) network: Network,
    pub(crate) driver: Driver,
    opened: u64,
    pub(crate) directory: TempDir,
}

impl Trial {
    /// Homes for four nodes; none runs yet.
    pub(crate) fn prepare(label: &str) -> Trial {
        Trial::prepare_in(label, genesis())
    }

    /// Homes for four nodes of the city `genesis` founds; none runs yet.
    pub(crate) fn prepare_in(label: &str, genesis: Genesis) -> Trial {
        let directory = tempfile::tempdir().unwrap();
        let program = env!("CARGO_BIN_EXE_timebank-testnet").as_ref();
        let network = Network::prepare(directory.path(), program, genesis, OFFICES).unwrap();
        Trial {
            driver: Driver::new(&network, label),
            network,
            opened: 0,
            directory,
        }
    }

    /// Starts all nodes and waits until they are connected.
    pub(crate) fn start(&mut self) {
        self.network.start_all().unwrap();
        self.network.wait_ready(PATIENCE).unwrap();
        self.driver.refresh_time(0).unwrap();
    }

    /// An envelope that opens the account of somebody new, signed by the registrar of office `street`'s street, who asks,
    /// the city's registry and the holder.
    pub(crate) fn opening(&mut self, street: usize) -> SealedEnvelope {
        self.opened += 1;
        let label = format!("resident {} of {street}", self.opened);
        let holder = Person::bare(&label);
        let open = OpenAccount {
            home: street_of(street),
            key: Some(holder.key.public_key()),
            identity: city::identity(&label),
            legal_guardian: None,
        };
        let people = [&registrar(street), &registry(), &holder];
        self.driver.seal(Operation::OpenAccount(open), &people)
    }

    /// Opens an account through the node at `index` and waits until it is final; the envelope.
    pub(crate) fn apply_one(&mut self, index: usize) -> SealedEnvelope {
        let sealed = self.opening(index);
        let answer = self.submit_final(index, sealed.bytes());
        assert_eq!(answer.state(), "applied", "{}", answer.body);
        sealed
    }

    /// Hands `bytes` in at the node at `index` without waiting.
    pub(crate) fn submit(&self, index: usize, bytes: &[u8]) -> Answer {
        self.post(index, "/v1/transactions", Content::Borsh, bytes)
    }

    /// Hands `bytes` in at the node at `index` and waits until they are final.
    pub(crate) fn submit_final(&self, index: usize, bytes: &[u8]) -> Answer {
        self.post(index, FINAL, Content::Borsh, bytes)
    }

    /// The same; none when the node does not answer.
    pub(crate) fn try_submit_final(&self, index: usize, bytes: &[u8]) -> Option<Answer> {
        self.try_post(index, FINAL, Content::Borsh, bytes).ok()
    }

    /// Sends a body to the node at `index`.
    pub(crate) fn post(&self, index: usize, path: &str, content: Content, bytes: &[u8]) -> Answer {
        self.try_post(index, path, content, bytes).unwrap()
    }

    fn try_post(
        &self,
        index: usize,
        path: &str,
        content: Content,
        bytes: &[u8],
    ) -> Result<Answer, TransportError> {
        let request = Request {
            method: Method::Post,
            path: path.to_owned(),
            accept: Content::Json,
            body: Some((content, bytes.to_vec())),
            timeout_ms: 60_000,
        };
        let transport = HttpTransport::new([self.network.url(index)]);
        let response = transport.request(&request)?;
        Ok(Answer {
            status: response.status,
            body: serde_json::from_slice(&response.body).unwrap_or_else(|error| {
                panic!(
                    "{error}: status {}, {}",
                    response.status,
                    String::from_utf8_lossy(&response.body)
                )
            }),
        })
    }

    /// Waits until the mempool of the node at `index` is as `expected`.
    pub(crate) fn wait_for_mempool(&self, index: usize, expected: impl Fn(&Mempool) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mempool = self.network.client(index).status().unwrap().mempool;
            if expected(&mempool) {
                return;
            }
            assert!(Instant::now() < deadline, "{mempool:?}");
            std::thread::sleep(POLL_INTERVAL);
        }
    }

    /// Waits until all running nodes are at one height with one root; checks that none has ended.
    pub(crate) fn agree(&mut self) -> (Height, Hash) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut seen = Vec::new();
            for index in 0..OFFICES {
                self.network.check_alive(index).unwrap();
                if self.network.runs(index) {
                    let status = self.network.client(index).status().unwrap();
                    seen.push((status.height, status.state_root));
                }
            }
            if seen.windows(2).all(|pair| pair[0] == pair[1]) {
                return seen[0];
            }
            assert!(Instant::now() < deadline, "the nodes differ: {seen:?}");
            std::thread::sleep(POLL_INTERVAL);
        }
    }

    /// Checks that every node holds `sealed` in a block.
    pub(crate) fn assert_applied_everywhere(&mut self, sealed: &SealedEnvelope) {
        self.agree();
        for index in 0..OFFICES {
            let path = format!("/v1/transactions/{}", sealed.id());
            let transport = HttpTransport::new([self.network.url(index)]);
            let response = transport.request(&Request::get(path)).unwrap();
            let body: Value = serde_json::from_slice(&response.body).unwrap();
            assert_eq!(body["state"], "applied", "node {}: {body}", index + 1);
        }
    }
}

/// What a node answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The stable code of the error; empty when there is none.
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// Where the transaction stands; empty when it was refused.
    pub(crate) fn state(&self) -> &str {
        self.body["state"].as_str().unwrap_or_default()
    }
}

/// The street whose office runs the node at `index`.
pub(crate) fn street_of(index: usize) -> OrganisationId {
    city::small_street(index)
}

/// The registrar of that street.
pub(crate) fn registrar(index: usize) -> Person {
    Person::staff(staff_id(street_of(index), street_staff::REGISTRAR))
}

/// The city's identity registry.
pub(crate) fn registry() -> Person {
    Person::staff(staff_id(CITY, city_staff::REGISTRY))
}

fn genesis() -> Genesis {
    city::small(OFFICES, TimestampMs(timebank_node::runtime::now_ms()))
}
