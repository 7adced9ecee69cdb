//! Refresh tokens: each can be used once and is followed by another one of its family. One that comes back a second time was copied, so its
//! family ends (RFC 9700, section 4.14.2).

use chrono::TimeDelta;

use super::{ids::Id, instants::Instant, staff::User};

/// How long a refresh token can be used.
pub const LIFETIME: TimeDelta = TimeDelta::days(30);

/// Marks ids of families: the tokens that followed one login.
#[derive(Debug)]
pub enum Family {}

/// A refresh token as kept: all but the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The login it goes back to.
    pub family_id: Id<Family>,
    /// Who logged in.
    pub staff_id: Id<User>,
    /// When it was given out.
    pub issued_at: Instant,
    /// When it can no longer be used.
    pub expires_at: Instant,
    /// When it was used, if ever.
    pub used_at: Option<Instant>,
    /// When its family was ended, if ever.
    pub revoked_at: Option<Instant>,
}

/// What a refresh token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshState {
    /// It can be used.
    Good,
    /// It was used before: somebody has a copy.
    Reused,
    /// Its time or its family has ended.
    Ended,
}

impl RefreshToken {
    /// A token given out at `now`.
    pub fn new(family_id: Id<Family>, staff_id: Id<User>, now: Instant) -> Self {
        Self { family_id, staff_id, issued_at: now, expires_at: now.checked_add(LIFETIME).unwrap_or(now), used_at: None, revoked_at: None }
    }

    /// What the token is good for at `now`.
    pub fn state(&self, now: Instant) -> RefreshState {
        match (self.revoked_at, self.used_at) {
            (Some(_), _) => RefreshState::Ended,
            (None, Some(_)) => RefreshState::Reused,
            (None, None) if now >= self.expires_at => RefreshState::Ended,
            (None, None) => RefreshState::Good,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_once_for_thirty_days() {
        let at = |text: &str| -> Instant { text.parse().unwrap() };
        let (issued, last, end) = (at("2026-06-01T08:00:00Z"), at("2026-07-01T07:59:59.999999Z"), at("2026-07-01T08:00:00Z"));
        let token = RefreshToken::new(uuid::Uuid::nil().into(), uuid::Uuid::nil().into(), issued);
        assert_eq!(
            (token.state(issued), token.state(last), token.state(end)),
            (RefreshState::Good, RefreshState::Good, RefreshState::Ended)
        );
        let used = RefreshToken { used_at: Some(issued), ..token.clone() };
        assert_eq!((used.state(last), used.state(end)), (RefreshState::Reused, RefreshState::Reused));
        let revoked = RefreshToken { revoked_at: Some(issued), ..used };
        assert_eq!(revoked.state(last), RefreshState::Ended);
    }
}
