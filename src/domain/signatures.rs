//! Signed bodies: how programs that share a secret with us prove what they tell, and we to them.
//!
//! The signature is HMAC-SHA256 over `<t>.<body>` in the header `Patron-Signature: t=<unix seconds>,v1=<hex>`; several `v1` may stand there
//! while a secret is being changed.

use aws_lc_rs::hmac;

use super::instants::Instant;

/// The header that holds the signature.
pub const HEADER: &str = "patron-signature";

/// How far the time of a signature may lie from ours, in seconds: what is caught on its way can not be sent again later.
pub const TOLERANCE_SECONDS: i64 = 5 * 60;

/// Why a signature was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// Not of the form `t=…,v1=…`.
    #[error("Patron-Signature must have the form t=<unix seconds>,v1=<hex of 32 bytes>.")]
    Malformed,
    /// Too old, or from the future.
    #[error("The signature's time lies more than five minutes from now.")]
    Untimely,
    /// Of another body or by another secret.
    #[error("The signature is not that of this body.")]
    Wrong,
}

/// The header's value for a body.
pub fn sign(secret: &str, body: &[u8], at: Instant) -> String {
    let seconds = at.utc().timestamp();
    let tag = hmac::sign(&key(secret), &signed(seconds, body));
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

/// Checks the header's value against the body, in a time that does not depend on where they differ.
///
/// # Errors
/// [`SignatureFault`].
pub fn verify(secret: &str, header: &str, body: &[u8], now: Instant) -> Result<(), SignatureFault> {
    let (mut seconds, mut tags) = (None, Vec::new());
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", text)) if seconds.is_none() => seconds = Some(text.parse::<i64>().map_err(|_| SignatureFault::Malformed)?),
            Some(("v1", text)) => tags.push(unhex(text).ok_or(SignatureFault::Malformed)?),
            // Other schemes may stand beside ours.
            Some((scheme, _)) if scheme != "t" => {}
            _ => return Err(SignatureFault::Malformed),
        }
    }
    let seconds = seconds.filter(|_| !tags.is_empty()).ok_or(SignatureFault::Malformed)?;
    if now.utc().timestamp().abs_diff(seconds) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(SignatureFault::Untimely);
    }
    let (key, signed) = (key(secret), signed(seconds, body));
    if tags.iter().any(|tag| hmac::verify(&key, &signed, tag).is_ok()) { Ok(()) } else { Err(SignatureFault::Wrong) }
}

fn key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

fn signed(seconds: i64, body: &[u8]) -> Vec<u8> {
    [format!("{seconds}.").as_bytes(), body].concat()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_0123456789abcdef";
    const BODY: &[u8] = br#"{"number":"W-17","event":"paid"}"#;
    /// HMAC-SHA256 of `1782807362.` and the body, by another implementation.
    const TAG: &str = "f27cf2a2336728400a60f67d1e7b88399f1b4825160bfd06932bef836f2015d3";

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000).unwrap()
    }

    #[test]
    fn signs_as_others_do() {
        assert_eq!(sign(SECRET, BODY, at(1_782_807_362)), format!("t=1782807362,v1={TAG}"));
    }

    #[test]
    fn accepts_the_body_it_was_made_for_within_five_minutes() {
        let header = format!("t=1782807362,v1={TAG}");
        for (now, outcome) in [
            (1_782_807_362, Ok(())),
            (1_782_807_662, Ok(())),
            (1_782_807_062, Ok(())),
            (1_782_807_663, Err(SignatureFault::Untimely)),
            (1_782_807_061, Err(SignatureFault::Untimely)),
        ] {
            assert_eq!(verify(SECRET, &header, BODY, at(now)), outcome, "{now}");
        }
        let now = at(1_782_807_362);
        assert_eq!(verify(SECRET, &header, b"{}", now), Err(SignatureFault::Wrong));
        assert_eq!(verify("whsec_fedcba9876543210", &header, BODY, now), Err(SignatureFault::Wrong));
        let zeros = "0".repeat(64);
        assert_eq!(verify(SECRET, &format!("t=1782807362, v0=x, v1={zeros}, v1={TAG}"), BODY, now), Ok(()), "one of several is enough");
        assert_eq!(verify(SECRET, &format!("t=1782807363,v1={TAG}"), BODY, now), Err(SignatureFault::Wrong), "the time is signed too");
    }

    #[test]
    fn what_is_no_signature_is_told() {
        for header in [
            "",
            "t=",
            "t=1782807362",
            &format!("v1={TAG}"),
            "t=x,v1=00",
            "t=1782807362,v1=00",
            "t=1,t=2,v1=00",
            "hello",
            &format!("t=1782807362,v1={}", "é".repeat(32)),
        ] {
            assert_eq!(verify(SECRET, header, BODY, at(1_782_807_362)), Err(SignatureFault::Malformed), "{header}");
        }
        for seconds in ["-9223372036854775808", "9223372036854775807"] {
            assert_eq!(verify(SECRET, &format!("t={seconds},v1={TAG}"), BODY, at(0)), Err(SignatureFault::Untimely));
        }
    }
}
