//! Where the database is.

use std::path::Path;

use super::ConfigFault;

const NAME: &str = "RINGHOOK_DATABASE_URL";

/// A database URL; Debug and Display leave out its password.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    pub(super) fn read(text: &str) -> Result<Self, ConfigFault> {
        let known = ["sqlite://", "postgres://", "postgresql://"];
        match known.iter().any(|scheme| text.starts_with(scheme)) {
            true => Ok(Self(text.to_owned())),
            false => Err(ConfigFault::new(NAME, "must start with sqlite:// or postgres://")),
        }
    }

    /// The embedded database of a data directory.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self(format!("sqlite://{}", folder.join("ringhook.db").display()))
    }

    /// The whole URL, password included.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The embedded database's file; none for Postgres.
    pub fn file(&self) -> Option<&Path> {
        self.0.strip_prefix("sqlite://").map(Path::new)
    }

    /// Whether it is the embedded database.
    pub fn is_embedded(&self) -> bool {
        self.file().is_some()
    }
}

impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not every such URL is one to the crate: several hosts may stand in it.
        let (place, query) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let (user, host) = place.rsplit_once('@').map_or(("", place), |(user, host)| (user, host));
        let hidden =
            match user.split_once("://").and_then(|(scheme, user)| Some((scheme, user.split_once(':')?.0))) {
                Some((scheme, user)) => format!("{scheme}://{user}:***@{host}"),
                None => place.to_owned(),
            };
        f.write_str(&hidden)?;
        for (number, parameter) in query.split('&').filter(|parameter| !parameter.is_empty()).enumerate() {
            let shown = if parameter.starts_with("password=") { "password=***" } else { parameter };
            write!(f, "{}{shown}", if number == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
