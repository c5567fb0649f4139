//! What a query that forgot to say whose rows it wants is shown, through the very connections that the API and the pages
//! use; and that nothing of one transaction is left for the next.

use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use super::*;
use crate::{
    domain::testing::workspace_id,
    domain::{Ground, testing::postgres},
    store::{
        StoreError,
        connection::run,
        schema::{api_keys, workspaces},
    },
};

/// The workspaces of every API key, as far as they show.
async fn seen(conn: &mut Conn) -> Result<Vec<WorkspaceId>> {
    run!(conn, |c| Ok(api_keys::table.select(api_keys::workspace_id).load(c).await?))
}

async fn two(ground: &Ground) -> (WorkspaceId, WorkspaceId) {
    (workspace_id(ground).await, workspace_id(ground).await)
}

#[tokio::test]
async fn a_query_without_a_filter_sees_and_changes_its_own_workspace() {
    postgres(8, async |ground| {
        let (ours, theirs) = two(&ground).await;
        assert_eq!(seen(&mut ground.store.read(ours).await.unwrap()).await.unwrap(), [ours]);
        let rename = async |conn: &mut Conn| {
            run!(conn, |c| Ok(diesel::update(workspaces::table)
                .set(workspaces::name.eq("Mine"))
                .execute(c)
                .await?))
        };
        assert_eq!(ground.store.write(ours, rename).await.unwrap(), 1);
        let mut conn = ground.store.engine().read().await.unwrap();
        assert_ne!(conn.workspace(theirs).await.unwrap().unwrap().name, "Mine");
        let mut both = seen(&mut conn).await.unwrap();
        both.sort();
        assert_eq!(both, [ours, theirs]);

        let delete =
            async |conn: &mut Conn| run!(conn, |c| Ok(diesel::delete(api_keys::table).execute(c).await?));
        assert_eq!(ground.store.write(ours, delete).await.unwrap(), 1);
        assert_eq!(seen(&mut conn).await.unwrap(), [theirs]);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_written_into_another_workspace() {
    postgres(8, async |ground| {
        let (ours, theirs) = two(&ground).await;
        let theirs = ground.store.read(theirs).await.unwrap().api_keys(theirs).await.unwrap().remove(0);
        let forged = crate::store::api_keys::ApiKey {
            id: crate::store::ApiKeyId::new(ground.clock.now()),
            key_hash: vec![1],
            ..theirs
        };
        let write = ground.store.write(ours, async move |conn| conn.api_key_insert(&forged).await).await;
        let refused = write.unwrap_err().to_string();
        assert!(refused.contains("row-level security"), "{refused}");
    })
    .await;
}

/// Whose rows the one connection of the tenants shows when nobody has said whose: those of the last, if any were left.
async fn left(ground: &Ground) -> Vec<WorkspaceId> {
    let Pools::Pg { tenant, .. } = &ground.store.0 else { unreachable!("Postgres") };
    assert_eq!(tenant.status().max_size, 1);
    let mut conn = Conn::Pg(tenant.get().await.unwrap());
    seen(&mut conn).await.unwrap()
}

#[tokio::test]
async fn the_next_on_the_same_connection_sees_nothing_of_the_last() {
    postgres(3, async |ground| {
        let (ours, theirs) = two(&ground).await;
        assert_eq!(left(&ground).await, []);

        assert_eq!(seen(&mut ground.store.read(ours).await.unwrap()).await.unwrap(), [ours]);
        assert_eq!(left(&ground).await, []);
        assert_eq!(seen(&mut ground.store.read(theirs).await.unwrap()).await.unwrap(), [theirs]);

        // After a statement that failed, in a read and in a write.
        let fail = async |conn: &mut Conn| {
            let Conn::Pg(conn) = conn else { unreachable!("Postgres") };
            Ok(conn.batch_execute("SELECT nothing").await?)
        };
        fail(&mut *ground.store.read(ours).await.unwrap()).await.unwrap_err();
        assert_eq!(left(&ground).await, []);
        ground.store.write(ours, fail).await.unwrap_err();
        assert_eq!(left(&ground).await, []);
        ground
            .store
            .write(ours, async |_| Err::<(), _>(StoreError::Query("a rule".into())))
            .await
            .unwrap_err();
        assert_eq!(left(&ground).await, []);

        // After a future that was dropped at each of its steps.
        let sleep = async |conn: &mut Conn| {
            let Conn::Pg(conn) = conn else { unreachable!("Postgres") };
            Ok(conn.batch_execute("SELECT pg_sleep(0.05)").await?)
        };
        for steps in 0..12 {
            let read = async { sleep(&mut *ground.store.read(ours).await?).await };
            polled(read, steps).await;
            assert_eq!(left(&ground).await, [], "a read dropped after {steps} steps");
            polled(ground.store.write(ours, sleep), steps).await;
            assert_eq!(left(&ground).await, [], "a write dropped after {steps} steps");
        }
    })
    .await;
}

/// Polls a future so many times, and drops it wherever that leaves it.
async fn polled<T>(future: impl Future<Output = T>, mut steps: usize) {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        if steps == 0 {
            return std::task::Poll::Ready(());
        }
        steps -= 1;
        future.as_mut().poll(context).map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_read_changes_nothing() {
    postgres(8, async |ground| {
        let (ours, _) = two(&ground).await;
        let mut conn = ground.store.read(ours).await.unwrap();
        let refused = conn.workspace_revise(ours).await.unwrap_err().to_string();
        assert!(refused.contains("read-only"), "{refused}");
    })
    .await;
}
