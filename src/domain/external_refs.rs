//! What other systems call a resource.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::{
    field_error::FieldError,
    texts::{self, fault},
};

/// The most references that one resource can have; the drafts' limits say the same.
const MOST: usize = 20;

/// The id that another system has for a resource; unique for each kind of resource and system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"system": "erp", "id": "C-1001"}))]
pub struct ExternalRef {
    /// The other system.
    #[validate(custom(function = "texts::system"))]
    #[schema(min_length = 1, max_length = 50, pattern = "^[a-z0-9][a-z0-9_.-]{0,49}$")]
    pub system: String,
    /// Its id there.
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub id: String,
}

/// Makes sure that `reference` is among `refs`.
///
/// # Errors
/// `length` at `/external_refs` when it is one too many.
pub fn add(refs: &mut Vec<ExternalRef>, reference: &ExternalRef) -> Result<(), FieldError> {
    if refs.contains(reference) {
        return Ok(());
    }
    if refs.len() >= MOST {
        return Err(FieldError::new("/external_refs", "length", format!("must have at most {MOST} items, that of the path included")));
    }
    refs.push(reference.clone());
    Ok(())
}

/// No reference stands twice in a list.
///
/// # Errors
/// `duplicate`.
pub fn distinct(refs: &[ExternalRef]) -> Result<(), ValidationError> {
    let mut sorted: Vec<&ExternalRef> = refs.iter().collect();
    sorted.sort();
    if sorted.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(fault("duplicate", "must not name a reference twice"));
    }
    Ok(())
}
