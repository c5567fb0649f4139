//! Group commit: items that come side by side are written together, in one transaction. The first waits for nobody;
//! those that come while it is being written wait for the next group. So a burst costs few commits and a lone item
//! costs no waiting.

use std::{future::Future, sync::Arc};

use tokio::sync::{
    Semaphore,
    mpsc::{self, error::TrySendError},
    oneshot,
};

use super::error::{Result, StoreError};

/// Items in one group, at most.
const GROUP: usize = 256;

struct Waiting<T, R> {
    item: T,
    answer: oneshot::Sender<Result<R>>,
}

/// The handle; the writing ends when the last handle is dropped.
pub struct Group<T, R>(mpsc::Sender<Waiting<T, R>>);

impl<T, R> Clone for Group<T, R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Send + 'static, R: Send + 'static> Group<T, R> {
    /// Starts writing with `write`, which answers in the order of its items; at most `parallel` groups at once and
    /// `queue` items waiting.
    pub fn start<W, F>(queue: usize, parallel: usize, write: W) -> Self
    where
        W: Fn(Vec<T>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Vec<R>>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(queue);
        tokio::spawn(gather(receiver, Arc::new(Semaphore::new(parallel)), Arc::new(write)));
        Self(sender)
    }

    /// Writes `item` and answers once it is durable; `None` at once when the queue is full.
    pub async fn try_write(&self, item: T) -> Option<Result<R>> {
        Some(self.enqueue(item).ok()?.await)
    }

    /// Takes its place in the queue at once, and answers when `item` is durable; gives it back when the queue is full.
    ///
    /// # Errors
    /// The item itself.
    pub fn enqueue(&self, item: T) -> std::result::Result<impl Future<Output = Result<R>> + use<T, R>, T> {
        let (answer, answered) = oneshot::channel();
        match self.0.try_send(Waiting { item, answer }) {
            Ok(()) => Ok(async { answered.await.unwrap_or_else(|_| Err(gone())) }),
            Err(TrySendError::Full(waiting) | TrySendError::Closed(waiting)) => Err(waiting.item),
        }
    }

    /// Writes `item` and answers once it is durable, waiting for a place in the queue.
    pub async fn write(&self, item: T) -> Result<R> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Waiting { item, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the group's writing has ended".into())
}

async fn gather<T, R, W, F>(mut items: mpsc::Receiver<Waiting<T, R>>, places: Arc<Semaphore>, write: Arc<W>)
where
    T: Send + 'static,
    R: Send + 'static,
    W: Fn(Vec<T>) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Vec<R>>> + Send + 'static,
{
    // The place is taken first: what comes while all are taken joins the next group.
    while let Ok(place) = places.clone().acquire_owned().await {
        let mut group = Vec::new();
        if items.recv_many(&mut group, GROUP).await == 0 {
            return;
        }
        let write = write.clone();
        tokio::spawn(async move {
            write_group(group, write.as_ref()).await;
            drop(place);
        });
    }
}

async fn write_group<T, R, W, F>(group: Vec<Waiting<T, R>>, write: &W)
where
    W: Fn(Vec<T>) -> F,
    F: Future<Output = Result<Vec<R>>>,
{
    let (items, answers): (Vec<T>, Vec<_>) =
        group.into_iter().map(|waiting| (waiting.item, waiting.answer)).unzip();
    match write(items).await {
        Ok(results) => {
            for (answer, result) in answers.into_iter().zip(results) {
                // Nobody may be waiting any more; what is written stands.
                let _ = answer.send(Ok(result));
            }
        }
        Err(error) => {
            for answer in answers {
                let _ = answer.send(Err(error.clone()));
            }
        }
    }
}
