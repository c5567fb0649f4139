//! What can go wrong in a database. "Missing" is not among it: that is `Ok(None)`.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::metrics::metrics;

/// A failed query, transaction or connection. Its text is for the log alone, never for a client.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A unique or foreign key forbids it: somebody else was there first.
    #[error("conflict: {0}")]
    Conflict(String),
    /// No connection, a full disk, a lock that did not come free, a time-out.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// A query that the database refused.
    #[error("query failed: {0}")]
    Query(String),
}

/// The store's result.
pub type Result<T> = std::result::Result<T, StoreError>;

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        use DatabaseErrorKind::{ClosedConnection, ForeignKeyViolation, UniqueViolation};
        let error = match error {
            DieselError::DatabaseError(UniqueViolation | ForeignKeyViolation, info) => {
                Self::Conflict(info.message().into())
            }
            DieselError::DatabaseError(ClosedConnection | DatabaseErrorKind::UnableToSendCommand, info) => {
                Self::Unavailable(info.message().into())
            }
            // After a failover: this server is the one that only follows now.
            DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, info) => {
                Self::Unavailable(info.message().into())
            }
            DieselError::BrokenTransactionManager => Self::Unavailable("broken transaction".into()),
            error => Self::Query(error.to_string()),
        };
        metrics().database_failed(&error);
        error
    }
}

impl From<diesel_async::pooled_connection::deadpool::PoolError> for StoreError {
    fn from(error: diesel_async::pooled_connection::deadpool::PoolError) -> Self {
        let error = Self::Unavailable(error.to_string());
        metrics().database_failed(&error);
        error
    }
}
