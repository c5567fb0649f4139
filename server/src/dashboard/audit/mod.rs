//! The audit log.

pub mod export;
pub mod show;

use serde_json::Value;

use crate::store::audit::AuditEntry;

/// What was done, for people: `role_changed` is "Role changed".
fn action(entry: &AuditEntry) -> String {
    let words = entry.action.replace('_', " ").replace("api key", "API key");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What changed, a line for each member.
fn changes(entry: &AuditEntry) -> Vec<String> {
    let members = entry.changes.0.as_object().into_iter().flatten();
    members.map(|(name, change)| format!("{name}: {}", change_of(change))).collect()
}

fn change_of(change: &Value) -> String {
    match (change.get("from"), change.get("to")) {
        (Some(from), Some(to)) => format!("{} → {}", plain(from), plain(to)),
        _ => plain(change),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_a_line() {
        let lines = [
            (json!({"from": "viewer", "to": "admin"}), "viewer → admin"),
            (json!({"from": null, "to": 30}), "none → 30"),
            (json!("replaced"), "replaced"),
            (json!(["a"]), r#"["a"]"#),
        ];
        for (change, line) in lines {
            assert_eq!(change_of(&change), line);
        }
    }
}
