//! Links in messages, which speak for whoever was sent them: answered without login, so they can be neither guessed nor changed.
//!
//! A token is base64url over the id (16 bytes), the instant of its end (8 bytes, microseconds since 1970, big-endian) and the first 16 bytes of the
//! HMAC-SHA256 of id, end, purpose and, from the second round of asking on, a colon and the round, or a colon and the text that it is good with: 54
//! characters. Nothing of it is stored.

use std::borrow::Cow;

use aws_lc_rs::{constant_time, hmac};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::{ids::Id, instants::Instant};

text_enum! {
    /// What a link is for: a token for one purpose is none for another.
    LinkPurpose {
        /// To say whether the resolution of a feedback helped.
        FeedbackOutcome = "feedback_outcome",
        /// To answer a survey that is open to whoever has its link.
        OpenSurvey = "open_survey",
        /// To want no more messages such as the one with the link.
        Unsubscribe = "unsubscribe",
        /// To tell that a message was opened.
        Open = "open",
        /// To follow a link of a message.
        Click = "click",
    }
}

/// What comes before the token in the path of every public page.
const PUBLIC: &str = "/v1/public/";

/// Where a question is asked once, or for the first time.
const FIRST_ROUND: i32 = 0;

const ID_BYTES: usize = 16;
const END_BYTES: usize = 8;
/// 128 bits of a signature that is looked at through a rate limit, once a request.
const TAG_BYTES: usize = 16;

/// Makes links and verifies them.
#[derive(Clone)]
pub struct Links {
    base: String,
    key: hmac::Key,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Links {
    /// Links to pages below the URL `base`, signed with a key that is derived from the secret that signs access tokens: whoever verifies those on
    /// another instance verifies these too.
    pub fn new(base: &str, secret: &str) -> Self {
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), b"patron links, version 1");
        Self { base: base.trim_end_matches('/').to_owned(), key: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) }
    }

    /// The token that lets its bearer do one thing with one resource until `expires_at`: 54 characters of base64url.
    pub fn token(&self, purpose: LinkPurpose, id: Id<()>, expires_at: Instant) -> String {
        self.token_of_round(purpose, id, FIRST_ROUND, expires_at)
    }

    /// As [`Self::token`], where the same may be asked of the same resource again: the token is for one round of asking, counted from 0.
    pub fn token_of_round(&self, purpose: LinkPurpose, id: Id<()>, round: i32, expires_at: Instant) -> String {
        self.signed(&of_round(purpose, round), id, expires_at)
    }

    fn signed(&self, purpose: &str, id: Id<()>, expires_at: Instant) -> String {
        let (id, end) = (id.as_bytes(), expires_at.micros().to_be_bytes());
        let tag = self.tag(purpose, id, &end);
        BASE64_URL_SAFE_NO_PAD.encode([id.as_slice(), end.as_slice(), tag.as_slice()].concat())
    }

    /// The resource that a token is for; `None` for one that is not ours, is for another purpose or has ended by `now`.
    pub fn verify(&self, purpose: LinkPurpose, token: &str, now: Instant) -> Option<Id<()>> {
        self.verify_round(purpose, FIRST_ROUND, token, now)
    }

    /// As [`Self::token`], good together with the text `about` alone.
    pub fn token_about(&self, purpose: LinkPurpose, id: Id<()>, about: &str, expires_at: Instant) -> String {
        self.signed(&format!("{purpose}:{about}"), id, expires_at)
    }

    /// As [`Self::verify`], for a token together with the text that it is about.
    pub fn verify_about(&self, purpose: LinkPurpose, token: &str, about: &str, now: Instant) -> Option<Id<()>> {
        self.verified(&format!("{purpose}:{about}"), token, now)
    }

    /// The resource that a token says it is for. Nothing is proven by that.
    pub fn named(token: &str) -> Option<Id<()>> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, _) = bytes.split_first_chunk::<ID_BYTES>()?;
        Some(Uuid::from_bytes(*id).into())
    }

    /// As [`Self::verify`], for a token of one round of asking.
    pub fn verify_round(&self, purpose: LinkPurpose, round: i32, token: &str, now: Instant) -> Option<Id<()>> {
        self.verified(&of_round(purpose, round), token, now)
    }

    fn verified(&self, purpose: &str, token: &str, now: Instant) -> Option<Id<()>> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, rest) = bytes.split_first_chunk::<ID_BYTES>()?;
        let (end, tag) = rest.split_first_chunk::<END_BYTES>()?;
        constant_time::verify_slices_are_equal(tag, &self.tag(purpose, id, end)).ok()?;
        let expires_at = Instant::from_micros(i64::from_be_bytes(*end)).ok()?;
        (now < expires_at).then(|| Uuid::from_bytes(*id).into())
    }

    /// The address of a token's page: `links.url("/v1/public/feedback", &token)`.
    pub fn url(&self, path: &str, token: &str) -> String {
        format!("{}/{}/{token}", self.base, path.trim_matches('/'))
    }

    fn tag(&self, purpose: &str, id: &[u8; ID_BYTES], end: &[u8; END_BYTES]) -> Vec<u8> {
        // The purpose comes last: it is the only part whose length varies.
        let signed = [id.as_slice(), end.as_slice(), purpose.as_bytes()].concat();
        hmac::sign(&self.key, &signed).as_ref().iter().take(TAG_BYTES).copied().collect()
    }
}

