//! Access tokens: what they say, who else can verify them, and which are refused.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, jwk::JwkSet};
use patron::{
    db::DatabaseUrl,
    domain::{
        access_tokens::{AccessTokens, Claims, new_private_key},
        permissions::Role,
    },
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    on_both,
    support::{Database, PASSWORD, TestApp, add_user, log_in},
};

fn claims(app: &TestApp) -> Claims {
    let now = app.now().utc().timestamp();
    Claims {
        iss: "patron".to_owned(),
        aud: "patron".to_owned(),
        sub: Uuid::new_v4(),
        exp: now + 600,
        iat: now,
        jti: Uuid::new_v4(),
        scope: Role::Admin.permissions().to_string(),
        role: "admin".to_owned(),
    }
}

on_both! {
    async fn others_can_verify_what_a_token_says(app: &TestApp) {
        let user = add_user(app, "li.na@example.com", "agent").await;
        let login = log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
        let reply = app.nobody().get("/.well-known/jwks.json").await;
        let keys: JwkSet = serde_json::from_value(reply.expect(200)).unwrap();
        let header = jsonwebtoken::decode_header(login["access_token"].as_str().unwrap()).unwrap();
        let key = keys.find(header.kid.as_deref().unwrap()).expect("the key that the token names");
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&["patron"]);
        validation.set_issuer(&["patron"]);
        let told = decode::<Claims>(login["access_token"].as_str().unwrap(), &DecodingKey::from_jwk(key).unwrap(), &validation).unwrap().claims;
        assert_eq!((told.sub.to_string().as_str(), told.role.as_str(), told.exp - told.iat), (user["id"].as_str().unwrap(), "agent", 900));
        assert_eq!(told.scope, "customers:read customers:write catalogue:read orders:read scores:read feedback:read feedback:write segments:read campaigns:read campaigns:work points:read coupons:read coupons:redeem");
        let public = serde_json::to_value(key).unwrap();
        let mut names: Vec<&String> = public.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"], "nothing private");
    }

    async fn forged_tokens_open_nothing(app: &TestApp) {
        let refused = |token: String| async move { app.bearer(&token).get("/v1/audit-log").await.problem(401, "unauthenticated") };
        let part = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = serde_json::to_value(claims(app)).unwrap();
        let good = app.app.tokens.sign(Uuid::new_v4(), "agent", Role::Agent.permissions(), app.now(), Uuid::new_v4()).unwrap();
        let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
        app.bearer(&good).get("/v1/customers").await.expect(200);
        // No signature at all, whatever the header says.
        for alg in ["none", "None", "EdDSA"] {
            refused(format!("{}.{}.", part(json!({"alg": alg, "typ": "JWT"})), part(claims.clone()))).await;
        }
        // Somebody's own words under our signature.
        refused(format!("{header}.{}.{signature}", part(claims.clone()))).await;
        refused(format!("{header}.{payload}.{}", BASE64_URL_SAFE_NO_PAD.encode([0; 64]))).await;
        // Somebody's own key.
        let own = AccessTokens::new(&new_private_key().unwrap().1, "patron", "patron").unwrap();
        refused(own.sign(Uuid::new_v4(), "admin", Role::Admin.permissions(), app.now(), Uuid::new_v4()).unwrap()).await;
        // Our public key taken for a shared secret.
        let public = serde_json::to_value(app.app.tokens.public_keys()).unwrap();
        let x = BASE64_URL_SAFE_NO_PAD.decode(public["keys"][0]["x"].as_str().unwrap()).unwrap();
        refused(encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(&x)).unwrap()).await;
        for nonsense in ["", ".", "..", "a.b.c", &"x".repeat(7000)] {
            refused(nonsense.to_owned()).await;
        }
    }
}

async fn with_our_key(app: &TestApp) {
    let DatabaseUrl::Sqlite(path) = app.app.db.url() else { panic!("a file") };
    let key = std::fs::read_to_string(format!("{}.key", path.display())).unwrap();
    for (issuer, audience, status) in [("patron", "patron", 200), ("patron", "elsewhere", 401), ("elsewhere", "patron", 401)] {
        let signer = AccessTokens::new(key.trim(), issuer, audience).unwrap();
        let token = signer.sign(Uuid::new_v4(), "admin", Role::Admin.permissions(), app.now(), Uuid::new_v4()).unwrap();
        assert_eq!(app.bearer(&token).get("/v1/audit-log").await.status, status, "{issuer} {audience}");
    }
}

#[actix_web::test]
async fn tokens_for_somebody_else_are_refused() {
    TestApp::run(Database::sqlite(), |app| Box::pin(with_our_key(app))).await;
}
