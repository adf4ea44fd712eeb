//! Several nodes that stand in for each other, none of which is believed.
//!
//! A [`Client`](crate::Client) asks one node for a read, with every request of the read, and the next node when the first
//! does not answer, lags behind what the wallet has seen, or is caught at a lie. The node that answered last is asked first
//! the next time; nodes caught at a lie come last. Every lie is kept with the answers as they came ([`Lie`]), in the storage
//! of the wallet's trust.
//!
//! | a node | is | and then |
//! |---|---|---|
//! | does not answer, is busy, fails | [`Standing::unreachable`] | the next one is asked |
//! | proves an older block than the wallet has seen, and says itself that it has no newer one | [`Standing::lagging`], no liar | the next one is asked |
//! | says that it has a newer block, and gives the older one again | a liar: [`LieKind::StaleHeader`] | the next one is asked |
//! | gives what its proof does not bear out | a liar, with its [`LieKind`] | the next one is asked |
//!
//! What a light client can know, and what not. Whatever was proven was decided by more than two thirds of a validator set
//! that the wallet's trust leads to. While at most a third of the power lies, that is the ledger. If more lie, they can
//! sign two ledgers; a wallet notices it when it meets both, by comparing nodes ([`Client::compare`](crate::Client::compare))
//! or because it has seen the other one before, and can then name who signed both. A wallet all of whose nodes show it the
//! same second ledger notices nothing. A node that leaves out the newest blocks, and says that it has none, cannot be told
//! from one that lags: the age of what was proven is what protects there. What a node says about transactions that are
//! *not* in a block, and lists that no record counts, are its word alone; the methods that pass them on say so.

mod asking;
mod compare;
mod exchange;
mod lie;

use std::sync::{Mutex, MutexGuard, PoisonError};

use ledger_core::id::Height;
use ledger_core::time::TimestampMs;
use serde::{Deserialize, Serialize};

pub(crate) use asking::Asking;
pub use compare::{Comparison, Found, Head};
pub use exchange::{ANSWER_KEPT_BYTES_MAX, EXCHANGES_MAX, Exchange};
pub use lie::{LIE_BYTES_MAX, LIES_MAX, Lie, LieKind};

use crate::answer::Status;
use crate::error::{Error, Kind, ReadError, UnprovenError};
use crate::transport::{Request, Response, Transport, TransportError};
use crate::trust::Trust;

/// The most nodes a client knows.
pub const NODES_MAX: usize = 64;

/// A node that is behind what the wallet has seen, and says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lagging {
    /// The block it answered as of.
    pub height: Height,
    /// The newest block the wallet had seen.
    pub seen: Height,
}

/// What a client has experienced with a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// As the transport names it; empty until it was asked.
    pub node: String,
    /// What it was caught at, last.
    pub lie: Option<LieKind>,
    /// How often it was caught at anything.
    pub lies: u64,
    /// How far it was behind when it was last asked, if it was.
    pub lagging: Option<Lagging>,
    /// Why it gave no answer when it was last asked, if it gave none.
    pub unreachable: Option<String>,
}

/// What it means that there is no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absence {
    /// It was proven: the read has its answer.
    Proven,
    /// A node says so: another one may know it.
    Claimed,
}

#[derive(Debug)]
struct Node<T> {
    transport: T,
    standing: Mutex<Standing>,
}

impl<T> Node<T> {
    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The nodes of a client, in the order in which they were given.
#[derive(Debug)]
pub struct Nodes<T> {
    nodes: Vec<Node<T>>,
    /// The one that answered last.
    preferred: Mutex<usize>,
}

impl<T: Transport> Nodes<T> {
    /// At most [`NODES_MAX`]; those beyond are left out.
    pub(crate) fn new(transports: impl IntoIterator<Item = T>) -> Nodes<T> {
        let node = |transport| Node {
            transport,
            standing: Mutex::default(),
        };
        Nodes {
            nodes: transports.into_iter().take(NODES_MAX).map(node).collect(),
            preferred: Mutex::new(0),
        }
    }

