//! Errors planted in the rules.
