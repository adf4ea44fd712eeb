//! Trials of the whole on one machine: real node processes on loopback, a demonstration, reference loads and their replay.

mod agreement;
pub mod city;
pub mod command;
pub mod demo;
pub mod driver;
pub mod load;
pub mod nanjing;
pub mod network;
pub mod records;
pub mod replay;
pub mod say;
