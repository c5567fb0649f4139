//! Two nodes that delete the same at the same time.

use std::time::Duration;

use diesel::{sql_query, sql_types::BigInt};
use tokio::{sync::oneshot, time::timeout};

use super::*;
use crate::{
    bus::Callee,
    domain::{
        Ground, devices,
        testing::{SID, postgres, workspace_id},
    },
    store::testing::new_call,
};

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Waits until so many connections to this database wait for somebody's rows.
async fn waiting(ground: &Ground, count: i64) {
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut conn = ground.store.owner().read().await.expect("a connection");
    let mut look =
        async || -> Result<Waiting> { run!(conn, |c| Ok(sql_query(WAITING).get_result(c).await?)) };
    while look().await.expect("activity").count < count {
        tokio::task::yield_now().await;
    }
}

/// Of the log, the bindings and the audit entries, how many were found.
async fn forget(conn: &mut Across, workspace: WorkspaceId, before: Ts) -> Result<[usize; 3]> {
    Ok([
        conn.log_forget(workspace, before, 10).await?,
        conn.bindings_forget(workspace, 10).await?,
        conn.audit_forget(workspace, 10).await?,
    ])
}

#[tokio::test]
async fn who_waits_for_another_that_deletes_the_same_has_found_it() {
    postgres(8, async |ground| {
        let (workspace, now) = (workspace_id(&ground).await, ground.clock.now());
        let callee = Callee { workspace, account_sid: SID.into(), identity: "bob".into() };
        devices::bind_socket(&ground, &callee, "phone").await.expect("a binding");
        let call = new_call(workspace, SID, "bob", now);
        let record = async move |conn: &mut Across| conn.calls_record(vec![call]).await;
        ground.store.engine().write(record).await.expect("recorded");

        let before = now + Duration::from_secs(1);
        let ((deleted, was_deleted), (go, told)) = (oneshot::channel(), oneshot::channel());
        let store = ground.store.clone();
        let first = tokio::spawn(async move {
            let body = async move |conn: &mut Across| {
                let found = forget(conn, workspace, before).await?;
                let _ = deleted.send(());
                let _ = told.await;
                Ok(found)
            };
            store.engine().write(body).await
        });
        was_deleted.await.expect("deleted");
        let [log, bindings, audit] = [0, 1, 2].map(|which| {
            let store = ground.store.clone();
            tokio::spawn(async move {
                let body = async move |conn: &mut Across| match which {
                    0 => conn.log_forget(workspace, before, 10).await,
                    1 => conn.bindings_forget(workspace, 10).await,
                    _ => conn.audit_forget(workspace, 10).await,
                };
                store.engine().write(body).await
            })
        });
        timeout(Duration::from_secs(30), waiting(&ground, 3)).await.expect("they wait");
        go.send(()).expect("the first waits");
        let found = first.await.expect("ran").expect("deleted");
        assert_eq!(found[..2], [1, 1]);
        let mut again = Vec::new();
        for second in [log, bindings, audit] {
            again.push(second.await.expect("ran").expect("deleted"));
        }
        assert_eq!(again, found);
        let left = async move |conn: &mut Across| forget(conn, workspace, before).await;
        assert_eq!(ground.store.engine().write(left).await.expect("looked"), [0; 3]);
    })
    .await;
}
