//! Byzantine nodes, each alone with honest ones: with f of them every promise is kept and each really misbehaves, with one more
//! the checkers see it.

mod behaviours;
mod too_many;
