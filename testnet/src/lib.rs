//! Trials of the whole on one machine: real node processes on loopback, a demonstration, reference loads and their replay.

pub mod city;
pub mod load;
pub mod nanjing;
