//! Surveys themselves: drafted, opened, closed.

use patron::{
    domain::{
        ids::Id,
        instants::Instant,
        paging::PageRequest,
        permissions::Role,
        surveys::{InvitationSearch, InvitationSort, ResponseSearch, ResponseSort},
    },
    repositories::surveys::{self as repository, invitations, responses},
};
use reqwest::Method;
use serde_json::json;

use super::{open, questions, survey};
use crate::{
    on_both,
    support::{Reply, plans_of},
};

on_both! {
    async fn a_survey_is_drafted_opened_and_closed(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let made = marketer.post("/v1/surveys", survey("Your visit")).await;
        let (location, etag) = (made.header("location").to_owned(), made.header("etag").to_owned());
        let made = made.expect(201);
        assert_eq!(json!([made["status"], made["version"], made["open_url"], made["opened_at"], made["answered_at"]]), json!(["draft", 1, null, null, null]));
        assert_eq!(made["questions"][1]["weight"], 0.4);
        assert_eq!(made["questions"][6], json!({"key": "words", "kind": "text", "text": "Anything else?", "weight": 1.0, "is_required": false, "options": [], "low_up_to": null}));
        assert_eq!(marketer.get(&location).await.expect(200), made);
        let step = |name: &str, etag: &str| Reply::of(marketer.request(Method::POST, &format!("{location}/{name}")).header("If-Match", etag.to_owned()));
        step("close", &etag).await.problem(409, "invalid_transition");
        step("open", "\"7\"").await.problem(412, "stale_version");
        marketer.post(&format!("{location}/open?validate_only=true"), json!({})).await.expect(200);
        assert_eq!(marketer.get(&location).await.expect(200)["status"], "draft", "a dry run");
        let opened = step("open", &etag).await.expect(200);
        assert_eq!(json!([opened["status"], opened["version"]]), json!(["open", 2]));
        step("open", "\"2\"").await.problem(409, "invalid_transition");
        let changed = marketer.patch(&location, json!({"title": "Your last visit", "introduction": null})).await.expect(200);
        assert_eq!(json!([changed["title"], changed["introduction"], changed["version"]]), json!(["Your last visit", null, 3]));
        assert_eq!(marketer.patch(&location, json!({"title": "Your last visit"})).await.expect(200)["version"], 3, "nothing new");
        let closed = step("close", "\"3\"").await.expect(200);
        assert_eq!(closed["status"], "closed");
        assert!(closed["closed_at"].as_str() >= closed["opened_at"].as_str());
        for name in ["open", "close"] {
            marketer.post(&format!("{location}/{name}"), json!({})).await.problem(409, "invalid_transition");
        }
    }

    async fn surveys_are_checked(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let with = |question: serde_json::Value| json!({"title": "x", "questions": [{"key": "a", "kind": "text", "text": "?"}, question]});
        for (draft, pointer, code) in [
            (json!({"questions": questions()}), "/title", "required"),
            (json!({"title": " ", "questions": questions()}), "/title", "blank"),
            (json!({"title": "x", "questions": []}), "/questions", "length"),
            (json!({"title": "x", "colour": 1, "questions": questions()}), "/colour", "unknown_field"),
            (with(json!({"key": "a", "kind": "csat", "text": "?"})), "/questions", "duplicate"),
            (with(json!({"key": "", "kind": "csat", "text": "?"})), "/questions/1/key", "length"),
            (with(json!({"key": "a/b", "kind": "csat", "text": "?"})), "/questions/1/key", "token"),
            (with(json!({"key": "b", "kind": "stars", "text": "?"})), "/questions/1/kind", "unknown_value"),
            (with(json!({"key": "b", "kind": "csat", "text": "a\nb"})), "/questions/1/text", "control_character"),
            (with(json!({"key": "b", "kind": "csat", "text": "?", "weight": 1.1})), "/questions/1/weight", "format"),
            (with(json!({"key": "b", "kind": "csat", "text": "?", "low_up_to": 6})), "/questions/1/low_up_to", "range"),
            (with(json!({"key": "b", "kind": "text", "text": "?", "low_up_to": 1})), "/questions/1/low_up_to", "not_applicable"),
            (with(json!({"key": "b", "kind": "choice", "text": "?"})), "/questions/1/options", "length"),
            (with(json!({"key": "b", "kind": "nps", "text": "?", "options": [{"key": "a", "text": "A"}]})), "/questions/1/options", "not_applicable"),
            (with(json!({"key": "b", "kind": "choice", "text": "?", "options": [{"key": "a", "text": "A"}, {"key": "b"}]})), "/questions/1/options/1/text", "required"),
        ] {
            marketer.post("/v1/surveys", draft).await.fault(pointer, code);
        }
        assert_eq!(marketer.get("/v1/surveys?include=total").await.expect(200)["total"], 0);
    }

    async fn questions_freeze_with_the_first_answer(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let path = open(&marketer, survey("Your visit")).await;
        let mut others = questions();
        others[0]["text"] = json!("And our staff?");
        let changed = marketer.patch(&path, json!({"questions": others})).await.expect(200);
        assert_eq!(changed["questions"][0]["text"], "And our staff?", "nobody has answered yet");
        marketer.make(&format!("{path}/responses"), json!({"channel": "phone", "answers": {"staff": 4}})).await;
        let answered = marketer.get(&path).await.expect(200);
        assert!(answered["answered_at"].is_string());
        assert_eq!(answered["version"].as_i64(), Some(changed["version"].as_i64().unwrap() + 1));
        let problem = marketer.patch(&path, json!({"questions": questions()})).await.problem(409, "conflict");
        assert_eq!(problem["errors"][0]["pointer"], "/questions");
        marketer.patch(&path, json!({"title": "Our title may change"})).await.expect(200);
        marketer.make(&format!("{path}/responses"), json!({"channel": "phone", "answers": {"staff": 3}})).await;
        assert_eq!(marketer.get(&path).await.expect(200)["answered_at"], answered["answered_at"], "the first answer stays the first");
    }

    async fn surveys_are_found_as_they_are_asked_for(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        for (title, series) in [("A", "visit"), ("B", "returns"), ("C", "visit")] {
            let mut draft = survey(title);
            draft["series"] = json!(series);
            open(&marketer, draft).await;
        }
        marketer.make("/v1/surveys", survey("D")).await;
        for (query, expected) in [
            ("", vec!["D", "C", "B", "A"]),
            ("sort=created_at", vec!["A", "B", "C", "D"]),
            ("status=open", vec!["C", "B", "A"]),
            ("status=closed", vec![]),
            ("series=visit", vec!["C", "A"]),
            ("series=visit&status=draft", vec![]),
        ] {
            let found = marketer.all(&format!("/v1/surveys?limit=2&{query}")).await;
            let titles: Vec<_> = found.iter().map(|survey| survey["title"].as_str().unwrap()).collect();
            assert_eq!(titles, expected, "{query}");
            let total = marketer.get(&format!("/v1/surveys?include=total&{query}")).await.expect(200)["total"].as_u64();
            assert_eq!(total, Some(expected.len() as u64), "{query}");
        }
        for query in ["status=lost", "series=", "sort=title", "q=x"] {
            marketer.get(&format!("/v1/surveys?{query}")).await.problem(422, "invalid");
        }
    }

    async fn only_some_may(app: &TestApp) {
        app.staff(Role::Agent).get("/v1/surveys").await.problem(403, "permission_denied");
        let path = open(&app.staff(Role::Manager), survey("Your visit")).await;
        let reader = app.client("surveys:read");
        reader.get(&format!("{path}/results")).await.expect(200);
        reader.post("/v1/surveys", survey("x")).await.problem(403, "permission_denied");
    }

    async fn everything_is_found_by_an_index(app: &TestApp) {
        let (survey, customer) = (Id::generate(), Id::generate());
        let first = |sort| PageRequest { sort, after: None, limit: 50, with_total: false };
        let (of_invitations, of_responses) = (first(InvitationSort::NewestFirst), PageRequest { sort: ResponseSort::NewestFirst, after: None, limit: 50, with_total: false });
        let plans = plans_of(app.app.db.url(), |conn| {
            drop(repository::find_before(conn, "visit", Instant::MIN).unwrap());
            drop(invitations::find_by_token(conn, "digest").unwrap());
            drop(invitations::find_for_update(conn, customer, survey).unwrap());
            drop(invitations::list(conn, survey, &InvitationSearch::default(), &of_invitations).unwrap());
            drop(responses::list(conn, survey, &ResponseSearch::default(), &of_responses).unwrap());
            responses::for_each(conn, survey, |_| {}).unwrap();
        });
        assert_eq!(plans.len(), 6);
        for plan in plans {
            let reads_all = plan.plan.contains("Seq Scan") || plan.plan.lines().any(|step| step.starts_with("SCAN"));
            // What is read whole may be sorted; a page must be found in order.
            let sorts_page = plan.sql.contains("LIMIT") && (plan.plan.contains("Sort") || plan.plan.contains("TEMP B-TREE"));
            assert!(!reads_all && !sorts_page, "{}\n{}", plan.sql, plan.plan);
        }
    }
}
