//! A call in this process's hands: its payload, its lifetime, and how its deliveries stand.

use std::{sync::Arc, time::Duration};

use ringhook_openapi::{Channel, DeliveryState, Outcome};
use serde_json::{Map, Value};
use tokio::{sync::watch, time::Instant};

use super::Leg;
use crate::{
    bus::{Callee, Ring},
    store::{NotificationId, Ts},
};

/// How a call's deliveries stand.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub pending: usize,
    pub accepted: usize,
    pub dead: usize,
    /// Sockets that were not connected.
    pub absent: usize,
    pub expired: usize,
    /// Ended for any other reason.
    pub failed: usize,
}

impl Tally {
    /// Of the states that deliveries are in.
    pub fn of(states: impl IntoIterator<Item = DeliveryState>) -> Self {
        let mut tally = Self::default();
        for state in states {
            *tally.place(state) += 1;
        }
        tally
    }

    fn place(&mut self, state: DeliveryState) -> &mut usize {
        match state {
            DeliveryState::Pending => &mut self.pending,
            DeliveryState::Accepted | DeliveryState::Acknowledged => &mut self.accepted,
            DeliveryState::Dead => &mut self.dead,
            DeliveryState::Skipped => &mut self.absent,
            DeliveryState::Expired => &mut self.expired,
            DeliveryState::Misconfigured | DeliveryState::Failed => &mut self.failed,
        }
    }

    /// Whether every delivery ended as dead or not connected: nobody is there to ring.
    pub fn is_nobody(self) -> bool {
        self.pending + self.accepted + self.expired + self.failed == 0
    }

    /// What became of the call, once nothing is pending.
    pub fn outcome(self) -> Outcome {
        match self {
            Self { pending: 1.., .. } => Outcome::InProgress,
            Self { accepted: 1.., .. } => Outcome::Accepted,
            Self { failed: 1.., .. } => Outcome::Failed,
            Self { expired: 1.., .. } => Outcome::Expired,
            Self { dead: 1.., .. } => Outcome::Dead,
            _ => Outcome::NoBinding,
        }
    }
}

/// A call under way.
pub struct Call {
    pub id: NotificationId,
    pub callee: Callee,
    pub message_id: String,
    pub received_at: Ts,
    /// When it is too old to ring, by the wall clock: for networks and the record.
    pub expires_at: Ts,
    /// The same by the steady clock: for what this process does.
    pub deadline: Instant,
    /// The body as received.
    pub raw: Arc<str>,
    /// The payload's members.
    pub fields: Map<String, Value>,
    tally: watch::Sender<Tally>,
}

/// What a call is made of.
pub struct CallParts {
    pub id: NotificationId,
    pub callee: Callee,
    pub message_id: String,
    pub received_at: Ts,
    pub expires_at: Ts,
    /// What is left of its lifetime.
    pub left: Duration,
    pub raw: Arc<str>,
    pub fields: Map<String, Value>,
    /// How its deliveries stand before this process begins.
    pub tally: Tally,
}

impl Call {
    pub fn new(parts: CallParts) -> Arc<Self> {
        Arc::new(Self {
            id: parts.id,
            callee: parts.callee,
            message_id: parts.message_id,
            received_at: parts.received_at,
            expires_at: parts.expires_at,
            deadline: Instant::now() + parts.left,
            raw: parts.raw,
            fields: parts.fields,
            tally: watch::Sender::new(parts.tally),
        })
    }

    /// The call as those of these legs that are sockets get it.
    pub fn ring_of(&self, legs: &[Leg]) -> Ring {
        let sockets = legs.iter().filter(|leg| leg.channel == Channel::Websocket);
        Ring {
            callee: self.callee.clone(),
            notification: self.id,
            text: self.raw.clone(),
            message_id: self.message_id.clone(),
            received_at: self.received_at,
            legs: sockets.map(|leg| (leg.binding_id, leg.id)).collect(),
        }
    }

    /// What is left of the call's lifetime; `None` once it is too old.
    pub fn left(&self) -> Option<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Moves one delivery from pending to where it ended; true for the one that was the last.
    pub fn settle(&self, state: DeliveryState) -> Option<Tally> {
        let mut last = None;
        self.tally.send_modify(|tally| {
            tally.pending = tally.pending.saturating_sub(1);
            *tally.place(state) += 1;
            last = (tally.pending == 0).then_some(*tally);
        });
        last
    }

    /// Waits until somebody accepted or nothing is pending.
    pub async fn decided(&self) -> Tally {
        let mut seen = self.tally.subscribe();
        let decided = seen.wait_for(|tally| tally.accepted > 0 || tally.pending == 0).await;
        decided.map_or_else(|_| self.tally(), |tally| *tally)
    }

    /// How the deliveries stand now.
    pub fn tally(&self) -> Tally {
        *self.tally.borrow()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_follow_the_best_that_happened() {
        use DeliveryState::*;
        let cases: [(&[DeliveryState], Outcome); 9] = [
            (&[], Outcome::NoBinding),
            (&[Pending, Accepted], Outcome::InProgress),
            (&[Accepted, Dead, Failed], Outcome::Accepted),
            (&[Acknowledged], Outcome::Accepted),
            (&[Dead, Dead], Outcome::Dead),
            (&[Dead, Skipped], Outcome::Dead),
            (&[Skipped], Outcome::NoBinding),
            (&[Dead, Misconfigured], Outcome::Failed),
            (&[Dead, Expired], Outcome::Expired),
        ];
        for (states, outcome) in cases {
            assert_eq!(Tally::of(states.iter().copied()).outcome(), outcome, "{states:?}");
        }
    }
}
