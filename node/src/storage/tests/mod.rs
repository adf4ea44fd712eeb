//! Tests of the storage as a whole. The same checks run on every engine.

mod chain;
mod engines;
mod memory;
