//! The API's document: what poem-openapi describes, in the form that readers, linters and generators want. Described once,
//! in the code; this file only puts it in order.

mod examples;
mod parameters;

use std::sync::LazyLock;

use poem::http::StatusCode;
use poem_openapi::Tags;
use serde_json::{Map, Value, json};

use super::{Noun, service};

const LICENSE: &str = "https://www.apache.org/licenses/LICENSE-2.0";

/// The document, as it is served and committed.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

fn document() -> Value {
    let mut document = serde_json::from_str(&service().spec()).unwrap_or_default();
    plain_media_types(&mut document);
    one_description(&mut document);
    honest_nulls(&mut document);
    document["info"]["contact"] = json!({ "name": "Whoever operates this server" });
    document["info"]["license"] = json!({ "name": "Apache-2.0", "url": LICENSE });
    if let Some(tags) = document["tags"].as_array_mut() {
        tags.sort_by_key(|tag| Noun::ALL.iter().position(|noun| tag["name"] == noun.name()));
    }
    document["components"]["headers"] = rate_limit_headers();
    document["components"]["parameters"] = json!({
        "IdempotencyKey": idempotency_key(),
        "Workspace": parameters::workspace("Ringhook-Workspace", "header"),
        "WorkspaceQuery": parameters::workspace("workspace", "query"),
    });
    for (method, path, operation) in operations(&mut document) {
        fitting_answers(&method, &path, operation);
        rate_limited(operation);
        if method == "post" && is_of_server(operation) && !is_stream(operation) {
            refer(operation, "IdempotencyKey");
        }
        if is_of_device(operation) {
            ["Workspace", "WorkspaceQuery"].into_iter().for_each(|name| refer(operation, name));
        }
    }
    parameters::describe(&mut document);
    examples::add(&mut document);
    shared_refusals(&mut document);
    document
}

/// Every operation with its method and path.
fn operations(document: &mut Value) -> Vec<(String, String, &mut Value)> {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let of_path = |(path, methods): (&String, _)| {
        let path = path.clone();
        let methods: &mut Value = methods;
        let methods = methods.as_object_mut().into_iter().flatten();
        methods.map(move |(method, operation)| (method.clone(), path.clone(), operation)).collect::<Vec<_>>()
    };
    paths.flat_map(|(path, methods)| of_path((path, methods))).collect()
}

/// Whether an app's server asks, with an API key, and not a device.
fn is_of_server(operation: &Value) -> bool {
    is_secured_by(operation, "ApiKey")
}

/// Whether a device asks, with a token of its user's.
fn is_of_device(operation: &Value) -> bool {
    is_secured_by(operation, "DeviceToken")
}

fn is_secured_by(operation: &Value, name: &str) -> bool {
    let mut schemes = operation["security"].as_array().into_iter().flatten();
    schemes.any(|scheme| scheme.get(name).is_some())
}

/// Whether its body may have any size.
fn is_stream(operation: &Value) -> bool {
    operation.pointer("/requestBody/content/application~1x-ndjson").is_some()
}

/// JSON is UTF-8 whatever a parameter says (RFC 8259, section 8.1), and generators do not look for one.
fn plain_media_types(value: &mut Value) {
    each_object(value, &mut |members| {
        if let Some(schema) = members.shift_remove("application/json; charset=utf-8") {
            members.insert("application/json".into(), schema);
        }
    });
}

/// A reference with words of its own is `allOf` with the reference alone beside the words.
fn one_description(value: &mut Value) {
    each_object(value, &mut |members| {
        if let Some(parts) = members.get_mut("allOf").and_then(Value::as_array_mut) {
            parts.retain(|part| part.get("$ref").is_some());
        }
        if members.get("explode").is_some() && members.get("deprecated") == Some(&json!(false)) {
            members.shift_remove("deprecated");
            members.shift_remove("explode");
        }
        if members.get("deprecated") == Some(&json!(false)) {
            members.shift_remove("deprecated");
        }
    });
}

