//! The API as callers see it: a real server over a fresh database for each test, the same tests on both databases.

mod catalogue_bulk;
mod categories;
mod audit_log;
mod auth;
mod clients;
mod commands;
mod contract;
mod customers;
mod edge;
mod products;
mod support;
mod tokens;
mod users;
