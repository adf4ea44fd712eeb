//! The rules: what a block does to the state.
//!
//! [`apply_block`] is the one way in which the state changes: automatic work that fell due, then every transaction in
//! order, then the checks of [`invariants`]. [`build_block`] does the same for a proposer, leaving out what is refused,
//! and [`check_transaction`] tells a client whether its transaction would apply now. Each rule is a guard with a
//! [`Rejection`] of its own, in the file of its subject:
//!
//! | file | subject |
//! |---|---|
//! | `organisation.rs` | organisations and staff |
//! | `policy.rs` | policy, catalogue |
//! | `chain.rs` | validators, evidence, time |
//! | `upgrade.rs` | newer versions of the rules |
//! | `budget.rs` | budgets and pools |
//! | `account.rs` | accounts, keys |
//! | `standing.rs`, `closing.rs` | programmes, home, freezing; closing |
//! | `guardianship.rs` | minors and keyless people |
//! | `group.rs` | groups and their members |
//! | `recovery.rs`, `recovery_support.rs` | guardians, and recovery of lost keys |
//! | `membership.rs`, `service_record.rs` | what an account shows to a stranger; what a volunteer shows of their service |
//! | `kin.rs` | kin links and allowances |
//! | `proxy.rs` | proxies |
//! | `order.rs`, `posting.rs`, `service.rs`, `verify.rs`, `settlement.rs` | the life of an order |
//! | `provider.rs`, `independence.rs` | who serves, and who may judge it |
//! | `conduct.rs`, `dispute.rs` | absence and ratings; disputes and appeals |
//! | `attendance.rs` | training and campaigns |
//! | `claim.rs` | when a provider served, and the limits on it |
//! | `funds.rs` | what is set aside for an order |
//! | `value.rs`, `pool.rs` | holding, releasing, paying, crediting, expiring: the only code that moves minutes |
//! | `reserve.rs` | who waits for minutes of a reserve pool |
//! | `grant.rs` | grants from lines and pools, settling what merchants are owed |
//! | `reversal.rs` | taking back what a settled order paid |
//! | `exchange.rs` | gifts, donations, merchants, redemption |
//! | `clearing.rs` | what districts' people gave and took, month by month |
//! | `due.rs` | what the chain does by itself |
//! | `replay.rs`, `signers.rs` | what every transaction must satisfy, and whose signatures count |
//! | `ahead.rs` | which records a transaction will look at, to read them many at a time |

mod account;
mod ahead;
pub mod apply;
mod attendance;
pub mod block_error;
mod budget;
mod chain;
mod claim;
mod clearing;
mod closing;
mod conduct;
mod context;
mod dispute;
mod due;
mod exchange;
mod funds;
mod grant;
mod group;
mod guardianship;
mod independence;
pub mod invariants;
mod kin;
pub(crate) mod membership;
mod operation;
mod order;
mod organisation;
mod policy;
mod pool;
mod posting;
mod provider;
mod proxy;
mod query;
mod recovery;
mod recovery_support;
pub mod rejection;
mod replay;
mod reserve;
mod reversal;
mod service;
mod service_record;
mod settlement;
mod signers;
mod standing;
#[cfg(test)]
mod tests;
mod upgrade;
mod value;
pub mod verification;
mod verify;

pub use apply::{
    Built, Execution, Tip, apply_block, apply_block_knowing, build_block, build_block_knowing,
    check_transaction, execute_block, least_time, next_due, transactions_root,
};
pub use block_error::{ApplyError, BlockError, HeaderField};
pub use query::policy_in_force;
pub use rejection::{Refusal, Rejection};
pub use upgrade::required_version;
pub use verification::{
    NothingVerified, SignatureToVerify, VerifiedSignatures, signatures_to_verify,
};
