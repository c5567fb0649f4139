//! Deliveries at work. A call that was recorded is attempted at once, in this process, every device side by side; what
//! cannot be reached is tried again until the call is too old; what a dead node left behind is taken over.

mod attempt;
mod backoff;
mod breaker;
mod call;
mod clients;
mod days;
mod delivery;
mod journal;
mod lane;
mod recover;
mod retention;
mod rollups;
mod running;
mod suspicion;
mod sweep;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use call::{Call, CallParts, Tally};
pub use delivery::Leg;
pub use journal::Journal;

use crate::{
    bus::{Bus, Others},
    domain::{Ground, directory::Directory},
    push::Network,
    store::{NodeId, WorkspaceId},
    telemetry::Trail,
};
use clients::Clients;
pub use lane::LaneState;
use lane::Lanes;
pub use running::Reserved;
use running::{InHand, RUNNING, Running};

/// How long a lease holds without being renewed.
pub const LEASE: Duration = Duration::from_secs(5);

/// How long the last writes of a process may take.
const LAST_WRITES: Duration = Duration::from_millis(1500);

/// The engine. One per process.
pub struct Dispatch {
    pub(crate) ground: Ground,
    pub(crate) node: NodeId,
    pub(crate) directory: Arc<Directory>,
    /// Sockets, and who watches the log.
    pub(crate) bus: Arc<Bus>,
    pub(crate) journal: Journal,
    clients: Clients,
    lanes: Lanes,
    running: Arc<Mutex<Running>>,
    tasks: TaskTracker,
    stopping: CancellationToken,
    /// The renewal of leases, which outlives what it is for.
    renewal: TaskTracker,
    ended: CancellationToken,
}

impl Dispatch {
    /// Prepares the engine; `node` is this node's identity over restarts, so that it takes over its own leases.
    pub fn new(
        ground: Ground,
        node: NodeId,
        directory: Arc<Directory>,
        bus: Arc<Bus>,
        network: Network,
    ) -> Arc<Self> {
        Arc::new(Self {
            journal: Journal::start(ground.store.clone(), bus.feed.clone()),
            clients: Clients::new(ground.keyring.clone(), network),
            lanes: Lanes::default(),
            ground,
            node,
            directory,
            bus,
            running: Arc::default(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            renewal: TaskTracker::new(),
            ended: CancellationToken::new(),
        })
    }

    /// Starts what runs beside the calls: renewal, recovery, clean-up. Leases of this node's earlier life are taken
    /// over before it returns.
    pub async fn start(self: &Arc<Self>) {
        // Before the first call: what has no day by then lies apart until the day is over.
        if let Err(error) = days::make(self).await {
            tracing::warn!(%error, "the log's next days are not made yet");
        }
        recover::take_over(self).await;
        self.renewal.spawn(recover::renew_leases(self.clone()));
        self.tasks.spawn(recover::claim_orphans(self.clone()));
        self.tasks.spawn(recover::end_forgotten(self.clone()));
        self.tasks.spawn(retention::forget_old(self.clone()));
        self.tasks.spawn(rollups::count(self.clone()));
        self.tasks.spawn(sweep::erase_payloads(self.clone()));
    }

    /// Sends a recorded call's deliveries on their way; `others` are sockets that the record does not know.
    pub fn ring(self: &Arc<Self>, call: &Arc<Call>, legs: Vec<Leg>, others: Others) {
        let mut heard = self.bus.ring(call.ring_of(&legs), others);
        for leg in legs {
            self.running().add(call.callee.workspace, (call.id, leg.id));
            let heard = heard.remove(&leg.binding_id);
            let trail = Trail::of_delivery(call.callee.workspace, call.id, leg.id, leg.channel);
            self.tasks.spawn(delivery::run(self.clone(), call.clone(), leg, heard, trail));
        }
    }

    /// Whether no more of this workspace's calls should be taken now.
    pub fn is_full(&self, workspace: WorkspaceId) -> bool {
        !self.running().has_room(workspace, 1)
    }

    /// Room for a call's deliveries, from before its record until they are rung; `None` when there is none.
    pub fn reserve(&self, workspace: WorkspaceId, deliveries: usize) -> Option<Reserved> {
        Reserved::of(&self.running, workspace, deliveries)
    }

    /// Deliveries in this process's hands, and how many may be.
    pub fn in_hand(&self) -> (usize, usize) {
        (self.running().count(), RUNNING)
    }

    /// How the providers' lanes stand.
    pub fn lanes(&self) -> Vec<LaneState> {
        self.lanes.states()
    }

    /// Whether more deliveries can be taken over.
    fn has_room(&self) -> bool {
        self.running().count() < RUNNING
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        running::lock(&self.running)
    }

    /// Cancelled once the process is to end.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Ends within `patience`: attempts under way may finish, waiting ones are handed back to whoever comes next.
    pub async fn drain(&self, patience: Duration) {
        self.stopping.cancel();
        self.tasks.close();
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                deliveries = self.running().ids.len(),
                "deliveries still under way are handed back"
            );
        }
        self.ended.cancel();
        self.renewal.close();
        // A database that is away now holds nobody up: leases run out by themselves.
        let written = async {
            self.renewal.wait().await;
            self.journal.flush().await;
            self.hand_back().await
        };
        match tokio::time::timeout(LAST_WRITES, written).await {
            Ok(Ok(0)) => {}
            Ok(Ok(count)) => tracing::info!(count, "deliveries handed back"),
            Ok(Err(error)) => tracing::warn!(%error, "leases run out by themselves"),
            Err(_) => tracing::warn!("the database is away; leases run out by themselves"),
        }
    }

    /// Ends this node's leases, those of its earlier life too; how many there were.
    async fn hand_back(&self) -> crate::store::Result<usize> {
        let (node, now) = (self.node, self.ground.clock.now());
        self.ground.store.engine().write(async move |conn| conn.deliveries_hand_back(node, now).await).await
    }
}
