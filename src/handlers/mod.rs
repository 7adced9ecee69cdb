//! Endpoint functions: who may, what was asked, one service in one transaction, the answer.
//!
//! Each is about fifteen lines and holds no business `if` and no SQL. May import: `http`, `dto`, `services`, `domain`, `db::Db`.

pub mod audit_log;
pub mod auth;
pub mod campaigns;
pub mod categories;
pub mod clients;
pub mod contact_policy;
pub mod coupons;
pub mod customers;
pub mod feedback;
pub mod feedback_reports;
pub mod imports;
pub mod message_events;
pub mod messages;
pub mod operations;
pub mod orders;
pub mod points_programme;
pub mod product_reviews;
pub mod products;
pub mod scoring_runs;
pub mod segments;
pub mod service_targets;
pub mod suppressions;
pub mod surveys;
pub mod users;
pub mod value_models;
pub mod value_scores;
