//! What every endpoint shares: the URL map, the spec, problems, authentication, extractors, paging, versions, idempotency, the request log.
//!
//! Lives here: everything that knows HTTP and no business. May import: `handlers` (in `routes` only), `dto`, `services`, `domain`, `error`, `db::Db`.

pub mod address;
pub mod answer;
pub mod app;
pub mod auth;
pub mod batch;
pub mod body;
pub mod conditional;
pub mod docs;
pub mod edge;
pub mod extract;
pub mod form;
pub mod login;
pub mod metrics;
pub mod oauth;
pub mod openapi;
pub mod pages;
pub mod paging;
pub mod passwords;
pub mod patch;
pub mod preflight;
pub mod problem;
pub mod rate_limit;
pub mod routes;
pub mod signature;
pub mod spec_index;
pub mod strangers;
pub mod strict;
pub mod target;
pub mod upload;
pub mod validation;
pub mod wording;
pub mod write;
