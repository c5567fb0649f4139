//! What each workspace may use, unless it was given quotas of its own.

use super::Layer;
use crate::domain::quotas::Limits;

pub(super) fn limits(layer: &Layer) -> Limits {
    let usual = Limits::default();
    Limits {
        calls_per_second: layer.quota_calls_per_second.unwrap_or(usual.calls_per_second),
        bindings: layer.quota_bindings.unwrap_or(usual.bindings),
        stored_calls: layer.quota_stored_calls.unwrap_or(usual.stored_calls),
        sockets: layer.quota_sockets.unwrap_or(usual.sockets),
        event_endpoints: layer.quota_event_endpoints.unwrap_or(usual.event_endpoints),
        members: layer.quota_members.unwrap_or(usual.members),
    }
}
