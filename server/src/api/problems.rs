//! What the rules refuse, as problems. What failed inside goes to the log, and the client learns that it did.

use ringhook_openapi::problem::{ApiProblem, FieldError};

use crate::{
    domain::{DomainError, Fault},
    store::StoreError,
};

impl From<DomainError> for ApiProblem {
    fn from(error: DomainError) -> Self {
        match error {
            DomainError::NotFound(noun) => Self::not_found(noun),
            DomainError::Invalid(faults) => Self::invalid(faults.into_iter().map(field).collect()),
            DomainError::Unprocessable { code, fault } => {
                let member = fault.pointer.trim_start_matches('/');
                let detail = format!("`{member}` {}.", fault.detail);
                Self::unprocessable(code, detail, vec![field(fault)])
            }
            DomainError::Conflict { code, detail } => Self::conflict(code, detail),
            DomainError::Store(StoreError::Conflict(met)) => {
                tracing::warn!(met, "two requests met, and a third try did not part them");
                Self::conflict("conflict", "Another request changed the same thing at once; try again.")
            }
            DomainError::Store(error @ StoreError::Unavailable(_)) => {
                tracing::error!(%error, "the database cannot be reached");
                Self::unavailable(1)
            }
            DomainError::Store(error @ StoreError::Query(_)) => {
                tracing::error!(%error, "a query failed");
                Self::internal()
            }
            DomainError::Mail(error) => {
                tracing::error!(%error, "a mail could not be made");
                Self::internal()
            }
            DomainError::Seal(error) => {
                tracing::error!(%error, "a secret could not be sealed or opened");
                Self::internal()
            }
        }
    }
}

fn field(fault: Fault) -> FieldError {
    FieldError::new(fault.pointer, fault.detail)
}
