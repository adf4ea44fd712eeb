//! The ten acceptance scenarios, as far as they are about the rules: "numbers must match to the minute".

mod cases;
mod random;
mod replay;
mod rules;
mod town;
