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

/// The schema of a name, or of the reference that ends with it.
fn named(reference: &'static str) -> &'static Value {
    let name = reference.rsplit('/').next().unwrap_or_default();
    &DOCUMENT["components"]["schemas"][name]
}

/// The kinds of an object that its discriminator tells apart, each with its word.
fn kinds(schema: &'static Value) -> impl Iterator<Item = (&'static str, &'static Value)> {
    let mapping = schema["discriminator"]["mapping"].as_object().into_iter().flatten();
    mapping.map(|(word, reference)| {
        let kind = named(text(reference));
        // It has words of its own, and refers to what it is.
        (word.as_str(), referred(kind).map_or(kind, named))
    })
}

/// What a value of this schema is.
pub(super) fn kind(schema: &'static Value) -> Kind {
    let or_null = if schema["nullable"] == true || schema["anyOf"].is_array() { " or null" } else { "" };
    if let Some(name) = referred(schema) {
        return match words_of(named(name)) {
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
pub(super) fn field(name: &str, schema: &'static Value, about: &str, required: bool) -> Field {
    Field {
        name: name.to_owned(),
        kind: kind(schema),
        required,
        about: Prose::read(about),
        limits: limits(schema),
    }
}

fn members(schema: &'static Value) -> impl Iterator<Item = (&'static str, &'static Value)> {
    let members = schema["properties"].as_object().into_iter().flatten();
    members.map(|(name, member)| (name.as_str(), member))
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name))
}

/// The word that tells an object's kinds apart, and after it what each of them has.
fn fields_of_kinds(schema: &'static Value) -> Vec<Field> {
    let Some(teller) = schema["discriminator"]["propertyName"].as_str() else { return Vec::new() };
    let words: Vec<_> = kinds(schema).map(|(word, _)| word).collect();
    let mut fields = vec![Field {
        name: teller.to_owned(),
        kind: Kind { words: words.join(", "), object: None },
        required: true,
        about: Prose::read("Which of them it is: what else it has is told by that."),
        limits: String::new(),
    }];
    for (word, kind) in kinds(schema) {
        fields.extend(members(kind).map(|(name, member)| {
            let needed = if is_required(kind, name) { ", and needed there" } else { "" };
            let about = text(&member["description"]);
            field(name, member, &format!("With `{teller}` `{word}`{needed}. {about}"), false)
        }));
    }
    fields
}

fn object(name: &str, schema: &'static Value) -> Object {
    // Whether an answer has a member is said by the member itself; only what is sent can be missing.
    let is_sent = ["New", "Batch", "Device"].iter().any(|prefix| name.starts_with(prefix));
    let own = members(schema).map(|(name, member)| {
        field(name, member, text(&member["description"]), is_sent && is_required(schema, name))
    });
    Object {
        name: name.to_owned(),
        about: Prose::read(text(&schema["description"])),
        fields: own.chain(fields_of_kinds(schema)).collect(),
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
        let target = named(name);
        if target["enum"].is_array() || met.iter().any(|(known, _)| *known == name) {
            return;
        }
        met.push((name, target));
        members(target).for_each(|(_, member)| collect(member, met));
        kinds(target).flat_map(|(_, kind)| members(kind)).for_each(|(_, member)| collect(member, met));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn named_object(name: &'static str) -> Object {
        object(name, named(name))
    }

    #[test]
    fn an_operation_of_a_batch_shows_its_word_and_what_each_needs() {
        let Object { fields, .. } = named_object("BatchOperation");
        let shown: Vec<_> = fields.iter().map(|one| (one.name.as_str(), one.kind.words.as_str())).collect();
        assert_eq!(shown, [("op", "upsert, delete"), ("binding", "NewBinding"), ("id", "string")]);
        assert!(fields[0].required && !fields[1].required);
        let about = Prose::read("With `op` `upsert`, and needed there. The binding as it shall be.");
        assert_eq!(fields[1].about, about);
    }

    #[test]
    fn every_object_that_is_met_shows_members_and_links_lead_to_one() {
        let batch = &DOCUMENT["paths"]["/bindings/batch"]["post"]["requestBody"]["content"]["application/json"]
            ["schema"];
        let met = objects(std::iter::once(batch));
        let names: Vec<_> = met.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Batch", "BatchOperation", "NewBinding", "WebPushKeys"]);
        for object in &met {
            assert!(!object.fields.is_empty(), "{}", object.name);
            let links = object.fields.iter().filter_map(|field| field.kind.object.as_deref());
            links.for_each(|link| assert!(names.contains(&link), "{link}"));
        }
    }
}
