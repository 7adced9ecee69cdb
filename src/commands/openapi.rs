//! `patron openapi`.

use std::{fs, path::PathBuf};

use clap::Args;

use super::Outcome;
use crate::startup::spec;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to write to
    #[arg(long, default_value = "openapi")]
    folder: PathBuf,
}

/// Writes the spec and the list of operations.
///
/// # Errors
/// The file system's.
pub fn run(arguments: &Arguments) -> Outcome {
    let spec = spec()?;
    fs::create_dir_all(&arguments.folder)?;
    fs::write(arguments.folder.join("openapi.json"), spec.text())?;
    fs::write(arguments.folder.join("operations.txt"), spec.operations())?;
    println!("wrote {0}/openapi.json and {0}/operations.txt", arguments.folder.display());
    Ok(())
}
