//! What the runtime tells the replica.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ledger_core::id::TransactionId;
use ledger_core::ledger::Rejection;
use ledger_core::signature::PublicKey;
use ledger_core::transaction::SealedEnvelope;

use super::effect::TimerKey;
use super::messages::Topic;

/// Names one submission, so that its answer finds the way back; chosen by the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Names a request this node sent; chosen by the replica, never twice in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// Names a request a peer sent; chosen by the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InboundRequestId(pub u64);

/// Names a batch of signatures under verification; chosen by the replica, never twice in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchId(pub u64);

/// Where a client of this node's API called from: as much of its address as one client cannot choose at will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// This machine.
    pub const LOCAL: ClientAddress = ClientAddress(IpAddr::V4(Ipv4Addr::LOCALHOST));
}

impl From<IpAddr> for ClientAddress {
    /// IPv6 gives every client networks of its own, up to 256 of them by what providers hand out: the first 56 bits are what
    /// counts.
    fn from(address: IpAddr) -> ClientAddress {
        ClientAddress(match address.to_canonical() {
            IpAddr::V6(address) if !address.is_loopback() => {
                let network = address.to_bits() >> 72 << 72;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
            address => address,
        })
    }
}

/// Who handed a transaction in: whom its room and its wrong signatures are counted against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// This node itself.
    Own,
    /// A client of its API.
    Client(ClientAddress),
    /// A peer.
    Peer(PublicKey),
}

/// A transaction handed in through this node's API.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Where the answer goes.
    pub ticket: Ticket,
    /// Who handed it in.
    pub client: ClientAddress,
    /// The transaction. Its form was checked when it was decoded.
    pub envelope: Arc<SealedEnvelope>,
}

/// That a transaction was taken in. It is not committed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It would apply now and goes to every peer.
    Pending,
    /// It names something that is not there yet, and waits for it within bounds.
    Waiting {
        /// What it waits for.
        rejection: Rejection,
    },
    /// The very same envelope is in the mempool already.
    Known,
}

/// Why a transaction was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It breaks a rule.
    #[error("the ledger refuses the transaction: {0}")]
    Rejected(Rejection),
    /// No room is left for this signer.
    #[error(
        "the mempool holds {count} transactions of this signer with {bytes} bytes, and its share is {count_max} with {bytes_max} bytes; wait until some are committed"
    )]
    SignerShare {
        /// How many of the signer's it holds.
        count: usize,
        /// How many it may hold.
        count_max: usize,
        /// Their bytes.
        bytes: usize,
        /// The bytes it may hold.
        bytes_max: usize,
    },
    /// Too many envelopes of the same transaction.
    #[error(
        "the mempool holds {count_max} other envelopes of this transaction; wait until one is committed or all are refused"
    )]
    Alternatives {
        /// How many it holds, the most it may.
        count_max: usize,
    },
    /// No room is left.
    #[error(
        "the mempool is full with {count} of {count_max} transactions and {bytes} of {bytes_max} bytes; submit again in some seconds"
    )]
    Full {
        /// Transactions held.
        count: usize,
        /// Transactions it may hold.
        count_max: usize,
        /// Bytes held.
        bytes: usize,
        /// Bytes it may hold.
        bytes_max: usize,
    },
    /// It had to give way to those of signers who hold less.
    #[error(
        "the mempool is full, and the transaction gave way to those of other signers; submit it again in some seconds"
    )]
    GaveWay,
    /// Too many signatures wait to be verified: of all, of this source, or of those who have brought wrong ones.
    #[error(
        "{count} transactions wait for their signatures to be verified, too many for now; submit again in some seconds"
    )]
    Busy {
        /// How many wait in all.
        count: usize,
    },
    /// A block that held this transaction broke the books: a rule of this build is wrong.
    #[error("the transaction is kept out: a block with it would not balance; tell the operator")]
    Quarantined,
    /// The node stops, or has stopped itself.
    #[error("the node is stopping; submit to another node")]
    Stopping,
}

/// Why a request got no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestFailure {
    /// The peer did not answer in time.
    #[error("no response in time")]
    Timeout,
    /// There is no connection to the peer, it broke, or the peer refused.
    #[error("the connection is gone, or the peer refused")]
    Unreachable,
}

/// Everything that can happen to a replica.
#[derive(Clone, Debug)]
pub enum ReplicaInput {
    /// The node has started: recover, then take part. The first input, once.
    Start,
    /// The node is about to stop: persist what is held in memory and do nothing more. The last input.
    Stop,
    /// Transactions from this node's API.
    Submit(Vec<Submission>),
    /// Whoever handed this transaction in does not want it to wait for another any longer. Where it still waits it is dropped,
    /// for the reason it waits for; where it has become ready it stays.
    Withdraw(TransactionId),
    /// A message from a connected peer.
    Message {
        /// The peer's key.
        from: PublicKey,
        /// The kind of message.
        topic: Topic,
        /// What it says, not trusted.
        bytes: Vec<u8>,
    },
    /// A request from a connected peer, to be answered with [`super::ReplicaEffect::Respond`].
    Request {
        /// The peer's key.
        from: PublicKey,
        /// Names the request in the answer.
        id: InboundRequestId,
        /// What it asks, not trusted.
        bytes: Vec<u8>,
    },
    /// What came of a request of this node.
    Response {
        /// The request.
        id: RequestId,
        /// The peer's answer, not trusted, or why there is none.
        outcome: Result<Vec<u8>, RequestFailure>,
        /// How long the peer took, without what this node does meanwhile.
        took_ms: u64,
    },
    /// A peer is connected; its first message comes later.
    PeerConnected(PublicKey),
    /// The last connection to a peer is gone.
    PeerDisconnected(PublicKey),
    /// A timer set with [`super::ReplicaEffect::SetTimer`] has run out.
    Timer(TimerKey),
    /// A batch of signatures was verified; see [`super::SignatureBatch::find_wrong`].
    SignaturesVerified {
        /// The batch.
        batch: BatchId,
        /// The indices of the signatures that are wrong.
        wrong: Vec<usize>,
    },
}
