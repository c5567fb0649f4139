//! What a process talks over: its connection, its subjects, and what it knows of the other nodes.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_nats::{Client, Subscriber, connection::State};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::Serialize;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Process,
    gather::Inbox,
    peers::Peers,
    subject::Subjects,
    up::Up,
    wire::{self, Ask, Asked, Gossip, Told},
};
use crate::{
    bus::{Callee, Counters, Feed, Hub},
    domain::Ground,
    secrets::{self, Keyring},
};

/// How long NATS may take to answer before it counts as away. A call waits for nobody so long.
const ROUND_TRIP: Duration = Duration::from_secs(2);

/// Callees with young calls that are read at once; with more, all sockets look.
const CALLEES: u16 = 10_000;
/// Sockets that look at once where it is not known for whom there are calls, and the pause before the next: each costs a read.
const LOOKING: usize = 50;
const BREATH: Duration = Duration::from_millis(50);

/// What a process talks over.
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) subjects: Subjects,
    ground: Ground,
    pub(super) keyring: Keyring,
    pub(super) node: Uuid,
    pub(super) hub: Arc<Hub>,
    pub(super) feed: Feed,
    pub(super) inbox: Arc<Inbox>,
    pub(super) counters: Arc<Counters>,
    peers: Mutex<Peers>,
    pub(super) up: Up,
}

impl Link {
    pub(super) fn new(
        client: Client,
        deployment: &[u8],
        ground: &Ground,
        here: &Process,
        counters: Arc<Counters>,
    ) -> Self {
        let subjects = Subjects::new(deployment, &secrets::random::<8>());
        Self {
            inbox: Arc::new(Inbox::new(&subjects.inbox)),
            client,
            subjects,
            ground: ground.clone(),
            keyring: here.keyring.clone(),
            node: here.node.0,
            hub: here.hub.clone(),
            feed: here.feed.clone(),
            counters,
            peers: Mutex::new(Peers::new(Instant::now())),
            up: Up::default(),
        }
    }

    pub(super) fn peers(&self) -> MutexGuard<'_, Peers> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether NATS is reached, as far as is known. What is sent while it is not would wait in the client, and arrive when
    /// nobody wants it any more.
    pub(super) fn is_up(&self) -> bool {
        self.up.is_up() && self.is_connected()
    }

    pub(super) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
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

    /// Says something to which nobody answers, where an identity's sockets are reached.
    pub(super) async fn say(&self, callee: &Callee, ask: Ask) {
        let (subject, asked) = (self.subjects.callee(callee), Asked { node: self.node, ask });
        self.send(callee.workspace.0, subject, None, &asked).await;
    }

    /// Tells all nodes.
    pub(super) async fn gossip(&self, gossip: Gossip) {
        let told = Told { node: self.node, gossip };
        self.send(Uuid::nil(), self.subjects.nodes.clone(), None, &told).await;
    }

    /// Says goodbye to all nodes; returns once that was sent.
    pub(super) async fn leave(&self) {
        self.gossip(Gossip::Bye).await;
        if let Err(error) = self.client.flush().await {
            tracing::debug!(%error, "goodbye has perhaps not left");
        }
    }

    /// Waits until NATS has taken all that was sent before, subscriptions among it: a connection is served in order, so what
    /// we send to ourselves comes back after that. One that does not answer is taken to be down, but not one that was joined
    /// since: what was sent over the connection before it never comes back.
    pub(super) async fn round_trip(&self) -> bool {
        let seen = self.up.seen();
        let (_open, subject, mut answers) = self.inbox.open();
        let there_and_back = async {
            self.client.publish(subject, Bytes::new()).await.is_ok() && answers.recv().await.is_some()
        };
        let answered = tokio::time::timeout(ROUND_TRIP, there_and_back).await.unwrap_or_default();
        if !answered {
            self.up.lost_since(seen);
        }
        answered
    }
}

/// Takes what this process is answered.
pub(super) async fn take_answers(link: Arc<Link>, mut answers: Subscriber) {
    while let Some(answer) = answers.next().await {
        Counters::count(&link.counters.received);
        if !link.inbox.take(answer) {
            Counters::count(&link.counters.late);
        }
    }
}

/// Has sockets look for calls that they missed while NATS, or a node, was away: at once those that there are young calls for,
/// since a call is young for seconds; where that is not known, one after another all that are open.
pub(super) async fn look(link: Arc<Link>) {
    match called(&link).await {
        Some(callees) => {
            callees.iter().flat_map(|callee| link.hub.connections(callee)).for_each(|seat| seat.look());
        }
        None => {
            for seats in link.hub.all().chunks(LOOKING) {
                seats.iter().for_each(|seat| seat.look());
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// Everybody with young calls; `None` when they cannot be read, or are too many.
async fn called(link: &Link) -> Option<Vec<Callee>> {
    let read = async {
        let mut conn = link.ground.store.engine().read().await?;
        conn.callees_young(link.ground.clock.now(), CALLEES.into()).await
    };
    let found = read.await.inspect_err(|error| tracing::warn!(%error, "it is not read who has young calls"));
    let found = found.ok().filter(|found| found.len() < CALLEES.into())?;
    let callees = found.into_iter().map(|(workspace, account_sid, identity)| Callee {
        workspace,
        account_sid,
        identity,
    });
    Some(callees.collect())
}
