//! What happens to calls, written in groups. A failed write is tried again: what a network accepted must not be
//! forgotten because the database blinked.

use std::{collections::HashSet, time::Duration};

use tokio::{task::JoinHandle, time::Instant};
use tokio_util::task::TaskTracker;

use crate::bus::{Feed, Moved};
use crate::store::{
    Result, Store, StoreError,
    deliveries::Progress,
    group::{Group, Pace},
};
use crate::telemetry::Trail;

/// Entries that wait while the database is slow; past that, deliveries wait for a place.
const QUEUE: usize = 16_384;
/// Nobody waits for an entry: so they gather, and a group stays small enough to hold up no call that is recorded.
const PACE: Pace = Pace { parallel: 1, pause: Duration::from_millis(25), size: 64, most: 512 };
/// How long a write is tried again: past the longest life of a call, nobody would ring it again for the lack of it.
const PATIENCE: Duration = Duration::from_secs(180);
/// Between two tries, at most: what happened shows soon after the database is back.
const PAUSE: Duration = Duration::from_millis(500);

/// How an entry was written: with its group, or apart from it, which may take longer.
type Apart = Option<JoinHandle<()>>;

/// The handle.
#[derive(Clone)]
pub struct Journal {
    group: Group<Progress, Apart>,
    writes: TaskTracker,
}

impl Journal {
    /// Starts writing to `store`, and telling the `feed` what can be read anew.
    pub fn start(store: Store, feed: Feed) -> Self {
        let writes = TaskTracker::new();
        let alone = writes.clone();
        let write = move |entries: Vec<Progress>| {
            let (store, alone, feed) = (store.clone(), alone.clone(), feed.clone());
            async move {
                let moved = moved(&entries);
                let written = write_together(&store, &alone, entries).await;
                if written.is_ok() {
                    moved.into_iter().for_each(|(workspace, call)| feed.tell(workspace, call));
                }
                written
            }
        };
        // One group at a time, so that two of them never wait for each other's rows.
        Self { group: Group::start_at(QUEUE, PACE, write), writes }
    }

    /// Notes progress without waiting for the write; whoever must know when it is written, or given up, waits for the
    /// handle. What is noted first is written first, unless the queue is full.
    pub fn note(&self, progress: Progress) -> JoinHandle<()> {
        match self.group.enqueue(progress) {
            Ok(written) => self.report(written),
            Err(progress) => {
                let group = self.group.clone();
                self.report(async move { group.write(progress).await })
            }
        }
    }

    fn report(&self, written: impl Future<Output = Result<Apart>> + Send + 'static) -> JoinHandle<()> {
        self.writes.spawn(Trail::beside(report(written)))
    }

    /// Entries that wait, and how many may.
    pub fn waiting(&self) -> (usize, usize) {
        self.group.waiting()
    }

    /// Waits until all that was noted is written.
    pub async fn flush(&self) {
        self.writes.close();
        self.writes.wait().await;
        self.writes.reopen();
    }
}

/// The calls that entries are about.
fn moved(entries: &[Progress]) -> HashSet<Moved> {
    let attempts = entries.iter().flat_map(|entry| &entry.attempts);
    let attempts = attempts.map(|attempt| (attempt.workspace_id, attempt.notification_id));
    let answers = entries.iter().flat_map(|entry| &entry.answers);
    attempts.chain(answers.map(|answer| (answer.workspace_id, answer.notification_id))).collect()
}

async fn report(written: impl Future<Output = Result<Apart>>) {
    match written.await {
        // A handle fails only when the process ends.
        Ok(Some(apart)) => apart.await.unwrap_or_default(),
        Ok(None) => {}
        Err(error) => tracing::error!(%error, "what happened to a call could not be written"),
    }
}

/// Writes a group. When the database refuses it, each entry is written on its own: one that cannot be written must
/// hold up nobody else's.
async fn write_together(store: &Store, alone: &TaskTracker, entries: Vec<Progress>) -> Result<Vec<Apart>> {
    let mut all = Progress::default();
    entries.iter().cloned().for_each(|entry| all.absorb(entry));
    let patiently = write_patiently(store, all, |error| matches!(error, StoreError::Unavailable(_)));
    match patiently.await {
        Ok(()) => Ok(entries.iter().map(|_| None).collect()),
        Err(error @ StoreError::Unavailable(_)) => Err(error),
        Err(error) => {
            tracing::warn!(%error, entries = entries.len(), "progress is written one by one");
            let mut written = Vec::with_capacity(entries.len());
            for entry in entries {
                written.push(write_apart(store, alone, entry).await);
            }
            Ok(written)
        }
    }
}

async fn write_apart(store: &Store, alone: &TaskTracker, entry: Progress) -> Apart {
    write(store, entry.clone()).await.err()?;
    let store = store.clone();
    let patiently = async move { write_patiently(&store, entry, |_| true).await.map(|()| None) };
    Some(alone.spawn(report(patiently)))
}

async fn write(store: &Store, progress: Progress) -> Result<()> {
    store.engine().write_behind(async move |conn| conn.progress_write(progress).await).await
}

/// Tries again with growing pauses, for errors that may pass.
async fn write_patiently(
    store: &Store,
    progress: Progress,
    may_pass: impl Fn(&StoreError) -> bool,
) -> Result<()> {
    let (mut pause, start) = (Duration::from_millis(20), Instant::now());
    while start.elapsed() < PATIENCE {
        match write(store, progress.clone()).await {
            Err(error) if may_pass(&error) => tracing::warn!(%error, "progress not written yet"),
            done => return done,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE);
    }
    write(store, progress).await
}
