//! Ringhook as a user runs it: the real program on a throwaway database, with stand-ins for the push networks.

use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::api::{Api, http_client};
use crate::apns::Apns;
use crate::browser::{Place, free_port, place};
use crate::database::{Backend, Database};
use crate::fcm::Fcm;
use crate::process::{self, Env, Finished, Process};
use crate::smtp::Smtp;
use crate::socket::{Socket, client_token};
use crate::twilio::Twilio;

/// The public URL of every [`App`]. Nobody answers there: what is signed is the public URL, wherever a request arrives.
pub const PUBLIC_URL: &str = "https://ringhook.test";

/// A workspace with one Twilio account.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub id: String,
    /// Begins with the public URL.
    pub webhook_url: String,
    /// Holds every scope.
    pub api_key: String,
    pub account_sid: String,
    pub auth_token: String,
}

/// What may differ from the usual.
pub struct Builder {
    backend: Backend,
    server: Option<String>,
    env: Env,
    public_url: String,
    smtp: bool,
    reachable: bool,
}

impl Builder {
    /// Another public URL than [`PUBLIC_URL`].
    pub fn public_url(mut self, url: &str) -> Self {
        url.clone_into(&mut self.public_url);
        self
    }

    /// A setting, by its variable's name.
    pub fn set(mut self, name: &'static str, value: impl ToString) -> Self {
        self.env.insert(name, value.to_string());
        self
    }

    /// On a port of its own at localhost, and with that as its public URL: for browsers.
    pub fn reachable(mut self) -> Self {
        let port = free_port();
        self.public_url = format!("http://localhost:{port}");
        self.reachable = true;
        self.set("RINGHOOK_LISTEN", format!("127.0.0.1:{port}"))
    }

    /// No SMTP server: mails become files in the outbox.
    pub fn without_smtp(mut self) -> Self {
        self.smtp = false;
        self
    }

    /// On the bus that all tests share; each test's database makes it a deployment of its own.
    pub fn nats(self) -> Self {
        self.set("RINGHOOK_NATS_URL", crate::nats::shared())
    }

    /// On this Postgres server in place of the one that all tests share; its URL.
    pub fn server(mut self, url: &str) -> Self {
        self.server = Some(url.to_owned());
        self
    }

    /// Everything around the program, and the program not started.
    pub async fn prepare(self) -> App {
        let place = if self.reachable { Some(place().await) } else { None };
        let folder = TempDir::new().expect("a temporary folder");
        let data = folder.path().join("data");
        let database = match &self.server {
            Some(server) => Database::on(server).await,
            None => Database::new(self.backend, &data).await,
        };
        let (fcm, apns, apns_sandbox) = (Fcm::start().await, Apns::start().await, Apns::start().await);
        let mut env = Env::from([
            ("RINGHOOK_LISTEN", "127.0.0.1:0".to_owned()),
            ("RINGHOOK_PUBLIC_URL", self.public_url.clone()),
            ("RINGHOOK_DATA_DIR", data.display().to_string()),
            ("RINGHOOK_METRICS_LISTEN", "127.0.0.1:0".to_owned()),
            ("RINGHOOK_LOG", "debug".to_owned()),
            ("RINGHOOK_FCM_URL", fcm.url().to_owned()),
            ("RINGHOOK_FCM_TOKEN_URL", fcm.token_url()),
            ("RINGHOOK_APNS_URL", apns.url().to_owned()),
            ("RINGHOOK_APNS_SANDBOX_URL", apns_sandbox.url().to_owned()),
        ]);
        let smtp = if self.smtp { Some(Smtp::start().await) } else { None };
        if let Some(smtp) = &smtp {
            env.insert("RINGHOOK_SMTP_URL", smtp.url());
            env.insert("RINGHOOK_MAIL_FROM", "Ringhook <ring@example.net>".to_owned());
        }
        let authorities = folder.path().join("authorities.pem");
        let pem = [apns.ca_pem(), apns_sandbox.ca_pem(), smtp.as_ref().map_or("", Smtp::ca_pem)].join("\n");
        std::fs::write(&authorities, pem).expect("to write the authorities");
        env.insert("RINGHOOK_EXTRA_CA_FILE", authorities.display().to_string());
        if self.backend == Backend::Postgres {
            env.insert("RINGHOOK_DATABASE_URL", database.url().to_owned());
            env.insert("RINGHOOK_DATABASE_CONNECTIONS", "4".to_owned());
            env.insert("RINGHOOK_MASTER_KEY", master_key());
        }
        env.extend(self.env);
        let public_url = self.public_url;
        App {
            env,
            public_url,
            front: None,
            process: None,
            fcm,
            apns,
            apns_sandbox,
            smtp,
            database,
            folder,
            _place: place,
            http: http_client(),
        }
    }

    /// Everything, and the program ready to serve.
    pub async fn start(self) -> App {
        let mut app = self.prepare().await;
        app.restart().await;
        app
    }
}

/// A new master key.
pub fn master_key() -> String {
    let bytes: Vec<u8> = [Uuid::new_v4(), Uuid::new_v4()].iter().flat_map(|id| *id.as_bytes()).collect();
    STANDARD.encode(bytes)
}

