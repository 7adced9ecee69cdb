//! Wire types: what is answered and which query parameters a list has. What a caller may say about a resource is its `…Draft` in `domain`.
//!
//! May import: `domain`.

pub mod audit_log;
pub mod auth;
pub mod campaigns;
pub mod categories;
pub mod clients;
pub mod consents;
pub mod contact_policy;
pub mod coupons;
pub mod customer_events;
pub mod customers;
pub mod estimates;
pub mod feedback;
pub mod feedback_reports;
pub mod imports;
pub mod message_events;
pub mod messages;
pub mod orders;
pub mod points;
pub mod product_reviews;
pub mod products;
pub mod referrals;
pub mod scoring_runs;
pub mod segments;
pub mod service_targets;
pub mod suppressions;
pub mod surveys;
pub mod users;
pub mod value_models;
pub mod value_scores;
