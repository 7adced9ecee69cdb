//! The log: one structured line per request and event, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Starts logging as configured.
///
/// # Errors
/// When `PATRON_LOG` is no filter.
pub fn start(config: &Config) -> super::Outcome {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| format!("PATRON_LOG: {error}"))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Json => lines.json().flatten_event(true).try_init()?,
        LogFormat::Text => lines.try_init()?,
    }
    Ok(())
}
