//! What Twilio sends: the notification of a call, and the signature that proves it.
//!
//! Knows neither database nor HTTP server. Public pages:
//! <https://www.twilio.com/docs/usage/security#validating-requests> and
//! <https://www.twilio.com/docs/usage/webhooks/webhooks-security>.

pub mod access_token;
mod announcement;
mod diagnosis;
mod hints;
pub mod payload;
pub mod signature;

pub use announcement::{Announcement, random_uuid};
pub use payload::{MAX_BODY, Notification, PayloadFault, identity_of};
pub use signature::{Rejection, Request, body_hash, sign, verify, verify_or_diagnose};
