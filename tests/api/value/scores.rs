//! Live scores and the scores of runs, against the definition.

use chrono::TimeDelta;
use patron::domain::{instants::Instant, permissions::Role};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use super::{
    brute_force::{Expected, score_everybody},
    hundredths, score,
    shop::{Category, Line, Order, Person, Product, Shop, at},
};
use crate::on_both;

const USERS: [Option<&str>; 7] = [None, None, Some("self"), Some("student"), Some("child"), Some("gift"), Some("unknown")];

/// A shop that makes use of everything the definition speaks of.
pub fn random_shop(seed: u64, people: usize, as_of: Instant) -> Shop {
    let mut random = StdRng::seed_from_u64(seed);
    let mut shop = Shop {
        categories: vec![
            Category { class: Some("high"), parent: None },
            Category { class: None, parent: Some(0) },
            Category { class: Some("everyday"), parent: Some(1) },
            Category { class: None, parent: None },
        ],
        ..Shop::default()
    };
    for category in [None, Some(0), Some(1), Some(2), Some(3)] {
        for default_user in [None, Some("student"), Some("unknown"), Some("family")] {
            shop.products.push(Product { category, default_user });
        }
    }
    let kinds = ["child", "student", "senior", "family", "friend", "colleague"];
    for _ in 0..people {
        let card = ["regular", "student", "senior", "vip"][random.random_range(0..4)];
        let cards = match random.random_range(0..4) {
            0 => vec![],
            1 => vec![("senior", "replaced"), (card, "active")],
            2 => vec![("student", "lost")],
            _ => vec![(card, "active")],
        };
        let relations = (0..random.random_range(0..3)).map(|_| kinds[random.random_range(0..kinds.len())]).collect();
        let customer = shop.person(Person { opted_out: random.random_range(0..12) == 0, cards, relations });
        for _ in 0..random.random_range(0..9) {
            // Whole days now and then, so that orders fall on the edges of windows.
            let micros = if random.random_range(0..5) == 0 {
                random.random_range(-3_i64..800) * 86_400_000_000
            } else {
                random.random_range(-3 * 86_400_000_000..800 * 86_400_000_000)
            };
            let placed_at = as_of.checked_add(TimeDelta::microseconds(-micros)).unwrap();
            let lines = (0..random.random_range(1..4)).map(|_| random_line(&mut random, &shop, customer)).collect();
            let kind = if random.random_range(0..6) == 0 { "return" } else { "sale" };
            let status = ["placed", "paid", "fulfilled", "completed", "completed", "cancelled", "refunded"][random.random_range(0..7)];
            let anonymous = random.random_range(0..15) == 0;
            let customer = if anonymous { None } else { Some(customer) };
            let mut order = Order { customer, kind, status, placed_at, lines };
            if anonymous {
                order.lines.iter_mut().for_each(|line| line.beneficiary = None);
            }
            shop.orders.push(order);
        }
    }
    shop
}

fn random_line(random: &mut StdRng, shop: &Shop, customer: usize) -> Line {
    let (quantity, unit_price) = (random.random_range(1..4), random.random_range(0..3) * random.random_range(0..40_000));
    let discount = random.random_range(0..=quantity * unit_price / 3);
    let refunded = if random.random_range(0..4) == 0 { random.random_range(0..=quantity * unit_price - discount) } else { 0 };
    let relations = shop.people[customer].relations.len();
    let beneficiary = if relations > 0 && random.random_range(0..3) == 0 { Some(random.random_range(0..relations)) } else { None };
    let used_by = USERS[random.random_range(0..USERS.len())];
    Line { product: random.random_range(0..shop.products.len()), quantity, unit_price, discount, refunded, used_by, beneficiary }
}

#[track_caller]
fn assert_ranked(found: &Value, expected: &Expected) {
    let bands = [expected.bands[0], expected.bands[1], expected.bands[2]];
    assert_eq!(
        json!([
            found["recency_days"],
            found["frequency"],
            found["monetary"],
            found["recency_band"],
            found["frequency_band"],
            found["monetary_band"]
        ]),
        json!([expected.days, expected.frequency, expected.monetary, bands[0], bands[1], bands[2]]),
        "{found} {expected:?}"
    );
    let points = ["product_type", "product_user", "score", "percentile"].map(|field| hundredths(&found[field]));
    assert_eq!(points, [expected.product_type, expected.product_user, expected.score, expected.percentile], "{found} {expected:?}");
    assert_eq!(json!([found["tier"], found["rank"]]), json!([expected.tier, expected.rank]), "{found}");
}

#[track_caller]
fn assert_live(found: &Value, expected: Option<&Expected>) {
    let Some(expected) = expected else {
        assert_eq!(json!([found["score"], found["tier"], found["rank"]]), json!([null, "prospect", null]), "{found}");
        assert!(["no_purchases", "profiling_opt_out"].contains(&found["reason"].as_str().unwrap()), "{found}");
        return;
    };
    assert_eq!(found.get("reason"), None, "{found}");
    assert_eq!(
        [hundredths(&found["score"]), hundredths(&found["percentile"])],
        [expected.score, expected.percentile],
        "{found} {expected:?}"
    );
    assert_eq!(json!([found["tier"], found["rank"]]), json!([expected.tier, expected.rank]), "{found} {expected:?}");
    let factors = found["factors"].as_array().unwrap();
    let raw = [&factors[0]["raw"]["days"], &factors[1]["raw"]["purchases"], &factors[2]["raw"]["amount"]];
    assert_eq!(json!(raw), json!([expected.days, expected.frequency, expected.monetary]), "{found}");
    assert_eq!(json!([factors[0]["band"], factors[1]["band"], factors[2]["band"]]), json!(expected.bands), "{found}");
    assert_eq!([hundredths(&factors[3]["score"]), hundredths(&factors[4]["score"])], [expected.product_type, expected.product_user]);
}

on_both! {
    async fn runs_and_live_scores_are_what_the_definition_says(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let as_of = at("2026-06-30T00:00:00Z");
        let mut shop = random_shop(1, 80, as_of);
        shop.save(app.app.db.url());
        for window_days in [365, 90, 1] {
            let expected = score_everybody(&shop, as_of, window_days);
            let run = score(app, &manager, json!({"as_of": as_of.to_string(), "window_days": window_days})).await;
            assert_eq!((&run["population"], &run["error"]), (&json!(expected.len()), &json!(null)));
            let ranking = manager.all("/v1/value-scores?limit=7").await;
            assert_eq!(ranking.len(), expected.len());
            assert!(ranking.is_sorted_by_key(|found| -hundredths(&found["score"])));
            for found in &ranking {
                let place = shop.ids.iter().position(|id| found["customer_id"] == id.to_string()).unwrap();
                assert_ranked(found, &expected[&place]);
                assert_eq!(found["run_id"], run["id"]);
            }
            for (place, id) in shop.ids.iter().enumerate() {
                let live = manager.get(&format!("/v1/customers/{id}/value-score?as_of={as_of}")).await.expect(200);
                assert_live(&live, expected.get(&place));
                assert_eq!((&live["run_id"], &live["window_days"]), (&run["id"], &json!(window_days)));
            }
        }
    }
}
