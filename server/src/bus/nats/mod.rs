//! The bus over NATS: which nodes there are, what each holds, and how a call gets to sockets that hang elsewhere.

mod answers;
mod asks;
mod check;
mod connect;
mod gather;
mod line;
mod link;
mod peers;
mod subject;
mod wire;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_nats::ConnectOptions;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender},
    time::Instant,
};

use super::{Counters, Hub, Turn};
use crate::{
    config::NatsUrl,
    domain::{Ground, deployment},
    secrets::Keyring,
    store::NodeId,
};
pub use check::check;
pub use connect::options;
use link::Link;

/// The bus of one process.
pub struct Nats {
    url: NatsUrl,
    keyring: Keyring,
    node: NodeId,
    hub: Arc<Hub>,
    turns: UnboundedSender<Turn>,
    /// What the start takes.
    unstarted: Mutex<Option<(ConnectOptions, UnboundedReceiver<Turn>)>>,
    link: OnceLock<Arc<Link>>,
    counters: Arc<Counters>,
}

impl Nats {
    pub fn new(
        url: NatsUrl,
        options: ConnectOptions,
        keyring: Keyring,
        node: NodeId,
        hub: Arc<Hub>,
        (turns, followed): (UnboundedSender<Turn>, UnboundedReceiver<Turn>),
    ) -> Self {
        Self {
            url,
            keyring,
            node,
            hub,
            turns,
            unstarted: Mutex::new(Some((options, followed))),
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
        let Some((options, turns)) = unstarted else { return Ok(()) };
        let (client, events) = connect::connect(options, &self.url, self.node).await?;
        let link = Arc::new(Link::new(
            client,
            &deployment,
            self.keyring.clone(),
            self.node,
            self.hub.clone(),
            self.counters.clone(),
        ));
        line::start(link.clone(), turns, events, self.url.to_string()).await;
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

    /// The other nodes that live.
    pub fn peers(&self) -> usize {
        self.up().map_or(0, |link| link.peers().live(Instant::now()))
    }
}
