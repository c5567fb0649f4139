//! What each workspace may use, unless it was given quotas of its own.

use super::{ConfigFault, Layer, given::positive};
use crate::domain::quotas::Limits;

pub(super) fn limits(layer: &Layer) -> Result<Limits, ConfigFault> {
    let usual = Limits::default();
    Ok(Limits {
        calls_per_second: positive(
            "RINGHOOK_QUOTA_CALLS_PER_SECOND",
            layer.quota_calls_per_second.as_ref(),
            usual.calls_per_second,
        )?,
        bindings: positive("RINGHOOK_QUOTA_BINDINGS", layer.quota_bindings.as_ref(), usual.bindings)?,
        stored_calls: positive(
            "RINGHOOK_QUOTA_STORED_CALLS",
            layer.quota_stored_calls.as_ref(),
            usual.stored_calls,
        )?,
        sockets: positive("RINGHOOK_QUOTA_SOCKETS", layer.quota_sockets.as_ref(), usual.sockets)?,
        event_endpoints: positive(
            "RINGHOOK_QUOTA_EVENT_ENDPOINTS",
            layer.quota_event_endpoints.as_ref(),
            usual.event_endpoints,
        )?,
        members: positive("RINGHOOK_QUOTA_MEMBERS", layer.quota_members.as_ref(), usual.members)?,
    })
}
