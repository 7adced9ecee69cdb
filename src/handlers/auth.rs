//! Coming in.

use actix_web::{HttpRequest, HttpResponse, get, http::header, post};

use crate::{
    db::WriteMode,
    domain::{TextEnum, access_tokens::LIFETIME_SECONDS, ids::Id},
    dto::auth::{ClientForm, GrantHead, GrantType, KeySetView, PasswordForm, RefreshForm, RevokeForm, TokenForm, TokenView},
    error::{Code, Error},
    http::{
        app::{App, AppData},
        edge::current_request_id,
        form::Form,
        login::{basic_credentials, log_in, refresh, refused, uses_basic},
        oauth::{TokenProblemBody, refusal},
        problem::Problem,
    },
    services::auth::{self, Grant, Login, Trace},
};

/// Get an access token
///
/// OAuth 2 in three forms: `password` for staff, `client_credentials` for programs (whose id and secret may come in `Authorization: Basic …`
/// instead), `refresh_token` for staff who go on. Access tokens are JWTs of 15 minutes, signed with EdDSA. A refresh token can be used once within
/// 30 days; one that comes back a second time ends every token that followed from its login. Whatever is wrong with the credentials, the answer is
/// the same. Failures are problems that also say in `error` what RFC 6749 calls them. The fifth failure in a row locks the account for a minute, each further one for twice as long, up to an hour.
#[utoipa::path(
    tag = "Authentication",
    request_body(
        content = TokenForm, content_type = "application/x-www-form-urlencoded",
        description = "One of three forms, told apart by `grant_type`.",
        example = json!({"grant_type": "password", "username": "li.na@example.com", "password": "a long and quiet river"})
    ),
    responses(
        (status = 200, description = "Come in.", body = TokenView, headers(("Cache-Control" = String, description = "`no-store`"))),
        (status = 400, description = "The request could not be read.", content_type = "application/problem+json", body = TokenProblemBody),
        (status = 401, description = "Not with these credentials.", content_type = "application/problem+json", body = TokenProblemBody),
        (status = 422, description = "The form is not valid, or asks for more than there is.", content_type = "application/problem+json", body = TokenProblemBody),
    )
)]
#[post("/v1/auth/token")]
pub async fn create_token(request: HttpRequest, form: Result<Form, Problem>, app: AppData) -> HttpResponse {
    let form = match form {
        Ok(form) => form,
        Err(Problem(error)) => return refusal(error, false),
    };
    match grant(&app, &request, &form).await.and_then(|grant| token(&app, &grant)) {
        Ok(view) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(view),
        Err(error) => {
            let is_refused = error.code() == Code::InvalidGrant;
            let is_client = form.read::<GrantHead>().is_ok_and(|head| head.grant_type == GrantType::ClientCredentials);
            let mut response = refusal(error, is_client);
            if is_refused && uses_basic(&request) {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Basic realm=\"patron\""));
            }
            response
        }
    }
}

async fn grant(app: &App, request: &HttpRequest, form: &Form) -> Result<Grant, Error> {
    let trace = Trace { fields: form.names(), request_id: current_request_id() };
    match form.read::<GrantHead>()?.grant_type {
        GrantType::Password => {
            let PasswordForm { username, password, .. } = form.read()?;
            log_in(app, Login::Staff(username), password, None, trace).await
        }
        GrantType::ClientCredentials => {
            let ClientForm { client_id, client_secret, scope, .. } = form.read()?;
            let (id, secret) = match (basic_credentials(request.headers())?, client_id, client_secret) {
                (Some(credentials), None, None) => credentials,
                (None, Some(id), Some(secret)) => (id, secret),
                _ => return Err(refused()),
            };
            log_in(app, Login::Client(id.parse().ok()), secret, scope, trace).await
        }
        GrantType::RefreshToken => refresh(app, form.read::<RefreshForm>()?.refresh_token, trace).await,
    }
}

fn token(app: &App, grant: &Grant) -> Result<TokenView, Error> {
    let role = grant.role.map_or("integration", TextEnum::as_str);
    let subject = grant.actor.id.ok_or_else(|| Error::internal("a grant to nobody"))?;
    let permissions = grant.actor.permissions;
    let access_token =
        app.tokens.sign(subject.uuid(), role, permissions, app.clock.now(), Id::<TokenView>::generate().uuid()).map_err(Error::internal)?;
    Ok(TokenView {
        access_token,
        token_type: "Bearer",
        expires_in: LIFETIME_SECONDS,
        scope: permissions.to_string(),
        refresh_token: grant.refresh_token.as_ref().map(|token| token.reveal().to_owned()),
    })
}

/// Log out
///
/// Ends a refresh token and every token that followed from the same login (RFC 7009). Access tokens that were given out end by themselves within 15
/// minutes. Answers 200 for a token that is not known, too.
#[utoipa::path(
    tag = "Authentication",
    request_body(content = RevokeForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The token is good for nothing any more."))
)]
#[post("/v1/auth/revoke")]
pub async fn revoke_token(form: Form, app: AppData) -> Result<HttpResponse, Problem> {
    let token = form.read::<RevokeForm>()?.token;
    let trace = Trace { fields: form.names(), request_id: current_request_id() };
    let now = app.clock.now();
    app.db.write(WriteMode::Commit, move |tx| auth::revoke(tx, &token, &trace, now)).await.map_err(Problem)?;
    Ok(HttpResponse::Ok().finish())
}

/// Public keys of access tokens
///
/// For others who verify tokens by themselves (RFC 7517).
#[utoipa::path(tag = "Authentication", responses((status = 200, description = "The keys.", body = KeySetView)))]
#[get("/.well-known/jwks.json")]
pub async fn list_signing_keys(app: AppData) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=3600")).json(app.tokens.public_keys())
}
