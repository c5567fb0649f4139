//! Configuration: flags over environment over `ringhook.toml` over the defaults written here.

mod database;
mod given;
mod layer;
mod mail;
mod master_key;
mod metrics;
mod nats;
mod oidc;
pub(crate) mod proxies;
mod quotas;
mod secret;
mod signup;
mod unknown;

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

pub use database::DatabaseUrl;
use given::{number, positive, truth};
pub use layer::Layer;
pub use mail::{Mail, Smtp, Tls};
pub use metrics::Metrics;
pub use nats::{NatsLogin, NatsUrl};
pub use oidc::Oidc;
pub use proxies::TrustedProxies;
pub use secret::Secret;
pub use signup::Signup;
pub use unknown::unknown;
use url::Url;

use crate::{domain::quotas::Limits, push, secrets::Keyring};

/// One for the owner, and one for each of the roles.
const LEAST_CONNECTIONS: usize = 3;
const MOST_CONNECTIONS: usize = 500;
const API_REQUESTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(200).unwrap();

/// A setting that cannot be used, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {detail}")]
pub struct ConfigFault {
    /// The variable's name, such as `RINGHOOK_LISTEN`.
    pub name: &'static str,
    /// What is wrong and how to mend it; never a secret's value.
    pub detail: String,
}

impl ConfigFault {
    fn new(name: &'static str, detail: impl std::fmt::Display) -> Self {
        Self { name, detail: detail.to_string() }
    }
}

/// Everything the program was told.
#[derive(Debug, Clone)]
pub struct Config {
    /// The public listener.
    pub listen: SocketAddr,
    /// The URL that Twilio and browsers use, without a trailing slash; signatures are checked against it.
    pub public_url: Url,
    /// Embedded database, generated key, mail outbox.
    pub data_dir: PathBuf,
    /// `sqlite://…` or `postgres://…`.
    pub database_url: DatabaseUrl,
    /// Connections to Postgres, at most.
    pub database_connections: usize,
    /// Whether `serve` migrates.
    pub migrate: bool,
    /// What each workspace may use, unless it was given quotas of its own.
    pub quotas: Limits,
    /// Requests a second that one API key may make.
    pub api_requests_per_second: NonZeroU32,
    /// Filter of the log, in the form of `tracing_subscriber::EnvFilter`.
    pub log: String,
    /// Lines for people or for machines.
    pub log_format: LogFormat,
    /// Figures for Prometheus.
    pub metrics: Metrics,
    /// Where the push networks are; stand-ins in tests.
    pub endpoints: push::Endpoints,
    /// Further authorities to trust, in PEM; empty by default.
    pub extra_ca: Vec<u8>,
    /// The bus between nodes; none: this is the only one.
    pub nats: Option<NatsUrl>,
    /// How mails leave.
    pub mail: Mail,
    /// Who may make an account.
    pub signup: Signup,
    /// Logging in with an OpenID provider.
    pub oidc: Option<Oidc>,
    /// The proxies whose word about a request's origin counts.
    pub trusted_proxies: TrustedProxies,
    /// The key list as given, if it was.
    master_key: Option<Secret>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Puts the layers together: `given` (flags and environment) over the file over the defaults.
    ///
    /// # Errors
    /// Names the first setting that cannot be used.
    pub fn resolve(given: Layer) -> Result<Self, ConfigFault> {
        let layer = given.over_file()?;
        let data_dir = PathBuf::from(layer.data_dir.as_deref().unwrap_or("./data"));
        let database_url = match &layer.database_url {
            Some(url) => DatabaseUrl::read(url)?,
            None => DatabaseUrl::in_folder(&data_dir),
        };
        let public_url = public_url(layer.public_url.as_deref().unwrap_or("http://127.0.0.1:8080"))?;
        let (endpoints, extra_ca) = endpoints(&layer)?;
        let quotas = quotas::limits(&layer)?;
        let connections = number(
            "RINGHOOK_DATABASE_CONNECTIONS",
            layer.database_connections.as_ref(),
            LEAST_CONNECTIONS,
            16,
        )?;
        let rate = layer.api_requests_per_second.as_ref();
        Ok(Self {
            listen: address("RINGHOOK_LISTEN", layer.listen.as_deref().unwrap_or("127.0.0.1:8080"))?,
            metrics: metrics::parse(&layer)?,
            mail: mail::parse(layer.smtp_url.as_deref(), layer.mail_from.as_deref(), &public_url)?,
            nats: nats::parse(layer.nats_url.as_deref())?,
            signup: signup::parse(layer.signup.as_deref())?,
            oidc: oidc::parse(layer.oidc_issuer, layer.oidc_client_id, layer.oidc_client_secret)?,
            quotas,
            trusted_proxies: proxies::parse(layer.trusted_proxies.as_deref())?,
            public_url,
            data_dir,
            database_url,
            database_connections: connections.min(MOST_CONNECTIONS),
            migrate: truth("RINGHOOK_MIGRATE", layer.migrate.as_ref(), true)?,
            api_requests_per_second: positive(
                "RINGHOOK_API_REQUESTS_PER_SECOND",
                rate,
                API_REQUESTS_PER_SECOND,
            )?,
            log: layer.log.clone().unwrap_or_else(|| "info".into()),
            log_format: log_format(layer.log_format.as_deref().unwrap_or("text"))?,
            endpoints,
            extra_ca,
            master_key: layer.master_key.map(Secret::new),
        })
    }

