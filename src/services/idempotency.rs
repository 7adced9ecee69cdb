//! `Idempotency-Key`: the same request twice is done once and answered twice. The key is stored in the transaction that it protects.

use chrono::TimeDelta;

use crate::{
    db::{DbConnection, try_lock},
    domain::instants::Instant,
    error::{Code, Error},
    repositories::idempotency_keys::{self, KeptAnswer},
    services::audit::Touched,
};

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// An answer that can be given again to the letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// What is kept to be answered again instead of the body, where the body holds a secret.
    pub kept_body: Option<Vec<u8>>,
    /// What a batch made and replaced, for the audit log.
    pub touched: Vec<Touched>,
}

/// What a request is known by.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who asks: keys of different callers never meet.
    pub caller: String,
    /// The key they chose.
    pub key: String,
    /// A hash of what they ask.
    pub fingerprint: String,
}

/// The first answer to this request, or `None` when it is new and may run.
///
/// # Errors
/// `idempotency_key_reused` when the key stood for another request, `idempotency_in_progress` while the first one still runs.
pub fn replay(tx: &mut DbConnection, claim: &Claim, now: Instant) -> Result<Option<Answer>, Error> {
    if !try_lock(tx, &format!("idempotency {} {}", claim.caller, claim.key))? {
        return Err(Error::new(Code::IdempotencyInProgress, "The first request with this Idempotency-Key has not been answered yet.")
            .retry_after(1));
    }
    let Some(kept) = idempotency_keys::find(tx, &claim.caller, &claim.key)? else { return Ok(None) };
    if now.checked_add(-KEPT).is_some_and(|cutoff| kept.created_at < cutoff) {
        idempotency_keys::delete(tx, &claim.caller, &claim.key)?;
        return Ok(None);
    }
    if kept.fingerprint != claim.fingerprint {
        return Err(Error::new(
            Code::IdempotencyKeyReused,
            "This Idempotency-Key was used for a different request within the last 24 hours.",
        ));
    }
    let status = u16::try_from(kept.status).unwrap_or(200);
    Ok(Some(Answer { status, location: kept.location, etag: kept.etag, body: kept.body, ..Answer::default() }))
}

/// Keeps the answer of a request that has run.
///
/// # Errors
/// The database's.
pub fn keep(tx: &mut DbConnection, claim: &Claim, answer: &Answer, now: Instant) -> Result<(), Error> {
    let kept = KeptAnswer {
        caller: claim.caller.clone(),
        key: claim.key.clone(),
        fingerprint: claim.fingerprint.clone(),
        status: i32::from(answer.status),
        location: answer.location.clone(),
        etag: answer.etag.clone(),
        body: answer.kept_body.as_ref().unwrap_or(&answer.body).clone(),
        created_at: now,
    };
    Ok(idempotency_keys::insert(tx, &kept)?)
}

/// Forgets answers older than a day.
///
/// # Errors
/// The database's.
pub fn forget_old(tx: &mut DbConnection, now: Instant) -> Result<usize, Error> {
    match now.checked_add(-KEPT) {
        Some(cutoff) => Ok(idempotency_keys::delete_before(tx, cutoff)?),
        None => Ok(0),
    }
}
