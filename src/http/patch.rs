//! PATCH as JSON Merge Patch (RFC 7396): the resource as it was said, merged with the patch, read and checked as a whole again.
//!
//! So a patch has no type of its own: its schema is the draft's with nothing required and null allowed where it clears.

use std::{borrow::Cow, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type},
    },
};
use validator::Validate;

use super::validation::from_value;
use crate::{
    domain::{field_error::FieldError, merge_patch::merge},
    error::Error,
};

/// A patch of a `T`.
#[derive(Debug, Clone)]
pub struct MergePatch<T> {
    changes: Value,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned + Validate> MergePatch<T> {
    /// `current` with the changes, checked as if it had been sent whole.
    ///
    /// # Errors
    /// `invalid` with the field's pointer.
    pub fn apply(self, current: &T) -> Result<T, Error> {
        let mut merged = serde_json::to_value(current).map_err(Error::internal)?;
        // What the resource leaves out must not come back as an explicit null where a default is meant.
        if let Value::Object(fields) = &mut merged {
            fields.retain(|_, value| !value.is_null());
        }
        merge(&mut merged, self.changes.clone());
        from_value(merged).map_err(|error| self.explained(error))
    }

    /// What a null took away was not left out.
    fn explained(&self, error: Error) -> Error {
        let is_null = |fault: &FieldError| fault.code == "required" && self.changes.pointer(&fault.pointer).is_some_and(Value::is_null);
        if error.fields().iter().any(is_null) {
            let told = |fault: &FieldError| {
                if is_null(fault) { FieldError::new(&*fault.pointer, "required", "must not be null") } else { fault.clone() }
            };
            return Error::invalid(error.fields().iter().map(told).collect());
        }
        error
    }
}

impl<'de, T> serde::Deserialize<'de> for MergePatch<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let changes = serde_json::Map::deserialize(deserializer)?;
        Ok(Self { changes: Value::Object(changes), of: PhantomData })
    }
}

/// Checked after merging, not before.
impl<T> Validate for MergePatch<T> {
    fn validate(&self) -> Result<(), validator::ValidationErrors> {
        Ok(())
    }
}

/// utoipa asks generic types for this trait; `PartialSchema` follows from it.
impl<T: ComposeSchema> ComposeSchema for MergePatch<T> {
    fn compose(generics: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let RefOr::T(Schema::Object(mut object)) = T::compose(generics.clone()) else { return T::compose(generics) };
        let required = std::mem::take(&mut object.required);
        for (name, property) in &mut object.properties {
            if !required.contains(name) {
                clearable(property);
            }
        }
        object.into()
    }
}

impl<T: ToSchema + ComposeSchema> ToSchema for MergePatch<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Patch", T::name().trim_end_matches("Draft")).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

/// Lets null stand where it clears.
fn clearable(property: &mut RefOr<Schema>) {
    match property {
        RefOr::T(Schema::Object(object)) => add_null(&mut object.schema_type),
        RefOr::T(Schema::Array(array)) => add_null(&mut array.schema_type),
        RefOr::Ref(_) => {
            let null = ObjectBuilder::new().schema_type(Type::Null);
            *property = OneOfBuilder::new().item(null).item(property.clone()).into();
        }
        RefOr::T(_) => {}
    }
}

fn add_null(schema_type: &mut SchemaType) {
    if let SchemaType::Type(only) = schema_type {
        *schema_type = SchemaType::Array(vec![only.clone(), Type::Null]);
    }
}
