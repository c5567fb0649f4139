//! What a command finds: a database that somebody else made.

use crate::{config::Config, domain::Ground};

/// Opens what is there, and makes nothing: a command that was run in another folder must not leave a database and a key in
/// it.
///
/// # Errors
/// A sentence that names what is missing, or the setting at fault.
pub async fn open(config: &Config) -> Result<Ground, String> {
    match config.absent() {
        Some(path) => Err(format!("nothing at {}: is RINGHOOK_DATA_DIR right?", path.display())),
        None => Ground::open(config).await,
    }
}

/// Whether the database is of this version, or of a newer one.
///
/// # Errors
/// A sentence with the command that mends it.
pub async fn migrated(ground: &Ground) -> Result<(), String> {
    let pending = ground.store.migrations_pending().await.map_err(|error| error.to_string())?;
    match pending.len() {
        0 => Ok(()),
        count => Err(format!("the database lacks {count} migrations; run `ringhook migrate`")),
    }
}
