//! What happens to calls, written in groups. A failed write is tried again: what a network accepted must not be
//! forgotten because the database blinked.

use std::time::Duration;

use tokio::{task::JoinHandle, time::Instant};
use tokio_util::task::TaskTracker;

use crate::store::{Store, deliveries::Progress, group::Group};

/// Entries that wait while the database is slow; past that, deliveries wait for a place.
const QUEUE: usize = 16_384;
/// How long a write is tried again: past the longest life of a call, nobody would ring it again for the lack of it.
const PATIENCE: Duration = Duration::from_secs(180);
/// Between two tries, at most: what happened shows soon after the database is back.
const PAUSE: Duration = Duration::from_millis(500);

/// The handle.
#[derive(Clone)]
pub struct Journal {
    group: Group<Progress, ()>,
    writes: TaskTracker,
}

impl Journal {
    /// Starts writing to `store`.
    pub fn start(store: Store) -> Self {
        let write = move |entries: Vec<Progress>| {
            let store = store.clone();
            async move {
                let count = entries.len();
                let mut all = Progress::default();
                entries.into_iter().for_each(|entry| all.absorb(entry));
                write_patiently(&store, all).await?;
                Ok(vec![(); count])
            }
        };
        // One group at a time, so that two of them never wait for each other's rows.
        Self { group: Group::start(QUEUE, 1, write), writes: TaskTracker::new() }
    }

    /// Notes progress; whoever must know when it is written, or given up, waits for the handle.
    pub fn note(&self, progress: Progress) -> JoinHandle<()> {
        let group = self.group.clone();
        self.writes.spawn(async move {
            if let Err(error) = group.write(progress).await {
                tracing::error!(%error, "what happened to a call could not be written");
            }
        })
    }

    /// Waits until all that was noted is written.
    pub async fn flush(&self) {
        self.writes.close();
        self.writes.wait().await;
        self.writes.reopen();
    }
}

async fn write_patiently(store: &Store, progress: Progress) -> crate::store::Result<()> {
    let (mut pause, start) = (Duration::from_millis(20), Instant::now());
    while start.elapsed() < PATIENCE {
        let entry = progress.clone();
        match store.write(async move |conn| conn.progress_write(entry).await).await {
            Ok(()) => return Ok(()),
            Err(error) => tracing::warn!(%error, "progress not written yet"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE);
    }
    store.write(async move |conn| conn.progress_write(progress).await).await
}
