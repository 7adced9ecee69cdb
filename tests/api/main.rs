//! The API as callers see it: a real server over a fresh database for each test, the same tests on both databases.

mod contract;
mod customers;
mod edge;
mod support;
