//! What moves in the log, told to whoever watches it live, on this node and on others. Nobody waits for a watcher: one that
//! is too slow misses entries, and reads the log.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{
    broadcast::{self, Receiver, Sender, error::RecvError},
    mpsc,
};

use super::Turn;
use crate::store::{NotificationId, WorkspaceId};

/// Entries that a slow watcher may be behind.
const BACKLOG: usize = 4096;

/// A call of a workspace that is new in the log, or changed there.
pub type Moved = (WorkspaceId, NotificationId);

/// To the other nodes.
#[derive(Clone)]
struct Abroad {
    /// What moved here.
    moved: mpsc::Sender<Moved>,
    /// Which workspaces are watched here.
    turns: mpsc::UnboundedSender<Turn>,
}

/// The handle.
#[derive(Clone)]
pub struct Feed {
    here: Sender<Moved>,
    abroad: Option<Abroad>,
    /// How many watch each workspace.
    watched: Arc<Mutex<HashMap<WorkspaceId, usize>>>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { here: broadcast::channel(BACKLOG).0, abroad: None, watched: Arc::default() }
    }
}

/// One who watches a workspace's log, until dropped.
pub struct Watcher {
    workspace: WorkspaceId,
    moved: Receiver<Moved>,
    feed: Feed,
}

impl Watcher {
    /// The next call that moved; `None` when the process ends.
    pub async fn next(&mut self) -> Option<NotificationId> {
        loop {
            match self.moved.recv().await {
                Ok((workspace, id)) if workspace == self.workspace => return Some(id),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut watched = self.feed.watched();
        let Some(count) = watched.get_mut(&self.workspace) else { return };
        *count -= 1;
        if *count == 0 {
            watched.remove(&self.workspace);
            self.feed.turn(Turn::Unwatched(self.workspace));
        }
    }
}

impl Feed {
    /// A feed that tells other nodes what moves here, and which workspaces are watched here.
    pub fn abroad(turns: mpsc::UnboundedSender<Turn>) -> (Self, mpsc::Receiver<Moved>) {
        let (sender, moved) = mpsc::channel(BACKLOG);
        (Self { abroad: Some(Abroad { moved: sender, turns }), ..Self::default() }, moved)
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<WorkspaceId, usize>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Told under the lock, so that what is told is in order.
    fn turn(&self, turn: Turn) {
        if let Some(abroad) = &self.abroad {
            // Nobody follows any more once the process ends.
            let _ = abroad.turns.send(turn);
        }
    }

    /// Tells that this call can be read anew.
    pub fn tell(&self, workspace: WorkspaceId, notification: NotificationId) {
        self.tell_here((workspace, notification));
        if let Some(abroad) = &self.abroad {
            // With too many on their way, watchers on other nodes miss some.
            let _ = abroad.moved.try_send((workspace, notification));
        }
    }

    /// Tells who watches on this node.
    pub(super) fn tell_here(&self, moved: Moved) {
        // Without a watcher there is nobody to tell.
        let _ = self.here.send(moved);
    }

    /// Watches a workspace's log on this node from now on; of other nodes, once they know.
    pub fn watch(&self, workspace: WorkspaceId) -> Watcher {
        let moved = self.here.subscribe();
        let mut watched = self.watched();
        let count = watched.entry(workspace).or_default();
        *count += 1;
        if *count == 1 {
            self.turn(Turn::Watched(workspace));
        }
        drop(watched);
        Watcher { workspace, moved, feed: self.clone() }
    }
}
