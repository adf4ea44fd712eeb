//! The fuzzer's program for `simulations/src/bytes/consensus_message.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::consensus_message::run(data);
});
