//! The ledger and the model agree on thousands of random histories, and disagree whenever a rule of the ledger is broken.

mod agreement;
mod planted;
