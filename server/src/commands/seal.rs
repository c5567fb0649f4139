//! The master key must be the database's own: a sealed word, made at the first start, opens or it does not.

use crate::{
    domain::Ground,
    secrets::{Column, Place},
};

const NAME: &str = "master_key";
const WORD: &[u8] = b"ringhook";

fn place() -> Place<'static> {
    Place { column: Column::Seal, workspace: uuid::Uuid::nil(), row: NAME.as_bytes() }
}

/// Makes the sealed word on a new database, opens it on any other.
///
/// # Errors
/// When the given master keys are not this database's, in words that say what to do.
pub async fn check(ground: &Ground) -> Result<(), String> {
    let fresh = ground.keyring.seal(place(), WORD).map_err(|fault| fault.to_string())?;
    let sealed = ground.store.engine().write(async move |conn| conn.seal_keep(NAME, &fresh).await).await;
    let sealed = sealed.map_err(|error| error.to_string())?;
    match ground.keyring.open(place(), &sealed) {
        Ok(_) => Ok(()),
        Err(fault) => {
            Err(format!("RINGHOOK_MASTER_KEY is not the one this database was sealed with: {fault}"))
        }
    }
}
