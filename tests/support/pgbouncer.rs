//! PgBouncer in front of a Postgres server.

use std::path::PathBuf;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Child;
use tokio_postgres::NoTls;
use url::Url;

use crate::postgres::{command, free_port, user};
use crate::until::until;

/// Where the program is: `tests/run` says it.
const PROGRAM: &str = "RINGHOOK_TEST_PGBOUNCER";

/// In session mode, with room for so many connections to the server. It ends, and its folder goes, when dropped.
pub struct PgBouncer {
    _child: Child,
    _folder: TempDir,
    port: u16,
}

impl PgBouncer {
    /// In front of the server of this URL, whose user and password it asks for too.
    pub async fn start(server: &str, pool: usize) -> Self {
        let server = Url::parse(server).expect("the server's URL");
        let (folder, port) = (TempDir::new().expect("a temporary folder"), free_port());
        let (host, at) = (server.host_str().expect("a host"), server.port().expect("a port"));
        let (name, password) = (server.username(), server.password().expect("a password"));
        let settings = format!(
            "[databases]\n* = host={host} port={at}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = plain\nauth_file = users.txt\npool_mode = session\n\
             default_pool_size = {pool}\nmax_client_conn = 100\nserver_connect_timeout = 5\nadmin_users = {name}\n"
        );
        std::fs::write(folder.path().join("pgbouncer.ini"), settings).expect("to write its settings");
        let users = format!("\"{name}\" \"{password}\"\n");
        std::fs::write(folder.path().join("users.txt"), users).expect("to write its users");
        let user = user().await;
        if let Some((uid, gid)) = user {
            for path in ["", "pgbouncer.ini", "users.txt"] {
                let given = std::os::unix::fs::chown(folder.path().join(path), Some(uid), Some(gid));
                given.expect("to give the folder away");
            }
        }
        let child = command(&program(), user, folder.path())
            .arg("pgbouncer.ini")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the program pgbouncer");
        let bouncer = Self { _child: child, _folder: folder, port };
        let url = bouncer.url(server.as_str());
        until("PgBouncer answers", || async {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.ok()?;
            tokio::spawn(connection);
            client.simple_query("SELECT 1").await.ok()
        })
        .await;
        bouncer
    }

    /// The URL of a database of the server's, by way of this.
    pub fn url(&self, database: &str) -> String {
        let mut url = Url::parse(database).expect("a URL");
        url.set_port(Some(self.port)).expect("a URL with a port");
        url.into()
    }
}

fn program() -> PathBuf {
    let program = std::env::var_os(PROGRAM);
    program.unwrap_or_else(|| panic!("{PROGRAM} does not say where pgbouncer is; `tests/run` does")).into()
}
