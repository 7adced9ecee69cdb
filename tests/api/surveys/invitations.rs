//! Links: unguessable, answered without login, an invited customer's once.

use diesel::{QueryDsl, RunQueryDsl};
use futures_util::future::join_all;
use patron::{
    db::{DbError, schema::messages},
    domain::{
        ids::Id,
        messages::{Message, MessageKind},
        permissions::Role,
    },
    on,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{customer, invited, open, path_of, survey};
use crate::{
    on_both,
    support::{Reply, person},
};

const DAY: i64 = 86_400;

on_both! {
    async fn an_invitation_is_answered_once(app: &TestApp) {
        let admin = app.admin();
        let li = customer(&admin, person("李娜")).await;
        let survey = open(&admin, survey("Your visit")).await;
        let link = invited(&admin, &survey, &li).await;
        let nobody = app.nobody();
        let asked = nobody.get(&link).await;
        assert_eq!(asked.header("cache-control"), "no-store");
        let asked = asked.expect(200);
        assert_eq!(json!([asked["title"], asked["status"], asked["is_answered"]]), json!(["Your visit", "open", false]));
        assert_eq!(asked["questions"][0], json!({"key": "staff", "kind": "csat", "text": "How satisfied are you with our staff?", "is_required": false, "least": 1, "greatest": 5, "options": []}));
        nobody.get(&link).await.expect(200);
        let pending = admin.all(&format!("{survey}/invitations?answered=false")).await;
        assert_eq!(pending.len(), 1, "looking is not answering");
        nobody.post(&link, json!({"answers": {"staff": 6}})).await.fault("/answers/staff", "range");
        nobody.post(&format!("{link}?validate_only=true"), json!({"answers": {"staff": 4}})).await.expect(200);
        let answer = json!({"answers": {"staff": 4, "recommend": 9}});
        assert!(nobody.post(&link, answer.clone()).await.expect(200)["answered_at"].is_string());
        nobody.post(&link, answer.clone()).await.problem(409, "already_answered");
        nobody.post(&link, json!({"answers": {"staff": 99}})).await.problem(409, "already_answered");
        assert_eq!(nobody.get(&link).await.expect(200)["is_answered"], true);
        let responses = admin.all(&format!("{survey}/responses")).await;
        assert_eq!(json!([responses.len(), responses[0]["customer_id"], responses[0]["channel"]]), json!([1, li, "email"]));
        let answered = admin.all(&format!("{survey}/invitations?customer_id={li}&answered=true")).await;
        assert_eq!(json!([answered[0]["response_id"], answered[0]["answered_at"]]), json!([responses[0]["id"], responses[0]["created_at"]]));
        // On the telephone it is the same customer.
        admin.post(&format!("{survey}/responses"), json!({"customer_id": li, "channel": "phone", "answers": {"staff": 1}})).await.problem(409, "already_answered");
        let again = admin.post(&format!("{survey}/invitations"), json!({"customer_ids": [li]})).await.expect(200);
        assert_eq!(json!([again["invitations"][0]["outcome"], again["invitations"][0]["url"]]), json!(["answered", null]));
    }

    async fn answers_at_once_are_taken_once(app: &TestApp) {
        let admin = app.admin();
        let li = customer(&admin, person("李娜")).await;
        let survey = open(&admin, survey("Your visit")).await;
        let link = invited(&admin, &survey, &li).await;
        app.open_connections().await;
        let nobody = app.nobody();
        let replies = join_all((0..8).map(|_| nobody.post(&link, json!({"answers": {"staff": 1}})))).await;
        let taken = replies.iter().filter(|reply| reply.status == 200).count();
        let refused = replies.iter().filter(|reply| reply.body["code"] == "already_answered").count();
        assert_eq!((taken, refused), (1, 7));
        assert_eq!(admin.all(&format!("{survey}/responses")).await.len(), 1);
        assert_eq!(admin.all("/v1/feedback?type=complaint").await.len(), 1, "it complains once");
    }

    async fn links_that_are_not_ours_lead_nowhere(app: &TestApp) {
        let admin = app.admin();
        let nobody = app.nobody();
        let li = customer(&admin, person("李娜")).await;
        let survey = open(&admin, survey("Your visit")).await;
        let first = invited(&admin, &survey, &li).await;
        let (page, token) = first.rsplit_once('/').unwrap();
        assert!(token.len() >= 43, "256 bits");
        let id = survey.rsplit_once('/').unwrap().1.to_owned();
        let swapped: String = token.chars().rev().collect();
        for forged in ["x".to_owned(), swapped, token[..42].to_owned(), format!("{token}A"), token.to_uppercase(), id, li.clone(), "%F0%9F%93%9A".to_owned(), "%00".to_owned()] {
            nobody.get(&format!("{page}/{forged}")).await.problem(404, "not_found");
            nobody.post(&format!("{page}/{forged}"), json!({"answers": {"staff": 4}})).await.problem(404, "not_found");
        }
        let second = invited(&admin, &survey, &li).await;
        nobody.get(&first).await.problem(404, "not_found");
        nobody.post(&first, json!({"answers": {"staff": 4}})).await.problem(404, "not_found");
        nobody.get(&second).await.expect(200);
        app.pass(30 * DAY + 1);
        nobody.get(&second).await.problem(404, "not_found");
        nobody.post(&second, json!({"answers": {"staff": 4}})).await.problem(404, "not_found");
        // The link is not kept, so that nobody reads it anywhere.
        let admin = app.admin();
        for list in [format!("{survey}/invitations"), "/v1/audit-log".to_owned()] {
            let told = admin.get(&list).await;
            let tokens = [&first, &second].map(|link| link.rsplit_once('/').unwrap().1);
            assert!(!tokens.iter().any(|token| told.text.contains(token)), "{list} tells a link");
        }
    }

    async fn a_closed_survey_takes_no_answers(app: &TestApp) {
        let admin = app.admin();
        let li = customer(&admin, person("李娜")).await;
        let survey = open(&admin, survey("Your visit")).await;
        let link = invited(&admin, &survey, &li).await;
        admin.post(&format!("{survey}/close"), json!({})).await.expect(200);
        assert_eq!(app.nobody().get(&link).await.expect(200)["status"], "closed");
        app.nobody().post(&link, json!({"answers": {"staff": 4}})).await.problem(409, "invalid_transition");
        admin.post(&format!("{survey}/invitations"), json!({"customer_ids": [li]})).await.problem(409, "invalid_transition");
    }

    async fn anybody_answers_an_open_link(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let mut draft = survey("Your visit");
        draft["has_open_link"] = json!(true);
        let survey = open(&marketer, draft).await;
        let url = marketer.get(&survey).await.expect(200)["open_url"].clone();
        let link = path_of(&url);
        for channel in [None, Some("in_store"), None] {
            app.nobody().post(&link, json!({"channel": channel, "answers": {"staff": 4}})).await.expect(200);
        }
        let responses = marketer.all(&format!("{survey}/responses?sort=created_at")).await;
        let channels: Vec<&Value> = responses.iter().map(|response| &response["channel"]).collect();
        assert_eq!(channels, ["web", "in_store", "web"]);
        assert!(responses.iter().all(|response| response["customer_id"].is_null()));
        assert_eq!(app.nobody().get(&link).await.expect(200)["is_answered"], false);
        let closed_to_strangers = marketer.patch(&survey, json!({"has_open_link": false})).await.expect(200);
        assert_eq!(closed_to_strangers["open_url"], Value::Null);
        app.nobody().get(&link).await.problem(404, "not_found");
        assert_eq!(marketer.patch(&survey, json!({"has_open_link": true})).await.expect(200)["open_url"], url);
        app.pass(366 * DAY);
        app.nobody().post(&link, json!({"answers": {"staff": 4}})).await.problem(404, "not_found");
    }

    async fn customers_are_invited_by_mail_where_they_have_an_address(app: &TestApp) {
        let admin = app.admin();
        let li = customer(&admin, json!({"name": "李娜", "email": "li@example.com"})).await;
        let wang = customer(&admin, person("王")).await;
        let survey = open(&admin, survey("Your visit")).await;
        let path = format!("{survey}/invitations");
        let both = json!({"customer_ids": [li, wang], "expires_in_days": 7});
        let dry = admin.post(&format!("{path}?validate_only=true"), both.clone()).await.expect(200);
        assert_eq!(dry["invitations"][0]["url"], Value::Null, "a dry run makes no link");
        assert_eq!(admin.all(&path).await.len(), 0);
        let send = |body: Value| Reply::of(admin.request(Method::POST, &path).header("Idempotency-Key", "once").json(&body));
        let told = send(both.clone()).await.expect(200);
        let replayed = send(both).await;
        assert_eq!(replayed.header("idempotent-replayed"), "true");
        assert_eq!(replayed.expect(200)["invitations"][0]["url"], Value::Null, "a link is told once");
        let rows = told["invitations"].as_array().unwrap();
        assert_eq!(json!([rows[0]["customer_id"], rows[0]["outcome"], rows[1]["customer_id"], rows[1]["message_id"]]), json!([li, "invited", wang, null]));
        let until = app.now().checked_add(chrono::TimeDelta::days(7)).unwrap().to_string();
        assert_eq!(rows[0]["expires_at"].as_str().unwrap()[..10], until[..10]);
        let id: Id<Message> = rows[0]["message_id"].as_str().unwrap().parse().unwrap();
        let columns = (messages::kind, messages::recipient, messages::subject, messages::body);
        let queued = messages::table.find(id).select(columns);
        let (kind, recipient, subject, body): (MessageKind, String, String, String) =
            app.app.db.query(move |conn| on!(conn, c => queued.first(c)).map_err(DbError::from)).await.unwrap();
        assert_eq!((kind, recipient.as_str(), subject.as_str()), (MessageKind::SurveyInvitation, "li@example.com", "Your visit"));
        assert!(body.starts_with("李娜,\n\nTwo minutes.\n\n") && body.contains(rows[0]["url"].as_str().unwrap()), "{body}");
        let again = admin.post(&path, json!({"customer_ids": [wang, li], "send": false})).await.expect(200);
        let outcomes: Vec<Value> = again["invitations"].as_array().unwrap().iter().map(|row| json!([row["outcome"], row["message_id"]])).collect();
        assert_eq!(outcomes, [json!(["renewed", null]), json!(["renewed", null])]);
        assert_eq!(admin.all(&format!("{path}?limit=1")).await.len(), 2, "one invitation each");
    }

    async fn invitations_are_checked(app: &TestApp) {
        let admin = app.admin();
        let li = customer(&admin, person("李娜")).await;
        let path = format!("{}/invitations", open(&admin, survey("Your visit")).await);
        let nobody = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77";
        for (body, pointer, code) in [
            (json!({"customer_ids": []}), "/customer_ids", "length"),
            (json!({"customer_ids": [li, li]}), "/customer_ids", "duplicate"),
            (json!({"customer_ids": ["x"]}), "/customer_ids/0", "format"),
            (json!({"customer_ids": [li, nobody]}), "/customer_ids/1", "unknown_reference"),
            (json!({"customer_ids": [li], "expires_in_days": 0}), "/expires_in_days", "range"),
            (json!({"customer_ids": [li], "expires_in_days": 366}), "/expires_in_days", "range"),
        ] {
            admin.post(&path, body).await.fault(pointer, code);
        }
        let draft = admin.make("/v1/surveys", survey("Not yet")).await;
        admin.post(&format!("/v1/surveys/{}/invitations", draft["id"].as_str().unwrap()), json!({"customer_ids": [li]})).await.problem(409, "invalid_transition");
        assert_eq!(admin.all(&path).await.len(), 0);
    }
}
