//! The command line: arguments in, one of [`patron::commands`] run, an exit code out.

use std::process::ExitCode;

use clap::Parser;
use patron::commands::{self, Cli};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match commands::run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("patron: {}", commands::complaint(error.as_ref()).trim_end());
            ExitCode::FAILURE
        }
    }
}
