//! What every room shares, put together once at start.

use std::{fmt::Display, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc};

use tokio_util::sync::CancellationToken;
use webauthn_rs::Webauthn;

use crate::{
    access::{rates::Rates, throttle::Throttle},
    bus::Bus,
    clock::Clock,
    config::Config,
    dispatch::Dispatch,
    domain::{Ground, audit::Actor, directory::Directory, nodes::Nodes, people::passkeys, quotas::Headroom},
    intake::Intake,
    mail::Mailer,
    oidc,
    push::Network,
    store::NodeId,
};

/// The running program.
pub struct App {
    /// What it was told.
    pub config: Config,
    /// Database, keys and time.
    pub ground: Ground,
    /// Sockets and watchers, here and on other nodes.
    pub bus: Arc<Bus>,
    /// The delivery engine.
    pub dispatch: Arc<Dispatch>,
    /// What takes webhooks.
    pub intake: Arc<Intake>,
    /// How often people may try.
    pub throttle: Throttle,
    /// How often credentials of the API may ask.
    pub rates: Rates,
    /// The OpenID provider, where one is configured.
    pub oidc: Option<oidc::Provider>,
    /// Who asks for passkeys, where browsers make some.
    pub passkeys: Option<Webauthn>,
    /// The way to every push network.
    pub network: Network,
    /// How many nodes there are.
    pub nodes: Nodes,
    /// What sends mails.
    pub mailer: Arc<Mailer>,
    /// Cancelled once the process is told to end: it is not ready any more, and still takes what comes.
    pub leaving: CancellationToken,
}

impl App {
    /// Puts the rooms together; nothing runs yet.
    ///
    /// # Errors
    /// A sentence, when no TLS client can be set up.
    pub fn new(config: Config, ground: Ground, node: NodeId) -> Result<Arc<Self>, String> {
        let network = Network::new(config.endpoints.clone()).map_err(|fault| fault.to_string())?;
        let mailer = Mailer::new(ground.clone(), &config, node)?;
        let directory = Arc::new(Directory::new(ground.clone()));
        let bus = Bus::new(&config, &ground, node)?;
        let dispatch = Dispatch::new(ground.clone(), node, directory.clone(), bus.clone(), network.clone());
        let nodes = Nodes::default();
        let intake = Intake::new(ground.clone(), &config, directory, dispatch.clone(), nodes.clone());
        let throttle = Throttle::new(nodes.clone());
        let rates = Rates::new(config.api_requests_per_second, nodes.clone());
        let passkeys = passkeys::relying_party(&config.public_url)?;
        let oidc = oidc::Provider::new(&config)?;
        Ok(Arc::new(Self {
            config,
            ground,
            bus,
            dispatch,
            intake,
            leaving: CancellationToken::new(),
            mailer,
            network,
            nodes,
            oidc,
            passkeys,
            rates,
            throttle,
        }))
    }
}

impl Ground {
    /// Database and keys as configured.
    ///
    /// # Errors
    /// A sentence that names the setting and the fix.
    pub async fn open(config: &Config) -> Result<Self, String> {
        let keyring = config.keyring().map_err(|fault| fault.to_string())?;
        let fault = |error: &dyn Display| {
            format!("RINGHOOK_DATABASE_URL: {} cannot be opened: {error}", config.database_url)
        };
        if let Some(file) = config.database_url.file() {
            make_file(file).map_err(|error| fault(&error))?;
        }
        let (url, connections) = (config.database_url.expose(), config.database_connections);
        let store = crate::store::Store::open(url, connections, &config.extra_ca).await;
        let store = store.map_err(|error| fault(&error))?;
        Ok(Self {
            store,
            keyring,
            clock: Clock,
            actor: Actor::system().into(),
            limits: config.quotas,
            headroom: Headroom::default(),
        })
    }
}

/// An embedded database for its owner alone; what SQLite lays beside it takes after it.
fn make_file(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}
