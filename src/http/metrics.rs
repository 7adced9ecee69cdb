//! What is counted, in Prometheus' words.

use prometheus::{Encoder, HistogramOpts, HistogramVec, IntGauge, Registry, TextEncoder};

/// The program's counters.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    waiting: IntGauge,
}

impl Metrics {
    /// Fresh counters.
    ///
    /// # Errors
    /// When two counters have one name.
    pub fn new() -> Result<Self, prometheus::Error> {
        let requests = HistogramVec::new(
            HistogramOpts::new("patron_http_request_duration_seconds", "Time to answer a request")
                .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0]),
            &["method", "route", "status"],
        )?;
        let waiting = IntGauge::new("patron_db_queue_length", "Requests that wait for a database thread")?;
        let registry = Registry::new();
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(waiting.clone()))?;
        Ok(Self { registry, requests, waiting })
    }

    /// Counts a request. `route` is the path's pattern, so that the number of series stays small.
    pub fn count(&self, method: &str, route: &str, status: u16, seconds: f64) {
        let mut digits = [0_u8; 3];
        for (place, divisor) in digits.iter_mut().zip([100, 10, 1]) {
            *place = b'0' + u8::try_from(status / divisor % 10).unwrap_or(0);
        }
        let status = std::str::from_utf8(&digits).unwrap_or("000");
        self.requests.with_label_values(&[method, route, status]).observe(seconds);
    }

    /// The counters as Prometheus reads them.
    ///
    /// # Errors
    /// When they can not be written.
    pub fn render(&self, waiting: usize) -> Result<Vec<u8>, prometheus::Error> {
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}
