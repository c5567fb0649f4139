//! One layer of settings: what flags and environment, or the file, say. Absent means the layer below decides.

use clap::Args;
use serde::Deserialize;

use super::{ConfigFault, given::Given};

macro_rules! layer {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty = $env:literal,)+) => {
        /// Settings as flags (`--public-url`), environment (`RINGHOOK_PUBLIC_URL`) or `ringhook.toml`
        /// (`public_url = "…"`).
        #[derive(Clone, Default, Args, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        #[command(next_help_heading = "Settings, the same for every command")]
        pub struct Layer {
            /// The settings file; without it `ringhook.toml` is read where it exists.
            #[arg(long, env = "RINGHOOK_CONFIG", global = true, value_name = "FILE")]
            #[serde(skip)]
            pub config: Option<String>,
            $(
                $(#[doc = $doc])+
                #[arg(long, env = $env, global = true, hide_env_values = true, value_name = "…")]
                pub $field: Option<$type>,
            )+
        }

        /// The variables of all settings.
        pub(super) const NAMES: &[&str] = &["RINGHOOK_CONFIG", $($env,)+];

        impl Layer {
            /// This layer where it speaks, `below` where it does not.
            fn over(self, below: Self) -> Self {
                Self { config: self.config, $($field: self.$field.or(below.$field),)+ }
            }
        }
    };
}

layer! {
    /// Address of the public listener [127.0.0.1:8080]
    listen: String = "RINGHOOK_LISTEN",
    /// The URL that Twilio and browsers use [http://127.0.0.1:8080]
    public_url: String = "RINGHOOK_PUBLIC_URL",
    /// Folder of the embedded database, the generated key and the mail outbox [./data]
    data_dir: String = "RINGHOOK_DATA_DIR",
    /// sqlite://FILE or postgres://… [sqlite://{data}/ringhook.db]
    database_url: String = "RINGHOOK_DATABASE_URL",
    /// Connections to Postgres, at most; 3 or more [16]
    database_connections: Given = "RINGHOOK_DATABASE_CONNECTIONS",
    /// Base64 of 32 bytes; a comma list decrypts with any and encrypts with the first
    master_key: String = "RINGHOOK_MASTER_KEY",
    /// Whether serve brings the database to this version [true]
    migrate: Given = "RINGHOOK_MIGRATE",
    /// Verified calls a second that a workspace may make, unless it was given a quota of its own; twice as many may come at once [2000]
    quota_calls_per_second: Given = "RINGHOOK_QUOTA_CALLS_PER_SECOND",
    /// Bindings of a workspace [1000000]
    quota_bindings: Given = "RINGHOOK_QUOTA_BINDINGS",
    /// Calls in a workspace's log; past it the oldest go before their time [10000000]
    quota_stored_calls: Given = "RINGHOOK_QUOTA_STORED_CALLS",
    /// Sockets that a workspace may have open [10000]
    quota_sockets: Given = "RINGHOOK_QUOTA_SOCKETS",
    /// Receivers of events in a workspace [20]
    quota_event_endpoints: Given = "RINGHOOK_QUOTA_EVENT_ENDPOINTS",
    /// Members of a workspace, open invitations among them [200]
    quota_members: Given = "RINGHOOK_QUOTA_MEMBERS",
    /// Requests a second that one API key may make; ten times as many may come at once [200]
    api_requests_per_second: Given = "RINGHOOK_API_REQUESTS_PER_SECOND",
    /// NATS servers by which several nodes know of each other, with commas between: nats://user:password@host:4222 or tls://… [none: a single node]
    nats_url: String = "RINGHOOK_NATS_URL",
    /// Server that takes mails: smtps://user:password@host:465, or smtp:// with ?tls=required, opportunistic or none
    /// [files in {data}/outbox]
    smtp_url: String = "RINGHOOK_SMTP_URL",
    /// Whom mails are from, such as Ringhook <ringhook@example.com>; required with an SMTP server
    mail_from: String = "RINGHOOK_MAIL_FROM",
    /// Who may make an account: open, invite or closed [open]
    signup: String = "RINGHOOK_SIGNUP",
    /// OpenID provider to log in with: its issuer URL
    oidc_issuer: String = "RINGHOOK_OIDC_ISSUER",
    /// Our client id at the OpenID provider
    oidc_client_id: String = "RINGHOOK_OIDC_CLIENT_ID",
    /// Our client secret at the OpenID provider
    oidc_client_secret: String = "RINGHOOK_OIDC_CLIENT_SECRET",
    /// CIDRs of proxies whose X-Forwarded-For and Forwarded count, with commas between [none]
    trusted_proxies: String = "RINGHOOK_TRUSTED_PROXIES",
    /// What is logged: error, warn, info, debug, or a filter [info]
    log: String = "RINGHOOK_LOG",
    /// text for people, json for machines [text]
    log_format: String = "RINGHOOK_LOG_FORMAT",
    /// Address of /metrics, for Prometheus; empty turns it off [127.0.0.1:9464]
    metrics_listen: String = "RINGHOOK_METRICS_LISTEN",
    /// So many workspaces have figures of their own in /metrics [0]
    metrics_workspaces: Given = "RINGHOOK_METRICS_WORKSPACES",
    /// Origin of FCM; a stand-in for tests
    fcm_url: String = "RINGHOOK_FCM_URL",
    /// FCM's token endpoint, complete; a stand-in for tests
    fcm_token_url: String = "RINGHOOK_FCM_TOKEN_URL",
    /// Origin of APNs; a stand-in for tests
    apns_url: String = "RINGHOOK_APNS_URL",
    /// Origin of the APNs sandbox; a stand-in for tests
    apns_sandbox_url: String = "RINGHOOK_APNS_SANDBOX_URL",
    /// PEM file of further certificate authorities to trust when pushing and mailing
    extra_ca_file: String = "RINGHOOK_EXTRA_CA_FILE",
}

impl Layer {
    /// This layer over the settings file.
    pub(super) fn over_file(self) -> Result<Self, ConfigFault> {
        const NAME: &str = "RINGHOOK_CONFIG";
        let path = self.config.clone().unwrap_or_else(|| "ringhook.toml".into());
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.config.is_none() => {
                return Ok(self);
            }
            Err(error) => return Err(ConfigFault::new(NAME, format!("{path}: {error}"))),
        };
        // The error's own rendering would quote the line, and a line may hold the master key.
        let file: Self = toml::from_str(&text)
            .map_err(|error| ConfigFault::new(NAME, format!("{path}: {}", error.message())))?;
        Ok(self.over(file))
    }
}
