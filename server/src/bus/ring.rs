//! A call on its way to sockets, here and on other nodes.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::oneshot;

use super::{Bus, Callee, Frame, Hub, Unwritten};
use crate::store::{BindingId, DeliveryId, NotificationId, Ts};

/// What is written to sockets.
#[derive(Debug, Clone)]
pub struct Ring {
    pub callee: Callee,
    pub notification: NotificationId,
    /// The body exactly as Twilio sent it.
    pub text: Arc<str>,
    pub message_id: String,
    pub received_at: Ts,
    /// The sockets, by their bindings, and each one's delivery.
    pub legs: Vec<(BindingId, DeliveryId)>,
}

/// What sockets do that a call does not know. It was matched before it was recorded; who connected in between looks for it
/// in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They look.
    Look,
    /// The one of this binding does: the call is for no other.
    Only(BindingId),
    /// Nothing: they have looked before.
    Leave,
}

impl Others {
    /// Whether the socket of a binding looks.
    pub(super) fn looks(self, binding: BindingId) -> bool {
        match self {
            Self::Look => true,
            Self::Only(only) => only == binding,
            Self::Leave => false,
        }
    }
}

/// What is heard of one socket.
#[derive(Debug)]
pub enum Heard {
    /// It is known already.
    Told(Unwritten),
    /// The socket is here.
    Here(oneshot::Receiver<Result<(), Unwritten>>),
    /// It is on another node.
    There(oneshot::Receiver<Result<(), Unwritten>>),
}

impl Heard {
    /// Waits until the frame was handed to the network.
    ///
    /// # Errors
    /// [`Unwritten`] says why it was not.
    pub async fn wait(self) -> Result<(), Unwritten> {
        match self {
            Self::Told(unwritten) => Err(unwritten),
            Self::Here(written) => written.await.unwrap_or(Err(Unwritten::Gone)),
            Self::There(heard) => heard.await.unwrap_or(Err(Unwritten::Silent)),
        }
    }
}

impl Hub {
    /// Writes to those of the ring's sockets that are here; the others of the identity here look, as they are to.
    pub(super) fn ring(&self, ring: &Ring, others: Others) -> HashMap<BindingId, Heard> {
        let mut heard = HashMap::new();
        for seat in self.connections(&ring.callee) {
            let Some((_, delivery)) = ring.legs.iter().find(|(binding, _)| *binding == seat.binding) else {
                if others.looks(seat.binding) {
                    seat.look();
                }
                continue;
            };
            let written = seat.write(|written| Frame {
                text: ring.text.clone(),
                message_id: ring.message_id.clone(),
                notification: ring.notification,
                delivery: *delivery,
                received_at: ring.received_at,
                written,
            });
            heard.insert(seat.binding, written.map_or_else(Heard::Told, Heard::Here));
        }
        heard
    }
}

impl Bus {
    /// Sends a call that was recorded on its way to sockets; what is heard of each, by its binding.
    pub fn ring(&self, mut ring: Ring, others: Others) -> HashMap<BindingId, Heard> {
        let mut heard = self.hub.ring(&ring, others);
        ring.legs.retain(|(binding, _)| !heard.contains_key(binding));
        let Some(nats) = &self.nats else {
            heard.extend(ring.legs.into_iter().map(|(binding, _)| (binding, Heard::Told(Unwritten::Gone))));
            return heard;
        };
        if !nats.is_up() {
            // The socket may hang on a node that cannot be asked now.
            heard.extend(ring.legs.into_iter().map(|(binding, _)| (binding, Heard::Told(Unwritten::Silent))));
            return heard;
        }
        let mut waiting = HashMap::new();
        for (binding, _) in &ring.legs {
            let (sender, receiver) = oneshot::channel();
            waiting.insert(*binding, sender);
            heard.insert(*binding, Heard::There(receiver));
        }
        match waiting.is_empty() {
            true if others == Others::Leave => {}
            true => nats.look(ring.callee, others),
            false => nats.ring(ring, others, waiting),
        }
        heard
    }
}
