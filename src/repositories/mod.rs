//! SQL: free functions, one file a group of tables, each query one diesel expression through `on!`.
//!
//! Row structs stay private to their file; `find` answers an `Option`, nothing in here says "not found". The number of queries
//! never depends on the number of rows. May import: `domain`, `db`.

pub mod audit_log;
pub mod campaigns;
pub mod categories;
pub mod clients;
pub mod consents;
pub mod coupons;
pub mod customer_events;
pub mod customers;
pub mod feedback;
pub mod feedback_reports;
pub mod idempotency_keys;
pub mod identifiers;
pub mod imports;
pub mod jobs;
pub mod messages;
pub mod orders;
pub mod points;
pub mod product_reviews;
pub mod products;
pub mod references;
pub mod referrals;
pub mod refresh_tokens;
pub mod scores;
pub mod scoring_runs;
pub mod segments;
pub mod settings;
pub mod staff;
pub mod suppressions;
pub mod surveys;
pub mod value_models;
pub mod value_revision;
pub mod versions;
pub mod views;
