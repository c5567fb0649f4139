//! The nodes, each with a cable of its own to NATS.

use std::sync::{Arc, Mutex, PoisonError};

use ringhook_tests::app::App;
use ringhook_tests::cable::Cable;
use ringhook_tests::nats::Nats;
use ringhook_tests::nodes::bus_is;
use ringhook_tests::process::{Env, Process};
use ringhook_tests::proxy::Proxy;
use url::Url;

/// How many there are.
pub const NODES: usize = 3;

/// A node that can go and come back, under its own name.
struct Node {
    env: Env,
    cable: Cable,
    process: tokio::sync::Mutex<Option<Process>>,
}

/// All of them, and the proxy in front.
pub struct Cluster {
    nodes: Vec<Node>,
    folder: std::path::PathBuf,
    proxy: Proxy,
    urls: Mutex<Vec<String>>,
}

impl Cluster {
    /// Starts them on the database of `app`, which then answers by the proxy.
    pub async fn start(app: &mut App, nats: &Nats) -> Arc<Self> {
        let (proxy, mut nodes) = (Proxy::start().await, Vec::new());
        for number in 0..NODES {
            let mut url = Url::parse(&nats.url()).expect("a URL");
            let target = format!("127.0.0.1:{}", url.port().expect("a port"));
            let cable = Cable::to(&target).await;
            url.set_port(Some(cable.address().port())).expect("a port");
            let mut env = app.env().clone();
            env.insert("RINGHOOK_NATS_URL", url.to_string());
            let data = app.folder().join(format!("node-{number}"));
            env.insert("RINGHOOK_DATA_DIR", data.display().to_string());
            env.insert("RINGHOOK_LOG", "info".to_owned());
            nodes.push(Node { env, cable, process: tokio::sync::Mutex::new(None) });
        }
        app.answers_by(proxy.url());
        let folder = app.folder().to_owned();
        let urls = Mutex::new(vec![String::new(); NODES]);
        let cluster = Arc::new(Self { nodes, folder, proxy, urls });
        for number in 0..NODES {
            cluster.bring(number).await;
        }
        cluster
    }

    /// Where each listens, or listened last.
    pub fn urls(&self) -> Vec<String> {
        self.urls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts a node that is not there, and waits until it and its bus are ready.
    pub async fn bring(&self, number: usize) {
        let node = &self.nodes[number];
        let process = Process::serve(&node.env, &self.folder).await;
        let url = process.url().to_owned();
        *node.process.lock().await = Some(process);
        self.urls.lock().unwrap_or_else(PoisonError::into_inner)[number] = url.clone();
        self.proxy.lead_to(self.urls().into_iter().filter(|url| !url.is_empty()));
        bus_is(&url, "ok").await;
    }

    /// SIGTERM, and waits for its end.
    pub async fn terminate(&self, number: usize) {
        let mut process = self.nodes[number].process.lock().await.take().expect("a running node");
        let (status, took) = process.terminate().await;
        assert!(status.success() && took.as_secs() < 10, "{status} {took:?}\n{}", process.log());
    }

    /// Ends a node as a crash would.
    pub async fn kill(&self, number: usize) {
        let mut process = self.nodes[number].process.lock().await.take().expect("a running node");
        process.kill().await;
    }

    /// A node's cable to NATS.
    pub fn cable(&self, number: usize) -> &Cable {
        &self.nodes[number].cable
    }

    /// Waits until every node says so of its bus.
    pub async fn bus_is(&self, state: &str) {
        for url in self.urls() {
            bus_is(&url, state).await;
        }
    }
}
