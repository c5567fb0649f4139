//! Firebase Cloud Messaging, HTTP v1: <https://firebase.google.com/docs/cloud-messaging/send/v1-api>

mod client;
mod credentials;
mod errors;
mod payload;
mod token;

pub use client::Client;
pub use credentials::Credentials;
