//! What a process talks over: its connection, its subjects, and what it knows of the other nodes.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_nats::{Client, RequestErrorKind, connection::State};
use bytes::Bytes;
use serde::Serialize;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    gather::Inbox,
    peers::Peers,
    subject::Subjects,
    wire::{self, Gossip, Told},
};
use crate::{
    bus::{Counters, Hub},
    secrets::{self, Keyring},
    store::NodeId,
};

/// How long NATS may take to answer before it counts as away. A call waits for nobody so long.
const ROUND_TRIP: Duration = Duration::from_secs(2);

pub(super) struct Link {
    pub(super) client: Client,
    pub(super) subjects: Subjects,
    pub(super) keyring: Keyring,
    pub(super) node: Uuid,
    pub(super) hub: Arc<Hub>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) counters: Arc<Counters>,
    peers: Mutex<Peers>,
    up: AtomicBool,
}

impl Link {
    pub(super) fn new(
        client: Client,
        deployment: &[u8],
        keyring: Keyring,
        node: NodeId,
        hub: Arc<Hub>,
        counters: Arc<Counters>,
    ) -> Self {
        let subjects = Subjects::new(deployment, &secrets::random::<8>());
        Self {
            inbox: Arc::new(Inbox::new(&subjects.inbox)),
            client,
            subjects,
            keyring,
            node: node.0,
            hub,
            counters,
            peers: Mutex::new(Peers::new(Instant::now())),
            up: AtomicBool::new(false),
        }
    }

    pub(super) fn peers(&self) -> MutexGuard<'_, Peers> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether NATS is reached, as far as is known. What is sent while it is not would wait in the client, and arrive when
    /// nobody wants it any more.
    pub(super) fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed) && self.is_connected()
    }

    pub(super) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    pub(super) fn set_up(&self, up: bool) -> bool {
        self.up.swap(up, Ordering::Relaxed)
    }

    /// Sends a sealed message; whether it was handed to the client.
    pub(super) async fn send(
        &self,
        workspace: Uuid,
        subject: String,
        reply: Option<String>,
        message: &impl Serialize,
    ) -> bool {
        let Some(sealed) = wire::seal(&self.keyring, workspace, &subject, message) else { return false };
        Counters::count(&self.counters.sent);
        let sent = match reply {
            Some(reply) => self.client.publish_with_reply(subject, reply, sealed).await,
            None => self.client.publish(subject, sealed).await,
        };
        sent.inspect_err(|error| tracing::warn!(%error, "not sent over the bus")).is_ok()
    }

    /// Tells all nodes.
    pub(super) async fn gossip(&self, gossip: Gossip) {
        let told = Told { node: self.node, gossip };
        self.send(Uuid::nil(), self.subjects.nodes.clone(), None, &told).await;
    }

    /// Waits until NATS has taken all that was sent before, subscriptions among it: a connection is served in order, and
    /// that nobody is there is what it answers at once. One that does not answer is taken to be down.
    pub(super) async fn round_trip(&self) -> bool {
        let asked = self.client.request(self.subjects.nobody.clone(), Bytes::new());
        let answered = match tokio::time::timeout(ROUND_TRIP, asked).await {
            Ok(Err(error)) => error.kind() == RequestErrorKind::NoResponders,
            Ok(Ok(_)) => true,
            Err(_) => false,
        };
        if !answered {
            self.set_up(false);
        }
        answered
    }
}
