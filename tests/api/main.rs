//! The API as callers see it: a real server over a fresh database for each test, the same tests on both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that can not go on shall fail loudly, and is told by its environment where the test server is"
)]

mod audit_log;
mod auth;
mod campaigns;
mod cards;
mod catalogue_bulk;
mod categories;
mod clients;
mod commands;
mod connections;
mod consents;
mod contact_policy;
mod contract;
mod coupons;
mod customers;
mod edge;
mod feedback;
mod feedback_reports;
mod imports;
mod message_events;
mod messages;
mod messages_gateway;
mod orders;
mod orders_bulk;
mod orders_lifecycle;
mod orders_lists;
mod orders_payments;
mod orders_proof;
mod orders_replaced;
mod outages;
mod pages;
mod points;
mod preconditions;
mod product_reviews;
mod products;
mod referrals;
mod requests;
mod segments;
mod service_targets;
mod support;
mod suppressions;
mod surveys;
mod tokens;
mod upserts;
mod users;
mod value;
