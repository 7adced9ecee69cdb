//! Logins on the wire, in OAuth 2's words (RFC 6749, 7009, 7517).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::domain::secrets::SecretText;

/// How somebody comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// Staff, with e-mail address and password.
    Password,
    /// Programs, with their own id and secret.
    ClientCredentials,
    /// Staff again, with the refresh token of the time before.
    RefreshToken,
}

/// What every form for a token says first.
#[derive(Debug, Deserialize, Validate)]
pub struct GrantHead {
    /// Which of the forms it is.
    pub grant_type: GrantType,
}

/// A member of staff logs in.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grant_type": "password", "username": "li.na@example.com", "password": "a long and quiet river"}))]
pub struct PasswordForm {
    /// `password`.
    #[schema(pattern = "^password$")]
    pub grant_type: String,
    /// The e-mail address.
    #[validate(length(min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254, pattern = r"^[^\u0000]*$")]
    pub username: String,
    /// The password.
    #[validate(length(min = 1, max = 128))]
    #[schema(value_type = String, format = "password", min_length = 1, max_length = 128, pattern = r"^[^\u0000]*$")]
    pub password: SecretText,
}

/// A program comes in. Its id and secret stand here, or in `Authorization: Basic …`.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "grant_type": "client_credentials", "client_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77",
    "client_secret": "ps_Zk3nqDkVw0b8m1yTn4sYH6rA2cXoLeUfJgQpWvB9dIk", "scope": "orders:write"
}))]
pub struct ClientForm {
    /// `client_credentials`.
    #[schema(pattern = "^client_credentials$")]
    pub grant_type: String,
    /// The client's id.
    #[serde(default)]
    #[validate(length(min = 1, max = 128))]
    #[schema(nullable = false, min_length = 1, max_length = 128, pattern = r"^[^\u0000]*$")]
    pub client_id: Option<String>,
    /// The client's secret.
    #[serde(default)]
    #[validate(length(min = 1, max = 128))]
    #[schema(value_type = String, required = false, format = "password", min_length = 1, max_length = 128, pattern = r"^[^\u0000]*$")]
    pub client_secret: Option<SecretText>,
    /// Fewer scopes than the client has, parted by spaces; all of them when left out.
    #[serde(default)]
    #[validate(length(min = 1, max = 1000))]
    #[schema(nullable = false, min_length = 1, max_length = 1000, pattern = r"^[^\u0000]*$")]
    pub scope: Option<String>,
}

/// A member of staff goes on. The refresh token is used up by it: the answer has the next one.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grant_type": "refresh_token", "refresh_token": "mJ4Xo0c7yq2VtK9dWnE5rLhT1gBsPzUaQ8fIiRkYw3M"}))]
pub struct RefreshForm {
    /// `refresh_token`.
    #[schema(pattern = "^refresh_token$")]
    pub grant_type: String,
    /// The refresh token that was given last.
    #[validate(length(min = 1, max = 128))]
    #[schema(value_type = String, min_length = 1, max_length = 128, pattern = r"^[^\u0000]*$")]
    pub refresh_token: SecretText,
}

/// One of three forms, told apart by `grant_type`.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only the spec reads it: each form is read by itself, which tells its faults better")]
pub enum TokenForm {
    /// Staff.
    Password(PasswordForm),
    /// Programs.
    Client(ClientForm),
    /// Staff again.
    Refresh(RefreshForm),
}

/// A refresh token that shall not be used any more.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "mJ4Xo0c7yq2VtK9dWnE5rLhT1gBsPzUaQ8fIiRkYw3M", "token_type_hint": "refresh_token"}))]
pub struct RevokeForm {
    /// The refresh token. Anything else is answered as if it had been one.
    #[validate(length(min = 1, max = 4096))]
    #[schema(value_type = String, min_length = 1, max_length = 4096, pattern = r"^[^\u0000]*$")]
    pub token: SecretText,
    /// What kind of token it is; not needed.
    #[serde(default)]
    #[validate(length(max = 64))]
    #[schema(nullable = false, max_length = 64, pattern = r"^[^\u0000]*$")]
    pub token_type_hint: Option<String>,
}

/// What somebody who came in is given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token, example = json!({
    "access_token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSJ9.eyJpc3MiOiJwYXRyb24ifQ.c2lnbmF0dXJl", "token_type": "Bearer", "expires_in": 900,
    "scope": "customers:read customers:write catalogue:read orders:read scores:read",
    "refresh_token": "mJ4Xo0c7yq2VtK9dWnE5rLhT1gBsPzUaQ8fIiRkYw3M"
}))]
pub struct TokenView {
    /// The access token, a JWT: sent as `Authorization: Bearer …`.
    pub access_token: String,
    /// `Bearer`.
    #[schema(value_type = String, pattern = "^Bearer$")]
    pub token_type: &'static str,
    /// Seconds that the access token is good for.
    #[schema(minimum = 1)]
    pub expires_in: i64,
    /// What the access token allows, parted by spaces.
    pub scope: String,
    /// Opens the next access token within 30 days, once; only staff are given one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refresh_token: Option<String>,
}

/// The public keys of access tokens (RFC 7517), as they are written by the library that signs.
#[derive(Debug, ToSchema)]
#[schema(as = KeySet, example = json!({"keys": [{
    "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
}]}))]
pub struct KeySetView {
    /// One a key; tokens name theirs by `kid`.
    pub keys: Vec<KeyView>,
}

/// A public key for Ed25519 (RFC 8037).
#[derive(Debug, ToSchema)]
#[schema(as = Key)]
pub struct KeyView {
    /// The kind of key: `OKP`.
    pub kty: String,
    /// The curve: `Ed25519`.
    pub crv: String,
    /// What it is for: `sig`.
    pub r#use: String,
    /// The one algorithm that tokens are signed with: `EdDSA`.
    pub alg: String,
    /// The key's name.
    pub kid: String,
    /// The public key, base64url.
    pub x: String,
}
