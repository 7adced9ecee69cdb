//! Use cases: plain synchronous functions over a transaction that the caller opened.
//!
//! Lives here: what the shop can do, step by step, every check before the first write. A service holds no socket and opens no transaction.
//! May import: `domain`, `repositories`, `error`, `db::DbConnection`.

pub mod accounts;
pub mod audit;
pub mod auth;
pub mod campaigns;
pub mod categories;
mod changed_fields;
pub mod clients;
pub mod consents;
pub mod consistency;
pub mod contact_policy;
pub mod coupons;
pub mod customer_events;
pub mod customers;
pub mod feedback;
pub mod feedback_reports;
mod history;
pub mod idempotency;
pub mod identifiers;
pub mod imports;
pub mod jobs;
pub mod message_events;
pub mod messages;
pub mod orders;
pub mod overview;
pub mod points;
pub mod product_reviews;
pub mod products;
mod references;
pub mod referrals;
pub mod satisfaction;
pub mod scoring_runs;
pub mod segments;
pub mod service_targets;
pub mod settings;
pub mod suppressions;
pub mod surveys;
mod upserts;
pub mod users;
pub mod value_models;
pub mod value_scores;
mod versions;
