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

impl DomainError {
    /// The one fault of an input.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(pointer, detail)])
    }

    /// Something that the member at `pointer` needs is missing.
    pub fn unprocessable(code: &'static str, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Unprocessable { code, fault: Fault::new(pointer, detail) }
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
    #[error("{code}: {fault:?}")]
    Unprocessable { code: &'static str, fault: Fault },
    /// It collides with what is there; `code` is stable.
    #[error("{code}: {detail}")]
    Conflict { code: &'static str, detail: String },
    /// The database failed. For the log alone.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A mail could not be put together. For the log alone.
    #[error("a mail could not be made: {0}")]
    Mail(String),
    /// A secret could not be sealed or opened. For the log alone.
    #[error(transparent)]
    Seal(#[from] SealFault),
}

/// The rules' result.
pub type Result<T> = std::result::Result<T, DomainError>;
