//! Who is connected: the sockets of this process, by identity.

mod hub;

pub use hub::{Connection, Frame, Hub, Seat, Unwritten};

use crate::store::WorkspaceId;

/// The identity of an account, in one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Callee {
    pub workspace: WorkspaceId,
    pub account_sid: String,
    pub identity: String,
}
