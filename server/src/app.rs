//! What every room shares, put together once at start.

use crate::{config::Config, domain::Ground};

/// The running program.
pub struct App {
    /// What it was told.
    pub config: Config,
    /// Database, keys and time.
    pub ground: Ground,
}
