//! NATS: the server that all tests share, and one of the test's own, for tests that stop it.

use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::browser::free_port;
use crate::until::until;

const URL: &str = "RINGHOOK_TEST_NATS_URL";
const SERVER: &str = "RINGHOOK_TEST_NATS_SERVER";

fn named(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} names no NATS to test with; `tests/run` brings one"))
}

/// Where the server is that all tests share.
pub fn shared() -> String {
    named(URL)
}

/// A server on a port of 127.0.0.1; it ends when dropped.
pub struct Nats {
    child: Option<Child>,
    port: u16,
    password: String,
}

impl Nats {
    /// Starts one.
    pub async fn start() -> Self {
        let mut nats =
            Self { child: None, port: free_port(), password: format!("p{}", Uuid::new_v4().simple()) };
        nats.restart().await;
        nats
    }

    /// One that is not there, on a port where it can be started.
    pub fn absent() -> Self {
        Self { child: None, port: free_port(), password: format!("p{}", Uuid::new_v4().simple()) }
    }

    /// For `RINGHOOK_NATS_URL`.
    pub fn url(&self) -> String {
        format!("nats://ringhook:{}@127.0.0.1:{}", self.password, self.port)
    }

    /// What nobody may read in a log.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Starts it where it was.
    pub async fn restart(&mut self) {
        let config = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/nats.conf");
        let mut command = Command::new(named(SERVER));
        command.args(["--config", config, "--addr", "127.0.0.1", "--port", &self.port.to_string()]);
        command.env("RINGHOOK_NATS_PASSWORD", &self.password).kill_on_drop(true);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.child = Some(child.expect("the NATS server"));
        let port = self.port;
        until("NATS listens", async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
    }

    /// Ends it as a crash would.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().expect("a running NATS");
        child.kill().await.expect("to kill NATS");
    }

    /// Stops it, so that it is there and says nothing; `CONT` lets it go on.
    pub async fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().and_then(Child::id).expect("a running NATS").to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &pid]).status().await;
        assert!(sent.expect("the program kill").success(), "SIG{signal} was not sent");
    }
}

/// Longer than any node takes to notice that NATS is back.
pub const HEALED_WITHIN: Duration = Duration::from_secs(30);
