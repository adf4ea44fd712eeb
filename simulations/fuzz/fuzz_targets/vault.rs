//! The fuzzer's program for `simulations/src/bytes/vault.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::vault::run(data);
});
