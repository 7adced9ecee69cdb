//! What statements look like: one pass for leaves over the same rows, and no word of a caller's in the text.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::*;
use crate::domain::segments::{Circumstances, Condition, Present};

fn plan(definition: Value) -> Plan {
    let present = Present { now: "2026-06-30T08:00:00Z".parse().unwrap(), zone: chrono_tz::Tz::UTC };
    let circumstances = Circumstances { present, run: None, segments: &HashMap::new() };
    Condition::parse(&definition).unwrap().plan(&circumstances).unwrap()
}

/// The text of the statement that finds members, and of the one that explains.
fn texts(dialect: Dialect, definition: Value) -> [String; 2] {
    let plan = plan(definition);
    let customer = uuid::Uuid::from_u128(1).into();
    [
        Writer { dialect, plan: &plan, whom: Whom::Everybody }.members("customers.id").text(),
        Writer { dialect, plan: &plan, whom: Whom::Only(customer) }.explanation().text(),
    ]
}

#[test]
fn leaves_over_the_same_rows_are_one_pass() {
    let five = json!({"all": [
        {"purchases": "count", "within_days": 365, "at_least": 2},
        {"purchases": "sum", "within_days": 730, "at_least": 5_000},
        {"purchases": "last", "channel": "web", "within_days": 90},
        {"purchases": "sum", "value_class": "high", "above": 0},
        {"purchases": "count", "category_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "at_least": 1},
    ]});
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        let [members, _] = texts(dialect, five.clone());
        assert_eq!(members.matches("FROM customers").count(), 1, "{members}");
        assert_eq!(members.matches("FROM orders").count(), 2, "one for orders, one for lines: {members}");
        assert_eq!(members.matches("JOIN order_lines").count(), 1, "{members}");
        assert_eq!(members.matches("FROM products").count(), 2, "one for each leaf that asks for goods: {members}");
    }
}

#[test]
fn what_all_ask_for_is_asked_of_the_rows() {
    let [members, explanation] = texts(Dialect::Sqlite, json!({"purchases": "average", "within_days": 365, "at_least": 5_000}));
    assert_eq!(
        members,
        "SELECT customers.id FROM customers LEFT JOIN (SELECT orders.customer_id, \
         CAST(SUM(CASE WHEN orders.order_type = 'sale' THEN (orders.subtotal - orders.refunded_total) \
         ELSE -(orders.subtotal - orders.refunded_total) END) AS bigint) AS a0, \
         COUNT(*) FILTER (WHERE TRUE AND orders.order_type = 'sale') AS a1 FROM orders WHERE orders.customer_id <> orders.id \
         AND orders.status IN ('paid', 'fulfilled', 'completed') AND +orders.placed_at <= ? AND (+orders.placed_at >= ?) \
         GROUP BY orders.customer_id) AS of_orders ON of_orders.customer_id = customers.id \
         WHERE ((CASE WHEN of_orders.a0 > 0 THEN of_orders.a0 ELSE 0 END / NULLIF(of_orders.a1, 0)) >= ?)"
    );
    assert!(
        explanation.contains("FROM orders WHERE orders.customer_id = ? AND "),
        "an explanation reads one customer's orders: {explanation}"
    );
}

#[test]
fn what_is_negated_is_never_unknown() {
    let leaf = json!({"fact": "age", "at_least": 18});
    for (definition, condition) in [
        (json!({"any": [leaf, {"fact": "gender", "exists": true}]}), "((customers.birth_date <= ?) OR (customers.gender IS NOT NULL))"),
        (json!({"not": leaf}), "NOT COALESCE(customers.birth_date <= ?, FALSE)"),
        (json!({"not": {"all": [{"not": leaf}]}}), "NOT (NOT COALESCE(customers.birth_date <= ?, FALSE))"),
        (json!({"fact": "gender", "is_not": "male"}), "NOT COALESCE(customers.gender IN (?), FALSE)"),
    ] {
        let [members, _] = texts(Dialect::Postgres, definition);
        assert_eq!(members, format!("SELECT customers.id FROM customers WHERE {condition}"));
    }
}

#[test]
fn campaigns_are_looked_up_by_who_was_reached_and_when() {
    let id = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90";
    for (definition, rows) in [
        (json!({"campaigns": "received"}), "campaign_recipients.sent_at IS NOT NULL"),
        (json!({"campaigns": "opened", "from": "2026-06-01"}), "campaign_recipients.opened_at >= ?"),
        (
            json!({"campaigns": "responded", "campaign_id": [id, "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a91"], "within_days": 30}),
            "(campaign_recipients.clicked_at BETWEEN ? AND ? OR campaign_recipients.replied_at BETWEEN ? AND ?) \
             AND campaign_recipients.campaign_id IN (?, ?)",
        ),
        (
            json!({"campaigns": "held_out", "campaign_id": id, "to": "2026-06-01"}),
            "campaign_recipients.status = 'held_out' AND campaign_recipients.campaign_id IN \
             (SELECT campaigns.id FROM campaigns WHERE campaigns.launched_at <= ?) AND campaign_recipients.campaign_id IN (?)",
        ),
    ] {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let [members, explanation] = texts(dialect, definition.clone());
            let found = "SELECT customers.id FROM customers WHERE customers.id IN (SELECT campaign_recipients.customer_id";
            assert_eq!(members, format!("{found} FROM campaign_recipients WHERE {rows})"));
            let seen = format!(
                "(SELECT COUNT(*) FROM campaign_recipients WHERE campaign_recipients.customer_id = ? AND {rows} \
                 AND campaign_recipients.customer_id = customers.id) AS seen0"
            );
            assert!(explanation.contains(&seen), "one customer's rows: {explanation}");
        }
        let [others, _] = texts(Dialect::Postgres, json!({"not": definition}));
        assert!(
            others.ends_with(&format!(
                "WHERE NOT customers.id IN (SELECT campaign_recipients.customer_id FROM campaign_recipients WHERE {rows})"
            )),
            "{others}"
        );
    }
}

#[test]
fn no_word_of_a_callers_is_part_of_a_statement() {
    let evil = "x'); DROP TABLE customers; --";
    let all = json!({"all": [
        {"fact": "tags", "has_any": [evil]},
        {"fact": "locale", "is": evil},
        {"fact": "locale", "is_not": evil},
        {"fact": "locale", "starts_with": evil},
        {"fact": "locale", "contains": evil},
        {"fact": "attribute", "name": evil, "is": evil},
        {"fact": "attribute", "name": evil, "above": 1.5},
        {"fact": "attribute", "name": evil, "is": true},
        {"fact": "attribute", "name": evil, "exists": true},
        {"purchases": "count", "store": [evil], "at_least": 1},
    ]});
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        for text in texts(dialect, all.clone()) {
            assert!(!text.contains("DROP"), "{text}");
        }
    }
}
