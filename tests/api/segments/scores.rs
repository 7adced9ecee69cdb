//! Facts of the current scoring run, beside what the lists of scores say.

use patron::jobs::{Tools, run_due};

use super::*;
use crate::on_both;

on_both! {
    async fn scores_are_those_of_the_current_run(app: &TestApp) {
        let world = World::open(app).await;
        let early = json!({"as_of": app.now().checked_add(-TimeDelta::days(50)).unwrap()});
        for run in [early, json!({})] {
            world.admin.post("/v1/scoring-runs", run).await.expect(202);
            let tools = Tools::from(app.app.get_ref());
            tokio::task::spawn_blocking(move || run_due(&tools)).await.unwrap().unwrap();
        }
        // Co opted out; so Ann and Bo are the population.
        let ranking = world.admin.all("/v1/value-scores?sort=-score").await;
        assert_eq!(ranking.iter().map(|one| one["customer_id"].as_str().unwrap()).collect::<Vec<_>>(), [&world.ann, &world.bo]);
        let (ann, bo) = (&ranking[0], &ranking[1]);
        for (definition, expected) in [
            (json!({"fact": "score", "is": ann["score"]}), "A"),
            (json!({"fact": "score", "below": ann["score"]}), "B"),
            (json!({"fact": "score", "between": [bo["score"], ann["score"]]}), "AB"),
            (json!({"fact": "rank", "is": 1}), "A"),
            (json!({"fact": "rank", "at_most": 2}), "AB"),
            // Of two, one half stands below Ann.
            (json!({"fact": "percentile", "is": 50}), "A"),
            (json!({"fact": "percentile", "at_most": 49.99}), "B"),
            (json!({"fact": "tier", "is": ann["tier"]}), "A"),
            (json!({"fact": "tier", "is": bo["tier"]}), "B"),
            (json!({"fact": "tier", "is": "prospect"}), "CD"),
            (json!({"fact": "tier", "is_not": "prospect"}), "AB"),
            // Five bands over two people: the cuts are Bo's goodness twice, then Ann's twice; so 20 points and 60.
            (json!({"fact": "monetary", "is": 60}), "A"),
            (json!({"fact": "monetary", "is": 20}), "B"),
            (json!({"fact": "recency", "above": 20}), "A"),
            (json!({"fact": "product_type", "at_least": 99}), "A"),
            (json!({"fact": "product_user", "exists": true}), "AB"),
            (json!({"fact": "score", "exists": false}), "CD"),
        ] {
            assert_eq!(world.members(&definition).await, expected, "{definition} {ranking:?}");
        }
        let all = json!({"all": [{"fact": "score", "above": 0}, {"fact": "percentile", "is": 0}, {"fact": "monetary", "above": 20}, {"fact": "rank", "is": 1}]});
        let path = world.segment("Scored", all).await;
        let explained = world.admin.get(&format!("{path}/explain?customer_id={}", world.ann)).await.expect(200);
        let seen: Vec<&Value> = explained["definition"]["all"].as_array().unwrap().iter().map(|leaf| &leaf["seen"]).collect();
        assert_eq!(seen, [&ann["score"], &json!(50.0), &json!(60.0), &json!(1)]);
    }

    async fn the_classic_groups_are_there_from_the_start(app: &TestApp) {
        let world = World::open(app).await;
        let built_in = world.admin.all("/v1/segments?built_in=true").await;
        let mut groups = Vec::new();
        for segment in &built_in {
            let path = format!("/v1/segments/{}", id_of(segment));
            let found = world.admin.get(&format!("{path}/members?include=total")).await.expect(200);
            let names: BTreeSet<&str> = found["data"].as_array().unwrap().iter().map(|member| member["name"].as_str().unwrap()).collect();
            assert_eq!(found["total"].as_u64(), Some(names.len() as u64));
            groups.push((segment["name"].as_str().unwrap(), names.iter().map(|name| &name[..1]).collect::<String>()));
            // They are not the shop's to change.
            world.admin.patch(&path, json!({"name": "Mine"})).await.problem(409, "conflict");
            world.admin.delete(&path).await.problem(409, "conflict");
        }
        let is_term = |days: i64| [2, 3, 8, 9].contains(&app.now().checked_add(-TimeDelta::days(days)).unwrap().utc().month());
        let term: String = [("A", 10), ("B", 100)].iter().filter(|(_, days)| is_term(*days)).map(|(name, _)| *name).collect();
        let tomorrow = world.today.checked_add_days(Days::new(1)).unwrap();
        let birthdays = if tomorrow.month() == world.month() { "AB" } else { "A" };
        let expected = [
            ("New customers", ""),
            ("Old customers", "ABC"),
            ("Potential customers", "D"),
            ("Large customers", ""),
            ("Medium customers", ""),
            ("Small customers", ""),
            ("Most valuable customers", ""),
            ("Growth customers", ""),
            ("Ordinary customers", ""),
            ("Lapsed customers", ""),
            ("Birthday this month", birthdays),
            ("Term-start textbook buyers", &term),
        ];
        assert_eq!(groups.iter().map(|(name, members)| (*name, members.as_str())).collect::<Vec<_>>(), expected);
    }
}
