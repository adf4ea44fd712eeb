//! The fuzzer's program for `simulations/src/bytes/peer_exchange.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timebank_simulations::bytes::peer_exchange::run(data);
});
