//! The one source of "now". Everything else is handed an instant.

use super::instants::Instant;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Instant;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, clippy::expect_used, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Instant {
        Instant::new(chrono::Utc::now()).expect("the machine's clock stands between the years 1 and 9999")
    }
}
