//! What people see who follow a link in a browser.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    feedback::{open_desk, outcome::link_sent_to, path_of, resolve},
    on_both,
    support::{Reply, TestApp},
};

/// As a browser asks.
fn browse(app: &TestApp, method: Method, path: &str) -> RequestBuilder {
    app.nobody().request(method, path).header("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
}

async fn page(request: RequestBuilder, status: u16) -> String {
    let response = request.send().await.expect("an answer");
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!((response.status().as_u16(), header("content-type").as_str()), (status, "text/html; charset=utf-8"));
    assert_eq!((header("cache-control").as_str(), header("referrer-policy").as_str()), ("no-store", "no-referrer"));
    assert!(header("content-security-policy").starts_with("default-src 'none';"));
    response.text().await.expect("a page")
}

on_both! {
    async fn a_customer_answers_in_a_browser(app: &TestApp) {
        let shop = open_desk(app).await;
        let mei = shop.admin.make("/v1/customers", json!({"name": "Mei", "email": "mei@example.com"})).await["id"].as_str().unwrap().to_owned();
        let draft = json!({"type": "complaint", "channel": "web", "customer_id": mei, "subject": "<script>alert(1)</script>", "body": "?"});
        let path = path_of(&shop.admin.make("/v1/feedback", draft).await);
        resolve(&shop.admin, &path).await;
        let link = link_sent_to(app, &mei).await;
        let asked = page(browse(app, Method::GET, &format!("{link}?helped=false")), 200).await;
        assert!(asked.contains("Did it help?") && asked.contains("Sent another one.") && !asked.contains("<script>"), "{asked}");
        assert!(page(browse(app, Method::GET, &link).header("accept-language", "zh-CN,zh;q=0.9"), 200).await.contains("问题解决了吗？"));
        let wrong = page(browse(app, Method::POST, &link).form(&[("helped", "perhaps")]), 422).await;
        assert!(wrong.contains("go back") && wrong.contains("helped"), "{wrong}");
        let thanks = page(browse(app, Method::POST, &link).form(&[("helped", "false"), ("comment", "The same & worse.")]), 200).await;
        assert!(thanks.contains("Thank you"), "{thanks}");
        let after = shop.admin.get(&path).await.expect(200);
        assert_eq!((&after["status"], &after["outcome_comment"]), (&json!("reopened"), &json!("The same & worse.")));
        assert!(page(browse(app, Method::GET, &link), 200).await.contains("working on it again"));
        assert!(page(browse(app, Method::POST, &link).form(&[("helped", "false")]), 409).await.contains("answered already"));
        assert!(page(browse(app, Method::GET, "/v1/public/feedback/made-up"), 404).await.contains("works no more"));
        // A program that sends a form is answered as a program.
        let form = app.nobody().request(Method::POST, &link).form(&[("helped", "false")]);
        Reply::of(form).await.problem(409, "invalid_transition");
    }

    async fn a_survey_is_answered_in_a_browser(app: &TestApp) {
        let admin = app.admin();
        let questions = json!([
            {"key": "staff", "kind": "csat", "text": "Our staff & shop", "is_required": true},
            {"key": "prices", "kind": "importance_and_satisfaction", "text": "Our prices"},
            {"key": "visit", "kind": "choice", "text": "How often?", "options": [{"key": "weekly", "text": "Weekly"}, {"key": "rarely", "text": "Rarely"}]},
            {"key": "floors", "kind": "multiple", "text": "Which floors?", "options": [{"key": "books", "text": "Books"}, {"key": "toys", "text": "Toys"}]},
            {"key": "words", "kind": "text", "text": "Anything else?"},
        ]);
        let survey = admin.make("/v1/surveys", json!({"title": "Your <visit>", "has_open_link": true, "questions": questions})).await;
        let path = format!("/v1/surveys/{}", survey["id"].as_str().unwrap());
        let open = admin.post(&format!("{path}/open"), json!({})).await.expect(200);
        let url = open["open_url"].as_str().unwrap();
        let link = url[url.find("/v1/public/").unwrap()..].to_owned();
        let asked = page(browse(app, Method::GET, &link), 200).await;
        for part in ["Your &lt;visit&gt;", "Our staff &amp; shop", "name=\"rating:staff\" value=\"5\" required", "name=\"satisfaction:prices\" value=\"1\"", "type=\"radio\" name=\"choice:visit\" value=\"weekly\"", "type=\"checkbox\" name=\"multiple:floors\" value=\"toys\"", "name=\"text:words\""] {
            assert!(asked.contains(part), "{part} is not in {asked}");
        }
        assert!(page(browse(app, Method::POST, &link).form(&[("text:words", "!")]), 422).await.contains("answers&#x2f;staff"));
        let fields = [("rating:staff", "4"), ("importance:prices", "5"), ("satisfaction:prices", "2"), ("choice:visit", "rarely"), ("multiple:floors", "books"), ("multiple:floors", "toys"), ("text:words", "")];
        page(browse(app, Method::POST, &link).form(&fields), 200).await;
        let given: Vec<Value> = admin.all(&format!("{path}/responses")).await.iter().map(|response| response["answers"].clone()).collect();
        assert_eq!(given, [json!({"staff": 4, "prices": {"importance": 5, "satisfaction": 2}, "visit": "rarely", "floors": ["books", "toys"]})]);
        admin.post(&format!("{path}/close"), json!({})).await.expect(200);
        assert!(page(browse(app, Method::GET, &link), 200).await.contains("takes no answers now"));
    }
}
