//! A virtual authenticator: passkeys without a finger
//! (<https://www.w3.org/TR/webauthn-2/#sctn-automation>).

use serde_json::{Value, json};

use super::Browser;
use super::command::Command;

/// An authenticator in the browser, which keeps passkeys and has verified its user.
pub struct Authenticator<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    /// Gives the browser an authenticator, until it closes.
    pub async fn virtual_authenticator(&self) -> Authenticator<'_> {
        let kind = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "isUserConsenting": true,
        });
        let id = self.issue(Command::post("webauthn/authenticator", kind)).await;
        Authenticator { browser: self, id: id.as_str().expect("an id").to_owned() }
    }
}

impl Authenticator<'_> {
    /// The passkeys that it keeps.
    pub async fn credentials(&self) -> Vec<Value> {
        let listed =
            self.browser.issue(Command::get(format!("webauthn/authenticator/{}/credentials", self.id))).await;
        listed.as_array().cloned().expect("a list")
    }

    /// Whether its user passes verification from now on.
    pub async fn verifies(&self, verified: bool) {
        let path = format!("webauthn/authenticator/{}/uv", self.id);
        self.browser.issue(Command::post(path, json!({"isUserVerified": verified}))).await;
    }
}
