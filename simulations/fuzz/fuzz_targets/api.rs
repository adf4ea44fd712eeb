//! The fuzzer's program for `simulations/src/bytes/api.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::api::run(data);
});
