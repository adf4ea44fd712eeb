//! The fuzzer's program for `simulations/src/bytes/mnemonic.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::mnemonic::run(data);
});
