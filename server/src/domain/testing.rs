//! Ground for tests: every body runs on both databases.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::{Ground, workspaces};
use crate::{
    clock::Clock,
    secrets::{Keyring, MASTER_KEY_BYTES},
    store::{Store, WorkspaceId, testing::Throwaway},
};

/// Runs `test` on an empty SQLite database and on an empty Postgres database, each thrown away afterwards.
pub async fn grounds(test: impl AsyncFn(Ground)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    test(ground(&format!("sqlite://{}", folder.path().join("test.db").display())).await).await;

    let database = Throwaway::create().await;
    let ran = AssertUnwindSafe(async { test(ground(&database.url()).await).await }).catch_unwind().await;
    database.remove().await;
    if let Err(panic) = ran {
        std::panic::resume_unwind(panic);
    }
}

async fn ground(url: &str) -> Ground {
    let store = Store::open(url, 8).await.expect("a store");
    store.migrate().await.expect("migrations");
    let keyring = Keyring::new(&[[7; MASTER_KEY_BYTES]]).expect("a key");
    Ground { store, keyring, clock: Clock }
}

/// The account that [`workspace`] connects.
pub const SID: &str = "AC00000000000000000000000000000001";

/// A new workspace with [`SID`] connected.
pub async fn workspace(ground: &Ground) -> workspaces::Created {
    let account = workspaces::NewAccount { sid: SID.into(), auth_token: "token".into() };
    let new = workspaces::NewWorkspace {
        name: "Test".into(),
        owner_email: "owner@example.com".into(),
        account: Some(account),
    };
    workspaces::create(ground, new).await.expect("a workspace")
}

/// A new workspace's id.
pub async fn workspace_id(ground: &Ground) -> WorkspaceId {
    workspace(ground).await.id
}
