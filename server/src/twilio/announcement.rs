//! A call's announcement made up, as Twilio would post it: for trying whether everything is set up.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::Rng;
use serde_json::json;
use url::form_urlencoded::Serializer;
use uuid::{Builder, Uuid};

/// Random bytes in a bridge token; as base64url it is 600 characters long, about as long as a real one.
const BRIDGE_TOKEN_BYTES: usize = 450;

/// A call that nobody makes.
pub struct Announcement {
    /// The JSON.
    pub body: String,
    /// `CA…`
    pub call_sid: String,
    /// `WB…`
    pub message_id: String,
}

impl Announcement {
    /// Announces a call `from` somebody `to` a client (`client:<identity>`) with fresh ids.
    pub fn new(
        account_sid: &str,
        from: &str,
        to: &str,
        params: &[(String, String)],
        random: &mut impl Rng,
    ) -> Self {
        let call_sid = format!("CA{}", random_uuid(random).simple());
        let message_id = format!("WB{}", random_uuid(random).simple());
        let mut body = json!({
            "twi_account_sid": account_sid,
            "twi_bridge_token": bridge_token(random),
            "twi_call_sid": call_sid,
            "twi_from": from,
            "twi_message_id": message_id,
            "twi_message_type": "twilio.voice.call",
            "twi_to": to,
        });
        if !params.is_empty() {
            let params = Serializer::new(String::new()).extend_pairs(params).finish();
            body["twi_params"] = params.into();
        }
        Self { body: body.to_string(), call_sid, message_id }
    }
}

fn bridge_token(random: &mut impl Rng) -> String {
    let mut bytes = [0; BRIDGE_TOKEN_BYTES];
    random.fill(&mut bytes[..]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Twilio's ids look random, and so do these.
pub fn random_uuid(random: &mut impl Rng) -> Uuid {
    Builder::from_random_bytes(random.random()).into_uuid()
}
