//! The values: `values.yaml`, `values.schema.json` and the table in the chart's README are one.

use std::process::Command;

use serde_json::Value;

use super::chart::{ran, read, root, tool};

/// A value as the schema has it.
struct Leaf {
    default: Option<Value>,
    meaning: String,
}

/// Every value that is no group of others, by its path, such as `image.tag`, in the schema's order.
fn leaves(schema: &Value, path: &str, found: &mut Vec<(String, Leaf)>) {
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if part["properties"].is_object() {
            assert_eq!(part["additionalProperties"], false, "{path} takes what nobody knows");
            leaves(part, &path, found);
        } else if path != "global" {
            let meaning = part["description"].as_str().unwrap_or_else(|| panic!("{path} is not described"));
            let default = part.get("default").cloned();
            found.push((path, Leaf { default, meaning: meaning.to_owned() }));
        }
    }
}

fn schema() -> Vec<(String, Leaf)> {
    let schema: Value = serde_json::from_str(&read("helm/ringhook/values.schema.json")).expect("JSON");
    assert_eq!(schema["additionalProperties"], false);
    let mut found = Vec::new();
    leaves(&schema, "", &mut found);
    assert!(found.len() > 80, "the schema was not read");
    found
}

fn values() -> Value {
    let mut command = Command::new(format!("{}/bin/python", tool("RINGHOOK_TEST_OPERATION")));
    command.args(["-c", "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)"]);
    let json = ran(command.arg(root().join("helm/ringhook/values.yaml")));
    serde_json::from_str(&json).expect("JSON")
}

#[test]
fn values_have_the_schemas_defaults_and_no_others() {
    let mut left = values();
    for (path, leaf) in schema() {
        let pointer = format!("/{}", path.replace('.', "/"));
        let given = left.pointer(&pointer).cloned();
        assert_eq!(given, leaf.default, "{path} in values.yaml, and in the schema");
        if given.is_some() {
            let (group, name) = pointer.rsplit_once('/').expect("a path");
            left.pointer_mut(group).and_then(Value::as_object_mut).expect("a group").remove(name);
        }
    }
    fn rest(value: &Value) -> bool {
        value.as_object().is_some_and(|group| group.values().all(rest))
    }
    assert!(rest(&left), "values.yaml has what the schema does not: {left}");
}

/// The table as it must stand in the README.
fn table() -> String {
    let rows = schema().into_iter().map(|(path, leaf)| {
        let default = match leaf.default {
            None => "the program's".to_owned(),
            Some(Value::String(text)) if text.is_empty() => "`\"\"`".to_owned(),
            Some(Value::String(text)) => format!("`{text}`"),
            Some(other) => format!("`{other}`"),
        };
        format!("| `{path}` | {default} | {} |\n", leaf.meaning.replace('|', "\\|"))
    });
    format!("| value | default | meaning |\n|---|---|---|\n{}", rows.collect::<String>())
}

#[test]
fn the_readme_lists_every_value() {
    let readme = read("helm/ringhook/README.md");
    let table = table();
    let (_, found) = readme.split_once("\n## Values\n\n").expect("the chapter");
    let end = found.find("\n\n").map_or(found.len(), |end| end + 1);
    assert!(found[..end] == table, "the table of helm/ringhook/README.md should be:\n{table}");
}
