//! Connections: an enum over both databases, their pools, and the macro that gives one body to each query.

use diesel::connection::SimpleConnection;
use diesel_async::{
    AsyncConnection, AsyncPgConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{Object, Pool},
    },
    sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper},
};
use futures_util::{FutureExt, future::BoxFuture};

use super::{
    error::{Result, StoreError},
    postgres::Server,
};

impl Conn {
    /// Closes a connection to Postgres in place of giving it back: it has said that its server is not the one to write to,
    /// or says nothing any more.
    pub(super) fn discard(self) {
        if let Self::Pg(object) = self {
            drop(Object::take(object));
        }
    }
}

/// Runs SQLite's calls where they are made. Short queries are two to five times as fast as with a hop to the blocking
/// pool, and nothing is left running when a future is dropped.
pub struct InPlace;

impl SpawnBlocking for InPlace {
    fn spawn_blocking<'a, R: Send + 'static>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, std::result::Result<R, Box<dyn std::error::Error + Send + Sync>>> {
        use tokio::runtime::{Handle, RuntimeFlavor::MultiThread};
        let shared = Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == MultiThread);
        let result = if shared { tokio::task::block_in_place(task) } else { task() };
        std::future::ready(Ok(result)).boxed()
    }

    fn get_runtime() -> Self {
        Self
    }
}

/// A connection to SQLite behind diesel-async's interface.
pub type Lite = SyncConnectionWrapper<diesel::SqliteConnection, InPlace>;

/// A connection to either database.
#[expect(clippy::large_enum_variant, reason = "lives on one stack and is never kept in numbers")]
pub enum Conn {
    /// To Postgres.
    Pg(Object<AsyncPgConnection>),
    /// To SQLite.
    Lite(Object<Lite>),
}

impl Conn {
    /// Itself; an `Across` is turned into what it stands on.
    pub(super) fn either(&mut self) -> &mut Self {
        self
    }
}

/// Expands the body once per database; `$c` is the concrete connection in each arm, so that diesel checks both
/// dialects. The closure's form is there so that rustfmt formats the body: `?` and `.await` act on the enclosing
/// function.
macro_rules! run {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn.either() {
            $crate::store::connection::Conn::Pg(object) => {
                let $c: &mut diesel_async::AsyncPgConnection = object;
                $body
            }
            $crate::store::connection::Conn::Lite(object) => {
                let $c: &mut $crate::store::connection::Lite = object;
                $body
            }
        }
    };
}
pub(super) use run;

/// Whom a connection to Postgres acts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Sees one workspace, which its transaction names.
    Tenant,
    /// Sees all of them, and owns no table.
    Engine,
    /// The login itself, which owns the tables.
    Owner,
}

impl Role {
    /// What makes a new connection act so.
    pub(super) fn setup(self) -> &'static str {
        match self {
            Self::Tenant => "SET ROLE ringhook_tenant",
            Self::Engine => "SET ROLE ringhook_engine",
            Self::Owner => "",
        }
    }
}

/// `busy_timeout` stands first: the switch to WAL itself can meet a busy database. What a savepoint must remember is kept
/// in memory; by default a busy one makes a file for it, and removes it again.
const LITE_SETUP: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;";

/// A pool of connections to Postgres that act as `role`. One that was seen to close, or broke in a transaction, is thrown
/// away when it is asked for; none is asked whether it lives, which would be one more round trip for every statement.
pub fn pg_pool(server: Server, role: Role, size: usize) -> Result<Pool<AsyncPgConnection>> {
    let mut config = ManagerConfig::<AsyncPgConnection>::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |_| {
        let server = server.clone();
        async move { server.connect(role).await }.boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config("", config);
    let pool = Pool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(std::time::Duration::from_secs(5)))
        .create_timeout(Some(std::time::Duration::from_secs(5)))
        .runtime(deadpool::Runtime::Tokio1)
        .build();
    pool.map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// A pool of connections to one SQLite file.
pub fn lite_pool(path: &str, size: usize) -> Result<Pool<Lite>> {
    let mut config = ManagerConfig::<Lite>::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(|path| {
        let path = path.to_owned();
        async move {
            let mut conn = Lite::establish(&path).await?;
            let set = conn.spawn_blocking(|conn| conn.batch_execute(LITE_SETUP)).await;
            set.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::<Lite>::new_with_config(path, config);
    let pool = Pool::builder(manager).max_size(size).build();
    pool.map_err(|error| StoreError::Unavailable(error.to_string()))
}
