//! A database of a test's own on the Postgres that `RINGHOOK_TEST_POSTGRES_URL` names.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use url::Url;
use uuid::Uuid;

const VARIABLE: &str = "RINGHOOK_TEST_POSTGRES_URL";

/// A database that nobody else uses.
pub struct Throwaway {
    server: Url,
    name: String,
}

impl Throwaway {
    /// Creates it.
    pub async fn create() -> Self {
        let given = std::env::var(VARIABLE);
        let given =
            given.unwrap_or_else(|_| panic!("set {VARIABLE} to a Postgres for tests, or use tests/run"));
        let server = Url::parse(&given).unwrap_or_else(|error| panic!("{VARIABLE}: {error}"));
        let made = Self { server, name: format!("test_{}", Uuid::new_v4().simple()) };
        made.ask(&format!("CREATE DATABASE {}", made.name)).await;
        made
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url.to_string()
    }

    /// Removes it, whoever is still connected.
    pub async fn remove(self) {
        self.ask(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }

    async fn ask(&self, sql: &str) {
        let conn = AsyncPgConnection::establish(self.server.as_str()).await;
        let mut conn = conn.unwrap_or_else(|error| panic!("{VARIABLE}: {error}"));
        conn.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}
