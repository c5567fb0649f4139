//! What Twilio sends: signature and payload.
