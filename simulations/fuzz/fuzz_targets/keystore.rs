//! The fuzzer's program for `simulations/src/bytes/keystore.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::keystore::run(data);
});
