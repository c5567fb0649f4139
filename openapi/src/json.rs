//! Strict reading of JSON: UTF-8, no duplicate keys, and faults told by field.

use poem::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, error::Category};

use crate::{explain::explain, problem::ApiProblem, strict};

/// Reads a whole document as `T`.
///
/// # Errors
/// 400 for what is not JSON, not UTF-8 or has a key twice; 422 with a pointer for a missing field, an unknown one or
/// one of the wrong type.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiProblem> {
    read_value(&parse(bytes)?)
}

/// Reads any JSON document.
///
/// # Errors
/// 400 for what is not JSON (with line and column), not UTF-8, or has a key twice (`duplicate_key`, with its name).
pub fn parse(bytes: &[u8]) -> Result<Value, ApiProblem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        ApiProblem::malformed(format!("The body is not UTF-8 from byte {} on.", error.valid_up_to()))
    })?;
    if text.trim().is_empty() {
        return Err(ApiProblem::malformed("The body is empty; send JSON."));
    }
    strict::parse(text, usize::MAX).map_err(|error| match error.classify() {
        Category::Data => {
            ApiProblem::new(StatusCode::BAD_REQUEST, "duplicate_key", format!("The body {error}."))
        }
        _ => ApiProblem::malformed(format!("The body is not JSON: {error}.")),
    })
}

/// Reads a value that is already parsed as `T`.
///
/// # Errors
/// 422 with a pointer for a missing field, an unknown one or one of the wrong type.
pub fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, ApiProblem> {
    serde_path_to_error::deserialize(value).map_err(|error| ApiProblem::invalid(vec![explain(&error, value)]))
}

#[cfg(test)]
mod tests;
