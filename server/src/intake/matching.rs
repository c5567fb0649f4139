//! Which devices a call rings.

use ringhook_openapi::Channel;

use crate::{
    bus::Callee,
    dispatch::{Dispatch, Leg},
    domain::directory::Tenant,
    store::{BindingId, DeliveryId, Ts, bindings::Binding},
    twilio::Notification,
};

/// A call's devices.
pub(super) struct Matched {
    pub(super) callee: Callee,
    /// Those that are rung.
    pub(super) legs: Vec<Leg>,
    /// Sockets that are known, and not connected now.
    pub(super) absent: Vec<(DeliveryId, BindingId, Option<String>)>,
}

impl Matched {
    /// The same with one device alone, when one is named.
    pub(super) fn only(mut self, binding: Option<BindingId>) -> Self {
        if let Some(only) = binding {
            self.legs.retain(|leg| leg.binding_id == only);
            self.absent.retain(|(_, binding, _)| *binding == only);
        }
        self
    }
}

/// Whom a notification calls.
pub(super) fn callee(tenant: &Tenant, notification: &Notification) -> Callee {
    Callee {
        workspace: tenant.id(),
        account_sid: notification.account_sid.clone(),
        identity: notification.identity.clone(),
    }
}

/// Push devices by their bindings; sockets by who is connected, here or `elsewhere`.
pub(super) fn matched(
    dispatch: &Dispatch,
    tenant: &Tenant,
    notification: &Notification,
    (bindings, elsewhere): (Vec<Binding>, Vec<BindingId>),
    now: Ts,
) -> Matched {
    let callee = callee(tenant, notification);
    let here = dispatch.bus.hub.connections(&callee);
    let connected: Vec<BindingId> = here.iter().map(|seat| seat.binding).chain(elsewhere).collect();
    let (mut legs, mut absent) = (Vec::new(), Vec::new());
    let socket = |binding_id, binding| Leg {
        id: DeliveryId::new(now),
        channel: Channel::Websocket,
        binding,
        binding_id,
        tries: 0,
    };
    for binding in bindings {
        let id = binding.id;
        if binding.channel.0 != Channel::Websocket {
            let leg = Leg { channel: binding.channel.0, ..socket(id, Some(binding)) };
            legs.push(leg);
        } else if connected.contains(&id) {
            legs.push(socket(id, Some(binding)));
        } else {
            absent.push((DeliveryId::new(now), id, binding.device_id));
        }
    }
    for binding in connected {
        if !legs.iter().any(|leg| leg.binding_id == binding) {
            legs.push(socket(binding, None));
        }
    }
    Matched { callee, legs, absent }
}
