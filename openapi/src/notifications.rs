//! Notifications: the log of calls, what each device was sent, and what its network said.

use poem_openapi::Object;
use serde::Deserialize;

use crate::{
    values::Time,
    words::{AttemptOutcome, Cause, Channel, DeliveryState, Outcome, RejectReason},
};

/// One call's notification, with every delivery.
#[derive(Object, Debug, Clone, PartialEq)]
pub struct Notification {
    /// What the list shows too.
    #[oai(flatten)]
    pub summary: NotificationSummary,
    /// One for each binding that was rung.
    pub deliveries: Vec<Delivery>,
}

/// One call's notification, as lists show it.
#[derive(Object, Debug, Clone, PartialEq)]
pub struct NotificationSummary {
    /// `ntf_…`
    pub id: String,
    /// The Twilio account of the call.
    pub account_sid: String,
    /// Who was called.
    pub identity: String,
    /// `CA…`
    pub call_sid: String,
    /// Twilio's id of this webhook request.
    pub message_id: String,
    /// `twilio.voice.call` for an incoming call.
    pub message_type: String,
    /// The caller, as Twilio names it.
    #[oai(nullable)]
    pub from: Option<String>,
    /// The callee: `client:` and the identity.
    pub to: String,
    /// The call's custom parameters, URL-encoded as they came.
    #[oai(nullable)]
    pub params: Option<String>,
    /// Whether it was made here and not by a call.
    pub test: bool,
    /// When the webhook came in.
    pub received_at: Time,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was rejected; left out unless `outcome` is `rejected`.
    #[oai(skip_serializing_if_is_none)]
    pub reason: Option<RejectReason>,
    /// What would put a rejection right, in words; left out where there is nothing to add.
    #[oai(skip_serializing_if_is_none)]
    pub detail: Option<String>,
    /// What Twilio was answered; `null` until then.
    #[oai(nullable)]
    pub answer: Option<Answer>,
}

/// An answer to a webhook.
#[derive(Object, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Milliseconds after the webhook came in.
    pub after_ms: u32,
}

/// A notification to one binding.
#[derive(Object, Debug, Clone, PartialEq)]
pub struct Delivery {
    /// `dlv_…`
    pub id: String,
    /// The binding, which may be deleted by now.
    pub binding_id: String,
    /// How the device is reached.
    pub channel: Channel,
    /// The provider that was asked; `null` for `websocket`.
    #[oai(nullable)]
    pub provider_id: Option<String>,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why it did not end in acceptance, in our closed words; the network's own stand with the attempts.
    #[oai(nullable)]
    pub reason: Option<Cause>,
    /// Milliseconds after the webhook came in until the device confirmed it; `null` where it did not.
    #[oai(nullable)]
    pub acknowledged_after_ms: Option<u32>,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
}

/// A delivery as lists of deliveries show it.
#[derive(Object, Debug, Clone, PartialEq)]
pub struct ListedDelivery {
    /// The notification that it belongs to.
    pub notification_id: String,
    /// The delivery itself.
    #[oai(flatten)]
    pub delivery: Delivery,
}

/// One request to a network.
#[derive(Object, Debug, Clone, PartialEq)]
pub struct Attempt {
    /// When it was made.
    pub at: Time,
    /// What the answer means.
    pub outcome: AttemptOutcome,
    /// The network's HTTP status; `null` where there was no answer, and for `websocket`.
    #[oai(nullable)]
    pub status: Option<u16>,
    /// The network's own word where it gave one, otherwise ours.
    #[oai(nullable)]
    pub reason: Option<String>,
    /// Why it was not accepted, in our closed words; left out when it was.
    #[oai(skip_serializing_if_is_none)]
    pub cause: Option<Cause>,
    /// What would put it right, in words; left out where there is nothing to add.
    #[oai(skip_serializing_if_is_none)]
    pub detail: Option<String>,
    /// What the network calls the message that it accepted.
    #[oai(nullable)]
    pub provider_message_id: Option<String>,
    /// Milliseconds until the answer.
    pub latency_ms: u32,
    /// Keys of the notification that this network could not take.
    pub left_out: Vec<String>,
}

/// Whom a test call rings.
#[derive(Object, Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct NewTestCall {
    /// A Twilio account that is connected to this workspace.
    pub account_sid: String,
    /// Who is called: the part after `client:`.
    #[oai(validator(min_length = 1, max_length = 256))]
    pub identity: String,
}
