//! Trials of the whole on one machine: real node processes, a demonstration, reference loads and their replay, measurements, and
//! faults under load.

mod agreement;
mod audit;
mod bench;
mod chaos;
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
