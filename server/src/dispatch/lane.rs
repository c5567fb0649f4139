//! One lane per provider: what is wrong with a provider holds up its own deliveries and nobody else's. A lane bounds
//! what is under way and what waits, and keeps the provider's circuit breaker.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;
use ringhook_openapi::{AttemptOutcome, Cause, ProviderStatus};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{
    breaker::{Admission, Breaker, Change},
    suspicion::{Suspicion, Verdict},
};
use crate::{
    push::Answer,
    store::{BindingId, ProviderId, deliveries::ProviderMark},
};

/// Attempts under way at one provider.
const IN_FLIGHT: usize = 512;
/// Deliveries that wait for their turn at one provider; one more is told so at once, and backs off.
const WAITING: usize = 8192;

/// The lanes in use.
pub struct Lanes(Cache<ProviderId, Arc<Lane>>);

impl Default for Lanes {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(20_000).time_to_idle(Duration::from_secs(3600)).build())
    }
}

impl Lanes {
    /// The lane of a provider.
    pub fn of(&self, provider: ProviderId) -> Arc<Lane> {
        self.0.get_with(provider, || Arc::new(Lane::new(provider)))
    }
}

struct Health {
    breaker: Breaker,
    suspicion: Suspicion,
    /// What the database was told last.
    marked: Option<(ProviderStatus, String)>,
}

/// One provider's lane.
pub struct Lane {
    provider: ProviderId,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    health: Mutex<Health>,
    changed: Notify,
}

/// Why a delivery did not get its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Too many wait already.
    Full,
    /// The turn did not come in time.
    Late,
}

struct Wait<'a>(&'a AtomicUsize);

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lane {
    fn new(provider: ProviderId) -> Self {
        Self {
            provider,
            places: Arc::new(Semaphore::new(IN_FLIGHT)),
            waiting: AtomicUsize::new(0),
            health: Mutex::new(Health {
                breaker: Breaker::default(),
                suspicion: Suspicion::default(),
                marked: None,
            }),
            changed: Notify::new(),
        }
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn, until `deadline` at most; an attempt then takes at most `patience`.
    pub async fn turn(&self, deadline: Instant, patience: Duration) -> Result<OwnedSemaphorePermit, Refused> {
        let waits = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _wait = Wait(&self.waiting);
        if waits >= WAITING {
            return Err(Refused::Full);
        }
        let turn = async {
            let place = self.places.clone().acquire_owned().await.map_err(|_| Refused::Late)?;
            loop {
                let changed = self.changed.notified();
                let admission = self.health().breaker.admit(Instant::now(), patience);
                match admission {
                    Admission::Go => return Ok(place),
                    Admission::Wait(until) => tokio::select! {
                        () = tokio::time::sleep_until(until) => {}
                        () = changed => {}
                    },
                }
            }
        };
        tokio::time::timeout_at(deadline, turn).await.unwrap_or(Err(Refused::Late))
    }

    /// Learns from an answer, and corrects what it means where the lane knows better. Also answers what the database
    /// is to be told of the provider, if that has changed.
    pub fn learn(&self, binding: BindingId, answer: &mut Answer) -> Option<Lesson> {
        let now = Instant::now();
        let mut health = self.health();
        let change = match is_trouble(answer) {
            true => health.breaker.failed(now),
            false => health.breaker.answered(),
        };
        if change != Change::None {
            tracing::warn!(provider = %self.provider, ?change, "circuit breaker");
            self.changed.notify_waiters();
        }
        let mut reactivate = Vec::new();
        if let Verdict::ProviderAtFault { undo } = health.suspicion.weigh(now, binding, answer) {
            answer.outcome = AttemptOutcome::Misconfigured;
            answer.detail = Some(
                "many devices are refused at once: the provider's environment or credentials do not fit them"
                    .into(),
            );
            reactivate = undo;
        }
        let status = status_of(answer, change);
        let mark = status.filter(|status| health.marked.as_ref() != Some(status));
        if let Some(mark) = &mark {
            health.marked = Some(mark.clone());
        }
        let mark = mark.map(|(status, reason)| ProviderMark { provider_id: self.provider, status, reason });
        (mark.is_some() || !reactivate.is_empty()).then_some(Lesson { mark, reactivate })
    }
}

/// What a lane found out.
pub struct Lesson {
    pub mark: Option<ProviderMark>,
    /// Bindings that were called dead while it was the provider that was set up wrongly.
    pub reactivate: Vec<BindingId>,
}

fn is_trouble(answer: &Answer) -> bool {
    use Cause::{BadAnswer, ConnectionFailed, ProviderError, Timeout};
    let trouble = matches!(answer.cause, Some(Timeout | ConnectionFailed | ProviderError | BadAnswer));
    answer.outcome == AttemptOutcome::Retry && trouble
}

/// What an answer says of the provider itself; `None` where it says nothing.
fn status_of(answer: &Answer, change: Change) -> Option<(ProviderStatus, String)> {
    let word =
        answer.reason.clone().or_else(|| answer.cause.map(|cause| cause.to_string())).unwrap_or_default();
    match (answer.outcome, change) {
        (AttemptOutcome::Accepted, _) => Some((ProviderStatus::Ok, String::new())),
        (AttemptOutcome::Misconfigured, _) => Some((ProviderStatus::Failing, word)),
        (_, Change::Opened) => {
            Some((ProviderStatus::Failing, format!("no longer asked, but for probes: {word}")))
        }
        _ => None,
    }
}
