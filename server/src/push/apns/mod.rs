//! Apple Push Notification service with token authentication:
//! <https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns>

mod client;
mod credentials;
mod errors;
mod jwt;
mod payload;
mod settings;

pub use client::Client;
pub use credentials::Credentials;
pub use settings::Settings;
