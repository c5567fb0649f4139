//! A stand-in's books: who was asked for what, when, and what was answered when. A test balances them against what
//! Ringhook says.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

use crate::stand_in::lock;
use crate::until::PATIENCE;

/// One request for a device to be rung.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The device's token.
    pub device: String,
    /// The call's `twi_message_id`.
    pub message_id: String,
    /// The id that the sender gave the push, where the network has such a thing.
    pub push_id: Option<String>,
    pub at: Instant,
    /// When it was answered, and by which status; none while it is not, and for ever once the sender went away.
    pub answered: Option<(Instant, u16)>,
}

/// The books of one stand-in.
pub struct Ledger {
    entries: Mutex<Vec<Asked>>,
    asked: watch::Sender<usize>,
    answered: watch::Sender<usize>,
    /// Connections that are open, and requests that are being answered.
    visitors: watch::Sender<usize>,
    latency_micros: AtomicU64,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            entries: Mutex::default(),
            asked: watch::Sender::new(0),
            answered: watch::Sender::new(0),
            visitors: watch::Sender::new(0),
            latency_micros: AtomicU64::new(0),
        }
    }
}

impl Ledger {
    /// Notes a request; answers its number.
    pub(crate) fn ask(&self, device: &str, message_id: &str, push_id: Option<&str>) -> usize {
        let mut entries = lock(&self.entries);
        entries.push(Asked {
            device: device.to_owned(),
            message_id: message_id.to_owned(),
            push_id: push_id.map(str::to_owned),
            at: Instant::now(),
            answered: None,
        });
        self.asked.send_replace(entries.len());
        entries.len() - 1
    }

    /// Lets the usual time of an answer pass, then notes it.
    pub(crate) async fn answer(&self, number: usize, status: u16) {
        let latency = Duration::from_micros(self.latency_micros.load(Ordering::Relaxed));
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        if let Some(entry) = lock(&self.entries).get_mut(number) {
            entry.answered = Some((Instant::now(), status));
        }
        self.answered.send_modify(|count| *count += 1);
    }

    /// How long every answer takes from now on (no time).
    pub fn set_latency(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.latency_micros.store(micros, Ordering::Relaxed);
    }

    /// All entries, in the order of their requests.
    pub fn entries(&self) -> Vec<Asked> {
        lock(&self.entries).clone()
    }

    /// How many requests came, and how many were answered.
    pub fn counts(&self) -> (usize, usize) {
        (*self.asked.borrow(), *self.answered.borrow())
    }

    /// Waits for request number `count`, answered or not. Panics when it does not come within 20 seconds.
    pub async fn asked_at_least(&self, count: usize) {
        reach(&self.asked, count, "requests").await;
    }

    /// Counts a connection, or a request on it, until dropped.
    pub(crate) fn visitor(&self) -> Visitor {
        self.visitors.send_modify(|count| *count += 1);
        Visitor(self.visitors.clone())
    }

    /// Waits until every connection is closed, and all that came over it is read. Panics when that takes longer than
    /// 20 seconds.
    pub async fn deserted(&self) {
        let mut visitors = self.visitors.subscribe();
        let gone = timeout(PATIENCE, visitors.wait_for(|count| *count == 0)).await;
        assert!(gone.is_ok(), "{} are still there after {PATIENCE:?}", *self.visitors.borrow());
    }

    /// Waits for answer number `count`. Panics when it is not given within 20 seconds.
    pub async fn answered_at_least(&self, count: usize) {
        reach(&self.answered, count, "answers").await;
    }
}

/// Somebody who is there.
pub(crate) struct Visitor(watch::Sender<usize>);

impl Drop for Visitor {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

async fn reach(counter: &watch::Sender<usize>, count: usize, what: &str) {
    let mut counts = counter.subscribe();
    let reached = timeout(PATIENCE, counts.wait_for(|now| *now >= count)).await;
    assert!(reached.is_ok(), "{} of {count} {what} within {PATIENCE:?}", *counter.borrow());
}
