//! An operation as a command that runs.

use serde_json::Value;

use super::{
    read::{Entry, resolved, text},
    schema::content,
};

/// The command, against the API at `base`.
pub(super) fn command(base: &str, entry: Entry) -> String {
    let mut parts = vec![match entry.method {
        "get" => format!("curl '{base}{}'", target(entry)),
        method => format!("curl -X {} '{base}{}'", method.to_uppercase(), target(entry)),
    }];
    let bearer = match is_of_device(entry.operation) {
        true => "$RINGHOOK_DEVICE_TOKEN",
        false => "$RINGHOOK_API_KEY",
    };
    parts.push(format!("-H \"Authorization: Bearer {bearer}\""));
    if let Some((media_type, _, example)) = content(&entry.operation["requestBody"]) {
        parts.push(format!("-H 'Content-Type: {media_type}'"));
        parts.push(match media_type.contains("json") && !media_type.contains("ndjson") {
            true => format!("-d '{}'", format!("{example:#}").replace('\'', r"'\''")),
            false => "--data-binary @bindings.ndjson".to_owned(),
        });
    }
    parts.join(" \\\n  ")
}

fn is_of_device(operation: &Value) -> bool {
    let schemes = operation["security"].as_array().into_iter().flatten();
    schemes.into_iter().all(|scheme| scheme.get("ApiKey").is_none())
}

/// The path with what must stand in it, and the query that must stand behind it.
fn target(entry: Entry) -> String {
    let mut path = entry.path.to_owned();
    let mut query = Vec::new();
    let parameters = entry.operation["parameters"].as_array().into_iter().flatten().map(resolved);
    for parameter in parameters.filter(|parameter| parameter["required"] == true) {
        let name = text(&parameter["name"]);
        match parameter["in"].as_str() {
            Some("path") => path = path.replace(&format!("{{{name}}}"), &example(name, entry.operation)),
            Some("query") => query.push(format!("{name}={}", example(name, entry.operation))),
            _ => {}
        }
    }
    match query.is_empty() {
        true => path,
        false => format!("{path}?{}", query.join("&")),
    }
}

/// What stands for a parameter in an example: the answer's own, where it has one of this name.
fn example(name: &str, operation: &'static Value) -> String {
    let answers = operation["responses"].as_object().into_iter().flatten();
    let answered =
        answers.filter_map(|(_, answer)| content(answer)).find_map(|(_, _, body)| body[name].as_str());
    let made_up = match name {
        "account_sid" => "AC0123456789abcdef0123456789abcdef",
        "identity" => "bob",
        "device_id" => "bobs-phone",
        _ => "THE_ID",
    };
    answered.unwrap_or(made_up).to_owned()
}
