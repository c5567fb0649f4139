//! What is in memory of workspaces follows what is in the database.

use super::*;
use crate::{
    domain::{testing::grounds, testing::workspace_id, workspaces},
    secrets::{Keyring, MASTER_KEY_BYTES},
    store::Across,
};

async fn without_account(ground: &Ground) -> WorkspaceId {
    let new = workspaces::NewWorkspace {
        name: "Other".into(),
        owner_email: "owner@example.com".into(),
        account: None,
    };
    workspaces::bootstrap(ground, "http://localhost", new).await.expect("a workspace").id
}

async fn revision(directory: &Directory, id: WorkspaceId) -> i64 {
    directory.tenant(id).await.expect("read").expect("a workspace").workspace.revision
}

#[tokio::test]
async fn a_workspace_that_cannot_be_read_holds_up_no_other() {
    grounds(async |ground| {
        let (sealed, plain) = (workspace_id(&ground).await, without_account(&ground).await);
        let loaded = Directory::new(ground.clone()).tenant(sealed).await.expect("read").expect("a workspace");
        let keyring = Keyring::new(&[[9; MASTER_KEY_BYTES]]).expect("a key");
        let directory = Directory::new(Ground { keyring, ..ground.clone() });
        // Its auth token opens no more.
        directory.tenants.insert(sealed, loaded).await;
        let before = revision(&directory, plain).await;
        assert!(directory.refresh().await.expect("read").is_empty(), "nothing has changed");
        let revise = async move |conn: &mut Across| {
            conn.workspace_revise(sealed).await?;
            conn.workspace_revise(plain).await
        };
        ground.store.engine().write(revise).await.expect("revised");
        let unread = directory.refresh().await.expect("read");
        assert_eq!(unread.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [sealed]);
        assert_eq!(revision(&directory, plain).await, before + 1);
    })
    .await;
}
