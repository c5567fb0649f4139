//! Schemas in words: what a value is, what it may be, and the objects that it leads to.

use ringhook_web::{
    pages::{Field, Kind, Object},
    prose::Prose,
};
use serde_json::Value;

use super::read::{resolved, text};
use crate::api::document::DOCUMENT;

/// The schema that a reference names, through the ways in which the document refers to one.
fn referred(schema: &'static Value) -> Option<&'static str> {
    let direct = [schema, &schema["allOf"][0], &schema["anyOf"][0]];
    direct.into_iter().find_map(|schema| schema["$ref"].as_str()?.rsplit('/').next())
}

/// What a value of this schema is.
pub(super) fn kind(schema: &'static Value) -> Kind {
    let or_null = if schema["nullable"] == true || schema["anyOf"].is_array() { " or null" } else { "" };
    if let Some(name) = referred(schema) {
        let target = &DOCUMENT["components"]["schemas"][name];
        return match words_of(target) {
            Some(words) => Kind { words: format!("{words}{or_null}"), object: None },
            None => Kind { words: format!("{name}{or_null}"), object: Some(name.to_owned()) },
        };
    }
    if schema["type"] == "array" {
        let items = kind(&schema["items"]);
        return Kind { words: format!("array of {}{or_null}", items.words), object: items.object };
    }
    let words =
        words_of(schema).unwrap_or_else(|| match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("string"), Some("date-time")) => "time".to_owned(),
            (Some(kind), _) => kind.to_owned(),
            (None, _) => "anything".to_owned(),
        });
    Kind { words: format!("{words}{or_null}"), object: None }
}

/// The words of an enumeration.
fn words_of(schema: &Value) -> Option<String> {
    let words = schema["enum"].as_array()?.iter().filter_map(Value::as_str);
    Some(words.collect::<Vec<_>>().join(", "))
}

/// What a value may be, beyond its kind.
fn limits(schema: &Value) -> String {
    let number = |name: &str| schema[name].as_f64().map(|number| number.to_string());
    let range = |least: Option<String>, most: Option<String>, unit: &str| match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}")),
        (None, Some(most)) => Some(format!("at most {most}{unit}")),
        (Some(least), None) => Some(format!("at least {least}{unit}")),
        (None, None) => None,
    };
    let default = match &schema["default"] {
        Value::Null => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Object(members) if members.is_empty() => None,
        Value::String(text) => Some(format!("by default {text}")),
        other => Some(format!("by default {other}")),
    };
    let parts = [
        range(number("minimum"), number("maximum"), ""),
        range(number("minLength"), number("maxLength"), " characters"),
        range(number("minItems"), number("maxItems"), " items"),
        default,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// A member or a parameter.
pub(super) fn field(name: &str, schema: &'static Value, about: &'static str, required: bool) -> Field {
    Field {
        name: name.to_owned(),
        kind: kind(schema),
        required,
        about: Prose::read(about),
        limits: limits(schema),
    }
}

fn object(name: &str, schema: &'static Value) -> Object {
    let is_required =
        |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    // Whether an answer has a member is said by the member itself; only what is sent can be missing.
    let is_sent = ["New", "Batch", "Device"].iter().any(|prefix| name.starts_with(prefix));
    let members = schema["properties"].as_object().into_iter().flatten();
    Object {
        name: name.to_owned(),
        about: Prose::read(text(&schema["description"])),
        fields: members
            .map(|(name, member)| {
                field(name, member, text(&member["description"]), is_sent && is_required(name))
            })
            .collect(),
    }
}

/// The objects that these schemas lead to, each once, in the order in which they are met.
pub(super) fn objects(schemas: impl Iterator<Item = &'static Value>) -> Vec<Object> {
    let mut met = Vec::new();
    schemas.for_each(|schema| collect(schema, &mut met));
    met.into_iter().map(|(name, schema)| object(name, schema)).collect()
}

fn collect(schema: &'static Value, met: &mut Vec<(&'static str, &'static Value)>) {
    if let Some(name) = referred(schema) {
        let target = &DOCUMENT["components"]["schemas"][name];
        if target["enum"].is_array() || met.iter().any(|(known, _)| *known == name) {
            return;
        }
        met.push((name, target));
        let members = target["properties"].as_object().into_iter().flatten();
        members.for_each(|(_, member)| collect(member, met));
        let either = target["oneOf"].as_array().or(target["anyOf"].as_array()).into_iter().flatten();
        either.for_each(|schema| collect(schema, met));
    } else if schema["items"].is_object() {
        collect(&schema["items"], met);
    }
}

/// The media type and schema of a body, with its example.
pub(super) fn content(body: &'static Value) -> Option<(&'static str, &'static Value, &'static Value)> {
    let content = resolved(body)["content"].as_object()?;
    let (media_type, media) = content.iter().next()?;
    Some((media_type, &media["schema"], &media["example"]))
}
