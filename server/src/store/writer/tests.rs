use super::*;
use crate::store::connection::lite_pool;

fn queues() -> (mpsc::Sender<u32>, mpsc::Sender<u32>, Queues<u32>) {
    let ((now, first), (behind, second)) = (mpsc::channel(1000), mpsc::channel(1000));
    (now, behind, Queues { now: first, behind: second, owed: false })
}

#[test]
fn what_somebody_waits_for_goes_first_and_nothing_is_starved() {
    let (now, behind, mut queues) = queues();
    for number in 0..3 {
        behind.try_send(100 + number).unwrap();
    }
    for number in 0..600 {
        now.try_send(number).unwrap();
    }
    drop((now, behind));
    let mut order = Vec::new();
    while let Some(group) = block_on(queues.next()) {
        order.push((group[0], group.len()));
    }
    // Each write behind goes alone.
    assert_eq!(order, [(0, 256), (100, 1), (256, 256), (101, 1), (512, 88), (102, 1)]);
}

#[test]
fn what_waits_behind_alone_waits_for_nobody() {
    let (_now, behind, mut queues) = queues();
    for number in 0..3 {
        behind.try_send(number).unwrap();
        assert_eq!(block_on(queues.next()), Some(vec![number]));
    }
}

#[tokio::test]
async fn a_write_that_fails_leaves_nothing_and_spoils_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let pool = lite_pool(folder.path().join("test.db").to_str().unwrap(), 1).unwrap();
    let writer = Writer::start(pool).unwrap();
    async fn insert(conn: &mut Across, number: i32) -> Result<()> {
        let Conn::Lite(conn) = conn.either() else { unreachable!("SQLite") };
        let sql = format!("INSERT INTO numbers VALUES ({number})");
        diesel_async::SimpleAsyncConnection::batch_execute(&mut **conn, &sql).await?;
        Ok(())
    }
    let made = writer.run(Haste::Now, async |conn: &mut Across| {
        let Conn::Lite(conn) = conn.either() else { unreachable!("SQLite") };
        let sql = "CREATE TABLE numbers (number INTEGER NOT NULL PRIMARY KEY)";
        Ok(diesel_async::SimpleAsyncConnection::batch_execute(&mut **conn, sql).await?)
    });
    made.await.unwrap();
    let write = |haste, number: i32| {
        writer.run(haste, async move |conn: &mut Across| {
            insert(conn, number).await?;
            match number % 2 {
                0 => Ok(number),
                _ => Err(StoreError::Query("odd".into())),
            }
        })
    };
    // Alone, then as many at once as come.
    for haste in [Haste::Now, Haste::Behind] {
        assert_eq!(write(haste, 1).await.unwrap_err().to_string(), "query failed: odd");
    }
    let all = futures_util::future::join_all((0..100).map(|number| {
        let haste = if number % 3 == 0 { Haste::Behind } else { Haste::Now };
        write(haste, number)
    }));
    let kept: Vec<i32> = all.await.into_iter().filter_map(Result::ok).collect();
    assert_eq!(kept, (0..100).step_by(2).collect::<Vec<_>>());
    // The odd ones are free, the even ones taken.
    let taken = writer.run(Haste::Now, async |conn: &mut Across| insert(conn, 4).await).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    writer.run(Haste::Now, async |conn: &mut Across| insert(conn, 5).await).await.unwrap();
}

#[tokio::test]
async fn why_a_file_cannot_be_opened_is_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    std::fs::write(
        &path,
        "this is a letter, not a database, and it is long enough to be taken for one".repeat(99),
    )
    .unwrap();
    let said = async |path: &std::path::Path| {
        let writer = Writer::start(lite_pool(path.to_str().unwrap(), 1).unwrap()).unwrap();
        writer.run(Haste::Now, async |_: &mut Across| Ok(())).await.unwrap_err().to_string()
    };
    assert!(said(&path).await.contains("not a database"));
    assert!(said(&folder.path().join("nowhere/test.db")).await.contains("open"));
}
