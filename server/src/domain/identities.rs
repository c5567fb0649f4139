//! What is kept of a person.

use super::{Ground, Result};
use crate::store::{Conn, WorkspaceId};

/// Calls deleted in one transaction.
const BITE: i64 = 200;

/// How much there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Bindings.
    pub bindings: usize,
    /// Calls in the log.
    pub notifications: usize,
}

/// Deletes an identity's bindings and the calls to it, some at a time so that no call waits. Bindings go first: then no
/// call that comes meanwhile rings.
///
/// # Errors
/// When the database fails: then a second try goes on.
pub async fn erase(
    ground: &Ground,
    workspace: WorkspaceId,
    account_sid: &str,
    identity: &str,
) -> Result<Erased> {
    let (sid, whose) = (account_sid.to_owned(), identity.to_owned());
    let bindings = super::bindings::delete_of_identity(ground, workspace, sid, whose).await?;
    let mut notifications = 0;
    loop {
        let (sid, identity) = (account_sid.to_owned(), identity.to_owned());
        let bite = async move |conn: &mut Conn| {
            Ok(conn.log_forget_identity(workspace, &sid, &identity, BITE).await?)
        };
        let gone = ground.write(workspace, bite).await?;
        notifications += gone;
        if gone == 0 {
            return Ok(Erased { bindings, notifications });
        }
    }
}
