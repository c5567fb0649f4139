mod access;
mod log;
mod nouns;
mod requests;

use poem::http::Method;
use serde_json::{Value, json};

use super::{service, testing::Server};
use crate::domain::testing::{SID, fcm_credentials, grounds};

/// Method, path and scope of every route, as the document tells them.
fn operations() -> Vec<(Method, String, String)> {
    let document: Value = serde_json::from_str(&service().spec()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, methods)| {
        // A device's token has no scopes, and opens one user's devices alone.
        let of_server = |(_, operation): &(&String, &Value)| operation["security"][0]["ApiKey"].is_array();
        methods.as_object().expect("methods").iter().filter(of_server).map(move |(method, operation)| {
            let description = operation["description"].as_str().unwrap_or_default();
            let (_, scope) = description.rsplit_once("Scope: `").unwrap_or_else(|| panic!("{method} {path}"));
            let method = method.to_uppercase().parse().expect("a method");
            (method, path.clone(), scope.trim_end_matches("`.").to_owned())
        })
    });
    operations.collect()
}

/// A binding of bob's.
fn binding(address: &str) -> Value {
    json!({"account_sid": SID, "identity": "bob", "channel": "fcm", "address": address})
}

/// A provider for it.
fn provider() -> Value {
    json!({"kind": "fcm", "credentials": fcm_credentials()})
}
