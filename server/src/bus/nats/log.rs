//! What moves in the log, told to nodes where somebody watches. It is an id, and no secret; a watcher reads what it means.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc::Receiver;
use uuid::Uuid;

use super::link::Link;
use crate::{
    bus::{Counters, Moved},
    store::{NotificationId, WorkspaceId},
};

/// Tells what moves here, while NATS is reached.
pub(super) async fn tell(link: Arc<Link>, mut moved: Receiver<Moved>) {
    while let Some((workspace, call)) = moved.recv().await {
        if !link.is_up() {
            continue;
        }
        Counters::count(&link.counters.sent);
        let id = Bytes::from([link.node.as_bytes().as_slice(), call.0.as_bytes()].concat());
        if let Err(error) = link.client.publish(link.subjects.log(workspace), id).await {
            tracing::warn!(%error, "not told over the bus");
        }
    }
}

/// Takes what moved elsewhere.
pub(super) fn hear(link: &Link, workspace: WorkspaceId, id: &[u8]) {
    let parts = id.split_at_checked(size_of::<Uuid>());
    match parts.map(|(node, id)| (Uuid::from_slice(node), Uuid::from_slice(id))) {
        // Our own comes back to us.
        Some((Ok(node), Ok(_))) if node == link.node => {}
        Some((Ok(_), Ok(id))) => link.feed.tell_here((workspace, NotificationId(id))),
        _ => Counters::count(&link.counters.unreadable),
    }
}
