//! An example for every request and every answer. Those of objects are kept in `openapi/examples.json`, by the name of
//! the schema; a list holds its item's, a refusal what its code says.

use ringhook_openapi::codes::{CODES, Code};
use serde_json::{Map, Value, json};

use super::operations;

const EXAMPLES: &str = include_str!("../../../../openapi/examples.json");

/// Puts them beside the schemas.
pub(super) fn add(document: &mut Value) {
    let examples: Map<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    for (_, _, operation) in operations(document) {
        let request = operation.get_mut("requestBody").and_then(|body| body["content"].as_object_mut());
        request
            .into_iter()
            .flatten()
            .for_each(|(kind, media)| of_media(kind, media, "NewBinding", &examples));
        let answers = operation["responses"].as_object_mut().into_iter().flatten();
        for (status, answer) in answers {
            let content = answer.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten();
            for (kind, media) in content {
                match status.parse() {
                    Ok(status @ 400..) => media["example"] = refusal(status),
                    _ => of_media(kind, media, "Binding", &examples),
                }
            }
        }
    }
}

/// A stream's example is a line.
fn of_media(media_type: &str, media: &mut Value, line: &str, examples: &Map<String, Value>) {
    match media_type {
        "application/x-ndjson" => media["example"] = format!("{}\n", examples[line]).into(),
        _ => of_schema(media, examples),
    }
}

fn of_schema(media: &mut Value, examples: &Map<String, Value>) {
    let name = media["schema"]["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    let example = name.and_then(|name| match name.strip_prefix("Page_") {
        Some(item) => examples.get(item).map(|item| json!({ "items": [item], "next_cursor": null })),
        None => examples.get(name).cloned(),
    });
    if let Some(example) = example {
        media["example"] = example;
    }
}

/// The problem that a client of the API meets first with this status.
fn refusal(status: u16) -> Value {
    let is_of_api = |code: &&Code| code.status == status && !code.means.starts_with("To the webhook");
    let Some(code) = CODES.iter().find(is_of_api) else { return Value::Null };
    let mut title = code.code.replace('_', " ");
    title[..1].make_ascii_uppercase();
    let mut problem = json!({
        "type": format!("/api/docs/problems#{}", code.code),
        "title": title,
        "status": status,
        "detail": code.means,
        "code": code.code,
        "request_id": "req_01kgb7c2kqh3f5s7u9w1y3a5c7",
    });
    if status == 422 {
        problem["errors"] = json!([{ "pointer": "/identity", "detail": "is required" }]);
    }
    problem
}