/// A running Ringhook and what it talks to. All of it ends when dropped.
pub struct App {
    env: Env,
    public_url: String,
    pub(crate) front: Option<String>,
    // Dropped in this order: the program before what it stands on.
    process: Option<Process>,
    /// The stand-in for FCM.
    pub fcm: Fcm,
    /// The stand-in for APNs in production.
    pub apns: Apns,
    /// The stand-in for the APNs sandbox.
    pub apns_sandbox: Apns,
    pub(crate) smtp: Option<Smtp>,
    /// The database.
    pub database: Database,
    folder: TempDir,
    _place: Option<Place>,
    pub(crate) http: reqwest::Client,
}

impl App {
    /// Starts the usual.
    pub async fn start(backend: Backend) -> Self {
        Self::builder(backend).start().await
    }

    /// Something else than the usual.
    pub fn builder(backend: Backend) -> Builder {
        Builder {
            backend,
            server: None,
            env: Env::new(),
            public_url: PUBLIC_URL.to_owned(),
            smtp: true,
            reachable: false,
        }
    }

    pub(crate) fn process(&self) -> &Process {
        self.process.as_ref().expect("a running program")
    }

    /// Where it listens, or what stands in front of it.
    pub fn url(&self) -> &str {
        self.front.as_deref().unwrap_or_else(|| self.process().url())
    }

    /// The URL that it was told to be reached at.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// What it said on stderr since it was started last.
    pub fn log(&self) -> String {
        self.process().log()
    }

    /// A folder that lasts as long as the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The settings that it was started with.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// Changes a setting for what is started from now on.
    pub fn set(&mut self, name: &'static str, value: impl ToString) {
        self.env.insert(name, value.to_string());
    }

    /// Runs a command beside the server, with the server's settings.
    pub async fn command(&self, args: &[&str]) -> Finished {
        process::run(&self.env, self.folder(), args).await
    }

    /// Runs a command with one setting changed.
    pub async fn command_with(&self, name: &'static str, value: &str, args: &[&str]) -> Finished {
        self.command_with_all(&[(name, value)], args).await
    }

    /// Runs a command with several settings changed.
    pub async fn command_with_all(&self, settings: &[(&'static str, &str)], args: &[&str]) -> Finished {
        let mut env = self.env.clone();
        env.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        process::run(&env, self.folder(), args).await
    }

    /// A new workspace with a new Twilio account, made by the command.
    pub async fn workspace(&self) -> Workspace {
        self.workspace_of(&format!("AC{}", Uuid::new_v4().simple())).await
    }

    /// A new workspace with this Twilio account, made by the command.
    pub async fn workspace_of(&self, account_sid: &str) -> Workspace {
        let (account_sid, auth_token) = (account_sid.to_owned(), Uuid::new_v4().simple().to_string());
        let account = ["--account-sid", &account_sid, "--auth-token", &auth_token];
        let create = ["workspace", "create", "--name", "Rings", "--owner", "owner@example.com", "--json"];
        let made = self.command(&[&create[..], &account].concat()).await;
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let made: Value = serde_json::from_str(&made.stdout).expect("one JSON object on stdout");
        let text = |name: &str| made[name].as_str().expect(name).to_owned();
        let (id, webhook_url, api_key) = (text("workspace_id"), text("webhook_url"), text("api_key"));
        Workspace { id, webhook_url, api_key, account_sid, auth_token }
    }

    /// The API with the workspace's key.
    pub fn api(&self, workspace: &Workspace) -> Api {
        self.api_as(&workspace.api_key)
    }

    /// The API with another bearer.
    pub fn api_as(&self, bearer: &str) -> Api {
        Api::new(self.http.clone(), self.url(), Some(bearer))
    }

    /// The API without a bearer.
    pub fn api_without_bearer(&self) -> Api {
        Api::new(self.http.clone(), self.url(), None)
    }

    /// Twilio, with the workspace's account and webhook.
    pub fn twilio<'a>(&'a self, workspace: &Workspace) -> Twilio<'a> {
        Twilio::new(self, workspace)
    }

    /// A device of `identity` on a socket, with a client token of its own.
    pub async fn socket(&self, workspace: &Workspace, identity: &str, device_id: Option<&str>) -> Socket {
        let token = client_token(&self.api(workspace), &workspace.account_sid, identity, 3600).await;
        Socket::connect(self.url(), &token, device_id).await.expect("a socket")
    }

    /// Ends the program as a crash would.
    pub async fn kill(&mut self) {
        self.process.as_mut().expect("a running program").kill().await;
    }

    /// SIGTERM: how it ended, and after what time.
    pub async fn terminate(&mut self) -> (ExitStatus, Duration) {
        self.process.as_mut().expect("a running program").terminate().await
    }

    /// Starts the program on the same data and database; an earlier one that still runs is killed.
    pub async fn restart(&mut self) {
        if let Some(mut earlier) = self.process.take() {
            earlier.kill().await;
        }
        self.process = Some(Process::serve(&self.env, self.folder.path()).await);
    }
}
