//! The committed document of the API.

mod breaking;

use std::collections::BTreeSet;

use ringhook_tests::app::App;
use ringhook_tests::both;
use serde_json::Value;

/// <https://spec.openapis.org/oas/3.0/schema/>, as the Python package `openapi-spec-validator` ships it.
const SCHEMA: &str = include_str!("openapi/schema-3.0.json");
const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json"));

fn document() -> Value {
    serde_json::from_str(DOCUMENT).expect("JSON")
}

/// Every operation: method, path and itself.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, methods): (&String, &'_ Value)| {
        let methods = methods.as_object().expect("methods").keys().cloned().collect::<Vec<_>>();
        methods.into_iter().map(|method| (method, path.clone())).collect::<Vec<_>>()
    };
    let all: Vec<_> = paths.iter().flat_map(of_path).collect();
    all.into_iter()
        .map(|(method, path)| (method.clone(), path.clone(), &document["paths"][&path][&method]))
        .collect()
}

/// Every `$ref` in the document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value.as_str() {
                    Some(target) if key == "$ref" => {
                        found.insert(target.to_owned());
                    }
                    _ => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn it_is_a_valid_openapi_3_0_document() {
    let schema = serde_json::from_str(SCHEMA).expect("a schema");
    let validator = jsonschema::draft4::new(&schema).expect("a schema");
    let faults: Vec<_> = validator
        .iter_errors(&document())
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Spectral also holds every example against its schema.
#[test]
fn a_strict_linter_has_nothing_to_say() {
    let linter = std::env::var("RINGHOOK_TEST_SPECTRAL");
    let linter = linter.expect("RINGHOOK_TEST_SPECTRAL: the suite is started by tests/run");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut lint = std::process::Command::new("node");
    lint.arg(linter).args(["lint", "--fail-severity=hint", "-r", "tests/it/openapi/spectral.yaml"]);
    let run = lint.arg("openapi/openapi.json").current_dir(root).output().expect("node");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}

#[test]
fn every_request_and_every_answer_has_an_example() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let answers = operation["responses"].as_object().expect("answers").iter();
        let answers = answers.map(|(status, answer)| match answer["$ref"].as_str() {
            Some(reference) => (status.as_str(), document.pointer(&reference[1..]).expect(reference)),
            None => (status.as_str(), answer),
        });
        for (name, body) in answers.chain([("request", &operation["requestBody"])]) {
            for (media_type, media) in body["content"].as_object().into_iter().flatten() {
                assert!(!media["example"].is_null(), "{method} {path}: {name} as {media_type}");
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 10, "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("a reference into the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_operation_says_who_may_and_what_may_go_wrong() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let place = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(!id.is_empty() && ids.insert(id.to_owned()), "{place}: operationId {id:?}");
        let description = operation["description"].as_str().unwrap_or_default();
        let names_scope = match operation["security"][0]["DeviceToken"].is_array() {
            true => description.contains("Scope: none; a device's token."),
            false => description.contains("Scope: `"),
        };
        assert!(names_scope, "{place} names no scope");
        assert!(operation["security"].is_array(), "{place} needs no key");
        for status in ["401", "403"] {
            assert!(operation["responses"].get(status).is_some(), "{place} does not answer {status}");
        }
        let named = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        for parameter in path.split('{').skip(1).filter_map(|part| part.split('}').next()) {
            assert!(
                named.iter().any(|one| one["name"] == parameter && one["in"] == "path"),
                "{place}: {parameter}"
            );
        }
    }
    assert!(ids.len() > 20, "{ids:?}");
}

both! {
    async fn the_server_gives_the_document_that_is_committed(app: App) {
        let url = format!("{}/api/openapi.json", app.url());
        let served: Value = reqwest::get(url).await.expect("an answer").json().await.expect("JSON");
        assert_eq!(served, document());
    }
}
