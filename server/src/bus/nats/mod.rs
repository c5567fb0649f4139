//! The bus over NATS: which nodes there are, what each holds, and how a call gets to sockets that hang elsewhere.

mod answers;
mod asks;
mod check;
mod connect;
mod gather;
mod line;
mod link;
mod log;
mod peers;
mod subject;
mod up;
mod wire;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_nats::ConnectOptions;
use tokio::{
    sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender},
    time::Instant,
};

use super::{Counters, Feed, Hub, Moved, Turn};
use crate::{
    config::NatsUrl,
    domain::{Ground, deployment},
    secrets::Keyring,
    store::{BindingId, NodeId},
};
pub use check::check;
pub use connect::options;
use link::Link;

/// Whom the bus serves.
pub struct Process {
    pub url: NatsUrl,
    pub keyring: Keyring,
    pub node: NodeId,
    pub hub: Arc<Hub>,
    pub feed: Feed,
}

/// What the start takes.
pub struct Unstarted {
    pub options: ConnectOptions,
    /// What comes and goes here.
    pub turns: UnboundedReceiver<Turn>,
    /// What moves in the log here.
    pub moved: Receiver<Moved>,
}

/// The bus of one process.
pub struct Nats {
    here: Process,
    turns: UnboundedSender<Turn>,
    unstarted: Mutex<Option<Unstarted>>,
    link: OnceLock<Arc<Link>>,
    counters: Arc<Counters>,
}

impl Nats {
    pub fn new(here: Process, turns: UnboundedSender<Turn>, unstarted: Unstarted) -> Self {
        Self {
            here,
            turns,
            unstarted: Mutex::new(Some(unstarted)),
            link: OnceLock::new(),
            counters: Arc::default(),
        }
    }

    /// Connects, and serves from then on. Waits a moment for NATS, and goes on without it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn start(&self, ground: &Ground) -> Result<(), String> {
        let deployment = deployment::id(ground).await.map_err(|error| error.to_string())?;
        let unstarted = self.unstarted.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Unstarted { options, turns, moved }) = unstarted else { return Ok(()) };
        let (client, events) = connect::connect(options, &self.here.url, self.here.node).await?;
        let link = Arc::new(Link::new(client, &deployment, ground, &self.here, self.counters.clone()));
        tokio::spawn(log::tell(link.clone(), moved));
        line::start(link.clone(), turns, events, self.here.url.to_string()).await;
        let _ = self.link.set(link);
        Ok(())
    }

    /// What is there to be talked over, as long as NATS is reached.
    fn up(&self) -> Option<&Arc<Link>> {
        self.link.get().filter(|link| link.is_up())
    }

    /// Whether NATS is reached.
    pub fn is_up(&self) -> bool {
        self.up().is_some()
    }

    /// What went over it.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether the device of a binding is known to be connected to another node.
    pub fn is_connected(&self, binding: BindingId) -> bool {
        self.up().is_some_and(|link| link.peers().holds(subject::device(binding), Instant::now()))
    }

    /// The other nodes that live.
    pub fn peers(&self) -> usize {
        self.up().map_or(0, |link| link.peers().live(Instant::now()))
    }
}
