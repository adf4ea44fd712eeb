//! The replica: everything a node does about transactions and blocks, as one function from inputs to effects.
//!
//! It holds the mempool, builds and checks proposals, commits what consensus decided, and fetches what the node missed.
//! What always holds: it opens no socket, reads no clock (time is an argument) and starts no thread, so the simulator
//! runs exactly this code; the same inputs at the same times give the same effects; its effects are carried out strictly
//! in order.

pub mod effect;
pub mod input;
pub mod mempool;
pub mod messages;
pub mod status;

pub use effect::{Alarm, Committed, Fault, ReplicaEffect, SignatureBatch, TimerKey};
pub use input::{
    Accepted, BatchId, InboundRequestId, ReplicaInput, RequestFailure, RequestId, Submission,
    SubmitError, Ticket,
};
pub use messages::Topic;
pub use status::{MempoolStatus, PeerStatus, Status};
