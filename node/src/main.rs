//! The node. Everything is in the library, so that other programs can start themselves anew as a node.

fn main() -> std::process::ExitCode {
    timebank_node::command::run(std::env::args_os())
}
