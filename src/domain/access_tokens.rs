//! Access tokens: JWT signed with Ed25519, 15 minutes long, verified against one fixed algorithm.

use base64::{Engine, prelude::BASE64_STANDARD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, ThumbprintHash},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    TextEnum,
    instants::Instant,
    permissions::{Actor, ActorKind, PermissionSet},
};

/// Seconds that an access token is good for.
pub const LIFETIME_SECONDS: i64 = 15 * 60;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The member of staff or client.
    pub sub: Uuid,
    /// When it ends, seconds since 1970.
    pub exp: i64,
    /// When it was issued, seconds since 1970.
    pub iat: i64,
    /// The token's own id.
    pub jti: Uuid,
    /// The permissions, parted by spaces.
    pub scope: String,
    /// The role: a staff role, or `integration`.
    pub role: String,
}

/// Why a token was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its time is over.
    #[error("the access token has expired")]
    Expired,
    /// Anything else: another key, algorithm, issuer, audience, or no token at all.
    #[error("the access token is not valid")]
    Invalid,
    /// The key itself can not be used.
    #[error("the signing key can not be used: {0}")]
    Key(String),
}

/// Signs and verifies access tokens.
#[derive(Clone)]
pub struct AccessTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    header: Header,
    validation: Validation,
    public_keys: JwkSet,
    issuer: String,
    audience: String,
}

impl std::fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessTokens").field("kid", &self.header.kid).finish_non_exhaustive()
    }
}

impl AccessTokens {
    /// From a private key as [`new_private_key`] writes it: PKCS #8 in base64.
    ///
    /// # Errors
    /// [`TokenError::Key`] when it is no Ed25519 key.
    pub fn new(private_key: &str, issuer: &str, audience: &str) -> Result<Self, TokenError> {
        let broken = |error: jsonwebtoken::errors::Error| TokenError::Key(error.to_string());
        let der = BASE64_STANDARD.decode(private_key).map_err(|error| TokenError::Key(error.to_string()))?;
        let encoding = EncodingKey::from_ed_der(&der);
        let mut key = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA).map_err(broken)?;
        let kid = key.thumbprint(ThumbprintHash::SHA256).map_err(broken)?;
        key.common.key_id = Some(kid.clone());
        key.common.public_key_use = Some(PublicKeyUse::Signature);
        key.common.key_algorithm = Some(KeyAlgorithm::EdDSA);
        let decoding = DecodingKey::from_jwk(&key).map_err(broken)?;
        let header = Header { kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The clock is ours: it is handed in, and no leeway is given.
        validation.validate_exp = false;
        Ok(Self {
            encoding,
            decoding,
            header,
            validation,
            public_keys: JwkSet { keys: vec![key] },
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        })
    }

    /// A token for `actor`, good from `now` on.
    ///
    /// # Errors
    /// [`TokenError::Key`] when signing fails.
    pub fn sign(&self, subject: Uuid, role: &str, permissions: PermissionSet, now: Instant, jti: Uuid) -> Result<String, TokenError> {
        let iat = now.utc().timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: subject,
            exp: iat.saturating_add(LIFETIME_SECONDS),
            iat,
            jti,
            scope: permissions.to_string(),
            role: role.to_owned(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.encoding).map_err(|error| TokenError::Key(error.to_string()))
    }

    /// What a token says, when it is ours.
    ///
    /// # Errors
    /// [`TokenError::Invalid`], whatever the reason; time is not looked at: see [`Claims::actor`].
    pub fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).map(|data| data.claims).map_err(|_| TokenError::Invalid)
    }

    /// The public keys, for others who verify our tokens.
    pub const fn public_keys(&self) -> &JwkSet {
        &self.public_keys
    }
}

impl Claims {
    /// Who the token speaks for at `now`.
    ///
    /// # Errors
    /// [`TokenError::Expired`] when its time is over.
    pub fn actor(&self, now: Instant) -> Result<Actor, TokenError> {
        if now.utc().timestamp() >= self.exp {
            return Err(TokenError::Expired);
        }
        let kind = if super::permissions::Role::parse(&self.role).is_ok() { ActorKind::Staff } else { ActorKind::Client };
        let permissions = PermissionSet::parse(&self.scope).map_err(|_| TokenError::Invalid)?;
        Ok(Actor { kind, id: Some(self.sub.into()), permissions })
    }
}

/// A new private key and its name, as a key store keeps them.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_private_key() -> Result<(String, String), TokenError> {
    let document = aws_lc_rs::signature::Ed25519KeyPair::generate_pkcs8v1(&aws_lc_rs::rand::SystemRandom::new())
        .map_err(|_| TokenError::Key("no random bytes".to_owned()))?;
    let key = BASE64_STANDARD.encode(document.as_ref());
    let tokens = AccessTokens::new(&key, "", "")?;
    Ok((tokens.header.kid.unwrap_or_default(), key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::permissions::Role;

    fn tokens() -> AccessTokens {
        AccessTokens::new(&new_private_key().unwrap().1, "patron", "patron").unwrap()
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn a_token_is_good_for_fifteen_minutes() {
        let tokens = tokens();
        let subject = Uuid::from_u128(7);
        let token = tokens.sign(subject, "agent", Role::Agent.permissions(), at("2026-06-30T08:00:00Z"), Uuid::from_u128(8)).unwrap();
        let claims = tokens.verify(&token).unwrap();
        let actor = claims.actor(at("2026-06-30T08:14:59Z")).unwrap();
        assert_eq!(
            (actor.kind, actor.id.map(|id| id.uuid()), actor.permissions),
            (ActorKind::Staff, Some(subject), Role::Agent.permissions())
        );
        assert_eq!(claims.actor(at("2026-06-30T08:15:00Z")), Err(TokenError::Expired));
    }

    #[test]
    fn foreign_tokens_are_refused() {
        let tokens = tokens();
        let now = at("2026-06-30T08:00:00Z");
        let other_key = AccessTokens::new(&new_private_key().unwrap().1, "patron", "patron").unwrap();
        let forged = other_key.sign(Uuid::nil(), "admin", Role::Admin.permissions(), now, Uuid::nil()).unwrap();
        assert_eq!(tokens.verify(&forged), Err(TokenError::Invalid));
        let elsewhere = AccessTokens { audience: "other".to_owned(), ..tokens.clone() };
        let misdirected = elsewhere.sign(Uuid::nil(), "admin", Role::Admin.permissions(), now, Uuid::nil()).unwrap();
        assert_eq!(tokens.verify(&misdirected), Err(TokenError::Invalid));
        let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.";
        assert_eq!(tokens.verify(unsigned), Err(TokenError::Invalid));
    }
}
