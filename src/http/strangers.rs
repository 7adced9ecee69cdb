//! Logins under names that nobody has. They lock as real ones do, so that nobody learns from a lock who works here.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

use crate::domain::{accounts::LoginStanding, instants::Instant};

/// Names remembered; real ones are kept in the database, without end.
const REMEMBERED: usize = 10_000;

/// How names that nobody has stand, on this instance.
#[derive(Default)]
pub struct Strangers(Mutex<HashMap<[u8; 32], LoginStanding>>);

impl std::fmt::Debug for Strangers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Strangers")
    }
}

impl Strangers {
    /// How a name stands.
    pub fn standing(&self, name: &str) -> LoginStanding {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key(name)).copied().unwrap_or_default()
    }

    /// Counts a failure of a name.
    pub fn fail(&self, name: &str, now: Instant) {
        let mut standings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if standings.len() >= REMEMBERED {
            standings.retain(|_, standing| standing.locked_seconds(now).is_some());
        }
        if standings.len() >= REMEMBERED {
            standings.clear();
        }
        let standing = standings.entry(key(name)).or_default();
        *standing = standing.failed(now);
    }
}

fn key(name: &str) -> [u8; 32] {
    Sha256::digest(name.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_lock_at_the_fifth_failure_and_are_not_kept_without_end() {
        let strangers = Strangers::default();
        let now: Instant = "2026-06-30T08:00:00Z".parse().unwrap();
        for _ in 0..4 {
            strangers.fail("nobody@example.com", now);
        }
        assert_eq!(strangers.standing("nobody@example.com").locked_seconds(now), None);
        strangers.fail("nobody@example.com", now);
        assert_eq!(strangers.standing("nobody@example.com").locked_seconds(now), Some(60));
        assert_eq!(strangers.standing("somebody@example.com"), LoginStanding::default());
        for number in 0..REMEMBERED {
            strangers.fail(&number.to_string(), now);
        }
        assert!(strangers.0.lock().unwrap().len() <= REMEMBERED);
        assert_eq!(strangers.standing("nobody@example.com").locked_seconds(now), Some(60), "locks outlast names that are not locked");
    }
}
