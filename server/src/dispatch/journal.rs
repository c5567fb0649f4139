//! What happens to calls, written in groups. A failed write is tried again: what a network accepted must not be
//! forgotten because the database blinked.

use std::time::Duration;

use tokio_util::task::TaskTracker;

use crate::store::{Store, deliveries::Progress, group::Group};

/// Entries that wait while the database is slow; past that, deliveries wait for a place.
const QUEUE: usize = 16_384;
/// Tries of one write, with growing pauses: about a minute in all.
const TRIES: u32 = 12;

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

    /// Notes progress without waiting for the write. What is noted first is written first, unless the queue is full.
    pub fn note(&self, progress: Progress) {
        match self.group.enqueue(progress) {
            Ok(written) => self.writes.spawn(report(written)),
            Err(progress) => {
                let group = self.group.clone();
                self.writes.spawn(report(async move { group.write(progress).await }))
            }
        };
    }

    /// Waits until all that was noted is written.
    pub async fn flush(&self) {
        self.writes.close();
        self.writes.wait().await;
        self.writes.reopen();
    }
}

async fn report(written: impl Future<Output = crate::store::Result<()>>) {
    if let Err(error) = written.await {
        tracing::error!(%error, "what happened to a call could not be written");
    }
}

async fn write_patiently(store: &Store, progress: Progress) -> crate::store::Result<()> {
    let mut pause = Duration::from_millis(20);
    for _ in 1..TRIES {
        let entry = progress.clone();
        match store.write(async move |conn| conn.progress_write(entry).await).await {
            Ok(()) => return Ok(()),
            Err(error) => tracing::warn!(%error, "progress not written yet"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
    store.write(async move |conn| conn.progress_write(progress).await).await
}
