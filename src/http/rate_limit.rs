//! How often a caller may ask: a token bucket per caller, told in the `RateLimit` fields of every answer.

use std::num::NonZeroU32;

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

/// The limit of one window of a minute, per caller.
pub struct RateLimit(Option<Limiter>);

struct Limiter {
    limit: u32,
    buckets: RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>,
}

impl std::fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RateLimit").field(&self.0.as_ref().map(|limiter| limiter.limit)).finish()
    }
}

/// How a caller stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Requests a minute.
    pub limit: u32,
    /// Requests left just now.
    pub remaining: u32,
    /// Seconds until all are back (or, for a refused request, until one is).
    pub reset_seconds: u64,
    /// Whether this request may go on.
    pub allowed: bool,
}

impl RateLimit {
    /// `per_minute` requests a minute and caller; 0 = no limit.
    pub fn new(per_minute: u32) -> Self {
        Self(
            NonZeroU32::new(per_minute)
                .map(|limit| Limiter { limit: per_minute, buckets: RateLimiter::keyed(Quota::per_minute(limit)).with_middleware() }),
        )
    }

    /// Counts a request of `caller`; `None` where there is no limit.
    pub fn count(&self, caller: &str) -> Option<Standing> {
        let limiter = self.0.as_ref()?;
        // The check borrows a String key; callers are short and few.
        Some(match limiter.buckets.check_key(&caller.to_owned()) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = u64::from(limiter.limit.saturating_sub(remaining));
                let reset_seconds = (used * 60).div_ceil(u64::from(limiter.limit));
                Standing { limit: limiter.limit, remaining, reset_seconds, allowed: true }
            }
            Err(refused) => {
                let wait = refused.wait_time_from(DefaultClock::default().now());
                Standing { limit: limiter.limit, remaining: 0, reset_seconds: wait.as_secs() + 1, allowed: false }
            }
        })
    }

    /// Forgets callers whose buckets are full again.
    pub fn forget_idle(&self) {
        if let Some(limiter) = &self.0 {
            limiter.buckets.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_caller_has_a_bucket() {
        let limit = RateLimit::new(2);
        assert_eq!(limit.count("till").map(|s| (s.remaining, s.allowed)), Some((1, true)));
        assert_eq!(limit.count("till").map(|s| (s.remaining, s.allowed)), Some((0, true)));
        let refused = limit.count("till").unwrap();
        assert!(!refused.allowed && (1..=31).contains(&refused.reset_seconds), "{refused:?}");
        assert_eq!(limit.count("erp").map(|s| s.allowed), Some(true));
        assert_eq!(RateLimit::new(0).count("till"), None);
    }
}
