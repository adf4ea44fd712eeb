//! Tests of the storage as a whole. The same checks run on every engine.

mod chain;
mod crashes;
mod damage;
mod engines;
mod full_disk;
mod index;
mod layers;
mod lies;
mod life;
mod memory;
mod power_loss;
mod slots;
