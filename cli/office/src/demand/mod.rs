//! Demand.
pub mod cube;
pub mod suppression;
