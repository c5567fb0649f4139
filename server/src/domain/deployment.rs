//! What tells one deployment from another where they share something: its nodes have one database in common.

use super::{Ground, Result};
use crate::secrets::{self, Column, Place};

const NAME: &str = "deployment";
const BYTES: usize = 8;

/// The deployment's id: made with the first use, and the same on every node.
///
/// # Errors
/// When the database fails, or the master key is not its own.
pub async fn id(ground: &Ground) -> Result<Vec<u8>> {
    let place = Place { column: Column::Seal, workspace: uuid::Uuid::nil(), row: NAME.as_bytes() };
    let fresh = ground.keyring.seal(place, &secrets::random::<BYTES>())?;
    let sealed = ground.store.engine().write(async move |conn| conn.seal_keep(NAME, &fresh).await).await?;
    Ok(ground.keyring.open(place, &sealed)?.to_vec())
}
