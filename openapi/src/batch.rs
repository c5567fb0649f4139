//! Many operations on bindings in one request.

use std::borrow::Cow;

use poem_openapi::{
    Object, Union,
    registry::{MetaSchemaRef, Registry},
    types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::{
    bindings::{Binding, NewBinding},
    json,
    problem::{ApiProblem, FieldError, Problem},
};

/// Operations on bindings, done in order.
#[derive(Object, Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct Batch {
    /// At most 1000.
    #[oai(validator(max_items = 1000))]
    pub operations: Vec<BatchItem>,
}

/// One operation of a batch.
#[derive(Union, Debug, Clone, PartialEq)]
#[oai(discriminator_name = "op")]
pub enum BatchOperation {
    /// Create or update, as `POST /bindings` does.
    #[oai(mapping = "upsert")]
    Upsert(BatchUpsert),
    /// Delete by id.
    #[oai(mapping = "delete")]
    Delete(BatchDelete),
}

/// Creates or updates a binding.
#[derive(Object, Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchUpsert {
    /// The binding as it shall be.
    pub binding: NewBinding,
}

/// Deletes a binding.
#[derive(Object, Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchDelete {
    /// `bnd_…`
    pub id: String,
}

/// An operation as it was read: one that cannot be read fails alone, not the whole batch. Its pointers are relative to
/// the operation; [`ApiProblem::under`] moves them.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchItem(pub Result<BatchOperation, ApiProblem>);

impl BatchItem {
    fn read(value: Value) -> Self {
        Self(read_operation(value))
    }
}

fn read_operation(mut value: Value) -> Result<BatchOperation, ApiProblem> {
    let Some(fields) = value.as_object_mut() else {
        return Err(ApiProblem::invalid(vec![FieldError::new("", "expected an object with `op`")]));
    };
    match fields.shift_remove("op").as_ref().and_then(Value::as_str) {
        Some("upsert") => json::read_value(&value).map(BatchOperation::Upsert),
        Some("delete") => json::read_value(&value).map(BatchOperation::Delete),
        _ => Err(ApiProblem::invalid(vec![FieldError::new("/op", "must be one of upsert, delete")])),
    }
}

impl<'de> Deserialize<'de> for BatchItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::read)
    }
}

// In the document an item is the operation itself.
impl Type for BatchItem {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        BatchOperation::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        BatchOperation::schema_ref()
    }

    fn register(registry: &mut Registry) {
        BatchOperation::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromJSON for BatchItem {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        value.map(Self::read).ok_or_else(ParseError::expected_input)
    }
}

impl ToJSON for BatchItem {
    fn to_json(&self) -> Option<Value> {
        self.0.as_ref().ok().and_then(ToJSON::to_json)
    }
}

/// What became of each operation, in order.
#[derive(Object, Debug, Clone, PartialEq)]
pub struct BatchResults {
    /// One for each operation.
    pub results: Vec<BatchResult>,
}

/// What became of one operation.
#[derive(Object, Debug, Clone, PartialEq)]
#[oai(skip_serializing_if_is_none)]
pub struct BatchResult {
    /// 200, 201 or 204, or the status of the problem.
    pub status: u16,
    /// The binding as it is now; left out for a deletion and for a problem.
    pub binding: Option<Binding>,
    /// Why it was not done; left out when it was.
    pub problem: Option<Problem>,
}

impl BatchResult {
    /// A binding that was created (201) or updated (200).
    pub fn upserted(status: u16, binding: Binding) -> Self {
        Self { status, binding: Some(binding), problem: None }
    }

    /// A binding that was deleted: 204.
    pub fn deleted() -> Self {
        Self { status: 204, binding: None, problem: None }
    }

    /// An operation that was refused.
    pub fn refused(problem: ApiProblem) -> Self {
        let problem = problem.into_problem();
        Self { status: problem.status, binding: None, problem: Some(problem) }
    }
}
