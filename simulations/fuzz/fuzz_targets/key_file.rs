//! The fuzzer's program for `simulations/src/bytes/key_file.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::key_file::run(data);
});
