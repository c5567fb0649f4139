//! SQLite's one writer: a thread of its own that takes what is waiting, runs it in one transaction and commits once.
//! So a burst of writes costs one fsync, and no fsync holds up the runtime.

use diesel_async::pooled_connection::deadpool::{Object, Pool};
use futures_executor::block_on;
use tokio::sync::{mpsc, oneshot};

use super::{
    connection::{Conn, Lite},
    error::{Result, StoreError},
};

/// Writes that may wait for the thread; past that, callers wait for a place.
const QUEUE: usize = 4096;
/// Writes that share one commit.
const GROUP: usize = 256;

/// What a job leaves behind: whether to keep its writes, and how to tell its caller once the commit is known.
struct Ran {
    keep: bool,
    tell: Box<dyn FnOnce(Result<()>)>,
}

type Job = Box<dyn FnOnce(&mut Conn) -> Ran + Send>;

/// The handle to the writing thread; it ends when the last handle is dropped.
#[derive(Clone)]
pub struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Starts the thread on a pool of one connection.
    pub fn start(pool: Pool<Lite>) -> Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("sqlite-writer".into());
        let spawned = thread.spawn(move || work(&pool, receiver));
        spawned.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self(sender))
    }

    /// Runs `body` in a transaction of its own or a shared one and answers once it is durable.
    pub async fn run<T: Send + 'static>(
        &self,
        body: impl AsyncFnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |conn| {
            let result = block_on(body(conn));
            let keep = result.is_ok();
            let tell = Box::new(move |committed: Result<()>| {
                // The caller may have gone away; its write stands all the same.
                let _ = sender.send(committed.and(result));
            });
            Ran { keep, tell }
        });
        let gone = || StoreError::Unavailable("the writing thread has ended".into());
        self.0.send(job).await.map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())?
    }
}

fn work(pool: &Pool<Lite>, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            let Ok(job) = jobs.try_recv() else { break };
            group.push(job);
        }
        match block_on(pool.get()) {
            Ok(object) => run_group(object, group),
            Err(error) => refuse(group, &error.into()),
        }
    }
}

/// Tells callers that their writes were never begun, by dropping them into an error.
fn refuse(group: Vec<Job>, error: &StoreError) {
    tracing::warn!(%error, writes = group.len(), "no connection for writing");
    drop(group);
}

fn run_group(object: Object<Lite>, group: Vec<Job>) {
    let mut conn = Conn::Lite(object);
    if let Err(error) = block_on(conn.begin()) {
        refuse(group, &error);
        return discard(conn);
    }
    let mut told = Vec::with_capacity(group.len());
    let mut outcome = Ok(());
    for job in group {
        match run_one(&mut conn, job) {
            Ok(tell) => told.push(tell),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    if outcome.is_ok() {
        outcome = block_on(conn.commit());
    }
    if let Err(error) = &outcome {
        tracing::warn!(%error, writes = told.len(), "a group of writes failed");
        discard(conn);
    }
    for tell in told {
        tell(outcome.clone());
    }
}

/// One job within its savepoint. An error here is the transaction's, not the job's.
fn run_one(conn: &mut Conn, job: Job) -> Result<Box<dyn FnOnce(Result<()>)>> {
    block_on(conn.savepoint())?;
    let Ran { keep, tell } = job(conn);
    let ended = match keep {
        true => block_on(conn.commit()),
        false => block_on(conn.rollback()),
    };
    match ended {
        Ok(()) => Ok(tell),
        Err(error) => {
            tell(Err(error.clone()));
            Err(error)
        }
    }
}

/// Closes a connection whose transaction cannot be trusted; closing rolls back.
fn discard(conn: Conn) {
    if let Conn::Lite(object) = conn {
        drop(Object::take(object));
    }
}
