//! The outbox folder: mails as files, where no SMTP server is set.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::store::MailId;

/// Writes a mail to `{folder}/{id}.eml`, readable by its owner alone. It gets its name when it is complete.
pub(super) async fn write(folder: PathBuf, id: MailId, bytes: Vec<u8>) -> Result<(), String> {
    let written = tokio::task::spawn_blocking(move || {
        write_now(&folder, id, &bytes).map_err(|error| format!("{}: {error}", folder.display()))
    });
    written.await.map_err(|error| error.to_string())?
}

fn write_now(folder: &Path, id: MailId, bytes: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let draft = folder.join(format!(".{id}.draft"));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, folder.join(format!("{id}.eml")))
}
