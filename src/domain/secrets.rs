//! Passwords, client secrets and refresh tokens: how they are made and what is kept of them.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};
use validator::ValidateLength;

/// Checked where somebody is not known, so that it takes as long as for somebody who is: of a secret that was thrown away, with the parameters of [`hash`].
pub const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$eTbUxHNd0oCoO/D/6TnP3w$KU8U65a0f2v2YcOv2wAtmKy/mXaSPs5tpH5fRwU4pK8";

/// Random bytes of a client secret or a refresh token: 256 bits can not be guessed.
const RANDOM_BYTES: usize = 32;

/// A text that must not be shown: a password or a secret as it was sent.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// A secret read from somewhere else than a request.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// validator keeps the values that it refuses; this one it does not get.
impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("[redacted]")
    }
}

impl ValidateLength<u64> for SecretText {
    fn length(&self) -> Option<u64> {
        self.0.length()
    }
}

/// Why a secret could not be made or hashed: the machine's fault, never the caller's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a secret can not be made: {0}")]
pub struct SecretFault(String);

/// The Argon2id hash of a secret with a fresh salt, as a PHC string. Takes 19 MiB and tens of milliseconds: never on a thread that serves others.
///
/// # Errors
/// When the system gives no random bytes.
pub fn hash(secret: &SecretText) -> Result<String, SecretFault> {
    let hash: PasswordHash = Argon2::default().hash_password(secret.reveal().as_bytes()).map_err(|error| SecretFault(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether `secret` is the one that `hash` was made of. As costly as [`hash`]; a hash that can not be read fits nothing.
pub fn is_match(secret: &SecretText, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(secret.reveal().as_bytes(), &hash).is_ok())
}

/// A new secret for a client: `ps_` and 43 base64url characters.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_client_secret() -> Result<SecretText, SecretFault> {
    Ok(SecretText(format!("ps_{}", random_text()?)))
}

/// A new refresh token: 43 base64url characters.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_refresh_token() -> Result<SecretText, SecretFault> {
    Ok(SecretText(random_text()?))
}

/// A new token for a link that only its receiver has: 43 base64url characters.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_link_token() -> Result<SecretText, SecretFault> {
    Ok(SecretText(random_text()?))
}

/// A new password that nobody chose: 43 base64url characters.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_password() -> Result<SecretText, SecretFault> {
    Ok(SecretText(random_text()?))
}

/// What is kept of a refresh token or a link's. It needs no slow hash: nobody can guess 256 random bits.
pub fn token_digest(token: &SecretText) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token.reveal().as_bytes()))
}

fn random_text() -> Result<String, SecretFault> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<RANDOM_BYTES>()?))
}

/// Bytes that nobody can guess.
///
/// # Errors
/// When the system gives none.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], SecretFault> {
    let mut bytes = [0_u8; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| SecretFault("the system gives no random bytes".to_owned()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretText {
        SecretText::new(text.to_owned())
    }

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let stored = hash(&secret("correct horse battery staple")).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(is_match(&secret("correct horse battery staple"), &stored));
        assert!(!is_match(&secret("correct horse battery stapl"), &stored));
        assert!(!is_match(&secret(""), "no hash at all"));
    }

    #[test]
    fn nobodys_hash_costs_what_a_real_one_does() {
        let parameters = |hash: &str| PasswordHash::new(hash).map(|hash| (hash.algorithm, hash.version, hash.params.to_string())).unwrap();
        assert_eq!(parameters(NOBODYS_HASH), parameters(&hash(&secret("x")).unwrap()));
    }

    #[test]
    fn secrets_are_long_random_and_unseen() {
        let (first, second) = (new_client_secret().unwrap(), new_client_secret().unwrap());
        assert_ne!(first, second);
        assert_eq!((first.reveal().len(), &first.reveal()[..3]), (46, "ps_"));
        assert_eq!(new_refresh_token().unwrap().reveal().len(), 43);
        assert_eq!(format!("{first:?}"), "[redacted]");
    }

    #[test]
    fn a_digest_is_sha_256() {
        // FIPS 180-2, appendix B.1: SHA-256("abc").
        assert_eq!(token_digest(&secret("abc")), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    }
}
