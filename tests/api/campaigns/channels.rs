//! Campaigns by other ways than e-mail, against a gateway on loopback.

use serde_json::json;

use super::{call, campaign, counts, feed, progress, reader, step, variant};
use crate::{
    on_both,
    support::{GatewayServer, TestApp},
};

/// A customer's word on a way to them.
async fn say(app: &TestApp, customer: &str, channel: &str, status: &str) {
    let path = format!("/v1/customers/{customer}/consents/{channel}/marketing");
    let reply = app.admin().put(&path, json!({"status": status, "source": "web"})).await;
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
}

fn recipients(server: &GatewayServer) -> Vec<String> {
    let mut all: Vec<String> = server.calls().iter().map(|call| call.to().to_owned()).collect();
    all.sort();
    all
}

on_both! {
    async fn short_messages_leave_by_the_gateway(app: &TestApp) {
        let server = GatewayServer::start();
        for number in 0..5 {
            let id = reader(app, &format!("reader{number}"), json!({"phone": format!("+861380000000{number}")})).await;
            say(app, &id, "sms", if number == 1 { "withdrawn" } else { "granted" }).await;
        }
        let nowhere = reader(app, "nowhere", json!({})).await;
        say(app, &nowhere, "sms", "granted").await;
        app.admin().make("/v1/suppressions", json!({"channel": "sms", "address": "+8613800000002"})).await;
        let plan = json!({"channel": "sms", "variants": [variant("a", 1.0, "{{ customer.name }}: https://shop.example/a {{ unsubscribe_url }}")]});
        let path = campaign(app, plan).await;
        step(app, &path, "launch").await;
        let left_out = [("left_out consent_withdrawn", 1), ("left_out no_address", 1), ("left_out suppressed", 1)];
        assert_eq!(progress(app, &path).await, counts(&[left_out[0], left_out[1], left_out[2], ("waiting", 3)]));
        assert_eq!(feed(app).await, 3);
        // Suppressed after it was written.
        app.admin().make("/v1/suppressions", json!({"channel": "sms", "address": "+8613800000003"})).await;
        assert_eq!(call(app, &server).await, 2);
        assert_eq!(recipients(&server), ["+8613800000000", "+8613800000004"]);
        let first = server.calls().remove(0);
        assert_eq!(json!([first.body["campaign_id"], first.body["channel"], first.body["subject"]]), json!([path.rsplit('/').next(), "sms", "reader0, term starts soon"]));
        let listed = async |channel: &str| app.admin().all(&format!("/v1/messages?channel={channel}")).await.len();
        assert_eq!((listed("sms").await, listed("email").await), (server.calls().len(), 0));
        let text = first.body["text"].as_str().unwrap();
        assert!(text.starts_with("reader0: http") && text.contains("/v1/public/clicks/") && first.body.get("html").is_none(), "{text}");
        assert_eq!(progress(app, &path).await, counts(&[left_out[0], left_out[1], left_out[2], left_out[2], ("sent", 2)]));
        feed(app).await;
        assert_eq!(app.admin().get(&path).await.expect(200)["status"], "completed");

        let link = &text[text.rfind("/v1/public").unwrap()..];
        let told = app.nobody().form(link, &[]).await.expect(200);
        assert_eq!(told, json!({"channel": "sms", "purpose": "marketing", "is_unsubscribed": true}));
        let customer = first.body["customer_id"].as_str().unwrap();
        assert_eq!(app.admin().get(&format!("/v1/customers/{customer}/consents/sms/marketing")).await.expect(200)["status"], "withdrawn");
        assert_eq!(app.admin().get(&format!("/v1/customers/{customer}/consents/email/marketing")).await.expect(200)["status"], "granted");
    }

    async fn paper_goes_to_the_default_address(app: &TestApp) {
        let server = GatewayServer::start();
        let admin = app.admin();
        for name in ["mei", "lu", "nowhere"] {
            let id = reader(app, name, json!({})).await;
            say(app, &id, "mail", "granted").await;
            let home = json!({"line1": "1 High St", "city": "Leeds", "postal_code": "LS1 4DY", "country": "GB", "is_default": name != "nowhere"});
            admin.make(&format!("/v1/customers/{id}/addresses"), json!({"line1": "Elsewhere", "city": "York", "country": "GB"})).await;
            admin.make(&format!("/v1/customers/{id}/addresses"), home).await;
        }
        let path = campaign(app, json!({"channel": "mail"})).await;
        step(app, &path, "launch").await;
        assert_eq!(progress(app, &path).await, counts(&[("left_out no_address", 1), ("waiting", 2)]));
        feed(app).await;
        call(app, &server).await;
        assert_eq!(recipients(&server), ["lu, 1 High St, LS1 4DY Leeds, GB", "mei, 1 High St, LS1 4DY Leeds, GB"]);
        assert_eq!(server.calls()[0].body["channel"], "mail");
    }

    async fn by_fax_nobody_is_reached(app: &TestApp) {
        let id = reader(app, "mei", json!({"phone": "+8613800000001"})).await;
        say(app, &id, "fax", "granted").await;
        let path = campaign(app, json!({"channel": "fax"})).await;
        step(app, &path, "launch").await;
        assert_eq!(progress(app, &path).await, counts(&[("left_out no_address", 1)]));
    }

    async fn only_e_mail_is_written_as_html(app: &TestApp) {
        let html = json!([{"key": "a", "share": 1, "subject": "x", "text": "x", "html": "<p>x</p>"}]);
        let path = campaign(app, json!({"variants": html})).await;
        let admin = app.admin();
        for channel in ["sms", "fax", "mail", "phone", "in_store"] {
            admin.patch(&path, json!({"channel": channel})).await.fault("/variants/0/html", "not_applicable");
        }
        admin.post(&format!("{path}/launch"), json!({})).await.expect(200);
    }
}
