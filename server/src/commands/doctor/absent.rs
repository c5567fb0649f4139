//! What there is to say where nothing is yet: a look makes neither a database nor a key.

use std::path::Path;

use super::{Line, finding::Finding};
use crate::config::Config;

/// The data's lines while `path`, the database or its key, is not there.
pub(super) fn lines(config: &Config, path: &Path) -> Vec<Line> {
    let nothing = format!("nothing at {}", path.display());
    if config.key_file().is_some_and(|file| file == path) {
        let lost = "put the database's key there, or is RINGHOOK_DATA_DIR another?";
        return vec![("master key", Finding::fault(format!("{nothing}: {lost}")))];
    }
    let migrations = match config.migrate {
        true => Finding::note("all to come; serve applies them"),
        false => Finding::fault("all missing; run `ringhook migrate`"),
    };
    vec![
        (
            "database",
            Finding::note(format!("{nothing} yet: serve makes it; else, is RINGHOOK_DATA_DIR right?")),
        ),
        ("migrations", migrations),
        ("master key", Finding::note("not checked before the database is migrated")),
    ]
}
