//! Types and pure rules of the shop: no I/O, no clock, no randomness.
//!
//! Lives here: identifiers, instants, money, enumerations, what a caller may say about a resource
//! (the `…Draft` types, parsed and checked once) and the rules that need nothing but their arguments.
//! May import: nothing of ours but `domain`.

#[macro_use]
mod text_enum;

pub mod access_tokens;
pub mod accounts;
pub mod attributes;
pub mod audit_entries;
pub mod campaigns;
pub mod catalogue;
pub mod clients;
pub mod clock;
pub mod consents;
pub mod contact_policy;
pub mod coupons;
pub mod customer_events;
pub mod customer_values;
pub mod customers;
pub mod dates;
pub mod external_refs;
pub mod feedback;
pub mod feedback_reports;
pub mod field_error;
pub mod history;
pub mod identifiers;
pub mod ids;
pub mod imports;
pub mod instants;
pub mod jobs;
pub mod ledger;
pub mod lift;
pub mod links;
pub mod merge_patch;
pub mod message_events;
pub mod messages;
pub mod money;
pub mod orders;
pub mod paging;
pub mod permissions;
pub mod points;
pub mod precondition;
pub mod previews;
pub mod product_reviews;
pub mod referrals;
pub mod refresh_tokens;
pub mod scoring_runs;
pub mod secrets;
pub mod segments;
pub mod service_targets;
pub mod signatures;
pub mod staff;
pub mod statistics;
pub mod suppressions;
pub mod surveys;
pub mod texts;
pub mod typed_codes;
pub mod value_models;
pub mod value_score;
pub mod versions;
pub mod working_time;

pub use text_enum::{TextEnum, UnknownText};

/// The spec's schema of a text in a named format.
fn text_schema(format: &str, example: &str) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom(format.to_owned())))
        .examples([serde_json::Value::from(example)])
        .into()
}
