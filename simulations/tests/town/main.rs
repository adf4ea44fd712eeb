//! The town as load and witness, on a chain of one process: blocks are built one after the other, without a cluster.

mod chain;
mod life;
mod planted;
