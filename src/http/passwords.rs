//! Password hashing off the threads that serve: a few at a time, and nobody waits long for a turn.

use std::{sync::Arc, time::Duration};

use super::app::App;
use crate::{
    domain::secrets::{self, SecretText},
    error::{Code, Error},
};

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The hash of a new secret.
///
/// # Errors
/// `unavailable` when too many wait.
pub async fn hash(app: &App, secret: SecretText) -> Result<String, Error> {
    in_turn(app, move || secrets::hash(&secret)).await?.map_err(Error::internal)
}

/// Whether `secret` is the one that `hash` was made of.
///
/// # Errors
/// `unavailable` when too many wait.
pub async fn is_match(app: &App, secret: SecretText, hash: String) -> Result<bool, Error> {
    in_turn(app, move || secrets::is_match(&secret, &hash)).await
}

async fn in_turn<T: Send + 'static>(app: &App, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let turn = tokio::time::timeout(PATIENCE, Arc::clone(&app.password_checks).acquire_owned()).await;
    let Ok(Ok(turn)) = turn else {
        return Err(Error::new(Code::Unavailable, "Too many logins are waiting.").retry_after(PATIENCE.as_secs()));
    };
    // The turn moves along: it ends with the work, even when the caller has hung up by then.
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    done.await.map_err(Error::internal)
}
