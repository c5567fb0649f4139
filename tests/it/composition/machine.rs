//! The composition's containers as plain processes. Each has an address of its own on loopback, and the names of the file
//! lead there (nss_wrapper), so that commands, variables and checks are used as they stand in `compose.yaml`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use ringhook_tests::app::master_key;
use ringhook_tests::binary::binary;
use ringhook_tests::database::{Backend, Database};
use ringhook_tests::until::until;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use url::Url;
use uuid::Uuid;

use super::file::{Service, config};

fn tool(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable}: the suite is started by tests/run"))
}

/// Everything that runs. Ends when dropped.
pub struct Machine {
    config: Value,
    /// The first three numbers of its addresses.
    network: String,
    // Dropped in this order: what runs before what it stands on.
    running: BTreeMap<String, Child>,
    relays: JoinSet<()>,
    database: Database,
    folder: TempDir,
}

impl Machine {
    /// Starts a service, and first whatever it waits for.
    pub async fn start(service: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let database = Database::new(Backend::Postgres, folder.path()).await;
        let random = Uuid::new_v4().into_bytes();
        let network = format!("127.{}.{}", random[0].clamp(1, 254), random[1]);
        let server = Url::parse(database.url()).expect("the database's URL");
        let variables = [
            ("POSTGRES_PASSWORD", server.password().unwrap_or_default().to_owned()),
            ("POSTGRES_DB", server.path().trim_start_matches('/').to_owned()),
            ("NATS_PASSWORD", format!("k{}", Uuid::new_v4().simple())),
            ("RINGHOOK_MASTER_KEY", master_key()),
            ("RINGHOOK_LOG", "info,ringhook=debug".to_owned()),
            // Whoever connects on loopback comes from there.
            ("RINGHOOK_SUBNET", "127.0.0.0/8".to_owned()),
        ];
        let services = config(&variables)["services"].as_object().expect("services").clone();
        let place = services.keys().position(|name| name == "proxy").expect("a proxy");
        let public = [("RINGHOOK_PUBLIC_URL", format!("http://{network}.{}:8080", place + 2))];
        let config = config(&[&variables[..], &public].concat());
        let (running, relays) = (BTreeMap::new(), JoinSet::new());
        let mut machine = Self { config, network, running, relays, database, folder };
        let hosts: String =
            services.keys().map(|name| format!("{} {name}\n", machine.address(name))).collect();
        std::fs::write(machine.hosts(), hosts).expect("to write it");
        machine.bring_up(service).await;
        machine
    }

    fn hosts(&self) -> PathBuf {
        self.folder.path().join("hosts")
    }

    /// Where a service's data is.
    fn data(&self, service: &str) -> PathBuf {
        self.folder.path().join(service)
    }

