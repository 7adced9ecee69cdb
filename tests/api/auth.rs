//! Logins, locks and refresh tokens.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{PASSWORD, Reply, TestApp, add_client, add_user, client_token, log_in, person},
};

const DAY: i64 = 24 * 60 * 60;

fn text<'a>(body: &'a Value, field: &str) -> &'a str {
    body[field].as_str().unwrap_or_else(|| panic!("{field} in {body}"))
}

async fn refresh(app: &TestApp, token: &str) -> Reply {
    app.nobody().form("/v1/auth/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

fn seconds(reply: &Reply) -> u64 {
    reply.header("retry-after").parse().expect("seconds")
}

on_both! {
    async fn each_role_opens_its_own_doors(app: &TestApp) {
        for (role, reads, opens) in [
            ("admin", "customers:read customers:write catalogue:read catalogue:write orders:read orders:write payments:write scores:read scores:write feedback:read feedback:write feedback:manage messages:read messages:write imports:read imports:write surveys:read surveys:write segments:read segments:write campaigns:read campaigns:write campaigns:work points:read points:write points:manage coupons:read coupons:write coupons:redeem users:read users:write clients:read clients:write audit:read", [200, 200, 200, 200, 201]),
            ("manager", "customers:read customers:write catalogue:read catalogue:write orders:read orders:write payments:write scores:read scores:write feedback:read feedback:write feedback:manage messages:read messages:write imports:read imports:write surveys:read surveys:write segments:read segments:write campaigns:read campaigns:write campaigns:work points:read points:write points:manage coupons:read coupons:write coupons:redeem audit:read", [200, 200, 403, 403, 201]),
            ("marketer", "customers:read catalogue:read orders:read scores:read messages:read surveys:read surveys:write segments:read segments:write campaigns:read campaigns:write points:read coupons:read coupons:write", [200, 403, 403, 403, 403]),
            ("agent", "customers:read customers:write catalogue:read orders:read scores:read feedback:read feedback:write segments:read campaigns:read campaigns:work points:read coupons:read coupons:redeem", [200, 403, 403, 403, 201]),
        ] {
            let email = format!("{role}@example.com");
            add_user(app, &email, role).await;
            let reply = log_in(app, &email, PASSWORD).await;
            assert_eq!(reply.header("cache-control"), "no-store");
            let token = reply.expect(200);
            assert_eq!((text(&token, "scope"), text(&token, "token_type"), &token["expires_in"]), (reads, "Bearer", &json!(900)));
            let caller = app.bearer(text(&token, "access_token"));
            let paths = ["/v1/customers", "/v1/audit-log", "/v1/users", "/v1/clients"];
            for (path, status) in paths.into_iter().zip(opens) {
                assert_eq!(caller.get(path).await.status, status, "{role} {path}");
            }
            assert_eq!(caller.post("/v1/customers", person("A")).await.status, opens[4], "{role}");
        }
    }

    async fn a_refusal_does_not_tell_what_was_wrong(app: &TestApp) {
        add_user(app, "li.na@example.com", "agent").await;
        let gone = add_user(app, "gone@example.com", "agent").await;
        app.admin().patch(&format!("/v1/users/{}", text(&gone, "id")), json!({"status": "disabled"})).await.expect(200);
        let mut answers = Vec::new();
        for (email, password) in [
            ("li.na@example.com", "another long password"),
            ("nobody@example.com", PASSWORD),
            ("gone@example.com", PASSWORD),
            ("no address at all", PASSWORD),
        ] {
            let mut body = log_in(app, email, password).await.problem(401, "invalid_grant");
            body["request_id"] = Value::Null;
            answers.push(body);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
        log_in(app, "LI.NA@Example.com", PASSWORD).await.expect(200);
    }

    async fn failures_in_a_row_lock_for_growing_time(app: &TestApp) {
        add_user(app, "li.na@example.com", "agent").await;
        // A name that nobody has locks in the same way, so that a lock tells nothing.
        for email in ["li.na@example.com", "nobody@example.com"] {
            for _ in 0..5 {
                log_in(app, email, "wrong").await.problem(401, "invalid_grant");
            }
            let locked = log_in(app, email, PASSWORD).await;
            assert!((50..=60).contains(&seconds(&locked)), "{locked:?}");
            locked.problem(429, "login_locked");
            app.pass(61);
            log_in(app, email, "wrong").await.problem(401, "invalid_grant");
            let locked = log_in(app, email, PASSWORD).await;
            assert!((110..=120).contains(&seconds(&locked)), "{locked:?}");
            app.pass(121);
        }
        // A success forgets the failures.
        log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
        for _ in 0..4 {
            log_in(app, "li.na@example.com", "wrong").await.problem(401, "invalid_grant");
        }
        log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
        log_in(app, "li.na@example.com", "wrong").await.problem(401, "invalid_grant");
    }

    async fn of_guesses_at_once_five_count(app: &TestApp) {
        add_user(app, "li.na@example.com", "agent").await;
        let guesses = futures_util::future::join_all((0..12).map(|_| log_in(app, "li.na@example.com", "wrong"))).await;
        let refused = guesses.iter().filter(|guess| guess.status == 401).count();
        let locked = guesses.iter().filter(|guess| guess.status == 429).count();
        assert_eq!((refused, locked), (5, 7));
    }

    async fn a_refresh_token_works_once(app: &TestApp) {
        add_user(app, "li.na@example.com", "agent").await;
        let first = log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
        let elsewhere = log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
        let second = refresh(app, text(&first, "refresh_token")).await.expect(200);
        let third = refresh(app, text(&second, "refresh_token")).await.expect(200);
        app.bearer(text(&third, "access_token")).get("/v1/customers").await.expect(200);
        // The first one again: somebody has a copy, so all that followed from it end.
        refresh(app, text(&first, "refresh_token")).await.problem(401, "invalid_grant");
        refresh(app, text(&third, "refresh_token")).await.problem(401, "invalid_grant");
        refresh(app, text(&elsewhere, "refresh_token")).await.expect(200);
        refresh(app, "mJ4Xo0c7yq2VtK9dWnE5rLhT1gBsPzUaQ8fIiRkYw3M").await.problem(401, "invalid_grant");
    }

    async fn of_refreshes_at_once_one_wins_and_the_family_ends(app: &TestApp) {
        add_user(app, "li.na@example.com", "agent").await;
        let login = log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
        let token = text(&login, "refresh_token");
        let tries = futures_util::future::join_all((0..6).map(|_| refresh(app, token))).await;
        let won: Vec<&Value> = tries.iter().filter(|reply| reply.status == 200).map(|reply| &reply.body).collect();
        assert_eq!((won.len(), tries.iter().filter(|reply| reply.status == 401).count()), (1, 5));
        refresh(app, text(won[0], "refresh_token")).await.problem(401, "invalid_grant");
    }

    async fn a_refresh_token_ends_after_thirty_days(app: &TestApp) {
        add_user(app, "li.na@example.com", "agent").await;
        let login = log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
        app.pass(30 * DAY - 60);
        let next = refresh(app, text(&login, "refresh_token")).await.expect(200);
        app.pass(30 * DAY - 60);
        let last = refresh(app, text(&next, "refresh_token")).await.expect(200);
        app.pass(30 * DAY);
        refresh(app, text(&last, "refresh_token")).await.problem(401, "invalid_grant");
    }

    async fn logging_out_ends_the_family(app: &TestApp) {
        add_user(app, "li.na@example.com", "agent").await;
        let login = log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
        let next = refresh(app, text(&login, "refresh_token")).await.expect(200);
        let revoke = |token: String| async move { app.nobody().form("/v1/auth/revoke", &[("token", &token), ("token_type_hint", "refresh_token")]).await };
        revoke(text(&login, "refresh_token").to_owned()).await.expect(200);
        refresh(app, text(&next, "refresh_token")).await.problem(401, "invalid_grant");
        for nothing in ["unknown", text(&login, "access_token"), text(&login, "refresh_token")] {
            revoke(nothing.to_owned()).await.expect(200);
        }
    }

    async fn a_program_comes_in_with_its_own_secret(app: &TestApp) {
        let client = add_client(app, &["orders:write", "customers:read"]).await;
        let (id, secret) = (text(&client, "id"), text(&client, "secret"));
        let token = client_token(app, &client, secret).await.expect(200);
        assert_eq!((text(&token, "scope"), token.get("refresh_token")), ("customers:read orders:write", None));
        let caller = app.bearer(text(&token, "access_token"));
        caller.get("/v1/customers").await.expect(200);
        caller.post("/v1/customers", person("A")).await.problem(403, "permission_denied");
        // RFC 6749 wants the header understood.
        let by_header = |id: String, secret: String| {
            Reply::of(app.nobody().request(Method::POST, "/v1/auth/token").basic_auth(id, Some(secret)).form(&[("grant_type", "client_credentials")]))
        };
        by_header(id.to_owned(), secret.to_owned()).await.expect(200);
        let refused = by_header(id.to_owned(), "ps_wrong".to_owned()).await;
        assert_eq!(refused.header("www-authenticate"), "Basic realm=\"patron\"");
        refused.problem(401, "invalid_grant");
        let with = |fields: Vec<(&'static str, String)>| async move {
            Reply::of(app.nobody().request(Method::POST, "/v1/auth/token").form(&fields)).await
        };
        for (client_id, client_secret) in [(id, "ps_wrong"), ("018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", secret), ("no id", secret)] {
            with(vec![("grant_type", "client_credentials".into()), ("client_id", client_id.into()), ("client_secret", client_secret.into())]).await.problem(401, "invalid_grant");
        }
        with(vec![("grant_type", "client_credentials".into())]).await.problem(401, "invalid_grant");
        with(vec![("grant_type", "client_credentials".into()), ("client_id", id.into())]).await.problem(401, "invalid_grant");
    }

    async fn a_program_can_ask_for_less_than_it_has(app: &TestApp) {
        let client = add_client(app, &["orders:write", "customers:read"]).await;
        let ask = |secret: String, scope: &'static str| {
            let id = text(&client, "id").to_owned();
            async move {
                let fields = [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", &secret), ("scope", scope)];
                app.nobody().form("/v1/auth/token", &fields).await
            }
        };
        let secret = text(&client, "secret").to_owned();
        let token = ask(secret.clone(), "customers:read").await.expect(200);
        assert_eq!(token["scope"], "customers:read");
        app.bearer(text(&token, "access_token")).get("/v1/customers").await.expect(200);
        for scope in ["customers:write", "orders:write users:write", "everything", " "] {
            ask(secret.clone(), scope).await.fault("/scope", "not_granted");
        }
        // Who does not know the secret does not learn the scopes.
        ask("ps_wrong".to_owned(), "customers:write").await.problem(401, "invalid_grant");
    }

    async fn programs_lock_and_are_shut_out_too(app: &TestApp) {
        let client = add_client(app, &["customers:read"]).await;
        let secret = text(&client, "secret");
        for _ in 0..5 {
            client_token(app, &client, "ps_wrong").await.problem(401, "invalid_grant");
        }
        client_token(app, &client, secret).await.problem(429, "login_locked");
        app.pass(61);
        client_token(app, &client, secret).await.expect(200);
        let path = format!("/v1/clients/{}", text(&client, "id"));
        app.admin().patch(&path, json!({"status": "disabled"})).await.expect(200);
        client_token(app, &client, secret).await.problem(401, "invalid_grant");
        app.admin().patch(&path, json!({"status": "active"})).await.expect(200);
        client_token(app, &client, secret).await.expect(200);
    }

    async fn forms_are_read_strictly(app: &TestApp) {
        let nobody = app.nobody();
        let login = [("grant_type", "password"), ("username", "a@example.com"), ("password", "x")];
        nobody.form("/v1/auth/token", &[]).await.fault("/grant_type", "required");
        nobody.form("/v1/auth/token", &[("grant_type", "magic")]).await.fault("/grant_type", "unknown_value");
        nobody.form("/v1/auth/token", &login[..2]).await.fault("/password", "required");
        nobody.form("/v1/auth/token", &[&login[..], &[("scope", "users:write")]].concat()).await.fault("/scope", "unknown_field");
        nobody.form("/v1/auth/token", &[&login[..], &[("username", "b@example.com")]].concat()).await.fault("/username", "duplicate_field");
        nobody.form("/v1/auth/token", &[login[0], login[1], ("password", "a\0b")]).await.problem(400, "malformed_request");
        nobody.form("/v1/auth/token", &[login[0], login[1], ("password", &"x".repeat(129))]).await.fault("/password", "length");
        nobody.form("/v1/auth/token", &[login[0], ("username", ""), login[2]]).await.fault("/username", "length");
        nobody.post("/v1/auth/token", json!({"grant_type": "password"})).await.problem(415, "unsupported_media_type");
        Reply::of(nobody.request(Method::POST, "/v1/auth/token")).await.problem(415, "unsupported_media_type");
        nobody.form("/v1/auth/token", &[login[0], login[1], ("password", &"x".repeat(2 << 20))]).await.problem(413, "body_too_large");
        nobody.form("/v1/auth/revoke", &[]).await.fault("/token", "required");
        let raw = |body: &'static [u8]| Reply::of(nobody.request(Method::POST, "/v1/auth/token").header("content-type", "application/x-www-form-urlencoded; charset=utf-8").body(body));
        raw(b"grant_type=password&username=%ff%fe&password=%zz").await.problem(400, "malformed_request");
        raw(b"grant_type=password&username=a&password=%zz").await.problem(401, "invalid_grant");
        raw(b"&&&===&\xff").await.problem(400, "malformed_request");
        raw(b"&&&===&").await.expect(422);
    }
}
