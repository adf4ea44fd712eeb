//! The fuzzer's program for `simulations/src/bytes/trust_chain.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::trust_chain::run(data);
});
