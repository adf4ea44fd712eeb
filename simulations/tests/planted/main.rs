//! Every error planted in the chain or in the node is noticed by a checker of the simulator, and no release build can have
//! one planted.
//!
//! A short run with what the error needs in order to show is played from one seed after another until a promise is broken.
//! The same plans without the error break none. `cargo run -p timebank-simulations --example planted_errors` makes the table
//! with whole runs and nothing chosen.

mod errors;
mod noticing;
mod release;