fn of_round(purpose: LinkPurpose, round: i32) -> String {
    if round == FIRST_ROUND { purpose.to_string() } else { format!("{purpose}:{round}") }
}

/// A text without the tokens of its links: what is kept of a message once the customer has it, so that nobody else can answer for them.
pub fn without_tokens(text: &str) -> String {
    let shortened = text.split_inclusive(char::is_whitespace).map(|word| {
        let Some((before, token)) = word.split_once(PUBLIC) else { return word.to_owned() };
        let end = token.len() - token.trim_end().len();
        format!("{before}{PUBLIC}…{}", token.get(token.len() - end..).unwrap_or_default())
    });
    shortened.collect()
}

/// As many letters, digits, `-` and `_` in a row may be a token; an id has 36.
const SHORTEST_TOKEN: usize = 40;

/// A path as logs may tell it. A token is left out wherever it stands, and however the path to it is misspelt: it would open its page at the right one.
pub fn path_without_token(path: &str) -> Cow<'_, str> {
    if path.starts_with(PUBLIC) {
        return without_tokens(path).into();
    }
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_told = |run: &str| run.len() < SHORTEST_TOKEN;
    if path.split(|c| !is_of_token(c)).all(is_told) {
        return path.into();
    }
    let parts = path.split_inclusive(|c| !is_of_token(c)).map(|part| {
        let run = part.trim_end_matches(|c| !is_of_token(c));
        if is_told(run) { part.to_owned() } else { format!("…{}", part.get(run.len()..).unwrap_or_default()) }
    });
    parts.collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: &str = "2026-06-30T08:15:00Z";

    fn links() -> Links {
        Links::new("https://shop.example/", "a secret")
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn id() -> Id<()> {
        "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77".parse().unwrap()
    }

    #[test]
    fn a_token_is_good_for_one_thing_until_it_ends() {
        let token = links().token(LinkPurpose::FeedbackOutcome, id(), at("2026-07-07T08:15:00Z"));
        let verify = |links: Links, purpose, now| links.verify(purpose, &token, at(now));
        assert_eq!(token.len(), 54);
        assert_eq!(verify(links(), LinkPurpose::FeedbackOutcome, NOW), Some(id()));
        assert_eq!(verify(links(), LinkPurpose::FeedbackOutcome, "2026-07-07T08:14:59.999999Z"), Some(id()));
        assert_eq!(verify(links(), LinkPurpose::FeedbackOutcome, "2026-07-07T08:15:00Z"), None);
        assert_eq!(verify(links(), LinkPurpose::OpenSurvey, NOW), None);
        assert_eq!(verify(Links::new("https://shop.example", "another secret"), LinkPurpose::FeedbackOutcome, NOW), None);
        assert_eq!(links().url("/v1/public/feedback", &token), format!("https://shop.example/v1/public/feedback/{token}"));
    }

    #[test]
    fn a_token_is_for_one_round() {
        let token = |round| links().token_of_round(LinkPurpose::FeedbackOutcome, id(), round, at("2026-07-07T08:15:00Z"));
        let verify = |round, token: &str| links().verify_round(LinkPurpose::FeedbackOutcome, round, token, at(NOW));
        assert_eq!(token(0), links().token(LinkPurpose::FeedbackOutcome, id(), at("2026-07-07T08:15:00Z")));
        for (made, asked) in [(0, 1), (1, 0), (1, 2), (1, 11)] {
            assert_eq!((verify(made, &token(made)), verify(asked, &token(made))), (Some(id()), None));
        }
        assert_eq!((Links::named(&token(3)), Links::named("short")), (Some(id()), None));
    }

    #[test]
    fn a_token_is_what_another_implementation_makes() {
        // Python: hmac.new(hmac.new(b"a secret", b"patron links, version 1", sha256).digest(), id + end + b"feedback_outcome", sha256).digest()[:16]
        let token = links().token(LinkPurpose::FeedbackOutcome, id(), at("2026-07-07T08:15:00Z"));
        assert_eq!(token, "AY9OHH0qe2OaQT8MXR6KdwAGVgD8tWkAZHKzEpzOBwfrmLg6hSmV0w");
    }

    #[test]
    fn what_is_kept_of_a_message_opens_nothing() {
        let text = "Did it help?\nYes: https://shop.example/v1/public/feedback/AbC-_9?x=1\r\nNo: <http://a/v1/public/surveys/q>\n\nhttps://shop.example/";
        let kept = "Did it help?\nYes: https://shop.example/v1/public/…\r\nNo: <http://a/v1/public/…\n\nhttps://shop.example/";
        assert_eq!(without_tokens(text), kept);
    }

    #[test]
    fn logs_tell_no_tokens() {
        let token = links().token(LinkPurpose::FeedbackOutcome, id(), at("2026-07-07T08:15:00Z"));
        for (path, told) in [
            ("/v1/public/feedback/AbC-_9".to_owned(), "/v1/public/…".to_owned()),
            ("/v1/public/".to_owned(), "/v1/public/…".to_owned()),
            (format!("/v1/feedback/{}", id()), format!("/v1/feedback/{}", id())),
            (format!("/v1//public/feedback/{token}"), "/v1//public/feedback/…".to_owned()),
            (format!("/V1/public%2Ffeedback%2F{token}/x"), "/V1/public%2Ffeedback%…/x".to_owned()),
            (format!("/shop/v1/public/surveys/{}", "x".repeat(43)), "/shop/v1/public/surveys/…".to_owned()),
        ] {
            assert_eq!(path_without_token(&path), told);
        }
    }

    proptest! {
        #[test]
        fn no_changed_token_is_taken(place in 0_usize..54, other in "[A-Za-z0-9_-]", seconds in -1_000_000_i64..1_000_000) {
            let expires_at = at("2026-07-07T08:15:00Z");
            let token = links().token(LinkPurpose::FeedbackOutcome, id(), expires_at);
            let changed = format!("{}{other}{}", &token[..place], &token[place + 1..]);
            let now = expires_at.checked_add(chrono::TimeDelta::seconds(seconds)).unwrap();
            let verified = links().verify(LinkPurpose::FeedbackOutcome, &changed, now);
            prop_assert_eq!(verified.is_some(), changed == token && seconds < 0);
        }

        #[test]
        fn any_text_is_verified_without_harm(token in "\\PC{0,80}") {
            prop_assert_eq!(links().verify(LinkPurpose::OpenSurvey, &token, at(NOW)), None);
        }

        #[test]
        fn a_text_without_links_is_kept_whole(text in "[a-z \n/:.]{0,60}") {
            prop_assume!(!text.contains(PUBLIC));
            prop_assert_eq!(without_tokens(&text), text);
        }
    }
}
