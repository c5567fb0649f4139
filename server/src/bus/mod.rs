//! Who is connected, and who watches: the sockets of this process by identity, and what moves in the log.

mod feed;
mod hub;

pub use feed::{Feed, Moved};
pub use hub::{Connection, Frame, Full, Hub, SOCKETS_PER_IDENTITY, Seat, Unwritten};

use crate::store::WorkspaceId;

/// The identity of an account, in one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Callee {
    pub workspace: WorkspaceId,
    pub account_sid: String,
    pub identity: String,
}