/// `nullable` needs a type beside it (OpenAPI 3.0.3), and does not let a null past the words of an enumeration: what may
/// be null and refers to a schema is either of the two.
fn honest_nulls(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    each_object(document, &mut |members| {
        if members.get("nullable") != Some(&json!(true)) || !members.contains_key("allOf") {
            return;
        }
        members.shift_remove("nullable");
        let Some(Value::Array(mut either)) = members.shift_remove("allOf") else { return };
        let name = either.first().and_then(|part| part["$ref"].as_str()?.rsplit('/').next());
        let kind = name.map_or(Value::Null, |name| schemas[name]["type"].clone());
        either.push(json!({ "type": kind, "nullable": true, "enum": [null] }));
        members.insert("anyOf".into(), Value::Array(either));
    });
}

fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            change(members);
            members.values_mut().for_each(|value| each_object(value, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        _ => {}
    }
}

/// Leaves only the refusals that an operation can meet.
fn fitting_answers(method: &str, path: &str, operation: &mut Value) {
    let description = operation["description"].as_str().unwrap_or_default().to_owned();
    let names = |status: &str| {
        let forms = [format!("{status}:"), format!("of {status}"), format!("{status} `")];
        forms.iter().any(|form| description.contains(form))
    };
    let has_body = operation.get("requestBody").is_some();
    let has_parameters = operation["parameters"].as_array().is_some_and(|all| !all.is_empty());
    let of_parameter = path.contains('{');
    let fits = |status: &str| match status {
        "404" => of_parameter || names("404"),
        "405" => false,
        "409" => method == "post" || names("409"),
        "413" | "415" => has_body,
        "422" => has_body || has_parameters,
        _ => true,
    };
    if let Some(answers) = operation["responses"].as_object_mut() {
        answers.retain(|status, _| fits(status));
    }
}

/// A refusal is the same everywhere, and stands in the document once, under its status's name.
fn shared_refusals(document: &mut Value) {
    let mut shared = Map::new();
    for (_, _, operation) in operations(document) {
        let answers = operation["responses"].as_object_mut().into_iter().flatten();
        for (status, answer) in answers.filter(|(status, _)| status.as_str() >= "400") {
            let reason = status.parse().ok().and_then(|status: StatusCode| status.canonical_reason());
            let name = reason.unwrap_or(status).replace(' ', "");
            let reference = json!({ "$ref": format!("#/components/responses/{name}") });
            shared.insert(name, std::mem::replace(answer, reference));
        }
    }
    shared.sort_keys();
    document["components"]["responses"] = Value::Object(shared);
}

const LIMIT_HEADERS: [(&str, &str); 3] = [
    ("RateLimit-Limit", "How many requests this credential has at once."),
    ("RateLimit-Remaining", "How many of them are left."),
    ("RateLimit-Reset", "Seconds until all of them are there again."),
];

fn rate_limit_headers() -> Value {
    let header = |(name, words): (&str, &str)| {
        let schema = json!({ "type": "integer", "minimum": 0 });
        (name.to_owned(), json!({ "description": words, "schema": schema, "example": 100 }))
    };
    Value::Object(LIMIT_HEADERS.into_iter().map(header).collect())
}

/// Every answer that a credential was counted for says what is left of it.
fn rate_limited(operation: &mut Value) {
    let answers = operation["responses"].as_object_mut().into_iter().flatten();
    for (_, answer) in answers.filter(|(status, _)| !matches!(status.as_str(), "401" | "500" | "503")) {
        for (name, _) in LIMIT_HEADERS {
            answer["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
        }
    }
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "Names this request, so that it can be sent again after an answer that never came: for 24 hours the \
            same key gets the first answer and does nothing more. With another body it is 409 \
            `idempotency_key_reused`.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$" },
        "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
    })
}

/// Gives an operation a parameter that several share.
fn refer(operation: &mut Value, name: &str) {
    let parameter = json!({ "$ref": format!("#/components/parameters/{name}") });
    match operation.get_mut("parameters").and_then(Value::as_array_mut) {
        Some(parameters) => parameters.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
}
