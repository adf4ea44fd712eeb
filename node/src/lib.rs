//! One office's node: consensus, replica, network, storage, HTTP interface and operations.
//!
//! The rules of the time bank live in `ledger-core`; nothing here knows one.

pub mod consensus;
