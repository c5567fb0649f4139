//! A Postgres server of the test's own, for tests that stop it.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::until::until;

/// The file of its log, in its folder.
const LOG: &str = "server.log";

/// Which signal ends a server, as its manual has it.
#[derive(Debug, Clone, Copy)]
pub enum Stop {
    /// Sessions are ended, and what is committed is written out.
    Fast,
    /// As a crash would.
    Immediate,
}

/// A server on a port of 127.0.0.1. It ends, and its folder goes, when dropped.
pub struct Postgres {
    child: Child,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    folder: TempDir,
    settings: Vec<String>,
    port: u16,
    url: String,
}

impl Postgres {
    /// Makes an empty cluster and starts it.
    pub async fn start() -> Self {
        Self::start_with(&[], &[]).await
    }

    /// The same with settings, such as `ssl=on`, and with files in its data folder that it alone may read.
    pub async fn start_with(settings: &[&str], files: &[(&str, &str)]) -> Self {
        let (programs, user) = (programs(), user().await);
        let folder = TempDir::new().expect("a temporary folder");
        let password = Uuid::new_v4().simple().to_string();
        std::fs::write(folder.path().join("password"), &password).expect("to write its password");
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).expect("to give the folder away");
        }
        let data = folder.path().join("data");
        let made = command(&programs.join("initdb"), user, folder.path())
            .arg(format!("--pgdata={}", data.display()))
            .args(["--username=ringhook", "--pwfile=password", "--auth=password", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync"])
            .output()
            .await
            .expect("initdb");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        for (name, text) in files {
            let path = data.join(name);
            std::fs::write(&path, text).expect("to write a file");
            std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("to close it to others");
            if let Some((uid, gid)) = user {
                chown(&path, Some(uid), Some(gid)).expect("to give it away");
            }
        }
        let settings: Vec<_> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let port = free_port();
        let url = format!("postgres://ringhook:{password}@127.0.0.1:{port}/postgres");
        let child = spawn(&programs, user, folder.path(), port, &settings);
        let mut server = Self { child, programs, user, folder, settings, port, url };
        server.ready().await;
        server
    }

    /// The URL of its first database, as its superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port that it listens at.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join(LOG)).expect("its log")
    }

    /// Stops it and waits for its end.
    pub async fn stop(&mut self, how: Stop) {
        let signal = match how {
            Stop::Fast => "-INT",
            Stop::Immediate => "-QUIT",
        };
        let pid = self.child.id().expect("a running server").to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().await.expect("the program kill");
        assert!(sent.success(), "{signal} was not sent");
        self.child.wait().await.expect("its end");
    }

    /// Starts it again and waits until it answers.
    pub async fn restart(&mut self) {
        self.child = spawn(&self.programs, self.user, self.folder.path(), self.port, &self.settings);
        self.ready().await;
    }

    async fn ready(&mut self) {
        let url = self.url.clone();
        until("Postgres answers", || async {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.ok()?;
            tokio::spawn(connection);
            client.simple_query("SELECT 1").await.ok()
        })
        .await;
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // An immediate shutdown: its processes end by themselves once the first of them is gone.
        if let Some(pid) = self.child.id() {
            let _ = std::process::Command::new("kill").args(["-QUIT", &pid.to_string()]).status();
        }
    }
}

/// The folder of the server's programs: in `PATH`, or where Debian keeps them.
pub(crate) fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let found = std::env::split_paths(&path)
        .chain(debian)
        .find(|folder| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file()));
    found.expect("the Postgres server's programs (package postgresql); `tests/run` brings them")
}

/// Postgres refuses to run as root: then it is lent to another user.
pub(crate) async fn user() -> Option<(u32, u32)> {
    if id(&["-u"]).await? != 0 {
        return None;
    }
    for name in ["postgres", "nobody"] {
        if let (Some(uid), Some(gid)) = (id(&["-u", name]).await, id(&["-g", name]).await) {
            return Some((uid, gid));
        }
    }
    panic!("Postgres refuses to run as root, and there is neither a user postgres nor nobody");
}

async fn id(args: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(args).output().await.expect("the program id");
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

pub(crate) fn command(program: &Path, user: Option<(u32, u32)>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

fn spawn(programs: &Path, user: Option<(u32, u32)>, folder: &Path, port: u16, settings: &[String]) -> Child {
    let log = File::options().create(true).append(true).open(folder.join(LOG)).expect("a file for its log");
    command(&programs.join("postgres"), user, folder)
        .args(["-D", "data", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
        .args(["-c", &format!("port={port}"), "-c", "timezone=UTC", "-c", "max_connections=50"])
        .args(settings.iter().flat_map(|setting| ["-c", setting.as_str()]))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the program postgres")
}

/// Below the ports that the system hands to clients, so that it is still free when the server comes back.
pub(crate) fn free_port() -> u16 {
    let port = || 20_000 + u16::try_from(Uuid::new_v4().as_u128() % 12_000).unwrap_or_default();
    let ports = std::iter::repeat_with(port);
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.take(100).find(is_free).expect("a free port")
}
