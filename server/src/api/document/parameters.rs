//! What parameters mean that many operations share, said once.

use serde_json::{Value, json};

use super::operations;

const WORDS: &[(&str, &str)] = &[
    ("id", "Its id, as an earlier answer gave it."),
    ("account_sid", "The SID of a Twilio account: `AC` and 32 hexadecimal digits."),
    ("identity", "Whom devices ring for: the part after `client:`, case-sensitive."),
    ("channel", "Only those of this channel."),
    ("device_id", "The app's own id of the device."),
    ("tag", "Only those with this label."),
    ("status", "Only those of this status."),
    ("call_sid", "Only this call's: `CA…`."),
    ("outcome", "Only those that ended so."),
    ("limit", "How many items a page has, at most."),
    ("cursor", "`next_cursor` of the page before; left out for the first page."),
];

/// Where a device says which workspace its Twilio access token is for.
pub(super) fn workspace(name: &str, place: &str) -> Value {
    json!({
        "name": name,
        "in": place,
        "required": false,
        "description": "The workspace that a Twilio access token is for; needed with one, here or in the other of the header \
            `Ringhook-Workspace` and the query's `workspace`. A client token names its own.",
        "schema": { "type": "string", "pattern": "^wsp_[0-9a-z]+$" },
        "example": "wsp_01kgb6v1d3f5h7k9m2p4r6t8vx",
    })
}

/// Gives words to every parameter that has none of its own.
pub(super) fn describe(document: &mut Value) {
    for (_, _, operation) in operations(document) {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten();
        for parameter in parameters.filter(|parameter| parameter.get("description").is_none()) {
            let words = WORDS.iter().find(|(name, _)| parameter["name"] == *name);
            if let Some((_, words)) = words {
                parameter["description"] = (*words).into();
            }
        }
    }
}
