//! `ringhook backup FILE`.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

use crate::{config::Config, store::Store};

/// The arguments.
#[derive(Debug, Parser)]
pub struct Args {
    /// Where the copy goes; nothing may be there yet
    file: PathBuf,
}

/// Copies the embedded database as it is at one moment, also while it serves. The file appears whole or not at all, and
/// only its owner can read it.
///
/// # Errors
/// On Postgres, which has tools of its own; when there is no database, when the file exists already or cannot be written.
pub async fn run(config: &Config, args: Args) -> Result<ExitCode, String> {
    let Some(database) = config.database_url.file() else {
        return Err(
            "backup copies the embedded database; this one is Postgres: use pg_dump, or archive its WAL"
                .into(),
        );
    };
    let file = args.file;
    let fault = |error: io::Error| format!("{}: {error}", file.display());
    if !fs::exists(database).map_err(fault)? {
        let database = database.display();
        return Err(format!("{database}: there is no database to copy; is RINGHOOK_DATA_DIR right?"));
    }
    if fs::exists(&file).map_err(fault)? {
        return Err(format!("{}: exists already; name a new file", file.display()));
    }
    let partial = file.with_added_extension("partial");
    let copied = copy(config.database_url.expose(), &partial, &file).await;
    if copied.is_err() {
        let _ = fs::remove_file(&partial);
    }
    let bytes = copied.map_err(|fault| format!("{}: {fault}", file.display()))?;
    println!(
        "{}: {bytes} bytes. Keep it apart from the master key, which it cannot be read without.",
        file.display()
    );
    Ok(ExitCode::SUCCESS)
}

async fn copy(database: &str, partial: &Path, file: &Path) -> Result<u64, String> {
    let words = |error: io::Error| error.to_string();
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(partial).map_err(words)?;
    let path = partial.to_str().ok_or("its name is not UTF-8")?;
    let store = Store::open(database, 1, &[]).await.map_err(|error| error.to_string())?;
    let mut conn = store.engine().read().await.map_err(|error| error.to_string())?;
    conn.copy_into(path).await.map_err(|error| error.to_string())?;
    made.sync_all().map_err(words)?;
    // A file that appeared meanwhile is not written over.
    fs::hard_link(partial, file).and_then(|()| fs::remove_file(partial)).map_err(words)?;
    Ok(made.metadata().map_err(words)?.len())
}
