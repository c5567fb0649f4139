//! SQLite's one writer: a thread of its own that takes what is waiting, runs it in one transaction and commits once.
//! So a burst of writes costs one fsync, and no fsync holds up the runtime.
//!
//! What somebody waits for goes first. What nobody waits for is written behind it, in transactions of its own that
//! hold up the others only for as long as one such write takes; and it is never starved, since after each group it has
//! its turn.

use diesel_async::pooled_connection::deadpool::{Object, Pool};
use futures_executor::block_on;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    Across,
    connection::{Conn, Lite},
    error::{Result, StoreError},
    transaction::Begin,
};
use crate::metrics::{Use, metrics};

/// Writes of each kind that may wait for the thread; past that, callers wait for a place.
const QUEUE: usize = 4096;
/// Writes that share one commit.
const GROUP: usize = 256;

/// What a job leaves behind: whether to keep its writes, and how to tell its caller once the commit is known.
struct Ran {
    keep: bool,
    tell: Box<dyn FnOnce(Result<()>)>,
}

/// It is given the transaction's connection, or why there is none.
type Job = Box<dyn FnOnce(Result<&mut Across>) -> Ran + Send>;

/// How soon a write must be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// Somebody waits for it.
    Now,
    /// Nobody does.
    Behind,
}

/// The handle to the writing thread; it ends when the last handle is dropped.
#[derive(Clone)]
pub struct Writer {
    now: mpsc::Sender<Job>,
    behind: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the thread on a pool of one connection.
    pub fn start(pool: Pool<Lite>) -> Result<Self> {
        let (writer, queues) = Self::with_queues();
        let thread = std::thread::Builder::new().name("sqlite-writer".into());
        let spawned = thread.spawn(move || work(&pool, queues));
        spawned.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(writer)
    }

    fn with_queues() -> (Self, Queues<Job>) {
        let (now, jobs) = mpsc::channel(QUEUE);
        let (behind, jobs_behind) = mpsc::channel(QUEUE);
        (Self { now, behind }, Queues { now: jobs, behind: jobs_behind, owed: false })
    }

    /// Runs `body` in a transaction of its own or a shared one and answers once it is durable.
    pub async fn run<T: Send + 'static>(
        &self,
        haste: Haste,
        body: impl AsyncFnOnce(&mut Across) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = oneshot::channel();
        let asked = Instant::now();
        let job: Job = Box::new(move |conn| {
            metrics().database_waited(Use::Write, asked.elapsed());
            let result = conn.and_then(|conn| block_on(body(conn)));
            let keep = result.is_ok();
            let tell = Box::new(move |committed: Result<()>| {
                // The caller may have gone away; its write stands all the same.
                let _ = sender.send(committed.and(result));
            });
            Ran { keep, tell }
        });
        let queue = match haste {
            Haste::Now => &self.now,
            Haste::Behind => &self.behind,
        };
        let gone = || StoreError::Unavailable("the writing thread has ended".into());
        queue.send(job).await.map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())?
    }
}

impl Writer {
    /// What waits to be written, by queue, and how much may.
    pub fn waiting(&self) -> [(&'static str, (usize, usize)); 2] {
        let waiting =
            |queue: &mpsc::Sender<Job>| (queue.max_capacity() - queue.capacity(), queue.max_capacity());
        [("writer", waiting(&self.now)), ("writer_behind", waiting(&self.behind))]
    }
}

/// What waits to be written.
struct Queues<T> {
    now: mpsc::Receiver<T>,
    behind: mpsc::Receiver<T>,
    /// What waits behind was passed over, and has its turn.
    owed: bool,
}

impl<T> Queues<T> {
    /// What is written next, in one transaction; `None` once nobody can ask for more.
    async fn next(&mut self) -> Option<Vec<T>> {
        if std::mem::take(&mut self.owed)
            && let Ok(job) = self.behind.try_recv()
        {
            return Some(vec![job]);
        }
        tokio::select! {
            biased;
            Some(first) = self.now.recv() => {
                self.owed = true;
                Some(self.group(first))
            }
            Some(job) = self.behind.recv() => Some(vec![job]),
            else => None,
        }
    }

    fn group(&mut self, first: T) -> Vec<T> {
        let mut group = vec![first];
        while group.len() < GROUP {
            let Ok(job) = self.now.try_recv() else { break };
            group.push(job);
        }
        group
    }
}

fn work(pool: &Pool<Lite>, mut queues: Queues<Job>) {
    while let Some(group) = block_on(queues.next()) {
        match block_on(pool.get()) {
            Ok(object) => run_group(object, group),
            Err(error) => refuse(group, &error.into()),
        }
    }
}

/// Tells callers that their writes were never begun, and why. Whatever it is, the database is what was not to be had.
fn refuse(group: Vec<Job>, error: &StoreError) {
    tracing::warn!(%error, writes = group.len(), "no connection for writing");
    let (StoreError::Conflict(why) | StoreError::Unavailable(why) | StoreError::Query(why)) = error;
    for job in group {
        let error = StoreError::Unavailable(why.clone());
        let Ran { tell, .. } = job(Err(error.clone()));
        tell(Err(error));
    }
}

fn run_group(object: Object<Lite>, mut group: Vec<Job>) {
    let mut conn = Across(Conn::Lite(object));
    if let Err(error) = block_on(conn.begin(Begin::Plain)) {
        refuse(group, &error);
        return discard(conn);
    }
    match (group.pop(), group.is_empty()) {
        (Some(job), true) => run_alone(conn, job),
        (last, _) => run_together(conn, group.into_iter().chain(last)),
    }
}

/// One job in a transaction of its own, which needs no savepoint.
fn run_alone(mut conn: Across, job: Job) {
    let Ran { keep, tell } = job(Ok(&mut conn));
    let ended = match keep {
        true => block_on(conn.commit()),
        false => block_on(conn.rollback()),
    };
    if let Err(error) = &ended {
        tracing::warn!(%error, "a write failed");
        discard(conn);
    }
    tell(ended);
}

fn run_together(mut conn: Across, group: impl Iterator<Item = Job>) {
    let mut told = Vec::new();
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
fn run_one(conn: &mut Across, job: Job) -> Result<Box<dyn FnOnce(Result<()>)>> {
    block_on(conn.savepoint())?;
    let Ran { keep, tell } = job(Ok(conn));
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
fn discard(conn: Across) {
    if let Across(Conn::Lite(object)) = conn {
        drop(Object::take(object));
    }
}

#[cfg(test)]
mod tests;
