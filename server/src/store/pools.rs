//! Pools of connections: how they stand, and how long one waits for them.

use diesel_async::pooled_connection::deadpool::PoolError;
use tokio::time::Instant;

use super::{Pools, Result, Store};
use crate::metrics::{Use, metrics};

/// How a pool of connections stands.
#[derive(Debug, Clone, Copy)]
pub struct PoolState {
    /// Which one, in a word.
    pub name: &'static str,
    pub open: usize,
    pub in_use: usize,
    pub limit: usize,
    /// Who waits for a connection.
    pub wanted: usize,
}

impl PoolState {
    fn of(name: &'static str, status: deadpool::Status) -> Self {
        Self {
            name,
            open: status.size,
            in_use: status.size.saturating_sub(status.available),
            limit: status.max_size,
            wanted: status.waiting,
        }
    }
}

/// What a pool is asked for; the wait for it is counted.
pub(super) async fn lent<T>(
    access: Use,
    asking: impl Future<Output = std::result::Result<T, PoolError>>,
) -> Result<T> {
    let asked = Instant::now();
    let lent = asking.await?;
    metrics().database_waited(access, asked.elapsed());
    Ok(lent)
}

impl Store {
    /// How the pools of connections stand: of each role on Postgres, of what reads on SQLite.
    pub fn pools(&self) -> Vec<PoolState> {
        match &self.0 {
            Pools::Pg { tenant, engine, owner } => vec![
                PoolState::of("engine", engine.status()),
                PoolState::of("tenant", tenant.status()),
                PoolState::of("owner", owner.status()),
            ],
            Pools::Lite { read, .. } => vec![PoolState::of("readers", read.status())],
        }
    }

    /// What waits for the writer, by queue, and how much may; nothing where connections write by themselves.
    pub fn writing(&self) -> Vec<(&'static str, (usize, usize))> {
        match &self.0 {
            Pools::Pg { .. } => Vec::new(),
            Pools::Lite { writer, .. } => writer.waiting().to_vec(),
        }
    }
}
