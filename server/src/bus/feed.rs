//! What moves in the log, told to whoever watches it live. Nobody waits for a watcher: one that is too slow misses
//! entries, and reads the log.

use tokio::sync::broadcast::{self, Receiver, Sender};

use crate::store::{NotificationId, WorkspaceId};

/// Entries that a slow watcher may be behind.
const BACKLOG: usize = 4096;

/// A call of a workspace that is new in the log, or changed there.
pub type Moved = (WorkspaceId, NotificationId);

/// The handle.
#[derive(Clone)]
pub struct Feed(Sender<Moved>);

impl Default for Feed {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

impl Feed {
    /// Tells that this call can be read anew.
    pub fn tell(&self, workspace: WorkspaceId, notification: NotificationId) {
        // Without a watcher there is nobody to tell.
        let _ = self.0.send((workspace, notification));
    }

    /// Watches from now on.
    pub fn watch(&self) -> Receiver<Moved> {
        self.0.subscribe()
    }
}
