//! The rules, noun by noun. A function here is given what it stands on, the workspace it acts for, and what was asked;
//! it answers with rows of the store or says in its error what the caller may tell a client.

pub mod devices;
pub mod directory;
mod error;
pub mod workspaces;

pub use error::{DomainError, Fault, Result};

use crate::{clock::Clock, secrets::Keyring, store::Store};

/// What the rules stand on.
#[derive(Clone)]
pub struct Ground {
    /// The database.
    pub store: Store,
    /// The master keys.
    pub keyring: Keyring,
    /// The time.
    pub clock: Clock,
}
