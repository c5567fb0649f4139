//! What was released stays: the document against that of the last release, `openapi/released.json`, which is replaced when
//! a version is released.

use serde_json::{Value, json};

const RELEASED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/released.json"));

/// The document, with its references followed on the way.
struct Document(Value);

impl Document {
    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.0.pointer(&reference[1..]).expect(reference),
            None => value,
        }
    }

    /// The schema itself, whatever words or nulls stand around the reference to it.
    fn schema<'a>(&'a self, value: &'a Value) -> &'a Value {
        let inner = [&value["allOf"][0], &value["anyOf"][0]].into_iter().find(|inner| inner.is_object());
        self.resolved(inner.unwrap_or(value))
    }
}

/// Everything that somebody who relied on `old` cannot do with `new`.
fn broken(old: &Document, new: &Document) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, methods) in old.0["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let place = format!("{method} {path}");
            let now = &new.0["paths"][path][method];
            if now.is_null() {
                faults.push(format!("{place} is gone"));
                continue;
            }
            if now["operationId"] != operation["operationId"] {
                faults.push(format!("{place} has another operation id"));
            }
            parameters((old, operation), (new, now), &place, &mut faults);
            requests((old, operation), (new, now), &place, &mut faults);
            answers((old, operation), (new, now), &place, &mut faults);
        }
    }
    faults
}

type Side<'a> = (&'a Document, &'a Value);

fn parameters((old, was): Side<'_>, (new, is): Side<'_>, place: &str, faults: &mut Vec<String>) {
    let list = |document: &Document, operation: &Value| -> Vec<Value> {
        let all = operation["parameters"].as_array().into_iter().flatten();
        all.map(|one| document.resolved(one).clone()).collect()
    };
    let (was, is) = (list(old, was), list(new, is));
    for one in &was {
        if !is.iter().any(|now| now["name"] == one["name"] && now["in"] == one["in"]) {
            faults.push(format!("{place}: parameter {} is gone", one["name"]));
        }
    }
    for one in is.iter().filter(|one| one["required"] == true) {
        if !was.iter().any(|old| old["name"] == one["name"] && old["required"] == true) {
            faults.push(format!("{place}: parameter {} is newly required", one["name"]));
        }
    }
}

fn requests((old, was): Side<'_>, (new, is): Side<'_>, place: &str, faults: &mut Vec<String>) {
    for (media_type, media) in was["requestBody"]["content"].as_object().into_iter().flatten() {
        let now = &is["requestBody"]["content"][media_type];
        if now.is_null() {
            faults.push(format!("{place}: {media_type} is not taken any more"));
            continue;
        }
        let place = format!("{place}, request");
        schemas((old, &media["schema"]), (new, &now["schema"]), Direction::Sent, &place, faults);
    }
}

fn answers((old, was): Side<'_>, (new, is): Side<'_>, place: &str, faults: &mut Vec<String>) {
    for (status, answer) in was["responses"].as_object().into_iter().flatten() {
        let now = &is["responses"][status];
        // That a refusal comes no more breaks nobody.
        if now.is_null() && status.as_str() < "400" {
            faults.push(format!("{place}: {status} is gone"));
        }
        if now.is_null() {
            continue;
        }
        for (media_type, media) in old.resolved(answer)["content"].as_object().into_iter().flatten() {
            let schema = &new.resolved(now)["content"][media_type]["schema"];
            let place = format!("{place}, {status}");
            schemas((old, &media["schema"]), (new, schema), Direction::Answered, &place, faults);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Sent,
    Answered,
}

fn schemas((old, was): Side<'_>, (new, is): Side<'_>, way: Direction, place: &str, faults: &mut Vec<String>) {
    let (was, is) = (old.schema(was), new.schema(is));
    if was["type"] != is["type"] {
        faults.push(format!("{place}: is {} and was {}", is["type"], was["type"]));
        return;
    }
    let words = |schema: &Value| schema["enum"].as_array().cloned().unwrap_or_default();
    if way == Direction::Sent && is["enum"].is_array() {
        let taken = words(is);
        let gone = words(was).into_iter().filter(|word| !taken.contains(word));
        faults.extend(gone.map(|word| format!("{place}: {word} is not taken any more")));
    }
    for (name, member) in was["properties"].as_object().into_iter().flatten() {
        let now = &is["properties"][name];
        if now.is_null() {
            faults.push(format!("{place}: {name} is gone"));
        } else {
            schemas((old, member), (new, now), way, &format!("{place}/{name}"), faults);
        }
    }
    let required = |schema: &Value| schema["required"].as_array().cloned().unwrap_or_default();
    let (had, has) = (required(was), required(is));
    let changed: Vec<_> = match way {
        Direction::Sent => has.iter().filter(|name| !had.contains(name)).collect(),
        Direction::Answered => had.iter().filter(|name| !has.contains(name)).collect(),
    };
    faults
        .extend(changed.into_iter().map(|name| format!("{place}: whether {name} must be there has changed")));
    if was["items"].is_object() {
        schemas((old, &was["items"]), (new, &is["items"]), way, &format!("{place}[]"), faults);
    }
}

fn released() -> Document {
    Document(serde_json::from_str(RELEASED).expect("JSON"))
}

#[test]
fn nothing_that_was_released_is_broken() {
    let faults = broken(&released(), &Document(super::document()));
    assert!(faults.is_empty(), "a new major version, or another way:\n{}", faults.join("\n"));
}

/// Each of these would break somebody, and is seen.
#[test]
fn what_breaks_clients_is_seen() {
    let change = |change: fn(&mut Value)| {
        let mut changed = released();
        change(&mut changed.0);
        broken(&released(), &changed).join("\n")
    };
    let gone = change(|document| {
        drop(document["paths"]["/bindings"].as_object_mut().expect("methods").remove("get"))
    });
    assert_eq!(gone, "get /bindings is gone");
    let member = change(|document| {
        let members = document["components"]["schemas"]["Binding"]["properties"].as_object_mut();
        members.expect("members").remove("tags");
    });
    assert!(member.contains("post /bindings, 201: tags is gone"), "{member}");
    let required = change(|document| {
        document["components"]["schemas"]["NewBinding"]["required"] =
            json!(["account_sid", "identity", "channel", "tags"]);
    });
    assert!(
        required.contains("post /bindings, request: whether \"tags\" must be there has changed"),
        "{required}"
    );
    let word = change(|document| document["components"]["schemas"]["Channel"]["enum"] = json!(["fcm"]));
    assert!(word.contains("post /bindings, request/channel: \"apns\" is not taken any more"), "{word}");
    let kind = change(|document| {
        document["components"]["schemas"]["Deleted"]["properties"]["deleted"]["type"] = json!("string")
    });
    assert!(kind.contains("deleted: is \"string\" and was \"integer\""), "{kind}");
    let parameter = change(|document| {
        let parameters =
            document["paths"]["/bindings"]["get"]["parameters"].as_array_mut().expect("parameters");
        parameters.retain(|parameter| parameter["name"] != "tag");
    });
    assert_eq!(parameter, "get /bindings: parameter \"tag\" is gone");
}
