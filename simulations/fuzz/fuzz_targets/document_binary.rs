//! The fuzzer's program for `simulations/src/bytes/document_binary.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::document_binary::run(data);
});
