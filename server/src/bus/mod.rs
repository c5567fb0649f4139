//! Who is connected, and who watches: the sockets of this process by identity and what moves in the log; and over NATS the
//! same of all other nodes.

mod acknowledged;
mod connection;
mod feed;
mod hub;
mod nats;
mod ring;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

pub use connection::{Connection, Ending, Frame, Unwritten};
pub use feed::{Feed, Moved, Watcher};
pub use hub::{Full, Hub, Limit, SOCKETS_PER_IDENTITY, Seat, Turn};
pub use nats::check;
pub use ring::{Heard, Others, Ring};

use crate::{
    config::Config,
    domain::Ground,
    store::{BindingId, NodeId, Ts, WorkspaceId},
};
use nats::Nats;

/// The identity of an account, in one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Callee {
    pub workspace: WorkspaceId,
    pub account_sid: String,
    pub identity: String,
}

ringhook_openapi::words! {
    /// How the bus is.
    State {
        /// There is none: this is the only node.
        SingleNode = "single_node",
        /// Other nodes are reached.
        Ok = "ok",
        /// NATS is not reached: only what hangs on this node is.
        Degraded = "degraded",
    }
}

/// What went over the bus since the process began.
#[derive(Debug, Default)]
pub struct Counters {
    /// Messages sent.
    pub sent: AtomicU64,
    /// Messages received.
    pub received: AtomicU64,
    /// Answers of other nodes that came when nobody waited for them any more.
    pub late: AtomicU64,
    /// Messages that could not be read: another's, damaged, or sealed under a key that we lack.
    pub unreadable: AtomicU64,
    /// Times that NATS was lost.
    pub lost: AtomicU64,
}

impl Counters {
    fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// The bus, as this node is on it.
pub struct Bus {
    /// The sockets of this process.
    pub hub: Arc<Hub>,
    /// What moves in the log.
    pub feed: Feed,
    nats: Option<Arc<Nats>>,
}

impl Bus {
    /// Put together as configured; it reaches nobody before [`Bus::start`].
    ///
    /// # Errors
    /// A sentence, when no TLS client can be set up.
    pub fn new(config: &Config, ground: &Ground, node: NodeId) -> Result<Arc<Self>, String> {
        let Some(url) = &config.nats else {
            return Ok(Arc::new(Self { hub: Arc::default(), feed: Feed::default(), nats: None }));
        };
        let (sender, turns) = tokio::sync::mpsc::unbounded_channel();
        let hub = Arc::new(Hub::followed(sender.clone()));
        let (feed, moved) = Feed::abroad(sender.clone());
        let unstarted = nats::Unstarted { options: nats::options(url, &config.extra_ca)?, turns, moved };
        let here = nats::Process {
            url: url.clone(),
            keyring: ground.keyring.clone(),
            node,
            hub: hub.clone(),
            feed: feed.clone(),
        };
        let nats = Nats::new(here, sender, unstarted);
        Ok(Arc::new(Self { hub, feed, nats: Some(Arc::new(nats)) }))
    }

    /// Connects, and serves the other nodes from then on. Waits a moment for NATS, and goes on without it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn start(&self, ground: &Ground) -> Result<(), String> {
        match &self.nats {
            Some(nats) => nats.start(ground).await,
            None => Ok(()),
        }
    }

    /// How it is.
    pub fn state(&self) -> State {
        match &self.nats {
            None => State::SingleNode,
            Some(nats) if nats.is_up() => State::Ok,
            Some(_) => State::Degraded,
        }
    }

    /// What went over it; none without NATS.
    pub fn counters(&self) -> Option<&Counters> {
        self.nats.as_ref().map(|nats| nats.counters())
    }

    /// Nodes that live, this one among them.
    pub fn nodes(&self) -> usize {
        1 + self.nats.as_ref().map_or(0, |nats| nats.peers())
    }

    /// The sockets of an identity that hang on other nodes, by their bindings. Waits for the nodes that are known to hold
    /// some, and no longer than 150 ms.
    pub async fn elsewhere(&self, callee: &Callee) -> Vec<BindingId> {
        match &self.nats {
            Some(nats) => nats.seats(callee).await,
            None => Vec::new(),
        }
    }

    /// Whether the device of a binding is connected, here or, as far as is known, elsewhere.
    pub fn is_connected(&self, callee: &Callee, binding: BindingId) -> bool {
        self.hub.connection(callee, binding).is_some()
            || self.nats.as_ref().is_some_and(|nats| nats.is_connected(binding))
    }

    /// Watches a workspace's log; once this returns, that of other nodes too.
    pub async fn watch(&self, workspace: WorkspaceId) -> Watcher {
        let watcher = self.feed.watch(workspace);
        if let Some(nats) = &self.nats {
            nats.settle().await;
        }
        watcher
    }

    /// Makes a socket that has just joined known: once this returns, whoever rings reaches it. `device` is its binding,
    /// where it has an id by which the device is known: its sockets on other nodes are replaced.
    pub async fn announce(&self, callee: &Callee, device: Option<BindingId>, at: Ts) {
        if let Some(nats) = &self.nats {
            nats.announce(callee, device, at).await;
        }
    }

    /// Says goodbye, so that nobody waits for this node.
    pub async fn close(&self) {
        if let Some(nats) = &self.nats {
            nats.close().await;
        }
    }
}
