//! What a tenant may choose about alert pushes.

use serde_json::{Map, Value, json};

use crate::push::CredentialFault;

const APS: &str = "/aps";
/// Leaves three quarters of an alert push to the call.
const APS_LIMIT: usize = 1024;

/// How a call looks when it comes as an alert. VoIP pushes are shown by the app, and are untouched by this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// JSON of the `aps` member.
    aps: String,
}

impl Default for Settings {
    fn default() -> Self {
        let aps = json!({
            "alert": {"title": "Incoming call", "body": "Tap to answer"},
            "sound": "default",
            "mutable-content": 1,
        });
        Self { aps: aps.to_string() }
    }
}

impl Settings {
    /// Reads a provider's settings. `{"aps": {…}}` replaces the whole default `aps`; nothing, or null, keeps it.
    ///
    /// # Errors
    /// Names a member that is unknown, no object, or over 1024 bytes of JSON.
    pub fn parse(settings: &Value) -> Result<Self, CredentialFault> {
        match settings {
            Value::Null => Ok(Self::default()),
            Value::Object(members) => Self::of(members),
            _ => Err(CredentialFault::new("", "must be an object, such as {\"aps\": {…}}")),
        }
    }

    fn of(members: &Map<String, Value>) -> Result<Self, CredentialFault> {
        if let Some(unknown) = members.keys().find(|name| *name != "aps") {
            let detail = format!("{unknown:?} is unknown; the one setting of alert pushes is \"aps\"");
            return Err(CredentialFault::new("", detail));
        }
        let aps = match members.get("aps") {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(aps) if holds_nul(aps) => {
                return Err(CredentialFault::new(APS, "must not hold U+0000, which no text does here"));
            }
            Some(aps @ Value::Object(_)) => aps.to_string(),
            Some(_) => {
                return Err(CredentialFault::new(APS, "must be an object, as Apple documents it"));
            }
        };
        if aps.len() > APS_LIMIT {
            let detail =
                format!("has {} bytes of JSON; at most {APS_LIMIT} leave room for the call", aps.len());
            return Err(CredentialFault::new(APS, detail));
        }
        Ok(Self { aps })
    }

    pub(super) fn aps(&self) -> &str {
        &self.aps
    }
}

/// Whether there is a U+0000 in any name or text; Postgres keeps none.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aps_replaces_the_default() {
        for kept in [json!(null), json!({}), json!({"aps": null})] {
            assert_eq!(Settings::parse(&kept), Ok(Settings::default()));
        }
        let given = json!({"aps": {"alert": "Ring", "sound": "bell.caf"}});
        let settings = Settings::parse(&given).expect("settings");
        assert_eq!(settings.aps(), r#"{"alert":"Ring","sound":"bell.caf"}"#);
    }

    #[test]
    fn a_fault_names_its_member() {
        let aps = |length: usize| json!({"aps": {"alert": "x".repeat(length - r#"{"alert":""}"#.len())}});
        Settings::parse(&aps(1024)).expect("at the limit");
        for (given, field, word) in [
            (json!([]), "", "object"),
            (json!({"sound": "x"}), "", "\"sound\""),
            (json!({"aps": "x"}), "/aps", "object"),
            (aps(1025), "/aps", "1025"),
            (json!({"aps": {"alert": ["\0"]}}), "/aps", "U+0000"),
            (json!({"aps": {"a\0": 1}}), "/aps", "U+0000"),
        ] {
            let fault = Settings::parse(&given).expect_err(field);
            assert_eq!(fault.field, field);
            assert!(fault.detail.contains(word), "{fault}");
        }
    }
}
