//! What staff and clients have in common when they come in: a status, a secret, and a standing after failed logins.

use chrono::TimeDelta;

use super::{
    instants::Instant,
    permissions::{Actor, Role},
};

text_enum! {
    /// Whether somebody may come in at all.
    AccountStatus { Active = "active", Disabled = "disabled" }
}

/// Failed logins in a row before the first lock.
const FREE_FAILURES: i32 = 5;
/// The longest lock, in minutes.
const LONGEST_LOCK_MINUTES: i64 = 60;

/// How an account stands after the logins it has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoginStanding {
    /// Failed logins since the last good one.
    pub failed_logins: i32,
    /// Until when nobody gets in.
    pub locked_until: Option<Instant>,
}

impl LoginStanding {
    /// Whole seconds (rounded up, at least 1) until another login is looked at; `None` when one is looked at now.
    pub fn locked_seconds(self, now: Instant) -> Option<u64> {
        let micros = self.locked_until?.micros().saturating_sub(now.micros());
        u64::try_from(micros).ok().filter(|micros| *micros > 0).map(|micros| micros.div_ceil(1_000_000))
    }

    /// After one more failure at `now`: the fifth in a row locks for 1 minute, each further one for twice as long, up to 60.
    #[must_use]
    pub fn failed(self, now: Instant) -> Self {
        let failed_logins = self.failed_logins.saturating_add(1);
        let minutes = u32::try_from(failed_logins.saturating_sub(FREE_FAILURES))
            .ok()
            .map(|doublings| 1_i64.checked_shl(doublings).filter(|minutes| (1..=LONGEST_LOCK_MINUTES).contains(minutes)))
            .map(|minutes| minutes.unwrap_or(LONGEST_LOCK_MINUTES));
        Self { failed_logins, locked_until: minutes.and_then(|minutes| now.checked_add(TimeDelta::minutes(minutes))) }
    }
}

/// Somebody who can come in with a secret, as a login needs to know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who they would be, with all that they may do.
    pub actor: Actor,
    /// Their role; none for clients.
    pub role: Option<Role>,
    /// Whether they may come in.
    pub status: AccountStatus,
    /// What their secret is checked against.
    pub secret_hash: String,
    /// How they stand.
    pub standing: LoginStanding,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn the_fifth_failure_locks_and_each_further_one_for_twice_as_long() {
        let now = at("2026-06-30T08:00:00Z");
        let mut standing = LoginStanding::default();
        let mut seconds = Vec::new();
        for _ in 0..14 {
            standing = standing.failed(now);
            seconds.push(standing.locked_seconds(now));
        }
        let minutes: Vec<Option<u64>> = seconds.into_iter().map(|seconds| seconds.map(|seconds| seconds / 60)).collect();
        let locks = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60].map(Some);
        assert_eq!(minutes, [[None; 4].as_slice(), locks.as_slice()].concat());
    }

    #[test]
    fn a_lock_ends_to_the_microsecond() {
        let standing = LoginStanding { failed_logins: 5, locked_until: Some(at("2026-06-30T08:01:00Z")) };
        assert_eq!(standing.locked_seconds(at("2026-06-30T08:00:00.000001Z")), Some(60));
        assert_eq!(standing.locked_seconds(at("2026-06-30T08:00:59.999999Z")), Some(1));
        assert_eq!(standing.locked_seconds(at("2026-06-30T08:01:00Z")), None);
    }

    #[test]
    fn endless_failures_stay_at_the_longest_lock() {
        let now = at("2026-06-30T08:00:00Z");
        let standing = LoginStanding { failed_logins: i32::MAX, locked_until: None }.failed(now);
        assert_eq!((standing.failed_logins, standing.locked_seconds(now)), (i32::MAX, Some(3600)));
    }
}
