//! One office's node: consensus, replica, network, storage, HTTP interface and operations.
//!
//! The rules of the time bank live in `ledger-core`; nothing here knows one. [`replica`] is the heart: it takes inputs and
//! gives effects, and has no socket, clock or thread, so that simulations drive exactly what runs in production.

pub mod api;
pub mod command;
pub mod config;
pub mod consensus;
pub mod genesis;
pub mod keys;
pub mod message;
pub mod network;
pub mod planted;
pub mod replica;
pub mod runtime;
pub mod storage;
pub mod telemetry;
#[cfg(test)]
mod test_chain;