    /// How each node has stood so far, in the order in which they were given.
    pub fn standings(&self) -> Vec<Standing> {
        self.nodes
            .iter()
            .map(|node| node.standing().clone())
            .collect()
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// In which order to ask: the one that answered last, then the others as they were given, liars last.
    fn order(&self) -> Vec<usize> {
        let preferred = *self
            .preferred
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = self.nodes.len();
        let mut order: Vec<usize> = (0..count).map(|at| (preferred + at) % count).collect();
        order.sort_by_key(|index| self.nodes[*index].standing().lie.is_some());
        order
    }

    fn prefer(&self, index: usize) {
        *self
            .preferred
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = index;
    }

    /// Sends `request` to one node after the other until one answers and does not say that it cannot.
    pub(crate) fn request(&self, request: &Request) -> Result<Response, TransportError> {
        let mut failing = None;
        let mut away = TransportError {
            node: "none".to_owned(),
            reason: "no node is configured".to_owned(),
        };
        for index in self.order() {
            let node = &self.nodes[index];
            match node.transport.request(request) {
                Ok(response) => {
                    let mut standing = node.standing();
                    standing.node.clone_from(&response.node);
                    standing.unreachable = None;
                    drop(standing);
                    // 504 is the answer of a node that waited in vain for a block; another one would wait as long.
                    if matches!(response.status, 429 | 500..=503) {
                        failing = Some(response);
                        continue;
                    }
                    self.prefer(index);
                    return Ok(response);
                }
                Err(error) => {
                    let mut standing = node.standing();
                    standing.node.clone_from(&error.node);
                    standing.unreachable = Some(error.reason.clone());
                    drop(standing);
                    away = error;
                }
            }
        }
        failing.ok_or(away)
    }

    /// What `read` makes of the first node whose answers bear it out; `now_ms` is now by the wallet's clock.
    ///
    /// # Errors
    /// That of the node that came closest: what it says is not there, then lies, then lagging, then being away.
    pub(crate) fn read<R>(
        &self,
        trust: &Trust,
        now_ms: TimestampMs,
        absence: Absence,
        read: impl Fn(&Asking<'_, T>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut closest: Option<Error> = None;
        for index in self.order() {
            match self.read_at(index, trust, now_ms, &read) {
                Ok(answer) => {
                    self.prefer(index);
                    return Ok(answer);
                }
                Err(error) if is_final(&error, absence) => return Err(error),
                Err(error) => {
                    if closest.as_ref().is_none_or(|it| rank(it) < rank(&error)) {
                        closest = Some(error);
                    }
                }
            }
        }
        Err(closest.unwrap_or(Error::NodeUnreachable {
            node: "none".to_owned(),
            reason: "no node is configured".to_owned(),
        }))
    }

    /// What `read` makes of the node at `index`; what comes of it is noted.
    fn read_at<R>(
        &self,
        index: usize,
        trust: &Trust,
        now_ms: TimestampMs,
        read: &impl Fn(&Asking<'_, T>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let node = &self.nodes[index];
        let asking = Asking::new(&node.transport, trust, now_ms);
        let mut outcome = read(&asking);
        let mut reached = asking.reached();
        let (name, mut exchanges) = asking.into_said();
        if !name.is_empty() {
            node.standing().node = name;
        }
        let claimed = match &outcome {
            Err(Error::WentBack { seen, .. }) => {
                claimed_height(&node.transport, trust, |status| status.height >= *seen)
            }
            Err(Error::Unproven(UnprovenError::Stale { age_ms_max, .. })) => {
                claimed_height(&node.transport, trust, |status| {
                    now_ms.since_ms(status.time_ms) <= *age_ms_max
                })
            }
            _ => None,
        };
        if let Some(claimed) = claimed {
            // It may have caught up in between, so it is asked once more before it is called a liar.
            let asking = Asking::new(&node.transport, trust, now_ms);
            outcome = read(&asking);
            reached = asking.reached();
            exchanges.extend(asking.into_said().1);
            if is_behind(&outcome) && reached < claimed {
                let height = reached;
                outcome = Err(ReadError::BlocksHidden { height, claimed }.into());
            }
        }
        self.note_lag(node, is_behind(&outcome).then_some(reached), trust);
        if let Err(error) = &outcome {
            self.note_error(node, error, trust, now_ms, exchanges)?;
        }
        outcome
    }

    fn note_lag(&self, node: &Node<T>, reached: Option<Height>, trust: &Trust) {
        let mut standing = node.standing();
        standing.unreachable = None;
        standing.lagging = reached.map(|height| Lagging {
            height,
            seen: trust.seen(),
        });
    }

    /// Notes what `error` says about the node, and keeps the evidence of a lie.
    fn note_error(
        &self,
        node: &Node<T>,
        error: &Error,
        trust: &Trust,
        now_ms: TimestampMs,
        exchanges: Vec<Exchange>,
    ) -> Result<(), Error> {
        let mut standing = node.standing();
        if let Error::NodeUnreachable { node, reason } = error {
            standing.node.clone_from(node);
            standing.unreachable = Some(reason.clone());
        }
        let Some(kind) = LieKind::of(error) else {
            return Ok(());
        };
        standing.lie = Some(kind);
        standing.lies = standing.lies.saturating_add(1);
        let name = standing.node.clone();
        drop(standing);
        let lie = Lie {
            chain_id: trust.chain_id(),
            node: name,
            kind,
            code: error.code().to_owned(),
            message: error.to_string(),
            details: error.details(),
            seen: trust.seen(),
            time_ms: now_ms,
            exchanges,
        };
        lie.keep(trust.storage())
    }
}

/// The height of the newest block the node says it has, when `contradicts` holds of what it says.
fn claimed_height<T: Transport>(
    transport: &T,
    trust: &Trust,
    contradicts: impl Fn(&Status) -> bool,
) -> Option<Height> {
    let response = transport
        .request(&Request::get("/v1/status".to_owned()))
        .ok()?;
    let status: Status = serde_json::from_slice(&response.body).ok()?;
    (status.chain_id == trust.chain_id() && contradicts(&status)).then_some(status.height)
}

/// Whether no other node needs to be asked.
fn is_final(error: &Error, absence: Absence) -> bool {
    match error {
        Error::NotFound { .. } => absence == Absence::Proven,
        // A request that is right is never refused by an honest node; whether it was right the next one tells.
        Error::RequestRefused { .. } => false,
        error => error.kind() == Kind::Local,
    }
}

/// How much the answer of a node that led to `error` tells.
fn rank(error: &Error) -> u8 {
    match error {
        Error::NotFound { .. } | Error::Refused { .. } => 4,
        error if LieKind::of(error).is_some() => 3,
        Error::WentBack { .. }
        | Error::Unproven(UnprovenError::Stale { .. })
        | Error::NotFinal { .. } => 2,
        _ => 1,
    }
}

/// Whether a node answered as of a block that is too old.
fn is_behind<R>(outcome: &Result<R, Error>) -> bool {
    matches!(
        outcome,
        Err(Error::WentBack { .. } | Error::Unproven(UnprovenError::Stale { .. }))
    )
}
