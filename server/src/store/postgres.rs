//! Connecting to Postgres: what the URL says of TLS, what every session is set to, and how long silence is borne.

use std::{sync::Arc, time::Duration};

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use percent_encoding::percent_decode_str;
use tokio_postgres::{Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Result, StoreError, connection::Role};

mod tls;

/// What a statement, a wait for a lock and an idle transaction may take: far over what any of ours needs, far under what
/// would pile up. Plans are short, and compiling one never pays. A page out of order costs hardly more than the next one, on
/// any disk of today: so a day is searched by its index, not from end to end.
pub(super) const SESSION: &str = "SET statement_timeout = '10s'; SET lock_timeout = '8s'; \
     SET idle_in_transaction_session_timeout = '10s'; SET synchronous_commit = on; SET jit = off; \
     SET random_page_cost = 1.1;";

/// A server that has gone without a word is noticed: by what it leaves unanswered, and on an idle connection by a question
/// every so often.
const UNANSWERED: Duration = Duration::from_secs(8);
const IDLE: Duration = Duration::from_secs(10);
const ASKED_AGAIN: Duration = Duration::from_secs(3);
const ASKED: u32 = 3;
/// To one address, of which a name may have several.
const CONNECT: Duration = Duration::from_secs(4);

/// How the connection is protected, as libpq has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protection {
    /// Not at all.
    Disable,
    /// By TLS where the server offers it, whoever it is.
    Prefer,
    /// By TLS, whoever it is; with `sslrootcert` like `VerifyCa`.
    Require,
    /// By TLS, with a server that an authority vouches for.
    VerifyCa,
    /// The same, by the name that we know it by.
    VerifyFull,
}

impl Protection {
    fn of(word: &str) -> Result<Self> {
        Ok(match word {
            "disable" => Self::Disable,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return Err(fault("sslmode must be disable, prefer, require, verify-ca or verify-full")),
        })
    }
}

/// Where Postgres is, and how to get in.
#[derive(Clone)]
pub struct Server {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Server {
    /// Reads a `postgres://` URL as libpq would: `sslmode` (`prefer` by default) and `sslrootcert`, a PEM file, say how the
    /// connection is protected. Without that file, the system's authorities and `extra_ca`, in PEM, are trusted.
    ///
    /// # Errors
    /// When the URL cannot be read, or an authority's certificate cannot.
    pub fn of(url: &str, extra_ca: &[u8]) -> Result<Self> {
        let Asked { url, protection, authorities } = Asked::read(url)?;
        let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| fault(said(&error)))?;
        let (mode, protection) = match protection {
            Protection::Disable => (SslMode::Disable, protection),
            Protection::Prefer => (SslMode::Prefer, protection),
            Protection::Require if authorities.is_some() => (SslMode::Require, Protection::VerifyCa),
            _ => (SslMode::Require, protection),
        };
        config.ssl_mode(mode);
        config.connect_timeout(*config.get_connect_timeout().unwrap_or(&CONNECT));
        config.tcp_user_timeout(UNANSWERED);
        config.keepalives_idle(IDLE).keepalives_interval(ASKED_AGAIN).keepalives_retries(ASKED);
        if config.get_application_name().is_none() {
            config.application_name("ringhook");
        }
        let verifier = match protection {
            Protection::Disable | Protection::Prefer | Protection::Require => tls::anybody(),
            Protection::VerifyCa => tls::without_name(tls::verifier(authorities.as_deref(), extra_ca)?),
            Protection::VerifyFull => tls::verifier(authorities.as_deref(), extra_ca)?,
        };
        Ok(Self { config, tls: MakeRustlsConnect::new(tls::client(verifier)?) })
    }

    /// A new connection, set up to act as `role`.
    pub(super) async fn connect(&self, role: Role) -> ConnectionResult<AsyncPgConnection> {
        let connected = self.config.connect(self.tls.clone()).await;
        let (client, connection) = connected.map_err(|error| ConnectionError::BadConnection(said(&error)))?;
        let mut conn = AsyncPgConnection::try_from_client_and_connection(client, connection).await?;
        let set = conn.batch_execute(&format!("{SESSION} {}", role.setup())).await;
        set.map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    }
}

/// An error with its causes: the outermost only says that connecting failed.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn fault(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

/// A URL without what it says of TLS, and that.
struct Asked {
    url: String,
    protection: Protection,
    /// In PEM.
    authorities: Option<Arc<[u8]>>,
}

impl Asked {
    fn read(url: &str) -> Result<Self> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut asked = Self { url: place.to_owned(), protection: Protection::Prefer, authorities: None };
        let mut rest = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", word)) => asked.protection = Protection::of(word)?,
                Some(("sslrootcert", path)) => {
                    let path = percent_decode_str(path).decode_utf8().map_err(fault)?;
                    let pem = std::fs::read(&*path);
                    let pem = pem.map_err(|error| fault(format!("sslrootcert {path}: {error}")))?;
                    asked.authorities = Some(pem.into());
                }
                _ => rest.push(parameter),
            }
        }
        if !rest.is_empty() {
            asked.url = format!("{place}?{}", rest.join("&"));
        }
        Ok(asked)
    }
}

#[cfg(test)]
mod tests;
