//! Every kind of leaf, on both databases, and the values that explanations show.

use super::*;
use crate::on_both;

on_both! {
    async fn facts_pick_those_of_whom_they_hold(app: &TestApp) {
        let world = World::open(app).await;
        let others: Vec<u32> = (1..=12).filter(|month| *month != world.month()).collect();
        for (definition, expected) in [
            (json!({"fact": "kind", "is": "organisation"}), "C"),
            (json!({"fact": "lifecycle", "in": ["former", "potential"]}), "CD"),
            (json!({"fact": "gender", "is": "female"}), "A"),
            // Not known is not female.
            (json!({"fact": "gender", "is_not": "female"}), "BCD"),
            (json!({"fact": "gender", "not_in": ["female", "male"]}), "CD"),
            (json!({"not": {"fact": "gender", "in": ["female", "male"]}}), "CD"),
            (json!({"fact": "gender", "exists": false}), "CD"),
            (json!({"fact": "birth_date", "exists": true}), "AB"),
            (json!({"fact": "birth_date", "before": "2000-01-01"}), "A"),
            (json!({"fact": "birth_date", "after": "2000-01-01"}), "B"),
            (json!({"fact": "age", "is": 36}), "A"),
            (json!({"fact": "age", "is": 17}), "B"),
            (json!({"fact": "age", "at_least": 18}), "A"),
            (json!({"fact": "age", "between": [17, 36]}), "AB"),
            (json!({"not": {"fact": "age", "at_least": 18}}), "BCD"),
            (json!({"all": [{"fact": "birth_month", "is": "current"}, {"fact": "gender", "is": "female"}]}), "A"),
            (json!({"all": [{"fact": "birth_month", "is": world.month()}, {"fact": "gender", "is": "female"}]}), "A"),
            (json!({"all": [{"fact": "birth_month", "in": others}, {"fact": "gender", "is": "female"}]}), ""),
            (json!({"fact": "locale", "starts_with": "zh"}), "A"),
            (json!({"fact": "locale", "starts_with": "ZH"}), ""),
            (json!({"fact": "acquisition_channel", "contains": "store"}), "AB"),
            (json!({"fact": "acquisition_channel", "contains": "e_st"}), ""),
            (json!({"fact": "acquisition_channel", "contains": "b_s"}), "B"),
            (json!({"fact": "acquisition_channel", "is_not": "store"}), "BCD"),
            (json!({"fact": "created_at", "within_days": 1}), "ABCD"),
            (json!({"fact": "created_at", "before": world.today}), ""),
            (json!({"fact": "has_email", "is": true}), "A"),
            (json!({"fact": "has_phone", "is": false}), "ACD"),
            (json!({"fact": "profiling_opt_out", "is": true}), "C"),
            (json!({"fact": "has_card", "is": true}), "B"),
            (json!({"fact": "card_kind", "is": "student"}), "B"),
            (json!({"fact": "card_kind", "is_not": "student"}), "ACD"),
            (json!({"fact": "tags", "has": "music"}), "AB"),
            (json!({"fact": "tags", "has_any": ["teacher", "nurse"]}), "A"),
            (json!({"fact": "tags", "has_all": ["teacher", "music"]}), "A"),
            (json!({"fact": "tags", "has": "Music"}), ""),
            (json!({"fact": "interests", "has": world.instruments}), "A"),
            (json!({"fact": "interests", "has_any": [world.pianos, world.books]}), "AB"),
            (json!({"fact": "interests", "has_all": [world.pianos, world.books]}), ""),
            (json!({"fact": "interests", "has_all": [world.pianos, world.instruments]}), "A"),
            (json!({"fact": "attribute", "name": "school", "is": "No. 7"}), "A"),
            (json!({"fact": "attribute", "name": "school", "is": 7}), "B"),
            (json!({"fact": "attribute", "name": "school", "starts_with": "No"}), "A"),
            (json!({"fact": "attribute", "name": "school", "is_not": "No. 7"}), "BCD"),
            (json!({"fact": "attribute", "name": "children", "above": 1.4}), "AB"),
            (json!({"fact": "attribute", "name": "children", "between": [1.5, 1.9]}), "B"),
            (json!({"fact": "attribute", "name": "newsletter", "is": true}), "A"),
            (json!({"fact": "attribute", "name": "newsletter", "is": false}), "B"),
            (json!({"fact": "attribute", "name": "newsletter", "exists": false}), "CD"),
            (json!({"fact": "attribute", "name": "nothing", "exists": true}), ""),
            (json!({"fact": "attribute", "name": "学校", "exists": true}), ""),
            (json!({"fact": "open_complaints", "is": 0}), "ABCD"),
            (json!({"fact": "last_rating", "exists": false}), "ABCD"),
            (json!({"buys_for": ["child", "senior"]}), "B"),
            (json!({"buys_for": "senior"}), ""),
            // Without a scoring run everybody is a prospect and nobody has a score.
            (json!({"fact": "tier", "is": "prospect"}), "ABCD"),
            (json!({"fact": "score", "at_least": 0}), ""),
            (json!({"fact": "score", "exists": false}), "ABCD"),
        ] {
            assert_eq!(world.members(&definition).await, expected, "{definition}");
        }
    }

    async fn purchases_count_as_they_do_for_the_value_score(app: &TestApp) {
        let world = World::open(app).await;
        let day = |days: i64| app.now().checked_add(-TimeDelta::days(days)).unwrap().utc().date_naive();
        for (definition, expected) in [
            (json!({"purchases": "count", "is": 0}), "D"),
            (json!({"purchases": "count", "is": 2}), "A"),
            (json!({"purchases": "count", "within_days": 365, "is": 1}), "AB"),
            (json!({"purchases": "count", "from": day(450), "to": day(50), "is": 1}), "AB"),
            (json!({"purchases": "count", "to": day(450), "is": 1}), "C"),
            (json!({"purchases": "count", "channel": "web", "at_least": 1}), "A"),
            (json!({"purchases": "count", "channel": ["store", "mail"], "at_least": 1}), "ABC"),
            (json!({"purchases": "count", "store": "Tianhe", "within_days": 200, "at_least": 1}), "B"),
            // Two pens and a book of Bo's are one purchase.
            (json!({"purchases": "count", "value_class": "everyday", "is": 1}), "BC"),
            (json!({"purchases": "count", "value_class": "everyday", "is": 2}), "A"),
            (json!({"purchases": "count", "value_class": "high", "at_least": 1}), "A"),
            // 402,000 + 300 less the 1,000 returned; 1,000 + 500; 100.
            (json!({"purchases": "sum", "is": 401_300}), "A"),
            (json!({"purchases": "sum", "is": 1_500}), "B"),
            (json!({"purchases": "sum", "within_days": 365, "between": [401_000, 401_000]}), "A"),
            (json!({"purchases": "sum", "is": 0}), "D"),
            // Only the return lies in the last week.
            (json!({"purchases": "sum", "within_days": 7, "above": 0}), ""),
            (json!({"purchases": "sum", "within_days": 7, "is": 0}), "ABCD"),
            (json!({"purchases": "sum", "category_id": world.books, "is": 1_000}), "AB"),
            (json!({"purchases": "sum", "category_id": world.instruments, "is": 400_000}), "A"),
            (json!({"purchases": "sum", "category_id": [world.books, world.instruments], "is": 401_000}), "A"),
            (json!({"purchases": "sum", "product_id": world.piano, "above": 0}), "A"),
            (json!({"purchases": "sum", "product_id": [world.piano, world.book], "is": 1_000}), "B"),
            (json!({"purchases": "sum", "used_by": "child", "is": 500}), "B"),
            // Books are for students; so is what has no other user and is bought with a student card.
            (json!({"purchases": "sum", "used_by": "student", "is": 1_000}), "AB"),
            (json!({"purchases": "sum", "used_by": "unknown", "is": 400_300}), "A"),
            (json!({"purchases": "count", "default_user": "student", "at_least": 1}), "AB"),
            // 401,300 by 2; 1,500 by 1.
            (json!({"purchases": "average", "is": 200_650}), "A"),
            (json!({"purchases": "average", "at_most": 1_500}), "BC"),
            (json!({"purchases": "average", "exists": false}), "D"),
            (json!({"purchases": "average", "category_id": world.books, "is": 1_000}), "AB"),
            (json!({"purchases": "last", "within_days": 30}), "A"),
            (json!({"purchases": "last", "at_least_days_ago": 30}), "BC"),
            (json!({"purchases": "last", "category_id": world.books, "within_days": 200}), "AB"),
            (json!({"purchases": "last", "exists": false}), "D"),
            (json!({"purchases": "first", "within_days": 200}), "B"),
            (json!({"purchases": "first", "before": day(300)}), "AC"),
            (json!({"purchases": "first", "between": [day(420), day(380)]}), "A"),
            (json!({"purchases": "count", "months": [day(10).month()], "within_days": 30, "at_least": 1}), "A"),
            (json!({"purchases": "count", "months": [(day(10).month() + 5) % 12 + 1], "within_days": 30, "at_least": 1}), ""),
            // Five leaves over the same rows.
            (json!({"all": [
                {"purchases": "count", "within_days": 500, "at_least": 1}, {"purchases": "sum", "within_days": 500, "at_least": 1_000},
                {"purchases": "sum", "category_id": world.books, "at_least": 1}, {"purchases": "count", "value_class": "everyday", "at_least": 1},
                {"not": {"purchases": "last", "channel": "web", "within_days": 20}}
            ]}), "B"),
        ] {
            assert_eq!(world.members(&definition).await, expected, "{definition}");
        }
    }

    async fn feedback_and_surveys_pick_too(app: &TestApp) {
        let mut world = World::open(app).await;
        let complain = json!({"type": "complaint", "channel": "phone", "customer_id": world.ann, "subject": "Late", "body": "Two weeks."});
        world.admin.make("/v1/feedback", complain).await;
        world.admin.make("/v1/feedback", json!({"type": "praise", "channel": "web", "customer_id": world.bo, "subject": "Good", "body": "All was."})).await;
        world.admin.make("/v1/feedback", json!({"type": "praise", "channel": "web", "subject": "Fine", "body": "All was."})).await;
        let survey = json!({"title": "Us", "questions": [{"key": "recommend", "kind": "nps", "text": "Would you recommend us?", "weight": 1}]});
        let survey = id_of(&world.admin.make("/v1/surveys", survey).await);
        world.admin.post(&format!("/v1/surveys/{survey}/open"), json!({})).await.expect(200);
        let answer = json!({"customer_id": world.bo, "channel": "phone", "answers": {"recommend": 9}});
        world.admin.make(&format!("/v1/surveys/{survey}/responses"), answer).await;
        for (who, status) in [(&world.ann, "granted"), (&world.bo, "withdrawn")] {
            let said = json!({"status": status, "source": "web"});
            let path = format!("/v1/customers/{who}/consents/email/marketing");
            assert!([200, 201].contains(&world.admin.put(&path, said).await.status));
        }
        let given = json!({"points": 120, "reason": "Welcome", "business_id": "W-1"});
        world.admin.post(&format!("/v1/customers/{}/points/adjust", world.di), given).await.expect(200);
        let batch = id_of(&world.admin.make("/v1/coupon-batches", json!({"name": "Ten", "kind": "percent", "percent": 10})).await);
        let issued = world.admin.post(&format!("/v1/coupon-batches/{batch}/coupons"), json!({"customer_ids": [world.ann, world.di]})).await;
        assert!([200, 201].contains(&issued.status), "{issued:?}");
        app.pass(10 * 24 * 3600);
        // Their token has expired.
        world.admin = app.admin();
        for (definition, expected) in [
            (json!({"feedback": "count", "type": "complaint", "at_least": 1}), "A"),
            (json!({"feedback": "count", "is": 0}), "CD"),
            (json!({"feedback": "count", "within_days": 5, "is": 0}), "ABCD"),
            (json!({"feedback": "last", "type": ["complaint", "praise"], "within_days": 30}), "AB"),
            (json!({"feedback": "last", "type": "praise", "at_least_days_ago": 10}), "B"),
            (json!({"fact": "open_complaints", "above": 0}), "A"),
            (json!({"fact": "last_nps", "at_least": 9}), "B"),
            (json!({"consent": "email", "purpose": "marketing", "is": "granted"}), "A"),
            (json!({"consent": "email", "purpose": "marketing", "is": "withdrawn"}), "B"),
            (json!({"consent": "email", "purpose": "marketing", "is": "unknown"}), "CD"),
            (json!({"consent": "email", "purpose": "survey", "is": "unknown"}), "ABCD"),
            (json!({"fact": "points", "between": [120, 120]}), "D"),
            // Bo earned some by answering.
            (json!({"fact": "points", "is": 0}), "AC"),
            (json!({"not": {"fact": "points", "above": 0}}), "AC"),
            (json!({"coupons": "held", "batch_id": batch}), "AD"),
            (json!({"coupons": "held", "within_days": 5}), ""),
            (json!({"not": {"coupons": "redeemed"}}), "ABCD"),
            (json!({"survey_answered": survey}), "B"),
            (json!({"survey_answered": survey, "within_days": 5}), ""),
            (json!({"all": [{"purchases": "count", "at_least": 1}, {"not": {"survey_answered": survey}}]}), "AC"),
        ] {
            assert_eq!(world.members(&definition).await, expected, "{definition}");
        }
    }

    async fn an_explanation_shows_what_was_seen(app: &TestApp) {
        let world = World::open(app).await;
        let inner = world.segment("Musical", json!({"fact": "tags", "has": "music"})).await;
        let inner = inner.rsplit('/').next().unwrap();
        let definition = json!({"all": [
            {"fact": "gender", "is": "female"},
            {"any": [{"fact": "age", "above": 40}, {"fact": "birth_month", "is": "current"}]},
            {"not": {"purchases": "sum", "within_days": 365, "at_most": 500_000}},
            {"purchases": "count", "category_id": world.books, "at_least": 1},
            {"purchases": "average", "is": 1},
            {"fact": "attribute", "name": "school", "is": 7},
            {"fact": "attribute", "name": "children", "is": 2},
            {"fact": "has_email", "is": true},
            {"fact": "tags", "has_all": ["teacher"]},
            {"fact": "interests", "has": world.instruments},
            {"buys_for": "child"},
            {"fact": "score", "above": 5},
            {"fact": "tier", "is": "growth"},
            {"segment_id": inner},
            {"feedback": "last", "exists": false},
            {"fact": "card_kind", "is_not": "vip"},
            {"fact": "birth_date", "after": "2020-01-01"},
            {"consent": "sms", "purpose": "marketing", "is": "granted"},
        ]});
        let path = world.segment("Everything", definition.clone()).await;
        let explained = world.admin.get(&format!("{path}/explain?customer_id={}", world.ann)).await.expect(200);
        assert_eq!((&explained["customer_id"], &explained["matches"]), (&json!(world.ann), &json!(false)));
        let born = world.today.checked_sub_months(Months::new(12 * 36)).unwrap();
        let seen = |leaf: &Value, matches: bool, seen: Value| {
            let mut leaf = leaf.clone();
            leaf["matches"] = matches.into();
            leaf["seen"] = seen;
            leaf
        };
        let leaf = |index: usize| &definition["all"][index];
        let age = seen(&leaf(1)["any"][0], false, json!(36));
        let month = seen(&leaf(1)["any"][1], true, json!(world.month()));
        let expected = json!([
            seen(leaf(0), true, json!("female")),
            {"matches": true, "any": [age, month]},
            {"matches": false, "not": seen(&leaf(2)["not"], true, json!(401_000))},
            seen(leaf(3), true, json!(1)),
            seen(leaf(4), false, json!(200_650)),
            seen(leaf(5), false, json!("No. 7")),
            seen(leaf(6), true, json!(2)),
            seen(leaf(7), true, json!(true)),
            seen(leaf(8), true, json!(["teacher", "music"])),
            seen(leaf(9), true, json!([world.pianos])),
            seen(leaf(10), false, json!(0)),
            seen(leaf(11), false, json!(null)),
            seen(leaf(12), false, json!("prospect")),
            seen(leaf(13), true, json!(null)),
            seen(leaf(14), true, json!(null)),
            seen(leaf(15), true, json!(null)),
            seen(leaf(16), false, json!(born)),
            seen(leaf(17), false, json!("unknown")),
        ]);
        assert_eq!(explained["definition"], json!({"matches": false, "all": expected}));
        world.admin.get(&format!("{path}/explain?customer_id={}", world.books)).await.problem(422, "unknown_reference");
        world.admin.get(&format!("{path}/explain")).await.fault("/customer_id", "required");
    }
}
