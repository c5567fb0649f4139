//! Answers of several nodes to one question: gathered until all that are known to hold the identity have answered, or
//! 150 ms have passed.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_nats::{Message, StatusCode};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    time::{Instant, timeout_at},
};

use super::{
    link::Link,
    peers::Expected,
    subject::short,
    wire::{self, Ask, Asked, FromNode},
};
use crate::bus::{Callee, Counters};

/// What a question may cost a call.
pub(super) const GATHERED_WITHIN: Duration = Duration::from_millis(150);
/// Answers to one question that wait to be read: more than there are nodes.
const ANSWERS: usize = 256;

/// Who waits for answers. All answers to this process come over one subscription.
pub(super) struct Inbox {
    base: String,
    last: AtomicU64,
    waiting: Mutex<HashMap<u64, Sender<Message>>>,
}

/// A question that is open; its answers are late once this is dropped.
pub(super) struct Open {
    inbox: Arc<Inbox>,
    number: u64,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.inbox.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}

impl Inbox {
    pub(super) fn new(base: &str) -> Self {
        Self { base: base.to_owned(), last: AtomicU64::new(0), waiting: Mutex::default() }
    }

    /// A question, where it is answered, and what is.
    pub(super) fn open(self: &Arc<Self>) -> (Open, String, Receiver<Message>) {
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        let (sender, answers) = mpsc::channel(ANSWERS);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(number, sender);
        (Open { inbox: self.clone(), number }, format!("{}.{number}", self.base), answers)
    }

    /// Hands an answer to who waits for it; false when nobody does.
    pub(super) fn take(&self, answer: Message) -> bool {
        let number = answer.subject.rsplit_once('.').and_then(|(_, number)| number.parse().ok());
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = number.and_then(|number: u64| waiting.get(&number));
        waits.is_some_and(|waits| waits.try_send(answer).is_ok())
    }
}

/// What was answered.
pub(super) struct Gathered<T> {
    pub(super) answers: Vec<T>,
    /// Whether everybody who was to answer has.
    pub(super) complete: bool,
}

impl Link {
    /// Asks all nodes that hold an identity. That none does is known at once.
    pub(super) async fn gather<T: FromNode>(&self, callee: &Callee, ask: Ask) -> Gathered<T> {
        let by = Instant::now() + GATHERED_WITHIN;
        let Expected { mut nodes, unsure } = self.peers().expected(short(callee), Instant::now());
        let (_open, reply, mut answers) = self.inbox.open();
        let mut gathered = Gathered { answers: Vec::new(), complete: false };
        let (workspace, subject) = (callee.workspace.0, self.subjects.callee(callee));
        let asked =
            timeout_at(by, self.send(workspace, subject, Some(reply), &Asked { node: self.node, ask })).await;
        if !asked.unwrap_or_default() {
            return gathered;
        }
        while let Ok(Some(message)) = timeout_at(by, answers.recv()).await {
            if message.status == Some(StatusCode::NO_RESPONDERS) {
                gathered.complete = true;
                return gathered;
            }
            let answer: Option<T> = wire::open(&self.keyring, workspace, &message.subject, &message.payload);
            let Some(answer) = answer else {
                Counters::count(&self.counters.unreadable);
                continue;
            };
            nodes.remove(&answer.node());
            gathered.answers.push(answer);
            if nodes.is_empty() && !unsure {
                break;
            }
        }
        gathered.complete = nodes.is_empty() && !gathered.answers.is_empty();
        gathered
    }
}
