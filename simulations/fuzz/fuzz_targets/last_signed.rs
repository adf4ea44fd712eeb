//! The fuzzer's program for `simulations/src/bytes/last_signed.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::last_signed::run(data);
});
