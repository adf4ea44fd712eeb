//! Imports against the real ledger in memory: what is refused and why, kills at every step, signatures that come later.

mod city;
mod resuming;
mod rules;
