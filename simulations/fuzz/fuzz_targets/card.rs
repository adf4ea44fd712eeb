//! The fuzzer's program for `simulations/src/bytes/card.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::card::run(data);
});
