//! The whole story: from the segment to the report, every number of which is worked out again here.

use std::collections::{BTreeMap, HashMap};

use patron::domain::instants::Instant;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{by_hand, feed, say, send, step, tagged, variant};
use crate::{
    on_both,
    support::{Caller, MailServer, Received, Shop},
};

const PEOPLE: usize = 260;
const DAY: i64 = 24 * 60 * 60;
const BOOK: i64 = 4500;
const COUPON: i64 = 500;
const COST: i64 = 7;

/// Somebody of the segment, and what the story does with them.
struct Person {
    id: String,
    /// `None` is held out; nobody knows of who is left out.
    variant: Option<&'static str>,
    is_left_out: bool,
    /// What they bought within the window, net.
    bought: Vec<i64>,
}

impl Person {
    fn is_reader(&self) -> bool {
        !self.is_left_out && self.variant.is_some()
    }
}

/// By the documented rule: `x = SHA-256(campaign id ‖ customer id)`, its first eight bytes; a tenth held out, the rest halved.
fn assigned(campaign: &str, customer: &str) -> Option<&'static str> {
    let bytes = [campaign, customer].map(|id| *id.parse::<Uuid>().unwrap().as_bytes()).concat();
    let x = u64::from_be_bytes(Sha256::digest(&bytes)[..8].try_into().unwrap());
    let place = x as f64 / 2f64.powi(64);
    match place {
        place if place < 0.1 => None,
        place if (place - 0.1) / 0.9 < 0.5 => Some("a"),
        _ => Some("b"),
    }
}

fn plan(segment: &str, batch: &Value) -> Value {
    let html = "<p>Dear {{ customer.name }}, <a href=\"https://shop.example/school?from=mail&amp;to={{ customer.id }}\">all for school</a>: {{ coupon.code }}</p>";
    let of = |key: &str, subject: &str| {
        json!({"key": key, "share": 0.5, "subject": subject, "html": html,
            "text": "Dear {{ customer.name }}, see https://shop.example/school. Your code: {{ coupon.code }}\nNo more: {{ unsubscribe_url }}\n"})
    };
    json!({
        "name": "Back to school", "goal": "Textbooks", "audience": {"segments_in": [segment]}, "holdout_share": 0.1, "coupon_batch_id": batch,
        "variants": [of("a", "Term starts soon"), of("b", "{{ customer.name }}, ready for school?")],
        "budget": 100_000, "cost_per_message": COST, "expected_response_rate": 0.3, "attribution_window_days": 14, "rate_per_minute": 10_000
    })
}

async fn buy(admin: &Caller, body: Value) -> Value {
    let order = admin.make("/v1/orders", body).await;
    admin.post(&format!("/v1/orders/{}/pay", order["id"].as_str().unwrap()), json!({})).await.expect(200)
}

fn books(customer: &str, quantity: i64) -> Value {
    json!({"customer_id": customer, "channel": "web", "lines": [{"sku": "BOOK", "quantity": quantity}]})
}

fn link_in(text: &str, page: &str) -> String {
    let start = text.find(&format!("/v1/public/{page}/")).unwrap_or_else(|| panic!("no {page} in {text}"));
    let end = text[start..].find(['"', ' ', '\r', '\n', '>']).map_or(text.len(), |end| start + end);
    text[start..end].trim_end_matches('.').replace("&amp;", "&")
}

fn code_in(letter: &Received) -> String {
    let text = letter.part("text/plain");
    text.split("Your code: ").nth(1).unwrap().lines().next().unwrap().trim().to_owned()
}

#[track_caller]
fn is_near(found: &Value, expected: by_hand::Estimate) {
    for (name, expected) in [("value", expected.0), ("low", expected.1), ("high", expected.2)] {
        let number = found[name].as_f64().unwrap_or_else(|| panic!("no {name} in {found}"));
        assert!((number - expected).abs() < 1e-4 * expected.abs().max(1.0), "{name} of {found} is not {expected}");
    }
}

#[track_caller]
fn is_group(found: &Value, people: &[&Person]) -> Vec<f64> {
    let each: Vec<f64> = people.iter().map(|person| person.bought.iter().sum::<i64>() as f64).collect();
    let converted = people.iter().filter(|person| !person.bought.is_empty()).count();
    assert_eq!((&found["people"], &found["converted"]), (&json!(people.len()), &json!(converted)));
    assert_eq!(found["revenue"].as_i64().unwrap() as f64, each.iter().sum::<f64>());
    is_near(&found["conversion_rate"], by_hand::share(converted, people.len()));
    is_near(&found["revenue_per_person"], by_hand::mean(&each));
    each
}

