//! The links in letters: where they lead, what they tell, and which are left as they are.

use reqwest::Method;
use serde_json::json;

use super::{campaign, feed, reader, send, step};
use crate::{
    on_both,
    support::{MailServer, Reply, TestApp},
};

/// The HTML of the one letter of a campaign with this template.
async fn letter(app: &TestApp, html: &str, change: serde_json::Value) -> (String, String) {
    let server = MailServer::start();
    reader(app, "reader", change).await;
    let variant = json!({"key": "a", "share": 1, "subject": "For you", "text": "{{ unsubscribe_url }}", "html": html});
    let path = campaign(app, json!({"variants": [variant]})).await;
    step(app, &path, "launch").await;
    assert_eq!((feed(app).await, send(app, &server).await), (1, 1));
    (path, server.letters()[0].part("text/html"))
}

/// The address of the first link, from its path on.
fn link(html: &str) -> String {
    let start = html.find("/v1/public/clicks/").unwrap_or_else(|| panic!("no link in {html}"));
    html[start..].split('"').next().unwrap().replace("&amp;", "&")
}

on_both! {
    async fn a_link_leads_to_an_address_that_every_program_reads(app: &TestApp) {
        let (_, html) = letter(app, r#"<a href="https://shop.example/图书?q=a b&amp;r=&quot;é&quot;">Books</a>"#, json!({})).await;
        let led = app.nobody().get(&link(&html)).await;
        // RFC 3987, section 3.1: the bytes of UTF-8, percent-encoded; what has a meaning in an address stays.
        assert_eq!((led.status, led.header("location")), (302, "https://shop.example/%E5%9B%BE%E4%B9%A6?q=a%20b&r=%22%C3%A9%22"));
    }

    async fn what_others_put_behind_a_link_changes_nothing(app: &TestApp) {
        let (path, html) = letter(app, r#"<a href="https://shop.example/school">Books</a>"#, json!({})).await;
        let (anybody, link) = (app.nobody(), link(&html));
        let told = async || app.admin().all(&format!("{path}/messages")).await.remove(0)["clicked_at"].clone();
        let looked = Reply::of(anybody.request(Method::HEAD, &link)).await;
        assert_eq!((looked.status, looked.header("location"), told().await), (302, "https://shop.example/school", json!(null)), "a program looks where it leads");
        let led = anybody.get(&format!("{link}&fbclid=IwAR2&utm_source=mail")).await;
        assert_eq!((led.status, led.header("location")), (302, "https://shop.example/school"));
        assert!(told().await.is_string());
        anybody.get(&format!("{link}&to=https://evil.example")).await.problem(422, "invalid");
    }

    async fn an_address_that_a_customer_names_is_not_vouched_for(app: &TestApp) {
        let html = r#"<a href="{{ customer.attributes.site }}">Yours</a> <a href="https://shop.example/ours">Ours</a>"#;
        let (_, html) = letter(app, html, json!({"attributes": {"site": "https://evil.example/login"}})).await;
        assert!(html.contains(r#"<a href="https:&#x2f;&#x2f;evil.example&#x2f;login">Yours</a>"#), "{html}");
        assert_eq!(html.matches("/v1/public/clicks/").count(), 1);
        assert_eq!(app.nobody().get(&link(&html)).await.header("location"), "https://shop.example/ours");
    }
}
