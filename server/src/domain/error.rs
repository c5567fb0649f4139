//! What a rule refuses, in words that a client may read; and what failed inside, in words that it may not.

use crate::{secrets::SealFault, store::StoreError};

/// One fault of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer to the member at fault, such as `/identity`.
    pub pointer: String,
    /// What is wrong and how to mend it.
    pub detail: String,
}

impl Fault {
    /// A fault of the member at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum DomainError {
    /// There is no such thing in this workspace.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The input breaks rules; every fault found is listed.
    #[error("invalid input: {0:?}")]
    Invalid(Vec<Fault>),
    /// The input is well-formed, but what it needs is missing; `code` is stable.
    #[error("{code}: {detail}")]
    Unprocessable { code: &'static str, detail: String },
    /// It collides with what is there; `code` is stable.
    #[error("{code}: {detail}")]
    Conflict { code: &'static str, detail: String },
    /// The database failed. For the log alone.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret could not be sealed or opened. For the log alone.
    #[error(transparent)]
    Seal(#[from] SealFault),
}

/// The rules' result.
pub type Result<T> = std::result::Result<T, DomainError>;
