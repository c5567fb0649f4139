//! Where the master keys come from.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::ConfigFault;
use crate::secrets::{Keyring, MASTER_KEY_BYTES, random};

pub(super) const NAME: &str = "RINGHOOK_MASTER_KEY";
const FILE: &str = "master.key";

/// A comma list of base64 keys.
pub(super) fn parse(list: &str) -> Result<Keyring, ConfigFault> {
    let mut keys = Vec::new();
    for (place, text) in list.split(',').enumerate() {
        let key =
            STANDARD.decode(text.trim()).ok().and_then(|key| <[u8; MASTER_KEY_BYTES]>::try_from(key).ok());
        let Some(key) = key else {
            let detail = format!("key {} is not base64 of {MASTER_KEY_BYTES} bytes", place + 1);
            return Err(ConfigFault::new(NAME, detail));
        };
        keys.push(key);
    }
    Keyring::new(&keys).ok_or_else(|| ConfigFault::new(NAME, "holds no key"))
}

/// Where the key is that is made on first use.
pub(super) fn file(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// A new key would open nothing in a database that is there.
fn lost(key: &Path, database: &Path) -> ConfigFault {
    let (key, database) = (key.display(), database.display());
    let detail = format!(
        "{key} is missing, under which the secrets in {database} are: put it back, or set {NAME} to its text; without \
         either, begin with an empty data directory"
    );
    ConfigFault::new(NAME, detail)
}

/// The key in the data directory, made before its database, readable by its owner alone.
pub(super) fn from_file(data_dir: &Path, database: &Path) -> Result<Keyring, ConfigFault> {
    let path = file(data_dir);
    // Asked for first: another command may be making both.
    let is_sealed = database.exists();
    let fault = |error: std::io::Error| ConfigFault::new(NAME, format!("{}: {error}", path.display()));
    match fs::read_to_string(&path) {
        Ok(text) => return parse(text.trim()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fault(error)),
        Err(_) if is_sealed => return Err(lost(&path, database)),
        Err(_) => {}
    }
    fs::create_dir_all(data_dir).map_err(fault)?;
    let key = STANDARD.encode(random::<MASTER_KEY_BYTES>());
    // Two commands may start at once on a new folder: the key is complete before it gets its name, and the first wins.
    let draft = data_dir.join(format!(".{FILE}.{}", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .map_err(fault)?;
    file.write_all(key.as_bytes()).and_then(|()| file.sync_all()).map_err(fault)?;
    let linked = fs::hard_link(&draft, &path);
    fs::remove_file(&draft).map_err(fault)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(fault(error)),
        _ => parse(fs::read_to_string(&path).map_err(fault)?.trim()),
    }
}
