//! The fuzzer's program for `simulations/src/bytes/proof.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::proof::run(data);
});
