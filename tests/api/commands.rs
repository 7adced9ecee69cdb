//! `patron user` and `patron client`, beside a running server on the same database.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::{
    on_both,
    support::{PASSWORD, TestApp, client_token, log_in},
};

fn patron(app: &TestApp, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_patron"))
        .args(arguments)
        .env("DATABASE_URL", app.app.db.url().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr.clone()).expect("text")
}

on_both! {
    async fn the_first_admin_is_made_here(app: &TestApp) {
        let create = ["user", "create", "--email", "Admin@example.com", "--role", "admin", "--name", "王", "--password-stdin"];
        assert_eq!(said(&patron(app, &create, &format!("{PASSWORD}\n"))), "admin@example.com can log in as admin.\n");
        let token = log_in(app, "admin@example.com", PASSWORD).await.expect(200);
        let admin = app.bearer(token["access_token"].as_str().expect("a token"));
        assert_eq!(admin.all("/v1/users").await[0]["name"], "王");
        assert!(complaint(&patron(app, &create, PASSWORD)).contains("Somebody else logs in as admin@example.com"));
        assert!(complaint(&patron(app, &create, "short")).contains("--password: must have 12 to 128 characters"));
        assert!(said(&patron(app, &["user", "list"], "")).starts_with("admin@example.com "));
        let set = ["user", "set-password", "--email", "ADMIN@example.com", "--password-stdin"];
        said(&patron(app, &set, "another quiet river\n"));
        log_in(app, "admin@example.com", "another quiet river").await.expect(200);
        let made: Vec<Value> = admin.all("/v1/audit-log?sort=at").await.iter().filter(|entry| entry["actor_kind"] == "system").map(|entry| json!([entry["operation"], entry["fields"]])).collect();
        assert_eq!(made, [json!(["patron user create", ["email", "name", "password", "role"]]), json!(["patron user set-password", ["password"]])]);
    }

    async fn a_program_is_told_its_secret_once(app: &TestApp) {
        let told = said(&patron(app, &["client", "create", "--name", "ERP", "--scopes", "customers:write orders:write"], ""));
        let word = |label: &str| told.lines().find_map(|line| line.strip_prefix(label)).expect("a line").trim().to_owned();
        let client = json!({"id": word("client_id")});
        let token = client_token(app, &client, &word("client_secret")).await.expect(200);
        assert_eq!(token["scope"], "customers:write orders:write");
        let listed = said(&patron(app, &["client", "list"], ""));
        assert!(listed.contains(&word("client_id")) && listed.contains("ERP") && !listed.contains("ps_"), "{listed}");
        assert!(complaint(&patron(app, &["client", "create", "--name", "ERP", "--scopes", "customers:writ"], "")).contains("customers:writ is no scope"));
        assert!(complaint(&patron(app, &["client", "create", "--name", "", "--scopes", "orders:read"], "")).contains("--name: must have 1 to 200 characters"));
    }
}
