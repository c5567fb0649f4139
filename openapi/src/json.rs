//! Strict reading of JSON: UTF-8, no duplicate keys, and faults told by field.

use std::fmt;

use poem::http::StatusCode;
use serde::{Deserialize, Deserializer, de, de::DeserializeOwned};
use serde_json::{Map, Value, error::Category};

use crate::{explain::explain, problem::ApiProblem};

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
    serde_json::from_str::<Strict>(text).map(|strict| strict.0).map_err(|error| match error.classify() {
        Category::Data => ApiProblem::new(StatusCode::BAD_REQUEST, "duplicate_key", format!("{error}.")),
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

/// A value that was read without accepting a key twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> de::Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(de::Error::custom(format_args!(
                    "The key `{key}` stands twice in one object; keep one"
                )));
            }
            let Strict(value) = entries.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests;
