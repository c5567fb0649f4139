//! What this node asks the others.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    Nats,
    gather::Gathered,
    wire::{Ask, Came, Here, Look, Rung},
};
use crate::{
    bus::{Callee, Others, Ring, Turn, Unwritten},
    store::{BindingId, Ts},
};

/// How long a socket that has joined waits for NATS to know it. It looks for young calls afterwards in any case.
const SETTLED_WITHIN: Duration = Duration::from_secs(2);
/// How long the last word may take.
const BYE: Duration = Duration::from_millis(500);

type Waiting = HashMap<BindingId, oneshot::Sender<Result<(), Unwritten>>>;

impl From<Others> for Look {
    fn from(others: Others) -> Self {
        match others {
            Others::Look => Self::All,
            Others::Only(binding) => Self::Only(binding.0),
            Others::Leave => Self::Nobody,
        }
    }
}

impl From<Look> for Others {
    fn from(look: Look) -> Self {
        match look {
            Look::All => Self::Look,
            Look::Only(binding) => Self::Only(BindingId(binding)),
            Look::Nobody => Self::Leave,
        }
    }
}

/// What became of each socket. One that nobody has is gone; but only if everybody was heard.
fn tell(mut waiting: Waiting, gathered: Gathered<Rung>) {
    let mut told: HashMap<Uuid, Came> = HashMap::new();
    for (binding, came) in gathered.answers.into_iter().flat_map(|rung| rung.came) {
        // A device that is moving is on two nodes for a moment.
        if told.get(&binding) != Some(&Came::Written) {
            told.insert(binding, came);
        }
    }
    for (binding, heard) in waiting.drain() {
        let came = match told.get(&binding.0) {
            Some(Came::Written) => Ok(()),
            Some(Came::Slow) => Err(Unwritten::Slow),
            Some(Came::Waits) => Err(Unwritten::Silent),
            Some(Came::Gone) => Err(Unwritten::Gone),
            None if gathered.complete => Err(Unwritten::Gone),
            None => Err(Unwritten::Silent),
        };
        // Who waited may have given up.
        let _ = heard.send(came);
    }
}

impl Nats {
    /// The sockets of an identity that hang on other nodes.
    pub async fn seats(&self, callee: &Callee) -> Vec<BindingId> {
        let Some(link) = self.up() else { return Vec::new() };
        let gathered = link.gather::<Here>(callee, Ask::Who).await;
        let bindings: HashSet<_> = gathered.answers.into_iter().flat_map(|here| here.bindings).collect();
        bindings.into_iter().map(BindingId).collect()
    }

    /// Has the others write a frame, and tells who waits what came of it.
    pub fn ring(&self, ring: Ring, others: Others, waiting: Waiting) {
        let Some(link) = self.up().cloned() else { return };
        tokio::spawn(async move {
            let ask = Ask::Ring {
                notification: ring.notification.0,
                text: ring.text.as_ref().to_owned(),
                message_id: ring.message_id,
                received_at: ring.received_at.micros(),
                legs: ring.legs.iter().map(|(binding, delivery)| (binding.0, delivery.0)).collect(),
                others: others.into(),
            };
            tell(waiting, link.gather(&ring.callee, ask).await);
        });
    }

    /// Has sockets on other nodes look for a call that was recorded.
    pub fn look(&self, callee: Callee, others: Others) {
        let Some(link) = self.up().cloned() else { return };
        tokio::spawn(async move {
            link.say(&callee, Ask::Look(others.into())).await;
        });
    }

    /// Waits until what has come and gone here before is known to NATS; not long, and not at all while that is away.
    pub async fn settle(&self) {
        let (sender, settled) = oneshot::channel();
        if self.turns.send(Turn::Settle(sender)).is_ok()
            && tokio::time::timeout(SETTLED_WITHIN, settled).await.is_err()
        {
            tracing::debug!("NATS takes its time");
        }
    }

    /// Makes a socket that has just joined known: what rings from now on reaches it.
    pub async fn announce(&self, callee: &Callee, device: Option<BindingId>, at: Ts) {
        self.settle().await;
        if let (Some(binding), Some(link)) = (device, self.up()) {
            link.say(callee, Ask::Moved { binding: binding.0, at: at.micros() }).await;
        }
    }

    /// Says goodbye, after which this node says nothing more of itself.
    pub async fn close(&self) {
        if self.up().is_none() {
            return;
        }
        let (sender, said) = oneshot::channel();
        if self.turns.send(Turn::Bye(sender)).is_ok() && tokio::time::timeout(BYE, said).await.is_err() {
            tracing::debug!("the other nodes find out by themselves that this one has ended");
        }
    }
}
