//! Group commit: items that come side by side are written together, in one transaction. The first waits for nobody;
//! those that come while it is being written wait for the next group. So a burst costs few commits and a lone item
//! costs no waiting.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{
    sync::{
        Semaphore,
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    time::Instant,
};

use super::error::{Result, StoreError};

/// Items in one group, at most.
const GROUP: usize = 256;

/// How groups are made.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Groups written at once.
    pub parallel: usize,
    /// Between the beginnings of two groups: fewer commits, for items that nobody waits for.
    pub pause: Duration,
    /// Items in one group; half of those that wait, when that is more.
    pub size: usize,
    /// Items in one group, whatever waits.
    pub most: usize,
}

impl Pace {
    fn group_of(self, waiting: usize) -> usize {
        (waiting / 2).clamp(self.size, self.most)
    }
}

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
        Self::start_at(queue, Pace { parallel, pause: Duration::ZERO, size: GROUP, most: GROUP }, write)
    }

    /// The same at a pace of its own.
    pub fn start_at<W, F>(queue: usize, pace: Pace, write: W) -> Self
    where
        W: Fn(Vec<T>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Vec<R>>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(queue);
        tokio::spawn(gather(receiver, pace, Arc::new(write)));
        Self(sender)
    }

    /// Items that wait, and how many may.
    pub fn waiting(&self) -> (usize, usize) {
        let limit = self.0.max_capacity();
        (limit - self.0.capacity(), limit)
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

async fn gather<T, R, W, F>(mut items: mpsc::Receiver<Waiting<T, R>>, pace: Pace, write: Arc<W>)
where
    T: Send + 'static,
    R: Send + 'static,
    W: Fn(Vec<T>) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Vec<R>>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(pace.parallel));
    let mut next = Instant::now();
    // The place is taken first: what comes while all are taken joins the next group.
    while let Ok(place) = places.clone().acquire_owned().await {
        let Some(first) = items.recv().await else { return };
        if next > Instant::now() {
            tokio::time::sleep_until(next).await;
        }
        next = Instant::now() + pace.pause;
        let group = group(first, &mut items, pace);
        let write = write.clone();
        tokio::spawn(async move {
            write_group(group, write.as_ref()).await;
            drop(place);
        });
    }
}

fn group<T, R>(
    first: Waiting<T, R>,
    items: &mut mpsc::Receiver<Waiting<T, R>>,
    pace: Pace,
) -> Vec<Waiting<T, R>> {
    let most = pace.group_of(items.len() + 1);
    let mut group = Vec::with_capacity(most.min(items.len() + 1));
    group.push(first);
    while group.len() < most {
        let Ok(item) = items.try_recv() else { break };
        group.push(item);
    }
    group
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

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use futures_util::future::join_all;

    use super::*;

    const PACE: Pace = Pace { parallel: 1, pause: Duration::from_millis(2), size: 10, most: 100 };

    type Groups = Arc<Mutex<Vec<Vec<u32>>>>;

    fn start() -> (Group<u32, u32>, Groups) {
        let groups = Groups::default();
        let kept = groups.clone();
        let group = Group::start_at(10_000, PACE, move |items: Vec<u32>| {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(items.clone());
            async move { Ok(items) }
        });
        (group, groups)
    }

    // The tests' own thread is the only one: nothing is taken while they put items into the queue.
    #[tokio::test]
    async fn a_lone_item_is_a_group_and_those_behind_it_gather() {
        let (group, groups) = start();
        assert_eq!(group.write(0).await.unwrap(), 0);
        let rest: Vec<_> = (1..6).map(|number| group.enqueue(number).unwrap()).collect();
        let answers: Vec<u32> = join_all(rest).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, [1, 2, 3, 4, 5]);
        assert_eq!(*groups.lock().unwrap(), [vec![0], vec![1, 2, 3, 4, 5]]);
    }

    #[tokio::test]
    async fn groups_are_small_until_much_waits_and_keep_the_order() {
        let (group, groups) = start();
        let answers: Vec<_> = (0..300).map(|number| group.enqueue(number).unwrap()).collect();
        assert!(join_all(answers).await.into_iter().map(Result::unwrap).eq(0..300));
        let groups = groups.lock().unwrap();
        let sizes: Vec<_> = groups.iter().map(Vec::len).collect();
        assert_eq!(sizes, [100, 100, 50, 25, 12, 10, 3]);
        assert!(groups.iter().flatten().copied().eq(0..300));
    }

    #[tokio::test]
    async fn a_full_queue_gives_the_item_back() {
        let group: Group<u32, u32> = Group::start(1, 1, async |items: Vec<u32>| Ok(items));
        let first = group.enqueue(1).unwrap();
        assert_eq!(group.enqueue(2).err(), Some(2));
        assert_eq!(first.await.unwrap(), 1);
    }
}
