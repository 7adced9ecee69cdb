//! Answers that staff and clients bring in, and what low ones lead to.

use std::{thread, time::Duration};

use futures_util::future::join;
use patron::{
    db::WriteMode,
    domain::{
        ids::Id,
        permissions::Role,
        precondition::Precondition,
        surveys::{Survey, SurveyStatus},
    },
    error::Error,
    services::surveys::close_survey,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{customer, open, survey};
use crate::on_both;

on_both! {
    async fn answers_are_checked_question_by_question(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let path = format!("{}/responses", open(&marketer, survey("Your visit")).await);
        for (answers, pointer, code) in [
            (json!({}), "/answers", "required"),
            (json!({"staff": 6}), "/answers/staff", "range"),
            (json!({"staff": 0}), "/answers/staff", "range"),
            (json!({"recommend": 11}), "/answers/recommend", "range"),
            (json!({"recommend": "9"}), "/answers/recommend", "type"),
            (json!({"prices": {"importance": 3}}), "/answers/prices/satisfaction", "required"),
            (json!({"visit": "daily"}), "/answers/visit", "unknown_option"),
            (json!({"floors": ["books", "books"]}), "/answers/floors/1", "duplicate"),
            (json!({"words": ""}), "/answers/words", "length"),
            (json!({"wards": "x"}), "/answers/wards", "unknown_question"),
        ] {
            marketer.post(&path, json!({"channel": "phone", "answers": answers})).await.fault(pointer, code);
        }
        let several = marketer.post(&path, json!({"channel": "phone", "answers": {"staff": 9, "recommend": -1, "visit": 7}})).await.expect(422);
        assert_eq!(several["errors"].as_array().unwrap().len(), 3, "every fault at once");
        for (body, pointer, code) in [
            (json!({"answers": {"staff": 1}}), "/channel", "required"),
            (json!({"channel": "smoke", "answers": {"staff": 1}}), "/channel", "unknown_value"),
            (json!({"channel": "web", "answers": []}), "/answers", "type"),
            (json!({"channel": "web", "answers": {"staff": 1}, "score": 1}), "/score", "unknown_field"),
        ] {
            marketer.post(&path, body).await.fault(pointer, code);
        }
        let nobody = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77";
        let unknown = marketer.post(&path, json!({"customer_id": nobody, "channel": "web", "answers": {"staff": 3}})).await.problem(422, "unknown_reference");
        assert_eq!(unknown["errors"][0]["pointer"], "/customer_id");
        assert_eq!(marketer.all(&path).await, Vec::<Value>::new());
    }

    async fn what_was_answered_is_kept_with_who_it_was(app: &TestApp) {
        let admin = app.admin();
        let li = customer(&admin, json!({"name": "李娜"})).await;
        admin.make(&format!("/v1/customers/{li}/cards"), json!({"number": "S-1", "kind": "student"})).await;
        let path = format!("{}/responses", open(&admin, survey("Your visit")).await);
        let words = "<script>alert(1)</script>\u{7}\r\n“谢谢”\u{202e}";
        let answers = json!({"staff": 5, "recommend": 5, "prices": {"importance": 5, "satisfaction": 4}, "visit": "weekly", "floors": ["toys", "books"], "words": words});
        let reply = admin.post(&path, json!({"customer_id": li, "channel": "in_store", "answers": answers})).await;
        let location = reply.header("location").to_owned();
        let made = reply.expect(201);
        assert_eq!(made["answers"], answers);
        // 0.6 · 100 + 0.4 · 50.
        assert_eq!(json!([made["customer_id"], made["channel"], made["tier"], made["card_kind"], made["index"], made["feedback_id"]]), json!([li, "in_store", "prospect", "student", 80.0, null]));
        assert_eq!(admin.get(&location).await.expect(200), made);
        let anonymous = admin.make(&path, json!({"channel": "phone", "answers": {"words": "No names."}})).await;
        assert_eq!(json!([anonymous["customer_id"], anonymous["tier"], anonymous["card_kind"], anonymous["index"]]), json!([null, null, null, null]));
        assert_eq!(admin.all(&path).await, [anonymous.clone(), made.clone()]);
        assert_eq!(admin.all(&format!("{path}?customer_id={}", anonymous["id"].as_str().unwrap())).await, Vec::<Value>::new());
        assert_eq!(admin.all(&format!("{path}?customer_id={li}")).await, [made]);
        assert_eq!(admin.all(&format!("{path}?channel=phone&limit=1")).await, [anonymous]);
        assert_eq!(admin.get(&format!("/v1/customers/{li}")).await.expect(200)["satisfaction"]["last_nps"], 5);
    }

    async fn low_answers_open_one_complaint(app: &TestApp) {
        let admin = app.admin();
        let wang = customer(&admin, json!({"name": "王"})).await;
        let path = format!("{}/responses", open(&admin, survey("Your visit")).await);
        let answers = json!({"staff": 1, "recommend": 3, "prices": {"importance": 5, "satisfaction": 2}, "words": "<b>Nobody</b> came."});
        let made = admin.make(&path, json!({"customer_id": wang, "channel": "phone", "answers": answers})).await;
        let complaint = admin.get(&format!("/v1/feedback/{}", made["feedback_id"].as_str().unwrap())).await.expect(200);
        assert_eq!(json!([complaint["type"], complaint["channel"], complaint["customer_id"], complaint["subject"], complaint["status"]]), json!(["complaint", "survey", wang, "Your visit", "open"]));
        assert_eq!(complaint["body"], "How satisfied are you with our staff? 1 (1 to 5)\nWould you recommend us? 3 (0 to 10)\n\nAnything else?\n<b>Nobody</b> came.");
        assert_eq!(admin.get(&format!("/v1/customers/{wang}")).await.expect(200)["satisfaction"], json!({"last_rating": null, "open_complaints": 1, "last_nps": 3}));
        for answers in [json!({"staff": 3, "recommend": 4}), json!({"music": {"importance": 5, "satisfaction": 1}})] {
            let fine = admin.make(&path, json!({"channel": "phone", "answers": answers})).await;
            assert_eq!(fine["feedback_id"], Value::Null, "no lower than the question says");
        }
        let refused = json!({"channel": "phone", "answers": {"staff": 1, "recommend": 99}});
        admin.post(&path, refused).await.expect(422);
        admin.post(&format!("{path}?validate_only=true"), json!({"channel": "phone", "answers": {"staff": 1}})).await.expect(200);
        let complaints = admin.all("/v1/feedback?type=complaint").await;
        assert_eq!(complaints.len(), 1, "one for a response, and none for what was not taken in");
        let anonymous = admin.make(&path, json!({"channel": "web", "answers": {"prices": {"importance": 1, "satisfaction": 1}}})).await;
        let complaint = admin.get(&format!("/v1/feedback/{}", anonymous["feedback_id"].as_str().unwrap())).await.expect(200);
        assert_eq!(json!([complaint["customer_id"], complaint["body"]]), json!([null, "Our prices 1 (1 to 5)"]));
    }

    async fn only_open_surveys_are_answered(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let draft = marketer.make("/v1/surveys", survey("Your visit")).await;
        let path = format!("/v1/surveys/{}", draft["id"].as_str().unwrap());
        let answer = json!({"channel": "phone", "answers": {"staff": 1}});
        marketer.post(&format!("{path}/responses"), answer.clone()).await.problem(409, "invalid_transition");
        marketer.post(&format!("{path}/open"), json!({})).await.expect(200);
        marketer.post(&format!("{path}/responses"), answer.clone()).await.expect(201);
        marketer.post(&format!("{path}/close"), json!({})).await.expect(200);
        marketer.post(&format!("{path}/responses"), answer).await.problem(409, "invalid_transition");
        let other = open(&marketer, survey("Another")).await;
        let response = marketer.all(&format!("{path}/responses")).await[0]["id"].as_str().unwrap().to_owned();
        marketer.get(&format!("{other}/responses/{response}")).await.problem(404, "not_found");
    }

    async fn no_answer_slips_in_while_a_survey_closes(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        app.open_connections().await;
        // The first answer marks the survey, later ones only read it: both have to wait for whoever closes it.
        for earlier in [0, 1] {
            let path = open(&marketer, survey("Your visit")).await;
            let responses = format!("{path}/responses");
            let answer = json!({"channel": "phone", "answers": {"staff": 4}});
            for _ in 0..earlier {
                marketer.make(&responses, answer.clone()).await;
            }
            let (id, now) = (path.rsplit('/').next().unwrap().parse::<Id<Survey>>().unwrap(), app.now());
            let (tell, is_closing) = oneshot::channel();
            let close = app.app.db.write(WriteMode::Commit, move |tx| {
                let closed = close_survey(tx, now, id, &Precondition::None)?;
                tell.send(()).unwrap();
                thread::sleep(Duration::from_secs(1));
                Ok::<_, Error>(closed)
            });
            let late = async {
                is_closing.await.unwrap();
                marketer.post(&responses, answer.clone()).await
            };
            let (closed, late) = join(close, late).await;
            assert_eq!(closed.unwrap().status, SurveyStatus::Closed);
            late.problem(409, "invalid_transition");
            assert_eq!(marketer.all(&responses).await.len(), earlier);
        }
    }
}