    /// The master keys: those given, or on the embedded database the ones in the data directory, made with it.
    ///
    /// # Errors
    /// When a key is malformed, the file cannot be read or written, a database is there without it, or Postgres has none
    /// given.
    pub fn keyring(&self) -> Result<Keyring, ConfigFault> {
        match (&self.master_key, self.database_url.file()) {
            (Some(keys), _) => master_key::parse(keys.expose()),
            (None, Some(database)) => master_key::from_file(&self.data_dir, database),
            (None, None) => Err(ConfigFault::new(
                master_key::NAME,
                "is required with Postgres; make one with `openssl rand -base64 32`",
            )),
        }
    }

    /// What is not there of that which a first start makes: the embedded database, or its key. None where nothing is made.
    pub fn absent(&self) -> Option<PathBuf> {
        let database = self.database_url.file().map(Path::to_owned);
        [database, self.key_file()].into_iter().flatten().find(|path| !path.exists())
    }

    /// The file that the master key was made in; none where keys are given.
    pub fn key_file(&self) -> Option<PathBuf> {
        let made = self.master_key.is_none() && self.database_url.is_embedded();
        made.then(|| master_key::file(&self.data_dir))
    }

    /// The public URL as text, without a trailing slash.
    pub fn public_base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    /// The folder of mails that no SMTP server takes.
    pub fn outbox(&self) -> PathBuf {
        self.data_dir.join("outbox")
    }

    /// Whether the public URL is one that only this machine reaches.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.public_url)
    }
}

/// Whether a URL leads to this machine. Only in http(s) URLs does the crate tell an IPv4 address from a name.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => match name.parse::<std::net::Ipv4Addr>() {
            Ok(ip) => ip.is_loopback(),
            Err(_) => name == "localhost" || name.ends_with(".localhost"),
        },
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &'static str,
    text: &str,
) -> Result<T, ConfigFault> {
    text.parse().map_err(|error| ConfigFault::new(name, format!("`{text}` cannot be used: {error}")))
}

fn address(name: &'static str, text: &str) -> Result<SocketAddr, ConfigFault> {
    const WANTED: &str = "must be an IP address and a port, such as 127.0.0.1:8080";
    text.parse().map_err(|_| ConfigFault::new(name, format!("`{text}` cannot be used: {WANTED}")))
}

fn public_url(text: &str) -> Result<Url, ConfigFault> {
    const NAME: &str = "RINGHOOK_PUBLIC_URL";
    const WANTED: &str = "must be a URL such as https://ringhook.example.com";
    let url = Url::parse(text)
        .map_err(|error| ConfigFault::new(NAME, format!("`{text}` cannot be used ({error}): {WANTED}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(ConfigFault::new(
            NAME,
            "must be an http:// or https:// URL with a host, such as https://ringhook.example.com",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(ConfigFault::new(NAME, "must have no user, query or fragment"));
    }
    Ok(url)
}

fn log_format(text: &str) -> Result<LogFormat, ConfigFault> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(ConfigFault::new("RINGHOOK_LOG_FORMAT", "must be text or json")),
    }
}

/// Where the push networks are, and the further authorities to trust.
fn endpoints(layer: &Layer) -> Result<(push::Endpoints, Vec<u8>), ConfigFault> {
    let mut extra_ca = Vec::new();
    let mut endpoints = push::Endpoints::default();
    let given = [
        ("RINGHOOK_FCM_URL", &layer.fcm_url, &mut endpoints.fcm),
        ("RINGHOOK_FCM_TOKEN_URL", &layer.fcm_token_url, &mut endpoints.fcm_token),
        ("RINGHOOK_APNS_URL", &layer.apns_url, &mut endpoints.apns),
        ("RINGHOOK_APNS_SANDBOX_URL", &layer.apns_sandbox_url, &mut endpoints.apns_sandbox),
    ];
    for (name, text, url) in given {
        if let Some(text) = text {
            *url = Some(parse(name, text)?);
        }
    }
    if let Some(path) = &layer.extra_ca_file {
        const NAME: &str = "RINGHOOK_EXTRA_CA_FILE";
        extra_ca = std::fs::read(path).map_err(|error| ConfigFault::new(NAME, format!("{path}: {error}")))?;
        endpoints.extra_ca = reqwest::Certificate::from_pem_bundle(&extra_ca)
            .ok()
            .filter(|authorities| !authorities.is_empty())
            .ok_or_else(|| ConfigFault::new(NAME, format!("{path}: holds no PEM certificates")))?;
    }
    Ok((endpoints, extra_ca))
}
