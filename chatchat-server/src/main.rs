//! The chatchat server; `chatchat-server --help` says what it can do.

use std::process::ExitCode;

/// Gives memory back better than the system's, and is faster with many small frames.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    chatchat_server::cli::main()
}
