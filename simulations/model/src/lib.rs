//! A reference model of the time bank: the rules of the city's book written a second time, from the written rules alone, in
//! plain maps and plain integers. Nothing here comes from the ledger, and `Cargo.toml` has no dependency through which it
//! could. Where the two disagree, one of them is wrong.
//!
//! [`Model::begin_block`] does the work that is due, [`Model::apply`] accepts or refuses a transaction, and the methods of
//! `books.rs` show what came of it. Every check stands below the words of the rule it enforces, in quotation marks. After
//! each transaction the books are counted; a model that does not conserve minutes stops.
//!
//! # What is not modelled
//! Bytes: signatures are taken for good (their key is compared where the request names it), keys for registrable, hashes
//! are opaque, history chains are left out. `SetValidators`, `SubmitEvidence`, what runs between cities, the reasons of
//! rejections and reversals, and the names of relations. The chain's own forgetting of transaction ids and counters
//! changes no answer here, so it makes no due entries; a backlog beyond one block's bound is therefore worked off in the
//! same order but not necessarily in the same blocks.
//!
//! # Choices
//! Where the written rules are silent or can be read in two ways, the model does this:
//!
//! - A transaction is valid through the millisecond `valid_until_ms`, and a block may have its predecessor's time.
//! - Staff whose own account is closed still sign as staff; any person's account will do for a staff entry.
//! - Retiring an unknown service code, rotating to the same key and an empty list of programmes are accepted; a change of
//!   members without any, adding a member twice and items at a price of 0 are refused.
//! - Programmes belong to any kind of account, guardians too; proxies, kin, recipients and grantees are people.
//! - A legal guardian may be set for an adult with a key. Ending the minority of an adult is refused. As verifier or
//!   arbiter the guardian of the provider, the server or the recipient is refused, of a paying kin not.
//! - Removing all guardians ignores the delay given. Guardians who start a recovery are different people. A pause holds
//!   for the account whose recovery was cancelled; a paused signature counts for nothing, so it is refused as not needed.
//! - A kin allowance ends with its link. One of 0 minutes stays on record with what was used this month.
//! - The payer of an order who is a minor needs its guardian's signature exactly where it signs itself.
//! - The bounds of a service code are compared with the exact length of the service. A claim or approval of 0 minutes is
//!   refused. The part of a minute before midnight belongs to the next day.
//! - Staff who check in at a service point and are also the recipient's acting proxy count as proxy.
//! - A no-show of the provider's side counts against the provider, for a group against the group.
//! - `D` counts what was credited or minted, after the multiplier. Grants of a district are those of `Grant`; spending from
//!   a pool makes granted minutes but is no grant. Minutes of an activity are no flow.
//! - Training credits by the percentage of the district it took place in.
//! - An arbiter of a reversal meets the same conditions as one of a dispute, kin included.
//! - An account cannot be closed while it serves as a group's member, either.
//! - A tombstone's 397 days run from the first end, not from a reversal.
//! - `CosignClearing` is compared with the hash only where [`Model::note_clearing_hash`] told the model.

mod account;
mod activity;
mod books;
mod budget;
mod claim;
mod clearing;
mod dispute;
mod due;
mod exchange;
pub mod genesis;
mod group;
pub mod id;
mod kin;
mod model;
pub mod operation;
mod order;
mod organisation;
pub mod policy;
mod posting;
mod proxy;
mod recovery;
pub mod refusal;
pub mod request;
mod service;
pub mod service_record;
mod settle;
mod signing;
pub mod time;
mod value;
mod verify;
pub mod view;

pub use model::{DUE_PER_BLOCK, Model};
