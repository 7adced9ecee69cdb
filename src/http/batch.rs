//! Batches: up to 1,000 upserts by reference, each answered in order with its own status; one bad item never sinks the rest.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;
use validator::{Validate, ValidationErrors};

use super::{
    answer::{self, Answer},
    extract::Body,
    problem::problem_value,
    validation::from_value,
};
use crate::{
    db::{DbConnection, in_savepoint},
    domain::external_refs::ExternalRef,
    error::Error,
    services::audit::Touched,
};

/// A batch as it is sent: 1,000 orders are longer than other bodies may be.
pub type BatchBody = Body<Batch, 8>;

/// What is sent: items are read one by one, so that one that can not be read fails alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    items: Vec<Value>,
}

impl Validate for Batch {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        if !(1..=1000).contains(&self.items.len()) {
            errors.add("items", crate::domain::texts::fault("length", "must have 1 to 1000 items"));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Upserts by reference, up to 1,000.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchOf<T: ToSchema> {
    /// The upserts, done in this order.
    #[schema(min_items = 1, max_items = 1000)]
    pub items: Vec<BatchItem<T>>,
}

/// One upsert.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchItem<T> {
    /// Which resource: it is replaced when it exists and made when it does not.
    pub r#ref: ExternalRef,
    /// What it shall be, as in a PUT.
    pub data: T,
}

impl<T: Validate> Validate for BatchItem<T> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut outcome = Ok(());
        outcome = ValidationErrors::merge(outcome, "ref", self.r#ref.validate());
        outcome = ValidationErrors::merge(outcome, "data", self.data.validate());
        outcome
    }
}

/// What became of one item.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchItemResult {
    /// As a PUT of this item alone would have been answered: 201 made, 200 replaced, else the problem's.
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// The resource's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Uuid, required = false)]
    pub id: Option<uuid::Uuid>,
    /// The resource's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<i64>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = crate::http::problem::ProblemBody, required = false)]
    pub problem: Option<Value>,
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"results": [{"status": 201, "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "version": 1}]}))]
pub struct BatchResults {
    /// One an item, in the same order.
    pub results: Vec<BatchItemResult>,
}

/// A resource after an upsert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upserted {
    /// Its id.
    pub id: uuid::Uuid,
    /// Its version.
    pub version: i64,
    /// Whether it is new.
    pub is_new: bool,
}

/// Runs each item in a savepoint of its own. `kind` is the path of the resources.
///
/// # Errors
/// Only what concerns the whole: items answer for themselves.
pub fn run<T: DeserializeOwned + Validate>(
    tx: &mut DbConnection,
    request_id: &str,
    kind: &str,
    batch: Batch,
    upsert: impl Fn(&mut DbConnection, &ExternalRef, T) -> Result<Upserted, Error>,
) -> Result<Answer, Error> {
    let mut results = Vec::with_capacity(batch.items.len());
    let mut touched = Vec::new();
    for item in batch.items {
        let fields = item.get("data").and_then(Value::as_object).map(|data| data.keys().cloned().collect()).unwrap_or_default();
        let outcome = from_value::<BatchItem<T>>(item)
            .and_then(|item| in_savepoint(tx, |tx| upsert(tx, &item.r#ref, item.data)).map_err(|error| error.below("/data")));
        results.push(match outcome {
            Ok(done) => {
                let status = if done.is_new { 201 } else { 200 };
                touched.push(Touched { resource: format!("{kind}/{}", done.id), status, fields });
                BatchItemResult { status, id: Some(done.id), version: Some(done.version), problem: None }
            }
            // The database going away concerns everybody.
            Err(error) if error.code() == crate::error::Code::Unavailable => return Err(error),
            Err(error) => {
                let (status, problem) = problem_value(&error, request_id);
                BatchItemResult { status, id: None, version: None, problem: Some(problem) }
            }
        });
    }
    Ok(Answer { touched, ..answer::done(&BatchResults { results })? })
}
