//! The node. Everything is in the library, so that other programs can start themselves anew as a node.

/// Consensus, signatures, the network and the flushes allocate on many threads and free on others; the system's allocator
/// spends a sixth of a busy node's time on it and keeps more and more memory (`docs/performance.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    timebank_node::command::run(std::env::args_os())
}
