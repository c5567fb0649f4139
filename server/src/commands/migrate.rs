//! `ringhook migrate`.

use std::process::ExitCode;

use super::seal;
use crate::{config::Config, domain::Ground};

/// Brings the database to this version and says what was applied; one that a newer version has migrated is left as it is.
///
/// # Errors
/// When the database cannot be opened or a migration fails.
pub async fn run(config: &Config) -> Result<ExitCode, String> {
    let ground = Ground::open(config).await?;
    let applied = ground.store.migrate().await.map_err(|error| error.to_string())?;
    seal::check(&ground).await?;
    let unknown = ground.store.migrations_unknown().await.map_err(|error| error.to_string())?;
    match applied.len() {
        0 if !unknown.is_empty() => println!(
            "{} was migrated by a newer version ({}); it is left as it is",
            config.database_url,
            unknown.join(", ")
        ),
        0 => println!("{} is up to date", config.database_url),
        count => println!("{}: {count} migrations applied: {}", config.database_url, applied.join(", ")),
    }
    Ok(ExitCode::SUCCESS)
}
