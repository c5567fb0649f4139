//! Test bodies that run on each database.

use std::future::Future;

use crate::app::App;
use crate::database::Backend;

/// What a test body can be given.
pub trait Given: Sized {
    fn given(backend: Backend) -> impl Future<Output = Self>;
}

impl Given for App {
    async fn given(backend: Backend) -> Self {
        Self::start(backend).await
    }
}

impl Given for Backend {
    async fn given(backend: Backend) -> Self {
        backend
    }
}

/// Runs each test body once on every database: `name::sqlite` and `name::postgres`. A body takes an [`App`], or a
/// [`Backend`] to build one in its own way.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($given:ident: $kind:ident) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn body($given: $kind) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body(<$kind as $crate::both::Given>::given($crate::database::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                body(<$kind as $crate::both::Given>::given($crate::database::Backend::Postgres).await).await;
            }
        }
    )+};
}
