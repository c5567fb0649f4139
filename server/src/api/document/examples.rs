//! An example for every request and every answer. Those of objects are kept in `openapi/examples.json`, by the name of
//! the schema; a list holds its item's, a refusal what its code says. Under an operation's id stands in what its answer differs,
//! so that it answers what its request asks for.

use ringhook_openapi::codes::{CODES, Code};
use serde_json::{Map, Value, json};

use super::operations;

const EXAMPLES: &str = include_str!("../../../../openapi/examples.json");

/// Puts them beside the schemas.
pub(super) fn add(document: &mut Value) {
    let examples: Map<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    for (_, _, operation) in operations(document) {
        let own = operation["operationId"].as_str().and_then(|id| examples.get(id)).cloned();
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
                    _ => {
                        of_media(kind, media, "Binding", &examples);
                        differ(media, own.as_ref());
                    }
                }
            }
        }
    }
}

/// Puts an operation's own members in the place of the schema's.
fn differ(media: &mut Value, own: Option<&Value>) {
    let example = media.get_mut("example").and_then(Value::as_object_mut);
    if let (Some(members), Some(own)) = (example, own.and_then(Value::as_object)) {
        members.extend(own.clone());
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::api::document::DOCUMENT;

    /// The example of a body, where it is JSON.
    fn example(body: &'static Value) -> Option<&'static Value> {
        body["content"]
            .as_object()?
            .iter()
            .find(|(kind, _)| kind.ends_with("json"))
            .map(|(_, media)| &media["example"])
    }

    #[test]
    fn an_example_answers_what_its_request_asks_for() {
        let paths = DOCUMENT["paths"].as_object().expect("paths").values();
        let operations = paths.flat_map(|methods| methods.as_object().expect("methods").values());
        let mut compared = 0;
        for operation in operations {
            let Some(asked) = example(&operation["requestBody"]).and_then(Value::as_object) else { continue };
            let answers = operation["responses"].as_object().expect("answers").iter();
            for answer in
                answers.filter(|(status, _)| status.as_str() < "400").filter_map(|(_, one)| example(one))
            {
                // Of keys that were sent with their secrets, the answer tells the names.
                let same = asked.iter().filter(|(name, _)| *name != "api_keys" && answer.get(name).is_some());
                for (name, value) in same {
                    assert_eq!(&answer[name], value, "{}: {name}", operation["operationId"]);
                    compared += 1;
                }
            }
        }
        assert!(compared > 20, "{compared}");
    }
}
