//! The fuzzer's program for `simulations/src/bytes/checkpoint.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::checkpoint::run(data);
});
