//! Turns what serde says about a value into words for the person who sent it, without repeating the value, which may
//! be a secret.

use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::problem::FieldError;

/// The fault in `value` that `error` stands for.
pub(crate) fn explain(error: &serde_path_to_error::Error<serde_json::Error>, value: &Value) -> FieldError {
    let pointer = pointer_of(error.path());
    let message = error.inner().to_string();
    if let Some(name) = between(&message, "missing field `", "`") {
        return FieldError::new(join(&pointer, name), "is required");
    }
    // here the path ends with the field already
    if message.starts_with("unknown field") {
        return FieldError::new(pointer, format!("is not known here; known are {}", listed(&message)));
    }
    if message.starts_with("unknown variant") {
        return FieldError::new(pointer, format!("must be one of {}", listed(&message)));
    }
    if let Some((_, expected)) = message.rsplit_once(", expected ")
        && message.starts_with("invalid ")
    {
        let found = value.pointer(&pointer).map_or("something else", kind_of);
        return FieldError::new(pointer, format!("expected {}, found {found}", kind_wanted(expected)));
    }
    FieldError::new(pointer, message)
}

fn pointer_of(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        pointer = match segment {
            Segment::Seq { index } => format!("{pointer}/{index}"),
            Segment::Map { key } => join(&pointer, key),
            // a variant is a word inside the value, not a place; an unknown segment has no name to give
            Segment::Enum { .. } | Segment::Unknown => pointer,
        };
    }
    pointer
}

/// Adds a key, escaped after RFC 6901, section 3.
fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The names that serde lists after "expected", without its quotes.
fn listed(message: &str) -> String {
    let Some((_, names)) = message.rsplit_once(", expected ") else {
        return "none".to_owned();
    };
    names.strip_prefix("one of ").unwrap_or(names).replace('`', "").replace(" or ", ", ")
}

fn between<'a>(message: &'a str, before: &str, after: &str) -> Option<&'a str> {
    message.strip_prefix(before)?.strip_suffix(after)
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Rust's name of a type, in JSON's terms.
fn kind_wanted(expected: &str) -> &str {
    match expected {
        "u16" => "an integer from 0 to 65535",
        "u32" => "an integer from 0 to 4294967295",
        "u64" => "an integer from 0",
        "a sequence" => "an array",
        "a map" => "an object",
        // a word of a vocabulary
        "string or map" => "a string",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}
