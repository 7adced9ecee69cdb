//! Logins: the account is read, the secret compared outside of any transaction, the outcome decided and stored in one.

use std::sync::Arc;

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
};
use base64::{Engine, prelude::BASE64_STANDARD};

use super::{app::App, passwords};
use crate::{
    db::WriteMode,
    domain::secrets::{NOBODYS_HASH, SecretText},
    error::{Code, Error},
    services::auth::{self, Attempt, Grant, Login, Outcome, Trace},
};

/// Lets somebody in who knows the secret.
///
/// # Errors
/// `invalid_grant`, whatever was wrong; `login_locked` after too many failures; `invalid` for scopes that were not given.
pub async fn log_in(app: &App, login: Login, secret: SecretText, scope: Option<String>, trace: Trace) -> Result<Grant, Error> {
    let sought = login.clone();
    let account = app.db.query(move |conn| auth::find_account(conn, &sought)).await?;
    let name = login.name();
    let standing = account.as_ref().map_or_else(|| app.strangers.standing(&name), |account| account.standing);
    if let Some(seconds) = standing.locked_seconds(app.clock.now()) {
        return Err(locked(seconds));
    }
    let hash = account.as_ref().map_or_else(|| NOBODYS_HASH.to_owned(), |account| account.secret_hash.clone());
    let is_match = passwords::is_match(app, secret, hash).await?;
    if account.is_none() {
        app.strangers.fail(&name, app.clock.now());
    }
    let attempt = Attempt { login, account, is_match, scope };
    let clock = Arc::clone(&app.clock);
    granted(app.db.write(WriteMode::Commit, move |tx| auth::settle(tx, &attempt, &trace, clock.now())).await?)
}

/// Takes a refresh token for the next one.
///
/// # Errors
/// `invalid_grant`, whatever was wrong.
pub async fn refresh(app: &App, token: SecretText, trace: Trace) -> Result<Grant, Error> {
    let clock = Arc::clone(&app.clock);
    granted(app.db.write(WriteMode::Commit, move |tx| auth::refresh(tx, &token, &trace, clock.now())).await?)
}

/// Only here does a refusal become a failure: by now it is stored.
fn granted(outcome: Outcome) -> Result<Grant, Error> {
    match outcome {
        Outcome::Granted(grant) => Ok(grant),
        Outcome::Refused => Err(refused()),
        Outcome::Locked(seconds) => Err(locked(seconds)),
    }
}

/// The same words whatever was wrong.
pub fn refused() -> Error {
    Error::new(Code::InvalidGrant, "The credentials are not valid, no longer valid, or belong to an account that is disabled.")
}

fn locked(seconds: u64) -> Error {
    Error::new(Code::LoginLocked, format!("Too many failed logins: try again in {seconds} s.")).retry_after(seconds)
}

/// The client's id and secret from `Authorization: Basic …`, each form-encoded before they were joined (RFC 6749, section 2.3.1).
///
/// # Errors
/// `invalid_grant` for what is no such header.
pub fn basic_credentials(headers: &HeaderMap) -> Result<Option<(String, SecretText)>, Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let read = || {
        let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
        let bytes = scheme.eq_ignore_ascii_case("basic").then(|| BASE64_STANDARD.decode(encoded.trim()).ok())??;
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        Some((form_decoded(id), SecretText::new(form_decoded(secret))))
    };
    read().map(Some).ok_or_else(refused)
}

/// As one name of a form, in which `=` and `&` are written with their codes.
fn form_decoded(text: &str) -> String {
    form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

/// Whether the caller came with the `Authorization` header, and so is told of it.
pub fn uses_basic(request: &HttpRequest) -> bool {
    request.headers().contains_key(header::AUTHORIZATION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            basic_credentials(&headers)
                .map(|found| found.map(|(id, secret)| (id, secret.reveal().to_owned())))
                .map_err(|error| error.code())
        };
        // RFC 6749, section 2.3.1.
        let example = "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3";
        assert_eq!(read(example), Ok(Some(("s6BhdRkqt3".to_owned(), "7Fjfp0ZBr1KtDRbnfVdmIw".to_owned()))));
        let encoded = format!("basic {}", BASE64_STANDARD.encode("a%3Ab:c+d"));
        assert_eq!(read(&encoded), Ok(Some(("a:b".to_owned(), "c d".to_owned()))));
        for bad in ["Basic", "Basic ???", "Bearer abc", "Basic YWJj"] {
            assert_eq!(read(bad), Err(Code::InvalidGrant), "{bad}");
        }
        assert_eq!(basic_credentials(&HeaderMap::new()).map(|found| found.is_none()).ok(), Some(true));
    }
}
