//! What a thing is like, for the audit log: the difference of two is what changed. Of secrets it tells no more than that
//! they are others now.

use serde_json::{Map, Value, json};

/// A thing at one moment.
pub struct Facts {
    shown: Value,
    secrets: Vec<(&'static str, Option<Vec<u8>>)>,
}

impl Facts {
    /// With members that everybody may read who reads the audit log.
    pub fn new(shown: Value) -> Self {
        Self { shown, secrets: Vec::new() }
    }

    /// And with a secret, as it lies sealed.
    pub fn secret(mut self, name: &'static str, sealed: Option<&[u8]>) -> Self {
        self.secrets.push((name, sealed.map(<[u8]>::to_vec)));
        self
    }

    /// What makes `after` another thing than this one: `{"status": {"from": "active", "to": "paused"}}`, and
    /// `{"auth_token": "replaced"}` of a secret.
    pub fn changes(&self, after: &Self) -> Value {
        let mut changes = Map::new();
        let empty = Map::new();
        let before = self.shown.as_object().unwrap_or(&empty);
        for (name, to) in after.shown.as_object().unwrap_or(&empty) {
            let from = before.get(name).unwrap_or(&Value::Null);
            if from != to {
                changes.insert(name.clone(), json!({"from": from, "to": to}));
            }
        }
        for (name, to) in &after.secrets {
            let from =
                self.secrets.iter().find(|(known, _)| known == name).and_then(|(_, from)| from.as_ref());
            let change = match (from, to) {
                (None, Some(_)) => "set",
                (Some(_), None) => "removed",
                (from, to) if from != to.as_ref() => "replaced",
                _ => continue,
            };
            changes.insert((*name).into(), change.into());
        }
        changes.into()
    }

    /// What it is made with: the members alone, without what is empty.
    pub fn made(&self) -> Value {
        let mut shown = self.shown.clone();
        if let Some(members) = shown.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told_and_no_secret() {
        let before = Facts::new(json!({"name": "a", "status": "active", "zone": null}))
            .secret("token", Some(b"hidden 1"))
            .secret("second", None)
            .secret("third", Some(b"hidden 3"));
        let after = Facts::new(json!({"name": "b", "status": "active", "zone": "UTC"}))
            .secret("token", Some(b"hidden 4"))
            .secret("second", Some(b"hidden 2"))
            .secret("third", None);
        let told = json!({
            "name": {"from": "a", "to": "b"},
            "zone": {"from": null, "to": "UTC"},
            "token": "replaced",
            "second": "set",
            "third": "removed",
        });
        assert_eq!(before.changes(&after), told);
        assert_eq!(before.changes(&before), json!({}));
        assert_eq!(before.made(), json!({"name": "a", "status": "active"}));
    }
}