#[track_caller]
fn is_lift(found: &Value, first: &[f64], second: &[f64]) {
    let converted = |each: &[f64]| (each.iter().filter(|amount| **amount > 0.0).count(), each.len());
    let (one, other) = (converted(first), converted(second));
    is_near(&found["conversion"]["difference"], by_hand::difference_of_shares(one, other));
    is_near(&found["revenue_per_person"]["difference"], by_hand::difference_of_means(first, second));
    for (name, fewest) in [("conversion", 5), ("revenue_per_person", 30)] {
        let is_enough = [one, other].iter().all(|(hits, of)| *hits >= fewest && of - hits >= 5);
        let [low, high] = ["low", "high"].map(|end| found[name]["difference"][end].as_f64().unwrap());
        let says = match (is_enough, low > 0.0, high < 0.0) {
            (false, ..) => "too_few",
            (_, true, _) => "higher",
            (_, _, true) => "lower",
            _ => "no_difference",
        };
        assert_eq!(found[name]["conclusion"], says, "{found}");
    }
}

on_both! {
    async fn a_campaign_from_the_segment_to_what_it_earned(app: &TestApp) {
        let (shop, server) = (Shop::open(app).await, MailServer::start());
        let admin = &shop.admin;
        admin.put("/v1/contact-policy", json!({"quiet_hours": null})).await.expect(200);

        // The people. Every 20th has not consented, the 7th is on no good terms with mail.
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let tags = if number % 10 == 4 { json!(["school", "novels"]) } else { json!(["school"]) };
            let name = format!("reader{number}");
            let made = admin.make("/v1/customers", json!({"name": name, "email": format!("{name}@example.com"), "tags": tags})).await;
            let id = made["id"].as_str().unwrap().to_owned();
            if number % 20 != 13 {
                say(app, &id, "granted").await;
            }
            people.push(Person { id, variant: None, is_left_out: number % 20 == 13 || number == 7, bought: Vec::new() });
        }
        admin.make("/v1/suppressions", json!({"channel": "email", "address": "reader7@example.com", "reason": "hard_bounce"})).await;

        // The segment.
        let previewed = admin.post("/v1/segments/preview", json!({"definition": {"fact": "tags", "has": "school"}})).await.expect(200);
        assert_eq!(previewed["count"], PEOPLE);
        let segment = tagged(admin, "school").await;

        // The plan, tried, and launched.
        let batch = admin.make("/v1/coupon-batches", json!({"name": "Five off", "kind": "amount", "amount": COUPON})).await["id"].clone();
        let campaign = admin.make("/v1/campaigns", plan(&segment, &batch)).await["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/campaigns/{campaign}");
        let tried = admin.post(&format!("{path}/preview"), json!({"customer_id": people[0].id, "variant": "b"})).await.expect(200);
        assert_eq!((&tried["subject"], &tried["variant"]), (&json!("reader0, ready for school?"), &json!("b")));
        let nothing = admin.get(&format!("{path}/report")).await.expect(200);
        assert_eq!((&nothing["window"], &nothing["audience"]["selected"], &nothing["lift"]["conversion"]["conclusion"]), (&Value::Null, &json!(0), &json!("too_few")));
        let before = app.now();
        let launched = step(app, &path, "launch").await;
        let launched_at: Instant = launched["launched_at"].as_str().unwrap().parse().unwrap();
        assert!((before..=app.now()).contains(&launched_at) && launched["starts_at"] == launched["launched_at"], "{launched}");
        for person in &mut people {
            person.variant = assigned(&campaign, &person.id);
        }
        let readers: Vec<usize> = (0..PEOPLE).filter(|index| people[*index].is_reader()).collect();

        // The letters.
        app.pass(60);
        assert_eq!(feed(app).await, readers.len());
        assert_eq!(send(app, &server).await, readers.len());
        let letters: HashMap<String, Received> = server.letters().into_iter().map(|letter| (letter.to[0].clone(), letter)).collect();
        let letter_to = |index: usize| &letters[&format!("reader{index}@example.com")];
        assert_eq!(letters.len(), readers.len());
        assert_eq!(letter_to(readers[0]).part("text/html").matches("<img ").count(), 1);

        // A day later some look, some of them follow the link.
        app.pass(DAY);
        let anybody = app.nobody();
        let (opened, clicked): (Vec<usize>, Vec<usize>) = (
            readers.iter().copied().filter(|index| index % 2 == 0).collect(),
            readers.iter().copied().filter(|index| index % 6 == 0 || *index % 10 == 4).collect(),
        );
        for index in &opened {
            let image = anybody.get(&link_in(&letter_to(*index).part("text/html"), "opens")).await;
            assert_eq!((image.status, image.header("content-type")), (200, "image/gif"));
        }
        for index in &clicked {
            for _ in 0..2 {
                let link = link_in(&letter_to(*index).part("text/html"), "clicks");
                let led = anybody.get(&link).await;
                assert_eq!((led.status, led.header("location")), (302, format!("https://shop.example/school?from=mail&to={}", people[*index].id).as_str()));
                anybody.get(&link.replace("shop.example", "evil.example")).await.problem(404, "not_found");
            }
            let led = anybody.get(&link_in(&letter_to(*index).part("text/plain"), "clicks")).await;
            assert_eq!(led.header("location"), "https://shop.example/school");
        }

        // Another campaign writes to some of them.
        app.pass(DAY);
        let admin = &app.admin();
        let novels = tagged(admin, "novels").await;
        let rival = json!({"name": "Novels", "audience": {"segments_in": [novels]}, "variants": [variant("only", 1.0, "Novels! {{ unsubscribe_url }}")]});
        let rival = admin.make("/v1/campaigns", rival).await["id"].as_str().unwrap().to_owned();
        step(app, &format!("/v1/campaigns/{rival}"), "launch").await;
        feed(app).await;
        send(app, &server).await;

        // They buy: with the code, by the name of the campaign, or just so.
        app.pass(DAY);
        let admin = &app.admin();
        let mut attributed: BTreeMap<&str, [i64; 3]> = BTreeMap::new();
        let (mut revenue, mut converts) = (HashMap::<&str, i64>::new(), Vec::<usize>::new());
        for (index, person) in people.iter_mut().enumerate() {
            let variant = person.variant.filter(|_| person.is_reader());
            let is_rivals = index % 10 == 4;
            let (quantity, how) = match (variant, index % 6) {
                (Some(_), 0) => (2, "coupon"),
                (Some(_), 2) => (1, "name"),
                (_, 4) => (3, "last_touch"),
                (None, 0) => (1, "nothing"),
                _ => continue,
            };
            let mut body = books(&person.id, quantity);
            match how {
                "coupon" => body["coupon_code"] = json!(code_in(letter_to(index))),
                "name" => body["campaign_id"] = json!(campaign),
                _ => {}
            }
            let order = buy(admin, body).await;
            let mut net = quantity * BOOK - if how == "coupon" { COUPON } else { 0 };
            assert_eq!(order["subtotal"], net);
            let order = format!("/v1/orders/{}", order["id"].as_str().unwrap());
            if index % 9 == 0 {
                admin.post(&format!("{order}/refund"), json!({"lines": [{"line_no": 1, "amount": 1000}]})).await.expect(200);
                net -= 1000;
            }
            if index % 24 == 2 {
                // All of it goes back: it was no purchase.
                admin.post(&format!("{order}/refund"), json!({})).await.expect(200);
                continue;
            }
            person.bought.push(net);
            let Some(variant) = variant.filter(|_| how != "last_touch" || !is_rivals) else { continue };
            attributed.entry(variant).or_default()[["coupon", "name", "last_touch"].iter().position(|by| *by == how).unwrap()] += 1;
            *revenue.entry(variant).or_default() += net;
            converts.push(index);
        }
        // What was cancelled, came back later, or was bought too late.
        let first = readers[0];
        let cancelled = admin.make("/v1/orders", books(&people[first].id, 5)).await;
        admin.post(&format!("/v1/orders/{}/cancel", cancelled["id"].as_str().unwrap()), json!({})).await.expect(200);
        // Chance may hold out nobody who has bought: so somebody buys now, whom the other campaign did not write to.
        let buyer = (0..PEOPLE).find(|index| !people[*index].is_left_out && people[*index].variant.is_none() && index % 10 != 4).unwrap();
        buy(admin, books(&people[buyer].id, 4)).await;
        let mut back = books(&people[buyer].id, 1);
        back["type"] = json!("return");
        buy(admin, back).await;
        people[buyer].bought.extend([4 * BOOK, -BOOK]);

        // Two want no more of it.
        for index in &readers[1..3] {
            let header = letter_to(*index).header("list-unsubscribe").unwrap();
            anybody.form(&link_in(&header, "unsubscribe"), &[("List-Unsubscribe", "One-Click")]).await.expect(200);
        }
        app.pass(12 * DAY);
        let admin = &app.admin();
        for index in readers.iter().filter(|index| *index % 10 != 4).take(10) {
            buy(admin, books(&people[*index].id, 9)).await;
        }

        // The report.
        let report = admin.get(&format!("{path}/report")).await.expect(200);
        let until = launched_at.checked_add(chrono::TimeDelta::days(14)).unwrap();
        assert_eq!(report["window"], json!({"from": launched_at.to_string(), "until": until.to_string(), "is_over": true}));
        let left_out = people.iter().filter(|person| person.is_left_out).count();
        assert_eq!(report["audience"], json!({"selected": PEOPLE, "left_out": left_out, "left_out_by_reason": [
            {"reason": "suppressed", "people": 1}, {"reason": "no_consent", "people": left_out - 1}]}));
        let counted = |index: &&usize, key: Option<&str>| key.is_none_or(|key| people[**index].variant == Some(key));
        let messages = |key: Option<&str>| {
            let of = |list: &[usize]| list.iter().filter(|index| counted(index, key)).count();
            let responded = readers.iter().filter(|index| counted(index, key) && (clicked.contains(index) || converts.contains(index))).count();
            let all_opened: Vec<usize> = readers.iter().copied().filter(|index| opened.contains(index) || clicked.contains(index)).collect();
            json!({"waiting": 0, "queued": 0, "sent": of(&readers), "delivered": of(&readers), "bounced": 0, "failed": 0, "cancelled": 0,
                "opened": of(&all_opened), "clicked": of(&clicked), "responded": responded, "unsubscribed": of(&readers[1..3]), "complained": 0})
        };
        assert_eq!(report["messages"], messages(None));
        let rate = report["messages"]["responded"].as_f64().unwrap() / readers.len() as f64;
        assert!((report["response_rate"].as_f64().unwrap() - rate).abs() < 1e-4);
        let orders = |keys: &[&str]| {
            let by = |place: usize| keys.iter().filter_map(|key| attributed.get(key)).map(|by| by[place]).sum::<i64>();
            let total: i64 = keys.iter().filter_map(|key| revenue.get(key)).sum();
            let count = by(0) + by(1) + by(2);
            json!({"customers": count, "orders": count, "revenue": total, "by_coupon": by(0), "by_name": by(1), "by_last_touch": by(2)})
        };
        assert!(attributed.values().all(|by| by.iter().all(|count| *count > 0)), "the story has every kind: {attributed:?}");
        assert_eq!(report["attributed"], orders(&["a", "b"]));

        // The groups: who was assigned, but for those whom the launch left out.
        let group = |key: Option<&str>| people.iter().filter(|person| !person.is_left_out && person.variant == key).collect::<Vec<_>>();
        let treated: Vec<&Person> = people.iter().filter(|person| person.is_reader()).collect();
        let (all, held_out) = (is_group(&report["treated"], &treated), is_group(&report["held_out"], &group(None)));
        is_lift(&report["lift"], &all, &held_out);
        let mut each = Vec::new();
        for (place, key) in ["a", "b"].into_iter().enumerate() {
            let told = &report["variants"][place];
            assert_eq!((&told["key"], &told["messages"], &told["attributed"]), (&json!(key), &messages(Some(key)), &orders(&[key])));
            let bought = is_group(told, &group(Some(key)));
            is_lift(&told["lift"], &bought, &held_out);
            each.push(bought);
        }
        assert_eq!((&report["comparisons"][0]["variant"], &report["comparisons"][0]["against"]), (&json!("b"), &json!("a")));
        is_lift(&report["comparisons"][0], &each[1], &each[0]);
        assert_eq!(report["comparisons"].as_array().unwrap().len(), 1);

        // The money.
        let cost = COST * i64::try_from(readers.len()).unwrap();
        assert_eq!((&report["cost"], &report["budget"]), (&json!(cost), &json!(100_000)));
        let (people_treated, lift) = (treated.len() as f64, by_hand::difference_of_means(&all, &held_out));
        let earned = (lift.0 * people_treated, lift.1 * people_treated, lift.2 * people_treated);
        is_near(&report["incremental_revenue"], earned);
        let back = |amount: f64| (amount - cost as f64) / cost as f64;
        is_near(&report["return_on_spend"], (back(earned.0), back(earned.1), back(earned.2)));

        // The other campaign has those whom it touched last.
        let rivals = admin.get(&format!("/v1/campaigns/{rival}/report")).await.expect(200);
        let is_theirs = |index: &usize| index % 6 == 4 || index.is_multiple_of(6) && people[*index].variant.is_none();
        let touched = (0..PEOPLE).filter(|index| index % 10 == 4 && is_theirs(index) && !people[*index].is_left_out).count();
        assert_eq!(rivals["attributed"]["by_last_touch"], touched);
        assert_eq!(app.faults().await, [""; 0]);
    }
}
