//! What must hold between tables and no foreign key can say, each rule as a query for what breaks it.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, expressions::Statement, sql_types::Uuid},
    domain::ids::Id,
    on,
};

/// A rule and the query for the ids of what breaks it.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What must hold.
    pub name: &'static str,
    broken: &'static str,
}

/// The most breaches of one rule that are named.
pub const NAMED: i64 = 20;

/// Every rule.
pub const RULES: &[Rule] = &[
    Rule {
        name: "an order belongs to a customer, or to itself when it is anonymous",
        broken: "SELECT o.id FROM orders o WHERE o.customer_id <> o.id AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer_id) LIMIT ?",
    },
    Rule {
        name: "an order's subtotal and refunded total are the sums of its lines",
        broken: "SELECT o.id FROM orders o LEFT JOIN (SELECT customer_id, order_id, SUM(quantity * unit_price - discount) AS net, SUM(refunded) AS refunded \
                 FROM order_lines GROUP BY customer_id, order_id) l ON l.customer_id = o.customer_id AND l.order_id = o.id \
                 WHERE o.subtotal <> COALESCE(l.net, 0) OR o.refunded_total <> COALESCE(l.refunded, 0) LIMIT ?",
    },
    Rule {
        name: "an order is marked as refunded when, and only when, all of it was given back",
        broken: "SELECT id FROM orders WHERE (status = 'refunded' AND refunded_total < subtotal) LIMIT ?",
    },
    Rule {
        name: "an order has a history",
        broken: "SELECT o.id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM order_events e WHERE e.customer_id = o.customer_id AND e.order_id = o.id) LIMIT ?",
    },
    Rule {
        name: "an order's number is claimed by it",
        broken: "SELECT o.id FROM orders o WHERE NOT EXISTS \
                 (SELECT 1 FROM identifiers i WHERE i.kind = 'order_number' AND i.value = o.number AND i.resource_id = o.id) LIMIT ?",
    },
    Rule {
        name: "a customer's e-mail is claimed by the customer",
        broken: "SELECT c.id FROM customers c WHERE c.email IS NOT NULL AND NOT EXISTS \
                 (SELECT 1 FROM identifiers i WHERE i.kind = 'email' AND i.resource_id = c.id AND i.customer_id = i.resource_id) LIMIT ?",
    },
    Rule {
        name: "a customer's phone is claimed by the customer",
        broken: "SELECT c.id FROM customers c WHERE c.phone IS NOT NULL AND NOT EXISTS \
                 (SELECT 1 FROM identifiers i WHERE i.kind = 'phone' AND i.value = c.phone AND i.resource_id = c.id) LIMIT ?",
    },
    Rule {
        name: "a card's number is claimed by its customer",
        broken: "SELECT k.customer_id FROM cards k WHERE NOT EXISTS \
                 (SELECT 1 FROM identifiers i WHERE i.kind = 'card' AND i.resource_id = k.customer_id AND i.customer_id = i.resource_id) LIMIT ?",
    },
    Rule {
        name: "an identifier belongs to something that is there",
        broken: "SELECT i.resource_id FROM identifiers i WHERE NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = i.resource_id) \
                 AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = i.resource_id) AND NOT EXISTS (SELECT 1 FROM products p WHERE p.id = i.resource_id) \
                 AND NOT EXISTS (SELECT 1 FROM categories g WHERE g.id = i.resource_id) AND NOT EXISTS (SELECT 1 FROM feedback f WHERE f.id = i.resource_id) \
                 AND NOT EXISTS (SELECT 1 FROM point_entries e WHERE e.id = i.resource_id) \
                 AND NOT EXISTS (SELECT 1 FROM coupons k WHERE k.id = i.resource_id) LIMIT ?",
    },
    Rule {
        name: "an identifier of a customer or an order names the owner of that row",
        broken: "SELECT i.resource_id FROM identifiers i JOIN orders o ON o.id = i.resource_id \
                 WHERE i.customer_id IS NOT NULL AND i.customer_id <> o.customer_id LIMIT ?",
    },
    Rule {
        name: "feedback belongs to a customer, or to itself when it is anonymous",
        broken: "SELECT f.id FROM feedback f WHERE f.customer_id <> f.id AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = f.customer_id) LIMIT ?",
    },
    Rule {
        name: "feedback has its texts and a history",
        broken: "SELECT f.id FROM feedback f WHERE NOT EXISTS (SELECT 1 FROM feedback_texts t WHERE t.customer_id = f.customer_id AND t.feedback_id = f.id) \
                 OR NOT EXISTS (SELECT 1 FROM feedback_events e WHERE e.customer_id = f.customer_id AND e.feedback_id = f.id) LIMIT ?",
    },
    Rule {
        name: "a customer's open complaints are counted",
        broken: "SELECT c.id FROM customers c LEFT JOIN (SELECT customer_id, COUNT(*) AS open FROM feedback \
                 WHERE feedback_type = 'complaint' AND status <> 'closed' GROUP BY customer_id) f ON f.customer_id = c.id \
                 WHERE c.open_complaints <> COALESCE(f.open, 0) LIMIT ?",
    },
    Rule {
        name: "a customer's last rating is that of the last review",
        broken: "SELECT c.id FROM customers c LEFT JOIN (SELECT customer_id, rating, \
                 ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY created_at DESC, id DESC) AS place FROM feedback WHERE feedback_type = 'review') f \
                 ON f.customer_id = c.id AND f.place = 1 WHERE COALESCE(c.last_rating, 0) <> COALESCE(f.rating, 0) LIMIT ?",
    },
    Rule {
        name: "a response belongs to a customer, or to itself when nobody is known",
        broken: "SELECT r.id FROM survey_responses r WHERE r.customer_id <> r.id AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = r.customer_id) LIMIT ?",
    },
    Rule {
        name: "an answered invitation has the customer's response",
        broken: "SELECT i.id FROM survey_invitations i WHERE (i.answered_at IS NULL) <> (i.response_id IS NULL) OR (i.response_id IS NOT NULL \
                 AND NOT EXISTS (SELECT 1 FROM survey_responses r WHERE r.customer_id = i.customer_id AND r.id = i.response_id)) LIMIT ?",
    },
    Rule {
        name: "a survey is marked as answered when, and only when, it was",
        broken: "SELECT s.id FROM surveys s WHERE (s.answered_at IS NOT NULL) <> EXISTS (SELECT 1 FROM survey_responses r WHERE r.survey_id = s.id) LIMIT ?",
    },
    Rule {
        name: "a customer's points are the sum of their entries",
        broken: "SELECT a.customer_id FROM point_accounts a LEFT JOIN (SELECT customer_id, \
                 SUM(CASE WHEN status = 'posted' THEN points ELSE 0 END) AS posted, SUM(CASE WHEN status = 'pending' THEN points ELSE 0 END) AS pending, \
                 SUM(CASE WHEN status = 'posted' AND kind IN ('earn', 'reverse') THEN points ELSE 0 END) AS earned \
                 FROM point_entries GROUP BY customer_id) e ON e.customer_id = a.customer_id WHERE a.balance <> COALESCE(e.posted, 0) \
                 OR a.pending <> COALESCE(e.pending, 0) OR a.lifetime_earned <> COALESCE(e.earned, 0) LIMIT ?",
    },
    Rule {
        name: "what remains of a customer's points adds up to their balance, or to nothing while there is a debt",
        broken: "SELECT a.customer_id FROM point_accounts a LEFT JOIN (SELECT customer_id, SUM(remaining) AS remaining FROM point_entries \
                 GROUP BY customer_id) e ON e.customer_id = a.customer_id \
                 WHERE COALESCE(e.remaining, 0) <> CASE WHEN a.balance > 0 THEN a.balance ELSE 0 END LIMIT ?",
    },
    Rule {
        name: "nobody has spent more points than they had",
        broken: "SELECT id FROM point_entries WHERE kind = 'spend' AND balance_after < 0 LIMIT ?",
    },
    Rule {
        name: "an entry of points names an order that is there",
        broken: "SELECT e.id FROM point_entries e WHERE e.order_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = e.order_id) LIMIT ?",
    },
    Rule {
        name: "a coupon belongs to a customer, or to itself when nobody holds it",
        broken: "SELECT k.id FROM coupons k WHERE k.customer_id <> k.id AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = k.customer_id) LIMIT ?",
    },
    Rule {
        name: "a coupon's code is claimed by it",
        broken: "SELECT k.id FROM coupons k WHERE NOT EXISTS \
                 (SELECT 1 FROM identifiers i WHERE i.kind = 'coupon_code' AND i.resource_id = k.id AND i.value = REPLACE(k.code, '-', '')) LIMIT ?",
    },
    Rule {
        name: "a coupon's uses are counted",
        broken: "SELECT k.id FROM coupons k LEFT JOIN (SELECT coupon_id, SUM(CASE status WHEN 'reserved' THEN 1 ELSE 0 END) AS reserved, \
                 SUM(CASE status WHEN 'redeemed' THEN 1 ELSE 0 END) AS redeemed FROM coupon_redemptions GROUP BY coupon_id) r ON r.coupon_id = k.id \
                 WHERE k.reserved <> COALESCE(r.reserved, 0) OR k.redeemed <> COALESCE(r.redeemed, 0) LIMIT ?",
    },
    Rule {
        name: "a batch's coupons are counted",
        broken: "SELECT b.id FROM coupon_batches b LEFT JOIN (SELECT batch_id, COUNT(*) AS issued, SUM(reserved) AS reserved, SUM(redeemed) AS redeemed \
                 FROM coupons GROUP BY batch_id) k ON k.batch_id = b.id LEFT JOIN (SELECT batch_id, SUM(discount) AS discount FROM coupon_redemptions \
                 WHERE status = 'redeemed' GROUP BY batch_id) r ON r.batch_id = b.id WHERE b.issued <> COALESCE(k.issued, 0) \
                 OR b.reserved <> COALESCE(k.reserved, 0) OR b.redeemed <> COALESCE(k.redeemed, 0) OR b.discount_total <> COALESCE(r.discount, 0) LIMIT ?",
    },
    Rule {
        name: "a coupon's use belongs to a customer, to its order, or to itself",
        broken: "SELECT r.id FROM coupon_redemptions r WHERE r.customer_id <> r.id AND (r.order_id IS NULL OR r.customer_id <> r.order_id) \
                 AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = r.customer_id) LIMIT ?",
    },
    Rule {
        name: "a coupon that was redeemed for an order is the order's, and no other",
        broken: "SELECT r.id FROM coupon_redemptions r WHERE r.status = 'redeemed' AND r.order_id IS NOT NULL AND (NOT EXISTS (SELECT 1 FROM orders o \
                 JOIN coupons k ON k.id = r.coupon_id WHERE o.customer_id = r.customer_id AND o.id = r.order_id AND o.coupon_code = k.code) \
                 OR EXISTS (SELECT 1 FROM coupon_redemptions s WHERE s.customer_id = r.customer_id AND s.order_id = r.order_id \
                 AND s.status = 'redeemed' AND s.id <> r.id)) LIMIT ?",
    },
    Rule {
        name: "the coupon in a campaign's message is its reader's",
        broken: "SELECT r.id FROM campaign_recipients r WHERE r.coupon_id IS NOT NULL AND NOT EXISTS \
                 (SELECT 1 FROM coupons k WHERE k.customer_id = r.customer_id AND k.id = r.coupon_id) LIMIT ?",
    },
    Rule {
        name: "who is queued in a campaign has a message in the outbox",
        broken: "SELECT r.id FROM campaign_recipients r WHERE r.status = 'queued' AND NOT EXISTS \
                 (SELECT 1 FROM messages m WHERE m.id = r.message_id AND m.status IN ('queued', 'sending')) LIMIT ?",
    },
    Rule {
        name: "a campaign's message is to somebody in its audience",
        broken: "SELECT m.id FROM messages m WHERE m.campaign_id IS NOT NULL AND NOT EXISTS \
                 (SELECT 1 FROM campaign_recipients r WHERE r.id = m.about_id AND r.campaign_id = m.campaign_id) LIMIT ?",
    },
    Rule {
        name: "who is held out of a campaign gets nothing of it",
        broken: "SELECT id FROM campaign_recipients WHERE status = 'held_out' \
                 AND (variant IS NOT NULL OR message_id IS NOT NULL OR coupon_id IS NOT NULL) LIMIT ?",
    },
    Rule {
        name: "a code to share is claimed by its customer",
        broken: "SELECT k.customer_id FROM referral_codes k WHERE NOT EXISTS (SELECT 1 FROM identifiers i WHERE i.kind = 'referral_code' \
                 AND i.resource_id = k.customer_id AND i.value = REPLACE(k.code, '-', '')) LIMIT ?",
    },
    Rule {
        name: "who has brought a customer is there, and so is the friend's first order",
        broken: "SELECT r.id FROM referrals r WHERE NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = r.referrer_id) \
                 OR (r.order_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = r.customer_id AND o.id = r.order_id)) LIMIT ?",
    },
    Rule {
        name: "a relation's customer is there",
        broken: "SELECT r.id FROM relations r WHERE r.related_customer_id IS NOT NULL \
                 AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = r.related_customer_id) LIMIT ?",
    },
    Rule {
        name: "a customer can be found by name",
        broken: "SELECT c.id FROM customers c WHERE NOT EXISTS (SELECT 1 FROM customer_terms t WHERE t.customer_id = c.id) LIMIT ?",
    },
    Rule {
        name: "a category's effective value class is its own, else its parent's, else everyday",
        broken: "SELECT g.id FROM categories g LEFT JOIN categories p ON p.id = g.parent_id \
                 WHERE g.effective_value_class <> COALESCE(g.value_class, p.effective_value_class, 'everyday') LIMIT ?",
    },
    Rule {
        name: "a score belongs to a run and a customer that are there",
        broken: "SELECT s.customer_id FROM scores s WHERE NOT EXISTS (SELECT 1 FROM scoring_runs r WHERE r.id = s.run_id) \
                 OR NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = s.customer_id) LIMIT ?",
    },
    Rule {
        name: "a completed run has a score for each of its population",
        broken: "SELECT r.id FROM scoring_runs r WHERE r.completed_at IS NOT NULL \
                 AND r.population <> (SELECT COUNT(*) FROM scores s WHERE s.run_id = r.id) LIMIT ?",
    },
    Rule {
        name: "an import keeps no uploaded file once its job has ended",
        broken: "SELECT DISTINCT k.import_id FROM import_chunks k JOIN jobs j ON j.id = k.import_id WHERE j.status = 'completed' LIMIT ?",
    },
];

/// The ids of what breaks a rule, at most [`NAMED`].
///
/// # Errors
/// The database's.
pub fn breaches(conn: &mut DbConnection, rule: &Rule) -> DbResult<Vec<Id<()>>> {
    let query = Statement::<Uuid>::new(rule.broken, vec![NAMED.into()]);
    Ok(on!(conn, c => query.load(c))?)
}
