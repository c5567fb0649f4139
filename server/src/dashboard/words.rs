//! The closed words as people read them, and times as pages carry them.

use ringhook_openapi::{AttemptOutcome, Channel, DeliveryState, Outcome, ProviderKind, ProviderStatus};
use ringhook_web::pages::{Badge, Tone};

use crate::store::Ts;

/// A time as pages carry it: UTC, to the second. The reader's browser shows it in their own zone.
pub fn time(at: Ts) -> String {
    at.utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A channel by the name of its network.
pub const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Fcm => "FCM",
        Channel::ApnsVoip => "APNs VoIP",
        Channel::Apns => "APNs alert",
        Channel::Webpush => "Web Push",
        Channel::Websocket => "WebSocket",
        Channel::Webhook => "HTTP forward",
        Channel::Hms => "Huawei",
    }
}

/// A kind of provider by its network's name.
pub const fn kind(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Fcm => "Firebase Cloud Messaging",
        ProviderKind::Apns => "Apple Push Notification service",
        ProviderKind::Webpush => "Web Push",
        ProviderKind::Webhook => "HTTP forward",
        ProviderKind::Hms => "Huawei Push Kit",
    }
}

const fn badge(words: &'static str, tone: Tone) -> Badge {
    Badge { words, tone }
}

/// What became of a call.
pub const fn outcome(outcome: Outcome) -> Badge {
    match outcome {
        Outcome::InProgress => badge("Ringing", Tone::Plain),
        Outcome::Accepted => badge("Rang", Tone::Good),
        Outcome::NoBinding => badge("No device", Tone::Plain),
        Outcome::Dead => badge("Devices gone", Tone::Bad),
        Outcome::Failed => badge("Failed", Tone::Bad),
        Outcome::Expired => badge("Too late", Tone::Bad),
        Outcome::Rejected => badge("Rejected", Tone::Bad),
    }
}

/// How a delivery stands.
pub const fn state(state: DeliveryState) -> Badge {
    match state {
        DeliveryState::Pending => badge("Trying", Tone::Plain),
        DeliveryState::Accepted => badge("Accepted", Tone::Good),
        DeliveryState::Acknowledged => badge("Acknowledged", Tone::Good),
        DeliveryState::Dead => badge("Gone", Tone::Bad),
        DeliveryState::Misconfigured => badge("Set up wrongly", Tone::Bad),
        DeliveryState::Failed => badge("Failed", Tone::Bad),
        DeliveryState::Expired => badge("Too late", Tone::Bad),
        DeliveryState::Skipped => badge("Not connected", Tone::Plain),
    }
}

/// What one try came to.
pub const fn attempt(outcome: AttemptOutcome) -> Badge {
    match outcome {
        AttemptOutcome::Accepted => badge("Accepted", Tone::Good),
        AttemptOutcome::Dead => badge("Gone", Tone::Bad),
        AttemptOutcome::Retry => badge("Again", Tone::Plain),
        AttemptOutcome::Misconfigured => badge("Set up wrongly", Tone::Bad),
        AttemptOutcome::Failed => badge("Failed", Tone::Bad),
    }
}

/// Whether a provider's credentials work.
pub const fn provider(status: ProviderStatus) -> Badge {
    match status {
        ProviderStatus::Untested => badge("Untested", Tone::Plain),
        ProviderStatus::Ok => badge("Works", Tone::Good),
        ProviderStatus::Failing => badge("Failing", Tone::Bad),
    }
}