    /// The mails that were caught.
    pub fn mails(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.data("mail").join("new")).into_iter().flatten();
        files.filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok()).collect()
    }

    /// What a service said so far.
    pub fn said(&self, service: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("{service}.log"))).unwrap_or_default()
    }

    fn address(&self, service: &str) -> String {
        let services = self.config["services"].as_object().expect("services");
        let place = services.keys().position(|name| name == service).expect(service);
        format!("{}.{}", self.network, place + 2)
    }

    /// Where the proxy is reached: the public URL.
    pub fn url(&self) -> String {
        self.variable("node-1", "RINGHOOK_PUBLIC_URL")
    }

    fn variable(&self, service: &str, variable: &str) -> String {
        self.config["services"][service]["environment"][variable].as_str().expect(variable).to_owned()
    }

    async fn bring_up(&mut self, service: &str) {
        let config = self.config.clone();
        let service = Service::of(&config, service);
        for (needed, must_end) in service.waits_for() {
            if !self.running.contains_key(needed) {
                Box::pin(self.bring_up(needed)).await;
            }
            if must_end {
                let status = self.running.get_mut(needed).expect(needed).wait().await.expect("its end");
                assert!(status.success(), "{needed}: {status}");
            }
        }
        let child = self.run(&service).await;
        self.running.insert(service.name.to_owned(), child);
        if service.block["healthcheck"].is_object() {
            until(&format!("{} to be healthy", service.name), async || {
                self.is_healthy(&service).await.then_some(())
            })
            .await;
        }
    }

    async fn run(&mut self, service: &Service<'_>) -> Child {
        let address = self.address(service.name);
        let mut command = match service.image() {
            "ringhook" => self.ringhook(service.name, &service.command()),
            "nats" => {
                let mut nats = Command::new(tool("RINGHOOK_TEST_NATS_SERVER"));
                assert_eq!(service.command(), ["--config", "/etc/nats/nats.conf"]);
                nats.arg("--config").arg(service.mounted("/etc/nats/nats.conf")).args(["--addr", &address]);
                nats.envs(service.environment());
                nats
            }
            "nginxinc/nginx-unprivileged" => self.nginx(&service.mounted("/etc/nginx/nginx.conf"), &address),
            "axllent/mailpit" => {
                let mut catcher = Command::new(format!("{}/bin/python", tool("RINGHOOK_TEST_OPERATION")));
                catcher.args(["-m", "aiosmtpd", "--nosetuid", "--listen", &format!("{address}:1025")]);
                catcher.args(["--class", "aiosmtpd.handlers.Mailbox"]).arg(self.data("mail"));
                catcher
            }
            "postgres" => self.relay(&address).await,
            other => panic!("{}: {other} has no stand-in here", service.name),
        };
        let said = std::fs::File::create(self.folder.path().join(format!("{}.log", service.name)));
        let said = said.expect("a file");
        command.stdout(said.try_clone().expect("a file")).stderr(said).stdin(Stdio::null());
        command.kill_on_drop(true).spawn().expect(service.name)
    }

    /// Where a service is reached past the proxy.
    pub fn node(&self, service: &str) -> String {
        format!("http://{}:8080", self.address(service))
    }

    /// The program with a service's own variables. It listens on the service's address where it would on all of a
    /// container's, and writes into a folder of the test's.
    pub fn ringhook(&self, service: &str, args: &[&str]) -> Command {
        let (address, data) = (self.address(service), self.data(service));
        let mut command = Command::new(binary());
        command.args(args).env_clear().current_dir(&self.folder);
        for (name, value) in Service::of(&self.config, service).environment() {
            command.env(name, value.replace("0.0.0.0:", &format!("{address}:")));
        }
        command.env("RINGHOOK_DATA_DIR", data);
        self.with_names(&mut command);
        command
    }

    fn with_names(&self, command: &mut Command) {
        let library = tool("RINGHOOK_TEST_NSS_WRAPPER");
        command.env("LD_PRELOAD", library).env("NSS_WRAPPER_HOSTS", self.hosts());
    }

    /// nginx with the very file, but for the address and the folders that a container has to itself.
    fn nginx(&self, file: &Path, address: &str) -> Command {
        let folder = self.data("proxy");
        std::fs::create_dir_all(&folder).expect("a folder");
        let text = std::fs::read_to_string(file).expect("the proxy's file");
        assert_eq!(text.matches("listen 8080;").count(), 1, "{text}");
        let text = text.replace("listen 8080;", &format!("listen {address}:8080;"));
        let text = text.replace("/tmp/nginx", &format!("{}/nginx", folder.display()));
        let file = folder.join("nginx.conf");
        std::fs::write(&file, text).expect("to write it");
        let mut nginx = Command::new(tool("RINGHOOK_TEST_NGINX"));
        // One process, so that it ends with its handle.
        nginx.arg("-c").arg(file).arg("-p").arg(folder).args(["-e", "stderr"]);
        nginx.args(["-g", "daemon off; master_process off;"]);
        self.with_names(&mut nginx);
        nginx
    }

    /// Postgres is the suite's own, reached at the address that the composition has for it.
    async fn relay(&mut self, address: &str) -> Command {
        let server = Url::parse(self.database.url()).expect("the database's URL");
        assert_eq!(server.username(), self.variable("postgres", "POSTGRES_USER"));
        let server = format!("127.0.0.1:{}", server.port().expect("its port"));
        let listener = TcpListener::bind((address, 5432)).await.expect("the database's address");
        self.relays.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let server = server.clone();
                connections.spawn(async move {
                    let mut onward = TcpStream::connect(&server).await?;
                    tokio::io::copy_bidirectional(&mut stream, &mut onward).await
                });
            }
        });
        let mut nothing = Command::new("sleep");
        nothing.arg("infinity");
        nothing
    }

    /// By the service's own check where that is ours, else by whether it is connected to.
    async fn is_healthy(&mut self, service: &Service<'_>) -> bool {
        let child = self.running.get_mut(service.name).expect(service.name);
        if let Some(status) = child.try_wait().expect("its state") {
            panic!("{} ended: {status}", service.name);
        }
        let address = self.address(service.name);
        let port = match service.image() {
            "ringhook" => {
                let output = self.ringhook(service.name, &service.check()).output().await;
                return output.expect("the check").status.success();
            }
            "nats" => 4222,
            "postgres" => 5432,
            "axllent/mailpit" => 1025,
            _ => 8080,
        };
        let address: SocketAddr = format!("{address}:{port}").parse().expect("an address");
        TcpStream::connect(address).await.is_ok()
    }

    /// SIGTERM, and how it ended.
    pub async fn stop(&mut self, service: &str) -> ExitStatus {
        let child = self.running.get_mut(service).expect(service);
        let pid = child.id().expect("a running process").to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().await.expect("the program kill");
        assert!(sent.success(), "SIGTERM was not sent");
        child.wait().await.expect("its end")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for service in self.running.keys() {
                eprintln!("--- what {service} said\n{}---", self.said(service));
            }
        }
    }
}
